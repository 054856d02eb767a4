"""The text part of a model, added up over its layers: shapes, caches by kind, parameters by group.

Exact for the families of `families.toml`, values at 16 bit, from the config alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from planner.catalog.add_model.blocks import Block, read_block
from planner.catalog.add_model.config import Config, Family
from planner.catalog.add_model.layout import Layer, read_layout
from planner.catalog.add_model.mixers import Mixer, attention
from planner.catalog.add_model.shapes import (
    Experts,
    Heads,
    Kinds,
    Sums,
    read_experts,
    read_heads,
    read_kinds,
    read_sums,
)
from planner.catalog.add_model.states import state
from planner.engine.specs import CacheLayers
from planner.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Parameters by the matrices they are in; `ParameterGroups` in whole numbers."""

    attention: int
    linear_attention: int
    mlp: int
    experts: int
    shared_experts: int
    router: int
    other: int
    whole: int
    absorbed: int
    draft: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """What the layers add up to."""

    groups: Groups
    embedding: int
    tied: bool
    cache: tuple[CacheLayers, ...]
    heads: Heads
    kinds: Kinds
    sums: Sums
    experts: Experts

    @property
    def total(self) -> int:
        """All parameters of the text part, draft layers left out."""
        g = self.groups
        body = g.attention + g.linear_attention + g.mlp + g.experts + g.shared_experts + g.router + g.other
        return body + self.embedding

    @property
    def active(self) -> int:
        """Parameters read for one token: everything but the idle experts."""
        of, active = self.experts.moe_experts, self.experts.moe_active_experts
        return round(self.total - self.groups.experts * (1 - (active or 0) / of if of else 0.0))


def read_text(config: Config, family: Family, tied: bool) -> TextPart:
    """The text part as the config describes it. Raises `InputError` naming the field that stands in the way."""
    layout = read_layout(config, family)
    each = {layer: (_mixers(config, family, layer), read_block(config, family, layer)) for layer in set(layout)}
    mixers, blocks = zip(*(each[layer] for layer in layout), strict=True)
    cache = merged(kept for own in mixers for one in own for kept in (one.cache, one.index) if kept)
    embedding = config.whole("vocab_size") * config.whole("hidden_size") * (1 if tied else 2)
    return TextPart(
        groups=_groups(config, family, layout, mixers, blocks, tied),
        embedding=embedding,
        tied=tied,
        cache=cache,
        heads=read_heads(config, family, layout),
        kinds=read_kinds(config, family, layout),
        sums=read_sums(config, family, layout, cache),
        experts=read_experts(config, family, layout),
    )


def _mixers(config: Config, family: Family, layer: Layer) -> tuple[Mixer, ...]:
    if layer.mixer == "none":
        return ()
    if layer.mixer == "state":
        return (state(config, family),)
    found = attention(config, family, layer)
    return (found, state(config, family)) if family.side_by_side else (found,)


def merged(kinds: Iterable[CacheLayers]) -> tuple[CacheLayers, ...]:
    """Kinds of cache, each once with the layers that have it, in the order in which an engine's planner names them."""
    order = ("full", "latent", "chunked", "sliding", "indexer", "state")
    counted = Counter(kinds)
    found = [replace(kind, layers=layers) for kind, layers in counted.items()]
    return tuple(sorted(found, key=lambda kind: order.index(kind.kind)))


def _groups(
    config: Config,
    family: Family,
    layout: Sequence[Layer],
    mixers: Sequence[tuple[Mixer, ...]],
    blocks: Sequence[Block],
    tied: bool,
) -> Groups:
    every = [one for own in mixers for one in own]
    return Groups(
        attention=sum(one.parameters for one in every if not one.is_state),
        linear_attention=sum(one.parameters for one in every if one.is_state),
        mlp=sum(block.dense for block in blocks),
        experts=sum(block.experts for block in blocks),
        shared_experts=sum(block.shared for block in blocks),
        router=sum(block.router for block in blocks),
        other=_norms(config, family, layout) + _beside(config, family, len(layout), tied),
        whole=sum(one.whole for one in every),
        absorbed=sum(one.absorbed for one in every),
        draft=_drafts(config, family, mixers, blocks),
    )


