"""What the monkey found, each as its own test: keys and clicks that come faster than screens change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.style import Style
from textual import events
from textual.command import CommandList, CommandPalette
from textual.geometry import Offset, Size
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets._toast import Toast

from planner.plan.edit import new_plan
from planner.plan.store import save
from planner.tui.dialogs.ask import AskDialog, ChoiceDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.open_plan.session import Origin
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.shelf_list import ShelfList
from planner.tui.widgets.workload_table import WorkloadTable
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, in_place, planner, screen_text, settle, until
from tests.tui.opening import show_place

QUIET_LOOKS = 12
"""In a row at which nothing was laid out again: as many refreshes of the screen have had their turn."""


async def test_a_dialog_left_twice_leaves_the_screen_below(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        dialog = PickDialog("Pick", "", [Item("a", "A")])
        await pilot.app.push_screen(dialog)
        dialog.dismiss("a")
        dialog.dismiss("a")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 1


async def test_the_palette_left_twice_leaves_the_screen_below(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        await pilot.press("ctrl+p")
        palette = pilot.app.screen
        assert isinstance(palette, CommandPalette)
        palette.dismiss()
        palette.dismiss()
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 1


async def test_the_palette_asked_for_again_while_it_goes(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        app = planner(pilot)
        app.action_command_palette()
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        app.screen.dismiss(None)
        app.action_command_palette()
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.is_running, "the next one")
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the place below")


async def test_the_search_for_a_theme_left_twice_leaves_the_screen_below(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        pilot.app.search_themes()
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the search")
        search = pilot.app.screen
        search.dismiss()
        search.dismiss()
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 1
        assert planner(pilot).is_running


async def test_a_click_on_the_palette_where_the_window_was_larger(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        await pilot.press("ctrl+p")
        palette = pilot.app.screen
        x, y = pilot.app.size
        palette.post_message(events.Click(palette, x + 9, y, 0, 0, 1, False, False, False, x + 9, y))  # raised NoWidget
        await pilot.pause()
        assert pilot.app.screen is palette
        await pilot.click(offset=(0, 0))
        assert len(pilot.app.screen_stack) == 1


@pytest.mark.parametrize("action", ["action_page_up", "action_page_down"])
async def test_a_page_key_right_after_a_list_was_filled(make_app: MakeApp, action: str) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        shelf = pilot.app.screen.query_one(ShelfList)
        await until(pilot, lambda: shelf.option_count > 1, "the examples")
        options = list(shelf.options)
        shelf.clear_options()
        shelf.add_options(options)
        shelf.highlighted = 1
        getattr(shelf, action)()  # raised KeyError
        await pilot.pause()
        assert shelf.option_count == len(options)


async def test_a_click_on_a_line_that_has_gone_from_its_list(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        shelf = pilot.app.screen.query_one(ShelfList)
        await until(pilot, lambda: shelf.option_count > 1, "the examples")
        await pilot.press("ctrl+p")
        found = pilot.app.screen.query_one(CommandList)
        await until(pilot, lambda: found.option_count > 1, "the commands")
        for shown in (shelf, found):
            last = Style.from_meta({"option": shown.option_count - 1})
            shown.clear_options()
            click = events.Click(shown, 3, 3, 0, 0, 1, False, False, False, 3, 3, last)
            shown.post_message(click)  # raised IndexError
        await pilot.pause()
        assert planner(pilot).is_running
        assert isinstance(pilot.app.screen, CommandPalette)


async def test_names_in_the_palette_are_never_markup(make_app: MakeApp, profiles: Path) -> None:
    name = "[/b] 50 % [red]off"
    save(new_plan(name, AS_OF), profiles / "[bold].toml", None)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await in_place(pilot, "home")
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one(Input).value = "open [/b]"
        await until(pilot, lambda: f"Open {name}" in screen_text(pilot.app), "the name as it is")


async def test_asking_to_leave_twice_asks_once(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await show_place(pilot, "costs")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog), "the question")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 2


async def test_saving_twice_at_once_leaves_nothing_undone(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        app.action_save()
        app.action_save()  # a worker cancelled before it began must not leave a coroutine behind
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name to save under")
        assert app.is_running


async def test_a_click_on_a_heading_that_is_gone(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        table = pilot.app.screen.query_one("#routes", FactTable)
        table.clear(columns=True)  # emptied, and not drawn again yet
        await pilot.click(table, offset=(3, 0))  # raised IndexError
        assert table.row_count == 0


def point_and_click(pilot: Pilot[None], place: Offset) -> None:
    """As the terminal's thread would, without waiting for anything to be drawn."""
    for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
        pressed = 0 if kind is events.MouseMove else 1
        pilot.app.screen._forward_event(
            kind(None, place.x, place.y, 0, 0, pressed, False, False, False, place.x, place.y)
        )


