"""How numbers are written."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import quantities
from planner.engine.specs import BUCKETS, STRATEGIES, Range
from planner.words import labels


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (57_612, "57,600"),
        (2.604, "2.6"),
        (0.04126, "0.0413"),
        (131.42, "131"),
        (999.6, "1,000"),
        (0, "0"),
        (-1234.5, "-1,230"),
        (20.0, "20"),
        (100, "100"),
        (8.88e-16, "0"),
        (-8.88e-16, "0"),
        (0.000012, "0.000012"),
        (None, "unknown"),
        (float("nan"), "unknown"),
        (float("inf"), "unknown"),
    ],
)
def test_significant(value: float | None, expected: str) -> None:
    assert quantities.significant(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (6_000_000, "6 M"),
        (128_155_320, "128 M"),
        (999_600, "1 M"),
        (1e9, "1 B"),
        (950, "950"),
        (12_340, "12.3 k"),
        (0, "0"),
    ],
)
def test_scaled(value: float, expected: str) -> None:
    assert quantities.scaled(value) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (quantities.plain(2.50), "2.5"),
        (quantities.plain(12_345.678, 3), "1.23e+04"),
        (quantities.fixed(1234.56, 1), "1234.6"),
        (quantities.fixed(Decimal("0.5")), "0"),
        (quantities.decimals(1234.5, 2), "1,234.50"),
        (quantities.measure(1179.4), "1,180"),
        (quantities.measure(118.66, 1), "119"),
        (quantities.measure(18.26, 1), "18.3"),
        (quantities.measure(99.96, 1), "100"),
        (quantities.measure(2.0, 1), "2.0"),
        (quantities.measure(9.996, 2), "10.0"),
        (quantities.measure(-41.32, 2), "-41.3"),
        (quantities.share(12.345), "1,230 %"),
        (quantities.rounded_up(1171.2), "1,180"),
        (quantities.rounded_up(94.0), "94"),
        (quantities.signed(-0.5, 2), "-0.50"),
        (quantities.signed(3), "+3"),
        (quantities.share(0.834), "83 %"),
        (quantities.tight_share(0.0251, 1), "2.5%"),
        (quantities.hour_of_day(7), "07"),
        (quantities.hex_byte(10), "0a"),
        (quantities.written(6_000_000), "6_000_000"),
        (quantities.written(0.06), "0.06"),
        (
            quantities.filled("{} takes {:count} tokens, {:fixed 1} GiB", "it", 41_200, 2.55),
            "it takes 41,200 tokens, 2.5 GiB",
        ),
        (quantities.filled("{1:plain}x {0:decimals 1}", 1234.5, 7.50), "7.5x 1,234.5"),
    ],
)
def test_texts_of_set_form(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("value", "currency", "cents", "expected"),
    [
        (Decimal("78257.11"), "EUR", None, "€78,257"),
        (Decimal("78257.11"), "EUR", True, "€78,257.11"),
        (-0.414, "USD", None, "-$0.41"),
        (270, "USD", None, "$270"),
        (9.5, "CHF", None, "CHF 9.50"),
        (0, "GBP", None, "£0"),
        (-0.001, "EUR", None, "€0.00"),
    ],
)
def test_money(value: float, currency: str, cents: bool | None, expected: str) -> None:
    assert quantities.money(value, currency, cents=cents) == expected


def test_signed_money_marks_both_directions() -> None:
    assert quantities.signed_money(310, "EUR") == "+€310"
    assert quantities.signed_money(-310, "EUR") == "-€310"
    assert quantities.signed_money(0, "EUR") == "€0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.834, "83 %"),
        (0.004, "0.4 %"),
        (1.0, "100 %"),
        (0.9999, ">99 %"),
        (0.0001, "<0.1 %"),
        (0.0, "0 %"),
        (2.5, "250 %"),
        (-0.12, "-12 %"),
    ],
)
def test_percent_never_rounds_to_certainty(value: float, expected: str) -> None:
    assert quantities.percent(value) == expected


def test_intervals_show_their_ends_only_when_they_differ() -> None:
    assert quantities.interval(Range(1510, 1840, 2234), "tok/s") == "1,840 [1,510–2,230] tok/s"
    assert quantities.interval(Range.exactly(5)) == "5"
    assert quantities.scaled_interval(Range(9e6, 14.1e6, 22e6), "tok/day") == "14.1 M [9 M–22 M] tok/day"


def test_latency_and_age() -> None:
    assert quantities.milliseconds(641.2) == "641 ms"
    assert quantities.milliseconds(12_345) == "12.3 s"
    assert [quantities.ago(days) for days in (-1, 0, 1, 41)] == ["today", "today", "1 day ago", "41 days ago"]
    assert [quantities.age(days) for days in (None, 0, 1, 41)] == [
        "of unknown age",
        "today",
        "1 day old",
        "41 days old",
    ]


def test_every_strategy_and_bucket_has_a_name_and_marks_differ() -> None:
    assert set(labels.STRATEGY_LABELS) == set(STRATEGIES)
    assert len({labels.STRATEGY_MARKERS[strategy] for strategy in STRATEGIES}) == len(STRATEGIES)
    assert set(labels.BUCKET_LABELS) == set(BUCKETS)
    assert labels.bucket_label("new_bucket") == "new bucket"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (-0.3, "fraction", "-30 %"),
        (0.1, "points", "+10 points"),
        (0.722, "x", "0.72x"),
        (51.3e6, "tokens/day", "51.3 M tokens/day"),
        ("region", "", "region"),
        (None, "x", "none in range"),
    ],
)
def test_values_in_their_unit(value: float | str | None, unit: str, expected: str) -> None:
    assert quantities.with_unit(value, unit) == expected


@pytest.mark.parametrize("tokens", [2.4, 950, 1_000, 999_600, 8_342_000, 128_402_987, 1_346e6, 16_816e6, 3.2e12])
def test_a_sentence_writes_a_volume_as_a_table_does(tokens: float) -> None:
    assert quantities.volume(tokens) == quantities.scaled(tokens).replace(" ", "")


@pytest.mark.parametrize(
    ("tokens", "expected"), [(1e15, "1,000T"), (9.9996e14, "1,000T"), (2e-9, "0.000000002"), (-4e6, "-4M")]
)
def test_no_volume_has_an_exponent(tokens: float, expected: str) -> None:
    assert quantities.volume(tokens) == expected


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.35, 0.834, 1.0, 2.5])
def test_a_sentence_writes_a_share_as_a_table_does(fraction: float) -> None:
    assert quantities.share(fraction) == quantities.percent(fraction)


@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 4))
def test_nothing_measured_has_more_than_three_digits(value: float, places: int) -> None:
    ways = (quantities.significant, quantities.scaled, quantities.milliseconds, quantities.gib, quantities.factor)
    shown = (
        *(way(value) for way in ways),
        quantities.measure(value, places),
        quantities.share(value / 100, places),
        quantities.rounded_up(abs(value)),
    )
    for text in shown:
        digits = re.sub(r"\D", "", text).lstrip("0")
        assert len(digits if "." in text else digits.rstrip("0")) <= 3, text
        assert "e" not in text
        assert len(text) < 24


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [(0.997, "+100 %"), (0.25, "+25 %"), (-0.3, "-30 %"), (0.0, "0 %"), (2.5, "+250 %"), (0.004, "+0.4 %"),
     (-0.996, "-100 %")],
)  # fmt: skip
def test_a_difference_is_no_share_of_a_whole(fraction: float, expected: str) -> None:
    """Twice as much is +100 %, never "+>99 %"."""
    assert quantities.change(fraction) == expected


def test_an_interval_of_one_value_is_that_value() -> None:
    assert quantities.span(Range(989e6, 989e6, 989.2e6), quantities.volume) == "989M"
    assert quantities.span(Range(29.7e6, 34e6, 44.5e6), quantities.volume) == "29.7M-44.5M"


@pytest.mark.parametrize(("per", "said"), [("hour", "an hour"), ("month", "a month"), ("year", "a year")])
def test_a_price_is_for_a_period(per: str, said: str) -> None:
    assert labels.a_period(per) == said


def test_of_a_bare_year_nobody_knows_how_old_it_is() -> None:
    assert quantities.dated_age("2026", 0) == quantities.dated_age("2026-10", 12) == "the day is not on record"
    assert quantities.dated_age("2026-11-10", 19) == "19 days old"
