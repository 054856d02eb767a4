"""What each strategy costs and what would change it. Money is in the plan's currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from planner.engine.names import Recommendation, Strategy
from planner.engine.specs.replica import Refusal
from planner.engine.units import MONTHS
from planner.quantities import CENT
from planner.records import dataclass

WIDE = Context(prec=80)
"""Digits for any sum of what a plan may state: the usual 28 refuse a bill of 10**27."""
BUCKETS: tuple[str, ...] = (
    "api_input",
    "api_cached_input",
    "api_cache_write",
    "api_output",
    "api_batch",
    "dedicated_endpoints",
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
    "commitment_owed",
    "credits",
    "vat",
)
"""Ledger lines, in the order they are shown; a bucket that is zero in every month may be left out of a view.

GPU rent is `gpu_used` + `gpu_idle` + `redundancy`, that of a host's endpoints `dedicated_endpoints`; people are
`setup_engineering` to `security` less observability.
"""


@dataclass(frozen=True, slots=True)
class MonthCost:
    """One strategy in one month: every bucket, rounded to cents; `total` is their sum."""

    buckets: Mapping[str, Decimal]
    total: Decimal


@dataclass(frozen=True, slots=True)
class FleetUsed:
    """What a strategy runs on; names as people know them."""

    model: str
    gpu: str
    replicas: int
    """In the busiest month."""
    gpus_per_replica: int
    always_on: int | None
    """Replicas that never stop; None: the fleet is the same in every hour."""


Consists = Literal["endpoints", "fleet", "no_gpu_pays", "dedicated", "adapters"]
Obstacle = Literal[
    "barred", "none_hosted", "refused", "no_single_model", "no_offer", "uncovered", "forbidden", "no_dedicated",
    "dedicated_dearer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerReason:
    """What a strategy consists of, or why it is not possible or not allowed."""

    kind: Consists | Obstacle
    names: tuple[str, ...] = ()
    """The API models it pays for, or the work that stands in the way."""
    barred: tuple[tuple[Refusal | None, tuple[str, ...]], ...] = ()
    """(why, work) for work that may not go where the strategy would have it; None: no endpoint may take it."""
    fleet: FleetUsed | None = None
    host: str = ""
    """Who runs it, of a dedicated endpoint."""


@dataclass(frozen=True, slots=True)
class ServiceGap:
    """Work that nobody serves until own GPUs are live: the total of 12 months holds less service than a year."""

    work: tuple[str, ...]
    all_work: bool
    """Nothing of the plan is served meanwhile."""
    months: float
    """Of the 12, parts of one counted."""
    tokens: float
    full_from: int
    """First month, from 1, in which everything is served; beyond 12 where none is."""
    full_year: Decimal | None
    """Twelve months like the mean of those with full service, so without set-up; None: there are none."""
    elsewhere: Mapping[Strategy, tuple[float, ...]]
    """(12,) what that work would cost meanwhile without own GPUs: not theirs to save."""


@dataclass(frozen=True, slots=True)
class StrategyLedger:
    """Twelve months of one strategy; `months` is empty where the strategy is not possible."""

    strategy: Strategy
    possible: bool
    allowed: bool
    """False where residency forbids it: its cost is shown for reference only and it is never recommended."""
    reason: LedgerReason
    months: tuple[MonthCost, ...]
    total: Decimal
    p10: float
    p50: float
    p90: float
    mean: float
    """p10 ... mean: of the 12-month total over the Monte Carlo draws."""
    same_as: Strategy | None = None
    """An earlier strategy that is the same plan under another name: the same costs in every month."""
    gap: ServiceGap | None = None
    meanwhile: tuple[str, ...] = ()
    """Work that only own GPUs may take and that is paid where it runs today until they are live."""
    chance_to_pass: float = 1.0
    """That every model that work moves to is good enough; where it is not the work stays where it runs today."""
    untested: bool = False
    """Some of its work goes to a model that nobody has tried on the user's prompts: no amount of it is proven."""

    @property
    def band(self) -> tuple[float, float, float]:
        """p10, p90 and p50."""
        return self.p10, self.p90, self.p50

    @property
    def distinct(self) -> bool:
        """Possible, and no other strategy by another name."""
        return self.possible and self.same_as is None


