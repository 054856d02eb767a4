"""What the last answer did to the result, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from planner.engine.names import STRATEGIES, Strategy
from planner.report.numbers import signed_money
from planner.tui.strategies import LABEL, spoken

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation

MONTHS = 12


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
        shown = [s for s in ("api_today", _recommended(self.after, deltas)) if s is not None and s in deltas]
        parts = [self._delta(s, deltas[s]) for s in dict.fromkeys(shown) if abs(deltas[s]) >= 1]
        return tuple(parts) or ("costs unchanged",)

    def _delta(self, strategy: Strategy, amount: Decimal) -> str:
        return f"{LABEL[strategy]} {signed_money(amount, self.after.inputs.currency)} a month"

    def _verdict(self) -> str:
        if not self.verdict_changed:
            return "verdict unchanged"
        old, new = (spoken(e.verdict.recommendation) for e in (self.before, self.after))
        return f"verdict: {old} → {new}"


def _recommended(evaluation: Evaluation, among: dict[Strategy, Decimal]) -> Strategy | None:
    recommended = evaluation.verdict.recommendation
    return (
        "api_tuned" if recommended == "api" and "api_tuned" in among else None if recommended == "api" else recommended
    )
