"""What is said of a source, as values: totals, span, days, shares. What it cannot know is None, and never 0."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

from planner.evidence.usage.fields import DAY_S
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import HOUR_S, Key, Rollup, instant
from planner.evidence.usage.rows import At, Counts
from planner.evidence.usage.statistics import (
    DailyTokens,
    between,
    by_day,
    daily,
    hour_of_week,
    missing_days,
    tokens_of,
)
from planner.evidence.usage.times import zone_named

Json = dict[str, Any]


def grain_of(usage: Usage) -> str:
    """How finely the source tells its volume."""
    if usage.format.unit == "scrape":
        return "total"
    if usage.grain_s is None:
        return "request"
    return "day" if usage.grain_s >= DAY_S else "hour" if usage.grain_s >= HOUR_S else "minute"


def day_zone(usage: Usage) -> dt.tzinfo:
    """The zone whose days are counted: that of the hours, or none where the source itself tells days."""
    return dt.UTC if grain_of(usage) == "day" else zone_named(usage.zone)


def to_json(usage: Usage) -> Json:
    """The documented summary."""
    rollup, grain = usage.rollup, grain_of(usage)
    days = by_day(rollup, day_zone(usage))
    said: Json = {
        "file": usage.path.name if usage.path.is_absolute() else usage.path.as_posix(),
        "format": usage.format.name,
        "grain": grain,
        "zone": ("UTC" if grain == "day" and usage.format.zone else usage.zone),
        "rows": {"unit": usage.unit, "read": usage.read, "used": usage.used, "skipped": dict(usage.skipped)},
        "span": _span(usage, grain, days),
        "tokens_per_day": _per_day(days),
        "hour_of_week_utc": _week(usage, grain),
        "requests": rollup.total(At.REQUESTS),
        "failed_requests": rollup.total(At.FAILED),
        "tokens": _tokens(rollup),
        "latency_sum_ms": rollup.total(At.LATENCY),
        "cost": _cost(usage),
        "by_model": _groups(rollup, lambda key: key[1]),
        "by_workload": _groups(rollup, lambda key: key[2]),
    }
    if grain == "total":
        said["seconds"] = usage.lasted_s
    return said


def _span(usage: Usage, grain: str, days: dict[dt.date, int | None]) -> Json | None:
    if grain == "total":
        return None
    if not usage.format.calendar:
        lasted = usage.lasted_s
        return {"first": None, "last": None, "seconds": None if lasted is None else round(lasted, 3)}
    if usage.first_s is None or usage.last_s is None:
        return None
    ends = [
        f"{instant(math.floor(s)):%Y-%m-%d{'' if grain == 'day' else 'T%H:%M:%SZ'}}"
        for s in (usage.first_s, usage.last_s)
    ]
    return {
        "first": ends[0],
        "last": ends[1],
        "days_observed": len(days),
        "missing_days": [day.isoformat() for day in missing_days(days)],
    }


def _per_day(days: dict[dt.date, int | None]) -> Json | None:
    known = [tokens for tokens in days.values() if tokens is not None]
    observed = daily(known)
    if observed is None:
        return None
    calendar = daily([float(days.get(day) or 0) for day in between(days)])
    return {"observed": _rounded(observed), "calendar": None if calendar is None else _rounded(calendar)}


def _rounded(found: DailyTokens) -> Json:
    return {"mean": round(found.mean, 3), "p95": round(found.p95, 3), "max": found.largest}


def _week(usage: Usage, grain: str) -> list[float] | None:
    if grain in ("day", "total") or not usage.format.calendar:
        return None
    shares = hour_of_week(usage.rollup)
    return None if shares is None else [round(share, 8) for share in shares]


def _tokens(rollup: Rollup) -> Json:
    total = rollup.total
    write, write_5m, write_1h = total(At.WRITE), total(At.WRITE_5M), total(At.WRITE_1H)
    split = write_5m is not None and (write_5m + (write_1h or 0)) == write
    return {
        "input": total(At.INPUT),
        "cached_input": total(At.CACHED),
        "cache_write": write,
        "cache_write_5m": write_5m if split else None,
        "cache_write_1h": write_1h if split else None,
        "output": total(At.OUTPUT),
        "reasoning": total(At.REASONING),
        "batch_total": batch_tokens(rollup),
    }


def batch_tokens(rollup: Rollup) -> int | None:
    """Tokens through the batch tier; None where no line tells its tier."""
    told = [counts for key, counts in rollup.cells.items() if key[3] >= 0]
    if all(tokens_of(counts) is None for counts in told):
        return None
    batched = (tokens_of(counts) for key, counts in rollup.cells.items() if key[3] == 1)
    return sum(tokens for tokens in batched if tokens is not None)


def _cost(usage: Usage) -> Json | None:
    """What was logged; None where several currencies were, for no rate is told."""
    if len(usage.cost) != 1:
        return None
    ((currency, amount),) = usage.cost.items()
    return {"amount": round(amount, 6), "currency": currency}


def _groups(rollup: Rollup, name: Callable[[Key], str]) -> Json | None:
    """Sums by model or workload; None where no line tells one."""
    grouped: dict[str, list[Counts]] = {}
    for key, counts in rollup.cells.items():
        if counts[At.INPUT] is not None or counts[At.OUTPUT] is not None or counts[At.REQUESTS]:
            grouped.setdefault(name(key), []).append(counts)
    if not any(grouped):
        return None
    columns = {"requests": At.REQUESTS, "input": At.INPUT, "output": At.OUTPUT}
    return {
        group: {column: rollup.total(at, cells) for column, at in columns.items()}
        for group, cells in sorted(grouped.items())
    }


def unknown_cache_share(rollup: Rollup) -> float | None:
    """Share of the input of which nobody knows what came from a cache."""
    told = [(counts[At.INPUT] or 0, counts[At.CACHED]) for counts in rollup.cells.values()]
    total = sum(tokens for tokens, _ in told)
    return sum(tokens for tokens, cached in told if cached is None) / total if total else None
