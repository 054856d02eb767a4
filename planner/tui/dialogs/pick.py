"""A list to pick one from: a template for a new plan, a draft to recover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.records import dataclass
from planner.tui.dialogs.ask import Dialog
from planner.tui.textual_fixes import SteadyList


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what is returned, its name, and a few words about it."""

    id: str
    name: str
    about: str = ""


INLINE_LONGEST = 40
"""Where any item has longer words about it, all of them are shown below the list, for the highlighted one."""
LINE_WIDTH = 52
NAME_LEAST = 24
NEAREST = 5
LEAST_LIKENESS = 0.5
"""Share of letters in common, of `SequenceMatcher`: below it names are no help."""
FILTER_FROM = 13
"""A list this long gets a line to filter it with."""


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def found_by(items: Sequence[Item], text: str) -> list[Item]:
    """The items that have every word of the text, whatever its case and punctuation; the likeliest first.

    Where the words begin words of the name, before those that hold them elsewhere, before those that hold them in what
    is said about them; the shorter name first: "5.4" is GPT-5.4 before GPT-5.4 mini.
    """
    words = [word for word in map(_letters, text.split()) if word]
    if not words:
        return list(items)
    ranked = []
    for item in items:
        name, whole = _letters(item.name), _letters(f"{item.name} {item.id} {item.about}")
        if not all(word in whole for word in words):
            continue
        starts = [at for at in range(len(item.name)) if at == 0 or not item.name[at - 1].isalnum()]
        begins = {_letters(item.name[at:]) for at in starts}
        first = all(any(rest.startswith(word) for rest in begins) for word in words)
        ranked.append((0 if first else 1 if all(word in name for word in words) else 2, len(name), item))
    return [item for _, _, item in sorted(ranked, key=lambda each: each[:2])]


def nearest_to(items: Sequence[Item], text: str) -> list[Item]:
    """The few whose names are most like a text that none of them has."""
    wanted = _letters(text)
    likeness = {item.id: SequenceMatcher(None, wanted, _letters(item.name)).ratio() for item in items}
    near = [item for item in items if likeness[item.id] >= LEAST_LIKENESS]
    return sorted(near, key=lambda item: -likeness[item.id])[:NEAREST]


def _not_found(text: str, has_nearest: bool, how_to_add: str) -> str:
    nearest = " Nearest names above: ↓ goes to them." if has_nearest else ""
    return f"Nothing here is called “{text.strip()}”.{nearest} {how_to_add}".rstrip()


class PickDialog(Dialog[str]):
    """Returns the id of the picked item."""

    DEFAULT_CSS = """
    PickDialog OptionList {
        height: auto; max-height: 14; background: $panel; border: none; padding: 0; margin: 1 0 0 0;
    }
    PickDialog OptionList > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
    PickDialog.-short OptionList { max-height: 10; }
    PickDialog #about { height: auto; max-height: 5; margin: 1 0 0 0; }
    PickDialog #about.-none { display: none; }
    PickDialog Input { padding: 0 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    options = query_one(OptionList)
    about_line = query_one("#about", Static)

    def __init__(
        self, title: str, body: str, items: Sequence[Item], current: str = "", how_to_add: str = "", at: str = ""
    ) -> None:
        """`how_to_add`: said where nothing is called what was typed; `at`: the line to begin at, else `current`."""
        super().__init__(title)
        self._body, self._items, self._current, self._how_to_add = body, tuple(items), current, how_to_add
        self._at = at or current
        about = max((len(item.about) for item in self._items), default=0)
        longest = max((len(item.name) for item in self._items), default=0)
        self._inline = about <= INLINE_LONGEST
        self._width = min(longest, max(NAME_LEAST, LINE_WIDTH - about) if self._inline else LINE_WIDTH)

    def compose_dialog(self) -> Iterable[Widget]:
        if self._body:
            yield Static(Content(self._body), classes="muted")
        if len(self._items) >= FILTER_FROM:
            yield Input(placeholder="type any part of its name", compact=True, select_on_focus=False)
        yield SteadyList(compact=True, markup=False)
        yield Static("", id="about", classes="muted")

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = not self.app.is_headless
        self._fill("")
        self.set_focus(self.query(Input).first() if self.query(Input) else self.options)

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isalpha() and not self.query(Input):
            event.stop()
            self._go_to(event.character)

    def _go_to(self, letter: str) -> None:
        """Highlight the next line that begins with a letter, in a list too short to be filtered."""
        names = [_letters(item.name) for item in self._items]
        here = self.options.highlighted or 0
        places = [*range(here + 1, len(names)), *range(here + 1)]
        self.options.highlighted = next((i for i in places if names[i].startswith(letter.casefold())), here)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        found = found_by(self._items, text)
        nothing = not found
        found = found or nearest_to(self._items, text)
        options = self.options
        options.clear_options()
        options.add_options(Option(self._line(item), id=item.id) for item in found)
        here = next((place for place, item in enumerate(found) if item.id == self._at and not text.strip()), 0)
        # What was not typed is not taken by Enter: an arrow picks it.
        options.highlighted = here if found and not nothing else None
        if nothing:
            self._say(_not_found(text, bool(found), self._how_to_add))
        elif not found or self._inline:
            self._say("")

    def _line(self, item: Item) -> Content:
        mark = "✓ " if item.id == self._current else "  "
        name = Content(item.name).truncate(self._width, ellipsis=True, pad=True)
        line = Content.assemble(mark, name, (f"  {item.about}" if self._inline else "", "dim"))
        return line.truncate(LINE_WIDTH + 4, ellipsis=True)

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        about = next((item.about for item in self._items if item.id == event.option_id), "")
        self._say("" if self._inline else about)

    def _say(self, words: str) -> None:
        self.about_line.update(Content(words))
        self.about_line.set_class(not words, "-none")

    def action_move(self, step: int) -> None:
        """Move the highlight, also while the filter has the focus."""
        if not self.is_mounted:  # a key may come before the list does
            self.call_later(self.action_move, step)
            return
        self.options.action_cursor_down() if step > 0 else self.options.action_cursor_up()

    @on(Input.Submitted)
    def _take_highlighted(self) -> None:
        if self.is_mounted:
            self.options.action_select()

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
