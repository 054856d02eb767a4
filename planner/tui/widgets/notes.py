"""Labelled lines of text that wrap under themselves."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from planner.tui.charts.canvas import Rows, wrap
from planner.tui.widgets.paint import to_content


class Notes(Widget):
    """Rows of segments; a labelled one continues under its text, a single segment at the left edge."""

    DEFAULT_CSS = """
    Notes { height: auto; width: 1fr; }
    """
    rows: reactive[Rows] = reactive((), layout=True)

    def __init__(self, *, indent: int = 10, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._indent = indent

    def _wrapped(self, width: int) -> Rows:
        return tuple(line for row in self.rows for line in wrap(row, width, self._indent if len(row) > 1 else 0))

    def render(self) -> Content:
        return to_content(self._wrapped(self.content_size.width), self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._wrapped(width))
