"""Every place and every tab of Costs at odd sizes, one after the other: nothing raises, no line is too long.

A few sizes by default; `PLANNER_SIZES=300` tries as many in each place.
"""

from __future__ import annotations

import os
import random

import pytest

from planner.tui.places import PLACES
from planner.tui.screens.costs.screen import PANES
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text
from tests.tui.opening import show_place

EDGES = ((1, 1), (400, 100), (1, 100), (400, 1), (59, 19), (60, 20))
TRIED = int(os.environ.get("PLANNER_SIZES", "4"))


def sizes(seed: str) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    return [*EDGES, *((chance.randint(1, 400), chance.randint(1, 100)) for _ in range(TRIED)), (80, 24)]


@pytest.mark.parametrize("place", [place.id for place in PLACES])
async def test_no_size_breaks_a_place(make_app: MakeApp, place: str) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        for width, height in sizes(place):
            if place == "costs":
                await pilot.press(str(1 + width % len(PANES)))
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            lines = screen_text(app).splitlines()
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines), (width, height)
        assert "planner" in lines[0]
