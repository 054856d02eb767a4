"""Every number as people type it: a count, a share, money, a volume, in the spellings of several countries.

Exactly three digits behind a single point or comma may be thousands or decimals. They are read as thousands where the
writer's habit says so, never as the smaller number; where nothing decides, the error names both spellings.
"""

from __future__ import annotations

import math
import re
import unicodedata
from contextlib import suppress
from decimal import Decimal
from typing import Final, Literal

from planner.quantities import CURRENCY_SYMBOLS, as_decimals
from planner.records import dataclass

Unit = Literal["tokens", "requests"]
Period = Literal["hour", "day", "week", "month", "quarter", "year"]

POINT_GROUPS: Final = frozenset({"EUR", "CHF", "DKK", "NOK", "SEK", "PLN", "CZK", "BRL", "TRY", "IDR", "VND"})
"""Currencies in whose countries a point groups thousands. A comma is read so everywhere, as the planner writes it."""

_SCALES: Final = {
    **dict.fromkeys(("k", "thousand", "tsd"), 10**3),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions"), 10**6),
    **dict.fromkeys(("b", "g", "bn", "mrd", "billion", "billions"), 10**9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), 10**12),
}
_UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("token", "tokens", "tok", "toks"), "tokens"),
    **dict.fromkeys(("r", "req", "reqs", "request", "requests", "call", "calls"), "requests"),
}  # fmt: skip
_PERIODS: Final[dict[str, Period]] = {
    **dict.fromkeys(("h", "hr", "hour"), "hour"),
    **dict.fromkeys(("d", "day"), "day"),
    **dict.fromkeys(("w", "wk", "week"), "week"),
    **dict.fromkeys(("mo", "mth", "month"), "month"),
    **dict.fromkeys(("q", "qtr", "quarter"), "quarter"),
    **dict.fromkeys(("y", "yr", "year", "annum"), "year"),
}  # fmt: skip
_ADVERBS: Final[dict[str, Period]] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annually": "year", "p.m.": "month", "p.a.": "year",
}  # fmt: skip
_EACH: Final = frozenset({"a", "an", "per", "each", "every", "/"})
_CURRENCIES: Final = {
    **{symbol: code for code, symbol in CURRENCY_SYMBOLS.items()},
    "us$": "USD", "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP",
    **{code.lower(): code for code in (*CURRENCY_SYMBOLS, *POINT_GROUPS, "CAD", "AUD", "CNY", "KRW", "SGD", "HKD")},
}  # fmt: skip

