"""Letters in a dialog of answers: none loses anything by itself, and a word typed into it reaches nothing below."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.plan.drafts import autosave, key_for, recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import load, save
from planner.tui import held_keys
from planner.tui.dialogs import ask
from planner.tui.dialogs.ask import ChoiceDialog, Option
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import drafted, in_place, planner, settle, until
from tests.tui.opening import show_place
from tests.tui.typing import press

OPTIONS = (Option("keep", "k", "Keep"), Option("save", "s", "Save"), Option("drop", "d", "Drop", dangerous=True))
MAKE: dict[str, Callable[[], ChoiceDialog]] = {
    "delete": lambda: ask.delete_dialog("Mine", "mine.toml"),
    "draft": lambda: ask.draft_dialog("Mine", datetime(2026, 11, 23, tzinfo=UTC)),
    "unsaved": lambda: ask.unsaved_dialog("Mine", True),
    "comments": lambda: ask.comments_dialog("mine.toml", 1),
    "conflict": lambda: ask.conflict_dialog("mine.toml"),
}


async def _asked(pilot: Pilot[None], dialog: ChoiceDialog) -> list[str | None]:
    answers: list[str | None] = []
    pilot.app.push_screen(dialog, answers.append)
    await until(pilot, lambda: pilot.app.screen is dialog and pilot.app.focused is not None, "the dialog")
    return answers


@pytest.mark.parametrize(
    ("keys", "answers"),
    [
        ("s", ["save"]),
        ("d", []),
        ("dd", []),
        ("d<enter>", ["drop"]),
        ("dk<enter>", ["keep"]),
        ("drop<enter>", ["keep"]),
        ("report<enter>", ["keep"]),
        ("xs", []),
        ("xd<enter>", ["keep"]),
        ("<right><right><enter>", ["drop"]),
        ("<escape>", [None]),
    ],
)
async def test_no_letter_alone_drops_anything(make_app: MakeApp, keys: str, answers: list[str | None]) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        given = await _asked(pilot, ChoiceDialog("Leave?", "", OPTIONS))
        await press(pilot, keys)
        assert given == answers


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize(
    "word", ["report", "open", "discard", "delete", "overwrite", "reload", "take theirs", "without"]
)
async def test_no_word_drops_anything(make_app: MakeApp, name: str, word: str) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        dialog = MAKE[name]()
        dropping = {option.id for option in dialog._options if option.dangerous}
        given = await _asked(pilot, dialog)
        for letter in word:
            if pilot.app.screen is dialog:
                await press(pilot, letter)
        if pilot.app.screen is dialog:
            await press(pilot, "<enter>")
        assert not dropping & {answer for answer in given if answer}


def test_the_first_answer_is_a_safe_one_and_what_drops_something_is_marked() -> None:
    for make in MAKE.values():
        first, *_ = make()._options
        assert not first.dangerous
    assert {option.id for option in MAKE["conflict"]()._options if option.dangerous} == {"reload", "overwrite"}


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_rest_of_a_word_reaches_nothing_below(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(held_keys, "WORD_S", 1e6)
    async with make_app().run_test() as pilot:
        await show_place(pilot, "questions")
        pilot.app.screen.query_one("#volume-growth-per-month", Input).focus()
        await pilot.pause()
        before = planner(pilot).plan
        given = await _asked(pilot, ChoiceDialog("Leave?", "", OPTIONS))
        await press(pilot, "save it", at_once=at_once)
        await until(pilot, lambda: given == ["save"], "the answer")
        assert pilot.app.screen.query_one("#volume-growth-per-month", Input).value == "0 %"
        assert planner(pilot).plan == before
        await press(pilot, "<end><backspace><backspace><backspace>7")
        assert pilot.app.screen.query_one("#volume-growth-per-month", Input).value == "7", "another key ends the word"


async def test_what_is_typed_on_reaches_the_next_dialog(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_keys, "WORD_S", 1e6)
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        await _asked(pilot, ChoiceDialog("Leave?", "", OPTIONS))
        await press(pilot, "s")
        pilot.app.push_screen(ask.AskDialog("Save as", "", "", lambda text: ""))
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the name")
        await press(pilot, "Mine")
        assert pilot.app.screen.query_one(Input).value == "Mine"


async def _with_a_draft(make_app: MakeApp, profiles: Path) -> Path:
    path = profiles / "mine.toml"
    saved = save(new_plan("Mine", AS_OF), path)
    edited = set_value(saved.plan, ("volume", "growth_per_month"), 0.07)
    autosave(edited, profiles, key_for(path), origin=path, origin_digest=saved.digest)
    return path


async def test_a_word_typed_at_the_question_about_edits_changes_nothing(make_app: MakeApp, profiles: Path) -> None:
    path = await _with_a_draft(make_app, profiles)
    text = path.read_bytes()
    app = make_app(open_path=path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await press(pilot, "<ctrl+p>report<enter>", at_once=True)
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan is not None
        assert (app.plan.name, app.plan.volume.growth_per_month) == ("Mine", 0.07), "the edits"
    assert path.read_bytes() == text


async def test_edits_that_were_dropped_come_back(make_app: MakeApp, profiles: Path) -> None:
    path = await _with_a_draft(make_app, profiles)
    app = make_app(open_path=path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await press(pilot, "o<enter>")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == 0
        assert recover_drafts(profiles, app.session.draft_key) == ()
        await press(pilot, "<ctrl+z>")
        await settle(pilot)
        assert app.plan.volume.growth_per_month == 0.07
        await drafted(pilot)
        assert [draft.plan for draft in recover_drafts(profiles, app.session.draft_key)] == [app.plan]


async def test_so_do_mine_after_theirs_were_taken(make_app: MakeApp, profiles: Path) -> None:
    path = profiles / "mine.toml"
    save(new_plan("Mine", AS_OF), path)
    app = make_app(open_path=path)
    async with app.run_test(size=(80, 24)) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan is not None
        app.update_plan(set_value(app.plan, ("volume", "growth_per_month"), 0.07), "growth")
        await settle(pilot)
        save(new_plan("Theirs", AS_OF), path, overwrite=True)
        await press(pilot, "<f9>")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the conflict")
        await press(pilot, "r<enter>")
        await until(pilot, lambda: app.plan is not None and app.plan.name == "Theirs", "theirs")
        await settle(pilot)
        await press(pilot, "<ctrl+z>")
        await settle(pilot)
        assert app.plan is not None
        assert (app.plan.name, app.plan.volume.growth_per_month) == ("Mine", 0.07)
        assert load(path).plan.name == "Theirs", "nothing was written"
