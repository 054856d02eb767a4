"""Own GPUs: one candidate replica and rental offer turned into a fleet for the workloads it may take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from planner.engine.assumptions import Assumptions
from planner.engine.demand import Load
from planner.engine.fleet.curve import FleetOutcome, FleetPlan, plan_fleet, refined
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer
from planner.engine.fleet.ownership import OWNED, Ownership
from planner.engine.fleet.schedule import scheduled
from planner.engine.market import Market
from planner.engine.specs import Catalog, Inputs, Offer, Workload
from planner.engine.units import HOURS_PER_MONTH, MINUTES_PER_HOUR
from planner.records import dataclass

Floats = NDArray[np.float64]

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

    def seconds_per_request(self, workload: Workload, tokenizer_ratio: float) -> float:
        """Replica-seconds one request costs; prompts found in the prefix cache are not computed again."""
        uncached = workload.input_tokens * (1 - workload.cached_input_fraction)
        per_request = uncached * self.prefill_s_per_token + workload.output_tokens * self.decode_s_per_token
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
    owned: Mapping[str, Ownership] = field(default_factory=lambda: MappingProxyType({}))
    """What can be bought instead of rented, by offer id."""
    loads: dict[tuple[tuple[int, ...], bool], FleetLoad] = field(default_factory=dict, compare=False)
    """Work of the fleets seen so far, by workloads and whether overflow is forbidden: many candidates share it."""


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
    """12 months of the workloads that are not in `rows`."""
    hourly_id: str = ""
    """Offer whose products are switched on and off beside those that never stop; empty: none are."""

    @property
    def total(self) -> float:
        """12 months of the whole plan with this fleet."""
        return self.plan.total + self.outside_total

    @property
    def feasible(self) -> bool:
        return self.plan.total < INFEASIBLE

    @property
    def rent(self) -> Floats:
        """(12,)"""
        return self.plan.rent

    @property
    def served(self) -> Floats:
        """(W, 12) share of each workload served here."""
        return self.plan.served

    @property
    def busy_erlangs(self) -> Floats:
        """(12,) mean replicas at work."""
        work = self.fleet.erlangs[:, None] * self.fleet.load.month_factor[None, :] * self.served
        total: Floats = work.sum(axis=0)
        return total


def offer_month(offer: Offer, catalog: Catalog, usd_per_unit: float) -> float:
    """Rent of one whole product a month in the plan's currency, extras included."""
    periods = {"hour": float(HOURS_PER_MONTH), "month": 1.0, "year": 1 / 12}
    local = offer.price * periods[offer.per] + offer.monthly_extra
    return local * catalog.usd_per[offer.currency] / usd_per_unit


def offer_setup(offer: Offer, catalog: Catalog, usd_per_unit: float) -> float:
    """One-off fee of one product in the plan's currency."""
    return offer.setup_fee * catalog.usd_per[offer.currency] / usd_per_unit


def is_interactive(workload: Workload) -> bool:
    """True where the work must be served in the hour in which it arrives."""
    return workload.latency == "interactive" or workload.deadline_hours < INTERACTIVE_BELOW_HOURS


def spare_replicas(inputs: Inputs, workloads: list[Workload], *, can_overflow: bool) -> int:
    """1 (N+1) for interactive work without an API to fall back on, or on request; otherwise the API is the spare."""
    interactive = any(is_interactive(w) for w in workloads)
    if inputs.operations.redundancy == "n_plus_1":
        return 1
    if inputs.operations.redundancy in ("api_spare", "none"):
        return 0
    return int(interactive and not can_overflow)


def fleet_load(context: Context, rows: tuple[int, ...], erlangs: Floats, *, no_overflow: bool) -> FleetLoad:
    """Arrays of the workloads `rows`; with `no_overflow` all of them must be served here."""
    key = rows, no_overflow
    if key not in context.loads:
        context.loads[key] = _fleet_load(context, rows, erlangs, no_overflow=no_overflow)
    return replace(context.loads[key], erlangs=erlangs)


def _fleet_load(context: Context, rows: tuple[int, ...], erlangs: Floats, *, no_overflow: bool) -> FleetLoad:
    index = list(rows)
    load = context.load
    workloads = [context.inputs.workload[i] for i in index]
    part = replace(
        load,
        hours=load.hours[index],
        tokens_per_day=load.tokens_per_day[index],
        requests_per_s=load.requests_per_s[index],
        days=load.days[index],
    )
    return FleetLoad(
        load=part,
        erlangs=erlangs,
        interactive=np.array([is_interactive(w) for w in workloads]),
        deadline_hours=np.array([w.deadline_hours for w in workloads]),
        resident=~context.market.may_leave[index] | no_overflow,
        outside_cost=context.market.best_months[index],
    )


