"""The file of the open plan changes, breaks or goes: nothing of mine is lost, nothing of theirs is overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from planner.plan.drafts import autosave, new_key, recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import load, save
from planner.tui.dialogs.ask import AskDialog, ChoiceDialog
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import drafted, in_place, screen_text, settle, type_into, until

SMALL = (80, 24)


def saved(profiles: Path) -> Path:
    """A plan of mine on disk."""
    return save(new_plan("Mine", AS_OF), profiles / "plan.toml").path


async def edited(pilot: Pilot[None]) -> None:
    """The plan named on the command line, with one edit."""
    await in_place(pilot, "questions")
    await settle(pilot)
    await type_into(pilot, "volume-growth-per-month", "6 %")
    await settle(pilot)


async def save_into_a_conflict(pilot: Pilot[None], answer: str) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog), "the conflict")
    await pilot.press(answer, *([] if answer == "a" else ["enter"]))  # a letter only goes to what drops something
    await until(pilot, lambda: not isinstance(pilot.app.screen, ChoiceDialog), "the dialog gone")


async def test_garbage_in_place_of_the_file_is_not_taken_for_mine(make_app: MakeApp, profiles: Path) -> None:
    path = saved(profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await edited(pilot)
        path.write_bytes(b"\x00\xff garbage")
        await save_into_a_conflict(pilot, "r")
        await until(pilot, lambda: "Not opened" in screen_text(app), "why not")
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == 0.06
        assert [draft.plan for draft in recover_drafts(profiles)] == [app.plan]
        await save_into_a_conflict(pilot, "a")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        app.screen.query_one(Input).value = "Mine again"
        await pilot.press("enter")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert path.read_bytes() == b"\x00\xff garbage"
    assert load(profiles / "mine-again.toml").plan.volume.growth_per_month == 0.06


async def test_taking_theirs_leaves_no_draft_of_mine(make_app: MakeApp, profiles: Path) -> None:
    """Also where the draft goes by another name than the file: the plan was new, and saved under its own name since."""
    path = profiles / "plan.toml"
    saved = save(new_plan("Mine", AS_OF), path)
    draft = set_value(saved.plan, ("volume", "growth_per_month"), 0.06)
    autosave(draft, profiles, new_key(), origin=path, origin_digest=saved.digest)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the draft offered")
        await pilot.press("g")
        await in_place(pilot, "questions")
        await settle(pilot)
        save(new_plan("Theirs", AS_OF), path, overwrite=True)
        await save_into_a_conflict(pilot, "r")
        await until(pilot, lambda: app.plan is not None and app.plan.name == "Theirs", "theirs")
        await settle(pilot)
        await drafted(pilot)
    assert recover_drafts(profiles) == ()
    assert load(path).plan.name == "Theirs"


async def test_overwriting_is_asked_again_where_theirs_changed_meanwhile(make_app: MakeApp, profiles: Path) -> None:
    path = saved(profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await edited(pilot)
        save(new_plan("Theirs", AS_OF), path, overwrite=True)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the conflict")
        asked = app.screen
        save(new_plan("Theirs, later", AS_OF), path, overwrite=True)
        await pilot.press("o", "enter")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and app.screen is not asked, "another question")
        assert load(path).plan.name == "Theirs, later"
        await pilot.press("o", "enter")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert load(path).plan.name == "Mine"


async def test_a_file_that_was_deleted_outside_is_not_brought_back_in_silence(
    make_app: MakeApp, profiles: Path
) -> None:
    path = saved(profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await edited(pilot)
        path.unlink()
        await save_into_a_conflict(pilot, "o")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert load(path).plan.volume.growth_per_month == 0.06


async def test_the_whole_folder_deleted_while_it_is_open(make_app: MakeApp, profiles: Path) -> None:
    path = saved(profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await edited(pilot)
        for file in sorted(profiles.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        profiles.rmdir()
        await type_into(pilot, "volume-growth-per-month", "7 %")
        await settle(pilot)
        await until(pilot, lambda: [d.plan for d in recover_drafts(profiles)] == [app.plan], "a draft elsewhere")
        await pilot.press("f2")
        await in_place(pilot, "home")
        await pilot.press("f3")
        await in_place(pilot, "questions")
        await save_into_a_conflict(pilot, "o")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert load(path).plan.volume.growth_per_month == 0.07


async def test_saving_again_while_a_save_waits_is_no_conflict_with_oneself(make_app: MakeApp, profiles: Path) -> None:
    path = saved(profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await edited(pilot)
        app.computing = True  # a save waits for the result that it writes with the plan
        for _ in range(5):
            app.action_save()
        await pilot.pause()
        app.computing = False
        await until(pilot, lambda: app.saves == 5, "all saves")
        assert not isinstance(app.screen, ChoiceDialog)
        assert not app.session.dirty
    assert load(path).plan.volume.growth_per_month == 0.06


async def test_a_flow_is_not_cancelled_by_the_next(make_app: MakeApp) -> None:
    steps: list[str] = []
    may_go_on = asyncio.Event()

    def flow(name: str) -> Callable[[], Awaitable[object]]:
        async def run() -> None:
            steps.append(f"{name} begins")
            await may_go_on.wait()
            steps.append(f"{name} ends")

        return run

    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        app.run_flow(flow("a"))
        app.run_flow(flow("b"))
        await until(pilot, lambda: steps == ["a begins"], "the first")
        may_go_on.set()
        await until(pilot, lambda: len(steps) == 4, "both")
    assert steps == ["a begins", "a ends", "b begins", "b ends"]


async def test_comments_that_a_save_would_lose_are_asked_about(make_app: MakeApp, profiles: Path) -> None:
    path = profiles / "plan.toml"
    save(new_plan("By hand", AS_OF), path)
    before = path.read_text() + '\n[choice]\nprefer_gpus = [\n  "l40s", # the two we have\n]\n'
    path.write_text(before)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await edited(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        assert "1 of its comments stands inside a list" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog), "the dialog gone")
        assert path.read_text() == before
        await save_into_a_conflict(pilot, "s")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
        await type_into(pilot, "volume-growth-per-month", "7 %")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not app.session.dirty, "saved without another question")
    assert load(path).plan.volume.growth_per_month == 0.07
    assert "the two we have" not in path.read_text()


async def test_a_text_that_is_no_answer_is_not_saved_as_what_it_was_on_the_way(
    make_app: MakeApp, profiles: Path
) -> None:
    path = saved(profiles)
    before = path.read_bytes()
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        await type_into(pilot, "volume-growth-per-month", "1")
        await pilot.press("percent_sign", "percent_sign", "ctrl+s")
        await until(pilot, lambda: "Not saved" in screen_text(app), "why it was not saved")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "whether to save")
        await pilot.press("s")
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog), "the app again")
        assert app.is_running
        assert path.read_bytes() == before
        await type_into(pilot, "volume-growth-per-month", "2 %")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    assert load(path).plan.volume.growth_per_month == 0.02


def test_a_dialog_without_its_field_yet_has_nothing_typed() -> None:
    assert AskDialog("Save as", "Name of the plan", "Mine", lambda text: "").unanswered() == ()
