"""Units and constants. GB is 10**9 bytes, GiB is 2**30; a month is 730 hours.

How old a price is: rents are stale after 30 days, API prices after 90; today is an argument.
"""

from __future__ import annotations

import calendar
from datetime import date

GB = 10**9
GIB = 2**30
MTOK = 1_000_000
BILLION = 1e9
"""Parameters are counted in it: `total_params_b`."""
TFLOP = 1e12

HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
HOURS_PER_MONTH = 730
"""Mean month, 8,760 h a year / 12. Articles often count 30 days (720 h), which is 1.4 % less."""
DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY
MONTHS = 12
SECONDS_PER_HOUR = 3600
MINUTES_PER_HOUR = 60
SECONDS_PER_DAY = 86_400
WEEKS_PER_YEAR = 52

USD_PER_UNIT = (1e-7, 1e6)
"""Bounds of an exchange rate: from below an Iranian rial to far above a Kuwaiti dinar."""
SMALLEST = 1e-9
LARGEST = 1e12
"""No price, rate, size or measurement but 0 lies beyond them, and what they are multiplied to stays finite."""

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


def is_ahead(as_of: str, today: date) -> bool:
    """Surely later than today: a price of it would not age before it comes."""
    return _period(as_of)[0] > today


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
