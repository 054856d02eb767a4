"""Result places at every size, in both themes and without Unicode: nothing breaks and the verdict stays."""

from __future__ import annotations

import pytest
from textual.widgets import Tabs

from planner.tui.screens.costs.screen import PANES
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text
from tests.tui.opening import show_place

PLACES = ("sizing", "routing", "costs", "assumptions")
SIZES = ((60, 20), (80, 24), (100, 30), (120, 40), (200, 60), (60, 60), (200, 20))


@pytest.mark.parametrize("place", PLACES)
async def test_resizing_at_any_time(make_app: MakeApp, place: str) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            lines = screen_text(pilot.app).splitlines()
            assert any("OWN GPUS" in line for line in lines[:3])
            assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("place", PLACES)
async def test_without_unicode_nothing_but_the_frame_uses_it(
    make_app: MakeApp, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_ASCII", "1")
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        tabs = list(PANES) if place == "costs" else [""]
        for tab in tabs:
            if tab:
                pilot.app.screen.query_one(Tabs).active = tab
                await pilot.pause()
                await pilot.pause()
            text = screen_text(pilot.app)
            drawn = [line[:-2] for line in text.splitlines()]  # the last cells are the scroll bar's
            blocks = {
                char for line in drawn for char in line if "\u2580" <= char <= "\u259f" or "\u2801" <= char <= "\u28ff"
            }
            assert blocks <= {"▌"}, tab  # marks the place in the bar below


async def test_switching_the_theme_repaints_tables_and_charts(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        dark = pilot.app.export_screenshot(simplify=True)
        pilot.app.theme = "planner-light"
        await pilot.pause()
        await pilot.pause()
        light = pilot.app.export_screenshot(simplify=True)
        assert "#8FA8FF".casefold() in dark.casefold()
        assert "#8FA8FF".casefold() not in light.casefold()
