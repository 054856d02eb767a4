"""The week's load as columns with the fleet's capacity as a line across."""

from __future__ import annotations

from collections.abc import Sequence

from planner.tui.charts.canvas import Canvas, Rows
from planner.tui.charts.heat_strip import DAYS
from planner.tui.charts.sparkline import EIGHTHS

CAPACITY = "capacity"


def load_columns(
    loads: Sequence[float], capacity: Sequence[float] | None, width: int, height: int, *, ascii_only: bool = False
) -> Rows:
    """168 loads in `width` columns (busiest hour of each bin), the capacity as a line that steps with the hours.

    What is above the line is marked; a line hidden by columns shows in the gaps between them and at its label.
    """
    plot_height = max(height - 1, 2)
    canvas = Canvas(width, plot_height + 1)
    top = max([*loads, *(capacity or ())]) or 1.0
    for x in range(width):
        first, last = _bin(x, width, len(loads))
        load = max(loads[first:last])
        limit = None if capacity is None else min(capacity[first:last])
        line = None if limit is None else plot_height - 1 - min(int(limit / top * plot_height), plot_height - 1)
        _column(canvas, x, load / top * plot_height, line if limit is not None and load > limit else None, ascii_only)
        if line is not None and canvas.is_free(x, line):
            canvas.put(x, line, "-" if ascii_only else "─", "strong")
    for day, name in enumerate(DAYS):
        canvas.put(day * width // len(DAYS), plot_height, name, "muted")
    if capacity is not None:
        _label(canvas, capacity[-1] / top * plot_height, plot_height)
    return canvas.rows()


def _bin(x: int, width: int, hours: int) -> tuple[int, int]:
    first = x * hours // width
    return first, max((x + 1) * hours // width, first + 1)


def _column(canvas: Canvas, x: int, filled: float, over_line: int | None, ascii_only: bool) -> None:
    """One column, `filled` rows high; above `over_line` it is marked."""
    height, eighths = canvas.height - 1, round(filled * 8)
    for y in range(height):
        fill = min(max(eighths - (height - 1 - y) * 8, 0), 8)
        char = (" #"[fill >= 4] if ascii_only else EIGHTHS[fill]) if fill else " "
        canvas.put(x, y, char, "warn" if over_line is not None and y < over_line else "self_host")


def _label(canvas: Canvas, at: float, height: int) -> None:
    """The word at the right end of the line, where Sunday ends and loads are low."""
    canvas.put(
        max(canvas.width - len(CAPACITY) - 1, 0), height - 1 - min(int(at), height - 1), f" {CAPACITY}", "strong"
    )
