"""A log apart by work and by week. Weeks are seven days from its first one on, so that whole ones have no shape."""

from __future__ import annotations

import datetime as dt
from typing import Final

from planner.evidence.usage.fields import DAY_S
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import NO_HOUR, Rollup, empty_rollup
from planner.evidence.usage.statistics import between, by_day, day_of, missing_days
from planner.evidence.usage.summary import day_zone, grain_of
from planner.evidence.usage.volumes import REST, days_of, namer, workloads_of
from planner.records import dataclass

WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Span:
    """All of a log, or a week of it."""

    first: dt.date | None
    """None: without a calendar."""
    days: float
    missing: int
    """Days without a line."""

    @property
    def middle(self) -> float | None:
        """Its middle, in days of the calendar."""
        return None if self.first is None else self.first.toordinal() + self.days / 2

    @property
    def is_known(self) -> bool:
        """Whether the log has a line in it, so that work without one did nothing."""
        return self.missing < self.days


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One work in one span, as the table of hours and as money by currency; no money: none was logged."""

    rollup: Rollup
    logged: dict[str, float]


def spans_of(usage: Usage) -> tuple[Span, ...]:
    """All of it first, then its weeks; only all of it where it has no calendar."""
    days = by_day(usage.rollup, day_zone(usage)) if usage.format.calendar else {}
    every = between(days)
    missing = missing_days(days)
    whole = Span(every[0] if every else None, days_of(usage), len(missing))
    weeks = [every[at : at + WEEK] for at in range(0, len(every), WEEK)]
    return whole, *(Span(week[0], float(len(week)), sum(day in missing for day in week)) for week in weeks)


def parts_of(usage: Usage, first: dt.date | None) -> dict[str, dict[int, Part]]:
    """By what work is called and by number of the week: 0 is all of it. Small work beyond the most that a plan takes
    is one, as where a log is put into it."""
    zone, name = day_zone(usage), namer(usage)
    known = {volume.name for volume in workloads_of(usage)}
    found: dict[str, dict[int, Part]] = {}

    def places(hour: int, workload: str, model: str) -> list[Part]:
        called = name(workload, model)
        weeks = found.setdefault(called if called in known else REST, {})
        numbers = [0] if hour == NO_HOUR or first is None else [0, (day_of(hour, zone) - first).days // WEEK + 1]
        return [weeks.setdefault(number, Part(empty_rollup(), {})) for number in numbers]

    for key, counts in usage.rollup.cells.items():
        for part in places(key[0], key[2], key[1]):
            part.rollup.merge(Rollup({key: counts}, {}))
    for (currency, model, workload, hour), amount in usage.cost_at.items():
        for part in places(hour, workload, model):
            part.logged[currency] = part.logged.get(currency, 0.0) + amount
    return found


def is_under_a_day(usage: Usage) -> bool:
    """Whether it is so short that a day of it, which counts whole, says too little."""
    if usage.first_s is None or usage.last_s is None or grain_of(usage) == "day":
        return False
    return usage.last_s - usage.first_s + (usage.grain_s or 0) < 0.9 * DAY_S
