"""The places of the app, in the order of their keys; each is imported when it is first opened.

Keys that work in every place. Terminals take some for themselves, so each has a second key and a palette entry.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its mode, which is also where its screen lives, the number of its keys (F2, alt+2), and its name."""

    id: str
    number: int
    title: str

    @property
    def key(self) -> str:
        """The function key that leads there."""
        return f"f{self.number}"

    def open(self) -> Screen[None]:
        """Import and build the screen; Textual calls this on the first visit."""
        module = import_module(f"planner.tui.screens.{self.id}.screen")
        return cast("Screen[None]", getattr(module, f"{self.id.capitalize()}Screen")())


PLACES: tuple[Place, ...] = (
    Place("home", 2, "Plans"),
    Place("questions", 3, "Questions"),
    Place("answer", 4, "Answer"),
    Place("sizing", 5, "Sizing"),
    Place("routing", 6, "Routing"),
    Place("costs", 7, "Costs"),
    Place("assumptions", 8, "Assumptions"),
)


def title_of(place: str) -> str:
    """Its name; empty for a screen that is no place."""
    return next((known.title for known in PLACES if known.id == place), "")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and what in it is to be shown: a tab, a question, an assumption."""

    place: str
    target: str = ""


def spot_of(text: str) -> Spot:
    """`costs`, `costs/risk`, `questions/residency`. Raises ValueError where there is no such place."""
    name, _, target = text.partition("/")
    wanted = next((at.id for at in PLACES if name.lower() in (at.id, at.title.lower())), None)
    if wanted is None:
        raise ValueError(f"there is no place {name!r}; there are {', '.join(at.id for at in PLACES)}")
    return Spot(wanted, target)


def action_names() -> list[str]:
    """What keys of `config.toml` may stand for."""
    return [binding.id for binding in EVERYWHERE if isinstance(binding, Binding) and binding.id]


IMPORT: Final = "import"
"""No place: a line that leads to the picker of a file, as `words.answer` calls it."""
NEEDS_PLAN: Final = frozenset(
    {
        "export_files",
        "track_log",
        "record_test",
        "save",
        "save_as",
        "undo",
        "redo",
        "reprice",
        "write_report",
        "copy_verdict",
    }
)
"""Actions that mean nothing while no plan is open."""

SAME_AS: Final = {"j": "down", "k": "up", "g": "home", "G": "end", "shift+g": "end"}
"""Letters that do what an arrow does, wherever a field has not the focus."""

EVERYWHERE: Final[list[BindingType]] = [
    *(Binding(letter, f"as_key('{key}')", show=False, system=True) for letter, key in SAME_AS.items()),
    Binding("q", "quit", "Quit", show=False, id="quit"),
    Binding("ctrl+p", "command_palette", "palette", show=False, priority=True, id="palette"),
    Binding("colon", "command_palette", "palette", show=False, id="palette.second"),
    Binding("e", "export", "Export", show=False, id="export"),
    *(
        Binding(f"f{at.number},alt+{at.number}", f"go('{at.id}')", at.title, show=False, id=f"go.{at.id}")
        for at in PLACES
    ),
    Binding("ctrl+g,alt+left", "back", "Back to the number", show=False, id="back"),
    Binding("f1", "help", "Help", key_display="F1", id="help"),
    Binding("question_mark", "help", "Help", show=False, id="help.second"),
    Binding("ctrl+s,f9", "save", "Save", id="save", priority=True),
    Binding("alt+s", "save_as", "Save as", show=False, id="save_as", priority=True),
    Binding("ctrl+r,f10", "reprice", "Re-price", show=False, id="reprice", priority=True),
    Binding("ctrl+l,f11", "import_file", "Import", show=False, id="import"),
    Binding("ctrl+z,alt+z", "undo", "Undo", show=False, id="undo", priority=True),
    Binding("ctrl+y,alt+y", "redo", "Redo", show=False, id="redo", priority=True),
]
