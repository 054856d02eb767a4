"""Numbers as people type them."""

from __future__ import annotations

import argparse

import pytest

from planner.cli.options import fraction, quantity, share, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [("1000", 1000), ("1_000", 1000), ("1,000", 1000), ("6M", 6e6), ("4k", 4000), ("1.5B", 1.5e9), ("2 m", 2e6)],
)
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == value


@pytest.mark.parametrize("text", ["", "0", "-1", "six", "1e6x", "nan", "inf", "6MM", "1.2.3"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a positive number"):
        quantity(text)


def test_shares_and_whole_numbers() -> None:
    assert fraction("0.92") == fraction("92%") == 0.92
    assert share("0") == 0.0
    assert share("50%") == 0.5
    assert whole("32k") == 32_000
    for text in ("0", "1.01", "150%", "x"):
        with pytest.raises(argparse.ArgumentTypeError):
            fraction(text)
