"""The cheapest number of products for every month, and the curve it lies on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.engine.fleet.curve import FleetOutcome
from planner.engine.fleet.load import INFEASIBLE, FleetOffer, Floats, Ints
from planner.engine.units import MONTHS

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
