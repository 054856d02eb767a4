"""Own GPUs: one candidate replica and rental offer turned into a fleet for the workloads it may take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.assumptions import Assumptions
from planner.engine.demand import Load
from planner.engine.fleet.curve import FleetOutcome, FleetPlan, all_refined, plan_fleets
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer, stacked
from planner.engine.fleet.ownership import OWNED, Ownership, offer_month
from planner.engine.fleet.schedule import scheduled
from planner.engine.market import Market
from planner.engine.specs import Catalog, Inputs, Offer, Region, Workload
from planner.engine.units import HOURS_PER_MONTH, MINUTES_PER_HOUR, MONTHS
from planner.records import dataclass

INTERACTIVE_BELOW_HOURS = 1.0
"""Background work that may wait less than this is planned like interactive work."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What one replica of a candidate does at its operating point (mid values)."""

    concurrency: float
    prefill_s_per_token: float
    decode_s_per_token: float
    ttft_s: float
    tpot_s: float

    def seconds_per_request(self, workload: Workload, tokenizer_ratio: float, longer: float = 1.0) -> float:
        """Replica-seconds one request costs; prompts found in the prefix cache are not computed again.

        `longer`: output over that of today's model, beyond the tokenizer.
        """
        uncached = workload.input_tokens * (1 - workload.cached_input_fraction)
        per_request = uncached * self.prefill_s_per_token + workload.output_tokens * longer * self.decode_s_per_token
        return tokenizer_ratio * per_request

    def service_s(self, output_tokens: float) -> float:
        """Queue-free time of one request."""
        return self.ttft_s + output_tokens * self.tpot_s


@dataclass(frozen=True, slots=True)
class Context:
    """What every candidate of one plan shares."""

    inputs: Inputs
    catalog: Catalog
    assumptions: Assumptions
    load: Load
    market: Market
    live: Floats
    fixed_total: float
    usd_per_unit: float
    """USD for one unit of the plan's currency."""
    owned: Mapping[str, Ownership] = field(default_factory=lambda: MappingProxyType({}))
    """What can be bought instead of rented, by offer id."""
    loads: dict[tuple[tuple[int, ...], bool], FleetLoad] = field(default_factory=dict, compare=False)
    """Work of the fleets seen so far, by workloads and whether overflow is forbidden: many candidates share it."""

    @property
    def usd_bought(self) -> float:
        """USD of list price that one unit of the plan's currency buys, after tax that nobody gives back."""
        return self.usd_per_unit / self.inputs.gross


@dataclass(frozen=True, slots=True)
class RegionFleet:
    """What stands in one region."""

    region: Region
    offer_id: str
    rows: tuple[int, ...]
    replicas_by_month: tuple[int, ...]
    spare: int


@dataclass(frozen=True, slots=True)
class SelfHostedFleet:
    """The cheapest schedule of one candidate for the workloads `rows` (indices into the plan's workloads)."""

    offer_id: str
    rows: tuple[int, ...]
    fleet: FleetLoad
    offer: FleetOffer
    found: FleetOutcome
    plan: FleetPlan
    outside_total: float
    """12 months of the workloads that are not in `rows`, and of those that run elsewhere until the fleet is live."""
    hourly_id: str = ""
    """Offer whose products are switched on and off beside those that never stop; empty: none are."""
    regions: tuple[RegionFleet, ...] = ()
    """A fleet in each, of which this is the sum; none where the plan names no region."""

    @property
    def offer_ids(self) -> tuple[str, ...]:
        """Every offer it rents, the main one first."""
        named = (self.offer_id, self.hourly_id, *(part.offer_id for part in self.regions))
        return tuple(dict.fromkeys(id for id in named if id))

    @property
    def total(self) -> float:
        """12 months of the whole plan with this fleet."""
        return self.plan.total + self.outside_total

    @property
    def feasible(self) -> bool:
        return self.plan.total < INFEASIBLE

    @property
    def paid_units(self) -> Floats:
        """(12,) products of the offer that are paid for."""
        return self.plan.paid_replicas / self.offer.replicas_per_unit

    @property
    def busy_erlangs(self) -> Floats:
        """(12,) mean replicas at work."""
        work = self.fleet.erlangs[:, None] * self.fleet.load.month_factor[None, :] * self.plan.served
        total: Floats = work.sum(axis=0)
        return total


