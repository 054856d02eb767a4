"""Nine price scenarios: the cheapest strategy and its 12-month cost, a cell each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.engine.specs import PriceScenario
from planner.quantities import change_per_year
from planner.report.document import Rows, Segment
from planner.tui.charts.canvas import Canvas, short_number
from planner.tui.charts.palette import mark_of, name_of

LEFT = 18
WIDEST_CELL = 26
NARROWEST_CELL = 15


def scenario_grid(
    scenarios: Sequence[PriceScenario],
    width: int,
    height: int = 0,
    *,
    money: Callable[[float], str] = short_number,
    ascii_only: bool = False,
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
            _cell(canvas, LEFT + column * cell, top, cell - 1, tall, found, money, ascii_only)
    return canvas.rows()


def _cell(
    canvas: Canvas,
    x: int,
    y: int,
    width: int,
    tall: int,
    found: PriceScenario,
    money: Callable[[float], str],
    ascii_only: bool,
) -> None:
    name = f"{mark_of(found.cheapest, ascii_only)} {name_of(found.cheapest)}"
    lines = [name, f"  {money(found.totals[found.cheapest])}"]
    above = (tall - len(lines)) // 2
    for i in range(tall):
        text = lines[i - above] if 0 <= i - above < len(lines) else ""
        canvas.put(x, y + i, f" {text}"[:width].ljust(width), f"cell:{found.cheapest}")
