"""A line of small columns: the shape of a week or a year at a glance."""

from __future__ import annotations

from collections.abc import Sequence

EIGHTHS = " ▁▂▃▄▅▆▇█"
ASCII_EIGHTHS = " .:-=+*##"


def sparkline(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """Means of `width` bins as columns up from zero; what is not zero shows at least the lowest step."""
    if not values or width < 1:
        return ""
    bins = min(width, len(values))
    means = []
    for i in range(bins):
        piece = values[i * len(values) // bins : (i + 1) * len(values) // bins]
        means.append(sum(piece) / len(piece))
    top = max(means)
    steps = ASCII_EIGHTHS if ascii_only else EIGHTHS
    return (
        "".join(steps[max(round(mean / top * 8), 1)] if mean > 0 else steps[0] for mean in means)
        if top > 0
        else " " * bins
    )
