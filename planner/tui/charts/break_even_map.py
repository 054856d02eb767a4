"""The cheapest strategy over volume and output share: one cell each, marker and saving inside."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.engine.specs import STRATEGIES, BreakEvenMap
from planner.tui.charts.canvas import Canvas, Rows, Segment
from planner.tui.charts.palette import mark_of, name_of
from planner.tui.charts.ticks import short_number

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
    ascii_only: bool = False,
) -> Rows:
    """A header of volumes, a row an output share, and a legend. The plan's own cell stands in brackets.

    Each cell holds the marker of the cheapest strategy and what it saves against the best from the other side (with or
    without own GPUs), in percent.
    """
    columns = len(grid.volumes_tokens_per_day)
    cell = min((width - LEFT) // max(columns, 1), 12)
    if cell < 3 or not grid.cells:
        return ((Segment("not enough room for the map: press t for the table"[: max(width, 1)], "muted"),),)
    tall = max(1, min((height - 3) // len(grid.cells), 3))
    canvas = Canvas(width, len(grid.cells) * tall + 3)
    canvas.put(0, 0, "output", "muted")
    for column, tokens in enumerate(grid.volumes_tokens_per_day):
        label = short_number(tokens)
        canvas.put(LEFT + column * cell + max((cell - len(label)) // 2, 0), 0, label[: cell - 1], "muted")
    here = (
        nearest(grid.output_fractions, output_fraction) if output_fraction is not None else -1,
        nearest(grid.volumes_tokens_per_day, volume) if volume is not None else -1,
    )
    for row, share in enumerate(grid.output_fractions):
        top = 1 + row * tall
        canvas.put(0, top + (tall - 1) // 2, f"{share * 100:>4.0f} %", "muted")
        for column in range(columns):
            text = _text(grid, row, column, cell, (row, column) == here, ascii_only)
            role = f"{'here' if (row, column) == here else 'cell'}:{grid.cells[row][column]}"
            for y in range(tall):
                shown = text if y == (tall - 1) // 2 else ""
                canvas.put(LEFT + column * cell, top + y, shown.center(cell), role)
    canvas.put(LEFT, len(grid.cells) * tall + 1, "tokens a day →".replace("→", "->" if ascii_only else "→"), "muted")
    _legend(canvas, grid, len(grid.cells) * tall + 2, ascii_only)
    return canvas.rows()


def _text(grid: BreakEvenMap, row: int, column: int, width: int, is_here: bool, ascii_only: bool) -> str:
    percent = grid.saving_fraction[row][column] * 100
    number = f"{percent:.0f}" if math.isfinite(percent) and width >= 4 else ""
    text = f"{mark_of(grid.cells[row][column], ascii_only)}{number}"[: width - 1]
    return f"[{text[: width - 2]}]" if is_here else text


def _legend(canvas: Canvas, grid: BreakEvenMap, y: int, ascii_only: bool) -> None:
    x = 0
    for strategy in STRATEGIES:
        if any(strategy in row for row in grid.cells):
            text = f"{mark_of(strategy, ascii_only)} {name_of(strategy)}"
            canvas.put(x, y, text, strategy)
            x += len(text) + 2
    canvas.put(x, y, "[ ] this plan  n % saved, own GPUs against none", "muted")
