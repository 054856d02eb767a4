"""The 12-month chart: lines, crossings, and the values of the month under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from planner.tui.charts.canvas import Rows, wrap
from planner.tui.charts.line_chart import Crossing, Series, line_chart, readout, x_at
from planner.tui.charts.ticks import short_number
from planner.tui.widgets.chart import Chart


class CumulativeChart(Chart, can_focus=True):
    """Left and right move the cursor over the months; so does the mouse."""

    DEFAULT_CSS = """
    CumulativeChart { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Month", show=False),
        Binding("right", "move(1)", "Month", show=False),
        Binding("home", "move(-99)", "First", show=False),
        Binding("end", "move(99)", "Last", show=False),
    ]
    series: reactive[tuple[Series, ...]] = reactive(())
    crossings: reactive[tuple[Crossing, ...]] = reactive(())
    money: reactive[Callable[[float], str]] = reactive(lambda: short_number)
    month: reactive[int] = reactive(12)

    def rows(self, width: int, height: int) -> Rows:
        if not self.series:
            return ()
        values = wrap(readout(self.series, self.month, self.money), width)[: 2 if height > 12 else 1]
        plain = self.series[0].marker.isascii()
        chart = line_chart(
            self.series, width, height - len(values), crossings=self.crossings, cursor=self.month, ascii_only=plain
        )
        return (*values, *chart)

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
            self.month = x_at(self.series, self.content_size.width, self.content_size.height, column, short_number)
