"""How old a price is. Rents are stale after 30 days, API prices after 90; time is an argument."""

from __future__ import annotations

import calendar
from datetime import date

RENT_DAYS = 30
API_DAYS = 90
FX_DAYS = 30


def age_days(as_of: str, today: date) -> int:
    """Days since `as_of`; a bare month or year counts from its last day, so it is never called older than it is.

    A date in the future is 0 days old. Raises ValueError for a text that is no date.
    """
    return max((today - _last_day(as_of)).days, 0)


def is_stale(as_of: str, today: date, limit_days: int) -> bool:
    """Older than `limit_days`; a bare year is stale unless the year has only begun, for nobody knows the day."""
    oldest = (today - _first_day(as_of)).days
    return (age_days(as_of, today) if len(as_of) == len("2026-11-23") else oldest) > limit_days


def _first_day(as_of: str) -> date:
    year, month, day = _parts(as_of)
    return date(year, month or 1, day or 1)


def _last_day(as_of: str) -> date:
    year, month, day = _parts(as_of)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _parts(as_of: str) -> tuple[int, int | None, int | None]:
    numbers = [int(part) for part in as_of.split("-")]
    if not 1 <= len(numbers) <= 3:
        raise ValueError(f"not a date: {as_of!r}")
    year, month, day = (*numbers, None, None)[:3]
    return int(numbers[0]) if year is None else year, month, day
