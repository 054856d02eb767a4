"""Moments as logs write them: ISO in all its forms, seconds to nanoseconds since 1970, days, and local clocks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from planner.evidence.usage.rows import BadValueError
from planner.toml.errors import InputError, described

EPOCH: Final = dt.datetime(1970, 1, 1)
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0
"""Years 2000 to 2100."""
_UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""What is above the first counts so many parts of a second: no date before 2100 is as many seconds."""
_ODD: Final = re.compile(
    r"(?:(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{4})[./-](\d{1,2})[./-](\d{1,2}))"
    r"(?:[ T,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)
"""Days as spreadsheets and people write them: 19.10.2026 9:05, 10/19/2026 9:05 AM, 2026/10/19."""
_DIGITS: Final = re.compile(r"[0-9]{6,22}(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?")
_EXPECTED: Final = "a time such as 2026-11-23T10:00:00Z"


def zone_named(text: str | None) -> dt.tzinfo:
    """A zone by its name. Raises `InputError`."""
    if text is None or text.upper() in ("UTC", "Z"):
        return dt.UTC
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        problem = f"found {described(text)}, expected a time zone such as Europe/Berlin or UTC"
        raise InputError(problem, field="--timezone") from None


class Clock:
    """Reads the times of one source; a time without a zone is of `zone`.

    A local clock shows one hour twice a year. Rows stand in order, so the second one is where it goes back.
    """

    def __init__(self, zone: dt.tzinfo = dt.UTC, day_first: bool | None = None) -> None:
        self.zone, self.day_first = zone, day_first
        """Whether the day stands first in 10/11/2026; None: no date with a number above 12 has told it yet."""
        self.told_late = False
        """Dates were refused before one told it: what was read before is to be read again."""
        self._refused = False
        self._before: dt.datetime | None = None

    def seconds(self, found: Any, field: str) -> float:
        """Seconds since 1970. Raises `BadValueError`."""
        value = self._seconds(found)
        if value is None or not EARLIEST <= value < LATEST:
            raise BadValueError(field, found, _EXPECTED)
        return value

    def _seconds(self, found: Any) -> float | None:
        if isinstance(found, str):
            text = found.strip()
            # Digits first: "1792376629932000000" is read as a date of 1792 otherwise.
            if _DIGITS.fullmatch(text) and (value := _scaled(float(text))) >= EARLIEST:
                return value
            try:
                return self._of(dt.datetime.fromisoformat(text))
            except ValueError:
                return self._odd(text)
        return _scaled(float(found)) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def _odd(self, text: str) -> float | None:
        match = _ODD.fullmatch(text.removesuffix(" UTC").removesuffix(" (UTC)"))
        if match is None:
            return None
        one, mark, other, late, year, month, day, hour, minute, second, part, half = match.groups()
        if year is None:
            year, (day, month) = late, self._in_order(mark, one, other)
        on = int(hour or 0) % 12 + 12 * (half in "Pp") if half else int(hour or 0)
        micro = int(f"{part or 0:0<6}"[:6])
        try:
            on_day = dt.datetime(int(year), int(month), int(day), on, int(minute or 0), int(second or 0), micro)
            return self._of(on_day)
        except ValueError:
            return None

    def _in_order(self, mark: str, one: str, other: str) -> tuple[str, str]:
        """Day and month; 0, which no month is, where nothing tells which is which."""
        if mark == "." or one == other:
            return one, other
        if (int(one) > 12) != (int(other) > 12) and self.day_first is None:
            self.day_first, self.told_late = int(one) > 12, self._refused
        if self.day_first is None:
            self._refused = True
            return "0", "0"
        return (one, other) if self.day_first else (other, one)

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
