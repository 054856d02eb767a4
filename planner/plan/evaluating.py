"""From a plan to its evaluation: the one way that the app and the commands share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.layout import Layout
    from planner.plan.schema import Plan


def evaluate_plan(plan: Plan, catalog: Catalog, as_of: date, layout: Layout | None = None) -> Evaluation:
    """The engine's one door, with the plan's own prices laid over the catalogue.

    Raises `PlanError` where the plan names what neither it nor the catalogue holds; with the line, given a `layout`.
    """
    from planner.engine.evaluate import NothingToPlanError, evaluate
    from planner.plan.convert import overlaid_catalog, to_inputs
    from planner.plan.errors import PlanError
    from planner.plan.references import check_currencies, check_references

    check_currencies(plan, catalog, layout)
    overlaid = overlaid_catalog(catalog, plan)
    check_references(plan, overlaid, layout)
    try:
        return evaluate(to_inputs(plan), overlaid, as_of)
    except NothingToPlanError as error:
        raise PlanError(str(error), field="workload") from None
