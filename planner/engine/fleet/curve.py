"""Rent, overflow and feasibility over months and numbers of whole products.

The cheapest number of products for every month, and the curve it lies on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from planner.engine.arrays import Flags, Floats, Ints, distinct
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer, stacked
from planner.engine.fleet.queueing import WAIT_TARGET_S, safe_curve
from planner.engine.fleet.served import PEAK_QUANTILE, peak_erlangs, served_shares
from planner.engine.units import MONTHS
from planner.records import dataclass

MAX_REPLICAS = 16_384
DENSE_UNITS = 12
GRID_STEP = 1.2
LATE_PROBABILITY = 0.05


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """Months x numbers of products. All replicas of a product run: they are paid for.

    Of several fleets at once every array has their axis in front.
    """

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
    feasible: Flags
    """(12, K)"""
    covers: Flags
    """(12, K) the p99.9 hour of all work is served without overflow; nowhere where it was not asked for."""
    utilisation_limit: Floats
    """(K,) safe utilisation of the serving replicas for interactive work."""

    @property
    def monthly(self) -> Floats:
        """(12, K) rent plus outside cost; `INFEASIBLE` where a constraint is broken."""
        return np.where(self.feasible, self.rent + self.api, INFEASIBLE)

    def alone(self) -> FleetOutcome:
        """One fleet as the only one of several."""
        return FleetOutcome(*(getattr(self, name)[None] for name in self.__slots__))

    def row(self, k: int, count: int) -> FleetOutcome:
        """One of several fleets, on the first `count` numbers."""
        return FleetOutcome(*(getattr(self, name)[k, ..., :count] for name in self.__slots__))


def limits(offer: FleetOffer, replicas: Ints) -> Floats:
    """(..., K) safe utilisation for interactive work: queueing on the pooled slots, never above the cap.

    One request in a hundred may wait longer than a second; one in twenty longer than the objective of the first token
    leaves after a long prompt.
    """
    slots = np.maximum(np.maximum(replicas - offer.spare, 0) * offer.slots, 1.0)
    safe = safe_curve(slots, offer.service_s, offer.variability)
    if np.any(offer.patience_s < WAIT_TARGET_S):
        patient = safe_curve(slots, offer.service_s, offer.variability, offer.patience_s, LATE_PROBABILITY)
        safe = np.where(offer.patience_s < WAIT_TARGET_S, np.minimum(safe, patient), safe)
    return np.minimum(safe, offer.utilisation_cap)


def outcome(fleet: FleetLoad, offer: FleetOffer, units: Ints, *, coverage: bool = False) -> FleetOutcome:
    """Rent, overflow and feasibility for every month and every number of products in `units` (ascending, from 0).

    `coverage`: find out as well which numbers carry the p99.9 hour of all work.
    """
    replicas = units * offer.replicas_per_unit
    limit = limits(offer, replicas)
    serving = np.maximum(replicas - offer.spare, 0) * offer.up_fraction
    factor, month = fleet.load.factors, fleet.load.factor_of_month
    interactive = (serving * limit)[..., None, :] / factor[:, None]
    background = (serving * np.maximum(offer.background_utilisation, limit))[..., None, :] / factor[:, None]
    flat = (*interactive.shape[:-2], -1)
    served = served_shares(fleet, interactive.reshape(flat), background.reshape(flat))
    served = served.reshape(*served.shape[:-1], len(factor), -1)[..., month, :] * offer.live[:, None]
    rent = np.where(offer.live[:, None] > 0, (units * offer.unit_month)[..., None, :], 0.0)
    if np.any(offer.busy_month):
        busy = (fleet.erlangs[..., None, None] * served).sum(axis=-3) * fleet.load.month_factor[:, None]
        rent = rent + busy * np.asarray(offer.busy_month)[..., None]
    api = (fleet.outside_cost[:, :, None] * (1.0 - served)).sum(axis=-3)
    capacity = interactive[..., month, :]
    there = (units <= offer.most_units)[..., None, :]
    feasible = _holds(fleet, offer, fleet.resident, offer.burst_factor, capacity, served) & there
    everything = np.full_like(fleet.resident, coverage)
    covers = _holds(fleet, offer, everything, 1.0, capacity, served) & there & coverage
    return FleetOutcome(units, replicas, rent, api, served, feasible, covers, limit)


def _holds(
    fleet: FleetLoad, offer: FleetOffer, mask: Flags, headroom: float, capacity: Floats, served: Floats
) -> Flags:
    """(..., 12, K) the masked interactive work fits the p99.9 hour with headroom, the masked background is all done."""
    idle = offer.live[:, None] <= 0
    need = peak_erlangs(fleet, mask & fleet.interactive) * headroom
    ok: Flags = (capacity >= need[..., None, None]) | idle
    for w in np.flatnonzero(mask & ~fleet.interactive):
        ok = ok & ((served[..., w, :, :] >= offer.live[:, None] * PEAK_QUANTILE) | idle)
    return ok


def covering_units(fleet: FleetLoad, offer: FleetOffer) -> Ints:
    """(...) products beyond which nothing more can be served: the p99.9 hour of the busiest month, with headroom."""
    everything = np.ones(fleet.erlangs.shape[-1], bool)
    peak = peak_erlangs(fleet, everything) * float(fleet.load.month_factor.max())
    need = peak * (offer.burst_factor if fleet.resident.any() else 1.0)
    per_unit = np.asarray(offer.replicas_per_unit)
    grid = np.array([_widest_grid(int(each)) for each in per_unit.flat]).reshape(*per_unit.shape[:-1], -1)
    usable = np.maximum(grid * per_unit - offer.spare, 0) * limits(offer, grid * per_unit) * offer.up_fraction
    at = np.minimum((usable < need[..., None]).sum(axis=-1, keepdims=True), grid.shape[-1] - 1)
    first = -(-(1 + offer.spare) // per_unit)
    wanted = np.maximum(np.take_along_axis(grid, at, axis=-1), first) + 1
    found: Ints = np.minimum(wanted, offer.most_units).astype(np.int64)[..., 0]
    return found


@lru_cache(maxsize=256)
def unit_grid(most: int) -> Ints:
    """0 and every small number, then geometric steps up to `most`."""
    if most <= DENSE_UNITS:
        return np.arange(most + 1)
    steps = int(np.ceil(np.log(most / DENSE_UNITS) / np.log(GRID_STEP))) + 1
    wide = np.round(np.geomspace(DENSE_UNITS, most, max(steps, 2))).astype(np.int64)
    return distinct(np.concatenate([np.arange(DENSE_UNITS), wide]))


@lru_cache(maxsize=32)
def _widest_grid(per_unit: int) -> Ints:
    """`unit_grid` of as many products as may be had, its last number repeated to the length of the longest."""
    grid = unit_grid(MAX_REPLICAS // per_unit)
    return np.pad(grid, (0, len(unit_grid(MAX_REPLICAS)) - len(grid)), mode="edge")


def all_refined(
    fleet: FleetLoad, offers: Sequence[FleetOffer], *, pinned: int | None = None, coverage: bool = False
) -> list[tuple[list[int], FleetOutcome, list[int]]]:
    """Outcomes on grids that hold every neighbour of the months' optima, so that no one step is missed.

    Of a fleet on each of several offers, row by row of `fleet`, in parts: which offers, their outcomes at once, and how
    many of the numbers are each one's own; the last is repeated beyond. `pinned`: a number of replicas to try as well.
    """
    most = covering_units(fleet, stacked(offers)).tolist()
    grids = [unit_grid(up_to) for up_to in most]
    if pinned is not None:
        grids = [np.union1d(g, [-(-pinned // o.replicas_per_unit)]) for g, o in zip(grids, offers, strict=True)]
    parts = []
    small = [k for k, up_to in enumerate(most) if up_to <= DENSE_UNITS]
    if small:
        tried = _tried(fleet, offers, {k: grids[k] for k in small}, coverage=coverage)
        parts.append((small, tried, [len(grids[k]) for k in small]))
    wanted = {k: grids[k] for k in range(len(offers)) if k not in small}
    found: dict[int, FleetOutcome] = {}
    while wanted:
        tried = _tried(fleet, offers, wanted, coverage=coverage)
        new = {k: tried.row(at, len(grid)) for at, (k, grid) in enumerate(wanted.items())}
        found |= {k: merged(found[k], each) if k in found else each for k, each in new.items()}
        wanted = {k: grid for k in wanted if (grid := _missing(found[k], most[k])).size}
    return parts + [([k], each.alone(), [len(each.units)]) for k, each in found.items()]


def _tried(
    fleet: FleetLoad, offers: Sequence[FleetOffer], grids: Mapping[int, Ints], *, coverage: bool
) -> FleetOutcome:
    """Outcomes of several fleets, each on numbers of its own, the last of which is repeated to the longest grid."""
    length = max(len(grid) for grid in grids.values())
    units = np.stack([np.append(grid, np.full(length - len(grid), grid[-1])) for grid in grids.values()])
    which = list(grids)
    return outcome(fleet.rows(np.array(which)), stacked([offers[k] for k in which]), units, coverage=coverage)


def _missing(found: FleetOutcome, most: int) -> Ints:
    """Numbers next to the optima, and half-way to the next ones tried, that have not been tried."""
    at = distinct(_optima(found))
    best = found.units[at]
    gaps = (
        (found.units[np.maximum(at - 1, 0)] + best) // 2,
        (best + found.units[np.minimum(at + 1, len(found.units) - 1)] + 1) // 2,
    )
    near = distinct(np.clip(np.concatenate([best - 1, best, best + 1, *gaps]), 0, most))
    return near[~np.isin(near, found.units, assume_unique=True)]


def _optima(found: FleetOutcome) -> Ints:
    """Columns around which the grid must be whole: each month's cheapest, and the cheapest for all months alike."""
    monthly = found.monthly
    columns = np.append(np.argmin(monthly, axis=1), np.argmin(monthly.sum(axis=0)))
    return columns.astype(np.int64)


