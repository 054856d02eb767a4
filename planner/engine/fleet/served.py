"""Which share of each workload a given capacity serves, averaged over hours and day noise."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from planner.engine.demand import Load
from planner.engine.fleet.load import Bools, FleetLoad, Floats
from planner.engine.units import HOURS_PER_DAY
from planner.records import dataclass

PEAK_QUANTILE = 0.999
WINDOWS = (1, 2, 4, 12, HOURS_PER_DAY)
"""Hours over which background work is pooled; each divides the next."""
_TAIL = 48
_BLOCK = 256
_EPS = 1e-12


def states_of(fleet: FleetLoad) -> tuple[Floats, Floats]:
    """Erlangs (W, D, 24, N) in every hour of the distinct days and noise state, and their probabilities (D, 24, N)."""
    load = fleet.load
    states: Floats = fleet.erlangs[:, None, None, None] * load.days[..., None] * load.noise
    each = load.day_share / (HOURS_PER_DAY * len(load.noise))
    return states, np.broadcast_to(each[:, None, None], states.shape[1:])


def serving_order(fleet: FleetLoad) -> list[int]:
    """Workloads by what a served Erlang saves, resident ones first."""
    saved = fleet.outside_cost.sum(axis=1) / np.maximum(fleet.erlangs, _EPS)
    return sorted(range(len(saved)), key=lambda w: (not fleet.resident[w], -saved[w]))


@lru_cache(maxsize=64)
def _tail(sigma: float) -> tuple[Floats, Floats]:
    """Noise states dense in the upper tail and their probabilities."""
    edges = np.concatenate([[0.0, 0.25], 1 - 0.5 * np.logspace(0, -4.5, _TAIL), [1.0]])
    middle = (edges[1:] + edges[:-1]) / 2
    normal = NormalDist()
    nodes = np.array([np.exp(sigma * normal.inv_cdf(float(p)) - sigma * sigma / 2) for p in middle])
    return nodes, np.diff(edges)


class _Same:
    """A load as a key: equal only to itself."""

    __slots__ = ("load",)

    def __init__(self, load: Load) -> None:
        self.load = load

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.load is other.load

    def __hash__(self) -> int:
        return id(self.load)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Hours and noise states of one shape, ranked: the mean of min(load, capacity) then takes one look-up."""

    ranked: Floats
    sums: Floats
    """(S + 1,) load of the states below each."""
    below: Floats
    """(S + 1,) probability of the states below each."""

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> _Ranking:
        order = np.argsort(values, axis=None)
        ranked, chance = values.ravel()[order], weights.ravel()[order]
        sums = np.concatenate([[0.0], np.cumsum(ranked * chance)])
        return cls(ranked, sums, np.concatenate([[0.0], np.cumsum(chance)]))

    def mean(self, capacity: Floats) -> Floats:
        """Mean of min(load, capacity), exact."""
        at = np.searchsorted(self.ranked, capacity)
        mean: Floats = self.sums[at] + np.maximum(1.0 - self.below[at], 0.0) * capacity
        return mean


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """What workloads of one hour-of-week shape share, for one Erlang."""

    ranking: _Ranking
    peak: float


@lru_cache(maxsize=32)
def _common_shape(same: _Same) -> _Shape | None:
    """Of a load whose workloads all have one shape: ranked once for every candidate. None where shapes differ."""
    load = same.load
    if not (load.days == load.days[:1]).all():
        return None
    share = load.day_share[:, None, None] / (HOURS_PER_DAY * len(load.noise))
    states = load.days[0][..., None] * load.noise
    ranking = _Ranking.of(states, np.broadcast_to(share, states.shape))
    return _Shape(ranking, _peak(load.days[0].ravel(), load))


def peak_factor(fleet: FleetLoad) -> float:
    """p99.9 of the day noise: a busy day over the mean one."""
    nodes, chance = _tail(round(fleet.load.noise_sigma, 9))
    return float(nodes[min(int(np.searchsorted(np.cumsum(chance), PEAK_QUANTILE)), len(nodes) - 1)])


def peak_erlangs(fleet: FleetLoad, mask: Bools) -> float:
    """p99.9 hour of the masked workloads' summed load at volume factor 1."""
    if not mask.any():
        return 0.0
    common = _common_shape(_Same(fleet.load))
    if common is not None:
        return float(fleet.erlangs[mask].sum()) * common.peak
    return _peak((fleet.erlangs[mask, None, None] * fleet.load.days[mask]).sum(axis=0).ravel(), fleet.load)


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


