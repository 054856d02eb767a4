"""The command palette, steady under quick hands."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.command import CommandList, CommandPalette
from textual.errors import NoWidget
from textual.worker import Worker

from planner.tui.screens.dialogs.leaves_once import LeavesOnce
from planner.tui.widgets.steady_list import SteadyCommandList


class Palette(LeavesOnce, CommandPalette):
    """Textual's own; see `LeavesOnce` and `SteadyList` for what is different.

    Its magnifying glass is left out: it is a picture of two cells that not every terminal's font has.
    """

    DEFAULT_CSS = "Palette SearchIcon { display: none; }"

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            yield SteadyCommandList() if isinstance(widget, CommandList) else widget

    def on_click(self, event: events.Click) -> None:
        # The window may have become smaller since: Textual's own handler fails outside of it.
        try:
            self.get_widget_at(event.screen_x, event.screen_y)
        except NoWidget:
            event.prevent_default()

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):
            super()._action_command_list(action)

    def run_worker(self, *work: Any, **settings: Any) -> Worker[Any]:
        # A letter typed just before Escape starts a search in a palette that is gone: that must not end the app.
        return super().run_worker(*work, **(settings | {"exit_on_error": False}))
