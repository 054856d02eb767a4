"""What a log says of the next twelve months: volumes by workload, growth, day noise, the shape of a week.

A short history says little, and says so: growth is told from four whole weeks on, with an interval that Student's t
widens, and the days it covers go into the plan, where they widen the p95 (`engine/demand.py`).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Final

from planner.engine.specs import Range
from planner.engine.units import DAYS_PER_MONTH
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import HOUR_S, NO_HOUR, Rollup, empty_rollup, instant
from planner.evidence.usage.rows import At
from planner.evidence.usage.statistics import (
    WEEK_HOURS,
    between,
    by_day,
    by_hour,
    quantile,
    size_quantile,
    tokens_of,
)
from planner.evidence.usage.summary import batch_tokens, day_zone, grain_of
from planner.records import dataclass

MOST_WORKLOADS: Final = 20
REST: Final = "everything else"
LEAST_WEEKS: Final = 4
"""Whole weeks from which a growth is told."""
_LEAST_NOISE_DAYS: Final = 5
_GROWTH_BOUNDS: Final = (-0.5, 1.0)
_T_90: Final = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)
"""One-sided 90 % points of Student's t for 1 to 10 degrees of freedom, so that the interval holds 80 %."""
_NORMAL_90: Final = 1.282


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadVolume:
    """One kind of work; what the log cannot know is None."""

    name: str
    tokens_per_day: float
    """Mean of all days from the first to the last."""
    requests_per_day: float | None
    input_share: float | None
    input_tokens: float | None
    output_tokens: float | None
    """Of a mean request."""
    input_tokens_p95: float | None
    output_tokens_p95: float | None
    cached_share: float | None
    write_share: float | None
    hour_writes: bool
    """Most of what is written to a cache is kept for an hour."""
    batch_share: float | None
    models: Mapping[str, int]
    """Tokens by model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What all workloads together did, day by day."""

    days: int
    """From the first to the last."""
    gaps: int
    """Of these, days without a line."""
    mean: float
    p95: float
    growth: Range | None
    """A month; None: too short to tell."""
    day_noise_cv: float | None
    """Of the days of one kind (working days, weekends) about their mean and the growth."""
    week: tuple[float, ...] | None
    """(168,) weights from Monday 00:00 in the zone of the days, mean 1; None: not in the log, or less than a week."""


def history_of(usage: Usage) -> History | None:
    """The history; None where the log holds no tokens by the day."""
    found = by_day(usage.rollup, day_zone(usage))
    days = {day: float(tokens) for day, tokens in found.items() if tokens is not None}
    if not days or not usage.format.calendar:
        return None
    every = between(days)
    values = [days.get(day, 0.0) for day in every]
    growth = _growth(every, days)
    return History(
        days=len(every),
        gaps=len(every) - len(days),
        mean=fmean(values),
        p95=quantile(values, 0.95),
        growth=growth,
        day_noise_cv=_noise(days, every[0], growth),
        week=_week(usage) if grain_of(usage) != "day" and len(every) >= 7 else None,
    )


def _growth(every: Sequence[dt.date], days: Mapping[dt.date, float]) -> Range | None:
    """Growth a month: a line through the logarithms of the whole weeks, which have no shape of their own. Weeks with a
    gap are left out."""
    weeks = [every[at : at + 7] for at in range(0, len(every) - 6, 7)]
    sums = {at: sum(days.get(day, 0.0) for day in week) for at, week in enumerate(weeks) if _is_whole(week, days)}
    points = [(at, math.log(tokens)) for at, tokens in sums.items()]
    if len(points) < LEAST_WEEKS:
        return None
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    free = len(points) - 2
    error = math.sqrt(sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points) / free / spread)
    half = error * (_T_90[free - 1] if free <= len(_T_90) else _NORMAL_90 + 0.9 / free)
    return Range(*(_a_month(slope + off) for off in (-half, 0.0, half)))


def _is_whole(week: Sequence[dt.date], days: Mapping[dt.date, float]) -> bool:
    """Whether no day is missing: weekends may be without work."""
    return all(day in days or day.weekday() >= 5 for day in week) and any(days.get(day) for day in week)


def _a_month(slope_per_week: float) -> float:
    grown = math.expm1(slope_per_week * DAYS_PER_MONTH / 7)
    return min(max(grown, _GROWTH_BOUNDS[0]), _GROWTH_BOUNDS[1])


def _noise(days: Mapping[dt.date, float], first: dt.date, growth: Range | None) -> float | None:
    """Coefficient of variation of days of one kind, without the growth; each kind costs a degree of freedom."""
    rate = math.log1p(growth.mid) / DAYS_PER_MONTH if growth else 0.0
    kinds: dict[bool, list[float]] = {}
    for day, tokens in days.items():
        kinds.setdefault(day.weekday() >= 5, []).append(tokens * math.exp(-rate * (day - first).days))
    several = {kind: values for kind, values in kinds.items() if len(values) > 1 and sum(values) > 0}
    count = sum(map(len, several.values()))
    if count < _LEAST_NOISE_DAYS:
        return None
    apart = sum((value / fmean(values) - 1) ** 2 for values in several.values() for value in values)
    return math.sqrt(apart / (count - len(several)))


