"""Which share of each workload a given capacity serves, averaged over hours and day noise."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Flags, Floats
from planner.engine.demand import Load
from planner.engine.fleet.load import FleetLoad
from planner.engine.units import HOURS_PER_DAY
from planner.records import dataclass

PEAK_QUANTILE = 0.999
WINDOWS = (1, 2, 4, 12, HOURS_PER_DAY)
"""Hours over which background work is pooled; each divides the next."""
_TAIL = 48
_BLOCK = 2048
"""Capacities at once, over all parts of a day in which work may wait: it bounds the memory."""
_EPS = 1e-12


def states_of(fleet: FleetLoad) -> Floats:
    """Erlangs (..., W, D, 24, N) in every hour of the distinct days and every noise state."""
    return fleet.erlangs[..., None, None, None] * fleet.load.days[..., None] * fleet.load.noise


def serving_order(fleet: FleetLoad) -> NDArray[np.intp]:
    """(..., W) workloads by what a served Erlang saves, resident ones first."""
    saved = fleet.outside_cost.sum(axis=1) / np.maximum(fleet.erlangs, _EPS)
    return np.lexsort((-saved, np.broadcast_to(~fleet.resident, saved.shape)))


@lru_cache(maxsize=64)
def _tail(sigma: float) -> tuple[Floats, Floats]:
    """Noise states dense in the upper tail and their probabilities."""
    edges = np.concatenate([[0.0, 0.25], 1 - 0.5 * np.logspace(0, -4.5, _TAIL), [1.0]])
    middle = (edges[1:] + edges[:-1]) / 2
    normal = NormalDist()
    nodes = np.array([np.exp(sigma * normal.inv_cdf(float(p)) - sigma * sigma / 2) for p in middle])
    return nodes, np.diff(edges)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Hours and noise states ranked, of one load a row: the mean of min(load, capacity) then takes one look-up."""

    ranked: Floats
    """(R, S)"""
    sums: Floats
    """(R, S + 1) load of the states below each."""
    below: Floats
    """(R, S + 1) probability of the states below each."""

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> _Ranking:
        """`values`: (R, S); `weights`: (S,)."""
        order = np.argsort(values, axis=1)
        ranked, chance = np.take_along_axis(values, order, axis=1), weights[order]
        none = np.zeros((len(values), 1))
        sums = np.concatenate([none, np.cumsum(ranked * chance, axis=1)], axis=1)
        return cls(ranked, sums, np.concatenate([none, np.cumsum(chance, axis=1)], axis=1))

    def mean(self, capacity: Floats) -> Floats:
        """(R, C) mean of min(load, capacity), exact."""
        at = np.stack([np.searchsorted(row, reach) for row, reach in zip(self.ranked, capacity, strict=True)])
        below = np.take_along_axis(self.below, at, axis=1)
        return np.take_along_axis(self.sums, at, axis=1) + np.maximum(1.0 - below, 0.0) * capacity


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """What workloads of one hour-of-week shape share, for one Erlang."""

    ranking: _Ranking
    peak: float


@lru_cache(maxsize=32)
def _common_shape(load: Load) -> _Shape | None:
    """Of a load whose workloads all have one shape: ranked once for every candidate. None where shapes differ."""
    if not (load.days == load.days[:1]).all():
        return None
    share = load.day_share[:, None, None] / (HOURS_PER_DAY * len(load.noise))
    states = load.days[0][..., None] * load.noise
    ranking = _Ranking.of(states.reshape(1, -1), np.broadcast_to(share, states.shape).ravel())
    return _Shape(ranking, _peak(load.days[0].ravel(), load))


def peak_factor(fleet: FleetLoad) -> float:
    """p99.9 of the day noise: a busy day over the mean one."""
    nodes, chance = _tail(round(fleet.load.noise_sigma, 9))
    return float(nodes[min(int(np.searchsorted(np.cumsum(chance), PEAK_QUANTILE)), len(nodes) - 1)])


def peak_erlangs(fleet: FleetLoad, mask: Flags) -> Floats:
    """(...) p99.9 hour of the masked workloads' summed load at volume factor 1."""
    erlangs = np.compress(mask, fleet.erlangs, axis=-1)
    if not mask.any():
        return np.zeros(erlangs.shape[:-1])
    common = _common_shape(fleet.load)
    if common is not None:
        alike: Floats = erlangs.sum(axis=-1) * common.peak
        return alike
    total = (erlangs[..., None, None] * fleet.load.days[mask]).sum(axis=-3)
    hours = total.reshape(-1, total.shape[-2] * total.shape[-1])
    return np.array([_peak(row, fleet.load) for row in hours]).reshape(erlangs.shape[:-1])


