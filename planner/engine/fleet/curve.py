"""Rent, overflow and feasibility over months and numbers of whole products.

The cheapest number of products for every month, and the curve it lies on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.engine.fleet.load import INFEASIBLE, Bools, FleetLoad, FleetOffer, Floats, Ints
from planner.engine.fleet.queueing import WAIT_TARGET_S, safe_curve
from planner.engine.fleet.served import PEAK_QUANTILE, peak_erlangs, served_shares
from planner.engine.units import MONTHS
from planner.records import dataclass

MAX_REPLICAS = 16_384
DENSE_UNITS = 12
GRID_STEP = 1.2
LATE_PROBABILITY = 0.05
Number = TypeVar("Number", np.float64, np.int64, np.bool_)


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """Months x numbers of products. All replicas of a product run: they are paid for."""

    units: Ints
    """(K,) whole products, ascending, starting with 0."""
    replicas: Ints
    """(K,)"""
    rent: Floats
    """(12, K) rent, or cost of ownership with the power of the work done."""
    api: Floats
    """(12, K) outside cost of what is not served."""
    served: Floats
    """(W, 12, K) share of each workload served by the fleet over the month."""
    feasible: Bools
    """(12, K)"""
    covers: Bools
    """(12, K) the p99.9 hour of all work is served without overflow; nowhere where it was not asked for."""
    utilisation_limit: Floats
    """(K,) safe utilisation of the serving replicas for interactive work."""

    @property
    def monthly(self) -> Floats:
        """(12, K) rent plus outside cost; `INFEASIBLE` where a constraint is broken."""
        total: Floats = np.where(self.feasible, self.rent + self.api, INFEASIBLE)
        return total


def limits(offer: FleetOffer, replicas: Ints) -> Floats:
    """(K,) safe utilisation for interactive work: queueing on the pooled slots, never above the cap.

    One request in a hundred may wait longer than a second; one in twenty longer than the objective of the first token
    leaves after a long prompt.
    """
    slots = np.maximum(np.maximum(replicas - offer.spare, 0) * offer.slots, 1.0)
    safe = safe_curve(slots, offer.service_s, offer.variability)
    if offer.patience_s < WAIT_TARGET_S:
        patient = safe_curve(slots, offer.service_s, offer.variability, offer.patience_s, LATE_PROBABILITY)
        safe = np.minimum(safe, patient)
    limit: Floats = np.minimum(safe, offer.utilisation_cap)
    return limit


def outcome(fleet: FleetLoad, offer: FleetOffer, units: Ints, *, coverage: bool = False) -> FleetOutcome:
    """Rent, overflow and feasibility for every month and every number of products in `units` (ascending, from 0).

    `coverage`: find out as well which numbers carry the p99.9 hour of all work.
    """
    replicas = units * offer.replicas_per_unit
    limit = limits(offer, replicas)
    serving = np.maximum(replicas - offer.spare, 0).astype(float)
    factor, month = fleet.load.factors, fleet.load.factor_of_month
    interactive = (serving * limit)[None, :] / factor[:, None]
    background = (serving * np.maximum(offer.background_utilisation, limit))[None, :] / factor[:, None]
    served = served_shares(fleet, interactive.ravel(), background.ravel()).reshape(-1, len(factor), len(units))
    served = served[:, month] * offer.live[None, :, None]
    rent = np.where(offer.live[:, None] > 0, units[None, :] * offer.unit_month, 0.0)
    if offer.busy_month:
        busy = (fleet.erlangs[:, None, None] * served).sum(axis=0) * fleet.load.month_factor[:, None]
        rent = rent + busy * offer.busy_month
    api = (fleet.outside_cost[:, :, None] * (1.0 - served)).sum(axis=0)
    capacity = interactive[month]
    bound = fleet.resident.any()
    feasible = _holds(fleet, offer, fleet.resident, offer.burst_factor, capacity, served) if bound else _all(capacity)
    everything = np.ones_like(fleet.resident)
    covers = _holds(fleet, offer, everything, 1.0, capacity, served) if coverage else ~_all(capacity)
    return FleetOutcome(units, replicas, rent, api, served, feasible, covers, limit)


def _all(like: Floats) -> Bools:
    return np.ones(like.shape, bool)


def _holds(
    fleet: FleetLoad, offer: FleetOffer, mask: Bools, headroom: float, capacity: Floats, served: Floats
) -> Bools:
    """(12, K) the masked interactive work fits the p99.9 hour with headroom, the masked background is all done."""
    idle = offer.live[:, None] <= 0
    need = peak_erlangs(fleet, mask & fleet.interactive) * headroom
    ok = (capacity >= need) | idle if need > 0 else _all(capacity)
    for w in np.flatnonzero(mask & ~fleet.interactive):
        ok = ok & ((served[w] >= offer.live[:, None] * PEAK_QUANTILE) | idle)
    return ok


def covering_units(fleet: FleetLoad, offer: FleetOffer) -> int:
    """Products beyond which nothing more can be served: the p99.9 hour of the busiest month, with headroom."""
    everything = np.ones(len(fleet.erlangs), bool)
    peak = peak_erlangs(fleet, everything) * float(fleet.load.month_factor.max())
    need = peak * (offer.burst_factor if fleet.resident.any() else 1.0)
    most = MAX_REPLICAS // offer.replicas_per_unit
    grid = unit_grid(most)
    usable = np.maximum(grid * offer.replicas_per_unit - offer.spare, 0) * limits(offer, grid * offer.replicas_per_unit)
    at = int(np.searchsorted(usable, need))
    first = -(-(1 + offer.spare) // offer.replicas_per_unit)
    return max(int(grid[min(at, len(grid) - 1)]), first) + 1


@lru_cache(maxsize=256)
def unit_grid(most: int) -> Ints:
    """0 and every small number, then geometric steps up to `most`."""
    if most <= DENSE_UNITS:
        return np.arange(most + 1)
    steps = int(np.ceil(np.log(most / DENSE_UNITS) / np.log(GRID_STEP))) + 1
    wide = np.round(np.geomspace(DENSE_UNITS, most, max(steps, 2))).astype(np.int64)
    return np.unique(np.concatenate([np.arange(DENSE_UNITS), wide]))


def refined(fleet: FleetLoad, offer: FleetOffer, *, pinned: int | None = None, coverage: bool = False) -> FleetOutcome:
    """Outcome on a grid that holds every neighbour of the months' optima, so that no one step is missed.

    `pinned`: a number of replicas that must be on it as well.
    """
    most = covering_units(fleet, offer)
    grid = unit_grid(most) if pinned is None else np.union1d(unit_grid(most), [-(-pinned // offer.replicas_per_unit)])
    found = outcome(fleet, offer, grid, coverage=coverage)
    while most > DENSE_UNITS:
        at = np.unique(_optima(found, offer))
        best = found.units[at]
        gaps = (
            (found.units[np.maximum(at - 1, 0)] + best) // 2,
            (best + found.units[np.minimum(at + 1, len(found.units) - 1)] + 1) // 2,
        )
        wanted = np.unique(np.clip(np.concatenate([best - 1, best, best + 1, *gaps]), 0, most))
        missing = np.setdiff1d(wanted, found.units)
        if missing.size == 0:
            return found
        found = merged(found, outcome(fleet, offer, missing, coverage=coverage))
    return found


def _optima(found: FleetOutcome, offer: FleetOffer) -> Ints:
    """Columns around which the grid must be whole: each month's cheapest, and the cheapest for all months alike."""
    monthly = found.monthly
    columns = np.append(np.argmin(monthly, axis=1), np.argmin(monthly.sum(axis=0)))
    return columns.astype(np.int64)


