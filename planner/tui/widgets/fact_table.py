"""A table of facts: right-aligned numbers, columns that drop from the right, the cursor kept on its row.

Rows and cells get the colours of the current theme here: as `Content` for widgets, as rich `Text` for table cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from planner.records import dataclass
from planner.report.csv import safe_cell
from planner.report.document import Cell, Column, Line, Rows, Table, plain_cell
from planner.tui.charts.palette import style_of
from planner.tui.textual_fixes import SteadyTable
from planner.tui.widgets.cut_apart import Cut, cut_apart


def to_content(rows: Rows, dark: bool = True) -> Content:
    """Rows as one content, line by line."""
    return Content("\n").join(
        Content.assemble(*((part.text, style_of(part.role, dark)) for part in row)) for row in rows
    )


def to_text(cell: Cell, variables: Mapping[str, str], *, right: bool = False, dark: bool = True) -> Text:
    """A table cell as rich text; theme variables are looked up because rich does not know them."""
    text = Text(justify="right" if right else "left", no_wrap=True, overflow="ellipsis", end="")
    if isinstance(cell, str):
        return text.append(cell)
    for part in cell:
        text.append(part.text, rich_style(style_of(part.role, dark), variables))
    return text


def rich_style(style: str, variables: Mapping[str, str]) -> str:
    """The style with `$name` replaced by the theme's colour; what is not plain RGB (ANSI themes) is left out."""
    words = []
    for word in style.split():
        value = variables.get(word[1:], "") if word.startswith("$") else word
        if not word.startswith("$") and not word.endswith("%"):
            words.append(word)
        elif value.startswith("#"):
            words.append(value[:7])
    return " ".join(words)


PADDING = 2
"""Columns of blank a DataTable adds to each cell."""


@lru_cache(maxsize=8192)
def widths_of_line(line: Line) -> tuple[int, ...]:
    """Terminal cells each cell takes; kept, because a filter shows the same lines again and again."""
    return tuple(cell_len(plain_cell(cell)) for cell in line.cells)


def widths_of(columns: Sequence[Column], lines: Sequence[Line]) -> list[int]:
    """Cells each column needs, headings included."""
    headings = tuple(cell_len(column.title) for column in columns)
    needed = map(max, zip(headings, *map(widths_of_line, lines), strict=True))
    return [
        max(min(width, column.at_most or width), heading)
        for width, column, heading in zip(needed, columns, headings, strict=True)
    ]


def titled(table: Table, room: int) -> tuple[Column, ...]:
    """Full titles where all columns then have the width they want, brief ones otherwise."""
    columns, widths = table.columns, widths_of(table.columns, table.lines)
    wanted = sum(min(w, c.ideal or c.least or w) + PADDING for w, c in zip(widths, columns, strict=True))
    if wanted <= room:
        return columns
    return tuple(replace(column, title=column.brief or column.title) for column in columns)


def without_blank_columns(table: Table) -> Table:
    """Leave out columns that are blank in every row, except kept ones."""
    columns, lines = table.columns, table.lines
    said = [c.kept or not lines or any(widths_of_line(line)[i] for line in lines) for i, c in enumerate(columns)]
    return table if all(said) else table.only(*(column.key for column, says in zip(columns, said, strict=True) if says))


def fitted(columns: Sequence[Column], widths: Sequence[int], room: int) -> dict[int, int]:
    """Width of each column to show, by position."""
    least = [max(min(w, c.least or w), cell_len(c.title)) for w, c in zip(widths, columns, strict=True)]
    ideal = [max(min(w, c.ideal or c.least or w), cell_len(c.title)) for w, c in zip(widths, columns, strict=True)]
    shown = list(range(len(columns)))
    for i in reversed(range(len(columns))):
        if sum(ideal[j] + PADDING for j in shown) <= room:
            break
        if not columns[i].kept:
            shown.remove(i)
    given = {j: least[j] for j in shown}
    for goal in (ideal, widths):
        spare = room - sum(given.values()) - PADDING * len(shown)
        while spare > 0 and (wanting := [j for j in shown if given[j] < goal[j]]):
            for j in wanting[:spare]:
                given[j] += 1
            spare -= len(wanting[:spare])
    return given


def as_tsv(table: Table) -> str:
    """The whole table, dropped columns included, as tab-separated text."""
    rows = [[column.title for column in table.columns], *table.rows]
    return "\n".join("\t".join(safe_cell(" ".join(cell.split())) for cell in row) for row in rows)


@dataclass(frozen=True, slots=True)
class Painted:
    """A cell that becomes rich text when it is first drawn: of thousands of rows only a few ever are."""

    cell: Cell
    variables: Mapping[str, str]
    right: bool
    dark: bool

    def __rich__(self) -> Text:
        return to_text(self.cell, self.variables, right=self.right, dark=self.dark)


def _with_cell(line: Line, place: int, cut: Cut | None) -> Line:
    if cut is None:
        return line
    return replace(line, cells=(*line.cells[:place], cut.of_cell(line.cells[place]), *line.cells[place + 1 :]))


