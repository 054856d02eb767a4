"""From a plan to its evaluation: the one way that the app and the commands share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan


def evaluate_plan(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """The engine's one door, with the plan's own prices laid over the catalogue."""
    from planner.engine.evaluate import evaluate
    from planner.plan.convert import overlaid_catalog, to_inputs

    return evaluate(to_inputs(plan), overlaid_catalog(catalog, plan), as_of)
