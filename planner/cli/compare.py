"""`planner compare PLAN PLAN [PLAN]`: differences first, then the answers that make them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from planner.cli.options import Subparsers, add_command, add_output_option
from planner.toml.errors import InputError

if TYPE_CHECKING:
    from planner.report.document import Document

FORMATS = ("text", "markdown", "json", "html")
MOST_PLANS = 3


def add_parser(subparsers: Subparsers) -> None:
    """`compare PLAN PLAN [PLAN]`."""
    parser = add_command(subparsers, "compare", "print two or three plans side by side, differences first")
    parser.add_argument("plans", metavar="PLAN", nargs="+", help="two or three plan files, saved plans or examples")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    add_output_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate every plan and deliver the comparison."""
    if not 2 <= len(args.plans) <= MOST_PLANS:
        raise InputError(f"compare takes two or three plans, found {len(args.plans)}")
    from planner.cli.loading import evaluate_loaded, load_catalog, load_plan
    from planner.cli.options import deliver
    from planner.plan.diff import differences
    from planner.report.compare import Compared, compared_json, document

    catalog = load_catalog(args)
    loaded = [load_plan(plan, args) for plan in args.plans]
    first = loaded[0].plan
    plans = tuple(
        Compared(str(item.path), evaluate_loaded(item, catalog, args), differences(first, item.plan)) for item in loaded
    )
    if args.format == "json":
        from planner.cli.report import as_json

        deliver(as_json(compared_json(plans)), args.output)
        return 0
    deliver(_rendered(document(plans), args.format), args.output)
    return 0


def _rendered(compared: Document, form: str) -> str:
    if form == "markdown":
        from planner.report import markdown

        return markdown.render(compared)
    if form == "html":
        from planner.report import html

        return html.render(compared, {})
    from planner.report import text

    return text.render(compared)
