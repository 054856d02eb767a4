"""Columns that drop and shrink, and the table as text."""

from __future__ import annotations

from planner.report.document import Column, Line, Segment, Table
from planner.tui.widgets.fact_table import FactTable, as_tsv, fitted, line_words, widths_of, without_blank_columns
from tests.tui.conftest import MakeApp
from tests.tui.opening import show_place

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
    assert as_tsv(Table(COLUMNS, LINES)).splitlines() == [
        "name\tcost\tspeed\tlicence",
        "a rather long name\t1,730\t640 ms\tapache-2.0",
        "short\t12*\t88 ms\tmit",
    ]


def test_columns_that_say_nothing_are_left_out() -> None:
    columns = (Column("mark", "", kept=True), Column("vram", "VRAM"), Column("why", "why"))
    lines = (Line("a", ("", "", "too large")), Line("b", ("", (Segment(""),), "")))
    shown = without_blank_columns(Table(columns, lines))
    assert [column.key for column in shown.columns] == ["mark", "why"]
    assert [line.cells for line in shown.lines] == [("", "too large"), ("", "")]
    assert without_blank_columns(Table(columns)) == Table(columns)


def test_a_line_in_words_names_its_headings_and_leaves_out_what_is_blank() -> None:
    line = Line("a", ((Segment("Qwen3"), Segment(" 8B")), "612", "", "EUR"))
    columns = (Column("m", "model"), Column("c", "cost"), Column("x", "nothing"), Column("u", " "))
    assert line_words(columns, line) == "model: Qwen3 8B, cost: 612, EUR"


async def test_the_line_under_the_cursor_is_copied(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        table = app.screen.query_one("#defaults", FactTable)
        table.select("tpot_ms")
        table.focus()
        await pilot.press("Y")
        assert app.clipboard.startswith("assumption: Time per output token, ")
        assert "unit: ms" in app.clipboard
        assert "\n" not in app.clipboard
