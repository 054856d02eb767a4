"""What is done where there is no room, or nothing to fill it with."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Evaluation
from planner.tui.dialogs.help import AllOfIt
from planner.tui.screens.routing.screen import RoutingScreen
from planner.tui.screens.sizing.rows import GROUP, Listing, dominating
from planner.tui.screens.sizing.screen import SizingScreen
from planner.tui.widgets.bars import KeyBar
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.question_row import PickField
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import screen_text, settle, until
from tests.tui.opening import show_place
from tests.tui.painted import Cells, cells_of
from tests.tui.test_layout_rule import PLANS, PROFILES, SIZES, known

SMALL = (80, 24)


def evaluated(name: str) -> Evaluation:
    return known(PLANS[name](), shipped_catalog(), AS_OF)


async def test_v_shows_what_ends_in_it(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        await show_place(pilot, "costs", PLANS["many"]())
        assert "v: all of it" in screen_text(app)
        assert "Verdict" not in screen_text(app).splitlines()[-1], "v is not for two things at once"
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, AllOfIt), "all of it")
        assert "A full year: Self-host" in str(app.screen.query(Static).last().render())
        await pilot.press("v")
        await until(pilot, lambda: not isinstance(app.screen, AllOfIt), "the place")
        await show_place(pilot, "costs", PLANS["bulk"]())
        await pilot.press("v")
        await until(pilot, lambda: "Because        · " in screen_text(app), "the verdict")


async def test_a_flat_week_is_a_sentence(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        await show_place(pilot, "routing", PLANS["bulk"]())
        assert "Every hour of the week is alike" in screen_text(app)
        await show_place(pilot, "routing", PLANS["claude"]())
        assert isinstance(app.screen, RoutingScreen)
        assert "is alike" not in screen_text(app)


async def test_what_most_are_out_for_is_one_line_with_their_number(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        await show_place(pilot, "sizing", PLANS["bulk"]())
        await pilot.press("w")
        await settle(pilot)
        assert isinstance(app.screen, SizingScreen)
        table, every = app.screen.table, Listing(evaluated("bulk")).candidates(True)
        reason = dominating(every)
        alike = sum(row.facts.texts["why"] == reason for row in every)
        assert table.lines[0].key == GROUP
        assert f"{alike} alike" in screen_text(app)
        assert len(table.lines) == len(every) - alike + 1
        await pilot.press("enter")
        await settle(pilot)
        assert len(table.lines) == len(every)


async def test_a_pick_that_is_not_the_cheapest_a_month_says_why(make_app: MakeApp) -> None:
    from planner.plan.store import load

    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing", load(PROFILES / "article-100m.toml").plan)
        await until(pilot, lambda: "costs less a month" in " ".join(screen_text(app).split()), "why it is the pick")
        await show_place(pilot, "sizing", PLANS["bulk"]())
        await settle(pilot)
        assert "less a month" not in screen_text(app)


async def test_a_price_that_does_not_fit_goes_whole(make_app: MakeApp) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SMALL) as pilot:
        await show_place(pilot, "questions", PLANS["bulk"]())
        field = app.screen.query_one("#volume-baseline-api", PickField)
        field.label = "A model with quite a long name  $0.15 / $0.6"
        await pilot.pause()
        assert "A model with quite a long" in screen_text(app)
        assert "$0" not in "".join(line[:50] for line in screen_text(app).splitlines() if "A model" in line)


@pytest.mark.parametrize("width", range(60, 130, 7))
async def test_the_footer_drops_whole_keys(make_app: MakeApp, width: int) -> None:
    app = make_app()
    async with app.run_test(size=(width, 30)) as pilot:
        await show_place(pilot, "sizing")
        line = screen_text(app).splitlines()[-1]
        assert "…" not in line
        assert line.endswith("^p palette")
        assert app.screen.query_one(KeyBar).region.width == width


def said(cells: Cells) -> int:
    return sum(not cell.isspace() for row in cells for cell in row)


@pytest.mark.parametrize("place", ["questions", "answer", "sizing", "routing", "costs", "assumptions"])
async def test_every_size_adds_something(make_app: MakeApp, place: str) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=SIZES[0]) as pilot:
        await show_place(pilot, place, PLANS["many"]())
        found = []
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: all(w.is_finished for w in app.workers if w.group != "flow"), "rest")
            await pilot.pause(0.05)
            found.append(said(cells_of(app.screen)))
        assert found == sorted(set(found)), "wider and higher says more"
        assert all(table.max_scroll_x == 0 for table in app.screen.query(FactTable) if table.region.area)
