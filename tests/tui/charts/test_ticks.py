"""Chart rows as text: ticks."""

from __future__ import annotations

import pytest

from planner.tui.charts.canvas import round_step, round_ticks, short_number


@pytest.mark.parametrize(
    ("span", "at_most", "step"), [(100, 5, 20), (100, 4, 25), (90, 2, 50), (1, 3, 0.5), (7, 7, 1), (0, 3, 1.0)]
)
def test_steps_are_round(span: float, at_most: int, step: float) -> None:
    assert round_step(span, at_most) == pytest.approx(step)


def test_ticks_cover_the_range() -> None:
    assert round_ticks(0, 97_000, 5) == (0, 20_000, 40_000, 60_000, 80_000, 100_000)
    assert round_ticks(-1200, 900, 4) == (-2000, -1000, 0, 1000)


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "0"), (950, "950"), (2500, "2.5k"), (41_000, "41k"), (999_900, "1M"), (1.2e6, "1.2M"), (-20_000, "-20k")],
)
def test_short_numbers(value: float, label: str) -> None:
    assert short_number(value) == label
