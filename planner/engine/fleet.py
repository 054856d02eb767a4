"""How many replicas: one cost curve from "API only" (no replica) to "no overflow".

Load of a workload is counted in Erlangs: replica-seconds of work per second, so prompts and generated tokens are both
counted. Interactive work beyond the safe capacity of an hour overflows to its API route; background work waits within
its deadline for idle capacity first; resident work may never overflow. When several workloads share a fleet, the one
whose overflow would cost most per Erlang is served first, which is optimal for a fluid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.engine.demand import QUANTILE_NODES, Load, noise_nodes
from planner.engine.queueing import safe_utilisation
from planner.engine.units import HOURS_PER_DAY, HOURS_PER_WEEK, MONTHS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MAX_REPLICAS = 4096
PEAK_QUANTILE = 0.999
INFEASIBLE = 1e15
"""Stands for "not allowed" in sums of money: far above any bill, still finite."""
_EPS = 1e-12


@dataclass(frozen=True, slots=True)
class FleetLoad:
    """Work that one fleet may take. W workloads."""

    load: Load
    """Rows restricted to these workloads."""
    erlangs: Floats
    """(W,) replica-seconds per second on today's mean day."""
    interactive: Bools
    deadline_hours: Floats
    resident: Bools
    """May not overflow."""
    outside_cost: Floats
    """(W, 12) plan currency a month when the whole workload goes to its API route; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class FleetOffer:
    """What a replica costs and how full it may run."""

    unit_month: float
    """Rent of one whole product a month, plan currency."""
    replicas_per_unit: int
    setup_fee: float
    """Plan currency for each product, once."""
    slots: float
    """Sequences one replica runs at once at the operating point."""
    service_s: float
    """Queue-free time of one mean request."""
    variability: float
    utilisation_cap: float
    background_utilisation: float
    burst_factor: float
    """Busy minute over the mean of its hour; work that may not overflow keeps this headroom."""
    spare: int
    live: Floats
    """(12,) share of each month in which the fleet serves; rent is paid in every month that is not 0."""
    fixed_total: float
    """People and other costs over 12 months that do not depend on the number of replicas."""
    constant: bool = False
    """True for commitments: the same number of replicas every month."""


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """Months x replica counts."""

    replicas: Ints
    """(K,), ascending, starting with 0."""
    rent: Floats
    """(12, K)"""
    api: Floats
    """(12, K) outside cost of what is not served."""
    served: Floats
    """(W, 12, K) share of each workload served by the fleet over the month."""
    feasible: Bools
    """(12, K)"""
    covers: Bools
    """(12, K) the p99.9 hour of all work is served without overflow."""
    utilisation_limit: Floats
    """(K,) safe utilisation of the serving replicas for interactive work."""

    @property
    def monthly(self) -> Floats:
        """(12, K) rent plus outside cost; `INFEASIBLE` where a constraint is broken."""
        total: Floats = np.where(self.feasible, self.rent + self.api, INFEASIBLE)
        return total


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """The cheapest schedule found, and the curve it lies on."""

    replicas_by_month: tuple[int, ...]
    columns: Ints
    """(12,) index into `FleetOutcome.replicas` for each month."""
    total: float
    """12 months: rent, set-up fees, fixed, outside cost."""
    curve_total: Floats
    """(K,) cheapest 12 months whose busiest month has that many replicas."""
    curve_columns: Ints
    """(K, 12)"""


def limits(offer: FleetOffer, replicas: Ints) -> Floats:
    """(K,) safe utilisation for interactive work: queueing on the pooled slots, never above the cap."""
    serving = np.maximum(replicas - offer.spare, 0)
    pooled = np.maximum(serving * offer.slots, 1.0)
    safe = safe_utilisation(pooled, np.full(len(replicas), offer.service_s), offer.variability)
    limit: Floats = np.minimum(safe, offer.utilisation_cap)
    return limit


def _states(fleet: FleetLoad, noise: Floats) -> Floats:
    """(W, 168, N) Erlangs in every hour and noise state at volume factor 1."""
    states: Floats = fleet.erlangs[:, None, None] * fleet.load.hours[:, :, None] * noise[None, None, :]
    return states


def _order(fleet: FleetLoad) -> list[int]:
    """Workloads by what a served Erlang saves, resident ones first."""
    saved = fleet.outside_cost.sum(axis=1) / np.maximum(fleet.erlangs, _EPS)
    return sorted(range(len(saved)), key=lambda w: (not fleet.resident[w], -saved[w]))


def peak_erlangs(fleet: FleetLoad, mask: Bools) -> float:
    """p99.9 hour of the masked workloads' summed load at volume factor 1."""
    if not mask.any():
        return 0.0
    noise = noise_nodes(fleet.load.noise_sigma, QUANTILE_NODES)
    total = (fleet.erlangs[mask, None] * fleet.load.hours[mask]).sum(axis=0)
    return float(np.quantile((total[:, None] * noise[None, :]).ravel(), PEAK_QUANTILE))


