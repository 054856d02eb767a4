"""Drafts: the newest state wins, a saved plan has none, and one plan's state never lands in another's draft."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.tui.flows import files
from planner.tui.open_plan.drafts import Rest
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


def test_a_draft_is_due_when_typing_rests_and_in_steady_typing_after_two_seconds() -> None:
    now = [100.0]
    rest = Rest(0.5, 2.0, lambda: now[0])
    assert rest.edited() == 0.5
    for _ in range(4):
        now[0] += 0.4
        delay = rest.edited()
    assert delay == pytest.approx(0.4)  # 1.6 s after the first letter
    now[0] += 0.39
    assert rest.edited() == pytest.approx(0.01)
    now[0] += 5
    assert rest.edited() == 0
    rest.written()
    assert rest.edited() == 0.5


async def test_steady_typing_is_kept_though_it_never_rests(
    make_app: MakeApp, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DRAFT_DELAY_S", 1000.0)
    monkeypatch.setattr(files, "DRAFT_CEILING_S", 0.05)
    app = make_app()
    async with app.run_test() as pilot:
        app.session.open(new_plan("Typed", AS_OF), Origin(), "key")
        app.plan_replaced()
        app.update_plan(set_value(new_plan("Typed", AS_OF), ("name",), "Typed on"), "name")
        await until(pilot, lambda: names(profiles) == ["Typed on"], "the draft")
