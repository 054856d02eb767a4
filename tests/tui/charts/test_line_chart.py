"""Chart rows as text: line chart."""

from __future__ import annotations

import pytest

from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.canvas import plain
from planner.tui.charts.line_chart import Series, crossing_in, interpolate, line_chart, readout, spread
from planner.tui.widgets.chart import on_one_line

API = Series("API today", "●", "api_today", tuple(1000.0 * m for m in range(13)))
OWN = Series("hybrid", "▲", "hybrid", (0.0, *(2500.0 + 400 * m for m in range(1, 13))))


def test_crossing_is_where_the_lines_meet() -> None:
    crossing = crossing_in(5, OWN.values, API.values)
    assert crossing.x == pytest.approx(2500 / 600)
    assert crossing.y == pytest.approx(1000 * 2500 / 600)
    assert crossing.month == 5


def test_crossing_on_a_month_belongs_to_that_month() -> None:
    assert crossing_in(2, (0, 3, 4), (0, 2, 4)).x == 2


def test_a_line_that_was_never_above_is_marked_at_the_end_of_its_first_month() -> None:
    assert (crossing_in(1, (0, 1, 6), (0, 2, 4)).x, crossing_in(1, (0, 1, 6), (0, 2, 4)).y) == (1, 1)


def test_break_even_is_marked_and_named() -> None:
    rows = plain(line_chart((API, OWN), 80, 18, crossings=(crossing_in(5, OWN.values, API.values),)))
    text = "\n".join(rows)
    assert text.count("◈") == 1
    assert "break-even: month 5" in text


def test_names_and_markers_stand_at_the_ends_without_clash() -> None:
    twins = (API, Series("API tuned", "○", "api_tuned", API.values))
    rows = plain(line_chart(twins, 80, 12))
    ends = [row for row in rows if "API t" in row]
    assert [row.split()[-3:] for row in ends] == [["●", "API", "today"], ["○", "API", "tuned"]]


def test_axis_has_round_ticks_and_all_months() -> None:
    rows = plain(line_chart((API,), 80, 18))
    assert [row.split()[0] for row in rows if "┤" in row] == ["10k", "7.5k", "5k", "2.5k", "0"]
    assert rows[-1].split() == [str(m) for m in range(13)] + ["month"]


def test_lines_that_are_the_same_are_one_line_with_both_markers_and_names() -> None:
    rows = line_chart((API, Series("same", "○", "api_tuned", API.values)), 80, 12)
    dots = {part.role for row in rows for part in row for char in part.text if "\u2801" <= char <= "\u28ff"}
    assert dots == {API.role}
    text = "\n".join(plain(rows))
    assert text.count("○") > 2
    assert "○ same" in text


@pytest.mark.parametrize(("factor", "cheapest"), [(1.0001, API.role), (0.9999, "api_tuned")])
def test_cells_of_two_lines_have_the_colour_of_the_cheaper(factor: float, cheapest: str) -> None:
    rows = line_chart((API, Series("near", "○", "api_tuned", tuple(v * factor for v in API.values))), 80, 12)
    dots = {part.role for row in rows for part in row for char in part.text if "\u2801" <= char <= "\u28ff"}
    assert dots == {cheapest}


def test_every_row_is_as_wide_as_asked() -> None:
    for width, height in ((40, 8), (80, 14), (160, 40)):
        rows = line_chart((API, OWN), width, height, cursor=3)
        assert len(rows) == height
        assert {sum(len(part.text) for part in row) for row in rows} == {width}


def test_without_dots_a_line_is_drawn_with_its_marker() -> None:
    crossings = (crossing_in(5, OWN.values, API.values),)
    text = in_ascii("".join(plain(line_chart((API, OWN), 80, 14, crossings=crossings, cursor=2, has_dots=False))))
    assert text.isascii()
    assert "@" in text
    assert text.count("o") > 20
    assert text.count("^") > 20


def test_band_is_shaded_between_its_edges() -> None:
    banded = Series("hybrid", "▲", "hybrid", OWN.values, tuple((v * 0.8, v * 1.3) for v in OWN.values))
    assert "░" in "".join(plain(line_chart((banded,), 80, 18)))
    assert "░" not in "".join(plain(line_chart((OWN,), 80, 18)))


def test_steep_lines_stay_connected() -> None:
    jump = Series("jump", "■", "self_host", (0.0, 100.0, 100.0))
    rows = plain(line_chart((jump,), 60, 16))
    plotted = ["".join(c for c in row if "\u2801" <= c <= "\u28ff" or c == "■") for row in rows[:13]]
    assert all(plotted)


def test_negative_and_flat_series_draw() -> None:
    assert line_chart((Series("zero", "●", "api_today", (0.0, 0.0, 0.0)),), 40, 8)
    assert "-" in "".join(plain(line_chart((Series("loss", "●", "api_today", (0.0, -5.0, -9.0)),), 40, 12)))


def test_too_small_or_nothing_says_so() -> None:
    assert "table" in plain(line_chart((API,), 60, 3))[0]
    assert "table" in plain(line_chart((), 60, 20))[0]


def test_readout_lists_cheapest_first() -> None:
    row = readout((OWN, API), 12, lambda value: f"{value:,.0f}")
    text = "".join(part.text for part in row)
    assert text.startswith("month 12: ▲ hybrid 7,300")
    assert "● API today 12,000" in text


def test_interpolation_is_linear_and_ends_at_the_last_value() -> None:
    assert interpolate((0.0, 10.0, 30.0), 1.5) == 20.0
    assert interpolate((0.0, 10.0, 30.0), 2.0) == 30.0


def test_spread_keeps_order_and_height() -> None:
    assert spread((3, 3, 3), 5) == [2, 3, 4]
    assert spread((9, 0, 9), 10) == [8, 0, 9]


def test_lines_that_lie_on_one_another_are_named() -> None:
    near = Series("API tuned", "○", "api_tuned", tuple(value * 1.01 for value in API.values), untested=True)
    assert on_one_line((API, OWN, near)) == ["● API today", "○ API tuned"]
    assert on_one_line((API, OWN)) == []
    assert on_one_line(()) == []
