"""Keys that people have in their fingers do what they do elsewhere, in every place."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.help import HelpDialog
from planner.tui.places import PLACES, SAME_AS
from planner.tui.textual_fixes import Palette
from planner.tui.widgets.chart import Chart
from planner.tui.widgets.fact_table import FactTable
from tests.tui.conftest import MakeApp
from tests.tui.driving import settle, type_into, until
from tests.tui.opening import show_place


def _row(moved: FactTable | OptionList) -> int | None:
    return moved.cursor_row if isinstance(moved, FactTable) else moved.highlighted


@pytest.mark.parametrize("place", [place.id for place in PLACES if place.id != "questions"])
async def test_letters_move_as_arrows_do_and_home_and_end_go_to_the_ends(make_app: MakeApp, place: str) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        tables = [table for table in app.screen.query(FactTable) if table.region.area and table.row_count > 1]
        moved = tables[0] if tables else app.screen.query_one(OptionList)
        moved.focus()
        await pilot.pause()
        rows: dict[str, set[int | None]] = {}
        for down, up, first, last in (("down", "up", "home", "end"), ("j", "k", "g", "G")):
            for key, name in ((first, "first"), (down, "second"), (up, "first again"), (last, "last")):
                await pilot.press(key)
                rows.setdefault(name, set()).add(_row(moved))
        assert {name: len(found) for name, found in rows.items()} == dict.fromkeys(rows, 1), "both ways lead alike"
        [top], [below], [end] = (rows[name] for name in ("first", "second", "last"))
        assert top is not None
        assert below is not None
        assert end is not None
        assert top < below <= end
        assert rows["first again"] == rows["first"]
        if isinstance(moved, FactTable):
            assert (top, below, end) == (0, 1, moved.row_count - 1)


def _is_at(app: PlannerApp, place: str) -> bool:
    return app.current_mode == place


@pytest.mark.parametrize("place", [place.id for place in PLACES])
async def test_help_and_palette_and_places_in_every_place(make_app: MakeApp, place: str) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        app.screen.set_focus(next(iter(app.screen.query(FactTable)), None))  # no field
        for key in ("question_mark", "f1"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, HelpDialog), f"help by {key}")
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HelpDialog), "the place again")
        for key in ("colon", "ctrl+p"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, Palette), f"the palette by {key}")
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, Palette), "the place again")
        for other in PLACES:
            for key in (f"f{other.number}", f"alt+{other.number}"):
                await pilot.press(key)
                await until(pilot, partial(_is_at, app, other.id), f"{other.id} by {key}")


@pytest.mark.parametrize("place", [place.id for place in PLACES])
async def test_q_leaves_where_no_field_has_the_focus(make_app: MakeApp, place: str) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        app.screen.set_focus(None)
        await pilot.press("q")
        await until(pilot, lambda: app.return_code is not None or len(app.screen_stack) > 1, "the end, or its question")


async def test_in_a_field_letters_are_letters(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-name")), "the workload's form")
        await type_into(pilot, "workload-0-name", "jkgqe:?/")
        assert app.screen.query_one("#workload-0-name", Input).value == "jkgqe:?/"
        assert app.is_running


def test_each_letter_stands_for_a_key_that_every_list_knows() -> None:
    known = set(FactTable._merge_bindings().key_to_bindings)
    assert set(SAME_AS.values()) <= known


async def ask_to_export(pilot: Pilot[None], target: str) -> None:
    """Into the dialog that e opens, unless it still stands there."""
    if not isinstance(pilot.app.screen, AskDialog):
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "where to")
    await type_into(pilot, pilot.app.screen.query_one(Input).id or "", target)
    await pilot.press("enter")


@pytest.mark.parametrize("ending", [".csv", ".md"])
async def test_e_writes_the_table_that_has_the_focus(make_app: MakeApp, tmp_path: Path, ending: str) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        table = app.screen.query_one("#ledger", FactTable)
        table.focus()
        target = tmp_path / f"out{ending}"
        await ask_to_export(pilot, str(target))
        await until(pilot, target.exists, "the file")
        text = target.read_text("utf-8")
        assert len(text.splitlines()) >= table.row_count + 1
        if ending == ".csv":
            rows = list(csv.reader(text.splitlines()))
            assert {len(row) for row in rows} == {len(table.table.columns)}


@pytest.mark.parametrize(("ending", "begins"), [(".svg", b"<svg"), (".png", b"\x89PNG")])
async def test_e_writes_a_chart_as_a_picture(make_app: MakeApp, tmp_path: Path, ending: str, begins: bytes) -> None:
    if ending == ".png":
        pytest.importorskip("resvg_py")
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app.screen.query_one("CumulativeChart", Chart).focus()
        target = tmp_path / f"out{ending}"
        await ask_to_export(pilot, str(target))
        await until(pilot, target.exists, "the file")
        assert target.read_bytes().startswith(begins)
        assert b"http" not in target.read_bytes().replace(b"http://www.w3.org/2000/svg", b"")


async def test_another_ending_is_refused_and_no_file_is_replaced(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()
    (tmp_path / "there.csv").write_text("mine")
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app.screen.query_one("#ledger", FactTable).focus()
        for name in ("out.pdf", "there.csv", ""):
            await ask_to_export(pilot, str(tmp_path / name) if name else "")
            await settle(pilot)
            assert isinstance(app.screen, AskDialog)
        assert (tmp_path / "there.csv").read_text() == "mine"
