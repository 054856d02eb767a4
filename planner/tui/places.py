"""The places of the app, in the order of their keys; each is imported when it is first opened.

Keys that work in every place. Terminals take some for themselves, so each has a second key and a palette entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen


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

    def open(self) -> Screen[None]:
        """Import and build the screen; Textual calls this on the first visit."""
        return cast("Screen[None]", getattr(import_module(self.module), self.screen)())


PLACES: tuple[Place, ...] = (
    Place("home", "f2", "alt+2", "Plans", "planner.tui.screens.home.screen", "HomeScreen", needs_plan=False),
    Place("questions", "f3", "alt+3", "Questions", "planner.tui.screens.questions.screen", "QuestionsScreen"),
    Place("sizing", "f4", "alt+4", "Sizing", "planner.tui.screens.sizing.screen", "SizingScreen"),
    Place("routing", "f5", "alt+5", "Routing", "planner.tui.screens.routing.screen", "RoutingScreen"),
    Place("costs", "f6", "alt+6", "Costs", "planner.tui.screens.costs.screen", "CostsScreen"),
    Place("assumptions", "f7", "alt+7", "Assumptions", "planner.tui.screens.assumptions.screen", "AssumptionsScreen"),
)


def title_of(place: str) -> str:
    """Its name; empty for a screen that is no place."""
    return next((known.title for known in PLACES if known.id == place), "")


NEEDS_PLAN: Final = frozenset({"save", "save_as", "undo", "redo", "reprice", "write_report", "copy_verdict"})
"""Actions that mean nothing while no plan is open."""

EVERYWHERE: Final[list[BindingType]] = [
    *(
        Binding(f"{place.key},{place.second_key}", f"go('{place.id}')", place.title, show=False, id=f"go.{place.id}")
        for place in PLACES
    ),
    Binding("ctrl+g,alt+left", "back", "Back to the number", show=False, id="back"),
    Binding("f1", "help", "Help", key_display="F1", id="help"),
    Binding("question_mark", "help", "Help", show=False, id="help.second"),
    Binding("ctrl+s,f9", "save", "Save", id="save"),
    Binding("alt+s", "save_as", "Save as", show=False, id="save_as"),
    Binding("ctrl+r,f10", "reprice", "Re-price", show=False, id="reprice"),
    Binding("ctrl+z,alt+z", "undo", "Undo", show=False, id="undo", priority=True),
    Binding("ctrl+y,alt+y", "redo", "Redo", show=False, id="redo", priority=True),
]
