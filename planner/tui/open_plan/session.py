"""The open plan and its history: which plan, from which file, what can be undone, what is not saved yet.

With it what an edit is on screen: the sentence about what it did to the result, and a change of values that is refused
with a ValueError in one line. `plan.edit` brings pydantic, so it is imported with the first edit: the first paint does
without.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.engine.names import STRATEGIES, Strategy
from planner.engine.units import MONTHS
from planner.quantities import signed_money
from planner.records import dataclass
from planner.words.labels import STRATEGY_NAMES, marked

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan


@dataclass(frozen=True, slots=True)
class Change:
    """Two evaluations with an edit between them."""

    before: Evaluation
    after: Evaluation
    why: str

    @property
    def verdict_changed(self) -> bool:
        return self.before.verdict.recommendation != self.after.verdict.recommendation

    def monthly_deltas(self) -> dict[Strategy, Decimal]:
        """Mean change a month of each strategy possible before and after."""
        return {
            strategy: (self.after.ledgers[strategy].total - self.before.ledgers[strategy].total) / MONTHS
            for strategy in STRATEGIES
            if self._possible(self.before, strategy) and self._possible(self.after, strategy)
        }

    @staticmethod
    def _possible(evaluation: Evaluation, strategy: Strategy) -> bool:
        return strategy in evaluation.ledgers and evaluation.ledgers[strategy].possible

    def sentence(self) -> str:
        """`cached input 30 → 50 %: API today -€310 a month, verdict unchanged`."""
        return f"{self.why}: {', '.join((*self._money(), self._verdict()))}"

    def _money(self) -> tuple[str, ...]:
        if self.before.inputs.currency != self.after.inputs.currency:
            return ("money in another currency",)
        deltas = self.monthly_deltas()
        shown: tuple[Strategy | None, ...] = ("api_today", self.after.verdict.strategy)
        parts = [self._delta(s, deltas[s]) for s in dict.fromkeys(shown) if s in deltas and abs(deltas[s]) >= 1]
        return tuple(parts) or ("costs unchanged",)

    def _delta(self, strategy: Strategy, amount: Decimal) -> str:
        untested = any(found.ledgers[strategy].untested for found in (self.before, self.after))
        change = marked(signed_money(amount, self.after.inputs.currency), untested=untested)
        return f"{STRATEGY_NAMES[strategy]} {change} a month"

    def _verdict(self) -> str:
        if not self.verdict_changed:
            return "verdict unchanged"
        from planner.words.answer import in_a_sentence  # loads numpy, which the first paint does without

        old, new = (in_a_sentence(e) for e in (self.before, self.after))
        return f"verdict: {old} → {new}"


UNDO_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """A plan as it was, and what the user then did to it ("cached 30 → 50 %")."""

    plan: Plan
    why: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What is on disk of the open plan; the default is nothing at all."""

    path: Path | None = None
    digest: str | None = None
    """Fingerprint of the file as it was read or last written."""
    text: str | None = None
    """Its text, for its comments."""
    saved: Plan | None = None
    """The plan it holds."""
    read_only: bool = False
    """An example: saving asks for a name and leaves it as it is."""


@dataclass(slots=True)
class Session:
    """One open plan. Plans are immutable, so history is a list of them and undo cannot half-happen."""

    plan: Plan | None = None
    origin: Origin = Origin()
    draft_key: str = ""
    """Name of the autosaved draft."""
    past: list[Edit] = field(default_factory=list)
    future: list[Edit] = field(default_factory=list)
    group: str = ""
    """Edits of one group in a row (the letters of one field) are one step of history."""

    def open(self, plan: Plan, origin: Origin, draft_key: str) -> None:
        """Start over with `plan`."""
        self.plan, self.origin, self.draft_key = plan, origin, draft_key
        self.past.clear()
        self.future.clear()
        self.seal()

    def remember(self, plan: Plan, why: str) -> None:
        """A plan that the one just opened took the place of, and what did: undo brings it back."""
        self.past.append(Edit(plan, why))

    @property
    def dirty(self) -> bool:
        """True where the file does not hold what is shown."""
        return self.plan is not None and self.plan != self.origin.saved

    def edit(self, plan: Plan, why: str, group: str = "") -> bool:
        """Replace the plan; False if nothing changed. A new edit ends what could be redone."""
        if self.plan is None or plan == self.plan:
            return False
        if self.continues(group):
            self.past[-1] = Edit(self.past[-1].plan, why)
        else:
            self.past.append(Edit(self.plan, why))
            del self.past[:-UNDO_LIMIT]
        self.group = group
        self.future.clear()
        self.plan = plan
        return True

    def continues(self, group: str) -> bool:
        """True where an edit of this group goes on with the last one."""
        return bool(group) and group == self.group and bool(self.past)

    def seal(self) -> None:
        """The next edit is a step of its own, whatever its group."""
        self.group = ""

    def undo(self) -> str | None:
        """Step back; returns what was undone, None at the beginning."""
        return self._step(self.past, self.future)

    def redo(self) -> str | None:
        """Step forward again; returns what was redone, None at the end."""
        return self._step(self.future, self.past)

    def _step(self, source: list[Edit], target: list[Edit]) -> str | None:
        self.seal()
        if self.plan is None or not source:
            return None
        step = source.pop()
        target.append(Edit(self.plan, step.why))
        self.plan = step.plan
        return step.why


FieldPath = tuple[str | int, ...]
"""Keys and positions, such as ("volume", "profile") or ("workload", 0, "name")."""


def with_value(plan: Plan, path: FieldPath, value: Any) -> Plan:
    """The plan with one value replaced; None removes it. Raises ValueError if that is no valid plan."""
    return with_values(plan, path[:-1], {str(path[-1]): value})


def with_values(plan: Plan, path: FieldPath, values: dict[str, Any]) -> Plan:
    """The plan with several values of the table at `path` replaced at once."""
    from planner.plan.edit import set_values
    from planner.toml.errors import InputError

    try:
        return set_values(plan, {(*path, key): _plain(value) for key, value in values.items()})
    except InputError as error:
        raise ValueError(error.problem) from error


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value
