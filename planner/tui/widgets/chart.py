"""A widget over a drawing function: data and size in, rows out, painted with the theme."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from planner.tui.charts.canvas import Rows
from planner.tui.charts.terminal import ascii_only
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
