"""A widget over a drawing function: data and size in, rows out, painted with the theme.

A chart with the table behind it: the same numbers for reading aloud, copying and checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from planner.tui.charts.canvas import Rows, ascii_only
from planner.tui.widgets.fact_table import Column, FactTable, Line
from planner.tui.widgets.paint import to_content

Drawing = Callable[[int, int, bool], Rows]
"""(width, height, ascii_only) -> rows."""


class Chart(Widget):
    """Shows what `drawing` returns for the widget's size. With `height: auto` it is as high as its rows."""

    DEFAULT_CSS = """
    Chart { height: auto; width: 1fr; }
    """
    drawing: reactive[Drawing | None] = reactive(None, layout=True)

    def rows(self, width: int, height: int) -> Rows:
        """The chart's rows at a size."""
        return self.drawing(width, height, ascii_only()) if self.drawing is not None else ()

    def render(self) -> Content:
        return to_content(self.rows(self.content_size.width, self.content_size.height), self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows(width, container.height))


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
        self._heading = Static(Content(title), classes="pane-title")
        self._chart = chart or Chart()
        self._columns: tuple[Column, ...] = ()
        self._lines: tuple[Line, ...] = ()

    def compose(self) -> Iterable[Widget]:
        yield self._heading
        yield self._chart

    @property
    def chart(self) -> Chart:
        """The chart in front."""
        return self._chart

    def set_title(self, title: str) -> None:
        """Replace the line above the chart."""
        self._heading.update(Content(title))

    def set_chart(self, drawing: Drawing, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        """Take the drawing and the numbers behind it."""
        self._chart.drawing = drawing
        self.set_table(columns, lines)

    def set_table(self, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        """Take the numbers behind the chart."""
        self._columns, self._lines = tuple(columns), tuple(lines)
        for table in self.query(FactTable):
            table.set_lines(columns, lines)

    def toggle_table(self) -> None:
        """Chart to table, table to chart."""
        self.shows_table = not self.shows_table

    async def watch_shows_table(self) -> None:
        self._chart.display = not self.shows_table
        tables = self.query(FactTable)
        if self.shows_table and not tables:
            table = FactTable()
            await self.mount(table)
            table.set_lines(self._columns, self._lines)
        for table in self.query(FactTable):
            table.display = self.shows_table
