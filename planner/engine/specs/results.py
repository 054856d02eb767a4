"""Values of the economic stages and the `Evaluation` that every view shows. Money is in the plan's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from planner.engine.names import (
    Destination,
    QuestionId,
    Recommendation,
    Strategy,
    Verdict3,
)
from planner.engine.specs.facts import Catalog, Level, Offer
from planner.engine.specs.inputs import Inputs, Range
from planner.engine.specs.refusals import Ground
from planner.engine.specs.sizing import Deployment, Evidence, MemoryFit, Performance, RequestShape, VramGib

BUCKETS: tuple[str, ...] = (
    "api_input",
    "api_cached_input",
    "api_cache_write",
    "api_output",
    "api_batch",
    "gpu_used",
    "gpu_idle",
    "redundancy",
    "hardware",
    "power",
    "colocation",
    "setup_engineering",
    "ongoing_engineering",
    "hiring",
    "observability",
    "model_updates",
    "security",
    "storage_egress",
    "setup_fees",
)
"""Ledger lines, in the order they are shown; a bucket that is zero in every month may be left out of a view.

GPU rent is `gpu_used` + `gpu_idle` + `redundancy`; people are `setup_engineering` to `security` less observability.
"""


@dataclass(frozen=True, slots=True)
class WorkloadDemand:
    """One workload's volume: mean tokens/day in each of the 12 months."""

    name: str
    tokens_per_day: tuple[float, ...]
    requests_per_day_today: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Volume over the next 12 months, all workloads."""

    mean_today_tokens_per_day: float
    mean_tokens_per_day: float
    """Mean over the 12 months."""
    p95_tokens_per_day: float
    """95th percentile over all days of the next 12 months: growth x day noise x weekday shape."""
    p95_range: Range
    """The same under low / mid / high growth; wider when the volume is not known."""
    month_tokens_per_day: tuple[float, ...]
    requests_per_day: float
    """Mean over the 12 months."""
    input_fraction: float
    cached_fraction: float
    """Share of input tokens."""
    peak_to_mean_hour: float
    hour_of_week: tuple[float, ...]
    """168 weights with mean 1: the token-weighted profile of all workloads."""
    concurrency_mean: float | None
    """Little's law at the chosen operating point; None without one."""
    workloads: tuple[WorkloadDemand, ...]


@dataclass(frozen=True, slots=True)
class QualityGate:
    """May this workload go to this open model, and on what ground."""

    workload: str
    model: str
    allowed: bool
    provisional: bool
    proven: bool
    """True only when a paired evaluation shows it within the margin."""
    reason: str
    stretched: bool = False
    """Allowed only because the user insists: the model's level is below what the work needs."""
    rule: Literal["capability", "licence", "quality"] = "quality"
    """What decided."""
    ground: Ground | None = None
    """The rule that keeps it out, or would without an override; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate with its fleet. Throughput is of the whole fleet; VRAM is per GPU."""

    model: str
    weights: str
    kv: str
    engine: str
    gpu: str
    offer: str
    provider: str
    gpus_per_replica: int
    replicas: int
    """Replicas in the busiest month, the spare included."""
    spare_replicas: int
    offers_rented: int
    """Whole products rented in the busiest month."""
    replicas_by_month: tuple[int, ...]
    deployment: Deployment
    memory: MemoryFit
    performance: Performance
    """Of one replica."""
    fleet_output_tok_s: Range
    fleet_total_tok_s: Range
    ttft_ms_p95: float
    """With queueing, at the chosen utilisation in the busiest month."""
    tpot_ms: float
    utilisation: float
    """Mean over the 12 months: busy replica-hours / rented replica-hours (spare included)."""
    safe_utilisation: float
    served_fraction: float
    """Share of the tokens routed to it that it serves itself once live; the rest overflows."""
    monthly_cost: float
    """Mean over 12 months of everything this option costs for the whole plan (API parts and people included)."""
    gpu_monthly_cost: float
    cost_per_mtok: float
    """monthly_cost of rent and people divided by the million tokens served here."""
    licence_note: str
    quality_provisional: bool
    purchase_total: float = 0.0
    """Paid once for own hardware; 0 when rented."""
    purchase_repaid_months: float | None = None
    """After which own hardware has paid for itself against the best API; None: rented, or never."""
    hourly_offer: str = ""
    """Offer whose products are switched on and off by the hour of the week; empty: the fleet is the same all month."""
    schedule: tuple[int, ...] = ()
    """168 replicas from Monday 00:00 in the busiest month; empty: the same in every hour."""
    always_on: int = 0
    """Replicas of the schedule that never stop."""
    long_prompt_ratio: float = 1.0
    """p95 over mean prompt length: what the TTFT of the mean request is multiplied by, before the queue."""

    @property
    def vram_gib(self) -> VramGib:
        return self.memory.vram_gib


@dataclass(frozen=True, slots=True)
class ExcludedOption:
    """A candidate that is out, and why, in GiB, ms, tokens or licence terms."""

    model: str
    weights: str
    kv: str
    engine: str
    gpu: str
    offer: str
    gpus_per_replica: int
    vram_gib: VramGib | None
    excluded_because: str
    short_by_gib: float
    ground: Ground
    """The rule behind the reason."""
    workload: str = ""
    """The work that the reason is about; empty where it is about none in particular."""
    shape: RequestShape | None = None
    """The mean request it was sized for, with the longest one; None where the model itself is out."""
    alone_ms: tuple[float, float] | None = None
    """(TTFT of the p95 prompt, TPOT) of one request alone; None where it is not latency that keeps it out."""


