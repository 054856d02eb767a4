"""Field types of the plan file: strict numbers, dates, texts, and estimates given as a number or as a range."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from planner.engine.assumptions import beyond_bounds, bounds_of
from planner.engine.specs import Range
from planner.engine.units import HOURS_PER_WEEK, MONTHS, SMALLEST, USD_PER_UNIT
from planner.quantities import plain
from planner.toml.text import printable

LARGEST: Final = 1e15
"""No quantity in a plan is larger: it keeps sums finite and whole numbers exact."""

LONGEST_NAME: Final = 200

NUMBER_TAG: Final = "<number>"
SPREAD_TAG: Final = "<range>"

_PARTIAL_DATE: Final = re.compile(r"(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2]))?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Section(BaseModel):
    """A table of the plan file: immutable, without unknown keys, without conversions between types."""

    # Deferred: only the whole plan is ever read, and its sections need no readers of their own (10 ms).
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _not_blank(text: str) -> str:
    if not printable(text).strip():
        raise ValueError("a name that is not empty")
    return text


def _one_line(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("a single line without control characters")
    return text


def _not_tiny(value: float) -> float:
    if 0 < value < SMALLEST:
        raise ValueError(f"0 or a number of at least {plain(SMALLEST)}")
    return value


def _some_weight(weights: tuple[float, ...]) -> tuple[float, ...]:
    if max(weights) < SMALLEST:
        raise ValueError("at least one hour with a weight above 0")
    return weights


def _currency_code(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError('a three-letter currency code such as "EUR" or "USD"')
    return text


def _plain_date(value: object) -> object:
    """A TOML date-time is a date too, and would lose its time silently."""
    if isinstance(value, dt.datetime):
        raise ValueError("a date without a time, such as 2026-11-23")
    return value


def _partial_date(value: object) -> object:
    _plain_date(value)
    if isinstance(value, dt.date) or (isinstance(value, str) and _PARTIAL_DATE.fullmatch(value)):
        return value
    raise ValueError('a date such as 2026-11-23 without quotes, or "2026-11" or "2026" where the day is not known')


Text = Annotated[str, Field(max_length=2_000)]
Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_one_line)]
Label = Annotated[Name, AfterValidator(_not_blank)]
Currency = Annotated[str, AfterValidator(_currency_code)]
Day = Annotated[dt.date, BeforeValidator(_plain_date)]
PartialDay = Annotated[dt.date | str, BeforeValidator(_partial_date)]
"""A full date, or a year or month as text: some sources print no more."""

Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST), AfterValidator(_not_tiny)]
Positive = Annotated[float, Field(gt=0, le=LARGEST), AfterValidator(_not_tiny)]
UsdPerUnit = Annotated[float, Field(ge=USD_PER_UNIT[0], le=USD_PER_UNIT[1])]
Fraction = Annotated[float, Field(ge=0, le=1)]
Growth = Annotated[float, Field(gt=-1, le=10)]
Count = Annotated[int, Field(ge=1, le=100_000)]
TokenCount = Annotated[int, Field(ge=1, le=10**8)]
Whole = Annotated[int, Field(ge=0, le=10**12)]

MonthlyTokens = Annotated[tuple[Positive, ...], BeforeValidator(_as_tuple), Field(min_length=MONTHS, max_length=MONTHS)]
HourWeights = Annotated[
    tuple[Annotated[float, Field(ge=0, le=LARGEST)], ...],
    BeforeValidator(_as_tuple),
    Field(min_length=HOURS_PER_WEEK, max_length=HOURS_PER_WEEK),
    AfterValidator(_some_weight),
]
Names = Annotated[tuple[Label, ...], BeforeValidator(_as_tuple)]
as_tuple = BeforeValidator(_as_tuple)


def each_once(key: str) -> AfterValidator:
    """A list of tables in which no two have the same `key`, capitals aside."""

    def check(entries: tuple[Section, ...]) -> tuple[Section, ...]:
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            name = str(getattr(entry, key))
            shown = printable(name).casefold()
            if shown in seen:
                raise PydanticCustomError("repeated", "a {key} of its own", {"key": key, "index": index, "found": name})
            seen.add(shown)
        return entries

    return AfterValidator(check)


def _within_bounds(assumptions: dict[str, float | Spread]) -> dict[str, float | Spread]:
    for key, estimate in assumptions.items():
        least, most = bounds_of(key)
        for found in beyond_bounds(key, range_of(estimate)).values():
            words = {"least": plain(least), "most": plain(most), "key": key, "found": found}
            raise PydanticCustomError("out_of_bounds", "{least} to {most}", words)
    return assumptions


within_bounds = AfterValidator(_within_bounds)


class _Ordered(Section):
    """Shared rule of the two range tables."""

    @model_validator(mode="after")
    def _low_mid_high(self) -> _Ordered:
        low, mid, high = (getattr(self, key) for key in ("low", "mid", "high"))
        if not low <= mid <= high:
            raise ValueError("low <= mid <= high")
        return self


class Spread(_Ordered):
    """A low / mid / high estimate of any quantity."""

    low: Number
    mid: Number
    high: Number


class GrowthSpread(_Ordered):
    """A low / mid / high estimate of growth a month."""

    low: Growth
    mid: Growth
    high: Growth


def _branch(value: object) -> str:
    return SPREAD_TAG if isinstance(value, (dict, BaseModel)) else NUMBER_TAG


Estimate = Annotated[Annotated[Number, Tag(NUMBER_TAG)] | Annotated[Spread, Tag(SPREAD_TAG)], Discriminator(_branch)]
GrowthEstimate = Annotated[
    Annotated[Growth, Tag(NUMBER_TAG)] | Annotated[GrowthSpread, Tag(SPREAD_TAG)], Discriminator(_branch)
]


def range_of(estimate: float | Spread | GrowthSpread) -> Range:
    """The engine's range; a plain number is taken as certain."""
    if isinstance(estimate, (Spread, GrowthSpread)):
        return Range(estimate.low, estimate.mid, estimate.high)
    return Range.exactly(estimate)


def iso(day: dt.date | str) -> str:
    """Text form of a full or partial date."""
    return day if isinstance(day, str) else day.isoformat()


def day_of(text: str) -> dt.date | str:
    """A catalogue's date text as the plan stores it: a real date where the text is one."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text
