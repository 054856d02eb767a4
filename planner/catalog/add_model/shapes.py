"""A text part's shapes under the names of the catalogue's `Model`: heads, attention, experts, sums, context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from planner.catalog.add_model.blocks import dense_width, expert_width
from planner.catalog.add_model.config import LARGEST_COUNT, Config, Family
from planner.catalog.add_model.layout import Layer
from planner.catalog.add_model.mixers import CSA_RATIO, HCA_RATIO, model_head_dim, model_kv_heads, window_of
from planner.engine.specs import CacheLayers
from planner.records import dataclass

VALUE_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Heads of the whole model."""

    attention_heads: int
    kv_heads: int | None
    head_dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """What its layers attend to."""

    attention_kind: str
    is_mla: bool
    full_attention_layers: int
    sliding_window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Bytes of a token and of a sequence over all layers, at 16 bit."""

    kv_bytes_per_token_fp16: float
    kv_bytes_per_token_beyond_window_fp16: float
    fixed_state_bytes_per_sequence: float
    """Full window buffers plus states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts:
    """Feed-forward widths."""

    moe_experts: int | None
    moe_active_experts: int | None
    intermediate_size: int | None
    """Of dense layers."""
    moe_intermediate_size: int | None


def read_heads(config: Config, family: Family, layout: Sequence[Layer]) -> Heads:
    """Heads as the config states them for the whole model; where layers differ, the most that any has."""
    heads = max((layer.heads or 0 for layer in layout), default=0) or config.whole("num_attention_heads")
    if family.attention in ("mla", "encoder"):
        nope = config.count("qk_nope_head_dim") if family.attention == "mla" else 0
        width = nope + config.count("qk_rope_head_dim") if nope else model_head_dim(config, heads)
        return Heads(attention_heads=heads, kv_heads=None, head_dim=width)
    kv_heads = model_kv_heads(config) or max((layer.kv_heads or 0 for layer in layout), default=0) or heads
    return Heads(attention_heads=heads, kv_heads=kv_heads, head_dim=model_head_dim(config, heads))


def read_kinds(config: Config, family: Family, layout: Sequence[Layer]) -> Kinds:
    """The kind of attention in words, and the layers that keep every token."""
    counted = Counter(layer.mixer for layer in layout)
    windows = {layer.mixer: window_of(config, layer.mixer) for layer in layout if layer.mixer in ("sliding", "chunked")}
    window = next((found for found in windows.values() if found is not None), None)
    near = sum(counted[kind] for kind, found in windows.items() if found is not None)
    full = counted["full"] + counted["sliding"] + counted["chunked"] - near
    if family.attention == "compressed":
        full, window = 0, config.optional_whole("sliding_window")
    return Kinds(
        attention_kind=_kind_words(config, family, layout, full, window),
        is_mla=family.attention == "mla",
        full_attention_layers=full,
        sliding_window=window,
    )


def _kind_words(config: Config, family: Family, layout: Sequence[Layer], full: int, window: int | None) -> str:
    counted, heads, layers = Counter(layer.mixer for layer in layout), read_heads(config, family, layout), len(layout)
    kind: str = family.attention
    if kind == "encoder":
        return "encoder (no KV cache)"
    if kind == "compressed":
        return f"compressed sparse attention: shared K=V, per-layer compress ratio 4/128, sliding window {window}"
    if kind == "gqa" and heads.kv_heads in (1, heads.attention_heads):
        kind = "mqa" if heads.kv_heads == 1 < heads.attention_heads else "mha"
    indexed = " + sparse indexer" if config.get("index_head_dim") is not None and kind == "mla" else ""
    if family.side_by_side:
        return f"hybrid: attention ({kind}) and a fixed state in each of {layers} layers"
    if counted["state"]:
        return (
            f"hybrid: {full} full-attention ({kind}{indexed}) of {layers} layers,"
            f" {counted['state']} with linear attention (fixed state)"
        )
    if window is not None:
        word = "chunked" if counted["chunked"] else "sliding"
        return f"{word} ({layers - full - counted['none']} of {layers} layers, window {window}); {kind}"
    return kind + indexed if full == layers else f"{kind} on {full} of {layers} layers"


