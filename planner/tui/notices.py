"""Short notices that cannot stop the app."""

from __future__ import annotations

from time import time

from textual.app import App
from textual.notifications import Notification, Notify, SeverityLevel

LEAST_S = 0.01


class Notice(Notification):
    """A notification whose time is never less than none.

    Textual (8.2.8) asks again how much time is left when it draws one. Where that has run out in between, on a busy
    machine or after a sleep, it starts a timer with less than no time, which then spins forever and freezes the app.
    """

    @property
    def time_left(self) -> float:
        return max(self.raised_at + self.timeout - time(), LEAST_S)

    @property
    def has_expired(self) -> bool:
        return self.raised_at + self.timeout <= time()


class SteadyNotices(App[None]):
    """For apps: what is notified is a `Notice`."""

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
