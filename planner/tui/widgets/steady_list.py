"""Option lists that take a page key and a click at any moment."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual.command import CommandList
from textual.widgets import OptionList

# A mixin that is no widget itself: Textual takes the names that styles go by from the first widget among the bases.
if TYPE_CHECKING:
    _Base = OptionList
else:
    _Base = object


class Steady(_Base):
    """Textual's own (8.2.8) fail where a key or a click comes between a refill and the next drawing."""

    def action_page_up(self) -> None:
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]

    def on_click(self, event: events.Click) -> None:
        if event.style.meta.get("option", -1) >= self.option_count:  # it was drawn, and has gone since
            event.prevent_default()


class SteadyList(Steady, OptionList):
    """For everything but the palette."""


class SteadyCommandList(Steady, CommandList):
    """The palette's list."""
