"""What may leave: every character by its category."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from planner.toml.text import printable


def test_no_character_of_the_unwanted_categories_leaves() -> None:
    unwanted = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    every = (chr(code) for code in range(sys.maxunicode + 1))
    left = [char for char in every if (printable(char) == char) == (unicodedata.category(char) in unwanted)]
    known = {"\t", "\n"} | {char for char in left if unicodedata.category(char) == "Cn"}  # named by newer Pythons
    assert set(left) == known


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ("Größe 5 €\t· naïve\n", "Größe 5 €\t· naïve\n"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b2J", "2J"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("one\u2028two\u0085three\r\n", "onetwothree\n"),
        ("\udcff.toml", ".toml"),
        ("pay\u200bpal", "paypal"),
        ("数量 📈", "数量 📈"),
    ],
)
def test_what_stays_is_what_can_be_seen(found: str, left: str) -> None:
    assert printable(found) == left
