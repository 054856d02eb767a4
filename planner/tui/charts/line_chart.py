"""Cumulative lines over months in braille dots, with crossings marked and names at the line's end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import field

from planner.records import dataclass
from planner.report.document import Row, Rows, Segment
from planner.tui.charts.canvas import Canvas, round_ticks, short_number
from planner.words.labels import UNPROVEN, marked

BRAILLE = 0x2800
DOT_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of each dot by column and row inside one braille cell."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: `values[i]` belongs to x = i. `band` is (low, high) at the same places."""

    name: str
    marker: str
    role: str
    values: tuple[float, ...]
    band: tuple[tuple[float, float], ...] = ()
    untested: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where one line comes to lie at or below another for good, in the month up to the whole number `month`."""

    x: float
    y: float
    month: int
    label: str = "break-even"


def crossing_in(month: int, line: Sequence[float], other: Sequence[float], label: str = "break-even") -> Crossing:
    """Where in this month `line` falls to `other`, by linear interpolation; at its end where it was never above."""
    before, after = (line[i] - other[i] for i in (month - 1, month))
    share = before / (before - after) if before > 0 else 1.0
    return Crossing(month - 1 + share, line[month - 1] + share * (line[month] - line[month - 1]), month, label)


@dataclass(slots=True)
class _Plot:
    """Scales and the dots drawn so far, by cell."""

    left: int
    width: int
    height: int
    x_max: float
    y_low: float
    y_high: float
    bits: dict[tuple[int, int], int] = field(default_factory=dict)
    owners: dict[tuple[int, int], set[int]] = field(default_factory=dict)

    def dot_x(self, x: float) -> int:
        return round(x / self.x_max * (self.width * 2 - 1))

    def dot_y(self, y: float) -> int:
        share = (y - self.y_low) / (self.y_high - self.y_low)
        return round((1 - min(max(share, 0.0), 1.0)) * (self.height * 4 - 1))

    def cell(self, x: float, y: float) -> tuple[int, int]:
        return self.left + self.dot_x(x) // 2, self.dot_y(y) // 4

    def set_dot(self, dot_x: int, dot_y: int, owner: int) -> None:
        place = (self.left + dot_x // 2, dot_y // 4)
        self.bits[place] = self.bits.get(place, 0) | DOT_BITS[dot_x % 2][dot_y % 4]
        self.owners.setdefault(place, set()).add(owner)

    def draw(self, values: Sequence[float], owner: int) -> None:
        """Set the dots of one line; a steep piece is filled upwards so that it stays connected."""
        last = None
        for dot_x in range(self.width * 2):
            x = dot_x / (self.width * 2 - 1) * self.x_max
            dot_y = self.dot_y(interpolate(values, x))
            start = dot_y if last is None else last + (dot_y > last) - (dot_y < last)
            for y in range(min(start, dot_y), max(start, dot_y) + 1):
                self.set_dot(dot_x, y, owner)
            last = dot_y


def interpolate(values: Sequence[float], x: float) -> float:
    """Value at `x` on the straight pieces between the points."""
    at = min(int(x), len(values) - 2)
    return values[at] + (values[at + 1] - values[at]) * (x - at)


def line_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    *,
    crossings: Sequence[Crossing] = (),
    cursor: int | None = None,
    value_label: Callable[[float], str] = short_number,
    has_dots: bool = True,
) -> Rows:
    """Draw up to five lines over x = 0, 1, 2 ... in `width` x `height` characters.

    Cells where lines meet are bold and neutral, so a crossing is never hidden by whoever was drawn last. `cursor` is an
    x to be marked by a vertical line. Without dots, for a terminal that has none, a line is drawn with its marker.
    Returns `height` rows.
    """
    lines = [line for line in series if len(line.values) >= 2]
    if not lines or width < 24 or height < 5:
        return ((Segment("not enough room for the chart: press t for the table"[: max(width, 1)], "muted"),),)
    canvas = Canvas(width, height)
    plot, ticks, labels = _scales(lines, width, height, value_label)
    _draw_axes(canvas, plot, ticks, labels, len(lines[0].values))
    _draw_bands(canvas, plot, lines)
    for owner, line in enumerate(lines):
        plot.draw(line.values, owner)
    _paint_dots(canvas, plot, lines, has_dots)
    _draw_markers(canvas, plot, lines)
    if cursor is not None:
        _draw_cursor(canvas, plot, cursor)
    _draw_crossings(canvas, plot, crossings)
    _draw_names(canvas, plot, lines)
    return canvas.rows()


def _scales(
    lines: Sequence[Series], width: int, height: int, value_label: Callable[[float], str]
) -> tuple[_Plot, tuple[float, ...], list[str]]:
    values = [v for line in lines for v in line.values] + [
        edge for line in lines for pair in line.band for edge in pair
    ]
    plot_height = height - 2
    low, high = min(0.0, *values), max(values) * 1.01
    ticks = tuple(tick for tick in round_ticks(low, high, max(plot_height // 3, 2)) if tick <= high or tick <= 0)
    labels = [value_label(tick) for tick in ticks]
    left = max(map(len, labels)) + 2
    gutter = max(len(line.name) for line in lines) + 4
    plot = _Plot(
        left, max(width - left - gutter, 8), plot_height, len(lines[0].values) - 1, ticks[0], max(high, ticks[-1], 1e-9)
    )
    return plot, ticks, labels


def _draw_axes(canvas: Canvas, plot: _Plot, ticks: Sequence[float], labels: Sequence[str], points: int) -> None:
    for y in range(plot.height):
        canvas.put(plot.left - 1, y, "│", "faint")
    for tick, label in zip(ticks, labels, strict=True):
        y = plot.dot_y(tick) // 4
        canvas.put(plot.left - 2 - len(label), y, label, "muted")
        canvas.put(plot.left - 1, y, "┤", "faint")
    canvas.put(plot.left - 1, plot.height, "└" + "─" * plot.width, "faint")
    step = max(1, math.ceil((points - 1) * 3 / plot.width))
    for x in range(0, points, step):
        column = plot.left + plot.dot_x(x) // 2
        canvas.put(column, plot.height, "┴", "faint")
        canvas.put(column - (len(str(x)) - 1), plot.height + 1, str(x), "muted")
    canvas.put(plot.left + plot.width + 1, plot.height + 1, "month", "muted")


def _draw_bands(canvas: Canvas, plot: _Plot, lines: Sequence[Series]) -> None:
    """Shade what lies between the band's edges; lines drawn later stay on top."""
    for line in lines:
        if len(line.band) != len(line.values):
            continue
        low, high = (tuple(pair[i] for pair in line.band) for i in (0, 1))
        for column in range(plot.width):
            x = column / max(plot.width - 1, 1) * plot.x_max
            top = plot.dot_y(interpolate(high, x)) // 4
            bottom = plot.dot_y(interpolate(low, x)) // 4
            for y in range(top, bottom + 1):
                canvas.put(plot.left + column, y, "░", "faint")


