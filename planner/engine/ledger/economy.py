"""The plan's economics as one vectorised function: 12-month cost of every strategy for many draws of what may change.

It restates the ledger in a form that risk, sensitivity, flips, break-even and the map can evaluate thousands of times:
the share of API cost that own GPUs displace is a concave curve of capacity over load, sampled once, and the best number
of replicas is tabulated for every load at today's prices. The tables are scaled to the ledger's own months, so that at
the mid values and constant prices the two agree (tested to 1 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.fleet.curve import limits
from planner.engine.fleet.load import FleetLoad, FleetOffer
from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.fleet.served import PEAK_QUANTILE, peak_erlangs, served_shares
from planner.engine.specs import Strategy
from planner.engine.units import MONTHS
from planner.records import dataclass

Floats = NDArray[np.float64]

_LOADS = np.unique(np.concatenate([np.geomspace(1e-5, 1e5, 121), np.geomspace(0.1, 10.0, 121)]))
"""Loads, relative to today's, for which a number of replicas is prepared."""
_CAPACITY = np.concatenate([[0.0], np.geomspace(0.02, 40.0, 63)])
"""Capacity over mean load at which the displaced share is sampled."""
_COUNTS = np.unique(np.concatenate([np.arange(33), np.round(np.geomspace(33, 1_000_000, 60))])).astype(np.int64)
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class DrawnInputs:
    """D draws of everything that may differ from the plan; scalars broadcast. Factors are relative to the plan."""

    volume: Floats
    growth: Floats
    """Per month."""
    api_change_per_year: Floats
    gpu_change_per_year: Floats
    throughput: Floats
    people: Floats
    cached_shift: Floats
    """Added to every cached share."""

    @property
    def draws(self) -> int:
        return int(np.broadcast(*(getattr(self, name) for name in self.__slots__)).size)


@dataclass(frozen=True, slots=True)
class ApiSide:
    """Cost of the whole plan on one API strategy a month per unit of today's volume, by month, and its slope."""

    per_volume: Floats
    """(12,)"""
    cached_slope: Floats
    """(12,) change for one more unit of cached share."""

    def scaled(self, factor: float) -> ApiSide:
        return ApiSide(self.per_volume * factor, self.cached_slope * factor)


@dataclass(frozen=True, slots=True)
class FleetCurve:
    """What a fleet of any size costs and displaces, at today's mix."""

    erlangs: float
    """Mean load today."""
    share: Floats
    """Share of the fleet's API cost displaced at each of the sampled capacities."""
    counts: NDArray[np.int64]
    usable: Floats
    """Capacity in Erlangs of those counts."""
    rent: Floats
    """A month, for those counts."""
    busy_month: float
    """More for one busy replica: power of own hardware."""
    need: float
    """Erlangs of capacity that must be there for each unit of load; 0 where overflow is allowed."""

    def share_at(self, usable: Floats, load: Floats) -> Floats:
        """Share displaced by a capacity in Erlangs at a load relative to today."""
        return np.interp(usable / np.maximum(self.erlangs * load, _TINY), _CAPACITY, self.share)


@dataclass(frozen=True, slots=True)
class OwnSide:
    """One fleet: what it displaces and what it costs for each load."""

    curve: FleetCurve
    rest: ApiSide
    """Workloads that are never self-hosted."""
    fleet_outside: ApiSide
    """API cost of the fleet's workloads."""
    loads: Floats
    """(L,) volume relative to today, ascending."""
    rent: Floats
    """(L,) a month of the fleet chosen for that load."""
    share: Floats
    """(L,) share of the API cost it displaces."""
    rent_scale: Floats
    """(12,) the ledger's rent over the table's."""
    share_scale: Floats
    live: Floats
    fixed: Floats
    """(12,) people and other fixed costs."""
    once: float
    """Set-up fees."""
    constant: bool
    """A commitment: the same fleet in every month, sized for the busiest."""


@dataclass(frozen=True, slots=True)
class Economy:
    """Every strategy of one plan; None where it is not possible."""

    api: Mapping[Strategy, ApiSide]
    outside: ApiSide
    """Every workload on its cheapest allowed endpoint."""
    hybrid: OwnSide | None
    self_host: OwnSide | None
    month_factor: Floats | None
    """Explicit monthly volumes relative to today, replacing growth."""


