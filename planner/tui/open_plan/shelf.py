"""What Home lists: drafts, saved plans and examples, each as one line's worth of facts.

Read in a thread, which also imports what reads them: pydantic would hold up the first paint.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from planner.engine.names import Recommendation, Strategy
from planner.engine.units import RENT_DAYS
from planner.records import dataclass

if TYPE_CHECKING:
    from planner.plan.drafts import Draft
    from planner.plan.schema import MonthlyCost
    from planner.plan.store import PlanEntry
    from planner.toml.errors import InputError

VERDICTS: dict[Recommendation, str] = {
    "api": "stay on API",
    "hosted_open": "hosted open",
    "dedicated": "dedicated",
    "hybrid": "hybrid",
    "self_host": "self-host",
    "none": "nothing permitted",
}
Group = Literal["draft", "plan", "example"]


@dataclass(frozen=True, slots=True)
class Book:
    """One line of Home."""

    group: Group
    path: Path
    name: str
    description: str = ""
    error: str = ""
    """Why the file cannot be opened; all else is then empty."""
    recommendation: Recommendation | None = None
    strategy: Strategy | None = None
    monthly_cost: float | None = None
    untested: bool = False
    """That cost waits for a test."""
    currency: str = "EUR"
    priced_on: date | None = None
    changed_on: date | None = None
    measured_on: str = ""
    """Newest day of what was measured for it, ISO or a part of it; empty: nothing is asked of it."""
    draft: Draft | None = None
    is_twin: bool = False
    """Another plan of the folder has the same name."""

    @property
    def told_apart(self) -> str:
        """Its name, with its file where another has that name."""
        return f"{self.name} · {self.path.name}" if self.is_twin else self.name

    @property
    def key(self) -> str:
        """Identity among all lines."""
        return f"{self.group}:{self.path}"

    def price_age_days(self, today: date) -> int | None:
        """How long ago the saved result was priced; what its prices are of by then is not known here."""
        return None if self.priced_on is None else (today - self.priced_on).days

    def is_old(self, today: date) -> bool:
        """True where it was priced so long ago that a look for newer prices is due."""
        age = self.price_age_days(today)
        return age is not None and age > RENT_DAYS

    def is_due(self, today: date) -> bool:
        """True where what it rests on is to be measured again."""
        from planner.plan.renewal import is_due

        return bool(self.measured_on) and is_due(self.measured_on, today)

    def verdict(self) -> str:
        """The recommendation in words."""
        return VERDICTS[self.recommendation] if self.recommendation else ""


def read_shelf(folder: Path, own: str = "") -> tuple[Book, ...]:
    """Everything that can be opened from here: drafts first, then the newest plans, then the examples.

    `own`: key of the draft of the plan that is open here. What cannot be read has its line too, with the reason. In the
    folder of the examples themselves, they are examples and nobody's plans.
    """
    from planner.plan.drafts import find_drafts
    from planner.plan.places import is_example
    from planner.plan.store import list_examples, list_plans

    drafts, problems = find_drafts(folder, own)
    plans = [_plan(entry, "plan") for entry in list_plans(folder) if not is_example(entry.path)]
    names = Counter(book.name for book in plans)
    return (
        *(_draft(draft) for draft in drafts),
        *(_unreadable(problem) for problem in problems),
        *(replace(book, is_twin=names[book.name] > 1) for book in plans),
        *(_plan(entry, "example") for entry in list_examples()),
    )


def _draft(draft: Draft) -> Book:
    of = f"edits of {draft.origin.name}, not saved" if draft.origin else "never saved"
    if draft.elsewhere is not None:
        of = f"{of}; open in another planner ({draft.elsewhere})"
    return Book(
        "draft",
        draft.path,
        draft.plan.name,
        of,
        currency=draft.plan.currency,
        changed_on=draft.saved_at.astimezone().date(),
        draft=draft,
    )


def _unreadable(problem: InputError) -> Book:
    path = Path(problem.path or "")
    return Book("draft", path, path.name, error=_problem(problem))


def _plan(entry: PlanEntry, group: Group) -> Book:
    from planner.plan.renewal import last_measured

    changed_on = entry.modified.astimezone().date()
    if entry.plan is None:
        return Book(group, entry.path, entry.path.name, error=_problem(entry.error), changed_on=changed_on)
    plan, result = entry.plan, entry.plan.result
    bare = Book(
        group,
        entry.path,
        plan.name,
        plan.description,
        currency=plan.currency,
        changed_on=changed_on,
        measured_on=last_measured(plan) if group == "plan" else "",
    )
    if result is None:
        return bare
    strategy, cost = _of_recommendation(result.recommendation, result.monthly_cost)
    return replace(
        bare,
        recommendation=result.recommendation,
        strategy=strategy,
        monthly_cost=cost,
        untested=result.untested,
        priced_on=result.priced_on,
    )


def _problem(error: InputError | None) -> str:
    """What is wrong, without the path: the line names the file already."""
    if error is None:
        return "cannot be read"
    line = f"line {error.line}" if error.line is not None else ""
    return ": ".join(part for part in (line, error.field, error.problem) if part)


def _of_recommendation(recommendation: Recommendation, costs: MonthlyCost) -> tuple[Strategy | None, float | None]:
    """The strategy that the recommendation means, and its monthly cost; neither where nothing was permitted."""
    if recommendation == "none":
        return None, None
    if recommendation != "api":
        found: float | None = getattr(costs, recommendation)
        return recommendation, found
    today, tuned = costs.api_today, costs.api_tuned
    if tuned is not None and (today is None or tuned <= today):
        return "api_tuned", tuned
    return "api_today", today
