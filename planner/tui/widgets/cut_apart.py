"""Texts cut to a width so that those that differ still do: an ellipsis never makes two rows look alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.cells import cell_len

from planner.records import dataclass
from planner.report.document import Cell, Row, Segment

MARK = "…"
HEAD_FRACTIONS = (1 / 3, 1 / 3, 1 / 8, 1 / 8, 1 / 8, 1 / 8)
"""Of the width, at least, for how a text begins where it is told apart by what comes later; one after the other."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What stays of a text: `head` letters of its beginning, and those from `start` to `stop`."""

    head: int
    start: int
    stop: int

    def of(self, text: str) -> str:
        """The text as it is shown."""
        return f"{text[: self.head]}{MARK}{text[self.start : self.stop]}{MARK * (self.start < self.stop < len(text))}"

    def of_cell(self, cell: Cell) -> Cell:
        """The cell as it is shown, each part in its role."""
        if isinstance(cell, str):
            return self.of(cell)
        head, mark = _between(cell, 0, self.head), _between(cell, self.head, self.head + 1)
        role = mark[0].role if mark else "text"
        tail = _between(cell, self.start, self.stop)
        ends = (Segment(MARK, role),) if self.start < self.stop < sum(len(part.text) for part in cell) else ()
        return (*head, Segment(MARK, role), *tail, *ends)


def _between(row: Row, start: int, stop: int) -> Row:
    found, at = [], 0
    for part in row:
        text = part.text[max(start - at, 0) : max(stop - at, 0)]
        if text:
            found.append(Segment(text, part.role))
        at += len(part.text)
    return tuple(found)


def fitting(text: str, cells: int) -> int:
    """How many letters from the beginning take no more than this many cells."""
    if text.isascii():
        return min(max(cells, 0), len(text))
    used = 0
    for i, letter in enumerate(text):
        used += cell_len(letter)
        if used > cells:
            return i
    return len(text)


def cut_apart(texts: Iterable[str], width: int) -> Mapping[str, Cut]:
    """How each text that is wider than `width` is cut: at its end, or in the middle where its end tells it apart.

    Those that still look alike are looked at again by what their letters have in common, with less of the beginning.
    """
    wide = [text for text in dict.fromkeys(texts) if cell_len(text) > width]
    cuts = {text: Cut(fitting(text, width - 1), len(text), len(text)) for text in wide}
    for fraction in HEAD_FRACTIONS:
        groups: dict[str, list[str]] = {}
        for text, cut in cuts.items():
            groups.setdefault(cut.of(text), []).append(text)
        for group in groups.values():
            if len(group) > 1 and width > 1:
                cuts |= _by_the_difference(group, width, max(int(width * fraction), 1))
    return cuts


def _by_the_difference(group: list[str], width: int, head: int) -> dict[str, Cut]:
    """The beginning, then from the word in which they differ, or from the difference itself in a long word."""
    pairs = enumerate(zip(*group, strict=False))
    same = next((i for i, letters in pairs if len(set(letters)) > 1), min(map(len, group)))
    room = max(width - 1 - head, 1)
    start = group[0].rfind(" ", 0, same) + 1
    if same - start >= room - 1:
        start = max(same - room // 2, 0)
    found = {}
    for text in group:
        tail = text[start:]
        taken = min(cell_len(tail), room)
        stop = len(text) if cell_len(tail) <= room else start + fitting(tail, room - 1)
        found[text] = Cut(min(fitting(text, width - 1 - taken), start), start, stop)
    return found
