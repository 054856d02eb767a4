"""What an evaluation holds: demand, candidates and why others are out, routes, answers and the verdict.

Values only: `planner.words` says them in sentences, and every view shows them. Money is in the plan's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from planner.engine.names import BEST_MIX, Basis, Destination, Ground, Strategy
from planner.engine.specs import money
from planner.engine.specs.answer import Answer
from planner.engine.specs.catalog import Catalog, Offer
from planner.engine.specs.inputs import Inputs, Range, Region
from planner.engine.specs.replica import Deployment, Evidence, MemoryFit, Performance, Refusal, RequestShape, VramGib
from planner.engine.specs.verdict import Claim, NoChoice, Notice, PriceUsed, QuestionAnswer, Verdict
from planner.engine.units import MONTHS
from planner.records import dataclass

CAPABILITY: frozenset[Ground | Basis] = frozenset({"embeds", "generates", "images", "context", "fill_in"})
"""What a model cannot do, whatever it costs and however good it is."""


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


@dataclass(frozen=True, slots=True)
class QualityGate:
    """May this workload go to this open model, and on what ground."""

    workload: str
    allowed: bool
    ground: Ground | Basis
    """What decided; of work that goes there only because the user insists, the rule that would keep it out."""
    figures: tuple[object, ...] = ()
    """As in a `Refusal`."""

    @property
    def provisional(self) -> bool:
        """Allowed until a paired evaluation shows it within the margin, or not."""
        return self.allowed and self.ground != "proven"

    @property
    def stretched(self) -> bool:
        """Allowed only because the user insists: the model is below what the work needs, or what does it today."""
        return self.allowed and self.ground in ("level", "below_today")

    @property
    def rule(self) -> Literal["capability", "licence", "quality"]:
        """What decided, in one word."""
        if self.ground in CAPABILITY:
            return "capability"
        return "licence" if self.ground in ("licence", "licence_eu") else "quality"


@dataclass(frozen=True, slots=True)
class RegionShare:
    """What of a fleet stands in one region."""

    region: Region
    offer: str
    replicas: int
    """In the busiest month, the spare included."""
    spare_replicas: int
    work: tuple[str, ...]


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
    schedule: tuple[int, ...] = ()
    """168 replicas from Monday 00:00 in the busiest month; empty: the same in every hour."""
    always_on: int = 0
    """Replicas of the schedule that never stop."""
    long_prompt_ratio: float = 1.0
    """p95 over mean prompt length: what the TTFT of the mean request is multiplied by, before the queue."""
    work_fraction: float = 1.0
    """Share of the plan's tokens whose work its model may take."""
    regions: tuple[RegionShare, ...] = ()
    """A fleet in each region, of which this is the sum; none where the plan names no region."""
    up_fraction: float = 1.0
    """Share of the hours in which its machines are there: less than 1 of spot."""
    pays: bool = True
    """False: no number of replicas costs less than the endpoints, so it is sized to carry all of its work."""

    @property
    def vram_gib(self) -> VramGib:
        return self.memory.vram_gib

    @property
    def fleet_tok_s(self) -> Range:
        """What it is asked for: output tokens, of embeddings the input."""
        return self.fleet_output_tok_s if self.deployment.writes else self.fleet_total_tok_s


@dataclass(frozen=True, slots=True)
class ExcludedOption:
    """A candidate that is out, and why: a layout, or a model in every layout, which then has no GPU and no offer."""

    model: str
    weights: str
    kv: str
    refusal: Refusal
    engine: str = ""
    gpu: str = ""
    offer: str = ""
    gpus_per_replica: int = 0
    vram_gib: VramGib | None = None
    short_by_gib: float = 0.0
    shape: RequestShape | None = None
    """The mean request it was sized for, with the longest one; None where the model itself is out."""
    alone_ms: tuple[float, float] | None = None
    """(TTFT of the p95 prompt, TPOT) of one request alone; None where it is not latency that keeps it out."""

    @property
    def ground(self) -> Ground:
        return self.refusal.ground

    @property
    def workload(self) -> str:
        """The work that the reason is about; empty where it is about none in particular."""
        return self.refusal.workload


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
    untested: bool = False
    """As of a `StrategyLedger`."""


