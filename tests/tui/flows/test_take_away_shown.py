"""What `e` offers where the focus is on no table and no chart."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from textual.widgets import Input

from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.pick import PickDialog
from planner.tui.flows.export import _shown
from tests.tui.conftest import MakeApp
from tests.tui.driving import planner, screen_text, until
from tests.tui.opening import show_place


async def test_the_answer_has_a_table_to_export(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "answer")
        app = planner(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "where to")
        target = tmp_path / "answer.csv"
        app.screen.query_one(Input).value = str(target)
        await pilot.press("enter")
        await until(pilot, target.exists, "the file")
    head, *rows = csv.reader(target.read_text("utf-8").splitlines())
    assert "€/mo then, untested" in head
    assert any(row[0] == "mean month" for row in rows)


async def test_every_table_and_chart_is_offered(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        app.screen.set_focus(None)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "which")
        text = screen_text(app)
        assert "Spent so far" in text
        assert "ledger" in text


@pytest.mark.parametrize("place", ["answer", "sizing", "routing", "costs", "assumptions"])
async def test_each_place_has_something_to_export(make_app: MakeApp, place: str) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        assert list(_shown(pilot.app.screen))
