"""Break-even volumes on one logarithmic ruler, with the plan's own volume across all rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.tui.charts.canvas import Canvas, Rows, Segment
from planner.tui.charts.ticks import short_number


@dataclass(frozen=True, slots=True)
class Reach:
    """One API model: tokens a day from which own GPUs pay, without and with people; None = never."""

    name: str
    hardware_only: float | None
    with_people: float | None


def break_even_ruler(
    reaches: Sequence[Reach], volume: float, capacity: float, width: int, *, ascii_only: bool = False
) -> Rows:
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
    canvas = Canvas(width, len(reaches) + 2)

    def column(value: float) -> int:
        return left + round((math.log10(value) - low) / (high - low) * (room - 1))

    _ticks(canvas, low, high, column)
    for y, reach in enumerate(reaches, start=1):
        canvas.put(0, y, _short(reach.name, left - 2, ascii_only))
        if capacity > 0:
            canvas.put(column(capacity), y, ":" if ascii_only else "┊", "muted")
        if volume > 0:
            canvas.put(column(volume), y, "|" if ascii_only else "┃", "strong")
        _reach(canvas, y, reach, column, left, room, ascii_only)
    _legend(canvas, len(reaches) + 1, ascii_only)
    return canvas.rows()


def _short(name: str, room: int, ascii_only: bool) -> str:
    end = "." if ascii_only else "…"
    return name if len(name) <= room else f"{name[: room - 1]}{end}"


def _ticks(canvas: Canvas, low: int, high: int, column: Callable[[float], int]) -> None:
    for power in range(low, high + 1):
        label = short_number(10.0**power)
        canvas.put(max(column(10.0**power) - len(label) // 2, 0), 0, label, "muted")


def _reach(
    canvas: Canvas, y: int, reach: Reach, column: Callable[[float], int], left: int, room: int, ascii_only: bool
) -> None:
    if reach.with_people is None:
        canvas.put(left + room + 1, y, "never", "muted")
    if reach.hardware_only is not None:
        first = column(reach.hardware_only)
        last = column(reach.with_people) if reach.with_people is not None else left + room
        for x in range(first + 1, last):
            if canvas.is_free(x, y):
                canvas.put(x, y, "-" if ascii_only else "─", "faint")
        canvas.put(first, y, "o" if ascii_only else "○", "muted")
    if reach.with_people is not None:
        canvas.put(column(reach.with_people), y, "#" if ascii_only else "●", "accent")


def _legend(canvas: Canvas, y: int, ascii_only: bool) -> None:
    marks = ("|", "#", "o", ":") if ascii_only else ("┃", "●", "○", "┊")
    words = ("you run, tokens a day", "pays, with people", "hardware only", "fleet without overflow")
    x = 2
    for mark, word in zip(marks, words, strict=True):
        canvas.put(x, y, f"{mark} {word}", "muted")
        x += len(word) + 5
