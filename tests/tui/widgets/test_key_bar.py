from __future__ import annotations

import pytest

from planner.tui.widgets.bars import KeyBar, keys_of
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text, until


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_the_bar_fits_and_always_names_the_palette(make_app: MakeApp, width: int) -> None:
    app = make_app()
    async with app.run_test(size=(width, 24)):
        line = screen_text(app).splitlines()[-1]
        assert len(line) <= width
        assert line.endswith("^p palette")
        assert line.startswith(" n New plan")


async def test_keys_that_need_a_plan_are_not_offered_without_one(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test():
        keys, palette = keys_of(app.screen)
        assert palette is not None
        assert "Save" not in [description for _, _, description in keys]


async def test_a_click_presses_the_key(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        column = screen_text(app).splitlines()[-1].index("F1")
        await pilot.click(KeyBar, offset=(column, 0))
        await until(pilot, lambda: type(app.screen).__name__ == "HelpDialog", "help")