def line_words(columns: Sequence[Column], line: Line) -> str:
    """One line as a sentence: `model: Qwen3 8B, €/mo: 612`."""
    cells = (
        (column.title.strip(), " ".join(plain_cell(cell).split()))
        for column, cell in zip(columns, line.cells, strict=True)
    )
    return ", ".join(f"{title}: {text}" if title else text for title, text in cells if text)


class FactTable(SteadyTable, DataTable[Painted]):
    """Set with `set_table`. `y` copies the whole table, headings and dropped columns included."""

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
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, cursor_type="row", cursor_foreground_priority="renderable")
        self._table = Table()
        self._columns: tuple[Column, ...] = ()
        self._fitted: dict[int, int] = {}
        self._room = 0

    @property
    def table(self) -> Table:
        """As given, columns included that there is no room for."""
        return self._table

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows as given, in order."""
        return self._table.lines

    @property
    def shown_columns(self) -> dict[Column, int]:
        """The columns that there is room for, with the titles and the widths they are drawn with."""
        return {self._columns[i]: width for i, width in self._fitted.items()}

    @property
    def current_key(self) -> str | None:
        """Key of the row under the cursor."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(Coordinate(self.cursor_row, 0)).row_key.value

    def set_table(self, table: Table) -> None:
        """Show these rows, without columns that say nothing; the cursor stays on the row with the same key."""
        table = without_blank_columns(table)
        if table != self._table:
            self._table = table
            self._rebuild()

    def select(self, key: str) -> None:
        """Move the cursor to a row."""
        for row, line in enumerate(self.lines):
            if line.key == key:
                self.move_cursor(row=row, animate=False)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._rebuild())
        self.watch(self, "show_vertical_scrollbar", self._scrollbar_changed, init=False)

    def _scrollbar_changed(self) -> None:
        self.call_after_refresh(self._refit)

    def on_resize(self) -> None:
        self._refit()
        if self.row_count:  # a pane below that became higher must not hide the cursor
            self._scroll_cursor_into_view(animate=False)

    def _refit(self) -> None:
        """Use the width that there is now; a scrollbar may have come or gone."""
        room = self.scrollable_content_region.width
        if self._table.columns and room != self._room and self._fit(room) != (self._columns, self._fitted):
            self._rebuild()

    def _fit(self, room: int) -> tuple[tuple[Column, ...], dict[int, int]]:
        """The columns with the titles that there is room for, and the width of each that is shown."""
        columns = titled(self._table, room)
        return columns, fitted(columns, widths_of(columns, self.lines), room)

    def _rebuild(self) -> None:
        key, row, scrolled = self.current_key, self.cursor_row, self.scroll_y
        self._room = self.scrollable_content_region.width
        self._columns, self._fitted = self._fit(self._room or 10_000)
        variables, dark = self.app.theme_variables, self.app.current_theme.dark
        with self.app.batch_update():
            self.clear(columns=True)
            for i, width in self._fitted.items():
                column = self._columns[i]
                label = Text(column.title, justify="right" if column.right else "left")
                self.add_column(label, key=column.key, width=width)
            rights = [column.right for column in self._table.columns]
            for line in self._cut_lines():
                cells = (Painted(line.cells[i], variables, rights[i], dark) for i in self._fitted)
                self.add_row(*cells, key=line.key)
            self._new_rows.clear()  # widths are given and rows are one line high: Textual has nothing to measure
            keys = [line.key for line in self.lines]
            self.move_cursor(row=keys.index(key) if key in keys else min(row, max(len(keys) - 1, 0)), animate=False)
        self.call_after_refresh(self._refit)
        if key in keys and scrolled:
            self.call_after_refresh(self._scroll_back, scrolled)

    def _scroll_back(self, scrolled: float) -> None:
        """As far down as before, if the cursor is then in sight."""
        self.scroll_to(y=scrolled, animate=False, immediate=True)
        self._scroll_cursor_into_view(animate=False)

    def _cut_lines(self) -> tuple[Line, ...]:
        """The lines, their cells no wider than the columns, and those that differ still different."""
        lines = self.lines
        for i, width in self._fitted.items():
            if any(widths_of_line(line)[i] > width for line in lines):
                cuts = cut_apart((plain_cell(line.cells[i]) for line in lines), width)
                lines = tuple(_with_cell(line, i, cuts.get(plain_cell(line.cells[i]))) for line in lines)
        return lines

    def action_copy_table(self) -> None:
        """Copy all rows as tab-separated text."""
        self.app.copy_to_clipboard(as_tsv(self._table))
        self.app.notify(f"Copied {len(self.lines)} rows", timeout=2)

    def action_copy_line(self) -> None:
        """Copy the line under the cursor: `heading: value` each, what is blank left out."""
        line = next((line for line in self.lines if line.key == self.current_key), None)
        if line is None:
            self.app.bell()
            return
        told = line_words(self._table.columns, line)
        self.app.copy_to_clipboard(told)
        self.app.notify(f"Copied: {told}", timeout=2, markup=False)
