"""A table as CSV: numbers as numbers, the unit in the heading, the mark of what is untested in a column of its own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from planner.quantities import fixed
from planner.report.csv import safe_cell
from planner.report.document import Table, plain_cell
from planner.words.labels import UNPROVEN

_NUMBER: Final = re.compile(
    rf"(?P<mark>{UNPROVEN}?)(?P<sign>[-+]?)(?P<front>[€$£]|[A-Z]{{3}} )?(?P<whole>\d[\d,]*)(?:\.(?P<part>\d+))?"
    r"(?: ?(?P<scale>[kMBT]))?(?P<unit> ?%|x)?(?: ◀| (?P<served>[\d.]+(?: of 12 mo|/12)))?"
)
_ZEROS: Final = {"": 0, "k": 3, "M": 6, "B": 9, "T": 12}
Cells = Sequence[str]


def as_csv(table: Table) -> str:
    """Every column and row; no cell is a formula to a spreadsheet."""
    texts = [[" ".join(plain_cell(cell).split()) for cell in line.cells] for line in table.lines]
    columns: list[tuple[str, Cells]] = []
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in texts]
        columns += _columns(column.title.strip(), cells) if column.right else [(column.title.strip(), cells)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([safe_cell(title) for title, _ in columns])
    writer.writerows([safe_cell(cells[row]) for _, cells in columns] for row in range(len(texts)))
    return written.getvalue()


def _columns(title: str, cells: Cells) -> Iterator[tuple[str, Cells]]:
    """The column as numbers where all its numbers are of one unit, and what marks them; words among them stay."""
    found = [_NUMBER.fullmatch(cell) for cell in cells]
    units = {(each["front"] or each["unit"] or "").strip() for each in found if each is not None}
    if len(units) != 1:
        yield title, cells
        return
    unit = units.pop()
    heading = f"{title} ({unit})".strip() if unit and unit not in title else title
    yield heading, [cell if each is None else _number(each) for cell, each in zip(cells, found, strict=True)]
    for group, name in (("mark", "untested"), ("served", "served")):
        beside = ["" if each is None else each[group] or "" for each in found]
        if any(beside):
            yield f"{title}, {name}", beside


def _number(found: re.Match[str]) -> str:
    """Without thousands, scale and unit."""
    whole, part, zeros = found["whole"].replace(",", ""), found["part"] or "", _ZEROS[found["scale"] or ""]
    sign = "-" if found["sign"] == "-" else ""
    value = float(f"{sign}{whole}.{part or 0}") * 10**zeros
    return fixed(value, max(len(part) - zeros, 0))
