"""Picks a file of this machine: a line to type in, the folder below it. Part of a name filters, a path leads there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from heapq import nlargest
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.quantities import scaled
from planner.toml.paths import expanded, is_file, is_folder
from planner.tui.dialogs.ask import Dialog
from planner.tui.dialogs.pick import Item, found_by
from planner.tui.textual_fixes import SteadyList

MOST_ENTRIES = 2_000
"""Of a folder; of one that holds more, the newest."""
NAME_CELLS = 40
LINE_CELLS = 66
UP = ".."


def listed(folder: Path) -> list[Item]:
    """What is in a folder: the one above it, files with the newest first, then folders; hidden ones are left out.

    Raises OSError where it cannot be listed.
    """
    files, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.is_file():
                    stat = entry.stat()
                    files.append((stat.st_mtime, entry.name, stat.st_size))
            except OSError:  # gone meanwhile, or a link that leads nowhere
                continue
    newest = [Item(name, name, _about(when, size)) for when, name, size in nlargest(MOST_ENTRIES, files)]
    above = [Item(UP, UP, "the folder above")] if folder.parent != folder else []
    return [*newest, *(Item(f"{name}/", f"{name}/") for name in sorted(folders)[:MOST_ENTRIES]), *above]


def _about(when: float, size: int) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}  {scaled(float(size))}B"


class FileDialog(Dialog[Path]):
    """Returns the path of the file that was picked."""

    DEFAULT_CSS = """
    FileDialog > #panel { width: 74; }
    FileDialog OptionList {
        height: 14; background: $panel; border: none; padding: 0; margin: 1 0 0 0; text-wrap: nowrap;
    }
    FileDialog.-short OptionList { height: 8; }
    FileDialog OptionList > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
    FileDialog Input { padding: 0 1; }
    FileDialog #folder { text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "enter_folder", show=False, priority=True),
    ]

    field = query_one("#text", Input)
    options = query_one(OptionList)
    folder_line = query_one("#folder", Static)
    problem_line = query_one("#problem", Static)

    def __init__(self, title: str, body: str, folder: Path, help: str = "") -> None:
        """`help`: what F1 says of such files."""
        super().__init__(title)
        self._body, self._base, self._help = body, folder, help
        self._listed: tuple[Path, list[Item]] = (Path(), [])
        self._shown: list[Item] = []
        self._problem = ""

    def compose_dialog(self) -> Iterable[Widget]:
        yield Static(Content(self._body), classes="muted")
        yield Input(placeholder="part of a name, or a path", id="text", compact=True, select_on_focus=False)
        yield Static("", id="folder", classes="muted")
        yield SteadyList(compact=True, markup=False)
        yield Static("", id="problem", classes="bad")

    def help_words(self) -> str:
        """What such a file may look like."""
        return self._help

    def on_mount(self) -> None:
        self.field.cursor_blink = not self.app.is_headless
        self.field.focus()
        self._fill("")

    def _asked(self, text: str) -> tuple[Path, str]:
        """The folder that is looked in, and the part of a name that is looked for."""
        if os.sep not in text and not text.startswith("~"):
            return self._base, text
        folder, name = os.path.split(text)
        return self._base / expanded(folder or os.sep), name

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        folder, name = self._asked(text)
        if folder != self._listed[0]:
            self._listed, self._problem = (folder, []), ""
            try:
                self._listed = (folder, listed(folder))
            except OSError as error:
                self._problem = f"{folder}: {(error.strerror or str(error)).lower()}"
        found = found_by(self._listed[1], name)
        self.folder_line.update(Content(f"in {folder}"))
        self.options.clear_options()
        self.options.add_options(Option(_line(item), id=str(at)) for at, item in enumerate(found))
        self.options.highlighted = 0 if found else None
        self._shown = found
        self.problem_line.update(Content(self._problem or ("" if found else f"no file here has “{name}” in its name")))

    def action_move(self, step: int) -> None:
        """Move the highlight, also while the line has the focus."""
        if not self.is_mounted:  # a key may come before the list does
            self.call_later(self.action_move, step)
            return
        self.options.action_cursor_down() if step > 0 else self.options.action_cursor_up()

    def action_enter_folder(self) -> None:
        """Complete what is highlighted: a folder is gone into."""
        place = self.options.highlighted
        if place is not None and self._shown[place].id.endswith(("/", UP)):
            self._take(place)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = self._base / expanded(event.value.strip()) if event.value.strip() else None
        if typed is not None and is_file(typed):
            self.dismiss(typed)
        elif typed is not None and os.sep in event.value and is_folder(typed):
            self._go(typed)
        elif self.options.highlighted is not None:
            self._take(self.options.highlighted)

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_index)

    def _take(self, place: int) -> None:
        folder, item = self._listed[0], self._shown[place]
        if item.id == UP or item.id.endswith("/"):
            self._go(folder.parent if item.id == UP else folder / item.id)
        else:
            self.dismiss(folder / item.id)

    def _go(self, folder: Path) -> None:
        self._base = folder
        with self.field.prevent(Input.Changed):
            self.field.value = ""
        self._fill("")
        self.field.focus()


def _line(item: Item) -> Content:
    name = Content(item.name).truncate(NAME_CELLS, ellipsis=True, pad=True)
    return Content.assemble(name, (f"  {item.about}", "dim")).truncate(LINE_CELLS, ellipsis=True)
