"""A notice goes when its time is over, also when that was before it was drawn."""

from __future__ import annotations

from time import time

from textual.widgets._toast import Toast

from planner.tui.steady_app import Notice
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, until


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


async def test_what_the_app_says_is_such_a_notice(make_app: MakeApp) -> None:
    async with make_app().run_test(notifications=True) as pilot:
        await in_place(pilot, "home")
        planner(pilot).notify("Saved")
        pilot.app.screen.notify("also")
        await pilot.pause()
        assert [type(notice) for notice in pilot.app._notifications] == [Notice, Notice]
