"""A table for a spreadsheet: every number is one, whatever the screen shows around it."""

from __future__ import annotations

import csv
import io

import pytest

from planner.report.document import Column, Line, Table
from planner.report.table_csv import as_csv
from planner.report.tables import deciding, ledger, strategies
from planner.report.tables.answer import moves
from planner.words.labels import UNPROVEN
from tests.engine.plans import evaluated


def column(title: str, *cells: str) -> list[list[str]]:
    """A right-aligned column as it is written."""
    found = Table((Column("a", title, right=True),), tuple(Line(str(i), (cell,)) for i, cell in enumerate(cells)))
    return list(csv.reader(io.StringIO(as_csv(found))))


@pytest.mark.parametrize(
    ("title", "cells", "written"),
    [
        ("year", ("€1,120", "~€2", "no"), [["year (€)", "year, untested"], ["1120", ""], ["2", "~"], ["no", ""]]),
        ("€/mo", ("1,372", "~444"), [["€/mo", "€/mo, untested"], ["1372", ""], ["444", "~"]]),
        ("saving", ("~-$3,631.50", "~+$220"), [["saving ($)", "saving, untested"], ["-3631.50", "~"], ["220", "~"]]),
        ("share", ("62 %", "7.8 %"), [["share (%)"], ["62"], ["7.8"]]),
        ("tokens", ("9.5 B", "127 M", "950", "never"), [["tokens"], ["9500000000"], ["127000000"], ["950"], ["never"]]),
        ("factor", ("1.2x", ""), [["factor (x)"], ["1.2"], [""]]),
        ("mixed", ("€5", "7 %"), [["mixed"], ["€5"], ["7 %"]]),
        ("range", ("651 [386–923]",), [["range"], ["651 [386–923]"]]),
    ],
)  # fmt: skip
def test_numbers_are_numbers(title: str, cells: tuple[str, ...], written: list[list[str]]) -> None:
    assert column(title, *cells) == written


@pytest.mark.parametrize("name", ["claude-8k-a-month", "hospital", "bulk-classifier"])
def test_no_money_and_no_mark_is_left_in_a_number(name: str) -> None:
    found = evaluated(name)
    tables = (
        strategies.what_if(found, found),
        strategies.scenarios(found),
        ledger.spent_so_far(found),
        deciding.break_even(found),
        moves(found, 99),
    )
    for table in tables:
        head, *rows = csv.reader(io.StringIO(as_csv(table)))
        for row in rows:
            for title, cell in zip(head, row, strict=True):
                assert not cell.startswith(("€", "$", f"{UNPROVEN}€", f"{UNPROVEN}$")), (title, cell)
