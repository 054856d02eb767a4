"""What is recommended and the fact that decided it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.engine.questions import QuestionFacts
from planner.engine.specs import (
    Choice,
    Flip,
    QuestionAnswer,
    Recommendation,
    Sensitivity,
    Strategy,
    StrategyLedger,
    WinningCase,
)
from planner.engine.specs.names import API_STRATEGIES, CLOSED_API_STRATEGIES, OWN_STRATEGIES
from planner.quantities import share

ENOUGH_YES = 4


@dataclass(frozen=True, slots=True)
class VerdictInputs:
    """Everything the verdict weighs."""

    facts: QuestionFacts
    answers: tuple[QuestionAnswer, ...]
    cases: tuple[WinningCase, ...]
    ledgers: dict[Strategy, StrategyLedger]
    probability: float
    saving_needed: float
    probability_needed: float
    flips: tuple[Flip, ...]
    currency: str
    switching_cost: float
    """One model swap: what moving work to another endpoint costs once."""
    bought: Choice | None = None
    """The chosen fleet bought instead of rented."""
    deciders: tuple[Sensitivity, ...] = ()
    """Inputs within whose range own GPUs begin or cease to be cheaper, the largest swing first."""

    @property
    def yes_count(self) -> int:
        return sum(a.answer == "yes" for a in self.answers)

    def total(self, strategy: Strategy) -> float | None:
        """12 months, or None where the strategy is impossible or not allowed."""
        found = self.ledgers[strategy]
        return float(found.total) if found.possible and found.allowed else None

    @property
    def best_api(self) -> tuple[Strategy, float] | None:
        """Cheapest allowed strategy without own GPUs."""
        return cheapest_of(self, API_STRATEGIES)

    @property
    def best_own(self) -> tuple[Strategy, float] | None:
        """Cheapest strategy with own GPUs."""
        return cheapest_of(self, OWN_STRATEGIES) if self.facts.choice is not None else None


def cheapest_of(case: VerdictInputs, names: tuple[Strategy, ...]) -> tuple[Strategy, float] | None:
    """The cheapest possible and allowed strategy of these."""
    found = [(name, total) for name in names if (total := case.total(name)) is not None]
    return min(found, key=lambda pair: pair[1], default=None)


def own_saves(case: VerdictInputs) -> bool:
    """Own GPUs save enough, surely enough, against the best strategy without them."""
    own, api = case.best_own, case.best_api
    if own is None:
        return False
    if api is None:
        return True
    return own[1] <= api[1] * (1 - case.saving_needed) and case.probability >= case.probability_needed


def recommend(case: VerdictInputs) -> tuple[Recommendation, str]:
    """The recommendation and the fact that decided it."""
    own, api = case.best_own, case.best_api
    if api is None:
        return _without_api(case)
    if own is not None and _uses_own(case) and own_saves(case):
        ready = case.yes_count >= ENOUGH_YES or any(c.holds for c in case.cases)
        if ready:
            return _own_kind(case, own[0]), "own GPUs cost less even with people and idle time"
        return _api_kind(case, api[0]), (
            f"own GPUs would be cheaper on paper, but only {case.yes_count} of 6 answers are yes "
            "and none of the five winning cases holds"
        )
    return _api_kind(case, api[0]), _why_api(case)


def _uses_own(case: VerdictInputs) -> bool:
    return any(r.destination == "self_host" for r in case.facts.routes)


def _without_api(case: VerdictInputs) -> tuple[Recommendation, str]:
    if case.best_own is None:
        return "self_host", f"{why_inside(case)}, but no open model and GPU in the catalogue can take the work"
    return _own_kind(case, case.best_own[0]), f"{why_inside(case)}, so no endpoint may take it"


def why_inside(case: VerdictInputs) -> str:
    """Why no endpoint may take some of the work."""
    if case.facts.inputs.residency.answer == "yes":
        return "data must stay inside"
    return "your own fine-tuned weights are needed and no endpoint on record serves them"


def _own_kind(case: VerdictInputs, strategy: Strategy) -> Recommendation:
    everything = all(r.destination == "self_host" and r.overflow_fraction < 0.001 for r in case.facts.routes)
    return "self_host" if strategy == "self_host" or everything else "hybrid"


def _api_kind(case: VerdictInputs, strategy: Strategy) -> Recommendation:
    if strategy != "hosted_open":
        return "api"
    closed = cheapest_of(case, CLOSED_API_STRATEGIES)
    hosted = case.total("hosted_open")
    if closed is not None and hosted is not None and not worth_moving(case, closed[1], hosted):
        return "api"
    return "hosted_open"


def worth_moving(case: VerdictInputs, now: float, then: float) -> bool:
    """Moving work saves enough of the bill, and more than the move costs."""
    return then <= now * (1 - case.saving_needed) and now - then > case.switching_cost


def _why_api(case: VerdictInputs) -> str:
    point, own, api = case.facts.against_best, case.best_own, case.best_api
    if case.facts.choice is None:
        return "no open model may take any of the work"
    if own is not None and api is not None and _uses_own(case) and own[1] < api[1]:
        cheaper = f"{share(case.probability)} of the draws ({share(case.probability_needed)} needed)"
        saved = f"{share(1 - own[1] / api[1])} ({share(case.saving_needed)})"
        return f"own GPUs cost less at the likely values, but not surely enough: cheaper in {cheaper} and by {saved}"
    if point is None or point.with_people is None:
        return "own GPUs never pay for this mix"
    if case.facts.demand.mean_today_tokens_per_day < point.with_people:
        return "the volume is below the break-even of own GPUs"
    return (
        "at this volume own GPUs save in a steady month, but do not earn back their set-up within the 12 months "
        "against a better-chosen API"
    )
