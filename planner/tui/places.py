"""The places of the app, in the order of their keys; each is imported when it is first opened."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from planner.tui.screens.place import PlaceScreen


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its mode, keys, name, and where its screen lives."""

    id: str
    key: str
    second_key: str
    title: str
    module: str
    screen: str
    needs_plan: bool = True

    def open(self) -> PlaceScreen:
        """Import and build the screen; Textual calls this on the first visit."""
        built = getattr(import_module(self.module), self.screen)()
        return cast("PlaceScreen", built)


PLACES: tuple[Place, ...] = (
    Place("home", "f2", "alt+2", "Plans", "planner.tui.screens.home", "HomeScreen", needs_plan=False),
    Place("questions", "f3", "alt+3", "Questions", "planner.tui.screens.questions", "QuestionsScreen"),
    Place("sizing", "f4", "alt+4", "Sizing", "planner.tui.screens.sizing", "SizingScreen"),
    Place("routing", "f5", "alt+5", "Routing", "planner.tui.screens.routing", "RoutingScreen"),
    Place("costs", "f6", "alt+6", "Costs", "planner.tui.screens.costs", "CostsScreen"),
    Place("assumptions", "f7", "alt+7", "Assumptions", "planner.tui.screens.assumptions", "AssumptionsScreen"),
)
