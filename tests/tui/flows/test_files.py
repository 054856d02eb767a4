"""Journeys that end in a file, by keyboard at 80x24: new prices taken and saved, a report written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.plan.edit import set_value
from planner.plan.store import load, save
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.compare import RepriceDialog
from planner.tui.dialogs.pick import PickDialog
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place

SMALL = (80, 24)


async def test_a_plan_reopened_after_a_price_change_is_repriced_and_saved(make_app: MakeApp, profiles: Path) -> None:
    evaluation = sample_evaluation()
    api = evaluation.catalog.apis[evaluation.inputs.volume.baseline_api]
    old = {"id": api.id, "input_per_mtok": 99.0, "output_per_mtok": 99.0, "source": "old", "as_of": date(2026, 5, 1)}
    path = profiles / "support.toml"
    save(set_value(sample_plan(), ("prices", "api"), [old]), path)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        await until(pilot, lambda: "different today" in screen_text(app), "the notice")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RepriceDialog), "old and new prices")
        assert "99" in screen_text(app)
        await pilot.press("right", "enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert load(path).plan.prices.api[0].input_per_mtok == 99  # nothing is written before it is saved
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    saved = load(path).plan
    assert saved.prices.api[0].input_per_mtok == api.input_usd_per_mtok
    again = make_app(open_path=path)
    async with again.run_test(size=SMALL, notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        assert again.plan == saved
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Nothing newer is known" in screen_text(again), "that nothing is new")


async def write(pilot: Pilot[None], suffix: str, target: Path) -> None:
    """Ask for a report by the palette, as somebody would who does not know a key for it."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: bool(pilot.app.screen.query(Input)), "the palette")
    pilot.app.screen.query_one(Input).value = "write a report"
    found = pilot.app.screen.query_one(OptionList)
    await until(pilot, lambda: found.option_count == 1, "the one hit")
    await pilot.press("down", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the formats")
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(suffix)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "the file")
    pilot.app.screen.query_one(Input).value = str(target)
    await pilot.press("enter")


@pytest.mark.parametrize("suffix", ["md", "html", "txt", "json", "csv"])
async def test_a_report_is_written_and_tells_the_verdict(make_app: MakeApp, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"answer.{suffix}"
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "costs")
        await write(pilot, suffix, target)
        await until(pilot, target.exists, "the report")
        await in_place(pilot, "costs")
    text = target.read_text(encoding="utf-8")
    assert "own gpus for the base load" in text.lower() or "hybrid" in text
    if suffix == "json":
        assert json.loads(text)["verdict"]["recommendation"] == "hybrid"
    if suffix == "csv":
        assert len({line.count(",") for line in text.splitlines() if '"' not in line}) == 1


async def test_a_report_never_replaces_a_file(make_app: MakeApp, tmp_path: Path) -> None:
    target = tmp_path / "answer.md"
    target.write_text("mine")
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "costs")
        await write(pilot, "md", target)
        await until(pilot, lambda: "exists; choose another" in screen_text(pilot.app).replace("\n", " "), "the refusal")
        assert isinstance(pilot.app.screen, AskDialog)
    assert target.read_text() == "mine"
