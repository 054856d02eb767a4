"""The command palette, steady under quick hands."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.worker import Worker

from planner.tui.screens.still_there import StillThere


class Palette(StillThere, CommandPalette):
    """Textual's own; see `Dialog.dismiss` and `SteadyList` for what is different.

    Its magnifying glass is left out: it is a picture of two cells that not every terminal's font has.
    """

    DEFAULT_CSS = "Palette SearchIcon { display: none; }"

    def dismiss(self, result: None = None) -> AwaitComplete:
        if self.app.screen is not self:
            return AwaitComplete()
        if not self.is_mounted:
            self.call_later(self._leave_with, result)
            return AwaitComplete()
        return super().dismiss(result)

    def _leave_with(self, result: None) -> None:
        self.dismiss(result)

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):
            super()._action_command_list(action)

    def run_worker(self, *work: Any, **settings: Any) -> Worker[Any]:
        # A letter typed just before Escape starts a search in a palette that is gone: that must not end the app.
        return super().run_worker(*work, **(settings | {"exit_on_error": False}))
