"""Round axis ticks: steps of 1, 2, 2.5 or 5 times a power of ten."""

from __future__ import annotations

import math


def round_step(span: float, at_most: int) -> float:
    """The smallest round step that cuts `span` into no more than `at_most` pieces."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    rough = span / max(at_most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def round_ticks(low: float, high: float, at_most: int) -> tuple[float, ...]:
    """Round values from at or below `low` to at or above `high`."""
    step = round_step(high - low, at_most)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return tuple(step * i for i in range(first, last + 1))


def short_number(value: float) -> str:
    """An axis label of a few characters: 0, 950, 2.5k, 41k, 1.2M, 1B."""
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit * 0.9995:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"
