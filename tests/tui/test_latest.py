"""Of many things asked for while one runs, only the last is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from planner.tui.textual_fixes import Latest, Work
from tests.tui.conftest import MakeApp, small_engine
from tests.tui.driving import settle, until
from tests.tui.opening import show_place


class Slow:
    """Work that waits until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began: list[str] = []
        self.shown: list[str] = []

    def __call__(self, name: str) -> Work:
        def work() -> Callable[[], None]:
            self.began.append(name)
            self.go.wait(5)
            return lambda: self.shown.append(name)

        return work


async def idle(pilot: Pilot[None], latest: Latest) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    assert not latest._busy


async def test_the_first_and_the_last_run_and_the_last_is_shown() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        owner, slow = Static(), Slow()
        await app.mount(owner)
        latest = Latest(owner, "test")
        for name in "abcdef":
            latest.ask(slow(name))
        slow.go.set()
        await idle(pilot, latest)
    assert slow.began == ["a", "f"]
    assert slow.shown == ["f"]


async def test_nothing_is_shown_on_a_widget_that_is_gone() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        owner, slow = Static(), Slow()
        await app.mount(owner)
        latest = Latest(owner, "test")
        latest.ask(slow("a"))
        removed = owner.remove()
        slow.go.set()
        await removed
        await pilot.pause()
    assert slow.shown == []


async def test_a_failure_does_not_block_what_follows() -> None:
    def broken() -> Callable[[], None]:
        raise ValueError("no")

    app: App[None] = App()
    async with app.run_test() as pilot:
        owner, slow = Static(), Slow()
        slow.go.set()
        await app.mount(owner)
        latest = Latest(owner, "test")
        latest.ask(broken)
        with pytest.raises(Exception, match="no"):
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        latest.ask(slow("a"))
        await idle(pilot, latest)
    assert slow.shown == ["a"]


async def test_a_held_slider_key_costs_few_evaluations(make_app: MakeApp) -> None:
    running, most, gate = [0], [0], threading.Event()
    gate.set()

    def counted(*given: object) -> object:
        running[0] += 1
        most[0] = max(most[0], running[0])
        gate.wait(5)
        running[0] -= 1
        return small_engine(*given)  # type: ignore[arg-type]

    app = make_app(evaluator=counted)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app.screen.action_tab("what-if")  # type: ignore[attr-defined]
        await until(pilot, lambda: bool(app.screen.query("#sliders")), "the sliders")
        app.screen.query_one("#sliders").focus()
        gate.clear()
        for _ in range(6):
            await pilot.press("right")
        gate.set()
        await settle(pilot)
        await until(pilot, lambda: running[0] == 0, "the last evaluation")
    assert most[0] == 1
