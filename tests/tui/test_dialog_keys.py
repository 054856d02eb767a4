"""Keys that come between the one that asks for a dialog and the dialog belong to the dialog."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Tabs

from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.pick import Item, PickDialog
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, settle, type_into, until
from tests.tui.opening import show_place
from tests.tui.typing import press


async def dialogs_at_rest(pilot: Pilot[None]) -> int:
    """How many dialogs are up once every flow waits for an answer or has ended."""
    for _ in range(4):
        await pilot.pause(0.02)
    return len(planner(pilot).screen_stack) - 1


async def test_letters_after_the_key_for_a_new_plan_do_nothing_below(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await in_place(pilot, "home")
        await press(pilot, "nodm", at_once=True)  # open, delete and compare, on the list below
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the templates")
        assert await dialogs_at_rest(pilot) == 1
        await pilot.press("escape")
        assert await dialogs_at_rest(pilot) == 0


@pytest.mark.parametrize("from_field", [False, True])
async def test_a_name_typed_at_once_after_f9_is_in_the_dialog(make_app: MakeApp, from_field: bool) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions" if from_field else "costs")
        if from_field:
            await type_into(pilot, "volume-growth-per-month", "5 %")
            await settle(pilot)
        before = pilot.app.focused
        await press(pilot, "<f9>Mine 2", at_once=True)
        await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "the name")
        await until(pilot, lambda: pilot.app.screen.query_one(Input).value == "Mine 2", "what was typed")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ModalScreen), "the place again")
        assert pilot.app.focused is before
        if isinstance(before, Input):
            assert before.value == "5 %"


async def test_enter_after_the_name_saves(make_app: MakeApp, profiles: Path) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        await press(pilot, "<f9>At once<enter>", at_once=True)
        await until(pilot, lambda: (profiles / "at-once.toml").exists(), "the file")


@pytest.mark.parametrize(("place", "key"), [("home", "n"), ("home", "o"), ("questions", "<f9>"), ("costs", "i")])
async def test_asking_twice_opens_one_dialog(make_app: MakeApp, place: str, key: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, place)
        await pilot.pause(0.1)
        await press(pilot, key * 2, at_once=True)
        await until(pilot, lambda: isinstance(pilot.app.screen, ModalScreen) or key == "i", "the dialog")
        assert await dialogs_at_rest(pilot) <= 1
        await pilot.press("escape")
        assert await dialogs_at_rest(pilot) == 0


async def test_letters_after_the_key_for_an_override_choose_in_the_list(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        await press(pilot, "oh", at_once=True)
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the ways")
        assert await dialogs_at_rest(pilot) == 1
        options = pilot.app.screen.query_one(OptionList)
        assert options.highlighted_option is not None
        assert options.highlighted_option.id == "hosted_open"


async def test_where_no_dialog_comes_the_keys_are_those_of_the_place(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.tui.flows.books.other_plans", lambda *_: ())
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await press(pilot, "m3", at_once=True)
        await until(pilot, lambda: pilot.app.screen.query_one(Tabs).active == "sensitivity", "the third tab")
        assert await dialogs_at_rest(pilot) == 0


async def test_keys_wait_while_a_flow_has_not_come_to_its_dialog(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        app, goes_on, answers = planner(pilot), asyncio.Event(), list[str | None]()

        async def slow() -> None:
            await goes_on.wait()
            answers.append(await app.push_screen_wait(AskDialog("Name", "", "", lambda text: "")))

        app.run_flow(slow)
        await press(pilot, "2abc", at_once=True)
        assert app.screen.query_one(Tabs).active == "ledger"
        goes_on.set()
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the dialog")
        await until(pilot, lambda: app.screen.query_one(Input).value == "2abc", "what was typed")
        await press(pilot, "<enter>")
        await until(pilot, lambda: answers == ["2abc"], "the answer")


async def test_a_key_never_overtakes_one_that_still_waits(make_app: MakeApp) -> None:
    """What has the focus already would get it first."""
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = PickDialog("Pick", "", [Item(str(n), f"Model {n}") for n in range(20)])
        dialog.wait_once_more()
        app.push_screen(dialog)
        await until(pilot, lambda: isinstance(app.focused, Input), "the field")
        await pilot.press("b")
        dialog.take_key(events.Key("a", "a"))
        dialog.wait_no_more()
        await until(pilot, lambda: dialog.query_one(Input).value == "ab", "both in their order")
