"""P10 to P90 of each strategy's 12-month total on one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.quantities import share
from planner.records import dataclass
from planner.report.document import Rows, Segment
from planner.tui.charts.canvas import Canvas, round_ticks, short_number


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


def risk_bands(
    bands: Sequence[Band], width: int, *, money: Callable[[float], str] = short_number, ascii_only: bool = False
) -> Rows:
    """A row a strategy: name, P10 / P50 / P90, the band with its marker at P50, and the chance of being cheapest."""
    if not bands or width < 60:
        return ((Segment("not enough room for the bands: press t for the table"[: max(width, 1)], "muted"),),)
    money = money if width >= 100 else short_number
    numbers = [[money(value) for value in (band.p10, band.p50, band.p90)] for band in bands]
    columns = [max(len(row[i]) for row in numbers) for i in range(3)]
    left = 15 + sum(columns) + 7
    room = max(width - left - 12, 8)
    ticks = round_ticks(0.0, max(band.p90 for band in bands), max(room // 10, 2))
    canvas = Canvas(width, len(bands) + 2)

    def column(value: float) -> int:
        return left + round(value / ticks[-1] * (room - 1))

    _heads(canvas, columns, left + room + 1)
    for y, (band, row) in enumerate(zip(bands, numbers, strict=True), start=1):
        canvas.put(0, y, f"{band.marker} {band.name}", band.role)
        _numbers(canvas, y, row, columns)
        first, middle, last = (column(v) for v in (band.p10, band.p50, band.p90))
        canvas.put(first, y, ("=" if ascii_only else "▒") * (last - first + 1), band.role)
        canvas.put(middle, y, band.marker, f"bold:{band.role}")
        chance = "-" if band.probability is None else share(band.probability)
        canvas.put(width - len(chance) - 1, y, chance)
    for tick in ticks:
        label = short_number(tick)
        x = min(max(column(tick) - len(label) // 2, left), left + room - len(label))
        canvas.put(x, len(bands) + 1, label, "muted")
    return canvas.rows()


def _heads(canvas: Canvas, columns: Sequence[int], right: int) -> None:
    x = 15
    for head, column in zip(("P10", "P50", "P90"), columns, strict=True):
        canvas.put(x + column - len(head), 0, head, "muted")
        x += column + 2
    canvas.put(max(right, canvas.width - 9), 0, "cheapest", "muted")


def _numbers(canvas: Canvas, y: int, numbers: Sequence[str], columns: Sequence[int]) -> None:
    x = 15
    for number, column in zip(numbers, columns, strict=True):
        canvas.put(x + column - len(number), y, number, "strong" if number is numbers[1] else "muted")
        x += column + 2
