"""From which volume own GPUs pay: for each API model, with and without people, and over volume x output share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from planner.engine.arrays import TINY, Floats, Indices
from planner.engine.fleet.curve import limits
from planner.engine.fleet.load import FleetLoad, FleetOffer
from planner.engine.fleet.served import PEAK_QUANTILE, peak_erlangs, served_shares
from planner.engine.ledger.drawn import DrawnInputs
from planner.engine.ledger.economy import Economy, FleetCurve, Mixes, months_of, remixed
from planner.engine.names import OWN_STRATEGIES
from planner.engine.specs import BreakEven, BreakEvenMap, Strategy
from planner.records import dataclass

Counts = Indices | slice

SCALES = np.geomspace(1e-5, 1e5, 161)
"""Volumes tried, relative to today's."""
_FINE = 21
"""Points between two of SCALES; between those the saving is taken as a straight line."""
_TRIED = 257
"""Volumes between what is surely carried and what surely is not."""
_ALL = slice(1, None)
"""Every count of at least one replica."""


@lru_cache(maxsize=len(SCALES))
def _between(place: int) -> Floats:
    """Volumes from the scale before this place to the one at it."""
    return np.geomspace(SCALES[place - 1], SCALES[place], _FINE)


@dataclass(frozen=True, slots=True)
class SteadyMonth:
    """One month without growth, set-up or price changes, as functions of volume relative to today."""

    curve: FleetCurve
    shares: Floats
    """(S, K) share displaced at each of SCALES by each number of replicas."""

    @classmethod
    def of(cls, curve: FleetCurve) -> SteadyMonth:
        return cls(curve, curve.share_at(curve.usable[None, 1:], SCALES[:, None]))

    def saving(self, scales: Floats, shares: Floats, api_month: float, counts: Counts = _ALL) -> Floats:
        """(S,) what the cheapest fleet of at least one replica saves against `api_month` (at volume 1), people free."""
        volume = scales[:, None] * shares
        displaced = self._unit(api_month) * volume
        saved: Floats = (displaced - self.curve.rent[counts][None, :]).max(axis=1)
        return saved

    def _unit(self, api_month: float) -> float:
        return api_month - self.curve.busy_month * self.curve.erlangs

    def _in_question(self, first: int, api_month: float) -> Indices:
        """Counts that may be the best somewhere between two of SCALES: volume grows there while each share falls."""
        unit = max(self._unit(api_month), 0.0)
        low, high = SCALES[first - 1], SCALES[first]
        rent = self.curve.rent[1:]
        at_best = unit * high * self.shares[first - 1] - rent
        at_worst = unit * low * self.shares[first] - rent
        return 1 + np.flatnonzero(at_best >= at_worst.max())

    def crossing(self, first: int, api_month: float, fixed_month: float) -> float:
        """Smallest volume (relative to today) at which own GPUs cost no more, from SCALES[first - 1] to the next."""
        if first == 0:
            return float(SCALES[0])
        grid = _between(first)
        counts = self._in_question(first, api_month)
        shares = self.curve.share_at(self.curve.usable[counts][None, :], grid[:, None])
        saved = self.saving(grid, shares, api_month, counts) - fixed_month
        above = int(np.argmax(saved >= 0)) if (saved >= 0).any() else _FINE - 1
        below = max(above - 1, 0)
        rise = float(saved[above] - saved[below])
        part = float(-saved[below]) / rise if rise > 0 else 1.0
        return float(grid[below] + min(max(part, 0.0), 1.0) * (grid[above] - grid[below]))


