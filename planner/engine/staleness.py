"""How old a price is. Rents are stale after 30 days, API prices after 90; today is an argument."""

from __future__ import annotations

import calendar
from datetime import date

RENT_DAYS = 30
API_DAYS = 90
FX_DAYS = 30


def age_days(as_of: str, today: date) -> int:
    """Days since `as_of`: an ISO date, or only its month or year, which then counts from its last day.

    So no price is called older than it is; a date in the future is 0 days old. Raises ValueError for any other text.
    """
    return max((today - _period(as_of)[1]).days, 0)


def is_stale(as_of: str, today: date, limit_days: int) -> bool:
    """May be older than `limit_days`: a bare month or year counts from its first day, for nobody knows which one."""
    return (today - _period(as_of)[0]).days > limit_days


def _period(as_of: str) -> tuple[date, date]:
    """First and last day that `as_of` may mean."""
    parts = [int(part) for part in as_of.split("-")]
    if len(parts) == 3:
        day = date(*parts)
        return day, day
    if len(parts) > 3:
        raise ValueError(f"not a date: {as_of!r}")
    first_month, last_month = (parts[1], parts[1]) if len(parts) == 2 else (1, 12)
    year = parts[0]
    return date(year, first_month, 1), date(year, last_month, calendar.monthrange(year, last_month)[1])
