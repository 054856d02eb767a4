"""`planner compare PLAN PLAN [PLAN]`: differences first, then the answers that make them."""

from __future__ import annotations

import argparse

from planner.cli.loading import load_catalog
from planner.cli.options import CommandError, deliver
from planner.cli.plans import load_plan
from planner.cli.report import evaluate_loaded
from planner.plan.diff import differences
from planner.report import html, markdown, text
from planner.report.compare import Compared, compared_json, document
from planner.report.document import Document
from planner.report.json import as_json

MOST_PLANS = 3


def run(args: argparse.Namespace) -> int:
    """Evaluate every plan and deliver the comparison."""
    if not 2 <= len(args.plans) <= MOST_PLANS:
        raise CommandError(f"compare takes two or three plans, found {len(args.plans)}")
    catalog = load_catalog(args)
    loaded = [load_plan(plan, args) for plan in args.plans]
    first = loaded[0].plan
    plans = tuple(
        Compared(str(item.path), evaluate_loaded(item, catalog, args), differences(first, item.plan)) for item in loaded
    )
    if args.format == "json":
        deliver(as_json(compared_json(plans)), args.output)
    else:
        deliver(_rendered(document(plans), args.format), args.output)
    return 0


def _rendered(compared: Document, form: str) -> str:
    if form == "html":
        return html.render(compared, {})
    return markdown.render(compared) if form == "markdown" else text.render(compared)
