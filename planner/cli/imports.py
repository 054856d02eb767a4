"""`planner import KIND FILE`: what people have already, into the plan. One module a kind."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from planner.cli.options import as_of, say

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan
    from planner.plan.store import Loaded


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    code: int = import_module(f"planner.cli.import_{args.kind}").run(args)
    return code


def save_into(loaded: Loaded, plan: Plan, args: argparse.Namespace, catalog: Catalog) -> None:
    """Save the plan where it was and say what comes out of it now; kept in it where it kept what came out before."""
    from planner.plan.inputs import evaluate_plan
    from planner.plan.prices import with_result
    from planner.plan.store import save
    from planner.plan.volumes import untold
    from planner.words.verdict import headline

    said = ""
    if not untold(plan):
        evaluation = evaluate_plan(plan, catalog, as_of(args))
        said = f": {headline(evaluation)}"
        if plan.result is not None:
            plan = with_result(plan, evaluation)
    saved = save(plan, loaded.path, loaded.digest)
    say(f"wrote {saved.path}{said}")
