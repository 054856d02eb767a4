"""Who comes back finds everything as it was left: cursor, scroll, filter, sort, tab."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Tabs

from planner.catalog.load import shipped_catalog
from planner.plan.edit import set_values
from planner.tui.screens.sizing.screen import SizingScreen
from planner.tui.widgets.fact_table import FactTable
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, settle, until
from tests.tui.opening import show_place
from tests.tui.test_layout_rule import PLANS, known

SMALL = (80, 24)


def as_left(pilot: Pilot[None]) -> list[object]:
    """All that a person sees of where they were."""
    screen = pilot.app.screen
    tables = [(t.id, t.current_key, t.scroll_y) for t in screen.query(FactTable) if t.region.area]
    lists = [(o.id, o.highlighted, o.scroll_y) for o in screen.query(OptionList) if o.region.area]
    fields = [(field.id, field.value) for field in screen.query(Input)]
    tabs = [each.active for each in screen.query(Tabs)]
    sort = (screen.sort_column, screen.descending, screen.shows_excluded) if isinstance(screen, SizingScreen) else ()
    return [tables, lists, fields, tabs, sort, screen.focused and screen.focused.id]


async def rest(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await until(pilot, lambda: all(w.is_finished for w in pilot.app.workers if w.group != "flow"), "rest")
    for _ in range(3):
        await pilot.pause(0.02)


KEYS = {
    "answer": ("down", "down", "down", "pagedown"),
    "sizing": ("s", "s", "r", *["down"] * 20, "up", "up"),
    "routing": ("down", "down", "down"),
    "costs": ("tab", "tab", *["down"] * 12, "up", "up"),
    "assumptions": (*["down"] * 30, *["up"] * 4),
}


@pytest.mark.parametrize("place", KEYS)
async def test_a_place_is_found_as_it_was_left(make_app: MakeApp, place: str) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        app.animation_level = "none"
        await show_place(pilot, place, PLANS["many"]())
        await rest(pilot)
        await pilot.press(*KEYS[place])
        await rest(pilot)
        before = as_left(pilot)
        for keys in (("f1", "escape"), ("ctrl+p", "escape"), ("i", "escape"), ("f3",)):
            await pilot.press(*keys)
            await rest(pilot)
        await app.switch_mode(place)
        await in_place(pilot, place)
        await rest(pilot)
        assert as_left(pilot) == before


async def test_a_way_taken_from_a_number_leads_back_to_it(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        app.animation_level = "none"
        await show_place(pilot, "sizing", PLANS["bulk"]())
        await rest(pilot)
        await pilot.press("slash", *"qwen", "enter", "s", *["down"] * 14)
        await rest(pilot)
        before = as_left(pilot)
        await pilot.press("i")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode in ("assumptions", "questions"), "what is behind it")
        await pilot.press("ctrl+g")
        await in_place(pilot, "sizing")
        await rest(pilot)
        assert as_left(pilot) == before


async def test_what_is_out_and_back_finds_both_lists_as_they_were(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        app.animation_level = "none"
        await show_place(pilot, "sizing", PLANS["many"]())
        await rest(pilot)
        await pilot.press("s", "s", *["down"] * 16, "up")
        await rest(pilot)
        fitting = as_left(pilot)
        await pilot.press("w", "s", *["down"] * 11)
        await rest(pilot)
        out = as_left(pilot)
        assert out != fitting
        await pilot.press("w")
        await rest(pilot)
        assert as_left(pilot) == fitting
        await pilot.press("w")
        await rest(pilot)
        assert as_left(pilot) == out


async def test_a_new_result_moves_no_row(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        app.animation_level = "none"
        await show_place(pilot, "assumptions", PLANS["bulk"]())
        await rest(pilot)
        await pilot.press(*["down"] * 30, *["up"] * 4)
        await rest(pilot)
        before = as_left(pilot)
        assert app.plan is not None
        app.update_plan(set_values(app.plan, {("volume", "growth_per_month"): 0.03}), "growth")
        await rest(pilot)
        assert as_left(pilot) == before