@dataclass(frozen=True, slots=True)
class CostPoint:
    """One point of the cost-versus-replicas curve: the cheapest 12 months whose busiest month has `replicas`."""

    replicas: int
    offers_rented: int
    total: float
    gpu: float
    people_and_fixed: float
    api: float
    served_fraction: float
    feasible: bool
    """False where a resident workload would overflow or the redundancy rule is broken."""


@dataclass(frozen=True, slots=True)
class RouteShare:
    """Where a workload goes and which gate decided it."""

    workload: str
    destination: Destination
    model: str
    """Open model id when self-hosted, API id otherwise."""
    token_fraction: float
    """Of all tokens."""
    rule: str
    provisional: bool
    monthly_cost: float
    overflow_model: str | None
    """API id that takes bursts; None: nothing may overflow, or it is not self-hosted."""
    overflow_fraction: float
    """Share of this workload's tokens that overflows once the fleet is live."""
    batch_tier: bool
    overridden: bool
    alternatives: tuple[tuple[str, float], ...]
    """(API id or "self_host", cost a month) for the cheapest few destinations that passed the gates."""


@dataclass(frozen=True, slots=True)
class MonthCost:
    """One strategy in one month: every bucket, rounded to cents; `total` is their sum."""

    buckets: Mapping[str, Decimal]
    total: Decimal


@dataclass(frozen=True, slots=True)
class StrategyLedger:
    """Twelve months of one strategy; `months` is empty where the strategy is not possible."""

    strategy: Strategy
    possible: bool
    allowed: bool
    """False where residency forbids it: its cost is shown for reference only and it is never recommended."""
    reason: str
    """Why it is not possible or not allowed; what it consists of otherwise."""
    months: tuple[MonthCost, ...]
    total: Decimal
    p10: float
    p50: float
    p90: float
    expected: float
    """p10 ... expected: of the 12-month total over the Monte Carlo draws."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Tokens/day at which self-hosting the same mix costs the same as one API model; None = never in range."""

    api_model: str
    hardware_only: float | None
    with_people: float | None
    capacity_tokens_per_day: float
    """Volume at the plan's shape up to which the chosen fleet carries all but the busiest 0.1 % of hours."""
    exceeds_capacity: bool
    """The break-even (with people) lies beyond what the chosen fleet can carry."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One input moved alone: what the hybrid plan then saves against the best API strategy over 12 months."""

    input: str
    label: str
    low: float
    high: float
    unit: str
    saving_low: float
    saving_high: float
    changes_sign: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """The nearest value of one input at which the recommendation changes."""

    input: str
    label: str
    from_value: float | str
    to_value: float | str | None
    """None: none in the range tried."""
    becomes: Recommendation | None
    unit: str
    factor: float | None


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
class RiskBands:
    """Monte Carlo summary. `cumulative` holds (p10, p50, p90) for each strategy and month."""

    draws: int
    seed: int
    probability_cheapest: Mapping[Strategy, float]
    cumulative: Mapping[Strategy, tuple[tuple[float, float, float], ...]]
    likely_api_change_per_year: float = 0.0
    """Of the draws; the ledgers keep to list prices, so where prices fall a band may lie below its total."""


@dataclass(frozen=True, slots=True)
class BreakEvenMap:
    """Cheapest strategy over volume x output share. `cells[row][column]`: row = output share, column = volume."""

    volumes_tokens_per_day: tuple[float, ...]
    output_fractions: tuple[float, ...]
    cells: tuple[tuple[Strategy, ...], ...]
    saving_fraction: tuple[tuple[float, ...], ...]
    """What the cheapest saves against the best from the other side (with or without own GPUs), as a fraction of that;
    against the next best where only one side is allowed."""


@dataclass(frozen=True, slots=True)
class FleetWeek:
    """A week of the busiest month on own GPUs. 168 hours from Monday 00:00, in replicas."""

    load_replicas: tuple[float, ...]
    """Kept busy by the self-hosted work if none of it waited or overflowed."""
    capacity_replicas: tuple[float, ...]
    """What the serving replicas may safely be kept busy with."""
    utilisation_limit: float
    hours_above: int
    """Hours whose load is above the capacity: it waits for idle hours or overflows."""


@dataclass(frozen=True, slots=True)
class PriceScenario:
    """12-month totals of every strategy if prices move, everything else at its likely value."""

    api_change_per_year: float
    """At constant quality: what the same work costs on whatever is then the cheapest model that does it."""
    gpu_change_per_year: float
    totals: Mapping[Strategy, float]
    """Hybrid always with at least one own GPU here."""
    cheapest: Strategy
    """Of the strategies that are allowed."""
    own: float | None = None
    """The cheaper of hybrid and self-host; None where neither is possible."""
    saving: float | None = None
    """What own GPUs save against the best API strategy; negative: they cost more. None without either."""
    payback_month: int | None = None
    """First month in which own GPUs have cost no more than the best API strategy; None: not in the 12 months."""


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
