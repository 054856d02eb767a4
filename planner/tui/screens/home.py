"""Home: the saved plans, and the ways to a new one."""

from __future__ import annotations

from planner.tui.screens.place import PlaceScreen


class HomeScreen(PlaceScreen):
    """Saved plans, examples and drafts."""

    PLACE = "home"
