"""The plan's economics as one vectorised function: 12-month cost of every strategy for many draws of what may change.

It restates the ledger in a form that risk, sensitivity, flips, break-even and the map can evaluate thousands of times:
the share of API cost that own GPUs displace is a concave curve of capacity over load, sampled once, and the best number
of replicas is tabulated for every load at today's prices. The tables are scaled to the ledger's own months, so that at
the mid values and constant prices the two agree (tested to 1 %).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import TINY, Floats, distinct
from planner.engine.contracts import Deals
from planner.engine.fleet.curve import limits
from planner.engine.fleet.load import FleetLoad, FleetOffer
from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.fleet.served import PEAK_QUANTILE, peak_erlangs, served_shares
from planner.engine.ledger.drawn import MONTH, DrawnInputs, Foreign, Paths, loads_at
from planner.engine.names import OUTSIDE_ONLY, Side
from planner.engine.specs import Strategy
from planner.engine.units import MONTHS
from planner.records import dataclass

_LOADS = loads_at(np.concatenate([np.arange(0, 240, 5), np.arange(240, 361), np.arange(365, 601, 5)]))
"""Loads, relative to today's, for which a number of replicas is prepared: 1e-5 to 1e5, closer together around 1."""
_CAPACITY = np.concatenate([[0.0], np.geomspace(0.02, 40.0, 63)])
"""Capacity over mean load at which the displaced share is sampled."""
_COUNTS = distinct(np.concatenate([np.arange(33), np.round(np.geomspace(33, 1_000_000, 60))])).astype(np.int64)
_PIECE = 1024
_FEWER = 4
"""Every fourth load is enough for a map."""


@dataclass(frozen=True, slots=True)
class ApiSide:
    """Cost of the whole plan on one API strategy a month per unit of today's volume, by month, and its slope."""

    per_volume: Floats
    """(12, M) for each mix of tokens."""
    cached_slope: Floats
    """(12, M) change for one more unit of cached share."""
    follows: float = 0.0
    """Share of the cost that is work on other models than today's, which may move on to their successors."""

    def scaled(self, factors: Floats) -> ApiSide:
        """For several mixes instead of the plan's own."""
        return replace(self, per_volume=self.per_volume * factors, cached_slope=self.cached_slope * factors)


@dataclass(frozen=True, slots=True)
class Mixes:
    """The economy's parts at other output shares, relative to the plan's own; (M,) of each."""

    output_fraction: Sequence[float]
    api: Mapping[Strategy, Floats]
    outside: Floats
    """Of the fleet's workloads."""
    rest: Floats
    work: Floats
    """Of a token on own GPUs."""
    dedicated_outside: Floats
    """As `outside` and `rest`, of the work of a host's dedicated endpoints."""
    dedicated_rest: Floats


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
        return np.interp(usable / np.maximum(self.erlangs * load, TINY), _CAPACITY, self.share)


