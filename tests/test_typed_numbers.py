from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quantities import parse_fraction, parse_number, typed, typed_percent


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6M", 6e6),
        ("6 m", 6e6),
        ("1.2k", 1200),
        ("6_000_000", 6e6),
        ("6,000,000", 6e6),
        ("6 000 000", 6e6),
        ("1B", 1e9),
        ("1.5G", 1.5e9),
        (".5", 0.5),
        ("-3", -3),
        ("900", 900),
    ],
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "1.000.000", "6MM", "1e999", "nan", "inf", "--3", "6 M tokens", "1 2"]
)
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="6M"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("50 %", 0.5), ("50%", 0.5), ("50", 0.5), ("0.5", 0.5), ("0.5 %", 0.005), ("1", 1.0), ("0", 0.0)],
)
def test_shares(text: str, value: float) -> None:
    assert parse_fraction(text) == pytest.approx(value)


@given(st.floats(min_value=0, max_value=1e15, allow_nan=False))
def test_a_typed_number_reads_back_exactly(value: float) -> None:
    assert parse_number(typed(value)) == value


@given(st.integers(min_value=0, max_value=1000))
def test_a_typed_percentage_reads_back(per_mille: int) -> None:
    fraction = per_mille / 1000
    assert math.isclose(parse_fraction(typed_percent(fraction)), fraction, abs_tol=1e-12)
