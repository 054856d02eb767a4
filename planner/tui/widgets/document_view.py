"""Text on screen: labelled lines that wrap under themselves, and a whole report.

A report's sections stand one below the other: paragraphs, lists, and tables that are moved through and copied.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from planner.report.document import Block, Bullets, Document, Paragraph, Section, Table
from planner.tui.charts.canvas import Row, Rows, Segment, wrap
from planner.tui.widgets.fact_table import Column, FactTable, Line
from planner.tui.widgets.paint import to_content


class Notes(Widget):
    """Rows of segments; a labelled one continues under its text, a single segment at the left edge."""

    DEFAULT_CSS = """
    Notes { height: auto; width: 1fr; }
    """
    rows: reactive[Rows] = reactive((), layout=True)

    def __init__(self, *, indent: int = 10, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._indent = indent

    def _wrapped(self, width: int) -> Rows:
        return tuple(line for row in self.rows for line in wrap(row, width, self._indent if len(row) > 1 else 0))

    def render(self) -> Content:
        return to_content(self._wrapped(self.content_size.width), self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._wrapped(width))


WIDEST_CELL = 44


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
        lead = ((Segment(self._document.strip, "strong"),), *((Segment(text),) for text in self._document.lead))
        yield notes(*lead)
        for section in self._document.sections:
            yield notes((Segment(section.title, "accent"),), classes="section-title")
            yield from (self._block(section, block) for block in section.blocks)
        yield notes((Segment(self._document.footer, "muted"),))

    @staticmethod
    def _block(section: Section, block: Block) -> Widget:
        if isinstance(block, Table):
            return DocumentTable(block, is_difference=section.title.startswith("Answers"))
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

    def __init__(self, table: Table, is_difference: bool) -> None:
        super().__init__()
        self._table, self._is_difference = table, is_difference

    def on_mount(self) -> None:
        super().on_mount()
        columns = [
            Column(f"c{i}", title, right=align == "r", kept=True, at_most=WIDEST_CELL, least=None if i == 0 else 12)
            for i, (title, align) in enumerate(zip(self._table.headers, self._table.align, strict=True))
        ]
        lines = [
            Line(str(number), tuple(self._cell(i, text) for i, text in enumerate(row)))
            for number, row in enumerate(self._table.rows)
        ]
        self.set_lines(columns, lines)

    def _cell(self, column: int, given: str) -> Row:
        text = " ".join(given.split())  # a description may have several lines
        if not self._is_difference or column == 0 or text == "–":
            return (Segment(text),)
        return (Segment(f"{'-' if column == 1 else '+'} {text}", "bad" if column == 1 else "good"),)
