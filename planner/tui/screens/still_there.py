"""Clicks on what is no longer there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

    _Base = Screen[Any]
else:
    _Base = object


class StillThere(_Base):
    """For screens: a widget removed since it was drawn cannot be pointed at, clicked or selected.

    Textual (8.2.8) draws it once more to find out what was hit, and fails: it belongs to no screen any more.
    """

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        return (None, None) if self._is_gone_at(x, y) else super().get_widget_and_offset_at(x, y)

    def get_style_at(self, x: int, y: int) -> Style:
        return Style.null() if self._is_gone_at(x, y) else super().get_style_at(x, y)

    def _is_gone_at(self, x: int, y: int) -> bool:
        try:
            return not self.get_widget_at(x, y)[0].is_attached
        except NoWidget:
            return False
