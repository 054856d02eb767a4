"""Chart rows as text: palette."""

from __future__ import annotations

import pytest

from planner.engine.specs import STRATEGIES, Strategy
from planner.tui.charts.palette import (
    DARK_COLOURS,
    LIGHT_COLOURS,
    contrast,
    readable_on,
    style_of,
)
from planner.tui.themes import DARK, LIGHT


def test_contrast_of_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategy_colours_read_on_both_backgrounds(strategy: Strategy) -> None:
    assert contrast(DARK_COLOURS[strategy], str(DARK.background)) >= 4.5
    assert contrast(LIGHT_COLOURS[strategy], str(LIGHT.background)) >= 4.5


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("dark", [True, False])
def test_cell_text_reads_on_its_cell(strategy: Strategy, dark: bool) -> None:
    for kind in ("cell", "here"):
        text, background = style_of(f"{kind}:{strategy}", dark).removeprefix("bold ").split(" on ")
        assert text == readable_on(background)
        assert contrast(text, background) >= 4.5


def test_roles_become_theme_variables() -> None:
    assert style_of("hybrid") == "$strategy-hybrid"
    assert style_of("bold:self_host") == "bold $strategy-self-host"
    assert style_of("muted") == "$muted"
