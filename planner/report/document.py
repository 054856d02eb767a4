"""A report before it has a form: titled sections of paragraphs, lists, tables and charts.

Text, Markdown and HTML are renderings of the same `Document`, so they cannot disagree.
"""

from __future__ import annotations

from typing import Literal

from planner.records import dataclass

ChartKind = Literal["cumulative", "replicas"]


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
class Table:
    """Rows of text. `align` holds one letter a column: "l" wraps when narrow, "r" is a number and never does."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    total_row: bool = False
    """The last row is the sum of the others."""

    def __post_init__(self) -> None:
        wrong = [row for row in (self.headers, *self.rows) if len(row) != len(self.align)]
        if wrong:
            raise ValueError(f"{len(self.align)} columns expected, found {wrong[0]!r}")


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture that only HTML draws; the table beside it holds the same figures."""

    kind: ChartKind
    caption: str


Block = Paragraph | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, answer first."""

    title: str
    strip: str
    """The answer in one line."""
    lead: tuple[str, ...]
    """The headline sentence and what it rests on."""
    sections: tuple[Section, ...]
    footer: str
