"""In a browser, files are opened and written below the folder of plans only; the refusal is one line in the dialog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from planner.plan.places import ONLY_BELOW
from planner.plan.store import load, save
from planner.tui.dialogs.ask import AskDialog
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, until
from tests.tui.flows.test_files import write
from tests.tui.opening import sample_plan, show_place

SIZE = (120, 40)
REFUSAL = "planner serve opens and writes files below"


@pytest.fixture(autouse=True)
def _served(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ONLY_BELOW, json.dumps([str(profiles)]))


def problem(pilot: Pilot[None]) -> str:
    """What the dialog has against what was typed."""
    return str(pilot.app.screen.query_one("#problem", Static).content)


@pytest.mark.parametrize("path", ["{beside}/there.toml", "{beside}/absent.toml", "~/x.toml", "{inside}/../there.toml"])
async def test_a_plan_elsewhere_is_not_opened_nor_told_of(
    make_app: MakeApp, profiles: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "there.toml").write_text("")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await in_place(pilot, "home")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the dialog")
        app.screen.query_one(Input).value = path.format(beside=tmp_path, inside=profiles)
        await pilot.press("enter")
        await until(pilot, lambda: REFUSAL in problem(pilot), "the refusal")
        assert isinstance(app.screen, AskDialog)
        assert app.plan is None


async def test_a_report_elsewhere_is_not_written(make_app: MakeApp, profiles: Path, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await show_place(pilot, "costs")
        await write(pilot, "md", tmp_path / "answer.md")
        await until(pilot, lambda: REFUSAL in problem(pilot), "the refusal")
        app.screen.query_one(Input).value = str(profiles / "answer.md")
        await pilot.press("enter")
        await until(pilot, (profiles / "answer.md").exists, "the report")
    assert not (tmp_path / "answer.md").exists()


async def test_the_report_that_is_proposed_may_be_written(
    make_app: MakeApp, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.rmdir()
    monkeypatch.chdir(tmp_path)
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await show_place(pilot, "costs")
        app.action_write_report()
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the file")
        await pilot.press("enter")
        await until(pilot, lambda: len(list(profiles.glob("*-report.md"))) == 1, "the report")


async def test_an_opened_plan_cannot_be_saved_elsewhere(make_app: MakeApp, tmp_path: Path) -> None:
    """As a draft of a file elsewhere would be: it was kept by an app in a terminal."""
    path = tmp_path / "elsewhere.toml"
    app = make_app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await show_place(pilot, "costs")
        app.session.origin = type(app.session.origin)(path, "digest")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: any(REFUSAL in notice.message for notice in app._notifications), "the refusal")
    assert not path.exists()


async def test_what_is_saved_goes_to_the_folder_of_plans(make_app: MakeApp, profiles: Path) -> None:
    saved = save(sample_plan(), profiles / "support.toml").path
    app = make_app(open_path=saved)
    async with app.run_test(size=SIZE) as pilot:
        await in_place(pilot, "questions")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert load(saved).plan.name == sample_plan().name
