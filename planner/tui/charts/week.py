"""The week's load against what the fleet carries: hour by hour as shades, or as columns below a line of capacity."""

from __future__ import annotations

from collections.abc import Sequence

from planner.engine.units import HOURS_PER_DAY
from planner.quantities import hour_of_day
from planner.report.document import Rows, Segment
from planner.report.tables.routes import DAYS
from planner.tui.charts.canvas import Canvas, join

EIGHTHS = " ▁▂▃▄▅▆▇█"
SHADES = "·░▒▓█"


def shade_of(load: float, capacity: float) -> int:
    """0 to 3 for quarters of the capacity up to all of it, 4 for what is above it."""
    if load > capacity * (1 + 1e-9):
        return 4
    return min(int(load / capacity * 4), 3) if capacity > 0 else 0


def heat_strip(
    loads: Sequence[float],
    capacity: Sequence[float] | None,
    width: int,
    *,
    above: int = 0,
    days: bool = True,
) -> Rows:
    """168 loads (Monday 00:00 first) as seven rows of 24 hours, or as one row when `days` is False.

    Each hour has its own capacity. The full block means "above it", so the capacity line is the edge of the full
    blocks; `above` is how many hours are. Without a capacity (nothing self-hosted) shades are quarters of the busiest
    hour.
    """
    limits = capacity if capacity is not None else [max(loads)] * len(loads)
    levels = [shade_of(load, limit) for load, limit in zip(loads, limits, strict=True)]
    legend = _legend(None if capacity is None else above)
    if not days:
        return (_one_row(levels, width), legend)
    cell = max(1, min(3, (width - 4) // HOURS_PER_DAY))
    canvas = Canvas(4 + HOURS_PER_DAY * cell, len(DAYS) + 1)
    for hour in range(0, HOURS_PER_DAY, 6):
        canvas.put(4 + hour * cell, 0, hour_of_day(hour), "muted")
    for day, name in enumerate(DAYS):
        canvas.put(0, day + 1, name, "muted")
        for hour in range(HOURS_PER_DAY):
            level = levels[day * HOURS_PER_DAY + hour]
            canvas.put(4 + hour * cell, day + 1, SHADES[level] * cell, "warn" if level == 4 else "self_host")
    return (*canvas.rows(), legend)


def _one_row(levels: Sequence[int], width: int) -> tuple[Segment, ...]:
    """The fullest hour of each bin, so that no burst disappears in an average."""
    bins = max(min(width, len(levels)), 1)
    cells = []
    for i in range(bins):
        first, last = i * len(levels) // bins, max((i + 1) * len(levels) // bins, i * len(levels) // bins + 1)
        level = max(levels[first:last])
        cells.append(Segment(SHADES[level], "warn" if level == 4 else "self_host"))
    return join(cells)


def _legend(above: int | None) -> tuple[Segment, ...]:
    if above is None:
        return (Segment(f"{SHADES[1:4]} share of the busiest hour", "muted"),)
    return (
        Segment(f"{SHADES[1:4]} within capacity  ", "muted"),
        Segment(SHADES[4], "warn"),
        Segment(f" above it, {above} h a week", "muted"),
    )


CAPACITY = "capacity"


def load_columns(loads: Sequence[float], capacity: Sequence[float] | None, width: int, height: int) -> Rows:
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
        _column(canvas, x, load / top * plot_height, line if limit is not None and load > limit else None)
        if line is not None and canvas.is_free(x, line):
            canvas.put(x, line, "─", "strong")
    for day, name in enumerate(DAYS):
        canvas.put(day * width // len(DAYS), plot_height, name, "muted")
    if capacity is not None:
        _label(canvas, capacity[-1] / top * plot_height, plot_height)
    return canvas.rows()


def _bin(x: int, width: int, hours: int) -> tuple[int, int]:
    first = x * hours // width
    return first, max((x + 1) * hours // width, first + 1)


def _column(canvas: Canvas, x: int, filled: float, over_line: int | None) -> None:
    """One column, `filled` rows high; above `over_line` it is marked."""
    height, eighths = canvas.height - 1, round(filled * 8)
    for y in range(height):
        fill = min(max(eighths - (height - 1 - y) * 8, 0), 8)
        char = EIGHTHS[fill]
        canvas.put(x, y, char, "warn" if over_line is not None and y < over_line else "self_host")


def _label(canvas: Canvas, at: float, height: int) -> None:
    """The word at the right end of the line, where Sunday ends and loads are low."""
    canvas.put(
        max(canvas.width - len(CAPACITY) - 1, 0), height - 1 - min(int(at), height - 1), f" {CAPACITY}", "strong"
    )