def read_sums(config: Config, family: Family, layout: Sequence[Layer], cache: Sequence[CacheLayers]) -> Sums:
    """Bytes of a token and of a sequence over all layers, at 16 bit."""
    token = [
        kind.layers * (kind.kv_heads * kind.values_per_head * VALUE_BYTES + kind.fixed_bytes_per_token)
        for kind in cache
    ]
    beyond = sum(held for kind, held in zip(cache, token, strict=True) if kind.window is None)
    windows = sum(held * (kind.window or 0) for kind, held in zip(cache, token, strict=True))
    states = sum(kind.layers * kind.state_bytes for kind in cache)
    inside = sum(token)
    if family.attention == "compressed":
        entry = config.whole("head_dim") * VALUE_BYTES
        ratios = {"csa": CSA_RATIO, "hca": HCA_RATIO}
        inside = beyond = sum(entry / ratios[layer.mixer] for layer in layout if layer.mixer in ratios)
        windows = len(layout) * entry * config.whole("sliding_window")
    return Sums(
        kv_bytes_per_token_fp16=inside,
        kv_bytes_per_token_beyond_window_fp16=beyond,
        fixed_state_bytes_per_sequence=windows + states,
    )


def read_experts(config: Config, family: Family, layout: Sequence[Layer]) -> Experts:
    """Experts and widths, of the layers that have them."""
    dense = max((dense_width(config, family, layer) for layer in layout if layer.block == "dense"), default=None)
    routed = [layer.experts or config.whole("num_experts") for layer in layout if layer.block == "routed"]
    if not routed:
        return Experts(moe_experts=None, moe_active_experts=None, intermediate_size=dense, moe_intermediate_size=None)
    listed = isinstance(config.get("num_experts_per_tok"), list)
    most = max(config.wholes("num_experts_per_tok"), default=0) if listed else 0
    active = most or config.whole("num_experts_per_tok")
    if active > max(routed):
        problem = f"found {active}, more than the {max(routed)} experts there are"
        raise config.error("num_experts_per_tok", problem)
    has_list = isinstance(config.get("intermediate_size"), list)
    return Experts(
        moe_experts=max(routed),
        moe_active_experts=active,
        intermediate_size=dense or (None if has_list else config.optional_whole("intermediate_size")),
        moe_intermediate_size=expert_width(config, family),
    )


def longest_context(text: Config, family: Family) -> int:
    """Tokens of context. YaRN: factor x the positions before it, as an engine takes it; else the config's own number.

    The setting stands in `rope_scaling`, and since transformers 5 in `rope_parameters`, there perhaps for each kind of
    layer.
    """
    stated = text.whole("max_position_embeddings")
    text.get("original_max_position_embeddings")
    for scaling in _scalings(text):
        if scaling.get("rope_type", "type") == "yarn":
            original = scaling.optional_whole("original_max_position_embeddings") or stated
            factor = _factor(scaling)
            if original * factor > LARGEST_COUNT:
                raise scaling.wrong("factor", factor, "no more context than any model has")
            return round(original * factor)
    return max(stated - family.reserved_positions, 1)


def rotary_positions(text: Config, longest: int) -> int | None:
    """Rows of the rotary tables where linear scaling stretches the global one; None where they are `longest`."""
    scaling = text.part("rope_scaling")
    if scaling is None or scaling.get("rope_type", "type") != "linear":
        return None
    return round(longest * (_factor(scaling) + 1))


def _scalings(text: Config) -> list[Config]:
    parts = [part for name in ("rope_scaling", "rope_parameters") if (part := text.part(name)) is not None]
    nested = [
        part.part(name)
        for part in parts
        for name in ("full_attention", "compress", "main")
        if isinstance(part.values.get(name), dict)
    ]
    return [*parts, *(part for part in nested if part is not None)]


def _factor(scaling: Config) -> float:
    factor = scaling.get("factor")
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= LARGEST_COUNT:
        raise scaling.wrong("factor", factor, "a number above 0")
    return factor
