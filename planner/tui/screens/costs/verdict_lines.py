"""The verdict as a list: what an entry is about opens with Enter or a click, a warning as well."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets.option_list import Option

from planner.engine.specs import Evaluation
from planner.tui.charts.canvas import wrap
from planner.tui.screens.costs.verdict import LABEL, Entry, verdict_entries
from planner.tui.textual_fixes import SteadyList
from planner.tui.widgets.fact_table import to_content

WIDEST = 110
"""Cells of a line that is still read at a glance."""


class VerdictLines(SteadyList):
    """Shows an evaluation's verdict."""

    DEFAULT_CSS = """
    VerdictLines {
        background: $background; border: none; padding: 0; height: 1fr; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    VerdictLines > .option-list--option { padding: 0; }
    VerdictLines > .option-list--option-disabled { color: $foreground; }
    VerdictLines > .option-list--option-highlighted { background: $panel; text-style: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Behind it", key_display="Enter")]
    _entries: tuple[Entry, ...] = ()
    _width = 0

    def __init__(self) -> None:
        super().__init__(compact=True, markup=False)

    @property
    def door(self) -> str:
        """What the entry under the cursor is about; empty where nothing is."""
        at = self.highlighted
        return self._entries[at].door if at is not None and at < len(self._entries) else ""

    def show(self, evaluation: Evaluation) -> None:
        """Take a new verdict; the cursor stays on its line."""
        self._entries = verdict_entries(evaluation)
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        if self._width != self._room:
            self._fill()

    @property
    def _room(self) -> int:
        return min(self.scrollable_content_region.width - 1, WIDEST)

    def _fill(self) -> None:
        self._width = self._room
        if not self._entries or self._width <= 0:
            return
        at, dark = self.highlighted, self.app.current_theme.dark
        shown = (
            to_content(wrap(entry.row, self._width, LABEL if len(entry.row) > 1 else 0), dark)
            for entry in self._entries
        )
        options = [Option(text, disabled=not entry.door) for text, entry in zip(shown, self._entries, strict=True)]
        self.clear_options()
        self.add_options(options)
        self.highlighted = min(at, len(options) - 1) if at is not None else 0
