from __future__ import annotations

import pytest

from planner.tui.widgets.hint import ending

REST = " … F1: all of it"


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        ("", 23, "… F1: all of it"),
        ("a mean of 13.2B a day", 23, "a mean … F1: all of it"),
        ("short", 40, "short … F1: all of it"),
        ("x" * 23, 23, "… F1: all of it"),
    ],
)
def test_a_line_ends_in_the_key_that_shows_the_rest(line: str, width: int, shown: str) -> None:
    assert ending(line, width, REST) == shown
