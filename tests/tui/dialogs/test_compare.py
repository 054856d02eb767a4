"""Comparing plans from a result place: pick, read the differences, add a third, and what cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from planner.plan.edit import set_values
from planner.plan.schema import Plan
from planner.plan.store import save
from planner.tui.dialogs.compare import CompareDialog
from planner.tui.dialogs.pick import PickDialog
from planner.tui.flows.books import other_plans
from planner.tui.widgets.document_view import DocumentView
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.shelf_list import ShelfList
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, screen_text, until
from tests.tui.opening import sample_plan, show_place


def half_the_triage(name: str = "Half the triage") -> Plan:
    changes: dict[tuple[str | int, ...], object] = {
        ("name",): name,
        ("workload", 0, "tokens_per_day"): 30e6,
        ("volume", "growth_per_month"): 0.02,
    }
    return set_values(sample_plan(), changes)


async def pick(pilot: Pilot[None], path: Path) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the list of plans")
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(str(path))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareDialog), "the comparison")
    await until(pilot, lambda: bool(pilot.app.screen.query(FactTable)), "its tables")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_differences_stand_side_by_side(make_app: MakeApp, profiles: Path, size: tuple[int, int]) -> None:
    other = profiles / "half.toml"
    save(half_the_triage(), other)
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("m")
        await pick(pilot, other)
        text = screen_text(pilot.app)
        assert "A Support assistant" in text
        assert "B Half the triage" in text
        lines = [cell for table in pilot.app.screen.query(FactTable) for line in table.lines for cell in line.cells]
        shown = ["".join(part.text for part in cell) for cell in lines if not isinstance(cell, str)]
        assert "- 60_000_000" in shown
        assert "+ 30_000_000" in shown
        assert "+ 0.02" in shown
        await pilot.press("escape")
        await in_place(pilot, "costs")


async def test_a_third_plan_can_be_added_and_no_fourth(make_app: MakeApp, profiles: Path) -> None:
    for name in ("one", "two"):
        save(half_the_triage(name), profiles / f"{name}.toml")
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        await pilot.press("m")
        await pick(pilot, profiles / "one.toml")
        await pilot.press("m")
        await pick(pilot, profiles / "two.toml")
        assert "C two" in screen_text(pilot.app)
        assert "one more plan" not in screen_text(pilot.app)
        await pilot.press("m")
        assert isinstance(pilot.app.screen, CompareDialog)


async def test_leaving_the_list_compares_nothing(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the list of plans")
        await pilot.press("escape")
        await in_place(pilot, "sizing")
        assert not pilot.app.screen.query(DocumentView)


def test_plans_that_cannot_be_opened_or_are_compared_already_are_not_offered(profiles: Path) -> None:
    (profiles / "broken.toml").write_text("schema = ", encoding="utf-8")
    for name in ("one", "two"):
        save(half_the_triage(name), profiles / f"{name}.toml")
    offered = {book.path.name for book in other_plans(profiles, [profiles / "one.toml"])}
    assert "two.toml" in offered
    assert not {"one.toml", "broken.toml"} & offered


async def test_two_plans_of_the_list_are_compared_without_opening_either(make_app: MakeApp, profiles: Path) -> None:
    for name in ("one", "two"):
        save(half_the_triage(name), profiles / f"{name}.toml")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        shelf = app.screen.query_one(ShelfList)
        await until(pilot, lambda: shelf.book is not None and shelf.book.group == "plan", "the list of plans")
        assert shelf.book is not None
        first = shelf.book.name
        second = "two" if first == "one" else "one"
        await pilot.press("m")
        await pick(pilot, profiles / f"{second}.toml")
        assert f"Compare A {first} · B {second}" in screen_text(app)
        assert app.plan is None
        await pilot.press("escape")
        await in_place(pilot, "home")
