"""Ages of prices, whole and partial dates."""

from __future__ import annotations

from datetime import date

import pytest

from planner.engine.units import API_DAYS, RENT_DAYS, age_days, is_stale

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("as_of", "age"),
    [
        ("2026-11-23", 0),
        ("2026-11-10", 13),
        ("2026-10-08", 46),
        ("2026-10", 23),
        ("2026", 0),
        ("2025", 327),
        ("2027-01-01", 0),
    ],
)
def test_age_counts_from_the_last_day_a_date_may_mean(as_of: str, age: int) -> None:
    assert age_days(as_of, TODAY) == age


@pytest.mark.parametrize(
    ("as_of", "limit", "stale"),
    [
        ("2026-10-24", RENT_DAYS, False),
        ("2026-10-23", RENT_DAYS, True),
        ("2026-11", RENT_DAYS, False),
        ("2026-10", RENT_DAYS, True),
        ("2026", RENT_DAYS, True),
        ("2026-11-10", API_DAYS, False),
        ("2026-08-24", API_DAYS, True),
    ],
)
def test_a_price_is_stale_when_it_may_be_older_than_the_limit(as_of: str, limit: int, stale: bool) -> None:
    assert is_stale(as_of, TODAY, limit) is stale


@pytest.mark.parametrize("text", ["May 2026", "2026-13", "2026-11-23-01", ""])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        age_days(text, TODAY)
