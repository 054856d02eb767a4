"""Notices go when their time is over, also when that was before they were drawn; the first screen is painted once."""

from __future__ import annotations

import asyncio
from time import time

import pytest
from textual.app import App
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets._toast import Toast

from planner.tui.dialogs.ask import delete_dialog
from planner.tui.textual_fixes import Notice
from planner.tui.themes import DARK, LIGHT
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, until
from tests.tui.opening import show_place


def test_time_left_is_never_less_than_none() -> None:
    late = Notice("late", timeout=1, raised_at=time() - 10)
    assert late.has_expired
    assert 0 < late.time_left < 0.1
    fresh = Notice("fresh", timeout=60)
    assert not fresh.has_expired
    assert 59 < fresh.time_left <= 60


async def test_a_notice_drawn_after_its_time_goes_and_the_app_stays(make_app: MakeApp) -> None:
    async with make_app().run_test(notifications=True) as pilot:
        await in_place(pilot, "home")
        await pilot.app.mount(Toast(Notice("late", timeout=0.1, raised_at=time() - 1)))  # froze the app for good
        await until(pilot, lambda: not pilot.app.screen.query(Toast), "the notice gone")
        assert planner(pilot).is_running


class SlowToGo(Static):
    """Leaves once it may."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.may_go = asyncio.Event()

    async def on_unmount(self) -> None:
        await self.may_go.wait()


async def test_a_worker_cancelled_before_its_dialog_takes_no_widget_with_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await in_place(pilot, "home")
        slow = SlowToGo()
        holder, asks = Container(slow), asyncio.Event()
        await app.screen.mount(holder)

        async def ask() -> None:
            holder.remove()  # to be waited for by whoever comes first: here, before it asks
            asks.set()
            await app.push_screen_wait(delete_dialog("mine", "mine.toml"))

        loops = [task for task in (widget_task(holder), widget_task(slow)) if task is not None]
        worker = app.run_worker(ask())
        await asks.wait()
        worker.cancel()
        while not worker.is_finished:  # the pilot would wait for the widget too
            await asyncio.sleep(0)
        slow.may_go.set()
        await until(pilot, lambda: all(task.done() for task in loops), "the widgets gone")
        assert [task.cancelled() for task in loops] == [False, False]
        assert app.is_running


def widget_task(widget: Widget) -> asyncio.Task[None] | None:
    return widget._task


async def test_what_the_app_says_is_such_a_notice(make_app: MakeApp) -> None:
    async with make_app().run_test(notifications=True) as pilot:
        await in_place(pilot, "home")
        planner(pilot).notify("Saved")
        pilot.app.screen.notify("also")
        await pilot.pause()
        assert [type(notice) for notice in pilot.app._notifications] == [Notice, Notice]


async def test_the_first_screen_is_painted_in_our_theme_with_styles_read_once(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_again: list[str] = []
    monkeypatch.setattr(App, "refresh_css", lambda self, animate=True: read_again.append("styles"))
    app = make_app()
    async with app.run_test() as pilot:
        await in_place(pilot, "home")
        assert read_again == []
        assert app.screen.styles.background.hex == DARK.background
        assert {"-dark-mode", f"-theme-{DARK.name}"} <= app.classes
        assert "-light-mode" not in app.classes


async def test_a_theme_chosen_later_reaches_screens_built_before_and_after(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await show_place(pilot, "questions")
        app.theme = LIGHT.name
        await pilot.pause()
        assert app.screen.styles.background.hex == LIGHT.background
        for place in ("costs", "home", "questions"):
            await app.switch_mode(place)
            await in_place(pilot, place)
            await pilot.pause()
            assert app.screen.styles.background.hex == LIGHT.background
        assert {"-light-mode", f"-theme-{LIGHT.name}"} <= app.classes
        assert not {"-dark-mode", f"-theme-{DARK.name}"} & app.classes


async def test_a_timer_that_is_due_at_once_and_comes_late_ends_nothing(make_app: MakeApp) -> None:
    """A draft that is overdue asks for no delay at all, while an evaluation holds the interpreter."""
    called: list[str] = []
    async with make_app().run_test() as pilot:
        for delay in (0.0, -1.0):
            pilot.app.set_timer(delay, lambda: called.append("called"))
            ends = time() + 0.05
            while time() < ends:  # the message loop is held up
                pass
        await until(pilot, lambda: len(called) == 2, "both timers")
        assert pilot.app.is_running
