"""What is sure and what is not: outcomes on one axis, price scenarios as cells, and what moves the saving.

Each is a function from values to rows that draws on a canvas of the width it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from planner.engine.specs import PriceScenario
from planner.quantities import change_per_year, share
from planner.records import dataclass
from planner.report.document import Rows, Segment
from planner.report.tables.strategies import marked
from planner.tui.charts.canvas import Canvas, round_step, round_ticks, short_number
from planner.words.labels import marked as mark_untested


@dataclass(frozen=True, slots=True)
class Band:
    """One strategy's outcomes; `probability` is that of being the cheapest, None when it is not in the race."""

    name: str
    marker: str
    role: str
    p10: float
    p50: float
    p90: float
    probability: float | None


NAME_CELLS = 15


def risk_bands(bands: Sequence[Band], width: int, *, money: Callable[[float], str] = short_number) -> Rows:
    """A row a strategy: name, P10 / P50 / P90, the band with its marker at P50, and the chance of being cheapest."""
    if not bands or width < 60:
        return ((Segment("not enough room for the bands: press t for the table"[: max(width, 1)], "muted"),),)
    money = money if width >= 100 else short_number
    numbers = [[money(value) for value in (band.p10, band.p50, band.p90)] for band in bands]
    columns = [max(len(row[i]) for row in numbers) for i in range(3)]
    named = max(NAME_CELLS, *(len(band.name) + 4 for band in bands))
    left = named + sum(columns) + 7
    room = max(width - left - 12, 8)
    ticks = round_ticks(0.0, max(band.p90 for band in bands), max(room // 10, 2))
    canvas = Canvas(width, len(bands) + 2)

    def column(value: float) -> int:
        return left + round(value / ticks[-1] * (room - 1))

    _numbers(canvas, (named, 0), ("P10", "P50", "P90"), columns, "muted")
    canvas.put(max(left + room + 1, width - 9), 0, "cheapest", "muted")
    for y, (band, row) in enumerate(zip(bands, numbers, strict=True), start=1):
        canvas.put(0, y, f"{band.marker} {band.name}", band.role)
        _numbers(canvas, (named, y), row, columns, "strong")
        first, middle, last = (column(v) for v in (band.p10, band.p50, band.p90))
        canvas.put(first, y, "▒" * (last - first + 1), band.role)
        canvas.put(middle, y, band.marker, f"bold:{band.role}")
        chance = "-" if band.probability is None else share(band.probability)
        canvas.put(width - len(chance) - 1, y, chance)
    for tick in ticks:
        label = short_number(tick)
        x = min(max(column(tick) - len(label) // 2, left), left + room - len(label))
        canvas.put(x, len(bands) + 1, label, "muted")
    return canvas.rows()


def _numbers(canvas: Canvas, at: tuple[int, int], numbers: Sequence[str], columns: Sequence[int], middle: str) -> None:
    x, y = at
    for number, column in zip(numbers, columns, strict=True):
        canvas.put(x + column - len(number), y, number, middle if number is numbers[1] else "muted")
        x += column + 2


LEFT = 18
WIDEST_CELL = 26
NARROWEST_CELL = 15


def scenario_grid(
    scenarios: Sequence[PriceScenario],
    width: int,
    height: int = 0,
    *,
    money: Callable[[float], str] = short_number,
    untested: Collection[str] = (),
) -> Rows:
    """A row an API price change, a column a rent change. A cell has marker, name and cost of the cheapest strategy."""
    api = list(dict.fromkeys(scenario.api_change_per_year for scenario in scenarios))
    gpu = list(dict.fromkeys(scenario.gpu_change_per_year for scenario in scenarios))
    cell = min((width - LEFT) // max(len(gpu), 1), WIDEST_CELL)
    if not scenarios or cell < NARROWEST_CELL:
        return ((Segment("not enough room for the scenarios: press t for the table"[: max(width, 1)], "muted"),),)
    tall = 4 if height >= 2 + len(api) * 5 else 2
    canvas = Canvas(LEFT + cell * len(gpu), 1 + len(api) * (tall + 1))
    canvas.put(0, 0, "API prices", "muted")
    canvas.put(LEFT, 0, "GPU rent", "muted")
    for column, change in enumerate(gpu):
        canvas.put(LEFT + column * cell, 1, change_per_year(change), "strong")
    for row, change in enumerate(api):
        top = 2 + row * (tall + 1)
        canvas.put(0, top + (tall - 2) // 2, change_per_year(change), "strong")
        for column, rent in enumerate(gpu):
            found = next(s for s in scenarios if (s.api_change_per_year, s.gpu_change_per_year) == (change, rent))
            cost = mark_untested(money(found.totals[found.cheapest]), untested=found.cheapest in untested)
            lines = (marked(found.cheapest), f"  {cost}")
            _cell(canvas, LEFT + column * cell, top, cell - 1, tall, lines, f"cell:{found.cheapest}")
    return canvas.rows()


def _cell(canvas: Canvas, x: int, y: int, width: int, tall: int, lines: Sequence[str], role: str) -> None:
    above = (tall - len(lines)) // 2
    for i in range(tall):
        text = lines[i - above] if 0 <= i - above < len(lines) else ""
        canvas.put(x, y + i, f" {text}"[:width].ljust(width), role)


@dataclass(frozen=True, slots=True)
class Swing:
    """An input's low and high value as text, and the saving at each."""

    label: str
    low: str
    high: str
    saving_low: float
    saving_high: float

    @property
    def changes_sign(self) -> bool:
        return (self.saving_low > 0) != (self.saving_high > 0)


def tornado(
    swings: Sequence[Swing],
    width: int,
    *,
    money: Callable[[float], str] = short_number,
) -> Rows:
    """Bars from the saving at the low value to that at the high value, widest first; left of the zero line is a loss.

    `◈` marks inputs that decide: within their range the saving changes sign.
    """
    if not swings or width < 50:
        return ((Segment("no sensitivity to show"[: max(width, 1)], "muted"),),)
    ordered = sorted(swings, key=lambda swing: abs(swing.saving_high - swing.saving_low), reverse=True)
    edges = [edge for swing in ordered for edge in (swing.saving_low, swing.saving_high)] + [0.0]
    labels = [f"{swing.low} → {swing.high}" for swing in ordered]
    name_width = min(max(len(swing.label) for swing in ordered), 28)
    value_width = max(map(len, labels))
    left = name_width + value_width + 6
    room = max(width - left - 2, 10)
    low, span = min(edges), (max(edges) - min(edges)) or 1.0
    canvas = Canvas(width, len(ordered) + 2)

    def column(saving: float) -> int:
        return left + round((saving - low) / span * (room - 1))

    _axis(canvas, low, span, room, column, money)
    for y, (swing, values) in enumerate(zip(ordered, labels, strict=True), start=1):
        if swing.changes_sign:
            canvas.put(0, y, "◈", "strong")
        canvas.put(2, y, swing.label[:name_width], "strong" if swing.changes_sign else "text")
        canvas.put(name_width + 4 + value_width - len(values), y, values, "muted")
        _bar(canvas, y, column, swing)
        if canvas.is_free(column(0.0), y):
            canvas.put(column(0.0), y, "│", "muted")
    canvas.put(2, len(ordered) + 1, "░ dearer than without own GPUs  ▓ saves  ◈ decides: changes sign", "muted")
    return canvas.rows()


def _axis(
    canvas: Canvas, low: float, span: float, room: int, column: Callable[[float], int], money: Callable[[float], str]
) -> None:
    step = round_step(span, max(room // 12, 1))
    tick = -(-low // step) * step
    while tick <= low + span * (1 + 1e-9):
        label = money(tick)
        canvas.put(min(column(tick) - len(label) // 2, canvas.width - len(label)), 0, label, "muted")
        tick += step


def _bar(canvas: Canvas, y: int, column: Callable[[float], int], swing: Swing) -> None:
    zero = column(0.0)
    first, last = sorted((column(swing.saving_low), column(swing.saving_high)))
    for x in range(first, last + 1):
        is_gain = x > zero or (x == zero and max(swing.saving_low, swing.saving_high) > 0)
        canvas.put(x, y, "▓" if is_gain else "░", "good" if is_gain else "bad")
