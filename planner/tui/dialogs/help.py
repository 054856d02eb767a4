"""Help for the place on screen: what it answers, and every key that works there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from planner.tui.dialogs.ask import Dialog
from planner.tui.places import title_of
from planner.words.labels import SIGNS, STRATEGY_LABELS, STRATEGY_MARKERS

KeyLine = tuple[str, str]
FUNCTION_KEY = re.compile(r"^f\d+$")
TEXTUALS_OWN = ("app.focus", "screen.copy", "command_palette")


class HelpDialog(Dialog[None]):
    """A few sentences and a table of keys."""

    DEFAULT_CSS = """
    HelpDialog > #panel { width: 76; }
    HelpDialog.-wide > #panel { width: 110; }
    HelpDialog VerticalScroll { height: auto; max-height: 75vh; }
    HelpDialog #about { margin: 0 0 1 0; }
    """
    BINDINGS = [("f1,question_mark,enter,q", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def __init__(self, title: str, about: str, keys: Sequence[KeyLine], rest: str = "") -> None:
        """`rest`: what else there is to say, below the keys."""
        super().__init__(title)
        self._about, self._keys, self._rest = about, tuple(keys), rest

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True):
            yield Static(Content(self._about), id="about")
            yield Static(keys_table(self._keys))
            if self._rest:
                yield Static(Content(f"\n{self._rest}"))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


class AllOfIt(Dialog[None]):
    """Texts that had no room."""

    DEFAULT_CSS = """
    AllOfIt > #panel { width: 96; }
    AllOfIt VerticalScroll { height: auto; max-height: 75vh; }
    """
    BINDINGS = [("v,enter,q", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def __init__(self, title: str, texts: Sequence[Content]) -> None:
        super().__init__(title)
        self._texts = tuple(texts)

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True):
            yield Static(Content("\n\n").join(self._texts))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


def keys_table(keys: Sequence[KeyLine]) -> Content:
    """Keys right of their names, one a line."""
    width = max((len(key) for key, _ in keys), default=0)
    return Content("\n").join(
        Content.assemble((key.ljust(width + 3), "bold $accent"), description) for key, description in keys
    )


def help_for(screen: Screen[Any]) -> HelpDialog:
    """Help for whatever is on screen: its own words, its keys, then the keys that work everywhere."""
    words, rest = getattr(screen, "help_words", None), getattr(screen, "help_rest", None)
    about = words() if words is not None else ""
    lines: dict[str, str] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        # Keys of the focused widget's own kind (arrows, home, end) are what everybody expects and are left out.
        ours = binding.show or active.node in (screen, screen.app)
        if ours and binding.description and not binding.system and active.enabled:
            if binding.action.startswith(TEXTUALS_OWN):
                continue
            keys = lines.get(binding.description)
            shown = FUNCTION_KEY.sub(lambda key: key[0].upper(), screen.app.get_key_display(binding))
            lines[binding.description] = f"{keys} {shown}" if keys and shown not in keys.split() else keys or shown
    title = title_of(getattr(screen, "PLACE", ""))
    told = [(keys, description) for description, keys in lines.items()]
    said = rest() if rest is not None else ""
    legend = signs() if title else ""
    return HelpDialog(f"Help: {title}" if title else "Help", about, told, "\n\n".join(filter(None, (said, legend))))


def signs() -> str:
    """The one table of signs, which every place has in its header, its tables and its charts."""
    strategies = ((mark, STRATEGY_LABELS[name]) for name, mark in STRATEGY_MARKERS.items())
    return "Signs: " + " · ".join(f"{mark} {words}" for mark, words in (*strategies, *SIGNS.items()))
