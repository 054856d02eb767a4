"""How single values stand in JSON: money as a decimal string with two places, what is not known as null."""

from __future__ import annotations

import json
import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from planner.engine import specs
from planner.quantities import CENT

Json = dict[str, Any]


def money_text(value: Decimal | float) -> str | None:
    """A decimal string with two places, or None where the amount is not known."""
    if not math.isfinite(value):
        return None
    amount = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return str(amount.quantize(CENT, ROUND_HALF_EVEN) + 0)


def number(value: float | None, places: int = 4) -> float | None:
    """A JSON number, or null where it is not known or not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), places)


def named(record: object, *names: str) -> Json:
    """Fields of a record that stand under their own names."""
    return {name: getattr(record, name) for name in names}


def numbers(record: object, *names: str, places: int = 4) -> Json:
    """The same for quantities."""
    return {name: number(getattr(record, name), places) for name in names}


def interval(value: specs.Range) -> Json:
    """An estimate with its ends."""
    return numbers(value, "low", "mid", "high")


def throughput(output: specs.Range | None, total: specs.Range) -> Json:
    """Output, null of embeddings, and input plus output, tokens per second."""
    return {"output_tok_s": None if output is None else interval(output), "total_tok_s": interval(total)}


def vram(memory: specs.VramGib) -> Json:
    """Memory of one GPU, in GiB."""
    return numbers(memory, "total", "usable", "weights", "kv", "overhead", "free")


def engine_settings(memory: specs.MemoryFit) -> Json:
    """What the memory sum rests on, under the names of vLLM's options."""
    return named(memory, "max_num_seqs", "max_num_batched_tokens") | {
        "gpu_memory_utilization": number(memory.memory_fraction)
    }


def as_json(value: object) -> str:
    """Indented JSON with names as typed; not a number is a mistake here, not an output."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
