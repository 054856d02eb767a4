"""Queueing on slots: how full a pool of sequences may run before requests wait.

A replica with continuous batching serves `slots` sequences at once; replicas behind one queue pool their slots, so it
is a queue with c servers. Service is taken as exponential with mean S, the queue-free time of a request; arrivals have
gaps from a two-phase hyperexponential with balanced means and squared coefficient of variation 2v - 1, which v = 1
makes Poisson. For that queue (GI/M/c) the wait is known exactly (Takacs 1962; Gross and Harris, chapter 5):

    P(W > t) = D(c, rho, v) * exp(-c * x * t / S),   x = (1 - 2 rho + sqrt((2 rho - 1)^2 + 4 rho (1 - rho) / v)) / 2

With v = 1 it is Erlang C and x = 1 - rho; close to saturation x tends to (1 - rho) / v, the Allen-Cunneen correction.
That correction alone, which published tables use, leaves the chance of waiting at its Poisson value, which is what
bursts raise most: at what it calls safe for v = 3, a simulation finds 5-6 % of requests waiting longer than a second
where 1 % was asked for.

Lengths are a second assumption: with arrivals of v = 5, at what is called safe, a simulation finds 0.4-0.7 % where
lengths vary more than exponentially (squared coefficient of variation 2), up to 1.8 % where they vary less (0.5) and up
to 4.3 % where all are equal. Bursts longer than a service are the load of their hour, not noise in it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeVar

import numpy as np

from planner.engine.arrays import Floats

Number = TypeVar("Number", float, Floats)
"""One utilisation or many: plain floats are ten times as quick as an array of one."""

WAIT_TARGET_S = 1.0
WAIT_PROBABILITY = 0.01
_SLOTS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024])
_SERVICE_S = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0])
_LOG_SLOTS, _LOG_SERVICE = np.log(_SLOTS), np.log(_SERVICE_S)
_NO_WAIT_S = 1e-6
_RHO = np.linspace(0.01, 0.995, 198)


def delay_probability(slots: int, rho: Number, variability: float) -> Number:
    """Probability that a request waits at utilisation `rho` (0 < rho < 1); calmer than Poisson counts as such.

    1 / D = 1 + x * sum over j of (j + c y) / (j + k a) * product over i <= j of r_i; a offered Erlangs, k = 1 / v,
    r_i = (c - i + 1) (i + k a) / (a ((2 - k) i + k a)), y = x + 2 rho - 1; summed from the last term to the first.
    """
    k = min(1.0 / variability, 1.0)
    offered, x = rho * slots, decay(rho, max(variability, 1.0))
    step, shift, start = k * offered, slots * (x + 2.0 * rho - 1.0), 2.0 - k
    total = 0.0 * rho
    # r falls below (c - i + 1) / a: nine deviations past the largest term what is left is less than rounding
    last = min(slots, math.ceil(slots * (1.0 - float(np.min(rho))) + 9.0 * math.sqrt(slots)) + 10)
    with np.errstate(over="ignore"):  # next to nobody waits: the sum grows without bound and 1 / inf is right
        for i in range(last, 0, -1):
            total = (slots - i + 1) / offered * ((i + shift) + (i + step) * total) / (start * i + step)
        return 1.0 / (1.0 + x * total)


def decay(rho: Number, variability: float) -> Number:
    """Rate at which the wait of those who wait falls off, in units of slots / S a second: 1 - rho for Poisson."""
    if variability < 1.0:
        return (1.0 - rho) / variability
    bend: Number = ((2.0 * rho - 1.0) ** 2 + 4.0 * rho * (1.0 - rho) / variability) ** 0.5
    return (1.0 - 2.0 * rho + bend) / 2.0


@lru_cache(maxsize=8)
def _delay_table(variability: float) -> Floats:
    """Delay probability on the grid, shape (slots, rho)."""
    return np.stack([delay_probability(int(c), _RHO, variability) for c in _SLOTS])


@lru_cache(maxsize=8)
def _safe_table(variability: float, wait_s: float, probability: float) -> Floats:
    """Highest rho with P(W > wait_s) <= probability on the grid, shape (slots, service time)."""
    rate = _SLOTS[:, None] * decay(_RHO, variability)[None, :]
    return _highest(_delay_table(variability), rate, wait_s, probability)


def _highest(delayed: Floats, rate: Floats, wait_s: float, probability: float) -> Floats:
    tail = delayed[:, None, :] * np.exp(-rate[:, None, :] * wait_s / _SERVICE_S[None, :, None])
    highest: Floats = np.where(tail <= probability, _RHO, _RHO[0]).max(axis=2)
    return highest


def safe_curve(
    slots: Floats,
    service_s: Floats | float,
    variability: float,
    wait_s: Floats | float = WAIT_TARGET_S,
    probability: float = WAIT_PROBABILITY,
) -> Floats:
    """(..., K) highest utilisation with P(wait > `wait_s`) <= `probability`, interpolated on a log grid.

    Service time and wait are one for all pools, or one for each row of them (..., 1). Only their ratio counts, so one
    table serves for every wait. Past 1,024 slots and outside 0.1-500 s the edge of the grid is used, which is the
    cautious side for slots.
    """
    table = _safe_table(round(variability, 6), WAIT_TARGET_S, probability)
    return _interpolated(table, slots, service_s * WAIT_TARGET_S / np.maximum(wait_s, _NO_WAIT_S))


def _interpolated(table: Floats, slots: Floats, service_s: Floats | float) -> Floats:
    y = np.log(np.clip(service_s, _SERVICE_S[0], _SERVICE_S[-1]))
    j = np.clip(np.searchsorted(_LOG_SERVICE, y, side="right") - 1, 0, len(_SERVICE_S) - 2)
    share = (y - _LOG_SERVICE[j]) / (_LOG_SERVICE[j + 1] - _LOG_SERVICE[j])
    x = np.minimum(np.log(slots), _LOG_SLOTS[-1])
    i = np.minimum(np.searchsorted(_LOG_SLOTS, x, side="right") - 1, len(_SLOTS) - 2)
    low, high = (table[k, j] * (1 - share) + table[k, j + 1] * share for k in (i, i + 1))
    slope = (high - low) / (_LOG_SLOTS[i + 1] - _LOG_SLOTS[i])
    safe: Floats = np.where(x < _LOG_SLOTS[-1], slope * (x - _LOG_SLOTS[i]) + low, high)
    return safe


def wait_quantile_s(slots: float, rho: float, service_s: float, variability: float, quantile: float = 0.95) -> float:
    """Waiting time in s not exceeded by `quantile` of requests; inf at or past saturation."""
    if rho >= 1.0:
        return math.inf
    if rho <= 0.0 or slots < 1:
        return 0.0
    delayed = delay_probability(min(int(slots), 4096), rho, variability)
    if delayed <= 1.0 - quantile:
        return 0.0
    return service_s * math.log(delayed / (1.0 - quantile)) / (slots * decay(rho, variability))
