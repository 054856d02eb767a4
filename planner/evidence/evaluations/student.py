"""Student's t distribution with any number of degrees of freedom, and McNemar's exact test, by the standard library."""

from __future__ import annotations

from functools import lru_cache
from math import comb, exp, inf, isinf, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

_STEPS: Final = 300
_ENOUGH: Final = 1e-14
_HALVINGS: Final = 200
NORMAL_FROM: Final = 1e7
"""Degrees of freedom from which the normal distribution is the same to eight digits."""


def upper_tail(t: float, freedom: float) -> float:
    """P(T > t) for t >= 0: half the regularised incomplete beta of freedom / (freedom + t^2)."""
    if freedom >= NORMAL_FROM or isinf(t):
        return 1.0 - NormalDist().cdf(t)
    return 0.5 * _beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5)


@lru_cache(maxsize=256)
def quantile(probability: float, freedom: float) -> float:
    """The t with that probability below it, for a probability from 0.5 on; infinite without a degree of freedom."""
    if freedom <= 0:
        return inf
    low, high = 0.0, 2.0
    while upper_tail(high, freedom) > 1.0 - probability and high < 1e12:
        high *= 2.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if upper_tail(middle, freedom) > 1.0 - probability else (low, middle)
    return 0.5 * (low + high)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by its continued fraction (Lentz), from the side that converges."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _beta(1.0 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a
    return front / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)) of Abramowitz and Stegun 26.5.8."""
    tiny = 1e-300
    found, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, _STEPS + 1):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1.0 / (1.0 + term * lower or tiny)
        upper = 1.0 + term / upper or tiny
        found *= upper * lower
        if abs(upper * lower - 1.0) < _ENOUGH:
            break
    return found


def mcnemar(only_one: int, only_other: int) -> float:
    """Two-sided p of as uneven a split of the discordant pairs, each a fair coin."""
    pairs, least = only_one + only_other, min(only_one, only_other)
    if pairs > 1_000:  # the coin's sum is normal by then, with half a pair taken off
        distance = max(abs(only_one - only_other) - 1.0, 0.0) / sqrt(pairs)
        return min(1.0, 2.0 * (1.0 - NormalDist().cdf(distance)))
    as_uneven = sum(comb(pairs, k) for k in range(least + 1))
    return min(1.0, as_uneven / float(2 ** (pairs - 1))) if pairs else 1.0
