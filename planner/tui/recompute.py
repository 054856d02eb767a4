"""Evaluation off the message loop: one run at a time, and a stale result never wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import get_current_worker

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan
    from planner.tui.app import PlannerApp

Evaluator = Callable[["Plan", "Catalog", date], "Evaluation"]
DEBOUNCE_S = 0.04


@dataclass
class Evaluated(Message):
    """A run has ended: with an evaluation, or with the reason why there is none."""

    plan: Plan
    evaluation: Evaluation | None
    error: str


def evaluate_plan(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """The engine's one door, with the plan's own prices laid over the catalogue."""
    from planner.engine.evaluate import evaluate
    from planner.plan.convert import overlaid_catalog, to_inputs

    return evaluate(to_inputs(plan), overlaid_catalog(catalog, plan), as_of)


class Recomputer:
    """Keeps `app.evaluation` that of `app.plan`. All state lives on the message loop; only the run is in a thread."""

    def __init__(self, app: PlannerApp, evaluator: Evaluator) -> None:
        self._app = app
        self._evaluator = evaluator
        self._running = False
        self._scheduled = False

    def request(self) -> None:
        """The plan or the catalogue has changed: evaluate soon, together with whatever is typed meanwhile."""
        self._app.computing = True
        if not self._running and not self._scheduled:
            self._scheduled = True
            self._app.set_timer(DEBOUNCE_S, self._start, name="recompute")

    def _start(self) -> None:
        self._scheduled = False
        plan, catalog, as_of = self._app.plan, self._app.catalog, self._app.as_of
        if plan is None or catalog is None:
            self._app.computing = plan is not None
            return
        self._running = True
        self._app.run_worker(
            lambda: self._run(plan, catalog, as_of), thread=True, exclusive=True, group="evaluate", exit_on_error=False
        )

    def _run(self, plan: Plan, catalog: Catalog, as_of: date) -> None:
        worker = get_current_worker()
        evaluation, error = None, ""
        try:
            evaluation = self._evaluator(plan, catalog, as_of)
        except Exception as problem:  # shown on the strip: one bad plan must not end the app
            error = f"{type(problem).__name__}: {problem}"
        if not worker.is_cancelled:
            self._app.post_message(Evaluated(plan, evaluation, error))

    def finish(self, message: Evaluated) -> bool:
        """True if the result is of the plan on screen; otherwise it is dropped and the newer plan is evaluated."""
        self._running = False
        if message.plan is not self._app.plan:
            self.request()
            return False
        return True