OwnRule = Literal["inside", "override", "own_weights", "kind_suits", "displaces", "at_host"]
OutsideRule = Literal[
    "nothing_may", "obeyed", "region", "not_obeyed", "stays", "gate", "cheapest", "promised", "of_its_sort", "as_today",
    "adapter",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What decided a route: to replicas of one's own, on own GPUs or at a host, or outside."""

    kind: OwnRule | OutsideRule
    gate: QualityGate | None = None
    """May the work go to the fleet's model; None where that was not asked."""
    stays: Refusal | None = None
    """Why only an evaluation lets the work leave the API."""


@dataclass(frozen=True, slots=True)
class RouteShare:
    """Where a workload goes and which gate decided it."""

    workload: str
    destination: Destination
    model: str
    """Open model id on replicas of one's own, API id otherwise; empty where nothing may take the work."""
    token_fraction: float
    """Of all tokens."""
    rule: RouteRule
    provisional: bool
    monthly_cost: float
    overridden: bool
    alternatives: tuple[tuple[str, float], ...]
    """(API id or "self_host", cost a month) for the cheapest few destinations that passed the gates."""
    untested_alternatives: frozenset[str] = frozenset()
    """Those whose models nobody has tested on the user's prompts."""
    overflow_model: str | None = None
    """API id that takes bursts; None: nothing may overflow, or it is not self-hosted."""
    overflow_fraction: float = 0.0
    """Share of this workload's tokens that overflows once the fleet is live."""
    batch_tier: bool = False
    offer: str = ""
    """Of a dedicated endpoint by the hour of a GPU; empty elsewhere, adapters by the token included."""


@dataclass(frozen=True, slots=True)
class FleetWeek:
    """A week of the busiest month on own GPUs, or a host's. 168 hours from Monday 00:00, in replicas."""

    load_replicas: tuple[float, ...]
    """Kept busy by the self-hosted work if none of it waited or overflowed."""
    capacity_replicas: tuple[float, ...]
    """What the serving replicas may safely be kept busy with."""
    utilisation_limit: float
    hours_above: int
    """Hours whose load is above the capacity: it waits for idle hours or overflows."""


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
    verdict: Verdict
    answer: Answer
    choice: Choice | None
    why_no_choice: NoChoice | None
    options: tuple[Choice, ...]
    """Candidates that fit, cheapest first (a selection; `options_considered` counts all)."""
    excluded: tuple[ExcludedOption, ...]
    options_considered: int
    options_fitting: int
    curve: tuple[CostPoint, ...]
    routes: tuple[RouteShare, ...]
    months_tokens: tuple[float, ...]
    """Tokens in each month (not a day)."""
    ledgers: Mapping[Strategy, money.StrategyLedger]
    break_even: tuple[money.BreakEven, ...]
    payback_month: int | None
    """First month from which to the end the hybrid has cost no more than the API as it is today; None: not in the 12
    months, or no own GPU."""
    sensitivity: tuple[money.Sensitivity, ...]
    risk: money.RiskBands | None
    break_even_map: money.BreakEvenMap | None
    evidence: tuple[Evidence, ...]
    prices_used: tuple[PriceUsed, ...]
    notices: tuple[Notice, ...]
    scenarios: tuple[money.PriceScenario, ...] = ()
    payback_month_best: int | None = None
    """The same against the cheapest strategy without own GPUs."""
    bought: Choice | None = None
    """The chosen fleet bought instead of rented; None: nothing chosen, or no purchase price on record for its card."""
    cash: tuple[money.CashOut, ...] = ()
    """Of the strategies whose servers are bought, and of `bought`."""
    not_counted: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """12 months by bucket of what own GPUs take that is paid in any case: people, and machines that are there."""
    commitments: tuple[money.CommitmentUse, ...] = ()
    """Of every commitment under every strategy."""
    without_stalest: money.WithoutStalest | None = None
    """None where no work goes to rented GPUs, or at a price that is fresh."""
    week: FleetWeek | None = None
    """None where no work is self-hosted."""
    dedicated: Choice | None = None
    """The best fleet of a host's dedicated endpoints; None: none costs less than endpoints by the token."""
    dedicated_break_even: money.BreakEven | None = None
    """From which volume it costs less than the cheapest endpoints by the token; None: there is none, or some of its
    work has no such endpoint."""
    planned: Strategy | None = None
    """The strategy whose routes these are, and whose ledger they add up to."""
    claims: tuple[Claim, ...] = ()
    """Of the article, in a plan with its prices."""

    @property
    def yes_count(self) -> int:
        """How many of the six answers are yes."""
        return sum(question.answer == "yes" for question in self.questions)

    @property
    def recommended(self) -> money.StrategyLedger | None:
        """The ledger that stands for the recommendation."""
        return None if self.verdict.strategy is None else self.ledgers[self.verdict.strategy]

    @property
    def rival(self) -> money.StrategyLedger | None:
        """The ledger that the recommended one has to beat."""
        return None if self.verdict.rival is None else self.ledgers[self.verdict.rival]

    @property
    def against_best(self) -> money.BreakEven | None:
        """Break-even against every workload on its own cheapest allowed endpoint."""
        return next((row for row in self.break_even if row.api_model == BEST_MIX), None)

    @property
    def likelihood_counts(self) -> bool:
        """Whether the chance that own GPUs are cheaper has a say: not where one side of the question is forbidden."""
        return self.rival is not None and self.rival.allowed

    @property
    def is_self_hosting(self) -> bool:
        """True if any work goes to own GPUs; the fleet that would be best if any did is there in either case."""
        return any(route.destination == "self_host" for route in self.routes)

    @property
    def is_hybrid(self) -> bool:
        """Whether the hybrid of this plan has own GPUs: leaving everything outside may be cheaper."""
        return self.ledgers["hybrid"].reason.kind == "fleet"

    @property
    def unrouted_monthly_cost(self) -> float:
        """What the strategy of the routes costs a month beside them: people and whatever else no work pays alone."""
        if self.planned is None:
            return 0.0
        return float(self.ledgers[self.planned].total) / MONTHS - sum(route.monthly_cost for route in self.routes)

    @property
    def at_host(self) -> bool:
        """True if any work goes to replicas that a host runs for this plan alone."""
        return any(route.offer for route in self.routes)

    @property
    def running(self) -> Choice | None:
        """The replicas that work goes to: a host's, else own GPUs, which are there also where none goes to them."""
        return self.dedicated if self.at_host else self.choice

    @property
    def planned_replicas(self) -> int:
        """The plan's place on the curve: without a self-hosted route it rents nothing, whatever GPUs would be best.

        -1: nowhere on it, as the curve is of own GPUs and a host runs these.
        """
        if self.at_host:
            return -1
        return self.choice.replicas if self.choice is not None and self.is_self_hosting else 0

    def cheapest(self, among: Iterable[Strategy]) -> money.StrategyLedger | None:
        """The cheapest possible ledger of these; a forbidden one only where nothing allowed is left."""
        return money.cheapest_of(self.ledgers, among)

    def offer_of(self, choice: Choice) -> Offer:
        return self.catalog.offers[choice.offer]
