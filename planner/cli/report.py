"""`planner report PLAN`: the whole answer as text, Markdown, JSON, CSV or HTML."""

from __future__ import annotations

import argparse

from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, format_of
from planner.cli.plans import STANDARD_INPUT, load_plan
from planner.engine.specs import Catalog, Evaluation
from planner.plan.inputs import evaluate_plan
from planner.plan.store import Loaded
from planner.report.formats import rendered
from planner.toml.errors import InputError
from planner.toml.layout import scan


def run(args: argparse.Namespace) -> int:
    """Evaluate the plan and deliver the report."""
    loaded = load_plan(args.plan, args)
    evaluation = evaluate_loaded(loaded, load_catalog(args), args)
    told = rendered(
        evaluation,
        format_of(args),
        str(loaded.path),
        full=args.full,
        audience=getattr(args, "for") or "",
        called=_called(loaded, args),
    )
    deliver(told, args.output, args, loaded.path)
    return 0


def _called(loaded: Loaded, args: argparse.Namespace) -> str:
    """How the next command names the plan: as this one did, unless that took an option to find it."""
    if loaded.path == STANDARD_INPUT:
        return ""
    return args.plan if getattr(args, "profiles", None) is None else str(loaded.path)


def evaluate_loaded(loaded: Loaded, catalog: Catalog, args: argparse.Namespace) -> Evaluation:
    """The evaluation of a loaded plan; what cannot be evaluated is told with the plan's file and line."""
    try:
        return evaluate_plan(loaded.plan, catalog, as_of(args), scan(loaded.text))
    except InputError as error:
        raise error.at(loaded.path) from None
