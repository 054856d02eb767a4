"""What one answer of the questionnaire is, how each kind is written in a field, and what a question of the six is.

Reading refuses in one line that says what is right. A volume may be told as money, `$8k a month`, as requests or as
tokens; the plan keeps it as it was told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from planner.engine.names import QuestionId
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.plan.fields import GrowthSpread
from planner.quantities import bill, typed, typed_percent
from planner.records import dataclass
from planner.tui.open_plan.session import FieldPath
from planner.typed import parse_fraction, parse_number, read_quantity

if TYPE_CHECKING:
    from planner.plan.schema import Plan, WorkloadEntry


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of inverse functions between a plan's value and what stands in the field."""

    show: Callable[[Any], str]
    read: Callable[[str, str | None], Any]
    """Takes the text and the currency by whose habit a point is read."""


def _read_text(text: str, habit: str | None) -> str:
    if not text.strip():
        raise ValueError("a name is needed")
    return text.strip()


def _read_whole(text: str, habit: str | None) -> int:
    value = parse_number(text, habit)
    if value != int(value):
        raise ValueError(f"“{text.strip()}” is not a whole number; write 8192 or 8k")
    return int(value)


def _read_growth(text: str, habit: str | None) -> Any:
    """One share, or low .. mid .. high."""
    parts = [part for part in re.split(r"\s*(?:\.\.+|…|\bto\b)\s*", text.strip()) if part]
    if len(parts) not in (1, 3):
        raise ValueError("write one growth (6 %) or low .. mid .. high (3 .. 6 .. 10 %)")
    # A lone "%" at the end of a range counts for all of it.
    if parts[-1].endswith("%"):
        parts = [part if part.endswith("%") else f"{part}%" for part in parts]
    values = [parse_fraction(part) for part in parts]
    if len(values) == 1:
        return values[0]
    if values != sorted(values):
        raise ValueError("low .. mid .. high must rise: 3 .. 6 .. 10 %")
    return GrowthSpread(low=values[0], mid=values[1], high=values[2])


def _show_growth(value: Any) -> str:
    if isinstance(value, (int, float)):
        return typed_percent(value)
    shares = [typed_percent(share).removesuffix(" %") for share in (value.low, value.mid, value.high)]
    return f"{' .. '.join(shares)} %"


_DAYS_PER: Final = {"day": 1.0, "month": DAYS_PER_MONTH, "year": MONTHS * DAYS_PER_MONTH}


@dataclass(frozen=True, slots=True)
class ToldVolume:
    """How much of a work there is, by the key of the plan that says it: its bill, requests a day, tokens a day."""

    key: Literal["bill", "requests_per_day", "tokens_per_day"]
    amount: float
    currency: str = ""
    per: str = "day"
    """Of a bill; requests and tokens are told by the day."""

    @property
    def value(self) -> Any:
        """As the plan keeps it."""
        if self.key != "bill":
            return self.amount
        return {"amount": self.amount, "currency": self.currency, "per": self.per}


def told_volume(entry: WorkloadEntry) -> ToldVolume:
    """As the plan says it."""
    if entry.bill is not None:
        return ToldVolume("bill", entry.bill.amount, entry.bill.currency, entry.bill.per)
    if entry.requests_per_day is not None:
        return ToldVolume("requests_per_day", entry.requests_per_day)
    return ToldVolume("tokens_per_day", entry.tokens_per_day or 0.0)


def read_volume(text: str, habit: str | None = None) -> ToldVolume:
    """`$8k a month`, `7.000 EUR/mo`, `12k requests`, `6M`; `habit`: the currency by which a point is read.

    Raises ValueError, in one line, with what would be right.
    """
    found = read_quantity(text, habit)
    if found.value <= 0:
        what = "bill" if found.currency else "volume"
        raise ValueError(f"a {what} is above zero; delete the workload if there is none")
    if found.per is not None and found.per not in _DAYS_PER:
        raise ValueError(f"a volume is told by the day, the month or the year, not by the {found.per}")
    if found.currency is None:
        daily = found.value / _DAYS_PER[found.per or "day"]
        return ToldVolume("requests_per_day" if found.unit == "requests" else "tokens_per_day", daily)
    return ToldVolume("bill", found.value, found.currency, found.per or "month")


def show_volume(value: ToldVolume) -> str:
    """As it is typed: reading it gives the same again."""
    if value.key == "bill":
        return f"{bill(value.amount, value.currency)} a {value.per}"
    return f"{typed(value.amount)} requests" if value.key == "requests_per_day" else typed(value.amount)


def _as_it_is(text: str, habit: str | None) -> str:
    return text


CODECS: Final[Mapping[str, Codec]] = {
    "text": Codec(str, _read_text),
    "number": Codec(typed, parse_number),
    "whole": Codec(typed, _read_whole),
    "fraction": Codec(typed_percent, lambda text, habit: parse_fraction(text)),
    "growth": Codec(_show_growth, _read_growth),
    "volume": Codec(show_volume, read_volume),
    "answer": Codec(str, _as_it_is),
    "choice": Codec(str, _as_it_is),
    "flag": Codec(lambda value: "yes" if value else "no", lambda text, habit: text == "yes"),
    "tristate": Codec(
        lambda value: "as the plan" if value is None else "yes" if value else "no",
        lambda text, habit: None if text == "as the plan" else text == "yes",
    ),
    "pick": Codec(str, _as_it_is),
}


Options = tuple[tuple[str, str], ...]

YES_NO_UNKNOWN: Final[Options] = (("yes", "yes"), ("no", "no"), ("unknown", "I don't know"))
YES_NO: Final[Options] = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it lives in the plan, how it is written, why it is asked, and what "I don't know" takes."""

    path: FieldPath
    label: str
    codec: str
    why: str
    default: Any = None
    """What "I don't know" sets."""
    default_words: str = ""
    """The default in words where the value alone would not say it."""
    optional: bool = False
    """An empty field means "not known": None in the plan."""
    options: Options = ()
    source: str = ""
    """Where a pick list comes from: "apis", "models" or "profiles"."""
    low: float | None = None
    high: float | None = None
    bounds: str = ""
    """The bounds in words, for the message that names what would be right."""
    shown_if: Callable[[Plan], bool] | None = None

    @property
    def id(self) -> str:
        """Unique name, usable as a widget id."""
        return "-".join(str(key).replace("_", "-") for key in self.path)


@dataclass(frozen=True, slots=True)
class QuestionStep:
    """One question of the six."""

    id: QuestionId
    title: str
    question: str
    why: str
    fields: tuple[Field, ...]
