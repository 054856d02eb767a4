"""What the table of hours says: days, their p95, the shape of a week. Plain sums, the same whatever made the table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Final

from planner.evidence.usage.rollup import HOUR_S, NO_HOUR, Rollup, bucket_tokens, instant
from planner.evidence.usage.rows import At, Counts
from planner.records import dataclass

WEEK_HOURS: Final = 168
EPOCH_WEEKDAY: Final = 3
"""1 January 1970 was a Thursday."""


@dataclass(frozen=True, slots=True)
class DailyTokens:
    """Input and output of a day: mean, p95 and largest, and over how many days."""

    mean: float
    p95: float
    largest: float
    days: int


def tokens_of(counts: Counts) -> int | None:
    """Input and output; None where both are unknown."""
    told, output = counts[At.INPUT], counts[At.OUTPUT]
    return None if told is None and output is None else (told or 0) + (output or 0)


def is_volume(counts: Counts) -> bool:
    """Whether a line of the table is more than failed calls."""
    return not (counts[At.FAILED] and not counts[At.REQUESTS] and tokens_of(counts) is None)


def day_of(hour: int, zone: dt.tzinfo) -> dt.date:
    """The day that an hour belongs to, by a clock of the zone."""
    moment = instant(hour * HOUR_S)
    return moment.date() if zone is dt.UTC else moment.astimezone(zone).date()


def by_day(rollup: Rollup, zone: dt.tzinfo = dt.UTC, workload: str | None = None) -> dict[dt.date, int | None]:
    """Tokens of every day that has volume, in order; None where they are unknown."""
    days: dict[dt.date, int | None] = {}
    hours: dict[int, int | None] = {}
    for (hour, _, work, _), counts in rollup.cells.items():
        told, output = counts[At.INPUT], counts[At.OUTPUT]  # a call of `tokens_of` a line is half of the time here
        if hour == NO_HOUR or (workload is not None and workload != work):
            continue
        if told is not None or output is not None:
            hours[hour] = (hours.get(hour) or 0) + (told or 0) + (output or 0)
        elif is_volume(counts):
            hours.setdefault(hour, None)
    for hour, tokens in hours.items():
        day = day_of(hour, zone)
        before = days.setdefault(day, None)
        days[day] = before if tokens is None else (before or 0) + tokens
    return dict(sorted(days.items()))


def between(days: Mapping[dt.date, object]) -> list[dt.date]:
    """All days from the first to the last."""
    if not days:
        return []
    first, last = min(days), max(days)
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def missing_days(days: Mapping[dt.date, object]) -> list[dt.date]:
    """Days without volume between the first and the last."""
    return [day for day in between(days) if day not in days]


def daily(values: Sequence[float]) -> DailyTokens | None:
    """Mean, linear p95 and largest."""
    if not values:
        return None
    return DailyTokens(math.fsum(values) / len(values), quantile(values, 0.95), max(values), len(values))


def quantile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between the two values that the rank lies between."""
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def hour_of_week(rollup: Rollup, workload: str | None = None) -> tuple[float, ...] | None:
    """(168,) shares of all tokens, from Monday 00:00 UTC; None where there are none."""
    sums = [0] * WEEK_HOURS
    for (hour, _, work, _), counts in rollup.cells.items():
        if hour != NO_HOUR and workload in (None, work):
            sums[(hour + 24 * EPOCH_WEEKDAY) % WEEK_HOURS] += (counts[At.INPUT] or 0) + (counts[At.OUTPUT] or 0)
    total = sum(sums)
    return tuple(value / total for value in sums) if total else None


def by_hour(rollup: Rollup) -> dict[int, int]:
    """Tokens of each hour that has volume."""
    hours: dict[int, int] = {}
    for (hour, *_), counts in rollup.cells.items():
        if hour != NO_HOUR and (tokens := tokens_of(counts)) is not None:
            hours[hour] = hours.get(hour, 0) + tokens
    return hours


def peak_to_mean_hour(rollup: Rollup) -> float | None:
    """The largest hour against the mean of all hours from the first to the last."""
    hours = by_hour(rollup)
    total = sum(hours.values())
    if not total:
        return None
    return max(hours.values()) * (max(hours) - min(hours) + 1) / total


def size_quantile(rollup: Rollup, share: float, *, output: bool, workload: str | None = None) -> float | None:
    """Tokens of a request at a quantile, within 4 %; None where there are no single requests."""
    counted: dict[int, int] = {}
    for (_, work, tokens_in, tokens_out), requests in rollup.sizes.items():
        if workload in (None, work):
            bucket = tokens_out if output else tokens_in
            counted[bucket] = counted.get(bucket, 0) + requests
    left = share * sum(counted.values())
    for bucket in sorted(counted):
        left -= counted[bucket]
        if left <= 0:
            return bucket_tokens(bucket)
    return None
