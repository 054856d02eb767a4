"""From a number to what is behind it, and back to where it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.tui.places import PLACES

if TYPE_CHECKING:
    from planner.tui.app import PlannerApp
    from planner.tui.flows.sources import Link


class Trail:
    """Remembers the place that was left for an answer."""

    def __init__(self, app: PlannerApp) -> None:
        self._app = app
        self._came_from: str | None = None

    async def follow(self, link: Link, place: str) -> None:
        """Go to an answer or an assumption, with the cursor on it; `place` is where `back` leads."""
        await self._app.action_go(link.place)
        if self._app.current_mode != link.place:
            return
        reveal = getattr(self._app.screen, "reveal", None)
        if reveal is not None and link.target:
            self._app.screen.call_after_refresh(reveal, link.target)
        if place == link.place:
            return
        self._came_from = place
        title = next(known.title for known in PLACES if known.id == place)
        self._app.notify(f"ctrl+g goes back to {title}.", timeout=3)

    async def back(self) -> None:
        """Where the number was."""
        came_from, self._came_from = self._came_from, None
        if came_from is not None:
            await self._app.action_go(came_from)
