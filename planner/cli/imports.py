"""`planner import`: what a file of the user's says, each kind of file in a module of its own."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from planner.cli.options import as_of, say
from planner.toml.errors import InputError

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan
    from planner.plan.store import Loaded


def run(args: argparse.Namespace) -> int:
    """Read the file and say what is in it."""
    code: int = import_module(f"planner.cli.import_{args.what}").run(args)
    return code


def loaded_for(args: argparse.Namespace) -> Loaded | None:
    """The plan that --into names; an example is nobody's to change."""
    if args.into is None:
        return None
    from planner.cli.plans import find_plan
    from planner.plan.places import is_example
    from planner.plan.store import load

    path = find_plan(args.into, args)
    if is_example(path):
        raise InputError("this is an example; copy it and name the copy", path=path, field="--into")
    return load(path)


def save_into(loaded: Loaded, plan: Plan, args: argparse.Namespace, catalog: Catalog) -> None:
    """Save the plan where it was, with what comes out of it now, and say that."""
    from planner.plan.inputs import evaluate_plan
    from planner.plan.prices import with_result
    from planner.plan.store import save
    from planner.plan.volumes import untold
    from planner.words.answer import verdict_line

    said = ""
    if not untold(plan):
        evaluation = evaluate_plan(plan, catalog, as_of(args))
        plan, said = with_result(plan, evaluation), f": {verdict_line(evaluation)}"
    say(f"wrote {save(plan, loaded.path, loaded.digest).path}{said}")
