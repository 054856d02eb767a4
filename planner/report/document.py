"""A report before it has a form: titled sections of paragraphs, lists, tables and charts.

Text, Markdown and HTML are renderings of the same `Document`, and the app shows the same tables: they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeVar

from planner.records import dataclass

ChartKind = Literal["cumulative", "replicas"]
R = TypeVar("R")


class Segment(NamedTuple):
    """A run of text with one role: what it means, such as "muted", "warn" or a strategy. Only the app has colours."""

    text: str
    role: str = "text"


Row = tuple[Segment, ...]
Rows = tuple[Row, ...]
Cell = str | Row
"""A table cell: plain text as typed (never markup), or segments with roles."""


def plain_cell(cell: Cell) -> str:
    """The cell's text without roles."""
    return cell if isinstance(cell, str) else "".join(part.text for part in cell)


def muted(text: str) -> Row:
    """A cell that matters less than its neighbours."""
    return (Segment(text, "muted"),)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; `numbered` where the order matters."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, or its `brief` form where not all columns fit. A `right` one holds numbers and never wraps.

    On screen `kept` columns never drop, others do from the right. Text longer than `at_most` cells is cut. A column
    shrinks to `least` only once nothing is left to drop; a column drops rather than that another one with `ideal` gets
    narrower than it.
    """

    key: str
    title: str
    right: bool = False
    kept: bool = False
    at_most: int | None = None
    least: int | None = None
    ideal: int | None = None
    brief: str = ""

    @property
    def heading(self) -> str:
        """The title as it stands in a document: a word with a capital, a unit or a symbol as it is."""
        first = self.title.partition(" ")[0].rstrip(",")
        return self.title[:1].upper() + self.title[1:] if len(first) > 1 and first.isalpha() else self.title


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a key that survives a rebuild, and a cell for every column, shown or not."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under columns, described once for every view."""

    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()
    total_row: bool = False
    """The last line is the sum of the others."""

    def __post_init__(self) -> None:
        wrong = [line.cells for line in self.lines if len(line.cells) != len(self.columns)]
        if wrong:
            raise ValueError(f"{len(self.columns)} columns expected, found {wrong[0]!r}")

    @property
    def headers(self) -> tuple[str, ...]:
        """Headings as a document has them."""
        return tuple(column.heading for column in self.columns)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The cells without roles."""
        return tuple(tuple(map(plain_cell, line.cells)) for line in self.lines)

    @property
    def align(self) -> str:
        """One letter a column: "l" wraps when narrow, "r" is a number and never does."""
        return "".join("r" if column.right else "l" for column in self.columns)

    def only(self, *keys: str) -> Table:
        """These columns, in this order."""
        names = [column.key for column in self.columns]
        places = [names.index(key) for key in keys]
        lines = tuple(Line(line.key, tuple(line.cells[place] for place in places)) for line in self.lines)
        return Table(tuple(self.columns[place] for place in places), lines, self.total_row)


Described = tuple[Column, Callable[[R], Cell]]
"""A column with how its cell is read from a record."""


def tabulate(records: Iterable[R], key: Callable[[R], str], *described: Described[R]) -> Table:
    """A line a record, its cells read column by column."""
    lines = tuple(Line(key(record), tuple(read(record) for _, read in described)) for record in records)
    return Table(tuple(column for column, _ in described), lines)


def plain_table(headers: Sequence[str], rows: Iterable[Sequence[Cell]], align: str) -> Table:
    """A table whose headings are given as a document shows them; `align` holds "l" or "r" for each."""
    columns = tuple(
        Column(str(i), title, side == "r") for i, (title, side) in enumerate(zip(headers, align, strict=True))
    )
    return Table(columns, tuple(Line(str(i), tuple(row)) for i, row in enumerate(rows)))


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture that only HTML draws; the table beside it holds the same figures."""

    kind: ChartKind
    caption: str


Block = Paragraph | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, which may be empty, and what stands under it."""

    title: str
    blocks: tuple[Block, ...]
    opens: bool = False
    """Part of the answer page: HTML never folds it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, answer first."""

    title: str
    strip: str
    """The answer in one line."""
    sections: tuple[Section, ...]
    footer: str
