"""Two planners on one plan: each has a draft of its own, neither touches the other's, and both are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from planner.plan.drafts import autosave, drafts_dirs, key_of_opening, recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.presence import Marker
from planner.plan.store import load, save
from planner.tui.dialogs.ask import ChoiceDialog
from planner.tui.open_plan.shelf import read_shelf
from planner.tui.widgets.shelf_list import ShelfList
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import drafted, in_place, screen_text, settle, type_into, until

SIZE = (120, 40)
GROWTH = "volume-growth-per-month"


@pytest.fixture(name="path")
def _path(profiles: Path) -> Path:
    return save(new_plan("Shared", AS_OF), profiles / "shared.toml").path


@contextmanager
def somebody(profiles: Path, path: Path, growth: float) -> Iterator[Path]:
    """Another planner that has the plan open, and edited; returns its draft."""
    marker, key, opened = Marker(), key_of_opening(path), load(path)
    marker.put(drafts_dirs(profiles), key, path)
    plan = set_value(opened.plan, ("volume", "growth_per_month"), growth)
    yield autosave(plan, profiles, key, origin=path, origin_digest=opened.digest, marked=True)
    marker.lift()


def growths(profiles: Path) -> set[object]:
    return {draft.plan.volume.growth_per_month for draft in recover_drafts(profiles)}


async def on_home(pilot: Pilot[None], name: str) -> ShelfList:
    await in_place(pilot, "home")
    shelf = pilot.app.screen.query_one(ShelfList)
    await until(pilot, lambda: any(book.name == name for book in shelf.books), name)
    shelf.wanted = next(book.key for book in shelf.books if book.name == name)
    shelf._fill()
    await pilot.pause()
    return shelf


async def test_a_plan_that_is_open_elsewhere_opens_and_says_so(make_app: MakeApp, profiles: Path, path: Path) -> None:
    with somebody(profiles, path, 0.05):
        app = make_app(open_path=path)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await in_place(pilot, "questions")
            await until(pilot, lambda: "Open elsewhere" in screen_text(app), "that it is")
            await settle(pilot)
            await type_into(pilot, GROWTH, "6 %")
            await drafted(pilot)
            assert growths(profiles) == {0.05, 0.06}
            await pilot.press("ctrl+s")
            await until(pilot, lambda: not app.session.dirty, "the save")
            assert growths(profiles) == {0.05}
        assert growths(profiles) == {0.05}


async def test_a_plan_that_is_open_nowhere_else_says_nothing(make_app: MakeApp, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        assert "Open elsewhere" not in screen_text(app)


async def test_a_planner_started_in_another_folder_is_told_too(
    make_app: MakeApp, profiles: Path, path: Path, tmp_path: Path
) -> None:
    for folder in (tmp_path / "there", tmp_path / "here"):
        folder.mkdir()
    first = make_app(profiles_dir=tmp_path / "there", open_path=path)
    async with first.run_test(size=SIZE) as one:
        await in_place(one, "questions")
        second = make_app(profiles_dir=tmp_path / "here", open_path=path)
        async with second.run_test(size=SIZE, notifications=True) as other:
            await until(other, lambda: "Open elsewhere" in screen_text(second), "that it is")


async def test_a_draft_in_use_is_listed_opened_as_a_copy_and_not_deleted(
    make_app: MakeApp, profiles: Path, path: Path
) -> None:
    with somebody(profiles, path, 0.05) as theirs:
        app = make_app()
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            shelf = await on_home(pilot, "Shared")
            book = shelf.books[0]
            assert (book.group, "open in another planner" in book.description) == ("draft", True)
            shelf.wanted = book.key
            shelf._fill()
            await pilot.press("d")
            await until(pilot, lambda: "Another planner works on it" in screen_text(app), "why not")
            assert theirs.exists()
            await pilot.press("enter")
            await in_place(pilot, "questions")
            await settle(pilot)
            await type_into(pilot, GROWTH, "6 %")
            await drafted(pilot)
            assert growths(profiles) == {0.05, 0.06}


async def test_a_draft_that_nobody_works_on_changes_hands_once(make_app: MakeApp, profiles: Path, path: Path) -> None:
    with somebody(profiles, path, 0.05) as left_behind:
        pass
    app = make_app(open_path=path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the draft offered")
        await pilot.press("g")
        await in_place(pilot, "questions")
        assert not left_behind.exists()
        (mine,) = recover_drafts(profiles, own=app.session.draft_key)
        assert (mine.plan, mine.path.stem, mine.open_elsewhere) == (app.plan, app.session.draft_key, False)


async def test_drafts_of_several_crashes_are_all_offered(make_app: MakeApp, profiles: Path, path: Path) -> None:
    for growth in (0.03, 0.04, 0.05):
        with somebody(profiles, path, growth):
            pass
    books = [book for book in read_shelf(profiles) if book.group == "draft"]
    assert [book.draft.plan.volume.growth_per_month for book in books if book.draft] == [0.05, 0.04, 0.03]
    app = make_app(open_path=path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the newest offered")
        await pilot.press("g")
        await in_place(pilot, "questions")
        await settle(pilot)
        await type_into(pilot, GROWTH, "6 %")
        await drafted(pilot)
        assert growths(profiles) == {0.03, 0.04, 0.06}


async def test_edits_left_for_another_plan_survive_going_on_with_an_older_draft(
    make_app: MakeApp, profiles: Path, path: Path
) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SIZE) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        await type_into(pilot, GROWTH, "6 %")
        await app.filing.open_new(new_plan("Another", AS_OF))
        with somebody(profiles, path, 0.05):
            pass
        newest = next(d for d in recover_drafts(profiles) if d.plan.volume.growth_per_month == 0.05)
        await app.filing.open_draft(newest)
        await settle(pilot)
        await drafted(pilot)
        assert growths(profiles) >= {0.05, 0.06}


async def test_a_bad_draft_has_a_line_that_says_why_and_hides_nothing(
    make_app: MakeApp, profiles: Path, path: Path
) -> None:
    (profiles / ".drafts").mkdir()
    (profiles / ".drafts" / "broken.toml").write_text("#:draft {cut off")
    app = make_app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        shelf = await on_home(pilot, "broken.toml")
        assert {"broken.toml", "Shared"} <= {book.name for book in shelf.books}
        assert "not valid JSON" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: "This file cannot be opened" in screen_text(app), "why not")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("d", "enter")
        await until(pilot, lambda: not (profiles / ".drafts" / "broken.toml").exists(), "the end of it")