def merged(a: FleetOutcome, b: FleetOutcome) -> FleetOutcome:
    """Two outcomes of the same fleet on different numbers, in order."""
    order = np.argsort(np.concatenate([a.units, b.units]), kind="stable")

    pairs = ((getattr(a, name), getattr(b, name)) for name in a.__slots__)
    return FleetOutcome(*(np.concatenate(pair, axis=-1)[..., order] for pair in pairs))


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


def plan_fleets(
    found: FleetOutcome, offer: FleetOffer, counts: Sequence[int], pinned: int | None = None, *, full: bool = False
) -> list[FleetPlan]:
    """The cheapest plan of each of several fleets, with at least one replica in every month that is live.

    `offer`: theirs, stacked; `counts`: how many of the numbers are each one's own. `full`: the fewest products that
    carry the p99.9 hour of all work instead, whatever they cost.
    """
    live, every = offer.live > 0, np.arange(found.units.shape[1])
    monthly = np.where(live[:, None] & (found.units == 0)[:, None], INFEASIBLE, found.monthly)
    columns, totals = _by_month(monthly, live)
    constant = np.asarray(offer.constant)
    columns = np.where(constant[..., None], every[:, None], columns)
    totals = np.where(constant, monthly.sum(axis=1), totals) + found.units * offer.setup_fee + offer.fixed_total
    totals[:, 0] = 2 * INFEASIBLE
    chosen = columns[np.arange(len(totals)), np.argmin(totals, axis=1)]
    if pinned or full:
        fewest = (found.replicas < pinned).sum(axis=1, keepdims=True) if pinned else _covering(found)
        fixed = np.broadcast_to(np.minimum(fewest, every[-1]), chosen.shape)
        chosen = np.where(constant, np.where(live, fixed, 0).max(axis=1, keepdims=True), fixed)
    return _as_plans(found, offer, counts, monthly, np.where(live, chosen, 0), totals, columns)


