"""Numbers as people write and read them: `6M`, `1.2k`, `50 %` in; `€41,200`, `6.0 M` out."""

from __future__ import annotations

import math
import re
from decimal import Decimal

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9, "t": 1e12}
_NUMBER = re.compile(r"([+-]?)(\d[\d_]*(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\.\d+)\s*([kmgbt]?)", re.IGNORECASE)


def parse_number(text: str) -> float:
    """A number with an optional k, M, G (or B), T suffix; `_`, spaces and `,` may group thousands.

    Raises ValueError with what would be right.
    """
    packed = re.sub(r"(?<=\d)[\s\u202f\u00a0](?=\d{3}\b)", "", text.strip())
    match = _NUMBER.fullmatch(packed)
    if match is None:
        raise ValueError(f"{text.strip() or 'nothing'!r} is not a number; write 6M, 1.2k or 6_000_000")
    sign, digits, suffix = match.groups()
    value = float(digits.replace("_", "").replace(",", "")) * _SCALES[suffix.lower()]
    return -value if sign == "-" else value


def parse_fraction(text: str) -> float:
    """A share from `50 %`, `50` or `0.5`: without a percent sign, up to 1 is a fraction and above 1 a percentage."""
    stripped = text.strip()
    percent = stripped.endswith("%")
    try:
        value = parse_number(stripped.removesuffix("%"))
    except ValueError as error:
        raise ValueError(f"{stripped or 'nothing'!r} is not a share; write 50 % or 0.5") from error
    return value / 100 if percent or abs(value) > 1 else value


def significant(value: float, digits: int = 3) -> str:
    """Three significant digits with thousands separators and no exponent."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "—"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    shown = f"{rounded:,.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def tokens(value: float) -> str:
    """A token count: `6 M`, `850 k`, `1.25 G`."""
    for scale, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= scale * 0.9995:
            return f"{significant(value / scale)} {suffix}"
    return significant(value)


def typed(value: float) -> str:
    """A number the way a person would type it into a field: `6M`, `1.2k`, `900`; exact, so that it parses back."""
    for scale, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= scale and round(value / scale, 3) * scale == value:
            return f"{value / scale:g}{suffix}"
    return f"{int(value):_}" if value == int(value) else repr(value)


def percent(fraction: float, digits: int = 2) -> str:
    """A share as percent: `6 %`, `83 %`, `0.5 %`; nearly-all is never rounded up to all."""
    value = fraction * 100
    if 99 < value < 100:
        return "> 99 %"
    if 0 < value < 0.1:
        return "< 0.1 %"
    return f"{significant(value, digits if abs(value) < 10 else 2)} %"


def money(amount: float | Decimal, currency: str, signed: bool = False) -> str:
    """Whole units with thousands (`€41,200`), two places under 10; a true minus sign, and a plus when `signed`."""
    value = float(amount)
    shown = f"{abs(value):,.2f}" if 0 < abs(value) < 10 else f"{abs(value):,.0f}"
    sign = "−" if value < 0 and shown.strip("0.,") else "+" if signed and value > 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{shown}"


def days_ago(days: int) -> str:
    """An age in words."""
    return "today" if days <= 0 else "1 day old" if days == 1 else f"{days} days old"
