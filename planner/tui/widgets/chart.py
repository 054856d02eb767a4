"""A widget over a drawing function: data and size in, rows out, painted with the theme; and the two that build on it.

`CumulativeChart` has a cursor over its months, with their values. `ChartPane` has the table behind a chart: the same
numbers for reading aloud, copying and checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from planner.report.document import Rows, Segment, Table
from planner.tui.charts.canvas import ascii_only, short_number, wrap
from planner.tui.charts.line_chart import Crossing, Series, line_chart, readout, x_at
from planner.tui.widgets.fact_table import FactTable, to_content
from planner.words.labels import UNPROVEN

Drawing = Callable[[int, int], Rows]
"""(width, height) -> rows."""


class Chart(Widget):
    """Shows what `drawing` returns for the widget's size. With `height: auto` it is as high as its rows."""

    DEFAULT_CSS = "Chart { height: auto; width: 1fr; }"
    drawing: reactive[Drawing | None] = reactive(None, layout=True)

    def rows(self, width: int, height: int) -> Rows:
        """The chart's rows at a size."""
        return self.drawing(width, height) if self.drawing is not None else ()

    def render(self) -> Content:
        return to_content(self.rows(self.content_size.width, self.content_size.height), self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows(width, container.height))


class CumulativeChart(Chart, can_focus=True):
    """Left and right move the cursor over the months; so does the mouse."""

    DEFAULT_CSS = "CumulativeChart { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Month", show=False),
        Binding("right", "move(1)", "Month", show=False),
        Binding("home", "move(-99)", "First", show=False),
        Binding("end", "move(99)", "Last", show=False),
        Binding("z", "zoom", "Zoom"),
    ]
    series: reactive[tuple[Series, ...]] = reactive(())
    crossings: reactive[tuple[Crossing, ...]] = reactive(())
    money: reactive[Callable[[float], str]] = reactive(lambda: short_number)
    month: reactive[int] = reactive(12)
    left_out: reactive[int] = reactive(0)
    """How many of the dearest lines are left out so that the others can be told apart."""

    def rows(self, width: int, height: int) -> Rows:
        if not self.series:
            return ()
        values: Rows = wrap(readout(self.series, self.month, self.money), width)
        if len(values) > 1:
            values = wrap(readout(self.series, self.month, self.money, short=True), width)[:1]
        shown = self.shown
        crossings = self.crossings if shown == self.series else ()
        note: Rows = ()
        if shown != self.series:
            names = ", ".join(line.name for line in self.series if line not in shown)
            note = ((Segment(f"zoomed: {names} left out, z goes on"[:width], "warn"),),)
        elif alike := on_one_line(shown):
            key = ": z leaves the dearest out" if len(shown) > 2 else ""
            note = ((Segment(f"on one line here: {' and '.join(alike)}{key}"[:width], "muted"),),)
        room = height - len(values) - len(note)
        chart = line_chart(shown, width, room, crossings=crossings, cursor=self.month, has_dots=not ascii_only())
        return (*values, *note, *chart)

    @property
    def shown(self) -> tuple[Series, ...]:
        """The lines that are drawn."""
        dearest = sorted(self.series, key=lambda line: -line.values[-1])[: self.left_out]
        return tuple(line for line in self.series if line not in dearest)

    def action_zoom(self) -> None:
        """Leave out the dearest line, then the next; with two left, show all again."""
        self.left_out = self.left_out + 1 if self.left_out < len(self.series) - 2 else 0

    @property
    def last_month(self) -> int:
        """The largest x."""
        return max((len(line.values) for line in self.series), default=1) - 1

    def validate_month(self, month: int) -> int:
        return min(max(month, 0), max(self.last_month, 0)) if self.series else month

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.month += step

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._point_at(event.x)

    def on_click(self, event: events.Click) -> None:
        self._point_at(event.x)

    def _point_at(self, column: int) -> None:
        if self.series:
            self.month = x_at(self.shown, self.content_size.width, self.content_size.height, column, short_number)


NO_DISTANCE = 0.02
"""Of the highest value: lines that are never further apart are drawn as one."""


def on_one_line(series: Sequence[Series]) -> list[str]:
    """Names of lines that cannot be told apart, as they are drawn to one scale; the first such group."""
    top = max((abs(value) for line in series for value in line.values), default=0.0)
    for first in series:
        near = [
            line
            for line in series
            if all(abs(a - b) <= NO_DISTANCE * top for a, b in zip(first.values, line.values, strict=True))
        ]
        if len(near) > 1:
            return [f"{line.marker} {line.name.removesuffix(f' {UNPROVEN}')}" for line in near]
    return []


class ChartPane(Vertical):
    """A title, a chart, and on `toggle_table` the table instead; the table is built when it is first asked for."""

    DEFAULT_CSS = """
    ChartPane { height: auto; }
    ChartPane > .pane-title { height: 1; color: $muted; }
    ChartPane > FactTable { height: auto; max-height: 20; }
    """
    shows_table: reactive[bool] = reactive(False, init=False)

    def __init__(self, title: str, chart: Chart | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.title = title
        """The line above the chart."""
        self._heading = Static(Content(title), classes="pane-title")
        self._chart = chart or Chart()
        self._describe: Callable[[], Table] = Table

    def compose(self) -> Iterable[Widget]:
        yield self._heading
        yield self._chart

    @property
    def chart(self) -> Chart:
        """The chart in front."""
        return self._chart

    @property
    def described(self) -> Table:
        """The numbers behind the chart."""
        return self._describe()

    def set_title(self, title: str) -> None:
        """Replace the line above the chart."""
        self.title = title
        self._heading.update(Content(title))

    def set_chart(self, drawing: Drawing, describe: Callable[[], Table]) -> None:
        """Take the drawing, and how the numbers behind it are laid out once they are asked for."""
        self._chart.drawing = drawing
        self.set_table(describe)

    def set_table(self, describe: Callable[[], Table]) -> None:
        """Take the numbers behind the chart."""
        self._describe = describe
        for table in self.query(FactTable):
            table.set_table(describe())

    def toggle_table(self) -> None:
        """Chart to table, table to chart."""
        self.shows_table = not self.shows_table

    async def watch_shows_table(self) -> None:
        self._chart.display = not self.shows_table
        tables = self.query(FactTable)
        if self.shows_table and not tables:
            table = FactTable()
            await self.mount(table)
            table.set_table(self._describe())
        for table in self.query(FactTable):
            table.display = self.shows_table