def months_of(economy: Economy, scenario: DrawnInputs) -> dict[Strategy, Floats]:
    """(D, 12) cost of each month for every strategy that is possible."""
    paths = _Paths.of(economy, scenario)
    sides: dict[Strategy, OwnSide | None] = {"self_host": economy.self_host, "hybrid": economy.hybrid}
    found = {name: _api_months(side, paths) for name, side in economy.api.items()}
    log_load = np.log(np.maximum(paths.volume / _column(scenario.throughput), _TINY))
    for name, side in sides.items():
        if side is not None:
            twin = _twin(sides, name)
            found[name] = found[twin] if twin in found else _own(side, paths, log_load)
    shape = scenario.draws, MONTHS
    return {name: np.broadcast_to(months, shape) for name, months in found.items()}


def _twin(sides: Mapping[Strategy, OwnSide | None], name: Strategy) -> Strategy:
    """Hybrid may be the very fleet that serves everything alone: then it need not be computed twice."""
    return "self_host" if name == "hybrid" and sides["hybrid"] is sides["self_host"] else name


def outside_months(economy: Economy, scenario: DrawnInputs) -> Floats:
    """(D, 12) everything on its cheapest allowed endpoint."""
    return _api_months(economy.outside, _Paths.of(economy, scenario))


@dataclass(frozen=True, slots=True)
class _Paths:
    """What every strategy sees of a scenario, worked out once: (D, 12) by month, (D, 1) where it stays."""

    volume: Floats
    api_price: Floats
    """Relative to today."""
    gpu_price: Floats
    cached_shift: Floats
    people: Floats

    @classmethod
    def of(cls, economy: Economy, scenario: DrawnInputs) -> _Paths:
        return cls(
            _volumes(economy, scenario),
            _trend(scenario.api_change_per_year),
            _trend(scenario.gpu_change_per_year),
            _column(scenario.cached_shift),
            _column(scenario.people),
        )


def _column(values: Floats) -> Floats:
    column: Floats = np.atleast_1d(values)[:, None]
    return column


def _volumes(economy: Economy, scenario: DrawnInputs) -> Floats:
    """(D, 12) volume relative to today."""
    growth = np.log1p(np.maximum(_column(scenario.growth), -1 + 1e-9))
    months = np.arange(1, MONTHS + 1)
    factor = np.exp(growth * months) if economy.month_factor is None else economy.month_factor[None, :]
    volume: Floats = _column(scenario.volume) * factor
    return volume


def _trend(change_per_year: Floats) -> Floats:
    """(D, 12) price relative to today in the middle of each month."""
    yearly = np.log(np.maximum(1 + _column(change_per_year), 1e-9))
    trend: Floats = np.exp(yearly * ((np.arange(MONTHS) + 0.5) / 12))
    return trend


def _api_months(side: ApiSide, paths: _Paths) -> Floats:
    unit = side.per_volume[None, :] + paths.cached_shift * side.cached_slope[None, :]
    cost: Floats = unit * paths.volume * paths.api_price
    return cost


def _own(side: OwnSide, paths: _Paths, log_load: Floats) -> Floats:
    known = np.log(side.loads)
    planned = np.repeat(log_load.max(axis=1, keepdims=True), MONTHS, axis=1) if side.constant else log_load
    share = np.minimum(np.interp(log_load, known, side.share) * side.share_scale, 1.0) * side.live
    rent = np.interp(planned, known, side.rent) * side.rent_scale * (side.live > 0)
    api = _api_months(side.fleet_outside, paths) * (1 - share)
    fixed = paths.people * side.fixed[None, :]
    if not side.constant:  # what is bought or committed keeps its price
        rent = rent * paths.gpu_price
    cost: Floats = _api_months(side.rest, paths) + api + rent + fixed + side.once / MONTHS
    return cost


def own_side(own: SelfHostedFleet, rest: ApiSide, outside: ApiSide, fixed: Floats, *, must_serve: bool) -> OwnSide:
    """Samples one fleet. `must_serve`: replicas cover the p99.9 hour instead of the cheapest count."""
    curve = curve_of(own, must_serve=must_serve or bool(own.fleet.resident.any()))
    loads, rent, share = _tabulated(curve, outside, 1.0)
    plan, live = own.plan, own.offer.live
    month = own.fleet.load.month_factor
    planned = np.full(MONTHS, month.max()) if own.offer.constant else month
    table_rent = np.interp(planned, loads, rent)
    table_share = np.interp(month, loads, share) * live
    rent_scale = np.where((live > 0) & (table_rent > 0), plan.rent / np.maximum(table_rent, _TINY), 1.0)
    share_scale = np.where(table_share > 0, _plan_share(own) / np.maximum(table_share, _TINY), 1.0)
    once = float(plan.fees.sum())
    return OwnSide(
        curve=curve,
        rest=rest,
        fleet_outside=outside,
        loads=loads,
        rent=rent,
        share=share,
        rent_scale=rent_scale,
        share_scale=share_scale,
        live=live,
        fixed=fixed,
        once=once,
        constant=own.offer.constant,
    )