def served_shares(fleet: FleetLoad, interactive_capacity: Floats, background_capacity: Floats) -> Floats:
    """(W, C) share of each workload served, for C capacities in Erlangs at volume factor 1, the same in every hour."""
    return served_by_hour(fleet, interactive_capacity[:, None, None], background_capacity[:, None, None])


def served_by_hour(fleet: FleetLoad, interactive: Floats, background: Floats) -> Floats:
    """(W, C) share of each workload served by capacities (C, D, 24) that follow the hour, or (C, 1, 1) that do not."""
    states, weights = states_of(fleet)
    order = serving_order(fleet)
    first = [w for w in order if fleet.interactive[w]]
    later = [w for w in order if not fleet.interactive[w]]
    served = np.zeros((len(states), len(interactive)))
    if first:
        common = _common_shape(_Same(fleet.load)) if interactive.shape[1:] == (1, 1) else None
        if common is None:
            served[first] = _interactive(states[first], weights, interactive)
        else:
            served[first] = _alike(fleet.erlangs[first], common.ranking, interactive[:, 0, 0])
    if later:
        taken = states[first].sum(axis=0) if first else np.zeros(states.shape[1:])
        for start in range(0, len(interactive), _BLOCK):
            block = slice(start, start + _BLOCK)
            busy = np.minimum(taken, interactive[block, ..., None]) if first else 0.0
            idle = np.maximum(background[block, ..., None] - busy, 0.0)
            served[later, block] = _background(states[later], fleet, later, idle)
    share: Floats = np.clip(served / np.maximum(fleet.erlangs, _EPS)[:, None], 0.0, 1.0)
    return share


def _interactive(states: Floats, weights: Floats, capacity: Floats) -> Floats:
    """(W, C) mean Erlangs served of the workloads in serving order."""
    totals = np.cumsum(states, axis=0)
    flat = capacity.shape[1:] == (1, 1)
    reached = np.array(
        [_Ranking.of(t, weights).mean(capacity[:, 0, 0]) if flat else _mean(t, weights, capacity) for t in totals]
    )
    return np.diff(reached, axis=0, prepend=0.0)


def _alike(erlangs: Floats, ranking: _Ranking, capacity: Floats) -> Floats:
    """(W, C) the same where all workloads have one shape: served together, then told apart in serving order."""
    together = np.maximum(np.cumsum(erlangs), _EPS)[:, None]
    reached = together * ranking.mean(capacity / together)
    return np.diff(reached, axis=0, prepend=0.0)


def _mean(total: Floats, weights: Floats, capacity: Floats) -> Floats:
    """(C,) mean of min(load, capacity of the hour)."""
    mean: Floats = (np.minimum(total, capacity[..., None]) * weights).sum(axis=(1, 2, 3))
    return mean


def window_of(deadline_hours: float) -> int:
    """Longest of the windows that does not exceed the deadline."""
    return max(w for w in WINDOWS if w <= max(deadline_hours, 1.0))


def _background(states: Floats, fleet: FleetLoad, rows: list[int], idle: Floats) -> Floats:
    """(W, C) mean Erlangs of background work that idle capacity (C, D or 1, 24, N or 1) serves within each deadline."""
    windows = [window_of(float(fleet.deadline_hours[w])) for w in rows]
    fine, days, noise = min(windows), states.shape[1], states.shape[3]
    count = HOURS_PER_DAY // fine
    idle = np.broadcast_to(idle, (len(idle), days, HOURS_PER_DAY, noise))
    pools = idle.reshape(len(idle), days, count, fine, noise).sum(axis=3)
    served = np.zeros((len(rows), len(idle)))
    for i, window in enumerate(windows):
        wide = pools.reshape(len(idle), days, HOURS_PER_DAY // window, window // fine, noise)
        room = wide.sum(axis=3)
        work = states[i].reshape(days, HOURS_PER_DAY // window, window, noise).sum(axis=2)
        done = np.minimum(work, room)
        served[i] = done.sum(axis=2).mean(axis=2) @ fleet.load.day_share / HOURS_PER_DAY
        if i + 1 < len(rows):
            left = 1.0 - done / np.maximum(room, _EPS)
            pools = (wide * left[:, :, :, None, :]).reshape(pools.shape)
    return served
