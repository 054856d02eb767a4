"""Journeys without the keyboard, but for what has to be typed: clicks on what can be seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList

from planner.plan.store import load, save
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.compare import CompareDialog
from planner.tui.dialogs.pick import PickDialog
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.shelf_list import ShelfList
from tests.tui.conftest import MakeApp
from tests.tui.dialogs.test_compare import half_the_triage
from tests.tui.driving import field, in_place, planner, screen_text, settle, until, verdict
from tests.tui.opening import show_place

SIZES = [(80, 24), (120, 40)]


async def click_text(pilot: Pilot[None], text: str, within: Widget | None = None) -> None:
    """Click on the first place where `text` stands on the screen, or in a part of it."""
    lines = screen_text(pilot.app).splitlines()
    region = (within or pilot.app.screen).region
    for y in range(region.y, min(region.bottom, len(lines))):
        x = lines[y].find(text, region.x)
        if 0 <= x < region.right:
            assert await pilot.click(offset=(x + 1, y))
            await pilot.pause()
            return
    raise AssertionError(f"{text!r} is not on the screen\n{screen_text(pilot.app)}")


async def line_of(pilot: Pilot[None], shown: OptionList, key: str) -> None:
    """Click on an option."""
    index = shown.get_option_index(key)
    shown.scroll_to(y=max(index - 3, 0), animate=False)
    await pilot.pause()
    before = pilot.app.screen
    await pilot.click(shown, offset=(6, index - int(shown.scroll_y) + shown.gutter.top))
    await until(pilot, lambda: pilot.app.screen is not before, "what was clicked on")


async def type_volume(pilot: Pilot[None], text: str) -> None:
    """Open the first workload with a click on its name, and type into its volume."""
    await until(pilot, lambda: bool(pilot.app.screen.query("WorkloadTable")), "the workloads")
    table = pilot.app.screen.query_one("WorkloadTable")
    await pilot.click(table, offset=(3, 1))
    await pilot.click(table, offset=(3, 1))  # the first click moves the cursor, the second opens
    await until(pilot, lambda: bool(pilot.app.screen.query("#workload-0-volume")), "the workload's form")
    volume = field(pilot, "workload-0-volume")
    await pilot.click(volume, offset=(3, 0))
    await until(pilot, lambda: volume.has_focus, "the field")
    volume.value = text
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_from_blank_to_a_saved_plan(make_app: MakeApp, profiles: Path, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await in_place(pilot, "home")
        await until(pilot, lambda: bool(app.screen.query_one(ShelfList).books), "the list")
        await click_text(pilot, "New plan")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the templates")
        await line_of(pilot, app.screen.query_one(OptionList), "blank")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert "KEEP YOUR MODELS" in verdict(pilot)
        await type_volume(pilot, "20M")
        assert "OWN GPUS" in verdict(pilot)
        await click_text(pilot, "Save", app.screen.query_one("KeyBar"))
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        app.screen.query_one(Input).value = "By mouse"
        await pilot.click(app.screen.query_one("#accept", Button))
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    saved = load(profiles / "by-mouse.toml").plan
    assert saved.workload[0].tokens_per_day == 20e6
    assert saved.result is not None
    assert saved.result.recommendation == "hybrid"


@pytest.mark.parametrize("size", SIZES)
async def test_an_example_answered_differently_changes_the_verdict(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await in_place(pilot, "home")
        shelf = app.screen.query_one(ShelfList)
        await until(pilot, lambda: bool(shelf.books), "the list")
        example = next(book for book in shelf.books if book.name == "Article: 1 million tokens a day")
        await line_of(pilot, shelf, example.key)
        await in_place(pilot, "questions")
        await settle(pilot)
        assert "KEEP YOUR MODELS" in verdict(pilot)
        await type_volume(pilot, "50M")
        assert "OWN GPUS" in verdict(pilot)
        assert app.change is not None
        assert app.change.verdict_changed
        await click_text(pilot, "Costs", app.screen.query_one("PlaceBar"))
        await in_place(pilot, "costs")
        assert "OWN GPUS" in verdict(pilot)


async def test_compare_two_plans(make_app: MakeApp, profiles: Path) -> None:
    other = profiles / "half.toml"
    save(half_the_triage(), other)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        planner(pilot).screen.action_compare()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the list of plans")
        await line_of(pilot, pilot.app.screen.query_one(OptionList), str(other))
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareDialog), "the comparison")
        await until(pilot, lambda: bool(pilot.app.screen.query(FactTable)), "its tables")
        assert "A Support assistant" in screen_text(pilot.app)
        assert "B Half the triage" in screen_text(pilot.app)


async def test_what_if_by_mouse_leads_to_another_verdict(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app, before = planner(pilot), planner(pilot).plan
        await click_text(pilot, "What if")
        await until(pilot, lambda: bool(app.screen.query("#sliders")), "the sliders")
        sliders = app.screen.query_one("#sliders")
        await until(pilot, lambda: sliders.region.area > 0, "their place")
        await pilot.click(sliders, offset=(20, 0))  # the least volume there is
        await until(
            pilot, lambda: "→" in screen_text(app) and "keep your models" in screen_text(app), "another verdict"
        )
        assert app.plan == before
