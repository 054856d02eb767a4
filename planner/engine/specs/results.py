"""The answers, the verdict, and the `Evaluation` that every view shows. Money is in the plan's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from planner.engine.names import Level, QuestionId, Recommendation, Strategy, Verdict3
from planner.engine.specs.facts import Catalog
from planner.engine.specs.fleet import Choice, CostPoint, Demand, ExcludedOption, FleetWeek, RouteShare
from planner.engine.specs.inputs import Inputs
from planner.engine.specs.money import (
    BreakEven,
    BreakEvenMap,
    Flip,
    PriceScenario,
    RiskBands,
    Sensitivity,
    StrategyLedger,
)
from planner.engine.specs.prices import Offer
from planner.engine.specs.sizing import Evidence


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """One of the six questions, answered by the engine from the inputs."""

    id: QuestionId
    answer: Verdict3
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class WinningCase:
    """One of the five cases in which self-hosting wins, and whether it holds."""

    id: str
    label: str
    holds: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The recommendation with everything a person needs to check it."""

    recommendation: Recommendation
    headline: str
    reasons: tuple[str, ...]
    deciding_fact: str
    cases: tuple[WinningCase, ...]
    gives_up: tuple[str, ...]
    gains: tuple[str, ...]
    next_steps: tuple[str, ...]
    flips: tuple[Flip, ...]
    probability_cheaper: float
    """P(hybrid < best API strategy) over the draws; the best of API tuned and hosted open in each draw."""
    cheapest_test: str
    rule_of_thumb: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a shown number comes from: its inputs, formula, source and date."""

    key: str
    label: str
    formula: str
    inputs: tuple[tuple[str, str], ...]
    source: str
    as_of: str
    uncertainty: str


@dataclass(frozen=True, slots=True)
class PriceUsed:
    """A price the result rests on, in its own currency."""

    kind: Literal["api", "offer", "fx", "assumption"]
    id: str
    label: str
    value: str
    as_of: str
    source: str
    age_days: int | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything a person sees is a view of this. Money in `inputs.currency`."""

    inputs: Inputs
    catalog: Catalog
    as_of: date
    usd_per_unit: float
    """USD for one unit of the plan's currency."""
    demand: Demand
    questions: tuple[QuestionAnswer, ...]
    yes_count: int
    verdict: Verdict
    choice: Choice | None
    choice_why_none: str
    options: tuple[Choice, ...]
    """Candidates that fit, cheapest first (a selection; `options_considered` counts all)."""
    excluded: tuple[ExcludedOption, ...]
    options_considered: int
    options_fitting: int
    curve: tuple[CostPoint, ...]
    routes: tuple[RouteShare, ...]
    months_tokens: tuple[float, ...]
    """Tokens in each month (not a day)."""
    ledgers: Mapping[Strategy, StrategyLedger]
    break_even: tuple[BreakEven, ...]
    payback_month: int | None
    """First month in which cumulative hybrid cost is no more than that of the API as it is today; None: never in the 12
    months, or no own GPU."""
    sensitivity: tuple[Sensitivity, ...]
    risk: RiskBands | None
    break_even_map: BreakEvenMap | None
    evidence: tuple[Evidence, ...]
    prices_used: tuple[PriceUsed, ...]
    traces: tuple[Trace, ...]
    warnings: tuple[str, ...]
    scenarios: tuple[PriceScenario, ...] = ()
    payback_month_best: int | None = None
    """The same against the cheapest strategy without own GPUs."""
    bought: Choice | None = None
    """The chosen fleet bought instead of rented; None: nothing chosen, or no purchase price on record for its card."""
    week: FleetWeek | None = None
    """None where no work is self-hosted."""

    def level_of(self, workload: str) -> Level:
        """Level the named workload requires."""
        return next(w.level for w in self.inputs.workloads if w.name == workload)

    def offer_of(self, choice: Choice) -> Offer:
        return self.catalog.offers[choice.offer]