@dataclass(frozen=True, slots=True)
class Interruptions:
    """What is left of a machine that is taken away now and then, as shares of its hours."""

    paid_fraction: float = 1.0
    """It is not billed while it is away, but while it starts again."""
    up_fraction: float = 1.0


def interruptions(offer: Offer, a: Assumptions) -> Interruptions:
    """None but of spot machines."""
    if offer.market != "spot":
        return Interruptions()
    away = a.spot_interruptions_per_month * a.spot_outage_hours / HOURS_PER_MONTH
    starting = a.spot_interruptions_per_month * a.cold_start_minutes / MINUTES_PER_HOUR / HOURS_PER_MONTH
    return Interruptions(max(1 - away, 0.0), max(1 - away - starting, 0.0))


def bears_interruptions(workload: Workload, a: Assumptions) -> bool:
    """Whether work may live on spot machines: nobody waits for it, and it may wait until they are back."""
    away = a.spot_outage_hours + a.cold_start_minutes / MINUTES_PER_HOUR
    return not is_interactive(workload) and workload.deadline_hours >= away


def is_interactive(workload: Workload) -> bool:
    """True where the work must be served in the hour in which it arrives."""
    return workload.latency == "interactive" or workload.deadline_hours < INTERACTIVE_BELOW_HOURS


def spare_replicas(inputs: Inputs, workloads: list[Workload], *, can_overflow: bool) -> int:
    """1 (N+1) for interactive work without an API to fall back on, or on request; otherwise the API is the spare."""
    if inputs.operations.redundancy == "n_plus_1":
        return 1
    if inputs.operations.redundancy in ("api_spare", "none"):
        return 0
    return int(not can_overflow and any(is_interactive(w) for w in workloads))


def long_prompt_ratio(workload: Workload) -> float:
    """p95 over mean prompt length; 2 where the plan states none, or no prompt at all."""
    p95, mean = workload.input_tokens_p95, workload.input_tokens
    return max(p95 / mean, 1.0) if p95 is not None and mean > 0 else 2.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A candidate: a replica on an offer, for the workloads that it may take."""

    offer: Offer
    gpus_per_replica: int
    speed: Speed
    rows: tuple[int, ...]
    tokenizer_ratios: tuple[float, ...]
    no_overflow: bool = False
    """All of its work must be served here."""
    hourly: Offer | None = None
    """An offer of the same cards that may follow the hour of the week beside `offer`."""
    longer: tuple[float, ...] = ()
    """Output over that of today's models, beyond the tokenizer; empty: no longer."""

    @property
    def output_factors(self) -> tuple[float, ...]:
        return self.longer or (1.0,) * len(self.rows)


def until_live(context: Context, row: int) -> Floats:
    """(12,) what is paid for a workload that only own GPUs may take before they are live."""
    leg = context.market.outsides[row].meanwhile
    paid: Floats = np.zeros(MONTHS) if leg is None else leg.monthly * (1 - context.live)
    return paid


def own_fleets(context: Context, wanted: Sequence[Wanted], *, full: bool = False) -> list[SelfHostedFleet]:
    """The cheapest fleet of each candidate; total >= `INFEASIBLE` where no number of replicas satisfies the rules.

    `full`: as many replicas as carry it all, overflow allowed.
    """
    alike: dict[tuple[tuple[int, ...], bool], list[int]] = {}
    for k, each in enumerate(wanted):
        alike.setdefault((each.rows, each.no_overflow), []).append(k)
    found: dict[int, SelfHostedFleet] = {}
    for same in alike.values():
        found |= zip(same, _same_work(context, [wanted[k] for k in same], full=full), strict=True)
    return [found[k] for k in range(len(wanted))]


def _same_work(context: Context, wanted: Sequence[Wanted], *, full: bool) -> list[SelfHostedFleet]:
    """The same for candidates that take the same workloads: costed together."""
    rows, pinned = wanted[0].rows, context.inputs.choice.replicas
    fleet = _fleet_load(context, wanted)
    offers = _fleet_offers(context, wanted, fleet)
    outside = float(context.market.best_months[[i for i in range(len(context.market.outsides)) if i not in rows]].sum())
    outside += float(sum(until_live(context, i).sum() for i in rows))
    found: dict[int, SelfHostedFleet] = {}
    for which, outcomes, counts in all_refined(fleet, offers, pinned=pinned, coverage=full):
        plans = plan_fleets(outcomes, stacked([offers[k] for k in which]), counts, pinned, full=full)
        for at, (k, count, fixed) in enumerate(zip(which, counts, plans, strict=True)):
            load, hourly = fleet.rows(k), wanted[k].hourly
            plan = fixed if full or pinned is not None else scheduled(load, offers[k], fixed)
            switched = hourly.id if hourly is not None and plan.schedule is not None else ""
            curve = outcomes.row(at, count)
            found[k] = SelfHostedFleet(wanted[k].offer.id, rows, load, offers[k], curve, plan, outside, switched)
    return [found[k] for k in range(len(wanted))]


