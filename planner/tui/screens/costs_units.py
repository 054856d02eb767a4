"""The engine's own units as people write them: a fraction as percent, a factor as 1.4x, points with their sign."""

from __future__ import annotations

from collections.abc import Callable

from planner.report import numbers

SHORT_UNITS: dict[str, Callable[[float], str]] = {
    "fraction": numbers.percent,
    "x": numbers.factor,
    "points": lambda value: f"{round(value * 100, 6) + 0.0:+.3g} points",  # + 0.0: no "-0"
}


def with_unit(value: float | str | None, unit: str) -> str:
    """A value with its unit; None means that none was found in the range tried."""
    if value is None:
        return "none in range"
    if isinstance(value, str):
        return value
    if unit in SHORT_UNITS:
        return SHORT_UNITS[unit](value)
    shown = numbers.scaled(value) if abs(value) >= 10_000 else numbers.significant(value)
    return f"{shown} {unit}".strip()


def low_end(value: float, unit: str) -> str:
    """The first of two values: without the unit where it stands behind the second."""
    return with_unit(value, unit if unit in SHORT_UNITS else "")
