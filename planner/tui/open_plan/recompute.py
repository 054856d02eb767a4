"""When the open plan is evaluated: one run at a time, and the last word is always about the plan on screen.

No thread and no clock of its own: the app says how to wait and how to run something off the message loop, so the rule
of what is stale can be read, and tested, without it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol

from planner.records import dataclass
from planner.tui.open_plan.session import Change

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan


Evaluator = Callable[["Plan", "Catalog", date], "Evaluation"]
DEBOUNCE_S = 0.04


# The engine brings numpy, and the catalogue 15,000 lines of TOML: both are imported in the thread that needs them.


def evaluate_lazily(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """The engine's one door."""
    from planner.plan.inputs import evaluate_plan

    return evaluate_plan(plan, catalog, as_of)


def shipped_catalog() -> Catalog:
    """The catalogue with the user's own file laid over it."""
    from planner.catalog.load import load_catalog

    return load_catalog()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: an evaluation, or the reason why there is none."""

    plan: Plan
    opening: int
    """Which opening of a plan it belongs to."""
    evaluation: Evaluation | None
    error: str


class Shown(Protocol):
    """What is kept up to date."""

    plan: Plan | None
    evaluation: Evaluation | None
    computing: bool
    catalog: Catalog | None
    as_of: date
    evaluator: Evaluator


class Recomputer:
    """Keeps the evaluation that of the plan. All state lives on the message loop; only the run is in a thread."""

    def __init__(
        self,
        shown: Shown,
        after: Callable[[float, Callable[[], None]], object],
        in_thread: Callable[[Callable[[], Outcome]], None],
    ) -> None:
        self._shown, self._after, self._in_thread = shown, after, in_thread
        self._running = False
        self._scheduled = False
        self._opening = 0
        self._before: Evaluation | None = None
        self._why = ""

    def edited(self, why: str, begins: bool) -> None:
        """An edit was made; `begins`: it does not go on with the one before, so its effect counts from here."""
        if begins:
            self._before = self._shown.evaluation
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
        if self._shown.plan is None:
            return
        self._shown.computing = True
        if not self._running and not self._scheduled:
            self._scheduled = True
            self._after(DEBOUNCE_S, self._start)

    def _start(self) -> None:
        self._scheduled = False
        plan, catalog = self._shown.plan, self._shown.catalog
        if plan is not None and catalog is not None:  # without a catalogue: asked again when it is there
            self._running = True
            self._in_thread(partial(self._run, plan, self._opening, catalog, self._shown.as_of))

    def _run(self, plan: Plan, opening: int, catalog: Catalog, as_of: date) -> Outcome:
        try:
            return Outcome(plan, opening, self._shown.evaluator(plan, catalog, as_of), "")
        except Exception as problem:  # shown on the strip: one bad plan must not end the app
            return Outcome(plan, opening, None, str(problem) or type(problem).__name__)

    def finish(self, outcome: Outcome) -> bool:
        """True if the result may be shown.

        While somebody types, a result of a moment ago is shown as such (`computing` stays on) and the newest plan is
        evaluated next, so what is shown last is never stale. A result of a plan that was closed is dropped.
        """
        self._running = False
        latest = outcome.plan is self._shown.plan
        self._shown.computing = not latest
        if not latest:
            self.request()
        return outcome.opening == self._opening and (latest or outcome.evaluation is not None)
