"""A list to pick one from: a template for a new plan, a draft to recover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
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
FILTER_FROM = 13
"""A list this long gets a line to filter it with."""


class PickDialog(Dialog[str]):
    """Returns the id of the picked item."""

    DEFAULT_CSS = """
    PickDialog OptionList {
        height: auto; max-height: 14; background: $panel; border: none; padding: 0; margin: 1 0 0 0;
    }
    PickDialog OptionList > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
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

    def __init__(self, title: str, body: str, items: Sequence[Item], current: str = "") -> None:
        super().__init__(title)
        self._body, self._items, self._current = body, tuple(items), current
        about = max((len(item.about) for item in self._items), default=0)
        longest = max((len(item.name) for item in self._items), default=0)
        self._inline = about <= INLINE_LONGEST
        self._width = min(longest, max(NAME_LEAST, LINE_WIDTH - about) if self._inline else LINE_WIDTH)

    def compose_dialog(self) -> Iterable[Widget]:
        if self._body:
            yield Static(Content(self._body), classes="muted")
        if len(self._items) >= FILTER_FROM:
            yield Input(placeholder="type to filter", compact=True)
        yield SteadyList(compact=True, markup=False)
        yield Static("", id="about", classes="muted")

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = not self.app.is_headless
        self._fill("")
        (self.query(Input).first() if self.query(Input) else self.options).focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        found = [item for item in self._items if all(word in f"{item.name} {item.about}".casefold() for word in words)]
        options = self.options
        options.clear_options()
        options.add_options(Option(self._line(item), id=item.id) for item in found)
        here = next((place for place, item in enumerate(found) if item.id == self._current), 0)
        options.highlighted = here if found else None

    def _line(self, item: Item) -> Content:
        mark = "✓ " if item.id == self._current else "  "
        name = Content(item.name).truncate(self._width, ellipsis=True, pad=True)
        line = Content.assemble(mark, name, (f"  {item.about}" if self._inline else "", "dim"))
        return line.truncate(LINE_WIDTH + 4, ellipsis=True)

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        about = next((item.about for item in self._items if item.id == event.option_id), "")
        self.about_line.update(Content("" if self._inline else about))
        self.about_line.set_class(self._inline or not about, "-none")

    def action_move(self, step: int) -> None:
        """Move the highlight, also while the filter has the focus."""
        if not self.is_mounted:  # a key may come before the list does
            return
        self.options.action_cursor_down() if step > 0 else self.options.action_cursor_up()

    @on(Input.Submitted)
    def _take_highlighted(self) -> None:
        if self.is_mounted:
            self.options.action_select()

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