@dataclass(frozen=True, slots=True)
class OwnSide:
    """One fleet: what it displaces and what it costs for each load."""

    curve: FleetCurve
    rest: ApiSide
    """Workloads that are never self-hosted."""
    fleet_outside: ApiSide
    """API cost of the fleet's workloads."""
    shares: Floats
    """(L, K) share of the API cost that each of the curve's counts displaces at each of the economy's loads."""
    rent: Floats
    """(M, L) a month of the fleet chosen for each mix and load."""
    share: Floats
    """(M, L) share of the API cost it displaces."""
    rent_slope: Floats
    share_slope: Floats
    """(M, L) how both rise from each load to the next, by its logarithm."""
    rent_scale: Floats
    """(12,) the ledger's rent over the table's."""
    share_scale: Floats
    live: Floats
    fixed: Floats
    """(12,) people and other fixed costs."""
    once: float
    """Set-up fees."""
    starts: float
    """Month, from 0, in which it begins to serve."""
    bought: bool
    """Its cost is one of ownership, not a rent."""
    run_here: bool
    """People set it up and run it; False: a host does, from the first day."""
    foreign: float
    """Share of its rent that is billed in another currency than the plan's."""
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
    dedicated: OwnSide | None
    """A host's endpoints by the hour of a GPU; those by the token are in `api`."""
    month_factor: Floats | None
    """Explicit monthly volumes relative to today, replacing growth."""
    foreign: Foreign = field(default_factory=Foreign)
    deals: Mapping[Side, Deals] = field(default_factory=lambda: MappingProxyType({}))
    """What contracts with vendors add to each strategy, and to everything outside; empty without any."""
    unserved: Mapping[Strategy, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """(12,) cost of the work that own GPUs leave unserved until they are live, under the other strategies."""
    loads: Floats = field(default_factory=lambda: _LOADS)
    """(L,) volumes relative to today, ascending, for which own fleets are tabulated."""

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """Those that are possible."""
        return (*self.api, *self.fleets)

    @property
    def fleets(self) -> dict[Strategy, OwnSide]:
        """Those with replicas of their own."""
        sides: dict[Strategy, OwnSide | None] = {
            "dedicated": self.dedicated,
            "self_host": self.self_host,
            "hybrid": self.hybrid,
        }
        return {name: side for name, side in sides.items() if side is not None}


def months_of(
    economy: Economy, scenario: DrawnInputs, factors: Sequence[Floats] | None = None
) -> tuple[dict[Strategy, Floats], Floats]:
    """(12, D) cost of each month for every strategy that is possible, and with everything outside.

    `factors`: (D,) of each of them, what is its own. A piece of the draws at a time: a year of all of them
    overflows the processor's cache and is paged in ever anew.
    """
    found = np.empty((len(economy.strategies) + 1, MONTHS, scenario.draws))
    for start in range(0, scenario.draws, _PIECE):
        piece = slice(start, start + _PIECE)
        for k, costs in enumerate(_costs(economy, scenario.part(piece))):
            found[k][:, piece] = costs if factors is None else costs * factors[k][piece]
    if economy.deals:
        sides: tuple[Side, ...] = (*economy.strategies, OUTSIDE_ONLY)
        for k, side in enumerate(sides):
            found[k] += economy.deals[side].added(found[k])
    return dict(zip(economy.strategies, found[:-1], strict=True)), found[-1]


def _costs(economy: Economy, scenario: DrawnInputs) -> list[Floats]:
    """(12, D) or (12, 1) of each of the strategies, and of everything outside."""
    paths = Paths.of(scenario, economy.loads, economy.month_factor, economy.foreign)
    costs = [_api_months(side, paths) for side in economy.api.values()]
    for name, side in economy.fleets.items():  # a hybrid may be the very fleet that serves everything alone
        costs.append(costs[-1] if name == "hybrid" and side is economy.self_host else _own(side, paths))
    return [*costs, _api_months(economy.outside, paths)]


def _api_months(side: ApiSide, paths: Paths) -> Floats:
    unit = side.per_volume[:, paths.mix]
    if side.cached_slope.any():
        unit = unit + paths.cached_shift * side.cached_slope[:, paths.mix]
    return unit * paths.paid(side.follows)


def _own(side: OwnSide, paths: Paths) -> Floats:
    live = side.live[:, None]
    if side.run_here and paths.start_months.any():
        live = np.clip((MONTH + 1 - side.starts) - paths.start_months, 0.0, 1.0)
    share = np.minimum(paths.read(side.share, side.share_slope) * side.share_scale[:, None], 1.0) * live
    rent = paths.read(side.rent, side.rent_slope)
    if side.constant:
        rent = np.take_along_axis(rent, paths.volume.argmax(axis=0)[None], axis=0)
    # what is bought or committed keeps the price of the day it was signed
    price = paths.hardware if side.bought else paths.rent_level if side.constant else paths.gpu_price
    if side.foreign > 0:
        price = price * (1 + side.foreign * (paths.exchange - 1))
    rent = rent * (side.rent_scale[:, None] * (live > 0)) * price
    api = _api_months(side.fleet_outside, paths) * (1 - share)
    people = paths.people if side.run_here else np.ones(1)
    costs = api + rent + (people * side.fixed[:, None] + side.once / MONTHS)
    return costs + _api_months(side.rest, paths) if side.rest.per_volume.any() else costs


@dataclass(frozen=True, slots=True)
class Terms:
    """How the products of a fleet are paid for, and who runs them."""

    bought: bool
    run_here: bool
    foreign: float
    """Share of the rent that is billed in another currency than the plan's."""


def own_side(
    own: SelfHostedFleet, rest: ApiSide, outside: ApiSide, fixed: Floats, terms: Terms, *, must_serve: bool
) -> OwnSide:
    """Samples one fleet. `must_serve`: replicas cover the p99.9 hour instead of the cheapest count."""
    curve = curve_of(own, must_serve=must_serve or bool(own.fleet.resident.any()))
    shares = curve.share_at(curve.usable[None, :], _LOADS[:, None])
    rent, share = _tabulated(curve, shares, _LOADS, outside.per_volume.mean(axis=0))
    plan, live = own.plan, own.offer.live
    month = own.fleet.load.month_factor
    planned = np.full(MONTHS, month.max()) if own.offer.constant else month
    table_rent = np.interp(planned, _LOADS, rent[0])
    table_share = np.interp(month, _LOADS, share[0]) * live
    rent_scale = np.where((live > 0) & (table_rent > 0), plan.rent / np.maximum(table_rent, TINY), 1.0)
    share_scale = np.where(table_share > 0, _plan_share(own) / np.maximum(table_share, TINY), 1.0)
    return OwnSide(
        curve=curve,
        rest=rest,
        fleet_outside=outside,
        shares=shares,
        rent=rent,
        share=share,
        rent_slope=_slope(rent, _LOADS),
        share_slope=_slope(share, _LOADS),
        rent_scale=rent_scale,
        share_scale=share_scale,
        live=live,
        fixed=fixed,
        once=float(plan.fees.sum()),
        starts=MONTHS - float(live.sum()),
        bought=terms.bought,
        run_here=terms.run_here,
        foreign=terms.foreign,
        constant=own.offer.constant,
    )


def _plan_share(own: SelfHostedFleet) -> Floats:
    """(12,) share of the API cost that the plan displaces; of the work where nothing has an API price."""
    weight = own.fleet.outside_cost
    total = weight.sum(axis=0)
    even = np.full_like(weight, 1 / len(weight))
    share: Floats = (np.where(total > 0, weight / np.maximum(total, TINY), even) * own.plan.served).sum(axis=0)
    return share


def curve_of(own: SelfHostedFleet, *, must_serve: bool = False) -> FleetCurve:
    """Costs and capacities of the fleet's replicas in any number."""
    fleet, offer = own.fleet, own.offer
    erlangs = max(float(fleet.erlangs.sum()), TINY)
    units = distinct(np.maximum(_COUNTS // offer.replicas_per_unit, _COUNTS > 0))
    units = units[units <= offer.most_units]
    counts = units * offer.replicas_per_unit
    return FleetCurve(
        erlangs=erlangs,
        share=_share_curve(fleet, offer, own.plan.utilisation_limit, erlangs),
        counts=counts,
        usable=np.maximum(counts - offer.spare, 0) * limits(offer, counts) * offer.up_fraction,
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
    return float(plan.rent.sum()) / max(float(units.sum()), TINY)


def _share_curve(fleet: FleetLoad, offer: FleetOffer, limit: float, erlangs: float) -> Floats:
    ratio = max(offer.background_utilisation / max(limit, 0.01), 1.0)
    served = served_shares(fleet, _CAPACITY * erlangs, _CAPACITY * erlangs * ratio)
    weight = fleet.outside_cost.sum(axis=1)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(weight), 1 / len(weight))
    share: Floats = (weight[:, None] * served).sum(axis=0)
    return share


def _need(fleet: FleetLoad, offer: FleetOffer, erlangs: float) -> float:
    interactive = float(peak_erlangs(fleet, fleet.interactive)) * offer.burst_factor
    return max(interactive, erlangs / PEAK_QUANTILE)


def _tabulated(curve: FleetCurve, shares: Floats, tried: Floats, api_month: Floats) -> tuple[Floats, Floats]:
    """(M, L) rent and displaced share of the fleet chosen for each load: the cheapest, or the fewest that serve all.

    `shares`: (L, K); `api_month`: (M,) what the endpoints would cost a month for the load of today.
    """
    if curve.need > 0:
        at = np.clip(np.searchsorted(curve.usable, curve.need * tried), 1, len(curve.counts) - 1)
        at = np.broadcast_to(at, (len(api_month), len(tried)))
    else:
        api = (api_month[:, None] * tried)[..., None]
        busy = curve.busy_month * curve.erlangs * tried[:, None] * shares
        at = 1 + np.argmin(curve.rent[1:] + (busy + api * (1 - shares))[..., 1:], axis=2)
    share = shares[np.arange(len(tried)), at]
    return curve.rent[at] + curve.busy_month * curve.erlangs * tried * share, share


def _slope(table: Floats, loads: Floats) -> Floats:
    """(M, L) rise of a table from each load to the next by its logarithm, 0 at the last."""
    return np.concatenate([np.diff(table) / np.diff(np.log(loads)), np.zeros((len(table), 1))], axis=1)


def remixed(economy: Economy, mixes: Mixes) -> Economy:
    """The same offers for other mixes of tokens: fleets are chosen anew, for a quarter of the loads.

    What a mix changes of the work of a token is for the scenario's throughput to say.
    """

    loads = economy.loads[::_FEWER]

    def changed(side: OwnSide | None, inside: Floats, others: Floats) -> OwnSide | None:
        if side is None:
            return None
        rest, fleet = side.rest.scaled(others), side.fleet_outside.scaled(inside)
        shares, api_month = side.shares[::_FEWER], fleet.per_volume.mean(axis=0) / mixes.work
        rent, share = _tabulated(side.curve, shares, loads, api_month)
        return replace(
            side,
            rest=rest,
            fleet_outside=fleet,
            shares=shares,
            rent=rent,
            share=share,
            rent_slope=_slope(rent, loads),
            share_slope=_slope(share, loads),
        )

    return replace(
        economy,
        api={s: side.scaled(mixes.api[s]) for s, side in economy.api.items()},
        outside=economy.outside.scaled(np.ones(len(mixes.work))),
        hybrid=changed(economy.hybrid, mixes.outside, mixes.rest),
        self_host=changed(economy.self_host, mixes.outside, mixes.rest),
        dedicated=changed(economy.dedicated, mixes.dedicated_outside, mixes.dedicated_rest),
        loads=loads,
    )
