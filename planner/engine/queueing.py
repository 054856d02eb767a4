"""Queueing on slots: how full a pool of sequences may run before requests wait.

A replica with continuous batching serves `slots` sequences at once; replicas behind one queue pool their slots.
M/M/c with Erlang C, burstiness by the Allen-Cunneen factor v = (ca^2 + cs^2) / 2 on the waiting rate:

    P(W > t) = C(c, a) * exp(-c * (1 - rho) * t / (S * v))

C: Erlang's delay probability, a = rho * c offered Erlangs, S the queue-free service time in s. It stops being true for
heavy-tailed lengths, where only a simulation tells, and is too hopeful for strong bursts: with arrivals of squared
coefficient of variation 5 a simulation finds 5-6 % of requests waiting longer than a second where 1 % was asked for.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WAIT_TARGET_S = 1.0
WAIT_PROBABILITY = 0.01
_SLOTS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024])
_SERVICE_S = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0])
_LOG_SLOTS, _LOG_SERVICE = np.log(_SLOTS), np.log(_SERVICE_S)
_RHO = np.linspace(0.01, 0.995, 198)


def erlang_c(slots: int, rho: Floats) -> Floats:
    """Probability that a request waits in M/M/c at utilisation `rho` (array, 0 < rho < 1)."""
    offered = rho * slots
    inverse_b = np.ones_like(rho)
    with np.errstate(over="ignore"):  # no blocking left: the inverse grows without bound and 1 / inf is right
        for k in range(1, slots + 1):
            inverse_b = 1.0 + inverse_b * k / offered
    blocked = 1.0 / inverse_b
    delayed: Floats = blocked / (1.0 - rho * (1.0 - blocked))
    return delayed


@lru_cache(maxsize=1)
def _delay_table() -> Floats:
    """Erlang C on the grid, shape (slots, rho)."""
    return np.stack([erlang_c(int(c), _RHO) for c in _SLOTS])


@lru_cache(maxsize=8)
def _safe_table(variability: float, wait_s: float, probability: float) -> Floats:
    """Highest rho with P(W > wait_s) <= probability on the grid, shape (slots, service time)."""
    rate = _SLOTS[:, None] * (1.0 - _RHO)[None, :]
    tail = _delay_table()[:, None, :] * np.exp(-rate[:, None, :] * wait_s / (_SERVICE_S[None, :, None] * variability))
    allowed = tail <= probability
    highest: Floats = np.where(allowed, _RHO, _RHO[0]).max(axis=2)
    return highest


def _fraction(grid: Floats, value: Floats) -> tuple[NDArray[np.intp], Floats]:
    x = np.log(np.clip(value, grid[0], grid[-1]))
    logs = np.log(grid)
    index = np.clip(np.searchsorted(logs, x, side="right") - 1, 0, len(grid) - 2)
    return index, (x - logs[index]) / (logs[index + 1] - logs[index])


def safe_utilisation(
    slots: Floats,
    service_s: Floats,
    variability: float,
    wait_s: float = WAIT_TARGET_S,
    probability: float = WAIT_PROBABILITY,
) -> Floats:
    """Highest utilisation with P(wait > `wait_s`) <= `probability`; arrays broadcast; interpolated on a log grid.

    Past 1,024 slots and outside 0.1-500 s the edge of the grid is used, which is the cautious side for slots.
    """
    table = _safe_table(round(variability, 6), wait_s, probability)
    slots, service_s = np.broadcast_arrays(np.asarray(slots, float), np.asarray(service_s, float))
    i, fi = _fraction(_SLOTS.astype(float), slots)
    j, fj = _fraction(_SERVICE_S, service_s)
    low = table[i, j] * (1 - fj) + table[i, j + 1] * fj
    high = table[i + 1, j] * (1 - fj) + table[i + 1, j + 1] * fj
    safe: Floats = low * (1 - fi) + high * fi
    return safe


def safe_curve(slots: Floats, service_s: float, variability: float) -> Floats:
    """`safe_utilisation` of many pools with one service time, at the usual wait target."""
    table = _safe_table(round(variability, 6), WAIT_TARGET_S, WAIT_PROBABILITY)
    x = math.log(min(max(service_s, float(_SERVICE_S[0])), float(_SERVICE_S[-1])))
    j = min(max(int(np.searchsorted(_LOG_SERVICE, x, side="right")) - 1, 0), len(_SERVICE_S) - 2)
    share = (x - _LOG_SERVICE[j]) / (_LOG_SERVICE[j + 1] - _LOG_SERVICE[j])
    column = table[:, j] * (1 - share) + table[:, j + 1] * share
    safe: Floats = np.interp(np.log(slots), _LOG_SLOTS, column)
    return safe


def wait_quantile_s(slots: float, rho: float, service_s: float, variability: float, quantile: float = 0.95) -> float:
    """Waiting time in s not exceeded by `quantile` of requests; inf at or past saturation."""
    if rho >= 1.0:
        return math.inf
    if rho <= 0.0 or slots < 1:
        return 0.0
    delayed = float(erlang_c(min(int(slots), 4096), np.array([rho]))[0])
    if delayed <= 1.0 - quantile:
        return 0.0
    return service_s * variability * math.log(delayed / (1.0 - quantile)) / (slots * (1.0 - rho))
