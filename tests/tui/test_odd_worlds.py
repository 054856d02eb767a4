"""A full disk, a folder that cannot be written, very many plans, very long plans, names from everywhere."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.schema import Plan, WorkloadEntry
from planner.plan.store import load, save
from planner.tui.dialogs.ask import AskDialog
from planner.tui.widgets.shelf_list import ShelfList
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import in_place, screen_text, settle, type_into, until
from tests.tui.opening import sample_plan, show_place

SMALL = (80, 24)
NAMES = (
    "[red]x[/]",
    "[/]",
    "\\[b]",
    "@click=app.quit",
    "漢字の計画" * 12,
    "מרחבא عربي right to left",
    "👩‍👩‍👧‍👦 family",
    "zero\u200bwidth\u200d\u2066",
    "é" * 150,
    "$accent $missing",
)


def fail_writing(monkeypatch: pytest.MonkeyPatch, reason: int) -> None:
    """From now on no file can be written."""

    def refuse(*_: object, **__: object) -> int:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr("planner.toml.files.os.open", refuse)


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
async def test_what_cannot_be_written_is_said_and_kept_on_screen(
    make_app: MakeApp, profiles: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    path = profiles / "plan.toml"
    save(new_plan("Mine", AS_OF), path)
    before = path.read_bytes()
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        with monkeypatch.context() as full:
            fail_writing(full, reason)
            await type_into(pilot, "volume-growth-per-month", "6 %")
            await settle(pilot)
            await until(pilot, lambda: "No draft kept" in screen_text(app), "that no draft is kept")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "Not saved" in screen_text(app), "that it is not saved")
            assert app.session.dirty
            assert path.read_bytes() == before
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk, once there is room again")
    assert load(path).plan.volume.growth_per_month == 0.06
    assert [file.name for file in profiles.iterdir() if file.suffix == ".tmp"] == []


async def test_a_folder_that_cannot_be_written_keeps_drafts_elsewhere(make_app: MakeApp, tmp_path: Path) -> None:
    """A file stands where the folder should be: nobody, not even root, can write into it."""
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    app = make_app(profiles_dir=nowhere)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await in_place(pilot, "home")
        await app.filing.open_new(new_plan("Homeless", AS_OF))
        await in_place(pilot, "questions")
        await until(pilot, lambda: [d.plan for d in recover_drafts(nowhere)] == [app.plan], "a draft elsewhere")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        await pilot.press("enter")
        await until(pilot, lambda: "Not saved" in screen_text(app), "why not")
        assert app.session.dirty
    assert nowhere.read_text() == "not a folder"


async def test_two_hundred_plans_are_listed_and_the_last_is_reached(make_app: MakeApp, profiles: Path) -> None:
    for number in range(200):
        save(new_plan(f"Plan {number:03}", AS_OF), profiles / f"plan-{number:03}.toml")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await in_place(pilot, "home")
        shelf = app.screen.query_one(ShelfList)
        await until(pilot, lambda: sum(book.group == "plan" for book in shelf.books) == 200, "all plans")
        last = next(book for book in shelf.books if book.name == "Plan 000")
        shelf.highlighted = shelf.get_option_index(last.key)
        await pilot.press("enter")
        await in_place(pilot, "questions")
        assert app.plan is not None
        assert app.plan.name == "Plan 000"


def fifty_workloads() -> Plan:
    first = sample_plan().workload[0]
    data = first.model_dump()
    works = tuple(WorkloadEntry(**(data | {"name": f"work {n} {NAMES[n % len(NAMES)]}"[:60]})) for n in range(50))
    return sample_plan().model_copy(update={"workload": works})


async def test_fifty_workloads_everywhere(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "questions", fifty_workloads())
        for place in ("sizing", "routing", "costs", "assumptions", "questions"):
            await pilot.app.switch_mode(place)
            await in_place(pilot, place)
            await settle(pilot)
            await pilot.press("end", "pageup", "home", "pagedown")
            assert all(len(line) <= SMALL[0] for line in screen_text(pilot.app).splitlines())


async def through_every_place(pilot: Pilot[None]) -> None:
    for key in ("f4", "f5", "f6", "f7", "f8", "f2", "f3"):
        await pilot.press(key)
        await settle(pilot)


async def test_names_from_everywhere_are_saved_shown_and_opened_again(make_app: MakeApp, profiles: Path) -> None:
    paths = {profiles / f"named-{number}.toml": name for number, name in enumerate(NAMES)}
    for path, name in paths.items():
        save(set_value(sample_plan(name), ("workload", 0, "name"), name[:60]), path)
    app = make_app()
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        for path, name in paths.items():
            app.run_flow(partial(app.filing.open_path, path))
            await until(pilot, lambda name=name: app.plan is not None and app.plan.name == name, name)  # type: ignore[misc]
            await in_place(pilot, "questions")
            await settle(pilot)
            await through_every_place(pilot)
            await pilot.press("ctrl+p")
            app.screen.query_one(Input).value = "open"
            await until(pilot, lambda: app.screen.query_one(OptionList).option_count > 0, "what can be opened")
            await pilot.press("escape")
            await type_into(pilot, "volume-growth-per-month", "6 %")
            await settle(pilot)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: not app.session.dirty, "the plan on disk")
            again = load(path).plan
            assert (again.name, again.workload[0].name) == (name, name[:60])
            assert again.volume.growth_per_month == 0.06


@pytest.mark.parametrize("path", ["9" * 5000, "~nobody-of-this-name/plan.toml", "a\x00b", "/" * 3000], ids=str.__len__)
async def test_a_path_that_no_file_can_have_is_refused_in_words(make_app: MakeApp, path: str) -> None:
    async with make_app().run_test(size=SMALL) as pilot:
        await in_place(pilot, "home")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "the path")
        pilot.app.screen.query_one(Input).value = path  # raised OSError
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, AskDialog)
        assert pilot.app.screen.query_one("#problem").render().plain  # type: ignore[union-attr]
