"""Where the app differs from Textual's own (8.2.8).

Notices that cannot freeze it, workers that take nothing down with them, a search that is left once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import time
from typing import Any

from textual.app import App
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import Screen
from textual.theme import Theme, ThemeProvider

from planner.tui.charts.terminal import ascii_only

LEAST_S = 0.01


class Notice(Notification):
    """A notification whose time is never less than none.

    Textual asks again how much time is left when it draws one. Where that has run out in between, on a busy machine or
    after a sleep, it starts a timer with less than no time, which then spins forever and freezes the app.
    """

    @property
    def time_left(self) -> float:
        return max(self.raised_at + self.timeout - time(), LEAST_S)

    @property
    def has_expired(self) -> bool:
        return self.raised_at + self.timeout <= time()


class SteadyApp(App[None]):
    """Says things as a `Notice`, searches themes in our own palette, and paints its first screen once."""

    def __init__(self) -> None:
        super().__init__()
        if ascii_only():
            from planner.tui.ascii_filter import AsciiFilter

            self._filters.append(AsciiFilter())

    def begin_with(self, themes: Sequence[Theme], wanted: Sequence[str] = ()) -> None:
        """Register themes and start with the first that is `wanted` and known, else the first, before anything is
        painted.

        Assigning `theme` would have all styles read again twice while the first screen is built: a tenth of the time
        to the first paint.
        """
        for theme in themes:
            self.register_theme(theme)
        first = next((self.available_themes[name] for name in wanted if name in self.available_themes), themes[0])
        self.set_reactive(App.theme, first.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(True, f"-theme-{first.name}", update=False)
        self.set_class(first.dark, "-dark-mode", update=False)
        self.set_class(not first.dark, "-light-mode", update=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        shown_for = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Notice(message, title, severity, shown_for, markup=markup)))

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """Push a screen and wait for its result; only in a worker, which may be cancelled.

        Textual first has the worker wait for widgets that are just being removed. Cancelling it meanwhile would cancel
        the message loops of those widgets too, and closing the app would then fail.
        """
        await asyncio.shield(asyncio.ensure_future(self._flush_next_callbacks()))
        return await super().push_screen_wait(screen, mode=mode)

    def search_themes(self) -> None:
        from planner.tui.screens.dialogs.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))
