"""A grid of single-width characters, each with a role: what every chart draws in.

With it what charts share: round axis ticks, in steps of 1, 2, 2.5 or 5 times a power of ten, and whether the
terminal's font can be trusted with braille and blocks.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.cells import cell_len, chop_cells

from planner import quantities
from planner.report.document import Row, Rows, Segment, plain_cell

PLAIN = ("C", "POSIX")


def ascii_only() -> bool:
    """True where `PLANNER_ASCII` asks for it, on the Linux console, in the C locale, and without UTF-8."""
    asked = os.environ.get("PLANNER_ASCII", "")
    if asked:
        return asked != "0"
    if os.environ.get("TERM", "") in ("linux", "vt100", "vt220"):
        return True
    if _plain_locale() and not os.environ.get("PYTHONIOENCODING"):
        return True
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    return "utf" not in encoding.lower()


def _plain_locale() -> bool:
    """Whether the C locale was asked for. Python then writes UTF-8 all the same, and sets LC_CTYPE to C.UTF-8."""
    everything, marks, rest = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    if everything:
        return everything in PLAIN
    return marks in PLAIN or (marks in ("", "C.UTF-8") and rest in PLAIN)


def round_step(span: float, at_most: int) -> float:
    """The smallest round step that cuts `span` into no more than `at_most` pieces."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    rough = span / max(at_most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def round_ticks(low: float, high: float, at_most: int) -> tuple[float, ...]:
    """Round values from at or below `low` to at or above `high`."""
    step = round_step(high - low, at_most)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return tuple(step * i for i in range(first, last + 1))


def short_number(value: float) -> str:
    """An axis label of a few characters: 0, 950, 2.5k, 41k, 1.2M, 1B."""
    return quantities.volume(value)


class Canvas:
    """Characters by column and row, origin at the top left. Whatever falls outside is dropped."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(width, 1)
        self.height = max(height, 1)
        self._chars = [[" "] * self.width for _ in range(self.height)]
        self._roles = [["text"] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: str, role: str = "text") -> None:
        """Write `text` from column `x` on in row `y`."""
        if not 0 <= y < self.height:
            return
        for offset, char in enumerate(text):
            if 0 <= x + offset < self.width:
                self._chars[y][x + offset] = char
                self._roles[y][x + offset] = role

    def char(self, x: int, y: int) -> str:
        """The character at a place inside the grid."""
        return self._chars[y][x]

    def is_free(self, x: int, y: int, length: int = 1) -> bool:
        """True if the run lies inside the grid and holds only blanks."""
        if not (0 <= y < self.height and x >= 0 and x + length <= self.width):
            return False
        return all(char == " " for char in self._chars[y][x : x + length])

    def rows(self) -> Rows:
        """The grid as rows, neighbours of one role joined."""
        return tuple(
            join(Segment(char, role) for char, role in zip(chars, roles, strict=True))
            for chars, roles in zip(self._chars, self._roles, strict=True)
        )


def join(segments: Iterable[Segment]) -> Row:
    """Merge neighbouring segments of one role."""
    return tuple(
        Segment("".join(part.text for part in run), role) for role, run in groupby(segments, key=lambda part: part.role)
    )


def plain(rows: Rows) -> tuple[str, ...]:
    """The same rows without roles and without trailing blanks: what tests and clipboards read."""
    return tuple(plain_cell(row).rstrip() for row in rows)


def legend(items: Iterable[Segment], width: int, indent: int = 0, gap: int = 3) -> Rows:
    """The items of a legend one after the other, each whole, on as many lines as they need."""
    lines: list[Row] = []
    line: Row = (Segment(" " * indent),)
    for item in items:
        used = sum(cell_len(part.text) for part in line)
        if len(line) > 1 and used + cell_len(item.text) > width:
            lines.append(line)
            line = (Segment(" " * indent),)
        line = (*line, item, Segment(" " * gap))
    return (*lines, line)


def wrap(row: Row, width: int, indent: int = 0) -> Rows:
    """Break a row at blanks to fit `width`; every line after the first starts with `indent` blanks.

    What is longer than a line, such as an address, is broken where the line ends.
    """
    width = max(width, indent + 8)
    lines: list[list[Segment]] = [[]]
    used = 0
    for part in row:
        for word in _words(part.text, width - indent):
            size = cell_len(word)
            if used + size > width and not word.isspace() and used > indent:
                lines.append([Segment(" " * indent)])
                used = indent
            if word.isspace() and used + size > width:
                continue
            lines[-1].append(Segment(word, part.role))
            used += size
    return tuple(join(line) for line in lines)


def _words(text: str, room: int) -> Iterator[str]:
    """Words and blanks in turn; a word wider than `room` in pieces."""
    for word in re.findall(r"\S+(?: %\S*)?|\s+", text):
        yield from (word,) if word.isspace() else chop_cells(word, room)