def _peak(total: Floats, load: Load) -> float:
    nodes, chance = _tail(round(load.noise_sigma, 9))
    share = np.repeat(load.day_share / HOURS_PER_DAY, HOURS_PER_DAY)
    values, weights = total[:, None] * nodes, share[:, None] * chance
    high = values >= _no_more_than_peak(total, share, nodes, chance)
    values, weights, below = values[high], weights[high], float(weights[~high].sum())
    order = np.argsort(values)
    reached = np.searchsorted(below + np.cumsum(weights[order]), PEAK_QUANTILE)
    return float(values[order[min(int(reached), len(order) - 1)]])


def _no_more_than_peak(total: Floats, share: Floats, nodes: Floats, chance: Floats) -> float:
    """A load that more than one hour in a thousand reaches, so that nothing below it need be ranked.

    The busiest k hours all carry at least the k-th load, on as many days as the noise reaches a node.
    """
    order = np.argsort(-total)
    often = np.cumsum(share[order])
    reached = np.cumsum(chance[::-1])[::-1]
    at = np.searchsorted(-reached, -(1.0 - PEAK_QUANTILE) / often * (1 + 1e-9)) - 1
    return float(np.where(at >= 0, total[order] * nodes[at], 0.0).max())


def served_shares(fleet: FleetLoad, interactive: Floats, background: Floats) -> Floats:
    """(..., W, C) share of each workload served by C capacities in Erlangs at volume factor 1, alike in every hour.

    Capacity for background work is nowhere less than for interactive work.
    """
    if fleet.erlangs.ndim == 1:
        alone: Floats = served_shares(fleet.rows(None), interactive[None], background[None])[0]
        return alone
    served = np.zeros((*fleet.erlangs.shape, interactive.shape[1]))
    orders = serving_order(fleet)
    for order in dict.fromkeys(map(tuple, orders.tolist())):
        alike = np.flatnonzero((orders == order).all(axis=1))
        first, later = first_and_later(fleet, order)
        parts = _pools(fleet, later) if later else 1
        for start in range(0, len(alike), step := max(_BLOCK // (parts * interactive.shape[1]), 1)):
            some = alike[start : start + step]
            part, capacity = fleet.rows(some), interactive[some]
            if first:
                served[some[:, None], first] = _interactive(part, first, capacity)
            if later:
                served[some[:, None], later] = _background(part, first, later, capacity, background[some])
    return _share(served, fleet)


def _share(served: Floats, fleet: FleetLoad) -> Floats:
    """Of the work of (..., W, C) Erlangs served."""
    return np.clip(served / np.maximum(fleet.erlangs, _EPS)[..., None], 0.0, 1.0)


def first_and_later(fleet: FleetLoad, order: Iterable[int]) -> tuple[list[int], list[int]]:
    """Interactive and background workloads, each in serving order."""
    ranked = [int(w) for w in order]
    return [w for w in ranked if fleet.interactive[w]], [w for w in ranked if not fleet.interactive[w]]


def served_by_hour(
    fleet: FleetLoad, interactive: Floats, background: Floats, level: NDArray[np.intp], windows: Flags
) -> Floats:
    """(W, F, L * V) share of each workload served by capacities that follow the hour: L levels in V windows of the day.

    `interactive` and `background`: (F, L) capacities of each volume on each level; `level`: (F, D, 24, L) the level
    that an hour has inside a window of each, and first outside of it; `windows`: (V, 24).
    """
    hours = windows.astype(float)
    level = level.transpose(1, 2, 0, 3)
    states, served = states_of(fleet), np.zeros((len(fleet.erlangs), len(interactive), level.shape[3] * len(hours)))
    first, later = first_and_later(fleet, serving_order(fleet))

    def added(values: Floats, parts: int) -> Floats:
        """(parts, V, ..., L) sums over the hours of each part of the day, of values (24, ..., L)."""
        apart = values.reshape(parts, HOURS_PER_DAY // parts, -1)
        outside = np.broadcast_to(values[..., :1], values.shape).reshape(apart.shape)
        inside = hours.reshape(len(hours), parts, -1)
        # not by `@`, which starts threads that would wait for a processor that the app needs
        total = np.einsum("vph,phx->pvx", inside, apart) + np.einsum("vph,phx->pvx", 1.0 - inside, outside)
        return np.asarray(total).reshape(parts, len(hours), *values.shape[1:])

    if first:
        means = np.minimum(np.cumsum(states[first], axis=0)[..., None, None], interactive).mean(axis=3)
        each = (
            np.take_along_axis(means, level[None], axis=-1)
            * (fleet.load.day_share / HOURS_PER_DAY)[:, None, None, None]
        )
        reached = added(each.sum(axis=1).swapaxes(0, 1), 1)[0].transpose(1, 2, 3, 0)
        served[first] = np.diff(reached.reshape(len(first), len(interactive), -1), axis=0, prepend=0.0)
    if later:
        idle = background - np.minimum(states[first].sum(axis=0)[..., None, None], interactive)
        left = np.take_along_axis(idle, level[:, :, None], axis=-1).swapaxes(0, 1)
        pools = added(left, _pools(fleet, later)).transpose(2, 0, 3, 4, 5, 1)
        served[later] = _in_time(fleet, later, states[..., None], pools.reshape(*pools.shape[:4], -1))
    return _share(served.reshape(len(served), -1), fleet).reshape(served.shape)


def _interactive(fleet: FleetLoad, first: list[int], capacity: Floats) -> Floats:
    """(B, W, C) mean Erlangs served of the workloads in serving order, by (B, C)."""
    common = _common_shape(fleet.load)
    if common is not None:  # served together, then told apart in serving order
        together = np.maximum(np.cumsum(fleet.erlangs[:, first], axis=1), _EPS)[..., None]
        relative = capacity[:, None] / together
        reached = together * common.ranking.mean(relative.reshape(1, -1)).reshape(relative.shape)
        return np.diff(reached, axis=1, prepend=0.0)
    each = fleet.load.day_share / (HOURS_PER_DAY * len(fleet.load.noise))
    totals = np.cumsum(states_of(fleet)[:, first], axis=1)
    chance = np.broadcast_to(each[:, None, None], totals.shape[2:]).ravel()
    ranking = _Ranking.of(totals.reshape(-1, chance.size), chance)
    reached = ranking.mean(np.repeat(capacity, len(first), axis=0)).reshape(len(totals), len(first), -1)
    return np.diff(reached, axis=1, prepend=0.0)


def window_of(deadline_hours: float) -> int:
    """Longest of the windows that does not exceed the deadline."""
    return max(w for w in WINDOWS if w <= max(deadline_hours, 1.0))


def _background(
    fleet: FleetLoad, first: list[int], later: list[int], interactive: Floats, background: Floats
) -> Floats:
    """(B, W, C) mean Erlangs of background work in serving order that idle capacity (B, C) serves in time."""
    load, pools = fleet.load, _pools(fleet, later)
    states = fleet.erlangs.T[:, None, None, None] * load.days[..., None, None] * load.noise[:, None]
    taken = states[first].sum(axis=0)[..., None]
    busy = np.empty((taken.shape[0], taken.shape[2], *interactive.shape))  # for every hour: new ones are paged in
    idle = np.zeros((taken.shape[0], pools, *busy.shape[1:]))
    for hour in range(HOURS_PER_DAY):
        np.minimum(taken[:, hour], interactive, out=busy)
        idle[:, hour * pools // HOURS_PER_DAY] += np.subtract(background, busy, out=busy)
    return _in_time(fleet, later, states, idle).swapaxes(0, 1)


def _pools(fleet: FleetLoad, later: list[int]) -> int:
    """Parts of a day in which background work may wait, of the one that waits least."""
    return HOURS_PER_DAY // min(window_of(float(fleet.deadline_hours[w])) for w in later)


def _in_time(fleet: FleetLoad, later: list[int], states: Floats, pools: Floats) -> Floats:
    """(W, B, C) mean Erlangs of background work that fits into what each part of the day leaves, within its deadlines.

    `states`: (all workloads, D, 24, N, B or 1); `pools`: (D, parts, N, B, C). Hours come first and capacities last, so
    that sums over hours add long rows.
    """
    days, parts, *rest = pools.shape
    served = []
    for w in later:
        wide = HOURS_PER_DAY // window_of(float(fleet.deadline_hours[w]))
        apart = pools.reshape(days, wide, parts // wide, *rest)
        room = apart.sum(axis=2)
        work = states[w].reshape(days, wide, -1, *states.shape[3:]).sum(axis=2)[..., None]
        done = np.minimum(work, room)
        by_day = np.ascontiguousarray(done.sum(axis=1).transpose(2, 3, 0, 1)).mean(axis=3)
        served.append(by_day @ fleet.load.day_share / HOURS_PER_DAY)
        pools = (apart * (1.0 - done / np.maximum(room, _EPS))[:, :, None]).reshape(pools.shape)
    return np.array(served)