def _norms(config: Config, family: Family, layout: Sequence[Layer]) -> int:
    """Norms of hidden width: of every layer, of a mixer or block that is a layer of its own, and the last one."""
    hidden = config.whole("hidden_size") * (2 if family.norm_bias else 1)
    alone = sum(layer.mixer == "none" or layer.block == "none" for layer in layout)
    missing = alone * (family.norms // 2)
    beside = 3 * sum(layer.block == "routed" for layer in layout) if family.dense_beside_experts else 0
    return (len(layout) * family.norms - missing + beside + 1) * hidden


def _beside(config: Config, family: Family, layers: int, tied: bool) -> int:
    """What is in no layer, or in each besides: positions, streams, inputs of each layer, the bias of the head."""
    if family.attention == "encoder":
        return _encoder_extras(config, family)
    hidden = config.whole("hidden_size")
    positions = config.whole("max_position_embeddings") * hidden if family.learned_positions else 0
    head = config.whole("vocab_size") if family.head_bias and not tied else 0
    return positions + head + _streams(config, layers, hidden) + _layer_inputs(config, layers, hidden)


def _streams(config: Config, layers: int, hidden: int) -> int:
    """Hyper-connections (DeepSeek V4): several residual streams, mixed before and after both halves of a layer."""
    streams = config.count("hc_mult")
    if not streams:
        return 0
    mix = (2 + streams) * streams
    return layers * 2 * (mix * streams * hidden + mix + 3) + streams * streams * hidden + streams + 1


def _layer_inputs(config: Config, layers: int, hidden: int) -> int:
    """Embeddings of each layer's own (Gemma 3n and 4)."""
    width = config.count("hidden_size_per_layer_input")
    if not width:
        return 0
    rows = config.optional_whole("vocab_size_per_layer_input") or config.whole("vocab_size")
    wide = layers * width
    return rows * wide + hidden * wide + width + layers * (2 * hidden * width + hidden)


def _drafts(config: Config, family: Family, mixers: Sequence[tuple[Mixer, ...]], blocks: Sequence[Block]) -> int:
    """Layers that predict further tokens: each like the last layer with attention and the last block, two norms and
    one joining matrix."""
    count, hidden = config.count("num_nextn_predict_layers"), config.whole("hidden_size")
    attended = [one for own in mixers for one in own if not one.is_state]
    if not count or not attended or not blocks:
        return 0
    last = next((block for block in reversed(blocks) if block.experts or block.dense), Block())
    block = last.dense + last.experts + last.shared + last.router
    return count * (attended[-1].parameters + block + 2 * hidden * hidden + (family.norms + 3) * hidden)


def _encoder_extras(config: Config, family: Family) -> int:
    """Parameters of an encoder that are in no layer, the norm of its embeddings left out."""
    hidden = config.whole("hidden_size")
    has_positions = family.learned_positions and config.flag("position_biased_input", default=True)
    if config.get("position_embedding_type") in ("alibi", "rotary", "rope"):
        has_positions = False
    positions = config.whole("max_position_embeddings") * hidden if has_positions else 0
    types = config.count("type_vocab_size") * hidden
    pooler = hidden * hidden + hidden if family.pooler else 0
    return positions + types + pooler + _relative(config, hidden)


def _relative(config: Config, hidden: int) -> int:
    """Learned relative positions: of buckets for each head (MPNet), or of hidden width with a norm (DeBERTa)."""
    buckets = config.count("relative_attention_num_buckets")
    if buckets:
        return buckets * config.whole("num_attention_heads")
    if config.get("relative_attention") is not True:
        return 0
    span = config.get("position_buckets")
    longest = config.get("max_relative_positions")
    rows = next((n for n in (span, longest) if isinstance(n, int) and n > 0), 0) or config.whole(
        "max_position_embeddings"
    )
    normed = "layer_norm" in str(config.get("norm_rel_ebd"))
    return 2 * rows * hidden + 2 * hidden * normed
