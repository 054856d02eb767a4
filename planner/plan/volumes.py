"""How much work there is and how fast it grows, as people tell it: read from what they type and written back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.plan.fields import GrowthSpread
from planner.quantities import bill, scaled, to_digits, typed, typed_percent
from planner.records import dataclass
from planner.typed import may_be_fraction, parse_fraction, read_quantity

if TYPE_CHECKING:
    from planner.plan.schema import Plan, WorkloadEntry

_DAYS_PER: Final = {"day": 1.0, "month": DAYS_PER_MONTH, "year": MONTHS * DAYS_PER_MONTH}
_ALL_DIGITS: Final = 12
"""Of what is told by the day, which is shown as it is; what a division leaves has more."""
_TOLD_DIGITS: Final = 6
"""Of a month or a year, and of a day that is worked out."""


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

    @property
    def a_day(self) -> float:
        """The amount of one day."""
        return self.amount / _DAYS_PER[self.per]


def told_volume(entry: WorkloadEntry) -> ToldVolume | None:
    """As the plan says it; None in a draft that does not say it yet."""
    if entry.bill is not None:
        return ToldVolume("bill", entry.bill.amount, entry.bill.currency, entry.bill.per)
    if entry.requests_per_day is not None:
        return ToldVolume("requests_per_day", entry.requests_per_day)
    return None if entry.tokens_per_day is None else ToldVolume("tokens_per_day", entry.tokens_per_day)


def untold(plan: Plan) -> tuple[int, ...]:
    """Positions of the workloads whose volume nobody told: there is no verdict before."""
    return tuple(index for index, entry in enumerate(plan.workload) if told_volume(entry) is None)


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
    unit = "requests" if value.key == "requests_per_day" else "tokens"
    for per, days in _DAYS_PER.items():
        told = to_digits(value.amount * days, _ALL_DIGITS if per == "day" else _TOLD_DIGITS)
        if told / days == value.amount:  # a number of so few digits is the one that was typed
            return f"{typed(told)} {unit} a {per}" if per != "day" else _a_day(told, unit)
    return _a_day(to_digits(value.amount, _TOLD_DIGITS), unit)


def _a_day(amount: float, unit: str) -> str:
    return f"{typed(amount)} requests" if unit == "requests" else typed(amount)


def read_growth(text: str, habit: str | None = None) -> Any:
    """One share, or low .. mid .. high; a bare number is percent."""
    parts = _parts(text)
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


def growth_in_words(value: Any) -> str:
    """`8 % a month, 2.52 times as much in a year`."""
    ends = (value.low, value.high) if isinstance(value, GrowthSpread) else (value,)
    factors = " to ".join(scaled((1 + growth) ** MONTHS) for growth in ends)
    return f"{show_growth(value)} a month, {factors} times as much in a year"


def may_be_fractions(text: str) -> bool:
    """Whether shares are bare numbers below 1, all of them: `0.08` may be meant for 8 %, and is read as 0.08 %."""
    return all(may_be_fraction(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"\s*(?:\.\.+|…|\bto\b)\s*", text.strip()) if part]


def show_growth(value: Any) -> str:
    """As it is typed."""
    if isinstance(value, (int, float)):
        return typed_percent(value)
    shares = [typed_percent(share).removesuffix(" %") for share in (value.low, value.mid, value.high)]
    return f"{' .. '.join(shares)} %"
