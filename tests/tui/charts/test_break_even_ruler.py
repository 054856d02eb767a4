"""Break-even volumes on a ruler."""

from __future__ import annotations

from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.break_even_map import Reach, break_even_ruler
from planner.tui.charts.canvas import plain

REACHES = (Reach("Sonnet", 1e6, 1e7), Reach("Haiku", 5e7, None), Reach("hosted", None, None))


def test_marks_stand_in_order_of_volume() -> None:
    rows = plain(break_even_ruler(REACHES, 5e6, 2e8, 100))
    sonnet = rows[1]
    assert sonnet.index("○") < sonnet.index("┃") < sonnet.index("●") < sonnet.index("┊")
    assert sonnet.startswith("Sonnet")


def test_never_is_said_and_the_line_runs_off_the_ruler() -> None:
    rows = plain(break_even_ruler(REACHES, 5e6, 2e8, 100))
    assert rows[2].endswith("never")
    assert rows[2].count("─") > 5
    assert rows[3].endswith("never")
    assert "○" not in rows[3]


def test_the_plans_volume_is_one_column_across_all_rows() -> None:
    rows = plain(break_even_ruler(REACHES, 5e6, 2e8, 100))
    assert len({row.index("┃") for row in rows[1:4]}) == 1


def test_decades_are_labelled() -> None:
    assert plain(break_even_ruler(REACHES, 5e6, 2e8, 100))[0].split() == ["1M", "10M", "100M", "1B"]


def test_no_room_or_nothing_says_so_and_ascii_is_ascii() -> None:
    assert "no break-even" in plain(break_even_ruler((), 1.0, 1.0, 100))[0]
    assert "no break-even" in plain(break_even_ruler(REACHES, 5e6, 2e8, 30))[0]
    assert in_ascii("".join(plain(break_even_ruler(REACHES, 5e6, 2e8, 100)))).isascii()
