"""Keys that work in every place. Terminals take some for themselves, so each has a second key and a palette entry."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from planner.tui.places import PLACES

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
