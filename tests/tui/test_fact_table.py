"""Columns that drop and shrink, and the table as text."""

from __future__ import annotations

from planner.tui.charts.canvas import Segment
from planner.tui.widgets.fact_table import Column, Line, as_tsv, fitted, widths_of, without_blank_columns

COLUMNS = (
    Column("name", "name", kept=True, least=6, ideal=10),
    Column("cost", "cost", right=True, kept=True),
    Column("speed", "speed", right=True),
    Column("licence", "licence"),
)
LINES = (
    Line("a", ("a rather long name", "1,730", "640 ms", "apache-2.0")),
    Line("b", ("short", (Segment("12"), Segment("*", "warn")), "88 ms", "mit")),
)


def test_widths_take_heading_and_cells_and_the_limit() -> None:
    assert widths_of(COLUMNS, LINES) == [18, 5, 6, 10]
    assert widths_of((Column("x", "x", at_most=4),), (Line("a", ("abcdefgh",)),)) == [4]


def test_everything_is_shown_where_there_is_room() -> None:
    assert fitted(COLUMNS, [18, 5, 6, 10], 47) == {0: 18, 1: 5, 2: 6, 3: 10}


def test_a_column_shrinks_to_its_ideal_before_one_drops() -> None:
    assert fitted(COLUMNS, [18, 5, 6, 10], 40) == {0: 11, 1: 5, 2: 6, 3: 10}


def test_columns_drop_from_the_right_and_give_their_room_back() -> None:
    assert fitted(COLUMNS, [18, 5, 6, 10], 35) == {0: 18, 1: 5, 2: 6}


def test_kept_columns_never_drop_and_shrink_last() -> None:
    assert fitted(COLUMNS, [18, 5, 6, 10], 16) == {0: 7, 1: 5}
    assert fitted(COLUMNS, [18, 5, 6, 10], 3) == {0: 6, 1: 5}


def test_copy_has_every_column_and_no_roles() -> None:
    assert as_tsv(COLUMNS, LINES).splitlines() == [
        "name\tcost\tspeed\tlicence",
        "a rather long name\t1,730\t640 ms\tapache-2.0",
        "short\t12*\t88 ms\tmit",
    ]


def test_columns_that_say_nothing_are_left_out() -> None:
    columns = (Column("mark", "", kept=True), Column("vram", "VRAM"), Column("why", "why"))
    lines = (Line("a", ("", "", "too large")), Line("b", ("", (Segment(""),), "")))
    shown, kept = without_blank_columns(columns, lines)
    assert [column.key for column in shown] == ["mark", "why"]
    assert [line.cells for line in kept] == [("", "too large"), ("", "")]
    assert without_blank_columns(columns, ()) == (columns, ())
