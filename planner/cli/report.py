"""`planner report PLAN`: the whole answer as text, Markdown, JSON, CSV or HTML."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from planner.cli.options import Subparsers, add_command, add_output_option

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation

FORMATS = ("text", "markdown", "json", "csv", "html")


def add_parser(subparsers: Subparsers) -> None:
    """`report PLAN [--format F] [-o FILE]`."""
    parser = add_command(subparsers, "report", "print the answer for a plan, with the numbers behind it")
    parser.add_argument("plan", metavar="PLAN", help="a plan file, or the name of a saved plan or example")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    add_output_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate the plan and deliver the report."""
    from planner.cli.loading import evaluate_loaded, load_catalog, load_plan
    from planner.cli.options import deliver

    loaded = load_plan(args.plan, args)
    evaluation = evaluate_loaded(loaded, load_catalog(args), args)
    deliver(rendered(evaluation, args.format, str(loaded.path)), args.output)
    return 0


def rendered(evaluation: Evaluation, form: str, path: str | None) -> str:
    """The report in one of `FORMATS`."""
    if form == "json":
        from planner.report.json import to_json

        return as_json(to_json(evaluation, evaluation.inputs.name, path))
    if form == "csv":
        from planner.report.csv import to_csv

        return to_csv(evaluation)
    if form == "html":
        from planner.report.html import to_html

        return to_html(evaluation)
    if form == "markdown":
        from planner.report.markdown import to_markdown

        return to_markdown(evaluation)
    from planner.report.text import to_text

    return to_text(evaluation)


def as_json(value: object) -> str:
    """Indented JSON with names as typed; not a number is a mistake here, not an output."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