def _plan_share(own: SelfHostedFleet) -> Floats:
    """(12,) share of the API cost that the plan displaces; of the work where nothing has an API price."""
    weight = own.fleet.outside_cost
    total = weight.sum(axis=0)
    even = np.full_like(weight, 1 / len(weight))
    share: Floats = (np.where(total > 0, weight / np.maximum(total, _TINY), even) * own.plan.served).sum(axis=0)
    return share


def curve_of(own: SelfHostedFleet, *, must_serve: bool = False) -> FleetCurve:
    """Costs and capacities of the fleet's replicas in any number."""
    fleet, offer = own.fleet, own.offer
    erlangs = max(float(fleet.erlangs.sum()), _TINY)
    units = np.unique(np.maximum(_COUNTS // offer.replicas_per_unit, _COUNTS > 0))
    counts = units * offer.replicas_per_unit
    return FleetCurve(
        erlangs=erlangs,
        share=_share_curve(fleet, offer, own.plan.utilisation_limit, erlangs),
        counts=counts,
        usable=np.maximum(counts - offer.spare, 0) * limits(offer, counts),
        rent=units * _unit_month(own),
        busy_month=offer.busy_month,
        need=_need(fleet, offer, erlangs) if must_serve else 0.0,
    )


def _unit_month(own: SelfHostedFleet) -> float:
    """Rent of one product in the busiest hour: the offer's, or what its share of the schedule costs."""
    plan = own.plan
    if plan.schedule is None:
        return own.offer.unit_month
    units = np.array(plan.replicas_by_month) / own.offer.replicas_per_unit
    return float(plan.rent.sum()) / max(float(units.sum()), _TINY)


def _share_curve(fleet: FleetLoad, offer: FleetOffer, limit: float, erlangs: float) -> Floats:
    ratio = max(offer.background_utilisation / max(limit, 0.01), 1.0)
    served = served_shares(fleet, _CAPACITY * erlangs, _CAPACITY * erlangs * ratio)
    weight = fleet.outside_cost.sum(axis=1)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(weight), 1 / len(weight))
    share: Floats = (weight[:, None] * served).sum(axis=0)
    return share


def _need(fleet: FleetLoad, offer: FleetOffer, erlangs: float) -> float:
    interactive = peak_erlangs(fleet, fleet.interactive) * offer.burst_factor
    return max(interactive, erlangs / PEAK_QUANTILE)


def _tabulated(
    curve: FleetCurve, outside: ApiSide, work_factor: float, tried: Floats = _LOADS
) -> tuple[Floats, Floats, Floats]:
    """Volume (L,), rent and displaced share of the fleet chosen for it: the cheapest, or the fewest that serve all."""
    if curve.need > 0:
        at = np.clip(np.searchsorted(curve.usable, curve.need * tried), 1, len(curve.counts) - 1)
        share = curve.share_at(curve.usable[at], tried)
    else:
        shares = curve.share_at(curve.usable[None, :], tried[:, None])
        api = float(outside.per_volume.mean()) * tried[:, None] / work_factor
        busy = curve.busy_month * curve.erlangs * tried[:, None] * shares
        cost = curve.rent[None, 1:] + (busy + api * (1 - shares))[:, 1:]
        at = 1 + np.argmin(cost, axis=1)
        share = shares[np.arange(len(tried)), at]
    rent = curve.rent[at] + curve.busy_month * curve.erlangs * tried * share
    return tried / work_factor, rent, share


def remixed(side: OwnSide, rest_factor: float, outside_factor: float, work_factor: float) -> OwnSide:
    """The same offer for another mix of tokens: API costs and work a token change, so the fleet is chosen anew."""
    outside = side.fleet_outside.scaled(outside_factor)
    loads, rent, share = _tabulated(side.curve, outside, work_factor, _LOADS[::4])
    return replace(side, rest=side.rest.scaled(rest_factor), fleet_outside=outside, loads=loads, rent=rent, share=share)
