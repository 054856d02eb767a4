"""The 12-month chart: lines, crossings, and the values of the month under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from planner.tui.charts.canvas import Rows, Segment, short_number, wrap
from planner.tui.charts.line_chart import Crossing, Series, line_chart, readout, x_at
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
        plain, shown = self.series[0].marker.isascii(), self.shown
        crossings = self.crossings if shown == self.series else ()
        note: Rows = ()
        if shown != self.series:
            names = ", ".join(line.name for line in self.series if line not in shown)
            note = ((Segment(f"zoomed: {names} left out, z goes on"[:width], "warn"),),)
        room = height - len(values) - len(note)
        chart = line_chart(shown, width, room, crossings=crossings, cursor=self.month, ascii_only=plain)
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
