"""Numbers as people type them: `6M`, `1.2k`, `6_000_000`, `50 %`. How they are shown is `report.numbers`' business."""

from __future__ import annotations

import re
from decimal import Decimal

_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d[\d_]*(?:\.\d+)?|\.\d+)\s*([kmgbt]?)", re.IGNORECASE)
_GROUPED_BY_SPACE = re.compile(r"(?<=\d)[\s\u202f\u00a0](?=\d{3}(?!\d))")


def parse_number(text: str) -> float:
    """A number with an optional k, M, B (or G), T suffix; `_`, spaces and `,` may group thousands.

    Raises ValueError with what would be right. "1,5" is refused: it may mean 1.5 or a mistyped thousand.
    """
    match = _NUMBER.fullmatch(_GROUPED_BY_SPACE.sub("", text.strip()))
    if match is None:
        raise ValueError(f"{_named(text)} is not a number; write 6M, 1.2k or 6_000_000")
    sign, digits, suffix = match.groups()
    # In decimals: 64.29M is 64290000, and not what binary floats make of the product.
    value = float(Decimal(digits.replace("_", "").replace(",", "")) * _SCALES[suffix.lower()])
    return -value if sign == "-" else value


def parse_fraction(text: str) -> float:
    """A share from `50 %`, `50` or `0.5`: without a percent sign, up to 1 is a fraction and above 1 a percentage.

    Raises ValueError with what would be right.
    """
    stripped = text.strip()
    try:
        value = parse_number(stripped.removesuffix("%"))
    except ValueError as error:
        raise ValueError(f"{_named(text)} is not a share; write 50 % or 0.5") from error
    return value / 100 if stripped.endswith("%") or abs(value) > 1 else value


def typed(value: float) -> str:
    """A number as a person would type it, exact, so that it parses back: `6M`, `1.2k`, `900`."""
    for scale, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        short = f"{value / scale:.6g}{suffix}"
        if abs(value) >= scale and len(short) <= 6 and "e" not in short and parse_number(short) == value:
            return short
    return f"{int(value):_}" if value == int(value) else f"{Decimal(repr(value)):f}"


def typed_percent(fraction: float) -> str:
    """A share as a person would type it: `50 %`, `0.5 %`, `12.34 %`."""
    return f"{float(f'{fraction * 100:.10g}'):.10g} %"


def _named(text: str) -> str:
    return f"“{text.strip()}”" if text.strip() else "nothing"
