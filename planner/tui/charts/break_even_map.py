"""Break-even volumes on one logarithmic ruler, with the plan's own volume across all rows.

The cheapest strategy over volume and output share: one cell each, marker and saving inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from planner.engine.specs import STRATEGIES, BreakEvenMap
from planner.quantities import fixed, share
from planner.records import dataclass
from planner.report.document import Rows, Segment
from planner.report.tables.strategies import marked
from planner.tui.charts.canvas import Canvas, legend, short_number
from planner.words.labels import STRATEGY_MARKERS


@dataclass(frozen=True, slots=True)
class Reach:
    """One API model: tokens a day from which own GPUs pay, without and with people; None = never."""

    name: str
    hardware_only: float | None
    with_people: float | None


def break_even_ruler(reaches: Sequence[Reach], volume: float, capacity: float, width: int) -> Rows:
    """A row a model: `○` hardware only, `●` with people, a line between; `┃` is the plan, `┊` the fleet is full."""
    values = [v for r in reaches for v in (r.hardware_only, r.with_people) if v] + [
        v for v in (volume, capacity) if v > 0
    ]
    if not reaches or not values or width < 50:
        return ((Segment("no break-even to draw"[: max(width, 1)], "muted"),),)
    left = min(max(len(reach.name) for reach in reaches), 26) + 2
    room = max(width - left - 8, 12)
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    canvas = Canvas(width, len(reaches) + 1)

    def column(value: float) -> int:
        return left + round((math.log10(value) - low) / (high - low) * (room - 1))

    _ticks(canvas, low, high, column)
    for y, reach in enumerate(reaches, start=1):
        canvas.put(0, y, _short(reach.name, left - 2))
        if capacity > 0:
            canvas.put(column(capacity), y, "┊", "muted")
        if volume > 0:
            canvas.put(column(volume), y, "┃", "strong")
        _reach(canvas, y, reach, column, left, room)
    return (*canvas.rows(), *legend((Segment(text, "muted") for text in RULER_MARKS), width, 2))


def _short(name: str, room: int) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _ticks(canvas: Canvas, low: int, high: int, column: Callable[[float], int]) -> None:
    for power in range(low, high + 1):
        label = short_number(10.0**power)
        canvas.put(max(column(10.0**power) - len(label) // 2, 0), 0, label, "muted")


def _reach(canvas: Canvas, y: int, reach: Reach, column: Callable[[float], int], left: int, room: int) -> None:
    if reach.with_people is None:
        canvas.put(left + room + 1, y, "never", "muted")
    if reach.hardware_only is not None:
        first = column(reach.hardware_only)
        last = column(reach.with_people) if reach.with_people is not None else left + room
        for x in range(first + 1, last):
            if canvas.is_free(x, y):
                canvas.put(x, y, "─", "faint")
        canvas.put(first, y, "○", "muted")
    if reach.with_people is not None:
        canvas.put(column(reach.with_people), y, "●", "accent")


RULER_MARKS = ("┃ you use, tokens a day", "● pays, with people", "○ hardware only", "┊ fleet without overflow")
LEFT = 9


def nearest(values: Sequence[float], value: float) -> int:
    """Index of the nearest value, by ratio for positive numbers."""
    if value <= 0:
        return 0
    return min(range(len(values)), key=lambda i: abs(math.log(values[i] / value)) if values[i] > 0 else math.inf)


def break_even_map(
    grid: BreakEvenMap,
    width: int,
    *,
    volume: float | None = None,
    output_fraction: float | None = None,
    height: int = 0,
    against: Sequence[str] = (),
) -> Rows:
    """A header of volumes, a row an output share, and a legend. The plan's own cell stands in brackets.

    Each cell holds the marker of the cheapest strategy and what it saves against the best from the other side (with or
    without own GPUs), in percent.
    """
    columns = len(grid.volumes_tokens_per_day)
    cell = min((width - LEFT) // max(columns, 1), 12)
    if cell < 3 or not grid.cells:
        return ((Segment("not enough room for the map: press t for the table"[: max(width, 1)], "muted"),),)
    told = _map_legend(grid, width, against)
    tall = max(1, min((height - 2 - len(told)) // len(grid.cells), 3))
    canvas = Canvas(width, len(grid.cells) * tall + 2)
    canvas.put(0, 0, "output", "muted")
    for column, tokens in enumerate(grid.volumes_tokens_per_day):
        label = _label(tokens, cell - 1)
        canvas.put(LEFT + column * cell + max((cell - len(label)) // 2, 0), 0, label, "muted")
    here = (
        nearest(grid.output_fractions, output_fraction) if output_fraction is not None else -1,
        nearest(grid.volumes_tokens_per_day, volume) if volume is not None else -1,
    )
    for row, output in enumerate(grid.output_fractions):
        top = 1 + row * tall
        canvas.put(0, top + (tall - 1) // 2, f"{share(output):>6}", "muted")
        for column in range(columns):
            text = _text(grid, row, column, cell, (row, column) == here)
            role = f"{'here' if (row, column) == here else 'cell'}:{grid.cells[row][column]}"
            for y in range(tall):
                shown = text if y == (tall - 1) // 2 else ""
                canvas.put(LEFT + column * cell, top + y, shown.center(cell), role)
    canvas.put(LEFT, len(grid.cells) * tall + 1, "tokens a day →", "muted")
    return (*canvas.rows(), *told)


def _text(grid: BreakEvenMap, row: int, column: int, width: int, is_here: bool) -> str:
    percent = grid.saving_fraction[row][column] * 100
    number = fixed(percent) if math.isfinite(percent) and width >= 4 else ""
    text = f"{STRATEGY_MARKERS[grid.cells[row][column]]}{number}"[: width - 1]
    return f"[{text[: width - 2]}]" if is_here else text


def _label(tokens: float, room: int) -> str:
    """As few digits as there is room for, never without its unit."""
    digits = 3
    while len(label := short_number(_rounded(tokens, digits))) > room and digits > 1:
        digits -= 1
    return label


def _rounded(value: float, digits: int) -> float:
    return round(value, digits - 1 - math.floor(math.log10(value))) if value > 0 else value


def _map_legend(grid: BreakEvenMap, width: int, against: Sequence[str]) -> Rows:
    shown = [strategy for strategy in STRATEGIES if any(strategy in row for row in grid.cells)]
    notes = (
        Segment("[ ] this plan", "muted"),
        *(Segment(text, "muted") for text in against),
    )
    return legend((*(Segment(marked(strategy), strategy) for strategy in shown), *notes), width, gap=2)
