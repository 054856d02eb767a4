"""The plan as files that run, from the app."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.store import save
from planner.tui.dialogs.ask import AskDialog
from planner.tui.places import Spot
from tests.tui.conftest import MakeApp
from tests.tui.driving import settle, until
from tests.tui.opening import sample_plan


async def test_a_folder_is_written_and_what_was_edited_in_it_stays(
    make_app: MakeApp, profiles: Path, tmp_path: Path
) -> None:
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(
        catalog=shipped_catalog(), evaluator=evaluate_plan, open_path=profiles / "mine.toml", open_at=Spot("answer")
    )
    folder = tmp_path / "out"

    async def export(said: str) -> None:
        app.action_export_files()
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "where to")
        app.screen.query_one(Input).value = str(folder)
        await pilot.press("enter")
        await until(pilot, lambda: any(said in notice.message for notice in app._notifications), said)

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await export("README says in which order")
        assert (folder / "litellm.yaml").is_file()
        assert "mine.toml" not in (folder / "plan.toml").read_text()
        (folder / "litellm.yaml").write_text("mine: true\n")
        await export("Left as you edited them: litellm.yaml")
        assert (folder / "litellm.yaml").read_text() == "mine: true\n"
