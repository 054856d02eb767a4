"""Volume over the next 12 months: growth, hour of week, day-to-day noise, and the p95 that follows from them."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats, quantiles
from planner.engine.specs import Catalog, Demand, Inputs, Range, Workload
from planner.engine.units import HOURS_PER_DAY, HOURS_PER_WEEK, MONTHS, SECONDS_PER_DAY
from planner.records import dataclass

NOISE_NODES = 9
"""Equiprobable bins of day noise used for costs; each node is its bin's mean, so volume is kept exactly."""
QUANTILE_NODES = 101
UNKNOWN_VOLUME_FACTORS = (0.5, 1.0, 2.0)
"""Range around a volume nobody measured: with under 28 days of logs, multipliers instead of a fitted interval."""

SHORT_HISTORY_DAYS = 30.0
"""Below, a p95 of the year is shown as a range that says so."""
HISTORY_DAYS = 7.0
P95_OF_SHORT_HISTORY = (0.5, 1.3)
"""What a p95 from so many days comes to, against the true one."""


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """The same demand as arrays: W workloads, 168 hours from Monday 00:00, N noise nodes, 12 months.

    Equal only to itself, so that what is worked out from one can be kept under it.
    """

    hours: Floats
    """(W, 168), mean 1 in each row."""
    noise: Floats
    """(N,), equiprobable, mean 1; one factor a day, common to all workloads."""
    tokens_per_day: Floats
    """(W,), mean of today's days."""
    requests_per_s: Floats
    """(W,), mean of today's days."""
    month_factor: Floats
    """(12,), volume of the month's mean day against today."""
    noise_sigma: float
    """Sigma of the lognormal day noise."""
    days: Floats
    """(W, D, 24), the distinct days of the week: presets have two."""
    day_share: Floats
    """(D,), share of the week; sums to 1."""
    weekday: NDArray[np.intp]
    """(7,), index into `days` of Monday to Sunday."""
    factors: Floats
    """Distinct values of `month_factor`, never 0."""
    factor_of_month: NDArray[np.intp]
    """(12,), index into `factors`."""

    @property
    def month_tokens_per_day(self) -> Floats:
        """(12,), all workloads."""
        total: Floats = self.tokens_per_day.sum() * self.month_factor
        return total


def sigma_of_cv(cv: float) -> float:
    """Sigma of a lognormal with mean 1 and this coefficient of variation."""
    return math.sqrt(math.log1p(cv * cv))


@lru_cache(maxsize=64)
def noise_nodes(sigma: float, count: int) -> Floats:
    """Means of `count` equiprobable bins of a lognormal with mean 1; their mean is exactly 1."""
    if sigma <= 0:
        return np.ones(count)
    normal = NormalDist()
    edges = [normal.inv_cdf(k / count) for k in range(1, count)]
    below = [0.0, *(normal.cdf(z - sigma) for z in edges), 1.0]
    return np.diff(np.array(below)) * count


def profile_of(workload: Workload, inputs: Inputs, catalog: Catalog) -> Floats:
    """168 weights with mean 1 of one workload: its own preset, the imported profile, or the plan's preset."""
    if workload.profile is not None:
        return _normalised(catalog.profiles[workload.profile].weights)
    if inputs.volume.profile_weights is not None:
        return _normalised(inputs.volume.profile_weights)
    return _normalised(catalog.profiles[inputs.volume.profile].weights)


def _normalised(weights: tuple[float, ...]) -> Floats:
    values = np.asarray(weights, float)
    if values.shape != (HOURS_PER_WEEK,) or values.min() < 0 or values.sum() <= 0:
        raise ValueError("an hour-of-week profile is 168 weights, none negative, not all zero")
    weighted: Floats = values / values.mean()
    return weighted


def month_factors(inputs: Inputs, growth: float) -> Floats:
    """(12,) v_m / v_0 = (1 + g)**m, or the explicit monthly volumes."""
    today = sum(w.tokens_per_day for w in inputs.workload)
    if inputs.volume.tokens_per_day_by_month is not None and today > 0:
        return np.array(inputs.volume.tokens_per_day_by_month, dtype=np.float64) / today
    return np.power(1.0 + growth, np.arange(1, MONTHS + 1, dtype=np.float64))


def _p95(weekday: Floats, factors: Floats, sigma: float) -> Floats:
    """(...) p95 of the equiprobable daily volumes of the year relative to today's mean day; `factors`: (..., 12)."""
    nodes = noise_nodes(sigma, QUANTILE_NODES)
    values = factors[..., None, None] * weekday[:, None] * nodes
    return quantiles(values.reshape(*factors.shape[:-1], -1), (0.95,))[..., 0]


def _sigma_for_p95(weekday: Floats, factors: Floats, target: float) -> float:
    """Noise that makes the p95 of the year equal `target`; 0 when growth and weekdays alone exceed it."""
    low, high = 0.0, 1.6
    if _p95(weekday, factors, low) >= target:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _p95(weekday, factors, middle) < target else (low, middle)
    return (low + high) / 2


