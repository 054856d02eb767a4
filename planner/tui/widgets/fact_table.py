"""A table of facts: right-aligned numbers, columns that drop from the right, the cursor kept on its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from planner.tui.widgets.paint import Cell, to_text

PADDING = 2
"""Columns of blank a DataTable adds to each cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `kept` columns never drop, others do from the right.

    Text longer than `at_most` is cut. A column shrinks to `least` only once nothing is left to drop; a column drops
    rather than that another one with `ideal` gets narrower than it.
    """

    key: str
    title: str
    right: bool = False
    kept: bool = False
    at_most: int | None = None
    least: int | None = None
    ideal: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a key that survives a rebuild, and a cell for every column, shown or not."""

    key: str
    cells: tuple[Cell, ...]


def plain_cell(cell: Cell) -> str:
    """The cell's text without roles."""
    return cell if isinstance(cell, str) else "".join(part.text for part in cell)


def widths_of(columns: Sequence[Column], lines: Sequence[Line]) -> list[int]:
    """Cells each column needs, headings included."""
    needed = [cell_len(column.title) for column in columns]
    for line in lines:
        for i, cell in enumerate(line.cells):
            needed[i] = max(needed[i], cell_len(plain_cell(cell)))
    return [min(width, column.at_most or width) for width, column in zip(needed, columns, strict=True)]


def without_blank_columns(
    columns: Sequence[Column], lines: Sequence[Line]
) -> tuple[tuple[Column, ...], tuple[Line, ...]]:
    """Leave out columns that are blank in every row, except kept ones."""
    said = [c.kept or not lines or any(plain_cell(line.cells[i]) for line in lines) for i, c in enumerate(columns)]
    if all(said):
        return tuple(columns), tuple(lines)
    kept = [Line(line.key, tuple(cell for cell, says in zip(line.cells, said, strict=True) if says)) for line in lines]
    return tuple(column for column, says in zip(columns, said, strict=True) if says), tuple(kept)


def fitted(columns: Sequence[Column], widths: Sequence[int], room: int) -> dict[int, int]:
    """Width of each column to show, by position."""
    least = [min(w, c.least or w) for w, c in zip(widths, columns, strict=True)]
    ideal = [min(w, c.ideal or c.least or w) for w, c in zip(widths, columns, strict=True)]
    shown = list(range(len(columns)))
    for i in reversed(range(len(columns))):
        if sum(ideal[j] + PADDING for j in shown) <= room:
            break
        if not columns[i].kept:
            shown.remove(i)
    given = {j: least[j] for j in shown}
    for goal in (ideal, widths):
        spare = max(room - sum(given.values()) - PADDING * len(shown), 0)
        for j in shown:
            extra = min(max(goal[j] - given[j], 0), spare)
            given[j] += extra
            spare -= extra
    return given


def as_tsv(columns: Sequence[Column], lines: Sequence[Line]) -> str:
    """The whole table, dropped columns included, as tab-separated text."""
    rows = [
        [column.title for column in columns],
        *([plain_cell(cell).strip() for cell in line.cells] for line in lines),
    ]
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def line_words(columns: Sequence[Column], line: Line) -> str:
    """One line as a sentence: `model: Qwen3 8B, €/mo: 612`."""
    cells = (
        (column.title.strip(), " ".join(plain_cell(cell).split()))
        for column, cell in zip(columns, line.cells, strict=True)
    )
    return ", ".join(f"{title}: {text}" if title else text for title, text in cells if text)


class FactTable(DataTable[Text]):
    """Set with `set_lines`. `y` copies the whole table, headings and dropped columns included."""

    DEFAULT_CSS = """
    FactTable {
        height: 1fr; background: $background; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        & > .datatable--header { background: $background; color: $muted; text-style: none; }
        & > .datatable--header-hover { background: $panel; }
        & > .datatable--header-cursor { background: $panel; color: $foreground; }
        & > .datatable--cursor { background: $panel; color: $foreground; text-style: none; }
        & > .datatable--hover { background: $surface; }
        &:focus { background-tint: transparent 0%; }
        &:focus > .datatable--cursor { background: $accent 30%; color: $foreground; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_table", "Copy"),
        Binding("Y", "copy_line", "Copy the line", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, cursor_type="row", cursor_foreground_priority="renderable")
        self._columns_given: tuple[Column, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self._fitted: dict[int, int] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows as given, in order."""
        return self._lines

    @property
    def current_key(self) -> str | None:
        """Key of the row under the cursor."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(Coordinate(self.cursor_row, 0)).row_key.value

    def set_lines(self, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        """Show these rows, without columns that say nothing; the cursor stays on the row with the same key."""
        columns, lines = without_blank_columns(columns, lines)
        if (columns, lines) != (self._columns_given, self._lines):
            self._columns_given, self._lines = columns, lines
            self._rebuild()

    def select(self, key: str) -> None:
        """Move the cursor to a row."""
        for row, line in enumerate(self._lines):
            if line.key == key:
                self.move_cursor(row=row, animate=False)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._rebuild())

    def on_click(self, event: events.Click) -> None:
        # A click is about what was drawn: the table may have been emptied or narrowed since.
        meta = event.style.meta
        if not (meta.get("row", 0) < self.row_count and meta.get("column", 0) < len(self.ordered_columns)):
            event.prevent_default()

    def on_resize(self) -> None:
        if self._columns_given and self._fit(self.scrollable_content_region.width) != self._fitted:
            self._rebuild()

    def _fit(self, room: int) -> dict[int, int]:
        return fitted(self._columns_given, widths_of(self._columns_given, self._lines), room)

    def _rebuild(self) -> None:
        key, row = self.current_key, self.cursor_row
        self._fitted = self._fit(self.scrollable_content_region.width or 10_000)
        variables, dark = self.app.theme_variables, self.app.current_theme.dark
        with self.app.batch_update():
            self.clear(columns=True)
            for i, width in self._fitted.items():
                column = self._columns_given[i]
                label = Text(column.title, justify="right" if column.right else "left")
                self.add_column(label, key=column.key, width=width)
            for line in self._lines:
                cells = (
                    to_text(line.cells[i], variables, right=self._columns_given[i].right, dark=dark)
                    for i in self._fitted
                )
                self.add_row(*cells, key=line.key)
            keys = [line.key for line in self._lines]
            self.move_cursor(row=keys.index(key) if key in keys else min(row, max(len(keys) - 1, 0)), animate=False)

    def action_copy_table(self) -> None:
        """Copy all rows as tab-separated text."""
        self.app.copy_to_clipboard(as_tsv(self._columns_given, self._lines))
        self.app.notify(f"Copied {len(self._lines)} rows", timeout=2)

    def action_copy_line(self) -> None:
        """Copy the line under the cursor: `heading: value` each, what is blank left out."""
        line = next((line for line in self._lines if line.key == self.current_key), None)
        if line is None:
            self.app.bell()
            return
        told = line_words(self._columns_given, line)
        self.app.copy_to_clipboard(told)
        self.app.notify(f"Copied: {told}", timeout=2, markup=False)
