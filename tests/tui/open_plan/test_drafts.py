"""Drafts: the newest state wins, a saved plan has none, and one plan's state never lands in another's draft."""

from __future__ import annotations

from pathlib import Path

from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.tui.open_plan.session import Origin
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import until


def names(profiles: Path) -> list[str]:
    return [draft.plan.name for draft in recover_drafts(profiles)]


async def test_an_older_state_never_replaces_a_newer_one(make_app: MakeApp, profiles: Path) -> None:
    app = make_app()
    async with app.run_test():
        drafting = app.filing.drafting
        plan = new_plan("Older", AS_OF)
        app.session.open(plan, Origin(), "key")
        late = drafting.moment()
        assert late is not None
        app.session.edit(set_value(plan, ("name",), "Newer"), "renamed")
        drafting.now()
        drafting.keep(late)
        assert names(profiles) == ["Newer"]


async def test_a_draft_on_its_way_does_not_outlive_the_save(make_app: MakeApp, profiles: Path) -> None:
    app = make_app()
    async with app.run_test():
        drafting = app.filing.drafting
        app.session.open(new_plan("Saved", AS_OF), Origin(), "key")
        late = drafting.moment()
        assert late is not None
        drafting.drop()
        drafting.keep(late)
        assert names(profiles) == []


async def test_a_late_draft_goes_to_its_own_plan(make_app: MakeApp, profiles: Path) -> None:
    app = make_app()
    async with app.run_test():
        drafting = app.filing.drafting
        app.session.open(new_plan("First", AS_OF), Origin(), "first")
        late = drafting.moment()
        assert late is not None
        app.session.open(new_plan("Second", AS_OF), Origin(), "second")
        drafting.keep(late)
        drafting.now()
        assert {draft.path.stem: draft.plan.name for draft in recover_drafts(profiles)} == {
            "first": "First",
            "second": "Second",
        }


async def test_a_folder_that_cannot_be_written_is_told_not_fatal(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "state").write_text("not a folder either")
    app = make_app(profiles_dir=tmp_path / "file" / "profiles")
    async with app.run_test(notifications=True) as pilot:
        app.session.open(new_plan("Homeless", AS_OF), Origin(), "key")
        app.filing.drafting.now()
        await until(pilot, lambda: any(n.title == "No draft kept" for n in app._notifications), "that none is kept")