def _interactive_served(states: Floats, order: list[int], capacity: Floats) -> Floats:
    """(W, C) mean Erlangs served of each interactive workload, for C capacities at volume factor 1."""
    served = np.zeros((len(states), len(capacity)))
    total = np.zeros(states[0].size)
    before = np.zeros(len(capacity))
    for w in order:
        total = total + states[w].ravel()
        ranked = np.sort(total)
        sums = np.concatenate([[0.0], np.cumsum(ranked)])
        at = np.searchsorted(ranked, capacity)
        mean = (sums[at] + (len(ranked) - at) * capacity) / len(ranked)
        served[w] = mean - before
        before = mean
    return served


def _background_served(states: Floats, fleet: FleetLoad, order: list[int], idle: Floats) -> Floats:
    """(W, C) mean Erlangs served of background work from the idle capacity (C, 168, N), within each deadline."""
    served = np.zeros((len(states), len(idle)))
    for w in order:
        window = _window(float(fleet.deadline_hours[w]))
        shape = (len(idle), HOURS_PER_WEEK // window, window, idle.shape[2])
        pools = idle.reshape(shape)
        room = pools.sum(axis=2)
        work = states[w].reshape(shape[1:]).sum(axis=1)[None]
        done = np.minimum(work, room)
        served[w] = done.sum(axis=1).mean(axis=1) / HOURS_PER_WEEK
        keep = 1.0 - done / np.maximum(room, _EPS)
        idle = (pools * keep[:, :, None, :]).reshape(idle.shape)
    return served


def _window(deadline_hours: float) -> int:
    """Longest divisor of a day that does not exceed the deadline: work is pooled inside such windows."""
    return max(d for d in (1, 2, 3, 4, 6, 8, 12, HOURS_PER_DAY) if d <= max(deadline_hours, 1.0))


def _served(fleet: FleetLoad, interactive_capacity: Floats, background_capacity: Floats) -> Floats:
    """(W, C) share of each workload served, for C capacities in Erlangs at volume factor 1."""
    states = _states(fleet, fleet.load.noise)
    order = _order(fleet)
    first = [w for w in order if fleet.interactive[w]]
    later = [w for w in order if not fleet.interactive[w]]
    served = _interactive_served(states, first, interactive_capacity)
    if later:
        taken = states[first].sum(axis=0) if first else np.zeros(states[0].shape)
        for block in np.array_split(np.arange(len(interactive_capacity)), 1 + len(interactive_capacity) // 64):
            busy = np.minimum(taken[None], interactive_capacity[block, None, None])
            idle = np.maximum(background_capacity[block, None, None] - busy, 0.0)
            served[:, block] += _background_served(states, fleet, later, idle)
    share: Floats = np.clip(served / np.maximum(fleet.erlangs, _EPS)[:, None], 0.0, 1.0)
    return share


def outcome(fleet: FleetLoad, offer: FleetOffer, replicas: Ints) -> FleetOutcome:
    """Rent, overflow and feasibility for every month and every replica count in `replicas` (ascending, from 0)."""
    limit = limits(offer, replicas)
    serving = np.maximum(replicas - offer.spare, 0).astype(float)
    factor = np.maximum(fleet.load.month_factor, _EPS)
    interactive = (serving * limit)[None, :] / factor[:, None]
    background = (serving * np.maximum(offer.background_utilisation, limit))[None, :] / factor[:, None]
    served = _served(fleet, interactive.ravel(), background.ravel()).reshape(-1, MONTHS, len(replicas))
    served = served * offer.live[None, :, None]
    units = -(-replicas // offer.replicas_per_unit)
    rent = np.where(offer.live[:, None] > 0, units[None, :] * offer.unit_month, 0.0)
    api = (fleet.outside_cost[:, :, None] * (1.0 - served)).sum(axis=0)
    feasible = _holds(fleet, offer, fleet.resident, offer.burst_factor, interactive, served)
    covers = _holds(fleet, offer, np.ones_like(fleet.resident), 1.0, interactive, served)
    return FleetOutcome(replicas, rent, api, served, feasible, covers, limit)


def _holds(
    fleet: FleetLoad, offer: FleetOffer, mask: Bools, headroom: float, capacity: Floats, served: Floats
) -> Bools:
    """(12, K) the masked interactive work fits the p99.9 hour with headroom, the masked background is all done."""
    live = offer.live[:, None] > 0
    need = peak_erlangs(fleet, mask & fleet.interactive) * headroom
    ok = (capacity >= need) | ~live if need > 0 else np.ones(capacity.shape, bool)
    for w in np.flatnonzero(mask & ~fleet.interactive):
        ok &= (served[w] >= offer.live[:, None] * PEAK_QUANTILE) | ~live
    return ok


def most_replicas(fleet: FleetLoad, offer: FleetOffer) -> int:
    """Replicas beyond which nothing more can be served: the p99.9 hour of the busiest month, with headroom."""
    everything = np.ones(len(fleet.erlangs), bool)
    peak = peak_erlangs(fleet, everything) * float(fleet.load.month_factor.max())
    need = peak * (offer.burst_factor if fleet.resident.any() else 1.0)
    count = int(np.ceil(need)) + offer.spare
    for _ in range(12):
        serving = count - offer.spare
        if serving * float(limits(offer, np.array([count]))[0]) >= need or count >= MAX_REPLICAS:
            break
        count = max(count + 1, int(np.ceil(need / float(limits(offer, np.array([count]))[0]))) + offer.spare)
    whole = -(-(count + 1) // offer.replicas_per_unit) * offer.replicas_per_unit
    return int(min(max(whole, 1 + offer.spare), MAX_REPLICAS))


def replica_grid(most: int, dense: int = 48) -> Ints:
    """0 and every count up to `dense`, then geometric steps to `most`."""
    if most <= dense:
        return np.arange(most + 1)
    steps = np.unique(np.round(np.geomspace(dense, most, 40)).astype(int))
    return np.unique(np.concatenate([np.arange(dense), steps]))


def refined(fleet: FleetLoad, offer: FleetOffer, most: int) -> FleetOutcome:
    """Outcome on a grid that holds every neighbour of the months' optima, so that no one step is missed."""
    grid = replica_grid(most)
    found = outcome(fleet, offer, grid)
    while True:
        best = grid[np.argmin(found.monthly, axis=1)]
        around = np.unique(np.clip(np.concatenate([best - 1, best, best + 1, _between(grid, best)]), 0, most))
        missing = np.setdiff1d(around, grid)
        if missing.size == 0:
            return found
        grid = np.union1d(grid, missing)
        found = outcome(fleet, offer, grid)


def _between(grid: Ints, best: Ints) -> Ints:
    """A few counts between each optimum and its neighbours on the grid."""
    at = np.searchsorted(grid, best)
    low, high = grid[np.maximum(at - 1, 0)], grid[np.minimum(at + 1, len(grid) - 1)]
    middle: Ints = np.concatenate([(low + best) // 2, (best + high) // 2])
    return middle


def plan_fleet(found: FleetOutcome, offer: FleetOffer, pinned: int | None = None, *, full: bool = False) -> FleetPlan:
    """The cheapest schedule with at least one replica in every month that is live.

    `full`: the fewest replicas that carry the p99.9 hour of all work instead, whatever they cost. `curve_total`
    reaches `INFEASIBLE` where no schedule is feasible.
    """
    monthly = np.where((offer.live[:, None] > 0) & (found.replicas[None, :] == 0), INFEASIBLE, found.monthly)
    columns = _constant_columns(found) if offer.constant else _peaking_columns(monthly, offer.live)
    totals = np.array([_total(found, offer, monthly, c) for c in columns])
    totals[0] = 2 * INFEASIBLE
    chosen = columns[int(np.argmin(totals))]
    if pinned or full:
        fixed = _pinned_column(found, pinned) if pinned else _covering_columns(found)
        chosen = np.where(offer.live > 0, fixed, 0)
    by_month = tuple(int(r) if live > 0 else 0 for r, live in zip(found.replicas[chosen], offer.live, strict=True))
    return FleetPlan(by_month, chosen, _total(found, offer, monthly, chosen), totals, columns)


def _total(found: FleetOutcome, offer: FleetOffer, monthly: Floats, columns: Ints) -> float:
    """12 months of one schedule: rent, outside cost, fixed costs, set-up fees of the busiest month."""
    peak = int(found.replicas[np.where(offer.live > 0, columns, 0)].max())
    units = -(-peak // offer.replicas_per_unit)
    return float(monthly[np.arange(MONTHS), columns].sum()) + offer.fixed_total + units * offer.setup_fee


def _covering_columns(found: FleetOutcome) -> Ints:
    """(12,) first count that serves everything, or the largest tried."""
    last = len(found.replicas) - 1
    columns: Ints = np.where(found.covers.any(axis=1), np.argmax(found.covers, axis=1), last)
    return np.maximum(columns, min(1, last))


def _pinned_column(found: FleetOutcome, pinned: int) -> int:
    return int(np.argmin(np.abs(found.replicas - pinned)))


def _constant_columns(found: FleetOutcome) -> Ints:
    return np.repeat(np.arange(len(found.replicas))[:, None], MONTHS, axis=1)


def _peaking_columns(monthly: Floats, live: Floats) -> Ints:
    """(K, 12) for each K the cheapest column of every month, one month raised to K where none reaches it."""
    count = monthly.shape[1]
    columns = np.zeros((count, MONTHS), dtype=np.int64)
    best, at = np.full(MONTHS, 2 * INFEASIBLE), np.zeros(MONTHS, dtype=np.int64)
    for k in range(count):
        better = monthly[:, k] < best - _EPS
        best, at = np.where(better, monthly[:, k], best), np.where(better, k, at)
        columns[k] = at
        if k and not ((at == k) & (live > 0)).any():
            extra = np.where(live > 0, monthly[:, k] - best, INFEASIBLE)
            columns[k, int(np.argmin(extra))] = k
    return columns