_BEFORE_THREE: Final = re.compile(r"(?<=[0-9])[\s'\u2019](?=[0-9]{3}(?![0-9]))")
"""What else groups thousands: 14 000, 14'000."""
_NUMERAL: Final = re.compile(r"[0-9][0-9.,_]*[0-9]|[.,]?[0-9]+")
_EXPONENT: Final = re.compile(r"[eE]([+-]?[0-9]{1,2})(?![0-9.,])")
_WORD: Final = re.compile(r"\s*(us\$|p\.[am]\.|[€$£¥₹/]|[^\W\d_]+\.?)\s*", re.IGNORECASE)
_LEAD: Final = re.compile(r"\s*(?:~|≈|about\b|around\b|ca\.?(?=\s))?\s*", re.IGNORECASE)
_SIGN: Final = re.compile(r"[+\u2212-]")
_GROUPED: Final = {mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:[{mark}][0-9]{{3}})+") for mark in ".,"}
_LAKHS: Final = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")
"""Groups of two before the last of three, as in India: 1,40,000."""
_PLAIN: Final = re.compile(r"[0-9]+(?:_[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was typed: `value` in what `unit`, `currency` and `per` say, each None where the text names none."""

    value: float
    currency: str | None = None
    unit: Unit | None = None
    per: Period | None = None
    grouped: bool = False
    """Three digits behind a single mark were read as thousands, which is worth an echo."""


def read_quantity(text: str, habit: str | None = None, *, small: bool = False) -> Quantity:
    """`€14.000 a month`, `12k requests/day`, `53.9M tok`; `habit` is the currency by whose country a point is read.

    `small`: of a few units, so that a point is a decimal one.

    Raises ValueError in one line that says what would be right.
    """
    plain = _BEFORE_THREE.sub("", unicodedata.normalize("NFKC", text).strip())
    numeral = _NUMERAL.search(plain)
    if numeral is None:
        raise _no_number(text)
    front, tail = plain[: numeral.start()], plain[numeral.end() :]
    exponent = _EXPONENT.match(tail)
    tail = tail[exponent.end() :] if exponent else tail
    sign, front = _sign(front, text)
    before, after = _words(front, text), _words(tail, text)
    scale = _SCALES.get(after[0].rstrip("."), 0) if after and not exponent else 0
    currency, unit, per = _told([*before, *(after[1:] if scale else after)], text)
    value, grouped = _numeral(numeral[0], text, "" if small else currency or habit, exact=not scale)
    value = sign * value.scaleb(int(exponent[1])) * (scale or 1) if exponent else sign * value * (scale or 1)
    if not math.isfinite(float(value)):
        raise _no_number(text)
    return Quantity(float(value), currency, unit, per, grouped)


def parse_number(text: str, habit: str | None = None, *, small: bool = False) -> float:
    """A bare number with an optional k, M, B (or G), T; `small`: of a few units, so that a point is a decimal one.

    Raises ValueError with what would be right.
    """
    found = read_quantity(text, None if small else habit, small=small)
    if found.currency or found.unit or found.per:
        raise _no_number(text)
    return found.value


def parse_fraction(text: str) -> float:
    """A share from `50 %` or `50`, which are the same: where percent are asked for, a bare number is percent.

    So is `0.5`, though its writer may mean a half: `may_be_fraction` says where to ask. Raises ValueError with what
    would be right.
    """
    try:
        return parse_number(text.strip().removesuffix("%"), small=True) / 100
    except ValueError as error:
        raise ValueError(f"{_named(text)} is not a share; write 50 % or 12.5 %") from error


def may_be_fraction(text: str) -> bool:
    """Whether a share is a bare number below 1, which some write for a hundred times as many percent."""
    with suppress(ValueError):
        return 0 < abs(parse_number(text, small=True)) < 1
    return False


def _sign(front: str, text: str) -> tuple[int, str]:
    found = _SIGN.findall(front)
    if len(found) > 1:
        raise _no_number(text)
    return -1 if found and found[0] != "+" else 1, _SIGN.sub("", front)


def _words(part: str, text: str) -> list[str]:
    """The words around a number, in lower case; raises where anything else stands there."""
    at, found = (_LEAD.match(part) or _WORD.match("")).end() if part else 0, []  # type: ignore[union-attr]
    while at < len(part):
        word = _WORD.match(part, at)
        if word is None:
            raise _no_number(text)
        found.append(word[1].lower())
        at = word.end()
    return found


def _told(words: list[str], text: str) -> tuple[str | None, Unit | None, Period | None]:
    """Currency, unit and period of the words, each at most once."""
    currency: str | None = None
    unit: Unit | None = None
    per: Period | None = None
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word in _EACH and left and per is None:
            per = _period(left.pop(), text)
        elif word in _ADVERBS and per is None:
            per = _ADVERBS[word]
        elif word in _CURRENCIES and currency is None:
            currency = _CURRENCIES[word]
        elif word in _UNITS and unit is None and currency is None:
            unit = _UNITS[word]
        else:
            raise _no_number(text, word)
    return currency, unit, per


def _period(word: str, text: str) -> Period:
    if word.rstrip(".") not in _PERIODS:
        raise ValueError(f"“{word}” in {_named(text)} is no period; write a day, a month or a year")
    return _PERIODS[word.rstrip(".")]


def _numeral(digits: str, text: str, habit: str | None, *, exact: bool) -> tuple[Decimal, bool]:
    """Its value, and whether one group of three was taken for thousands.

    `exact`: no k or M follows. An empty habit is that of the planner itself for small numbers: a decimal point.
    """
    point, comma = digits.count("."), digits.count(",")
    if point and comma:
        return _both(digits, text), False
    mark = "." if point else ","
    if point + comma > 1:
        if not (_GROUPED[mark].fullmatch(digits) or _LAKHS.fullmatch(digits)):
            raise _no_number(text)
        return Decimal(digits.replace(mark, "")), False
    if point + comma == 0 or not _GROUPED[mark].fullmatch(digits):
        return _decimal(digits, mark, text), False
    if habit == "" and mark == ".":
        return Decimal(digits), False
    if exact and (mark == "," or habit in POINT_GROUPS):
        return Decimal(digits.replace(mark, "")), True
    thousands, small = digits.replace(mark, ""), as_decimals(float(digits.replace(mark, ".")))
    kept = text.partition(digits)[2] if digits in text else ""
    raise ValueError(f"{_named(text)} can mean two numbers; write {thousands}{kept} or {small}{kept}")


def _both(digits: str, text: str) -> Decimal:
    """`1,234.5` and `1.234,5`: the last mark is the decimal one."""
    last = max(digits.rfind("."), digits.rfind(","))
    groups, mark = digits[:last], "," if digits[last] == "." else "."
    if not (_GROUPED[mark].fullmatch(groups) or _LAKHS.fullmatch(groups)):
        raise _no_number(text)
    return _decimal(f"{groups.replace(mark, '')}.{digits[last + 1 :]}", ".", text)


def _decimal(digits: str, mark: str, text: str) -> Decimal:
    whole, _, rest = digits.partition(mark)
    if not all(_PLAIN.fullmatch(part) for part in (whole or "0", rest or "0")):
        raise _no_number(text)
    return Decimal(f"{whole or '0'}.{rest or '0'}".replace("_", ""))


def _no_number(text: str, word: str = "") -> ValueError:
    what = f"“{word}” in {_named(text)} is not understood" if word else f"{_named(text)} is not a number"
    return ValueError(f"{what}; write 6M, 1.2k or 6_000_000")


def _named(text: str) -> str:
    return f"“{text.strip()}”" if text.strip() else "nothing"
