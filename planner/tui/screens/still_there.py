"""Events about what is no longer there: widgets that have gone, sizes that the window had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

    _Base = Screen[Any]
else:
    _Base = object


class StillThere(_Base):
    """For screens: what has gone since it was drawn cannot be clicked, and a size that is no longer so does not count.

    Textual (8.2.8) draws a widget once more to find out what was hit, and fails where it belongs to no screen any more.
    And a screen that is laid out for a new size tells itself so: two sizes on their way at once, as when a window is
    dragged on a busy machine, then call each other forth for ever, at full load.
    """

    def on_resize(self, event: events.Resize) -> None:
        if event.size != self.app.size:  # the newer one is on its way
            event.stop()
            event.prevent_default()

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        return (None, None) if self._is_gone_at(x, y) else super().get_widget_and_offset_at(x, y)

    def get_style_at(self, x: int, y: int) -> Style:
        return Style.null() if self._is_gone_at(x, y) else super().get_style_at(x, y)

    def _is_gone_at(self, x: int, y: int) -> bool:
        try:
            return not self.get_widget_at(x, y)[0].is_attached
        except NoWidget:
            return False