def _week(usage: Usage) -> tuple[float, ...] | None:
    """Weights of the hours of a week: the mean of each over the days that have a line.

    Where few weeks were seen, working days stand for one another, and so do the days of weekends: the highest of 168
    means of two hours each would be an accident.
    """
    zone, hours = day_zone(usage), by_hour(usage.rollup)
    present = {instant(hour * HOUR_S).astimezone(zone).date() for hour in hours}
    pooled = len(present) < 7 * LEAST_WEEKS
    sums, seen = [0.0] * WEEK_HOURS, [0] * WEEK_HOURS
    for hour in range(min(hours), max(hours) + 1):
        moment = instant(hour * HOUR_S).astimezone(zone)
        if moment.date() in present:
            for weekday in _alike(moment.weekday()) if pooled else (moment.weekday(),):
                sums[weekday * 24 + moment.hour] += hours.get(hour, 0)
                seen[weekday * 24 + moment.hour] += 1
    means = [total / count if count else 0.0 for total, count in zip(sums, seen, strict=True)]
    whole = sum(means)
    return tuple(WEEK_HOURS * mean / whole for mean in means) if whole else None


def _alike(weekday: int) -> range:
    return range(5, 7) if weekday >= 5 else range(5)


def workloads_of(usage: Usage) -> tuple[WorkloadVolume, ...]:
    """The workloads by their tokens, largest first; where the log tells none, its models. Beyond the largest twenty
    all are one."""
    named = by_name(usage)
    ranked = sorted(named, key=lambda name: -_tokens(named[name]))
    kept, rest = ranked[: MOST_WORKLOADS - 1], ranked[MOST_WORKLOADS - 1 :]
    if len(rest) > 1:
        for name in rest[1:]:
            named[rest[0]].merge(named[name])
        named[REST] = named.pop(rest[0])
        rest = [REST]
    days = days_of(usage)
    return tuple(volume_of(name, named[name], days) for name in (*kept, *rest[:1]) if _tokens(named[name]))


def namer(usage: Usage) -> Callable[[str, str], str]:
    """What work is called by its workload, else its model, else the file; names that differ in capitals alone are one,
    as in a plan."""
    stem = usage.path.name.split(".")[0] or "usage"
    spelt: dict[str, str] = {}

    def named(workload: str, model: str) -> str:
        name = workload or model or stem
        return spelt.setdefault(name.casefold(), name)

    return named


def by_name(usage: Usage) -> dict[str, Rollup]:
    """The table apart by what work is called."""
    name, named = namer(usage), dict[str, Rollup]()

    def of(workload: str, model: str) -> Rollup:
        return named.setdefault(name(workload, model), empty_rollup())

    for (hour, model, workload, tier), counts in usage.rollup.cells.items():
        of(workload, model).merge(Rollup({(hour, model, workload, tier): counts}, {}))
    for (model, workload, *size), requests in usage.rollup.sizes.items():
        of(workload, model).merge(Rollup({}, {(model, workload, size[0], size[1]): requests}))
    return named


def _tokens(rollup: Rollup) -> int:
    return sum(tokens_of(counts) or 0 for counts in rollup.cells.values())


def days_of(usage: Usage) -> float:
    """Days that the volume is spread over."""
    if usage.lasted_s is not None:
        return max(usage.lasted_s, HOUR_S) / 86_400
    zone = day_zone(usage)
    return float(max(1, len(between(by_day(usage.rollup, zone)))))


def volume_of(name: str, rollup: Rollup, days: float) -> WorkloadVolume:
    """One work of which this is the table, over so many days."""
    total = rollup.total
    requests, told, output = total(At.REQUESTS), total(At.INPUT), total(At.OUTPUT)
    cached, write, batch = total(At.CACHED), total(At.WRITE), batch_tokens(rollup)
    models: dict[str, int] = {}
    for (hour, model, _, _), counts in rollup.cells.items():
        if model and (tokens := tokens_of(counts)) and hour >= NO_HOUR:
            models[model] = models.get(model, 0) + tokens
    tokens = _tokens(rollup)
    return WorkloadVolume(
        name=name,
        tokens_per_day=tokens / days,
        requests_per_day=None if requests is None else requests / days,
        input_share=None if told is None or output is None else told / tokens,
        input_tokens=_share(told, requests),
        output_tokens=_share(output, requests),
        input_tokens_p95=size_quantile(rollup, 0.95, output=False),
        output_tokens_p95=size_quantile(rollup, 0.95, output=True),
        cached_share=_share(cached, told),
        write_share=_share(write, told),
        hour_writes=2 * (total(At.WRITE_1H) or 0) > (write or 0),
        batch_share=_share(batch, tokens),
        models=models,
    )


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else part / whole
