"""How numbers are written everywhere: three significant digits at most unless money, thousands, a unit, a range.

Rounding happens here and only here. Unknown (None, not finite) is written as a word, never as zero.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from planner.engine.amounts import CURRENCY_SYMBOLS, currency_prefix

if TYPE_CHECKING:
    from planner.engine.specs import Range


UNKNOWN = "unknown"
SYMBOLS = CURRENCY_SYMBOLS
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_CENT = Decimal("0.01")
_WHOLE_UNITS_FROM = 10

Number = float | int | Decimal


def significant(value: Number | None, digits: int = 3) -> str:
    """At most `digits` significant digits, thousands separated, no exponent: 57,612 -> "57,600", 2.604 -> "2.6"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = _rounded(float(value), digits)
    if rounded == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def scaled(value: Number | None) -> str:
    """A large quantity with its scale: 6,000,000 -> "6 M", 128,155,320 -> "128 M", 950 -> "950"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = _rounded(float(value), 3)
    for size, letter in _SCALES:
        if abs(rounded) >= size:
            return f"{significant(rounded / size)} {letter}"
    return significant(rounded)


def tokens_per_day(value: Number | None) -> str:
    """Token volume: "128 M tok/day"."""
    return UNKNOWN if value is None else f"{scaled(value)} tok/day"


def count(value: Number | None) -> str:
    """An exact whole number with thousands: replicas, months, what a user typed."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{round(value):,}"


def money(value: Number | None, currency: str, *, cents: bool | None = None) -> str:
    """An amount of money: whole units from 10 up, cents below; `cents` forces either. "€78,257", "-$0.41"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    amount = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    show_cents = cents if cents is not None else amount != 0 and abs(amount) < _WHOLE_UNITS_FROM
    rounded = amount.quantize(_CENT if show_cents else Decimal(1), ROUND_HALF_EVEN)
    symbol = currency_prefix(currency)
    return f"{'-' if rounded < 0 else ''}{symbol}{abs(rounded):,}"


def signed_money(value: Number | None, currency: str) -> str:
    """A difference: "+€310", "-€1,200"; no sign on zero."""
    text = money(value, currency)
    return text if text == UNKNOWN or text.startswith("-") or not value else f"+{text}"


def price(value: Number | None, currency: str = "USD") -> str:
    """A list price, as listed: "$3", "$0.15", "$1.861"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{currency_prefix(currency)}{significant(value, 6)}"


def percent(fraction: Number | None) -> str:
    """A share: 0.834 -> "83 %", 0.004 -> "0.4 %", 1.0 -> "100 %"; nearly all or nothing is not rounded to it."""
    if fraction is None or not math.isfinite(fraction):
        return UNKNOWN
    value = float(fraction) * 100
    if 0 < abs(value) < 0.1:
        return "<0.1 %" if value > 0 else ">-0.1 %"
    if 99.5 <= value < 100:
        return ">99 %"
    return f"{significant(value, 1 if abs(value) < 1 else 2)} %" if abs(value) < 100 else f"{value:,.0f} %"


def interval(value: Range | None, unit: str = "") -> str:
    """An estimate with its range: "1,840 [1,510–2,230] tok/s"; no brackets where the ends are the same."""
    if value is None:
        return UNKNOWN
    tail = f" {unit}" if unit else ""
    mid, low, high = significant(value.mid), significant(value.low), significant(value.high)
    return f"{mid}{tail}" if low == high == mid else f"{mid} [{low}–{high}]{tail}"


def scaled_interval(value: Range | None, unit: str = "") -> str:
    """The same for large quantities: "243 M [192 M–333 M] tok/day"."""
    if value is None:
        return UNKNOWN
    tail = f" {unit}" if unit else ""
    mid, low, high = scaled(value.mid), scaled(value.low), scaled(value.high)
    return f"{mid}{tail}" if low == high == mid else f"{mid} [{low}–{high}]{tail}"


def gib(value: Number | None) -> str:
    """Memory in GiB (2**30 bytes)."""
    return UNKNOWN if value is None else f"{significant(value)} GiB"


def milliseconds(value: Number | None) -> str:
    """A latency: "640 ms", from ten seconds on in seconds."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{significant(value / 1000)} s" if value >= 10_000 else f"{significant(value)} ms"


def factor(value: Number | None) -> str:
    """A multiple: "2.5x"."""
    return UNKNOWN if value is None else f"{significant(value, 2)}x"


def with_unit(value: Number | str | None, unit: str) -> str:
    """A quantity in the unit it carries: "fraction" as percent, "points" as percentage points, "x" as a multiple."""
    if value is None or isinstance(value, str):
        return UNKNOWN if value is None else value
    if unit in ("fraction", "points"):
        return percent(value) + (" points" if unit == "points" else "")
    return factor(value) if unit == "x" else f"{scaled(value)} {unit}".strip()


def age(days: int | None) -> str:
    """How old a price is: "today", "1 day old", "41 days old", "of unknown age"."""
    if days is None:
        return "of unknown age"
    if days <= 0:
        return "today"
    return "1 day old" if days == 1 else f"{days:,} days old"