def _paint_dots(canvas: Canvas, plot: _Plot, lines: Sequence[Series], has_dots: bool) -> None:
    """Where lines lie over one another, in the colour of the cheapest in the end, the first of those that are equal."""
    for (x, y), bits in plot.bits.items():
        first = min(sorted(plot.owners[(x, y)]), key=lambda owner: lines[owner].values[-1])
        canvas.put(x, y, chr(BRAILLE + bits) if has_dots else lines[first].marker, lines[first].role)


def _draw_markers(canvas: Canvas, plot: _Plot, lines: Sequence[Series]) -> None:
    """One marker a month where there is room; lines that share the place take turns."""
    points = len(lines[0].values)
    step = max(1, math.ceil((points - 1) * 6 / plot.width))
    for x in range(step, points, step):
        places: dict[tuple[int, int], list[Series]] = {}
        for line in lines:
            places.setdefault(plot.cell(x, line.values[x]), []).append(line)
        for (column, row), sharing in places.items():
            line = sharing[x // step % len(sharing)]
            canvas.put(column, row, line.marker, line.role)


def _draw_cursor(canvas: Canvas, plot: _Plot, cursor: int) -> None:
    column = plot.left + plot.dot_x(min(max(cursor, 0), plot.x_max)) // 2
    for y in range(plot.height):
        if canvas.char(column, y) in " ░":
            canvas.put(column, y, "┊", "accent")
    canvas.put(column, plot.height, "▴", "accent")


def _draw_crossings(canvas: Canvas, plot: _Plot, crossings: Sequence[Crossing]) -> None:
    for crossing in crossings:
        x, y = plot.cell(crossing.x, crossing.y)
        canvas.put(x, y, "◈", "crossing")
        label = f"{crossing.label}: month {crossing.month}"
        for column, row in _places_near(x, y, len(label), plot):
            if canvas.is_free(column - 1, row, len(label) + 2) and column + len(label) < plot.left + plot.width:
                canvas.put(column, row, label, "strong")
                break


def _places_near(x: int, y: int, length: int, plot: _Plot) -> list[tuple[int, int]]:
    """Starting cells for a label, nearest to the crossing first."""
    columns = [x + 2, x - length - 1, x - length // 2, plot.left + 2, plot.left + plot.width - length - 2]
    places = [(column, row) for row in range(plot.height) for column in columns]
    return sorted(places, key=lambda place: abs(place[1] - y) * 3 + abs(place[0] + length / 2 - x) / 4)


def _draw_names(canvas: Canvas, plot: _Plot, lines: Sequence[Series]) -> None:
    wanted = [plot.cell(plot.x_max, line.values[-1])[1] for line in lines]
    column = plot.left + plot.width + 1
    for line, row in zip(lines, spread(wanted, plot.height), strict=True):
        canvas.put(column, row, f"{line.marker} {line.name}", line.role)


def spread(wanted: Sequence[int], height: int) -> list[int]:
    """Rows as near as possible to those wanted, no two alike, order kept; ties keep the given order."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    rows = [0] * len(wanted)
    free = 0
    for rank, i in enumerate(order):
        latest = height - (len(order) - rank)
        rows[i] = min(max(wanted[i], free), latest)
        free = rows[i] + 1
    return rows


def readout(series: Sequence[Series], x: int, money: Callable[[float], str], short: bool = False) -> Row:
    """The values under the cursor, cheapest first; `short` leaves the names to markers that stay beside their value."""
    parts = [Segment(f"month {x}: ", "muted")]
    for line in sorted((s for s in series if x < len(s.values)), key=lambda s: s.values[x]):
        amount = marked(money(line.values[x]), untested=line.untested)
        if short:
            parts += [Segment(f"{line.marker}{amount}", line.role), Segment("  ")]
        else:
            name = line.name.removesuffix(f" {UNPROVEN}")  # which its amount carries
            parts += [Segment(f"{line.marker} ", line.role), Segment(f"{name} {amount}   ")]
    return tuple(parts)


def x_at(series: Sequence[Series], width: int, height: int, column: int, value_label: Callable[[float], str]) -> int:
    """The x nearest to a column of the drawn chart."""
    plot, _, _ = _scales([line for line in series if len(line.values) >= 2], width, height, value_label)
    share = (column - plot.left) / max(plot.width - 1, 1)
    return round(min(max(share, 0.0), 1.0) * plot.x_max)
