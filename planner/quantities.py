"""Every number as it is written: money, volumes, shares, intervals; `typed` reads them.

Rounding happens here and only here: three significant digits at most unless money, thousands separated, a unit, a
range; unknown (None, not finite) is a word, never zero.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Protocol

UNKNOWN = "unknown"
CURRENCY_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
DIGITS = 3
"""Of a number that is neither money, a count, nor typed."""
DUST = 1e-12
"""Less is taken for nothing."""
CENT = Decimal("0.01")
_WHOLE_UNITS_FROM = 10

Number = float | int | Decimal


class Interval(Protocol):
    """An estimate with its range."""

    @property
    def low(self) -> float: ...
    @property
    def mid(self) -> float: ...
    @property
    def high(self) -> float: ...


def significant(value: Number | None, digits: int = 3) -> str:
    """At most `digits` significant digits, thousands separated, no exponent: 57,612 -> "57,600", 2.604 -> "2.6".

    What a sum of floats leaves of nothing is nothing.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = to_digits(float(value), digits)
    if abs(rounded) < DUST:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded_up(value: float) -> str:
    """The least of three digits that is not below: a limit that lets in what needs `value`."""
    power = 10.0 ** max(0, len(f"{value:.0f}") - DIGITS)
    return significant(math.ceil(value / power) * power)


def to_digits(value: float, digits: int) -> float:
    """To that many significant digits: what is worked out from a bill is no more exact than that."""
    return float(plain(value, digits))


def plain(value: Number, digits: int = 6) -> str:
    """The shortest form of a price, a factor or an axis label, thousands not separated: "2.5", "730", "1e-05"."""
    return f"{value:.{digits}g}"


def fixed(value: Number, places: int = 0) -> str:
    """To a number of decimals, thousands not separated: GiB of one GPU, and what machines read (CSV, SVG, TOML)."""
    return f"{value:.{places}f}"


def decimals(value: Number, places: int) -> str:
    """To a number of decimals, thousands separated: money in a column that adds up."""
    return f"{value:,.{places}f}"


def measure(value: Number, places: int = 0) -> str:
    """To a number of decimals, three digits at most: GiB, milliseconds, ratios. "2.0", "18.3", "119", "1,180"."""
    kept = min(places, max(0, DIGITS - len(f"{abs(value):.0f}")))
    text = f"{value:,.{kept}f}"
    return significant(value) if len(re.sub(r"\D", "", text).strip("0")) > DIGITS else text


def signed(value: Number, places: int = 0) -> str:
    """A change, with its sign and to a number of decimals: "+3", "-0.50"."""
    return f"{value:+.{places}f}"


def scaled(value: Number | None) -> str:
    """A large quantity with its scale: 6,000,000 -> "6 M", 128,155,320 -> "128 M", 950 -> "950"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = to_digits(float(value), 3)
    for size, letter in _SCALES:
        if abs(rounded) >= size:
            return f"{significant(rounded / size)} {letter}"
    return significant(rounded)


def volume(tokens: float) -> str:
    """A number of tokens in a sentence, without a space: 8.3M."""
    return scaled(tokens).replace(" ", "")


def tokens_a_day(tokens: float) -> str:
    """A volume in a sentence: 8.3M tokens a day."""
    return f"{volume(tokens)} tokens a day"


def tokens_per_day(value: Number | None) -> str:
    """Token volume: "128 M tok/day"."""
    return UNKNOWN if value is None else f"{scaled(value)} tok/day"


def count(value: Number | None) -> str:
    """An exact whole number with thousands: replicas, months, what a user typed."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{round(value):,}"


def currency_symbol(currency: str) -> str:
    """What stands in a heading: the currency's symbol, or its code where it has none of its own."""
    return CURRENCY_SYMBOLS.get(currency, currency)


def currency_prefix(currency: str) -> str:
    """What stands before an amount: the currency's symbol, or its code and a space where it has none of its own."""
    return CURRENCY_SYMBOLS.get(currency, f"{currency} ")


