"""How each kind of answer is written in a field and read back; reading refuses in one line that says what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from planner.tui.billing import MonthlyBill, read_bill
from planner.tui.figures import parse_fraction, parse_number, typed, typed_percent


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of inverse functions between a plan's value and what stands in the field."""

    show: Callable[[Any], str]
    read: Callable[[str], Any]


def _read_text(text: str) -> str:
    if not text.strip():
        raise ValueError("a name is needed")
    return text.strip()


def _read_whole(text: str) -> int:
    value = parse_number(text)
    if value != int(value):
        raise ValueError(f"“{text.strip()}” is not a whole number; write 8192 or 8k")
    return int(value)


def _read_growth(text: str) -> Any:
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
    from planner.plan.fields import GrowthSpread

    if values != sorted(values):
        raise ValueError("low .. mid .. high must rise: 3 .. 6 .. 10 %")
    return GrowthSpread(low=values[0], mid=values[1], high=values[2])


def _show_growth(value: Any) -> str:
    if isinstance(value, (int, float)):
        return typed_percent(value)
    shares = [typed_percent(share).removesuffix(" %") for share in (value.low, value.mid, value.high)]
    return f"{' .. '.join(shares)} %"


@dataclass(frozen=True, slots=True)
class DailyVolume:
    """A workload's volume, in tokens or in requests a day."""

    amount: float
    in_requests: bool


def _read_volume(text: str) -> DailyVolume | MonthlyBill:
    bill = read_bill(text)
    if bill is not None:
        return bill
    stripped = text.strip()
    requests = re.sub(r"\s*(requests?|req|r)\s*$", "", stripped, flags=re.IGNORECASE)
    tokens = re.sub(r"\s*(tokens?|tok)\s*$", "", stripped, flags=re.IGNORECASE)
    in_requests = requests != stripped
    amount = parse_number(requests if in_requests else tokens)
    if amount <= 0:
        raise ValueError("a volume is above zero; delete the workload if there is none")
    return DailyVolume(amount, in_requests)


def _show_volume(value: DailyVolume) -> str:
    return f"{typed(value.amount)} requests" if value.in_requests else typed(value.amount)


CODECS: Final[Mapping[str, Codec]] = MappingProxyType(
    {
        "text": Codec(str, _read_text),
        "number": Codec(typed, parse_number),
        "whole": Codec(typed, _read_whole),
        "fraction": Codec(typed_percent, parse_fraction),
        "growth": Codec(_show_growth, _read_growth),
        "volume": Codec(_show_volume, _read_volume),
        "answer": Codec(str, str),
        "choice": Codec(str, str),
        "flag": Codec(lambda value: "yes" if value else "no", lambda text: text == "yes"),
        "tristate": Codec(
            lambda value: "as the plan" if value is None else "yes" if value else "no",
            lambda text: None if text == "as the plan" else text == "yes",
        ),
        "pick": Codec(str, str),
    }
)
