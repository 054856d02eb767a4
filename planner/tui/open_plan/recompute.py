"""One piece of work at a time in a thread; of what is asked for meanwhile, only the last.

Evaluation off the message loop: one run at a time, and the last word is always about the plan on screen.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import get_current_worker

from planner.tui.open_plan.session import Change

if TYPE_CHECKING:
    from textual.widget import Widget

    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan
    from planner.tui.app import PlannerApp


Work = Callable[[], Callable[[], None]]
"""Runs in the thread and returns what is then to be done on the message loop."""


class Latest:
    """A held key asks thirty times a second for what takes half a second: two runs answer all of it.

    An exclusive thread worker would not do: Textual only marks threads as cancelled, and all of them run to their end.
    """

    def __init__(self, owner: Widget, group: str) -> None:
        self._owner, self._group = owner, group
        self._busy = False
        self._next: Work | None = None

    def ask(self, work: Work) -> None:
        """Run `work` now, or after what runs now. What it returns is called only if nothing newer was asked for."""
        if self._busy:
            self._next = work
        else:
            self._busy = True
            self._owner.run_worker(lambda: self._run(work), thread=True, group=self._group, exit_on_error=False)

    def _run(self, work: Work) -> None:
        show: Callable[[], None] | None = None
        try:
            show = work()
        finally:
            self._owner.app.call_from_thread(self._done, show)

    def _done(self, show: Callable[[], None] | None) -> None:
        self._busy = False
        following, self._next = self._next, None
        if not self._owner.is_attached:
            return
        if following is not None:
            self.ask(following)
        elif show is not None:
            show()


Evaluator = Callable[["Plan", "Catalog", date], "Evaluation"]
DEBOUNCE_S = 0.04
SWITCH_S = 0.001
"""Interpreter switch interval while the app runs: an evaluation must hand back to the message loop sooner than Python's
5 ms, of which a key would wait several before it is painted."""


def spare_the_collector() -> None:
    """Once a place has shown its first result: what is loaded by now stays, and is not looked at again for garbage.

    Otherwise each full round of the collector stops everything for a tenth of a second, several times a minute.
    """
    gc.freeze()


@dataclass
class Evaluated(Message):
    """A run has ended: with an evaluation, or with the reason why there is none."""

    plan: Plan
    opening: int
    """Which opening of a plan it belongs to."""
    evaluation: Evaluation | None
    error: str


def evaluate_lazily(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """The engine's one door, imported in the thread that needs it."""
    from planner.plan.inputs import evaluate_plan

    return evaluate_plan(plan, catalog, as_of)


def shipped_catalog() -> Catalog:
    """The catalogue with the user's own file laid over it, imported in the thread that needs it."""
    from planner.catalog.load import load_catalog

    return load_catalog()


def load_catalog(app: PlannerApp) -> None:
    """In a thread: read the catalogue and hand it to the app."""
    try:
        catalog = app.catalog_loader()
    except Exception as problem:  # a broken file of the user's own: said on the strip, the app stays
        app.call_from_thread(setattr, app, "error", str(problem))
    else:
        app.call_from_thread(setattr, app, "catalog", catalog)


class Recomputer:
    """Keeps `app.evaluation` that of `app.plan`. All state lives on the message loop; only the run is in a thread."""

    def __init__(self, app: PlannerApp) -> None:
        self._app = app
        self._running = False
        self._scheduled = False
        self._opening = 0
        self._before: Evaluation | None = None
        self._why = ""

    def edited(self, why: str, begins: bool) -> None:
        """An edit was made; `begins`: it does not go on with the one before, so its effect counts from here."""
        if begins:
            self._before = self._app.evaluation
        self._why = why

    def forget(self) -> None:
        """Another plan was opened: results on their way are not about it, and there is nothing to compare with."""
        self._opening += 1
        self._before, self._why = None, ""

    def change_to(self, after: Evaluation | None) -> Change | None:
        """The last edit's effect, where there is something to compare."""
        return Change(self._before, after, self._why) if self._before is not None and after is not None else None

    def request(self) -> None:
        """The plan or the catalogue has changed: evaluate soon, together with whatever is typed meanwhile."""
        if self._app.plan is None:
            return
        self._app.computing = True
        if not self._running and not self._scheduled:
            self._scheduled = True
            self._app.set_timer(DEBOUNCE_S, self._start, name="recompute")

    def _start(self) -> None:
        self._scheduled = False
        plan, catalog, as_of = self._app.plan, self._app.catalog, self._app.as_of
        if plan is None or catalog is None:  # asked again when the catalogue is there
            return
        self._running = True
        opening = self._opening
        self._app.run_worker(
            lambda: self._run(plan, opening, catalog, as_of),
            thread=True,
            exclusive=True,
            group="evaluate",
            exit_on_error=False,
        )

    def _run(self, plan: Plan, opening: int, catalog: Catalog, as_of: date) -> None:
        worker = get_current_worker()
        evaluation, error = None, ""
        try:
            evaluation = self._app.evaluator(plan, catalog, as_of)
        except Exception as problem:  # shown on the strip: one bad plan must not end the app
            error = str(problem) or type(problem).__name__
        if not worker.is_cancelled:
            self._app.post_message(Evaluated(plan, opening, evaluation, error))

    def finish(self, message: Evaluated) -> bool:
        """True if the result may be shown.

        While somebody types, a result of a moment ago is shown as such (`app.computing` stays on) and the newest plan
        is evaluated next, so what is shown last is never stale. A result of a plan that was closed is dropped.
        """
        self._running = False
        latest = message.plan is self._app.plan
        self._app.computing = not latest
        if not latest:
            self.request()
        return message.opening == self._opening and (latest or message.evaluation is not None)
