"""A dialog is left once."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete

from planner.tui.screens.still_there import StillThere


class LeavesOnce(StillThere):
    """For modal screens: leave with an answer once, and not before everything is there.

    The second of two quick keys comes after the dialog has left the stack: it must not take the screen below with it. A
    key that comes before the dialog is mounted waits, or mounting would find none of its parts.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.app.screen is not self:
            return AwaitComplete()
        if not self.is_mounted:
            self.call_later(self._leave_with, result)
            return AwaitComplete()
        return super().dismiss(result)

    def _leave_with(self, result: Any) -> None:
        self.dismiss(result)  # not returned: what a screen's own handler returns is awaited, which a screen refuses
