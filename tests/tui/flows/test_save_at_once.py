"""Saving in the instant in which a plan is being opened."""

from __future__ import annotations

from pathlib import Path

from planner.plan.store import save
from tests.tui.conftest import MakeApp
from tests.tui.driving import until
from tests.tui.opening import sample_plan


async def test_a_save_asked_for_while_a_plan_is_being_opened_is_not_lost(make_app: MakeApp, profiles: Path) -> None:
    path = profiles / "mine.toml"
    save(sample_plan(), path, None)
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.run_flow(lambda: app.filing.open_path(path))
        assert app.plan is None
        await app.run_action("save")
        await until(pilot, lambda: app.saves == 1, "the save")
