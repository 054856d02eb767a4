"""The week's load as columns with the fleet's capacity as a line across."""

from __future__ import annotations

from collections.abc import Sequence

from planner.tui.charts.canvas import Canvas, Rows
from planner.tui.charts.heat_strip import DAYS
from planner.tui.charts.sparkline import EIGHTHS


def load_columns(
    weights: Sequence[float], capacity: float | None, width: int, height: int, *, ascii_only: bool = False
) -> Rows:
    """168 weights in `width` columns (busiest hour of each bin), the capacity as a line, what is above it marked."""
    plot_height = max(height - 1, 2)
    canvas = Canvas(width, plot_height + 1)
    top = max([*weights, capacity or 0.0]) or 1.0
    line = None if capacity is None else plot_height - 1 - min(int(capacity / top * plot_height), plot_height - 1)
    for x in range(width):
        first = x * len(weights) // width
        load = max(weights[first : max((x + 1) * len(weights) // width, first + 1)])
        over = capacity is not None and load > capacity
        eighths = round(load / top * plot_height * 8)
        for y in range(plot_height):
            fill = min(max(eighths - (plot_height - 1 - y) * 8, 0), 8)
            char = (" #"[fill >= 4] if ascii_only else EIGHTHS[fill]) if fill else " "
            role = "warn" if over and line is not None and y < line else "self_host"
            canvas.put(x, y, char, role)
        if line is not None and canvas.is_free(x, line):
            canvas.put(x, line, "-" if ascii_only else "─", "strong")
    for day, name in enumerate(DAYS):
        canvas.put(day * width // len(DAYS), plot_height, name, "muted")
    if line is not None:
        canvas.put(max(width - 9, 0), line, " capacity"[:width], "strong")
    return canvas.rows()
