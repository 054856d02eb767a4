"""Text on screen: labelled lines that wrap under themselves, and a whole report.

A report's sections stand one below the other: paragraphs, lists, and tables that are moved through and copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from planner.report.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Line,
    Paragraph,
    Row,
    Rows,
    Segment,
    Table,
    plain_cell,
)
from planner.tui.charts.canvas import wrap
from planner.tui.widgets.fact_table import FactTable, to_content


class Notes(Widget):
    """Rows of segments; a labelled one continues under its text, a single segment at the left edge."""

    DEFAULT_CSS = "Notes { height: auto; width: 1fr; }"
    REST = " … v: all of it"
    """Where there is no room for all rows."""
    rows: reactive[Rows] = reactive((), layout=True)

    def __init__(self, *, indent: int = 10, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._indent = indent

    def wrapped(self, width: int) -> Rows:
        """All of it, in lines of this width."""
        return tuple(line for row in self.rows for line in wrap(row, width, self._indent if len(row) > 1 else 0))

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        width, height = self.content_size
        return 0 < height < len(self.wrapped(width))

    @property
    def whole(self) -> Content:
        """All rows, each on a line of its own."""
        return to_content(self.rows, self.app.current_theme.dark)

    def render(self) -> Content:
        width, height = self.content_size
        lines = self.wrapped(width)
        if 0 < height < len(lines):
            lines = (*lines[: height - 1], _ending(lines[height - 1], width, self.REST))
        return to_content(lines, self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.wrapped(width))


def _ending(row: Row, width: int, rest: str) -> Row:
    """The row, shortened at a blank, with the key that shows what comes after it."""
    words = [Segment(word, part.role) for part in row for word in re.findall(r"\s*\S+|\s+", part.text)]
    while words and sum(cell_len(word.text) for word in words) > width - cell_len(rest):
        words.pop()
    return (*words, Segment(rest, "accent"))


WIDEST_CELL = 44
SIGNS = {"bad": "- ", "good": "+ "}
"""Of a value that was and of the one in its place."""


class DocumentView(VerticalScroll):
    """Shows a `Document`. Tables are copied with `y` as everywhere; charts have their table beside them."""

    DEFAULT_CSS = """
    DocumentView { height: auto; scrollbar-size-vertical: 1; }
    DocumentView Notes { margin: 0 0 1 0; }
    DocumentView .section-title { margin: 0; }
    DocumentView FactTable { height: auto; margin: 0 0 1 0; background: transparent; }
    DocumentView FactTable > .datatable--header { background: transparent; color: $muted; text-style: none; }
    """

    def __init__(self, document: Document, *, id: str | None = None) -> None:
        super().__init__(id=id, can_focus=True)
        self._document = document

    def compose(self) -> Iterable[Widget]:
        yield notes((Segment(self._document.strip, "strong"),))
        for section in self._document.sections:
            yield notes((Segment(section.title, "accent"),), classes="section-title")
            yield from (self._block(block) for block in section.blocks)
        yield notes((Segment(self._document.footer, "muted"),))

    @staticmethod
    def _block(block: Block) -> Widget:
        if isinstance(block, Table):
            return DocumentTable(block)
        if isinstance(block, Bullets):
            return notes(*((Segment("· ", "muted"), Segment(item)) for item in block.items), indent=2)
        return notes((Segment(block.text if isinstance(block, Paragraph) else block.caption),))


def notes(*rows: Row, indent: int = 0, classes: str | None = None) -> Notes:
    """Rows as a widget."""
    built = Notes(indent=indent, classes=classes)
    built.set_reactive(Notes.rows, rows)
    return built


class DocumentTable(FactTable):
    """One table of a document; in a table of differences the old value is marked − and the new one +."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._given = table

    def on_mount(self) -> None:
        super().on_mount()
        columns = (
            replace(column, title=column.heading, kept=True, at_most=WIDEST_CELL, least=18 if i == 0 else 12)
            for i, column in enumerate(self._given.columns)
        )
        lines = (Line(line.key, tuple(map(_signed, line.cells))) for line in self._given.lines)
        self.set_table(Table(tuple(columns), tuple(lines)))


def _signed(cell: Cell) -> Row:
    role = "text" if isinstance(cell, str) or not cell else cell[0].role
    text = " ".join(plain_cell(cell).split())  # a description may have several lines
    return (Segment(f"{SIGNS.get(role, '')}{text}", role),)