def _as_plans(
    found: FleetOutcome,
    offer: FleetOffer,
    counts: Sequence[int],
    monthly: Floats,
    chosen: Ints,
    totals: Floats,
    columns: Ints,
) -> list[FleetPlan]:
    every = np.arange(len(chosen))
    at = every[:, None], np.arange(MONTHS), chosen
    rent, served = found.rent[at], np.take_along_axis(found.served, chosen[:, None, :, None], axis=3)[..., 0]
    units = found.units[every[:, None], chosen]
    fees = np.diff(np.maximum.accumulate(units, axis=1), axis=1, prepend=0) * offer.setup_fee
    replicas = units * offer.replicas_per_unit
    limit = found.utilisation_limit[every, chosen[every, units.argmax(axis=1)]].tolist()
    total = (monthly[at].sum(axis=1) + offer.fixed_total + fees.sum(axis=1)).tolist()
    return [
        FleetPlan(
            replicas_by_month=tuple(replicas[k].tolist()),
            rent=rent[k],
            served=served[k],
            paid_replicas=replicas[k].astype(float),
            fees=fees[k],
            utilisation_limit=limit[k],
            total=total[k],
            curve_total=totals[k, :count],
            curve_columns=columns[k, :count],
        )
        for k, count in enumerate(counts)
    ]


def _covering(found: FleetOutcome) -> Ints:
    """(B, 12) first number, but not 0, that serves everything; beyond all numbers where none does."""
    first = np.maximum(np.argmax(found.covers, axis=2), 1)
    columns: Ints = np.where(found.covers.any(axis=2), first, found.units.shape[1])
    return columns


def _by_month(monthly: Floats, live: Flags) -> tuple[Ints, Floats]:
    """(B, K, 12) for each K the cheapest column of every month, one month raised to K where none reaches it; its cost.

    `monthly`: (B, 12, K)
    """
    every = np.arange(monthly.shape[2])
    best = np.minimum.accumulate(monthly, axis=2)
    fresh = np.concatenate([np.ones_like(live, shape=(*best.shape[:2], 1)), monthly[..., 1:] < best[..., :-1]], axis=2)
    at = np.maximum.accumulate(np.where(fresh, every, 0), axis=2)
    extra = np.where(live[:, None], monthly - best, 3 * INFEASIBLE)
    raised = np.argmin(extra, axis=1)[:, None]
    np.put_along_axis(at, raised, every, axis=1)
    totals: Floats = best.sum(axis=1) + np.take_along_axis(extra, raised, axis=1)[:, 0]
    return np.moveaxis(at, 1, 2), totals
