"""Chart rows as text: week."""

from __future__ import annotations

from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.canvas import plain
from planner.tui.charts.week import heat_strip, load_columns, shade_of

WEEK = tuple(2.0 if day < 5 and 9 <= hour < 17 else 0.3 for day in range(7) for hour in range(24))

FLAT = (1.5,) * 168


def test_shades_are_quarters_of_the_capacity_and_the_full_block_is_above_it() -> None:
    assert [shade_of(load, 1.0) for load in (0.0, 0.24, 0.25, 0.5, 0.99, 1.0, 1.01)] == [0, 0, 1, 2, 3, 3, 4]


def test_seven_rows_with_days_and_full_blocks_in_office_hours() -> None:
    rows = plain(heat_strip(WEEK, FLAT, 30, above=40))
    assert [row[:3] for row in rows[1:8]] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert rows[1][4 + 9 : 4 + 17] == "█" * 8
    assert "█" not in rows[6]
    assert "above it, 40 h a week" in rows[8]


def test_one_row_keeps_every_burst() -> None:
    burst = [0.1] * 168
    burst[100] = 5.0
    assert "█" in plain(heat_strip(burst, [1.0] * 168, 20, days=False))[0]


def test_without_capacity_the_busiest_hour_is_the_scale() -> None:
    text = "".join(plain(heat_strip(WEEK, None, 80)))
    assert "busiest hour" in text
    assert "█" not in text


def test_capacity_line_crosses_the_columns() -> None:
    rows = plain(load_columns(WEEK, [1.0] * 168, 84, 9))
    line = next(row for row in rows if "capacity" in row)
    assert line.count("─") > 40
    assert any("█" in row for row in rows[: rows.index(line)])


def test_each_hour_has_its_own_capacity() -> None:
    nights_off = [2.5 if 8 <= hour % 24 < 18 else 0.1 for hour in range(168)]
    rows = plain(heat_strip(WEEK, nights_off, 30, above=98))
    assert rows[1][4:12] == "█" * 8
    assert "█" not in rows[1][4 + 9 : 4 + 17]
    fewer = [max(limit, 0.9) for limit in nights_off]
    picture = plain(load_columns(WEEK, fewer, 168, 9))
    assert len([row for row in picture if "─" in row]) == 2


def test_columns_without_capacity_have_no_line() -> None:
    assert "─" not in "".join(plain(load_columns(WEEK, None, 84, 9)))


def test_week_in_ascii() -> None:
    assert in_ascii("".join(plain(heat_strip(WEEK, FLAT, 80)))).isascii()
    assert in_ascii("".join(plain(load_columns(WEEK, FLAT, 80, 8)))).isascii()