def merged(a: FleetOutcome, b: FleetOutcome) -> FleetOutcome:
    """Two outcomes of the same fleet on different numbers, in order."""
    order = np.argsort(np.concatenate([a.units, b.units]), kind="stable")

    def both(x: NDArray[Number], y: NDArray[Number]) -> NDArray[Number]:
        joined: NDArray[Number] = np.concatenate([x, y], axis=-1)[..., order]
        return joined

    return FleetOutcome(
        both(a.units, b.units), both(a.replicas, b.replicas), both(a.rent, b.rent), both(a.api, b.api),
        both(a.served, b.served), both(a.feasible, b.feasible), both(a.covers, b.covers),
        both(a.utilisation_limit, b.utilisation_limit),
    )  # fmt: skip


_MONTH = np.arange(MONTHS)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What is rented in each month, what it serves and what the whole costs."""

    replicas_by_month: tuple[int, ...]
    """The most that run at once in each month."""
    rent: Floats
    """(12,)"""
    served: Floats
    """(W, 12) share of each workload."""
    paid_replicas: Floats
    """(12,) replica-months paid for."""
    fees: Floats
    """(12,) set-up fees."""
    utilisation_limit: float
    """Safe utilisation in the busiest month."""
    total: float
    """12 months: rent, set-up fees, fixed, outside cost; at least `INFEASIBLE` where no schedule is feasible."""
    curve_total: Floats
    """(K,) cheapest 12 months whose busiest month has that many products."""
    curve_columns: Ints
    """(K, 12) the number of products in each month of those, as an index into `FleetOutcome.units`."""
    schedule: Ints | None = None
    """(12, D, 24) replicas in every hour of the distinct days; None: the same all month."""
    always_on: tuple[int, ...] = ()
    """Replicas of the schedule that never stop, in each month."""


def plan_fleet(found: FleetOutcome, offer: FleetOffer, pinned: int | None = None, *, full: bool = False) -> FleetPlan:
    """The cheapest plan with at least one replica in every month that is live.

    `full`: the fewest products that carry the p99.9 hour of all work instead, whatever they cost.
    """
    live = offer.live > 0
    monthly = np.where(live[:, None] & (found.units[None, :] == 0), INFEASIBLE, found.monthly)
    columns, totals = _constant(found, monthly) if offer.constant else _by_month(monthly, live)
    totals = totals + found.units * offer.setup_fee + offer.fixed_total
    totals[0] = 2 * INFEASIBLE
    chosen = columns[int(np.argmin(totals))]
    if pinned or full:
        fixed = np.full(MONTHS, _nearest(found, pinned)) if pinned else _covering(found)
        fixed = np.full(MONTHS, int(fixed[live].max(initial=0))) if offer.constant else fixed
        chosen = np.where(live, fixed, 0)
    return _plan(found, offer, monthly, np.where(live, chosen, 0), totals, columns)


def _plan(
    found: FleetOutcome, offer: FleetOffer, monthly: Floats, chosen: Ints, totals: Floats, columns: Ints
) -> FleetPlan:
    units = found.units[chosen]
    fees = np.diff(np.maximum.accumulate(np.concatenate([[0], units]))) * offer.setup_fee
    busiest = int(np.argmax(units))
    replicas = units * offer.replicas_per_unit
    return FleetPlan(
        replicas_by_month=tuple(int(r) for r in replicas),
        rent=found.rent[_MONTH, chosen],
        served=found.served[:, _MONTH, chosen],
        paid_replicas=replicas.astype(float),
        fees=fees,
        utilisation_limit=float(found.utilisation_limit[chosen[busiest]]),
        total=float(monthly[_MONTH, chosen].sum()) + offer.fixed_total + float(fees.sum()),
        curve_total=totals,
        curve_columns=columns,
    )


def _covering(found: FleetOutcome) -> Ints:
    """(12,) first number that serves everything, or the largest tried."""
    last = len(found.units) - 1
    columns: Ints = np.where(found.covers.any(axis=1), np.argmax(found.covers, axis=1), last)
    return np.maximum(columns, min(1, last))


def _nearest(found: FleetOutcome, pinned: int) -> int:
    """Fewest products that hold the pinned replicas, or the most tried."""
    return min(int(np.searchsorted(found.replicas, pinned)), len(found.replicas) - 1)


def _constant(found: FleetOutcome, monthly: Floats) -> tuple[Ints, Floats]:
    """(K, 12) the same number every month, and (K,) its cost."""
    columns = np.repeat(np.arange(len(found.units))[:, None], MONTHS, axis=1)
    return columns, monthly.sum(axis=0)


def _by_month(monthly: Floats, live: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Ints, Floats]:
    """(K, 12) for each K the cheapest column of every month, one month raised to K where none reaches it; its cost."""
    count = monthly.shape[1]
    best = np.minimum.accumulate(monthly, axis=1)
    fresh = np.concatenate([np.ones((MONTHS, 1), bool), monthly[:, 1:] < best[:, :-1]], axis=1)
    at = np.maximum.accumulate(np.where(fresh, np.arange(count), 0), axis=1)
    extra = np.where(live[:, None], monthly - best, 3 * INFEASIBLE)
    raised = np.argmin(extra, axis=0)
    columns = at.T.copy()
    columns[np.arange(count), raised] = np.arange(count)
    totals: Floats = best.sum(axis=0) + extra[raised, np.arange(count)]
    return columns, totals
