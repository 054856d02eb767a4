"""Products switched on and off by the hour of the week, over a base that never stops.

For interactive work each hour is weighed on its own, except that switching on costs start-up time: a dynamic programme
over the 24 hours of each distinct day finds the cheapest ring of hours. Background work is then put where capacity
idles; base loads and daily windows for it are tried one by one. Whatever never stops is paid at the price of the base,
which may be a monthly or yearly commitment: the screening curve of reserved and on-demand capacity.

Limits: start-ups between days of different sorts are counted as within a day; beyond `LEVELS` products the hours follow
steps of several products at once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.engine.arrays import TINY, Floats, Ints, distinct
from planner.engine.fleet.curve import FleetPlan, covering_units, limits
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer
from planner.engine.fleet.served import (
    PEAK_QUANTILE,
    first_and_later,
    peak_factor,
    served_by_hour,
    serving_order,
    states_of,
    window_of,
)
from planner.engine.units import HOURS_PER_DAY, MONTHS
from planner.records import dataclass

LEVELS = 16


@dataclass(frozen=True, slots=True)
class _Hours:
    """Candidate schedules of one year: (C, F, D, 24) products, for F distinct volumes."""

    units: Ints
    rent: Floats
    """(C, F) a month, the base at its own price."""
    base: Ints
    """(C, F) products that never stop."""
    served: Floats
    """(W, C, F)"""


def scheduled(fleet: FleetLoad, offer: FleetOffer, fixed: FleetPlan) -> FleetPlan:
    """The cheapest schedule by hour of week, or `fixed` where it is no dearer or the offer is not by the hour."""
    if offer.hourly_month is None or fixed.total >= INFEASIBLE or not fixed.replicas_by_month:
        return fixed
    most = max(int(covering_units(fleet, offer)), max(fixed.replicas_by_month) // offer.replicas_per_unit)
    levels = distinct(np.round(np.linspace(0, most, min(most, LEVELS) + 1)).astype(np.int64))
    hours = _with_background(fleet, offer, _interactive_rings(fleet, offer, levels), levels)
    found = _assembled(fleet, offer, hours, fixed)
    return found if found.total < fixed.total * (1 - 1e-9) else fixed


def _capacity(offer: FleetOffer, units: Ints) -> tuple[Floats, Floats]:
    """Interactive and background capacity in Erlangs of these numbers of products."""
    replicas = units * offer.replicas_per_unit
    limit = limits(offer, replicas)
    serving = np.maximum(replicas - offer.spare, 0) * offer.up_fraction
    return serving * limit, serving * np.maximum(offer.background_utilisation, limit)


def _saved_per_erlang_month(fleet: FleetLoad) -> Floats:
    """(W,) API cost that a served Erlang displaces in a month, the same at every volume."""
    factor = np.maximum(fleet.load.month_factor, TINY).sum()
    saved: Floats = fleet.outside_cost.sum(axis=1) / np.maximum(fleet.erlangs * factor, TINY)
    return saved


def _interactive_rings(fleet: FleetLoad, offer: FleetOffer, levels: Ints) -> Ints:
    """(F, D, 24) products that are best for the interactive work alone."""
    first, _ = first_and_later(fleet, serving_order(fleet))
    factors, days = fleet.load.factors, fleet.load.days.shape[1]
    if not first:
        return np.zeros((len(factors), days, HOURS_PER_DAY), np.int64)
    states = states_of(fleet)
    capacity = _capacity(offer, levels)[0][None, :] / factors[:, None]
    served = np.minimum(np.cumsum(states[first], axis=0)[..., None, None], capacity).mean(axis=3)
    worth = np.diff(served, axis=0, prepend=0.0) * _saved_per_erlang_month(fleet)[first][:, None, None, None, None]
    value = np.moveaxis(worth.sum(axis=0) * factors[:, None], 2, 0)
    assert offer.hourly_month is not None
    cost = levels * offer.hourly_month - value
    must = [w for w in first if fleet.resident[w]]
    if must:
        need = (fleet.erlangs[must, None, None] * fleet.load.days[must]).sum(axis=0) * peak_factor(fleet)
        short = capacity[:, None, None, :] < need[None, :, :, None] * offer.burst_factor
        short[..., -1] = False  # the most there is carries it all month long
        cost = np.where(short, INFEASIBLE, cost)
    starts = offer.start_up_hours * offer.hourly_month
    return levels[_rings(cost.reshape(-1, HOURS_PER_DAY, len(levels)), levels, starts)].reshape(
        len(factors), days, HOURS_PER_DAY
    )


def _rings(cost: Floats, levels: Ints, start_cost: float) -> Ints:
    """(B, 24) cheapest level index in each hour of a day that repeats; `start_cost` for each product switched on.

    Two laps from a free start settle the ring; where they do not close, the second lap is what is taken.
    """
    up = np.maximum(levels[None, :] - levels[:, None], 0) * start_cost
    best, came = cost[:, 0], []
    for hour in range(1, 2 * HOURS_PER_DAY + 1):
        arrive = best[:, :, None] + up
        came.append(np.argmin(arrive, axis=1))
        best = arrive.min(axis=1) + cost[:, hour % HOURS_PER_DAY]
    at, rows = np.argmin(best, axis=1), np.arange(len(cost))
    path = np.zeros((len(cost), HOURS_PER_DAY), np.int64)
    for hour in range(2 * HOURS_PER_DAY, HOURS_PER_DAY // 2, -1):
        if hour <= 3 * HOURS_PER_DAY // 2:
            path[:, hour % HOURS_PER_DAY] = at
        at = came[hour - 1][rows, at]
    return path


def _with_background(fleet: FleetLoad, offer: FleetOffer, rings: Ints, levels: Ints) -> _Hours:
    """The interactive rings over every base level and daily window that background work might want."""
    later = ~fleet.interactive
    window = window_of(float(fleet.deadline_hours[later].max())) if later.any() else 1
    hour = np.arange(HOURS_PER_DAY)
    windows = np.array([*(hour % window < width for width in (1, 2, 3, 4, 6, 8, 12) if width < window), hour >= 0])
    units = np.maximum(levels[:, None, None, None, None] * windows[:, None, None], rings)
    units = units.reshape(-1, *rings.shape)
    level = np.maximum(np.searchsorted(levels, rings)[..., None], np.arange(len(levels)))
    capacity, background = (each / fleet.load.factors[:, None] for each in _capacity(offer, levels))
    served = served_by_hour(fleet, capacity, background, level, windows)
    rent, base = _rent(fleet, offer, units, levels)
    return _Hours(units, rent, base, np.moveaxis(served, 1, 2))


def _rent(fleet: FleetLoad, offer: FleetOffer, units: Ints, levels: Ints) -> tuple[Floats, Ints]:
    """(C, F) rent a month and the products that never stop, the cheapest number of them."""
    assert offer.hourly_month is not None
    base = _cheapest_base(fleet, offer, units, levels)
    share = fleet.load.day_share / HOURS_PER_DAY
    above = np.maximum(units - base[..., None, None], 0)
    hours = (above * share[:, None]).sum(axis=(2, 3))
    ups = (np.maximum(np.roll(above, -1, axis=3) - above, 0).sum(axis=3) * fleet.load.day_share).sum(axis=2)
    starts = ups * offer.start_up_hours / HOURS_PER_DAY
    rent = base * offer.unit_month + (hours + starts) * offer.hourly_month
    return rent, base


def _cheapest_base(fleet: FleetLoad, offer: FleetOffer, units: Ints, levels: Ints) -> Ints:
    """(C, F) products that should never stop; `levels`: every number that may occur, from 0.

    Rent is linear in the base between two numbers that occur in some hour, so only those are tried; a number that is
    reached upwards costs a start for each product above both the base and the hour before.
    """
    assert offer.hourly_month is not None
    rows, count = units.shape[0] * units.shape[1], len(levels)
    cell = np.arange(rows)[:, None, None] * count + np.searchsorted(levels, units).reshape(rows, -1, HOURS_PER_DAY)
    share = np.broadcast_to(fleet.load.day_share[:, None] / HOURS_PER_DAY, cell.shape)
    later = np.roll(cell, -1, axis=2)
    up = later > cell

    def counted(cells: Ints, weights: Floats) -> Floats:
        return np.bincount(cells, weights, rows * count).astype(np.float64).reshape(rows, count)

    hours = counted(cell.ravel(), share.ravel())
    starts = counted(later[up], share[up]) - counted(cell[up], share[up])
    above = np.maximum(levels[:, None] - levels[None, :], 0)
    switched = (hours + starts * offer.start_up_hours) @ above * offer.hourly_month
    best: Ints = levels[np.argmin(levels * offer.unit_month + switched, axis=1)].reshape(units.shape[:2])
    return best


def _assembled(fleet: FleetLoad, offer: FleetOffer, hours: _Hours, fixed: FleetPlan) -> FleetPlan:
    """The cheapest candidate of every month, as a plan."""
    month, live = fleet.load.factor_of_month, offer.live
    served = hours.served[:, :, month] * live
    rent = np.where(live > 0, hours.rent[:, month], 0.0)
    if offer.busy_month:
        rent = rent + (fleet.erlangs[:, None, None] * served).sum(axis=0) * fleet.load.month_factor * offer.busy_month
    api = (fleet.outside_cost[:, None, :] * (1.0 - served)).sum(axis=0)
    total = rent + api
    for w in np.flatnonzero(fleet.resident & ~fleet.interactive):
        total = np.where((served[w] >= live * PEAK_QUANTILE) | (live <= 0), total, INFEASIBLE)
    total = np.where((hours.units.max(axis=(2, 3))[:, month] > 0) | (live <= 0), total, INFEASIBLE)
    pick, every = np.argmin(total, axis=0), np.arange(MONTHS)
    units = np.where(live[:, None, None] > 0, hours.units[pick, month], 0)
    peaks = units.max(axis=(1, 2))
    fees = np.diff(np.maximum.accumulate(np.concatenate([[0], peaks]))) * offer.setup_fee
    mean = (units * (fleet.load.day_share[:, None] / HOURS_PER_DAY)).sum(axis=(1, 2)) * offer.replicas_per_unit
    base = np.where(live > 0, hours.base[pick, month], 0) * offer.replicas_per_unit
    replicas = peaks * offer.replicas_per_unit
    return replace(
        fixed,
        replicas_by_month=tuple(int(r) for r in replicas),
        rent=rent[pick, every],
        served=served[:, pick, every],
        paid_replicas=mean,
        fees=fees,
        utilisation_limit=float(limits(offer, replicas[[int(np.argmax(replicas))]])[0]),
        total=float(total[pick, every].sum()) + offer.fixed_total + float(fees.sum()),
        schedule=units * offer.replicas_per_unit,
        always_on=tuple(int(b) for b in base),
    )
