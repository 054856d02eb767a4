"""Amounts in the engine's sentences, written as the reports write them: €41,200, 8.3M tokens a day."""

from __future__ import annotations

CURRENCY_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}


def currency_prefix(currency: str) -> str:
    """What stands before an amount: the currency's symbol, or its code and a space where it has none of its own."""
    return CURRENCY_SYMBOLS.get(currency, f"{currency} ")


def money(value: float, currency: str) -> str:
    """A sum in a sentence: €41,200."""
    return f"{'-' if round(value) < 0 else ''}{currency_prefix(currency)}{abs(value):,.0f}"


def volume(tokens: float) -> str:
    """A number of tokens in three significant digits: 8.3M."""
    rounded = float(f"{tokens:.3g}")
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            return f"{rounded / size:.3g}{unit}"
    return f"{rounded:g}"


def tokens_a_day(tokens: float) -> str:
    """A volume in a sentence: 8.3M tokens a day."""
    return f"{volume(tokens)} tokens a day"


def percent(fraction: float, decimals: int = 0) -> str:
    """A share in a sentence: 10 %."""
    return f"{100 * fraction:.{decimals}f} %"