def fleet_offer(
    context: Context,
    offer: Offer,
    gpus_per_replica: int,
    speed: Speed,
    fleet: FleetLoad,
    rows: tuple[int, ...],
    hourly: Offer | None = None,
) -> FleetOffer:
    """Price and queueing limits of one candidate; `hourly`: what may be switched on and off beside it."""
    assumptions = context.assumptions
    workloads = [context.inputs.workload[i] for i in rows]
    requests = np.array([w.requests_per_day for w in workloads])
    outputs = np.array([w.output_tokens for w in workloads])
    mean_output = float((requests * outputs).sum() / max(requests.sum(), 1e-12))
    per_unit = max(offer.gpu_count // gpus_per_replica, 1)
    owned = context.owned.get(offer.id)
    return FleetOffer(
        unit_month=offer_month(offer, context.catalog, context.usd_per_unit),
        replicas_per_unit=per_unit,
        setup_fee=offer_setup(offer, context.catalog, context.usd_per_unit),
        slots=speed.concurrency,
        service_s=speed.service_s(mean_output),
        variability=assumptions.arrival_variability,
        utilisation_cap=assumptions.safe_utilisation_interactive,
        background_utilisation=assumptions.safe_utilisation_background,
        burst_factor=assumptions.burst_factor,
        spare=spare_replicas(context.inputs, workloads, can_overflow=not bool(fleet.resident.any())),
        live=context.live,
        fixed_total=context.fixed_total,
        constant=offer.commitment.startswith("reserved") or offer.commitment == OWNED,
        busy_month=0.0 if owned is None else owned.busy_power / per_unit,
        hourly_month=None if hourly is None else offer_month(hourly, context.catalog, context.usd_per_unit),
        patience_s=_patience_s(context, workloads, speed) if fleet.interactive.any() else math.inf,
        start_up_hours=assumptions.cold_start_minutes / MINUTES_PER_HOUR,
    )


def long_prompt_ratio(workload: Workload) -> float:
    """p95 over mean prompt length; 2 where the plan states none."""
    return 2.0 if workload.input_tokens_p95 is None else max(workload.input_tokens_p95 / workload.input_tokens, 1.0)


def _patience_s(context: Context, workloads: list[Workload], speed: Speed) -> float:
    """What the objective of the first token leaves for the queue after a long prompt."""
    longest = max(long_prompt_ratio(w) for w in workloads)
    return context.inputs.objectives.ttft_ms_p95 / 1000 - speed.ttft_s * longest


def self_hosted_fleet(
    context: Context,
    offer: Offer,
    gpus_per_replica: int,
    speed: Speed,
    rows: tuple[int, ...],
    tokenizer_ratios: tuple[float, ...],
    *,
    no_overflow: bool = False,
    full: bool = False,
    hourly: Offer | None = None,
) -> SelfHostedFleet:
    """The cheapest fleet of one candidate; total >= `INFEASIBLE` where no number of replicas satisfies the rules.

    `no_overflow`: all of its work must be served here. `full`: as many replicas as carry it all, overflow allowed.
    `hourly`: an offer of the same cards that may follow the hour of the week beside `offer`.
    """
    workloads = [context.inputs.workload[i] for i in rows]
    seconds = np.array([speed.seconds_per_request(w, t) for w, t in zip(workloads, tokenizer_ratios, strict=True)])
    erlangs = context.load.requests_per_s[list(rows)] * seconds
    fleet = fleet_load(context, rows, erlangs, no_overflow=no_overflow)
    priced = fleet_offer(context, offer, gpus_per_replica, speed, fleet, rows, hourly)
    found = refined(fleet, priced, pinned=context.inputs.choice.replicas, coverage=full)
    plan = plan_fleet(found, priced, context.inputs.choice.replicas, full=full)
    if hourly is not None and not full and context.inputs.choice.replicas is None:
        plan = scheduled(fleet, priced, plan)
    rest = [i for i in range(len(context.market.outsides)) if i not in rows]
    switched = hourly.id if hourly is not None and plan.schedule is not None else ""
    outside_total = float(context.market.best_months[rest].sum())
    return SelfHostedFleet(
        offer_id=offer.id,
        rows=rows,
        fleet=fleet,
        offer=priced,
        found=found,
        plan=plan,
        outside_total=outside_total,
        hourly_id=switched,
    )
