"""A report for terminals and pipes: plain text, 80 columns, no colour, the answer first.

Text is measured in terminal cells: wide characters take two, and control characters of the user's text are removed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from planner.engine.specs import Evaluation
from planner.report.document import Block, Bullets, Chart, Document, Paragraph, Section, Table
from planner.report.sections import FULL, View, build

COLUMNS = 80
PAGE_LINES = 45
"""Of the answer page."""
BRIEFEST = 4
UNWRAPPED = 10_000
"""Columns for a table that is to stay one line a record, however wide."""
GAP = "  "
"""Between the columns of a table and the parts of the answer."""
_NARROWEST = 7
_ORDINARY_WORD = 20


def to_text(evaluation: Evaluation, view: View = FULL) -> str:
    """The whole report, or its answer page: in fewer words, then with fewer workloads, where it would not fit.

    With more workloads than asked for where there is room for them.
    """
    if view.full:
        return render(build(evaluation, view))

    def page(most: int, brief: int) -> str:
        return render(build(evaluation, replace(view, most=most, brief=brief)))

    tried = ((view.most, brief) for brief in range(BRIEFEST + 1))
    for most, brief in (*tried, *((most, BRIEFEST) for most in (3, 2, 1))):
        found = page(most, brief)
        if found.count("\n") <= PAGE_LINES:
            break
    while most < len(evaluation.answer.moves) and (more := page(most + 1, brief)).count("\n") <= PAGE_LINES:
        found, most = more, most + 1
    return found


def render(document: Document) -> str:
    """A document as lines of at most 80 cells; only a table of very long numbers may be wider."""
    lines = [*wrap(clean(document.title), COLUMNS), *_strip(clean(document.strip)), "─" * COLUMNS]
    for section in document.sections:
        lines += ["", *render_section(section)]
    lines += ["", "─" * COLUMNS, *wrap(clean(document.footer), COLUMNS)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _strip(text: str) -> list[str]:
    """The answer in one line where it fits; otherwise broken between its parts, which stand two blanks apart."""
    lines = [""]
    for part in text.split(GAP):
        joined = f"{lines[-1]}{GAP}{part}" if lines[-1] else part
        if width(joined) <= COLUMNS:
            lines[-1] = joined
        else:
            lines.append(part)
    return [wrapped for line in lines for wrapped in wrap(line, COLUMNS)]


def render_section(section: Section) -> list[str]:
    """Heading and blocks, with a blank line between blocks that need one."""
    title = clean(section.title)
    lines = [title, "─" * width(title)] if title else []
    shown = [block for block in section.blocks if not isinstance(block, Chart)]
    for number, block in enumerate(shown):
        if number and (isinstance(block, Table) or isinstance(shown[number - 1], Table)):
            lines.append("")
        lines += _block(block)
    return lines


def _block(block: Block) -> list[str]:
    if isinstance(block, Paragraph):
        return wrap(clean(block.text), COLUMNS)
    if isinstance(block, Bullets):
        return _bullets(block)
    return table_lines(block) if isinstance(block, Table) else []


def _bullets(block: Bullets) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(block.items, start=1):
        mark = f"{number}." if block.numbered else "-"
        first, *rest = wrap(clean(item), COLUMNS - width(mark) - 1)
        lines += [f"{mark} {first}", *(" " * (width(mark) + 1) + line for line in rest)]
    return lines


def table_lines(table: Table, columns: int = COLUMNS) -> list[str]:
    """A table as lines, as wide as it needs to be up to `columns` cells."""
    head, rows = table_parts(table, columns)
    return [*head, *(line for row in rows for line in row)]


def table_parts(table: Table, columns: int = COLUMNS) -> tuple[list[str], list[list[str]]]:
    """The same, heading and rows apart; the rule above a sum is the first line of its row."""
    headers = tuple(clean(cell) for cell in table.headers)
    rows = [tuple(clean(cell) for cell in row) for row in table.rows]
    widths = _widths(headers, rows, table.align, columns)
    rule = GAP.join("-" * cells for cells in widths)
    head = [*_row(headers, widths, table.align), rule] if any(headers) else []
    parts = [_row(row, widths, table.align) for row in rows]
    if table.total_row and parts:
        parts[-1].insert(0, rule)
    return head, parts


def _widths(headers: tuple[str, ...], rows: list[tuple[str, ...]], align: str, limit: int) -> list[int]:
    """Natural widths; when too wide, headers wrap first, then text columns at blanks, then inside words.

    Words of ordinary length are only broken where that makes the table fit: beside numbers that are too wide it cannot.
    """
    columns = range(len(align))
    bodies = [max((width(row[column]) for row in rows), default=0) for column in columns]
    widths = [max(bodies[column], width(headers[column])) for column in columns]
    room = limit - len(GAP) * (len(align) - 1)
    if sum(widths) > room:
        widths = [max(bodies[column], _longest_word([headers[column]])) for column in columns]
    flexible = [column for column in columns if align[column] == "l"]
    words = {column: _longest_word([headers[column], *(row[column] for row in rows)]) for column in flexible}
    _shrink(widths, room, {column: max(_NARROWEST, words[column]) for column in flexible})
    _shrink(widths, room, {column: max(_NARROWEST, min(words[column], _ORDINARY_WORD)) for column in flexible})
    broken = list(widths)
    _shrink(broken, room, dict.fromkeys(flexible, _NARROWEST))
    return broken if sum(broken) <= room else widths


def _longest_word(texts: list[str]) -> int:
    return max((width(word) for text in texts for word in text.split()), default=0)


def _shrink(widths: list[int], room: int, floors: dict[int, int]) -> None:
    """Take from the widest column that has something to give, until the row fits or none has."""
    while sum(widths) > room:
        givers = [column for column, floor in floors.items() if widths[column] > floor]
        if not givers:
            return
        widths[max(givers, key=lambda column: widths[column])] -= 1


def _row(cells: tuple[str, ...], widths: list[int], align: str) -> list[str]:
    wrapped = [
        wrap(cell, cells_wide) if kind == "l" or width(cell) > cells_wide else [cell]
        for cell, cells_wide, kind in zip(cells, widths, align, strict=True)
    ]
    height = max(len(lines) for lines in wrapped)
    return [
        GAP.join(
            pad(lines[index] if index < len(lines) else "", cells_wide, kind)
            for lines, cells_wide, kind in zip(wrapped, widths, align, strict=True)
        ).rstrip()
        for index in range(height)
    ]


_NOT_SHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean(text: str) -> str:
    """User text without control, bidirectional and line-breaking characters, so that it cannot move the cursor."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char) in _NOT_SHOWN else char for char in text)


def width(text: str) -> int:
    """Terminal cells the text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, cells: int, align: str = "l") -> str:
    """The text filled up with blanks on the right ("l") or the left ("r")."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if align == "r" else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most `cells` cells, broken at blanks, inside a word only where it is longer than a line.

    A number keeps its `%`.

    Text that fits on one line keeps its blanks.
    """
    if width(text) <= cells:
        return [text.strip()]
    lines, line = [], ""
    for word in re.findall(r"\S+(?: %\S*)?", text):
        for piece in _pieces(word, max(2, cells)):
            joined = f"{line} {piece}" if line else piece
            if width(joined) <= cells:
                line = joined
            else:
                lines.append(line)
                line = piece
    return [entry for entry in [*lines, line] if entry] or [""]


def _pieces(word: str, cells: int) -> list[str]:
    if width(word) <= cells:
        return [word]
    pieces, piece, taken = [], "", 0
    for char in word:
        step = _char_width(char)
        if taken + step > cells:
            pieces.append(piece)
            piece, taken = "", 0
        piece, taken = piece + char, taken + step
    return [*pieces, piece]
