"""Moments as logs write them: ISO in all its forms, seconds to nanoseconds since 1970, days, and local clocks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from planner.evidence.usage.rows import BadValueError
from planner.toml.errors import InputError

EPOCH: Final = dt.datetime(1970, 1, 1)
_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0
"""Years 2000 to 2100."""
_UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""What is above the first counts so many parts of a second: no date before 2100 is as many seconds."""
_OTHER_DAYS: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T,]+(.+))?")
_DIGITS: Final = re.compile(r"[0-9]{6,22}(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?")
_EXPECTED: Final = "a time such as 2026-11-23T10:00:00Z"


def zone_named(text: str | None) -> dt.tzinfo:
    """A zone by its name. Raises `InputError`."""
    if text is None or text.upper() in ("UTC", "Z"):
        return dt.UTC
    try:
        return ZoneInfo(text)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        pass
    except KeyError:
        pass
    raise InputError(f'found "{text[:60]}", expected a time zone such as Europe/Berlin or UTC', field="--timezone")


class Clock:
    """Reads the times of one source; a time without a zone is of `zone`.

    A local clock shows one hour twice a year. Rows stand in order, so the second one is where it goes back.
    """

    def __init__(self, zone: dt.tzinfo = dt.UTC, *, day_first: bool = True) -> None:
        self.zone, self.day_first = zone, day_first
        self._before: dt.datetime | None = None

    def seconds(self, found: Any, field: str) -> float:
        """Seconds since 1970. Raises `BadValueError`."""
        value = self._seconds(found)
        if value is None or not _EARLIEST <= value < _LATEST:
            raise BadValueError(field, found, _EXPECTED)
        return value

    def _seconds(self, found: Any) -> float | None:
        if isinstance(found, str):
            text = found.strip()
            # Digits first: "1792376629932000000" is read as a date of 1792 otherwise.
            if _DIGITS.fullmatch(text) and (value := _scaled(float(text))) >= _EARLIEST:
                return value
            try:
                return self._of(dt.datetime.fromisoformat(text))
            except ValueError:
                return self._odd(text)
        return _scaled(float(found)) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def _odd(self, text: str) -> float | None:
        bare = text.removesuffix(" UTC").removesuffix(" (UTC)")
        if match := _OTHER_DAYS.fullmatch(bare):
            one, mark, other, year, time = match.groups()
            day_first = mark == "." or int(one) > 12 or (self.day_first and int(other) <= 12)
            day, month = (one, other) if day_first else (other, one)
            bare = f"{year}-{month:0>2}-{day:0>2} {time or '00:00'}"
        elif bare == text:
            return None
        try:
            return self._of(dt.datetime.fromisoformat(bare))
        except ValueError:
            return None

    def _of(self, moment: dt.datetime) -> float:
        if moment.tzinfo is None:
            if self.zone is dt.UTC:
                return (moment - EPOCH).total_seconds()
            moment = self._local(moment)
        return moment.timestamp()

    def _local(self, moment: dt.datetime) -> dt.datetime:
        """A local time as one moment: of two, the later once the clock has gone back."""
        first, second = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        twice = second.timestamp() > first.timestamp()
        back = twice and self._before is not None and self._before > moment
        chosen = second if back or (twice and self._folded(moment)) else first
        self._before = moment.replace(fold=chosen.fold)
        return chosen

    def _folded(self, moment: dt.datetime) -> bool:
        before = self._before
        return before is not None and bool(before.fold) and moment - before < dt.timedelta(hours=1)


def _scaled(value: float) -> float:
    for above, parts in _UNITS:
        if value > above:
            return value / parts
    return value
