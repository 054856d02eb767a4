"""A grid of single-width characters, each with a role; the room every chart draws in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len, chop_cells


class Segment(NamedTuple):
    """A run of text with one role; `palette.style_of` turns the role into colours."""

    text: str
    role: str = "text"


Row = tuple[Segment, ...]
Rows = tuple[Row, ...]


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
    return tuple("".join(part.text for part in row).rstrip() for row in rows)


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
    for word in re.findall(r"\S+|\s+", text):
        yield from (word,) if word.isspace() else chop_cells(word, room)