async def test_a_click_on_a_widget_that_is_gone(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        why = pilot.app.screen.query_one(Hint)
        place = why.region.offset
        with pilot.app.batch_update():  # not drawn again yet
            await why.remove()
            assert pilot.app.screen.get_widget_at(*place)[0] is why
            point_and_click(pilot, place)  # raised AttributeError
        assert planner(pilot).is_running


async def test_a_click_on_a_notice_that_has_just_gone(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40), notifications=True) as pilot:
        await show_place(pilot, "questions")
        pilot.app.notify("higher than the screen " * 120, timeout=60)
        await until(pilot, lambda: bool(pilot.app.screen.query(Toast)), "the notice")
        notice = pilot.app.screen.query_one(Toast)
        await until(pilot, lambda: notice.region.area > 0, "its place")
        place = Offset(notice.region.x + 5, 0)
        with pilot.app.batch_update():
            await notice.remove()
            notice._dirty_regions.add(notice.region)  # nor drawn since its theme or size changed
            assert pilot.app.screen.get_widget_at(*place)[0] is notice
            point_and_click(pilot, place)  # raised NoScreen
        assert planner(pilot).is_running


async def test_letters_typed_while_an_answer_is_on_its_way_stay(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        app = planner(pilot)
        app.screen.workload = 0  # type: ignore[attr-defined]
        await until(pilot, lambda: bool(app.screen.query("#workload-0-name")), "the workload's form")
        name = field(pilot, "workload-0-name")
        name.focus()
        await pilot.pause()
        name.select_all()
        text = "abcdefghijklmnopqrstuvwxyz" * 4
        for number, letter in enumerate(text):
            app.post_message(events.Key(letter, letter))
            await asyncio.sleep(0.003 if number % 3 else 0)
        await settle(pilot)
        assert name.value == text
        assert app.plan is not None
        assert app.plan.workload[0].name == text


async def test_a_dialog_left_before_it_is_there(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        dialog = AskDialog("Name", "", "x", lambda text: "")
        mounting = pilot.app.push_screen(dialog)
        dialog.action_leave()  # ended the app: mounting found none of the dialog's parts
        await mounting
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1, "the screen below")
        assert planner(pilot).is_running


async def test_a_workload_that_is_gone_when_its_form_comes_up(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        screen = app.screen
        assert isinstance(screen, QuestionsScreen)
        screen.workload = 2
        app.session.open(new_plan("One workload only", AS_OF), Origin(), "other")
        app.plan_replaced()
        await until(pilot, lambda: screen.workload is None and bool(screen.query(WorkloadTable)), "the table")
        await settle(pilot)
        assert "One workload only" in screen_text(app)


@pytest.mark.parametrize("with_dialog", [False, True])
async def test_two_sizes_at_once_do_not_call_each_other_forth_for_ever(make_app: MakeApp, with_dialog: bool) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        if with_dialog:
            await pilot.press("f1")
        laid_out: list[Size] = []
        for screen in pilot.app.screen_stack:
            for size in (Size(60, 20), Size(120, 40), Size(40, 10), Size(120, 40)):
                screen.post_message(events.Resize(size, size))
                screen.call_later(lambda: None)  # between two sizes something else, or one replaces the other
            screen.screen_layout_refresh_signal.subscribe(screen, lambda shown: laid_out.append(shown.size))
        before = [-1] * QUIET_LOOKS

        def quiet() -> bool:
            before.append(len(laid_out))
            return len(set(before[-QUIET_LOOKS:])) == 1 and bool(laid_out)

        await until(pilot, quiet, "an end: it is laid out again and again")
        assert pilot.app.screen.size == (120, 40)
        assert all("-normal" in screen.classes and "-tall" in screen.classes for screen in pilot.app.screen_stack)
