"""The plan as files that run, from the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.store import save
from planner.tui.dialogs.ask import AskDialog, ShownDialog
from planner.tui.places import Spot
from tests.tui.conftest import MakeApp
from tests.tui.driving import settle, until
from tests.tui.opening import sample_plan


@pytest.mark.parametrize("answer", ["w", "r", "l", "escape"])
async def test_what_differs_is_shown_and_an_edit_replaced_only_where_that_is_asked_for(
    answer: str, make_app: MakeApp, profiles: Path, tmp_path: Path
) -> None:
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(
        catalog=shipped_catalog(), evaluator=evaluate_plan, open_path=profiles / "mine.toml", open_at=Spot("answer")
    )
    folder = tmp_path / "out"

    async def export() -> None:
        app.action_export_files()
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "where to")
        app.screen.query_one(Input).value = str(folder)
        await pilot.press("enter")

    def told(said: str) -> bool:
        return any(said in notice.message for notice in app._notifications)

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await export()
        await until(pilot, lambda: told("README says in which order"), "written")
        assert "mine.toml" not in (folder / "plan.toml").read_text()
        plain = (folder / "litellm.yaml").read_text()
        (folder / "litellm.yaml").write_text("mine: true\n")
        (folder / "smoke-test.sh").unlink()
        app.clear_notifications()
        await export()
        await until(pilot, lambda: isinstance(app.screen, ShownDialog), "what differs")
        text = "\n".join(str(shown.content) for shown in app.screen.query(Static))
        assert "--- litellm.yaml (there)" in text
        assert "-mine: true" in text
        assert "edited: litellm.yaml\nnew: smoke-test.sh" in text
        assert (folder / "litellm.yaml").read_text() == "mine: true\n"
        await pilot.press(answer, *(["enter"] if answer == "r" else []))
        await until(pilot, lambda: not isinstance(app.screen, ShownDialog), "answered")
        if answer in "wr":
            await until(pilot, lambda: told("README says in which order"), "written again")
            assert told("Left as you edited them: litellm.yaml") == (answer == "w")
        await settle(pilot)
    assert (folder / "litellm.yaml").read_text() == (plain if answer == "r" else "mine: true\n")
    assert (folder / "smoke-test.sh").exists() == (answer in "wr")
