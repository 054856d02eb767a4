"""How single values stand in JSON: money as a decimal string with two places, what is not known as null."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from planner.engine.specs import Range, VramGib

Json = dict[str, Any]
_CENT = Decimal("0.01")


def money_text(value: Decimal | float) -> str | None:
    """A decimal string with two places, or None where the amount is not known."""
    if not math.isfinite(value):
        return None
    amount = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return str(amount.quantize(_CENT, ROUND_HALF_EVEN) + 0)


def number(value: float | None, places: int = 4) -> float | None:
    """A JSON number, or null where it is not known or not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), places)


def plain(value: float | str | None) -> float | str | None:
    """A number or a word, as it is."""
    return value if isinstance(value, str) else number(value, 6)


def interval(value: Range) -> Json:
    """An estimate with its ends."""
    return {"low": number(value.low), "mid": number(value.mid), "high": number(value.high)}


def throughput(output: Range, total: Range) -> Json:
    """Output, and input plus output, tokens per second."""
    return {"output_tok_s": interval(output), "total_tok_s": interval(total)}


def vram(memory: VramGib) -> Json:
    """Memory of one GPU, in GiB."""
    names = ("total", "usable", "weights", "kv", "overhead", "free")
    return {name: number(getattr(memory, name)) for name in names}
