"""From which volume own GPUs pay: for each API model, with and without people, and over volume x output share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.economy import ApiSide, Economy, OwnSide, Scenario, months_of, replica_counts
from planner.engine.fleet import FleetLoad, FleetOffer, limits, peak_erlangs
from planner.engine.specs import BreakEven, BreakEvenMap, Strategy

Floats = NDArray[np.float64]

SCALES = np.geomspace(1e-4, 1e5, 400)
"""Volumes tried, relative to today's."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class SteadyMonth:
    """One month without growth, set-up or price changes, as functions of volume relative to today."""

    side: OwnSide
    fleet: FleetLoad
    offer: FleetOffer

    def saving(self, scales: Floats, api_month: float, fixed_month: float) -> Floats:
        """(S,) what the cheapest fleet of at least one replica saves against `api_month` (at volume 1)."""
        counts = replica_counts(self.side, self.offer)
        counts = counts[counts > self.offer.spare]
        usable = (counts - self.offer.spare) * limits(self.offer, counts)
        rent = -(-counts // self.offer.replicas_per_unit) * self.offer.unit_month
        reach = usable[None, :] / np.maximum(self.side.erlangs * scales[:, None], _TINY)
        displaced = api_month * scales[:, None] * np.interp(reach, self.side.capacity, self.side.share)
        saved: Floats = (displaced - rent[None, :]).max(axis=1) - fixed_month
        return saved

    def crossing(self, api_month: float, fixed_month: float) -> float | None:
        """Smallest volume (relative to today) from which own GPUs cost no more; None within the range tried."""
        saved = self.saving(SCALES, api_month, fixed_month)
        pays = np.flatnonzero(saved >= 0)
        if pays.size == 0:
            return None
        first = int(pays[0])
        if first == 0:
            return float(SCALES[0])
        low, high = SCALES[first - 1], SCALES[first]
        for _ in range(3):
            grid = np.geomspace(low, high, 60)
            at = int(np.flatnonzero(self.saving(grid, api_month, fixed_month) >= 0)[0])
            low, high = grid[max(at - 1, 0)], grid[at]
        return float(high)


def capacity_scale(fleet: FleetLoad, offer: FleetOffer, replicas: int) -> float:
    """Volume relative to today whose p99.9 hour the given replicas still carry at their safe utilisation."""
    peak = peak_erlangs(fleet, np.ones(len(fleet.erlangs), bool))
    serving = max(replicas - offer.spare, 0)
    return serving * float(limits(offer, np.array([replicas]))[0]) / max(peak, _TINY)


def break_even_of(
    month: SteadyMonth, api_model: str, api_month: float, fixed_month: float, tokens_per_day: float, replicas: int
) -> BreakEven:
    """Break-even tokens/day against one API model for the plan's own mix and shape."""
    bare = month.crossing(api_month, 0.0) if api_month > 0 else None
    staffed = month.crossing(api_month, fixed_month) if api_month > 0 else None
    carries = capacity_scale(month.fleet, month.offer, replicas) * tokens_per_day
    full = None if staffed is None else staffed * tokens_per_day
    return BreakEven(
        api_model=api_model,
        hardware_only=None if bare is None else bare * tokens_per_day,
        with_people=full,
        capacity_tokens_per_day=carries,
        exceeds_capacity=full is not None and full > carries,
    )


@dataclass(frozen=True, slots=True)
class MixPoint:
    """The economy's parts at another output share, relative to the plan's own."""

    output_fraction: float
    api_factor: dict[Strategy, float]
    outside_factor: float
    rest_factor: float
    erlang_factor: float


def map_of(
    economy: Economy,
    mid: Scenario,
    mixes: list[MixPoint],
    volumes: Floats,
    tokens_per_day: float,
    allowed: frozenset[str],
) -> BreakEvenMap:
    """Cheapest strategy for every volume and output share, everything else at its likely value."""
    cells, savings = [], []
    for mix in mixes:
        scaled = _mixed(economy, mix)
        months = months_of(scaled, replace(mid, volume=volumes / tokens_per_day))
        totals = {s: m.sum(axis=1) for s, m in months.items() if s in allowed}
        names = list(totals)
        stacked = np.stack([totals[s] for s in names])
        ranked = np.sort(stacked, axis=0)
        cells.append(tuple(names[i] for i in np.argmin(stacked, axis=0)))
        second = ranked[1] if len(names) > 1 else ranked[0]
        savings.append(tuple(float(v) for v in 1 - ranked[0] / np.maximum(second, _TINY)))
    return BreakEvenMap(
        tuple(float(v) for v in volumes), tuple(m.output_fraction for m in mixes), tuple(cells), tuple(savings)
    )


def _mixed(economy: Economy, mix: MixPoint) -> Economy:
    api = {s: _scaled(side, mix.api_factor.get(s, 1.0)) for s, side in economy.api.items()}
    return replace(
        economy,
        api=api,
        hybrid=None if economy.hybrid is None else _scaled_own(economy.hybrid, mix),
        self_host=None if economy.self_host is None else _scaled_own(economy.self_host, mix),
    )


def _scaled(side: ApiSide, factor: float) -> ApiSide:
    return ApiSide(side.per_volume * factor, side.cached_slope * factor)


def _scaled_own(side: OwnSide, mix: MixPoint) -> OwnSide:
    """More work a token: the replicas chosen for a load now answer to a smaller volume."""
    return replace(
        side,
        rest=_scaled(side.rest, mix.rest_factor),
        fleet_outside=_scaled(side.fleet_outside, mix.outside_factor),
        erlangs=side.erlangs * mix.erlang_factor,
        loads=side.loads / mix.erlang_factor,
    )