def capacity_scale(fleet: FleetLoad, offer: FleetOffer, replicas: int) -> float:
    """Volume relative to today that the given replicas carry together at their safe utilisation.

    Interactive work in its p99.9 hour, and all but a thousandth of the background work, which may wait for quiet hours
    within its deadline: the same two that `outcome` calls covered.
    """
    limit = float(limits(offer, np.array([replicas]))[0])
    serving = max(replicas - offer.spare, 0) * offer.up_fraction
    at_once, waiting = serving * limit, serving * max(offer.background_utilisation, limit)
    if not at_once:
        return 0.0
    most = at_once / max(float(peak_erlangs(fleet, fleet.interactive)), TINY)
    if fleet.interactive.all():
        return most
    most = min(most, waiting / max(float(fleet.erlangs.sum()), TINY))
    least = min(at_once / max(float(peak_erlangs(fleet, np.ones(len(fleet.erlangs), bool))), TINY), most)
    scales = np.geomspace(least, most, _TRIED)
    done = served_shares(fleet, at_once / scales, waiting / scales)[~fleet.interactive] >= PEAK_QUANTILE
    carried = np.flatnonzero(done.all(axis=0))
    return float(scales[carried[-1]]) if carried.size else least


def break_even_of(
    candidates: Sequence[SteadyMonth],
    api_model: str,
    api_month: float,
    fixed_month: float,
    tokens_per_day: float,
    carries: float,
) -> BreakEven:
    """Break-even tokens/day against one API model for the plan's own mix and shape; `carries`: what the fleet can."""
    bare, staffed = _first(candidates, api_month, (0.0, fixed_month))
    full = None if staffed is None else staffed * tokens_per_day
    return BreakEven(
        api_model=api_model,
        hardware_only=None if bare is None else bare * tokens_per_day,
        with_people=full,
        capacity_tokens_per_day=carries,
        exceeds_capacity=full is not None and full > carries,
    )


def _first(candidates: Sequence[SteadyMonth], api_month: float, fixed_months: Sequence[float]) -> list[float | None]:
    """For each fixed cost the smallest volume at which any of the fleets pays."""
    if api_month <= 0:
        return [None] * len(fixed_months)
    saved = [month.saving(SCALES, month.shares, api_month) for month in candidates]
    return [_earliest(candidates, saved, api_month, fixed) for fixed in fixed_months]


def _earliest(
    candidates: Sequence[SteadyMonth], saved: Sequence[Floats], api_month: float, fixed_month: float
) -> float | None:
    """Only the fleets that pay at the first of SCALES where any does are looked at more closely."""
    pays = np.stack(saved) >= fixed_month
    first = int(np.argmax(pays.any(axis=0)))
    if not pays[:, first].any():
        return None
    near = [month for month, paid in zip(candidates, pays[:, first], strict=True) if paid]
    return min(month.crossing(first, api_month, fixed_month) for month in near)


def map_of(
    economy: Economy, mid: DrawnInputs, mixes: Mixes, volumes: Floats, tokens_per_day: float, allowed: frozenset[str]
) -> BreakEvenMap:
    """Cheapest strategy for every volume and output share, everything else at its likely value."""
    mix = np.repeat(np.arange(len(mixes.work)), len(volumes))
    volume = np.tile(volumes / tokens_per_day, len(mixes.work))
    every = replace(mid, mix=mix, volume=volume, throughput=mid.throughput / mixes.work[mix])
    months, _ = months_of(remixed(economy, mixes), every)
    names = [s for s in months if s in allowed]
    totals = np.stack([months[s].sum(axis=0) for s in names])
    saving = 1 - totals.min(axis=0) / np.maximum(_facing(names, totals), TINY)
    best = [names[k] for k in totals.argmin(axis=0)]
    rows = [slice(start, start + len(volumes)) for start in range(0, len(best), len(volumes))]
    return BreakEvenMap(
        volumes_tokens_per_day=tuple(volumes.tolist()),
        output_fractions=tuple(mixes.output_fraction),
        cells=tuple(tuple(best[row]) for row in rows),
        saving_fraction=tuple(tuple(saving[row].tolist()) for row in rows),
    )


def _facing(names: Sequence[Strategy], totals: Floats) -> Floats:
    """What the cheapest of each column has to beat: the best with own GPUs, or the best without them.

    Where only one of the two is allowed, the next best. `totals`: (strategies, volumes).
    """
    own = np.array([name in OWN_STRATEGIES for name in names])
    if own.all() or not own.any():
        facing: Floats = np.sort(totals, axis=0)[min(1, len(names) - 1)]
        return facing
    facing = np.maximum(totals[own].min(axis=0), totals[~own].min(axis=0))
    return facing
