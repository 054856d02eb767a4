"""The plan's economics as one vectorised function: 12-month cost of every strategy for many draws of what may change.

It restates the ledger in a form that risk, sensitivity, flips, break-even and the map can evaluate thousands of times:
the share of API cost that own GPUs displace is a concave curve of capacity over load, sampled once. Replicas are
re-planned each month for the load that came, at today's prices. At the mid values and constant prices it agrees with
the ledger (tested to 1 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.fleet import PEAK_QUANTILE, FleetLoad, FleetOffer, _served, limits, peak_erlangs
from planner.engine.own import OwnFleet
from planner.engine.specs import Strategy
from planner.engine.units import MONTHS

Floats = NDArray[np.float64]

CAPACITY_POINTS = 64
LOAD_POINTS = 160
LOAD_RANGE = (1e-5, 1e5)
"""Loads, relative to today's, for which a replica count is prepared."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Scenario:
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


@dataclass(frozen=True, slots=True)
class OwnSide:
    """One fleet: what it displaces, what it costs, how many replicas each load gets."""

    rest: ApiSide
    """Workloads that are never self-hosted."""
    fleet_outside: ApiSide
    """API cost of the fleet's workloads."""
    capacity: Floats
    """(C,) interactive capacity over mean load."""
    share: Floats
    """(C,) share of the fleet's API cost displaced."""
    loads: Floats
    """(L,) load relative to today, ascending."""
    replicas: Floats
    """(L,) replicas chosen for that load."""
    usable: Floats
    """(L,) capacity in Erlangs of those replicas."""
    erlangs: float
    """Mean load today."""
    rent: Floats
    """(L,) a month."""
    live: Floats
    fixed: Floats
    """(12,) people and other fixed costs."""
    once: float
    """Set-up fees."""


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


def months_of(economy: Economy, scenario: Scenario) -> dict[Strategy, Floats]:
    """(D, 12) cost of each month for every strategy that is possible."""
    volume = _volumes(economy, scenario)
    found = {name: _api_months(side, scenario, volume) for name, side in economy.api.items()}
    if economy.self_host is not None:
        found["self_host"] = _own_months(economy.self_host, scenario, volume)
    if economy.hybrid is not None:
        found["hybrid"] = _own_months(economy.hybrid, scenario, volume)
    return found


def outside_months(economy: Economy, scenario: Scenario) -> Floats:
    """(D, 12) everything on its cheapest allowed endpoint."""
    return _api_months(economy.outside, scenario, _volumes(economy, scenario))


def _volumes(economy: Economy, scenario: Scenario) -> Floats:
    """(D, 12) volume relative to today."""
    months = np.arange(1, MONTHS + 1)
    growth = np.atleast_1d(scenario.growth)[:, None]
    factor = (1 + growth) ** months if economy.month_factor is None else economy.month_factor[None, :]
    volume: Floats = np.atleast_1d(scenario.volume)[:, None] * factor
    return volume


def _trend(change_per_year: Floats) -> Floats:
    """(D, 12) price relative to today in the middle of each month."""
    trend: Floats = (1 + np.atleast_1d(change_per_year))[:, None] ** ((np.arange(MONTHS) + 0.5) / 12)
    return trend


def _api_months(side: ApiSide, scenario: Scenario, volume: Floats) -> Floats:
    unit = side.per_volume[None, :] + np.atleast_1d(scenario.cached_shift)[:, None] * side.cached_slope[None, :]
    cost: Floats = unit * volume * _trend(scenario.api_change_per_year)
    return cost


def _own_months(side: OwnSide, scenario: Scenario, volume: Floats) -> Floats:
    load = volume / np.atleast_1d(scenario.throughput)[:, None]
    at = np.clip(np.searchsorted(side.loads, load), 0, len(side.loads) - 1)
    reach = side.usable[at] / np.maximum(side.erlangs * load, _TINY)
    share = np.interp(reach, side.capacity, side.share) * side.live[None, :]
    running = (side.live > 0)[None, :]
    rent = side.rent[at] * running * _trend(scenario.gpu_change_per_year)
    api = _api_months(side.fleet_outside, scenario, volume) * (1 - share)
    fixed = np.atleast_1d(scenario.people)[:, None] * side.fixed[None, :]
    cost: Floats = _api_months(side.rest, scenario, volume) + api + rent + fixed + side.once / MONTHS
    return cost


def own_side(own: OwnFleet, rest: ApiSide, outside: ApiSide, fixed: Floats, *, must_serve: bool) -> OwnSide:
    """Samples one fleet. `must_serve`: replicas cover the p99.9 hour instead of the cheapest count."""
    fleet, offer = own.fleet, own.offer
    erlangs = max(float(fleet.erlangs.sum()), _TINY)
    capacity = np.concatenate([[0.0], np.geomspace(0.02, 40.0, CAPACITY_POINTS - 1)])
    ratio = offer.background_utilisation / float(own.found.utilisation_limit[own.plan.columns].max())
    served = _served(fleet, capacity * erlangs, capacity * erlangs * max(ratio, 1.0))
    weight = fleet.outside_cost.sum(axis=1)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(weight), 1 / len(weight))
    share = (weight[:, None] * served).sum(axis=0)
    loads = np.geomspace(*LOAD_RANGE, LOAD_POINTS)
    side = OwnSide(
        rest, outside, capacity, share, loads, np.zeros(LOAD_POINTS), np.zeros(LOAD_POINTS), erlangs,
        np.zeros(LOAD_POINTS), offer.live, fixed, offer.setup_fee * _units(own),
    )  # fmt: skip
    bound = must_serve or bool(fleet.resident.any())
    return _with_replicas(side, fleet, offer, bound)


def _units(own: OwnFleet) -> int:
    return -(-max(own.plan.replicas_by_month) // own.offer.replicas_per_unit)


def _with_replicas(side: OwnSide, fleet: FleetLoad, offer: FleetOffer, bound: bool) -> OwnSide:
    """Chooses the replicas of every load: the cheapest, or the fewest that serve everything."""
    counts = replica_counts(side, offer)
    serving = np.maximum(counts - offer.spare, 0)
    usable = serving * limits(offer, counts)
    rent = -(-counts // offer.replicas_per_unit) * offer.unit_month
    if bound:
        need = peak_erlangs(fleet, np.ones(len(fleet.erlangs), bool)) * offer.burst_factor
        need = max(need * float(_interactive_part(fleet)), side.erlangs / PEAK_QUANTILE)
        chosen = np.clip(np.searchsorted(usable, need * side.loads), 0, len(counts) - 1)
    else:
        reach = usable[None, :] / np.maximum(side.erlangs * side.loads[:, None], _TINY)
        outside = float(side.fleet_outside.per_volume.mean()) * side.loads[:, None]
        cost = rent[None, :] + outside * (1 - np.interp(reach, side.capacity, side.share))
        chosen = np.argmin(cost, axis=1)
    return replace(side, replicas=counts[chosen].astype(float), usable=usable[chosen], rent=rent[chosen].astype(float))


def _interactive_part(fleet: FleetLoad) -> float:
    total = float(fleet.erlangs.sum())
    return float(fleet.erlangs[fleet.interactive].sum()) / total if total > 0 else 1.0


def replica_counts(side: OwnSide, offer: FleetOffer) -> NDArray[np.int64]:
    """Counts tried: every small one, then geometric steps far beyond the plan's own scale."""
    dense = np.arange(0, 65)
    wide = np.round(np.geomspace(65, 1_000_000, 96)).astype(np.int64)
    return np.unique(np.concatenate([dense, wide + offer.spare]))
