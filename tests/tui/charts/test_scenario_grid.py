"""Chart rows as text: price scenarios."""

from __future__ import annotations

from planner.quantities import change_per_year
from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.canvas import plain
from planner.tui.charts.risk import scenario_grid
from tests.factories import sample_evaluation

SCENARIOS = sample_evaluation().scenarios


def test_changes_are_said_in_words() -> None:
    assert [change_per_year(change) for change in (0.0, -0.5, 0.4)] == ["unchanged", "-50 % a year", "+40 % a year"]


def test_each_cell_has_marker_word_and_cost() -> None:
    rows = plain(scenario_grid(SCENARIOS, 78, 14, money=lambda value: f"€{value:,.0f}"))
    assert [word for word in ("-30 % a year", "unchanged", "+40 % a year") if word in rows[1]] == [
        "-30 % a year",
        "unchanged",
        "+40 % a year",
    ]
    assert "".join(rows).count("▲ hybrid") == 9
    cheapest = sorted(scenario.totals["hybrid"] for scenario in SCENARIOS)
    assert f"€{cheapest[0]:,.0f}" in rows[3]


def test_cells_grow_where_there_is_room_and_give_way_to_the_table_where_not() -> None:
    assert len(scenario_grid(SCENARIOS, 118, 30)) > len(scenario_grid(SCENARIOS, 118, 14))
    assert "press t" in plain(scenario_grid(SCENARIOS, 50, 14))[0]
    assert "press t" in plain(scenario_grid((), 118, 14))[0]


def test_scenarios_in_ascii() -> None:
    assert in_ascii("".join(plain(scenario_grid(SCENARIOS, 118, 30)))).isascii()