def load_of(inputs: Inputs, catalog: Catalog, day_noise_cv: float) -> Load:
    """Arrays of the demand. `day_noise_cv` is the preset's, used where the plan states none."""
    hours = np.stack([profile_of(w, inputs, catalog) for w in inputs.workload])
    tokens = np.array([w.tokens_per_day for w in inputs.workload])
    factors = month_factors(inputs, inputs.volume.growth_per_month.mid)
    sigma = sigma_of_cv(day_noise_cv if inputs.volume.day_noise_cv is None else inputs.volume.day_noise_cv)
    if inputs.volume.p95_tokens_per_day is not None and tokens.sum() > 0:
        target = inputs.volume.p95_tokens_per_day / float(tokens.sum())
        sigma = _sigma_for_p95(_weekday(hours, tokens), factors, target)
    days, day_share, weekday = distinct_days(hours)
    distinct, of_month = np.unique(np.maximum(factors, 1e-12), return_inverse=True)
    return Load(
        hours=hours,
        noise=noise_nodes(sigma, NOISE_NODES),
        tokens_per_day=tokens,
        requests_per_s=np.array([w.requests_per_day for w in inputs.workload]) / SECONDS_PER_DAY,
        month_factor=factors,
        noise_sigma=sigma,
        days=days,
        day_share=day_share,
        weekday=weekday,
        factors=distinct,
        factor_of_month=of_month.astype(np.intp),
    )


def distinct_days(hours: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """(W, D, 24) days of the week that differ for any workload, the share of the week of each, and which is when."""
    by_day = [tuple(day) for day in hours.reshape(len(hours), 7, HOURS_PER_DAY).swapaxes(0, 1).reshape(7, -1).tolist()]
    distinct = sorted(set(by_day))
    days = np.array(distinct).reshape(len(distinct), len(hours), HOURS_PER_DAY).transpose(1, 0, 2)
    counts = np.array([by_day.count(day) for day in distinct])
    return days, counts / 7.0, np.array([distinct.index(day) for day in by_day], dtype=np.intp)


def mixed_profile(hours: Floats, weights: Floats) -> Floats:
    """(168,) profile of the sum of workloads weighted by `weights`, mean 1."""
    total = float(weights.sum())
    mixed: Floats = (weights[:, None] * hours).sum(axis=0) / total if total > 0 else hours.mean(axis=0)
    return mixed


def _weekday(hours: Floats, tokens: Floats) -> Floats:
    """(7,) mean of each weekday relative to the week."""
    weekday: Floats = mixed_profile(hours, tokens).reshape(7, HOURS_PER_DAY).mean(axis=1)
    return weekday


def demand_of(inputs: Inputs, load: Load, concurrency_mean: float | None = None) -> Demand:
    """The demand as people read it; tokens a day, means over the 12 months unless named otherwise."""
    tokens, factors = load.tokens_per_day, load.month_factor
    total = float(tokens.sum())
    inputs_tokens = np.array([w.requests_per_day * w.input_tokens for w in inputs.workload])
    cached = np.array([w.cached_input_fraction for w in inputs.workload])
    profile = mixed_profile(load.hours, tokens)
    mean_factor = float(factors.mean())
    return Demand(
        mean_today_tokens_per_day=total,
        mean_tokens_per_day=total * mean_factor,
        p95_tokens_per_day=p95_of(load),
        p95_range=_p95_range(inputs, load),
        month_tokens_per_day=tuple(float(v) for v in total * factors),
        requests_per_day=float(load.requests_per_s.sum()) * SECONDS_PER_DAY * mean_factor,
        input_fraction=_share(float(inputs_tokens.sum()), total),
        cached_fraction=_share(float((inputs_tokens * cached).sum()), float(inputs_tokens.sum())),
        peak_to_mean_hour=float(profile.max()),
        hour_of_week=tuple(float(v) for v in profile),
        concurrency_mean=concurrency_mean,
    )


def p95_of(load: Load) -> float:
    """p95 of the daily volumes of the year, tokens: what the noise makes of it, also where the plan states another."""
    p95 = _p95(_weekday(load.hours, load.tokens_per_day), load.month_factor, load.noise_sigma)
    return float(load.tokens_per_day.sum()) * float(p95)


def measured_spread(history_days: float | None) -> tuple[float, float, float]:
    """Factors around a p95 that so many days of logs say; 1 where nobody says how many.

    A p95 from seven days is 0.5 to 1.3 times the true one from sampling alone, so the true one is 1/1.3 to 1/0.5 times
    it (backtest on public traces); the logarithm narrows with the root of the days, as that of a quantile does.
    """
    if history_days is None:
        return (1.0, 1.0, 1.0)
    width = math.sqrt(HISTORY_DAYS / max(history_days, 1.0))
    return (P95_OF_SHORT_HISTORY[1] ** -width, 1.0, P95_OF_SHORT_HISTORY[0] ** -width)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _p95_range(inputs: Inputs, load: Load) -> Range:
    weekday = _weekday(load.hours, load.tokens_per_day)
    total = float(load.tokens_per_day.sum())
    growth = inputs.volume.growth_per_month
    spread = measured_spread(inputs.volume.history_days) if inputs.volume.known == "yes" else UNKNOWN_VOLUME_FACTORS
    factors = np.stack([month_factors(inputs, g) for g in (growth.low, growth.mid, growth.high)])
    return Range(*(total * np.array(spread) * _p95(weekday, factors, load.noise_sigma)).tolist())
