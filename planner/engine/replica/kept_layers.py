"""What a model's layers keep of a sequence, by kind, as records state it and as one row of numbers."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf

from planner.engine.specs import CacheLayers, Model

SLOTS = 4
"""Kinds of layers that one model may have."""
KINDS = ("full", "sliding", "chunked", "latent", "indexer", "state")
KEEP_EVERYTHING = ("full", "latent", "indexer")
FIELDS = ("kind", "layers", "kv_heads", "values", "window", "state_bytes", "fixed_bytes", "block_tokens")
"""Last axis of the column `cache`; an unused slot has no layers."""

BYTES_16_BIT = 2.0


def layers_of(model: Model) -> tuple[CacheLayers, ...]:
    """What the model's layers keep: as its record states, else as its sums of bytes tell."""
    if model.cache or model.kv_bytes_per_token_fp16 <= 0:
        return model.cache
    full = min(max(model.full_attention_layers, 1), model.layers)
    if model.is_mla:
        return (CacheLayers("latent", full, 1, _values(model.kv_bytes_per_token_fp16, full, 1)), *_states(model, full))
    heads = model.kv_heads or 1
    near = model.kv_bytes_per_token_fp16 - model.kv_bytes_per_token_beyond_window_fp16
    if model.sliding_window is None or near <= 0 or full >= model.layers:
        kept = CacheLayers("full", full, heads, _values(model.kv_bytes_per_token_fp16, full, heads))
        return (kept, *_states(model, full))
    rest = model.layers - full
    far = model.kv_bytes_per_token_beyond_window_fp16
    windowed = CacheLayers("sliding", rest, heads, _values(near, rest, heads), model.sliding_window)
    return (windowed, CacheLayers("full", full, heads, _values(far, full, heads))) if far > 0 else (windowed,)


def _values(bytes_16bit: float, layers: int, heads: int) -> float:
    """Cached values of a token, layer and head behind a sum of bytes."""
    return bytes_16bit / BYTES_16_BIT / layers / heads


def _states(model: Model, attending: int) -> tuple[CacheLayers, ...]:
    layers, total = model.layers - attending, model.fixed_state_bytes_per_sequence
    return (CacheLayers("state", layers, state_bytes=total / layers),) if layers > 0 and total > 0 else ()


def slots(model: Model) -> tuple[tuple[float, ...], ...]:
    """The column `cache` of one model, (SLOTS, FIELDS)."""
    rows = [
        (
            float(KINDS.index(kept.kind)), float(kept.layers), float(kept.kv_heads), kept.values_per_head,
            inf if kept.window is None else float(kept.window), kept.state_bytes, kept.fixed_bytes_per_token,
            float(kept.block_tokens),
        )
        for kept in (packed_groups(model) if is_packed(model) else layers_of(model))[:SLOTS]
    ]  # fmt: skip
    return tuple(rows + [(0.0, 0.0, 1.0, 0.0, inf, 0.0, 0.0, 0.0)] * (SLOTS - len(rows)))


def is_packed(model: Model) -> bool:
    """Whether the engine lays out the blocks of its caches itself."""
    return any(kept.block_bytes > 0 for kept in model.cache)


def packed_groups(model: Model) -> tuple[CacheLayers, ...]:
    """Its groups of layers, those alike in one entry: `layers` counts the blocks that one block of tokens takes.

    Layers that keep everything are one group; those of one window and block are another, cut into parts of the size
    that wastes the fewest places over all groups, the larger of two.
    """
    size = _packed_size(model)
    return tuple(replace(members[0], layers=ceil(_most(members) / size)) for members in _alike(model).values())


def packed_units(model: Model) -> tuple[float, float, float]:
    """Bytes of one block of the pool: until vLLM 0.22, until 0.26, and since."""
    if not is_packed(model):
        return 0.0, 0.0, 0.0
    size, alike = _packed_size(model), list(_alike(model).values())
    whole = sorted({kept.block_bytes for kept in alike[0]}, reverse=True)

    def padded(bytes_: float) -> float:
        return min((each for each in whole if each >= bytes_), default=whole[0])

    slots = {
        each: max(
            sum(min(kept.layers, size) for kept in members if padded(kept.block_bytes) == each) for members in alike
        )
        for each in whole
    }
    dense = max(sum(min(kept.layers, size) * kept.block_bytes for kept in members) for members in alike)
    return size * sum(whole), sum(each * count for each, count in slots.items()), dense


def _alike(model: Model) -> dict[tuple[int | None, int], list[CacheLayers]]:
    """Layers by window and block; first those that keep everything."""
    found: dict[tuple[int | None, int], list[CacheLayers]] = {}
    for kept in sorted(model.cache, key=lambda kept: kept.window is not None):
        found.setdefault((kept.window, kept.block_tokens), []).append(kept)
    return found


def _most(members: list[CacheLayers]) -> int:
    return max(kept.layers for kept in members)


def _packed_size(model: Model) -> int:
    counts = [_most(members) for members in _alike(model).values()]
    tried = range(counts[0], max(counts) + 1)
    return min(tried, key=lambda size: (sum(-count % size for count in counts), -size))