def full_year(ledger: StrategyLedger, full_from: int) -> Decimal | None:
    """Twelve months like the mean of those from `full_from` (1 to 12) on; None: there are none."""
    months = [month.total for month in ledger.months[full_from - 1 :]]
    return (sum(months, Decimal(0)) / len(months) * MONTHS).quantize(CENT, ROUND_HALF_EVEN, WIDE) if months else None


def more_than(own: StrategyLedger, rival: StrategyLedger) -> Decimal:
    """What 12 months cost more than a rival's; of a full year of service where own GPUs leave part of theirs unserved.

    The rival's year is then that of the same months.
    """
    ours = None if own.gap is None else own.gap.full_year
    theirs = None if own.gap is None else full_year(rival, own.gap.full_from)
    return own.total - rival.total if ours is None or theirs is None else ours - theirs


@dataclass(frozen=True, slots=True)
class WithoutStalest:
    """The oldest rent that a fleet rests on, and the cheapest fleet that does without that offer."""

    offer: str
    age_days: int
    total: float
    """12 months of the plan with the fleet as it is."""
    instead: str = ""
    """Offer of the other fleet; empty: none was found."""
    model: str = ""
    """Open model on it."""
    gpu: str = ""
    total_instead: float | None = None
    untested: bool = False
    """The fleet as it is runs a model that nobody has tried on the user's prompts."""
    untested_instead: bool = False
    """So does the other."""


@dataclass(frozen=True, slots=True)
class CommitmentUse:
    """What one strategy makes of a commitment in the 12 months."""

    name: str
    strategy: Strategy
    used: float
    unused: float
    owed: float
    """Of the unused, what has to be paid all the same; nothing of a credit."""


@dataclass(frozen=True, slots=True)
class Payback:
    """When bought servers have cost no more than a rival, counted in both ways."""

    against: Strategy
    written_off: int | None
    """Month of the 12 from which to the end the ledger is no dearer; None: not in the 12."""
    cash: int | None
    """Month, with the purchase paid on the first day; beyond the 12 as the last month's saving goes on; None: never."""


@dataclass(frozen=True, slots=True)
class CashOut:
    """What leaves the house where servers are bought, beside what the ledger writes off."""

    strategy: Strategy | None
    """Whose servers are bought; None: those of the chosen fleet, if they were bought instead of rented."""
    paid_once: Decimal
    """On the first day."""
    ledger: Decimal
    """12 months with the purchase written off."""
    first_year: Decimal
    """12 months with all of it paid, without interest on it."""
    paybacks: tuple[Payback, ...]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Tokens/day at which self-hosting the same mix costs the same as one API model; None = never in range."""

    api_model: str
    hardware_only: float | None
    with_people: float | None
    capacity_tokens_per_day: float
    """Of the whole plan at its shape: up to there all replicas of the chosen fleet together carry what is theirs in all
    but the busiest 0.1 % of hours, what may wait within its deadline."""
    exceeds_capacity: bool
    """The break-even (with people) lies beyond what the chosen fleet can carry."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One input moved alone: what the hybrid plan then saves against the best API strategy over 12 months."""

    input: str
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
    from_value: float
    to_value: float | None
    """None: none in the range tried."""
    becomes: Recommendation | None
    unit: str
    factor: float | None


@dataclass(frozen=True, slots=True)
class RiskBands:
    """Monte Carlo summary. `cumulative` holds (p10, p50, p90) for each strategy and month."""

    draws: int
    seed: int
    probability_cheapest: Mapping[Strategy, float]
    cumulative: Mapping[Strategy, tuple[tuple[float, float, float], ...]]


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
    """First month from which own GPUs have cost no more than the best API strategy; None: not in the 12 months."""


def cheapest_of(ledgers: Mapping[Strategy, StrategyLedger], among: Iterable[Strategy]) -> StrategyLedger | None:
    """The cheapest possible ledger of these; a forbidden one only where nothing allowed is left.

    Of the same plan under two names, the name under which it is shown.
    """
    found = [ledgers[strategy] for strategy in among if ledgers[strategy].months]
    return min(found, key=lambda ledger: (not ledger.allowed, ledger.total, ledger.same_as is not None), default=None)
