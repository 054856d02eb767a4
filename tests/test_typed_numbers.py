"""What people type is read right, asked about, or refused; never taken for another number in silence."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quantities import typed, typed_percent
from planner.typed import Period, Quantity, parse_fraction, parse_number, read_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6M", 6e6),
        ("6 m", 6e6),
        ("1.2k", 1200),
        ("6_000_000", 6e6),
        ("6,000,000", 6e6),
        ("6 000 000", 6e6),
        ("6.000.000", 6e6),
        ("6'000'000", 6e6),
        ("60,00,000", 6e6),
        ("1B", 1e9),
        ("1.5G", 1.5e9),
        ("1,5 Mio.", 1.5e6),
        ("2 Mrd", 2e9),
        ("3 thousand", 3000),
        (".5", 0.5),
        (",5", 0.5),
        ("0.125", 0.125),
        ("0,125", 0.125),
        ("1,5", 1.5),
        ("1234.567", 1234.567),
        ("1,234.567", 1234.567),
        ("1.234,567", 1234.567),
        ("-3", -3),
        ("\u22123", -3),
        ("900", 900),
        ("1e6", 1e6),
        ("2.5e-3", 0.0025),
        ("~5k", 5000),
        ("\uff11\uff14", 14),
    ],
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "6MM", "1e999", "nan", "inf", "--3", "6 M tokens", "1 2", "1.2.3", "1,23.45", "1.000.00", "14.",
        "14,", "€", "€5", "5 a day", "1__0", "_1", "5%", "½", "1e3k", "0x10", "1.234.56", "12:30", "5 5",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="6M"):
        parse_number(text)


FOURTEEN_THOUSAND = (
    "14000", "14,000", "14 000", "14\u00a0000", "14\u202f000", "14'000", "14\u2019000", "14_000", "14k", "14 k",
    "14.0k", "1.4e4", "14,000.00", "14.000,00", "14000.0", "14 Tsd.", "0.014M", "14 thousand",
)  # fmt: skip
IN_MONEY: tuple[tuple[str, str], ...] = (
    ("€{}", "EUR"), ("{} €", "EUR"), ("{} EUR", "EUR"), ("EUR {}", "EUR"), ("{} euros", "EUR"), ("${}", "USD"),
    ("US${}", "USD"), ("{} usd", "USD"), ("£ {}", "GBP"), ("{}£", "GBP"), ("GBP{}", "GBP"), ("CHF {}", "CHF"),
)  # fmt: skip
PERIODS: tuple[tuple[str, Period | None], ...] = (
    ("", None), (" a month", "month"), ("/mo", "month"), (" per month", "month"), (" monthly", "month"),
    (" / day", "day"), (" a day", "day"), (" per year", "year"), (" p.a.", "year"), (" annually", "year"),
)  # fmt: skip


@pytest.mark.parametrize("numeral", FOURTEEN_THOUSAND)
def test_a_sum_of_money_is_read_however_it_is_spelled(numeral: str) -> None:
    for (money, currency), (tail, period) in product(IN_MONEY, PERIODS):
        assert read_quantity(money.format(numeral) + tail) == Quantity(
            14_000.0, currency, None, period, grouped=numeral == "14,000"
        )


@pytest.mark.parametrize("numeral", FOURTEEN_THOUSAND)
def test_a_volume_is_read_however_it_is_spelled(numeral: str) -> None:
    for unit, (tail, period) in product((" requests", " req", " tokens", " tok", ""), PERIODS):
        found = read_quantity(numeral + unit + tail)
        assert found.value == 14_000.0
        assert (found.unit or "")[:3] == unit.strip()[:3]
        assert (found.currency, found.per) == (None, period)


def read_or_none(text: str) -> float | None:
    """None where it is refused, in one line that says what would be right."""
    try:
        return read_quantity(text).value
    except ValueError as problem:
        said = str(problem)
    assert "; write " in said, said
    return None


@pytest.mark.parametrize("numeral", FOURTEEN_THOUSAND)
def test_half_typed_it_is_read_or_refused(numeral: str) -> None:
    """Half of "million", "month" and "thousand" is a letter that stands for more: the form asks about such a leap."""
    for (money, _), (tail, _) in product(IN_MONEY, PERIODS):
        whole = money.format(numeral) + tail
        for length in range(len(whole)):
            value = read_or_none(half := whole[:length])
            assert value is None or 0 <= value <= 14_000 or half[-1] in "mtT"


@pytest.mark.parametrize(
    ("text", "habit", "value"),
    [
        ("€14.000", None, 14_000),
        ("14.000 EUR", None, 14_000),
        ("CHF 14.000", None, 14_000),
        ("14.000", "EUR", 14_000),
        ("$14,000", None, 14_000),
        ("€14,000", None, 14_000),
        ("14,000", "EUR", 14_000),
    ],
)
def test_three_digits_behind_a_mark_go_by_the_habit_of_the_currency(text: str, habit: str | None, value: float) -> None:
    found = read_quantity(text, habit)
    assert found.value == value
    assert found.grouped, "worth an echo"


@pytest.mark.parametrize(
    ("text", "habit", "thousands", "decimal"),
    [
        ("14.000", None, "14000", "14.0"),
        ("$14.000", "EUR", "14000", "14.0"),
        ("£1.500", None, "1500", "1.5"),
        ("1.250M", "EUR", "1250M", "1.25M"),
        ("€1,250k", None, "1250k", "1.25k"),
        ("1.861", "USD", "1861", "1.8610"),
    ],
)
def test_what_can_mean_two_numbers_is_asked_about(text: str, habit: str | None, thousands: str, decimal: str) -> None:
    with pytest.raises(ValueError, match="two numbers") as refused:
        read_quantity(text, habit)
    assert f"write {thousands} or {decimal}" in str(refused.value)
    assert read_quantity(thousands).value == pytest.approx(1000 * read_quantity(decimal).value)


@pytest.mark.parametrize(
    "text",
    [
        "€",
        "$8k a",
        "8k a m",
        "€14€",
        "14 xyz",
        "$5 tokens $",
        "5 a day a month",
        "14 EUR USD",
        "5 tokens requests",
        "€-",
    ],
)
def test_what_is_no_quantity_names_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"; write "):
        read_quantity(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50 %", 0.5), ("50%", 0.5), ("50", 0.5), ("0.5", 0.005), ("0.5 %", 0.005), ("1", 0.01), ("0", 0.0),
        ("12,5 %", 0.125), ("12.345 %", 0.12345), ("100 %", 1.0),
    ],
)  # fmt: skip
def test_shares(text: str, value: float) -> None:
    assert parse_fraction(text) == pytest.approx(value)


@given(st.floats(min_value=0, max_value=1e15, allow_nan=False))
def test_a_typed_number_reads_back_exactly(value: float) -> None:
    assert parse_number(typed(value)) == value


@pytest.mark.parametrize("value", [1.234, 999.999, 12.125, 1_234_000, 1_234_567, 0.125, 1e-7])
def test_three_decimals_read_back(value: float) -> None:
    assert parse_number(typed(value)) == value


@given(st.integers(min_value=0, max_value=100_000))
def test_a_typed_percentage_reads_back(millionths: int) -> None:
    fraction = millionths / 100_000
    assert math.isclose(parse_fraction(typed_percent(fraction)), fraction, abs_tol=1e-12)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    value = read_or_none(text)
    assert value is None or math.isfinite(value)
