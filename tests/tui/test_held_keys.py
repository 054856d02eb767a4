"""A key that is held down asks for the same work thirty times a second; two runs answer all of it."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from planner.plan.edit import new_plan, set_value
from planner.tui.dialogs.compare import RepriceDialog
from planner.tui.open_plan.shelf import read_shelf
from planner.tui.screens.assumptions.screen import AssumptionsScreen
from planner.tui.screens.home.screen import HomeScreen
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.shelf_list import ShelfList
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, MakeApp, small_engine
from tests.tui.driving import in_place, planner, screen_text, until
from tests.tui.opening import show_place


class Counted:
    """Work that waits until it is let go, and counts how often it began."""

    def __init__(self, work: object) -> None:
        self.work, self.began, self.go = work, 0, threading.Event()

    def __call__(self, *given: object) -> object:
        self.began += 1
        assert self.go.wait(20)
        return self.work(*given)  # type: ignore[operator]


async def test_coming_home_again_and_again_reads_the_folder_twice(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app().run_test() as pilot:
        await in_place(pilot, "home")
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        shelf = screen.query_one(ShelfList)
        await until(pilot, lambda: bool(shelf.books), "the list")
        reading = Counted(read_shelf)
        monkeypatch.setattr("planner.tui.screens.home.screen.read_shelf", reading)
        shelf.books = ()
        for _ in range(30):
            screen.reload()
        reading.go.set()
        await until(pilot, lambda: bool(shelf.books), "the list again")
        assert reading.began == 2


async def test_repricing_asked_for_again_and_again_evaluates_once(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    api = evaluation.catalog.apis[evaluation.inputs.volume.baseline_api]
    price = {"id": api.id, "input_per_mtok": 99.0, "output_per_mtok": 99.0, "source": "old", "as_of": date(2026, 5, 1)}
    plan = set_value(new_plan("Old prices", AS_OF), ("prices", "api"), [price])
    async with make_app().run_test() as pilot:
        await show_place(pilot, "costs", plan)
        app = planner(pilot)
        evaluating = Counted(small_engine)
        app.evaluator = evaluating  # type: ignore[assignment]
        for _ in range(20):
            app.action_reprice()
            await pilot.pause(0)
        evaluating.go.set()
        await until(pilot, lambda: isinstance(app.screen, RepriceDialog), "the dialog")
        assert evaluating.began == 1


async def test_effects_asked_for_in_a_row_show_the_last_and_leave_none_computing(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        app, screen = planner(pilot), planner(pilot).screen
        assert isinstance(screen, AssumptionsScreen)
        table = screen.query_one("#defaults", FactTable)
        ranges = [key for key, default in screen._found.items() if default.estimate and default.path]
        evaluating = Counted(small_engine)
        app.evaluator = evaluating  # type: ignore[assignment]
        for key in ranges[:6]:
            table.select(key)
            await pilot.pause()
            screen.action_effect()
        await until(pilot, lambda: "computing…" in screen_text(app), "that it computes")
        evaluating.go.set()
        await until(pilot, lambda: "computing…" not in screen_text(app), "the effect")
        assert "effect" in screen_text(app)
        assert evaluating.began <= 4  # two ends of the first and two of the last
        table.select(ranges[0])
        await pilot.pause()
        assert "computing…" not in screen_text(app)