def _fleet_load(context: Context, wanted: Sequence[Wanted]) -> FleetLoad:
    """Arrays of the workloads they take, and the work of each candidate with them."""
    rows, no_overflow = wanted[0].rows, wanted[0].no_overflow
    index, load = list(rows), context.load
    workloads = [context.inputs.workload[i] for i in index]
    if (rows, no_overflow) not in context.loads:
        part = replace(
            load,
            hours=load.hours[index],
            tokens_per_day=load.tokens_per_day[index],
            requests_per_s=load.requests_per_s[index],
            days=load.days[index],
        )
        context.loads[rows, no_overflow] = FleetLoad(
            load=part,
            erlangs=np.zeros(len(rows)),
            interactive=np.array([is_interactive(w) for w in workloads]),
            deadline_hours=np.array([w.deadline_hours for w in workloads]),
            resident=~context.market.may_leave[index] | no_overflow,
            outside_cost=context.market.best_months[index],
        )
    seconds = [
        [
            each.speed.seconds_per_request(w, t, longer)
            for w, t, longer in zip(workloads, each.tokenizer_ratios, each.output_factors, strict=True)
        ]
        for each in wanted
    ]
    return replace(context.loads[rows, no_overflow], erlangs=load.requests_per_s[index] * np.array(seconds))


def _fleet_offers(context: Context, wanted: Sequence[Wanted], fleet: FleetLoad) -> list[FleetOffer]:
    """Prices and queueing limits of candidates for the same work."""
    a, workloads = context.assumptions, [context.inputs.workload[i] for i in wanted[0].rows]
    requests = np.array([w.requests_per_day for w in workloads])
    outputs = requests / max(requests.sum(), 1e-12) * [w.output_tokens for w in workloads]
    longest = max(long_prompt_ratio(w) for w in workloads)
    waits = bool(fleet.interactive.any())
    spare = spare_replicas(context.inputs, workloads, can_overflow=not bool(fleet.resident.any()))

    def priced(wanted: Wanted) -> FleetOffer:
        offer, speed, owned = wanted.offer, wanted.speed, context.owned.get(wanted.offer.id)
        per_unit = max(offer.gpu_count // wanted.gpus_per_replica, 1)
        together = max(wanted.gpus_per_replica // offer.gpu_count, 1)  # of a dedicated endpoint: GPUs sold one by one
        hourly, spot = wanted.hourly, interruptions(offer, a)
        return FleetOffer(
            unit_month=together * offer_month(offer, context.catalog, context.usd_bought) * spot.paid_fraction,
            replicas_per_unit=per_unit,
            setup_fee=offer.setup_fee * context.catalog.usd_per[offer.currency] / context.usd_bought,
            slots=speed.concurrency,
            service_s=speed.service_s(float((outputs * wanted.output_factors).sum())),
            variability=a.arrival_variability,
            utilisation_cap=a.safe_utilisation_interactive,
            background_utilisation=a.safe_utilisation_background,
            burst_factor=a.burst_factor,
            spare=spare,
            live=context.live,
            fixed_total=context.fixed_total,
            constant=offer.commitment.startswith("reserved") or offer.commitment == OWNED,
            busy_month=0.0 if owned is None else owned.busy_power / per_unit,
            hourly_month=None
            if hourly is None
            else together * offer_month(hourly, context.catalog, context.usd_bought),
            # what the objective of the first token leaves for the queue after a long prompt
            patience_s=context.inputs.objectives.ttft_ms_p95 / 1000 - speed.ttft_s * longest if waits else math.inf,
            up_fraction=spot.up_fraction,
            most_units=math.inf if offer.available is None else offer.available,
            start_up_hours=a.cold_start_minutes / MINUTES_PER_HOUR,
        )

    return [priced(each) for each in wanted]
