"""`planner compare PLAN PLAN [PLAN]`: differences first, then the answers that make them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from planner.cli.loading import load_catalog
from planner.cli.options import deliver, format_of
from planner.cli.plans import load_plan
from planner.cli.report import evaluate_loaded
from planner.plan.diff import differences
from planner.report import html, markdown, text
from planner.report.compare import Compared, compared_json, document
from planner.report.values import as_json
from planner.toml.errors import InputError

MOST_PLANS = 3


def run(args: argparse.Namespace) -> int:
    """Evaluate every plan and deliver the comparison."""
    if not 2 <= len(args.plans) <= MOST_PLANS:
        raise InputError(f"compare takes two or three plans, found {len(args.plans)}")
    catalog = load_catalog(args)
    loaded = [load_plan(plan, args) for plan in args.plans]
    first = loaded[0].plan
    plans = tuple(
        Compared(str(item.path), evaluate_loaded(item, catalog, args), differences(first, item.plan)) for item in loaded
    )
    deliver(_rendered(plans, format_of(args)), args.output, args, *(item.path for item in loaded))
    return 0


def _rendered(plans: Sequence[Compared], form: str) -> str:
    if form == "json":
        return as_json(compared_json(plans))
    compared = document(plans)
    if form == "html":
        return html.render(compared, {})
    return markdown.render(compared) if form == "markdown" else text.render(compared)
