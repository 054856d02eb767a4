"""The grid that charts draw in, and wrapped rows."""

from __future__ import annotations

from planner.report.document import Segment
from planner.tui.charts.canvas import Canvas, join, plain, wrap


def test_text_outside_the_grid_is_dropped() -> None:
    canvas = Canvas(4, 2)
    canvas.put(2, 0, "abc", "good")
    canvas.put(-1, 1, "xy")
    canvas.put(0, 5, "lost")
    assert plain(canvas.rows()) == ("  ab", "y")


def test_neighbours_of_one_role_are_one_segment() -> None:
    assert join([Segment("a", "x"), Segment("b", "x"), Segment("c", "y")]) == (Segment("ab", "x"), Segment("c", "y"))


def test_free_means_blank_and_inside() -> None:
    canvas = Canvas(5, 1)
    canvas.put(3, 0, "x")
    assert canvas.is_free(0, 0, 3)
    assert not canvas.is_free(0, 0, 4)
    assert not canvas.is_free(4, 0, 2)
    assert not canvas.is_free(0, 1)


def test_wrap_hangs_under_the_text_and_keeps_roles() -> None:
    row = (Segment("why       ", "muted"), Segment("one two three four five"))
    lines = wrap(row, 20, 10)
    assert plain(lines) == ("why       one two", "          three four", "          five")
    assert lines[0][0] == Segment("why       ", "muted")


def test_wrap_counts_wide_characters_and_breaks_what_is_longer_than_a_line() -> None:
    assert plain(wrap((Segment("日本語 日本語"),), 9)) == ("日本語", "日本語")
    assert plain(wrap((Segment("a-very-long-word-indeed x"),), 10)) == ("a-very-lon", "g-word-ind", "eed x")
