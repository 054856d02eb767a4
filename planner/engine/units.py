"""Units and constants. GB is 10**9 bytes, GiB is 2**30; a month is 730 hours."""

from __future__ import annotations

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