def money(value: Number | None, currency: str, *, cents: bool | None = None) -> str:
    """An amount of money: whole units from 10 up, cents below; `cents` forces either. "€78,257", "-$0.41"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    amount = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    show_cents = cents if cents is not None else amount != 0 and abs(amount) < _WHOLE_UNITS_FROM
    rounded = amount.quantize(CENT if show_cents else Decimal(1), ROUND_HALF_EVEN)
    symbol = currency_prefix(currency)
    return f"{'-' if rounded < 0 else ''}{symbol}{abs(rounded):,}"


def amount(value: Number | None, currency: str) -> str:
    """The same without the currency, which then stands in a heading: "78,257", "8.19"."""
    return money(value, currency).replace(currency_prefix(currency), "")


def bill(value: Number, currency: str) -> str:
    """An amount as somebody typed it, to the cent where it has cents: "€5,000", "$1,234.56"."""
    return money(value, currency, cents=value != round(value))


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


def share(fraction: float, decimals: int = 0) -> str:
    """A share to a number of decimals, three digits at most, for sentences that compare shares: 10 %, 2.5 %."""
    return f"{measure(100 * fraction, decimals)} %"


def tight_share(fraction: float, decimals: int = 0) -> str:
    """The same without a space: "85%", "2.5%"."""
    return share(fraction, decimals).replace(" ", "")


def interval(value: Interval | None, unit: str = "", shown: Callable[[float], str] = significant) -> str:
    """An estimate with its range: "1,840 [1,510–2,230] tok/s"; no brackets where the ends are the same."""
    if value is None:
        return UNKNOWN
    tail = f" {unit}" if unit else ""
    mid, low, high = shown(value.mid), shown(value.low), shown(value.high)
    return f"{mid}{tail}" if low == high == mid else f"{mid} [{low}–{high}]{tail}"


def span(value: Interval, shown: Callable[[float], str]) -> str:
    """The two ends alone: "971-2,280"; one value where they are the same."""
    low, high = shown(value.low), shown(value.high)
    return low if low == high else f"{low}-{high}"


def scaled_interval(value: Interval | None, unit: str = "") -> str:
    """The same for large quantities: "243 M [192 M–333 M] tok/day"."""
    return interval(value, unit, scaled)


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


_SHORT_UNITS: dict[str, Callable[[float], str]] = {
    "fraction": percent,
    "x": factor,
    "points": lambda value: f"{round(value * 100, 6) + 0.0:+.3g} points",  # + 0.0: no "-0"
}


def with_unit(value: float | str | None, unit: str) -> str:
    """A value in the engine's own units: a fraction as percent, a factor as 1.4x, points with their sign.

    None means that none was found in the range tried.
    """
    if value is None:
        return "none in range"
    if isinstance(value, str):
        return value
    if unit in _SHORT_UNITS:
        return _SHORT_UNITS[unit](value)
    shown = scaled(value) if abs(value) >= 10_000 else significant(value)
    return f"{shown} {unit}".strip()


def low_end(value: float, unit: str) -> str:
    """The first of two values: without the unit where it stands behind the second."""
    return with_unit(value, unit if unit in _SHORT_UNITS else "")


def change(fraction: float) -> str:
    """A difference as a share, which may be all of it and more: "+100 %", "-25 %"."""
    text = f"{significant(100 * fraction, 2)} %" if abs(fraction) < 1 else f"{100 * fraction:,.0f} %"
    return f"+{text}" if fraction > 0 else text


def change_per_year(fraction: float) -> str:
    """A change of prices: -0.5 as "-50 % a year", 0 as "unchanged"."""
    return f"{change(fraction)} a year" if fraction else "unchanged"


def age(days: int | None) -> str:
    """How old a price is: "today", "1 day old", "41 days old", "of unknown age"."""
    if days is None:
        return "of unknown age"
    if days <= 0:
        return "today"
    return "1 day old" if days == 1 else f"{days:,} days old"


def ago(days: int) -> str:
    """How long since something was done: "today", "1 day ago", "41 days ago"."""
    if days <= 0:
        return "today"
    return "1 day ago" if days == 1 else f"{days:,} days ago"


def is_day(as_of: str) -> bool:
    """Not a bare year or month, whose age nobody knows."""
    return len(as_of) == len("2026-01-01")


def dated_age(as_of: str, days: int | None) -> str:
    """How old a price of that date is; of a bare year or month only that nobody knows."""
    return age(days) if is_day(as_of) else "the day is not on record"


def hour_of_day(hour: int) -> str:
    """An hour from "00" to "23"."""
    return f"{hour:02d}"


def hex_byte(value: int) -> str:
    """A byte in two digits, "00" to "ff": a part of a colour, a byte that is no text."""
    return f"{value:02x}"


def written(value: float) -> str:
    """A number as it stands in a TOML file, exact, so that it reads back as the same value: `6_000_000`, `0.06`."""
    return f"{value:_}"


def exact(value: Number) -> str:
    """A number for machines, without an exponent or separators, that reads back as the same value: "0.00000002"."""
    text = f"{Decimal(str(value)):f}"
    return text.removesuffix(".0")


class _Named(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        name, *places = format_spec.split() or [""]
        return _WAYS[name](value, *map(int, places))


_WAYS: dict[str, Callable[..., str]] = {
    "": str, "count": count, "decimals": decimals, "fixed": fixed, "plain": plain, "significant": significant,
    "measure": measure,
    "volume": volume, "percent": percent, "share": share,
}  # fmt: skip


def filled(sentence: str, *figures: object, **named: object) -> str:
    """A sentence with its figures; a format names a function of this file: "{:count} tokens", "{:fixed 1} GiB"."""
    return _Named().format(sentence, *figures, **named)


def typed(value: float) -> str:
    """A number as a person would type it, exact, so that it reads back: `6M`, `1.2k`, `900`."""
    for scale, suffix in _SCALES:
        short = f"{value / scale:.6g}"
        exact = "e" not in short and Decimal(short) * int(scale) == Decimal(repr(value))
        if abs(value) >= scale and exact and len(short) < 6 and not _could_be_thousands(short):
            return f"{short}{suffix}"
    return written(int(value)) if value == int(value) else as_decimals(value)


def typed_percent(fraction: float) -> str:
    """A share as a person would type it: `50 %`, `0.5 %`, `12.34 %`."""
    return f"{float(f'{fraction * 100:.10g}'):.10g} %"


def as_decimals(value: float) -> str:
    """Without an exponent, and never with exactly three digits behind the point, which could be thousands."""
    text = f"{Decimal(repr(value)):f}"
    return f"{text}0" if _could_be_thousands(text) else text


def _could_be_thousands(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return len(rest) == 3 and whole.lstrip("-") != "0"
