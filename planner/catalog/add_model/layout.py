"""The layers of a model: the mixer and the feed-forward block of each, and what it has for itself where layers differ.

Makers list layers under many spellings. They are counted from 0 as most lists do, but for `linear_attn_config`, which
counts from 1. A list may go on with the layers that predict further tokens after the model's own; those are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from planner.catalog.add_model.config import Config, Family
from planner.records import dataclass
from planner.toml.errors import described

Kinds = tuple[str, ...]
Listed = TypeVar("Listed", str, tuple[str, ...], tuple[int, ...], list[Any])


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. Numbers are its own where layers differ; None: as the whole model has it."""

    mixer: str = "full"
    """"full", "sliding", "chunked", "state", "csa" or "hca" (compressed attention), or "none"."""
    block: str = "dense"
    """"dense", "routed" or "none"."""
    heads: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    width: int | None = None
    experts: int | None = None
    indexed: bool = True
    """It has a sparse indexer of its own, where the model has one."""
    keeps: bool = True
    """It keeps keys and values of its own; False: those of an earlier layer serve."""


def read_layout(config: Config, family: Family) -> tuple[Layer, ...]:
    """The layers in their order. Raises `InputError` naming the list that is not understood."""
    layers = config.layer_count()
    if config.get("block_configs") is not None:
        return _pruned(config, layers)
    mixers = mixer_kinds(config, family, layers)
    blocks = blocks_alone(config, layers) or block_kinds(config, family, layers)
    indexed, keeps = _indexed(config, family, mixers, layers), _keeping(config, layers)
    heads = _own_heads(config, layers, "num_attention_heads", "num_attention_heads_per_layer", "num_query_heads")
    kv_heads = _own_heads(config, layers, "num_key_value_heads", "num_key_value_heads_per_layer")
    widths, experts = config.each("intermediate_size", layers), config.each("num_experts", layers)
    return tuple(
        Layer(
            mixer="full" if mixers[i] == "sparse" else mixers[i],
            block=blocks[i],
            heads=heads[i],
            kv_heads=kv_heads[i],
            head_dim=_exception(config, i, "head_dim"),
            width=widths[i] if widths else None,
            experts=experts[i] if experts else None,
            indexed=indexed[i],
            keeps=keeps[i],
        )
        for i in range(layers)
    )


def _own_heads(config: Config, layers: int, name: str, *lists: str) -> tuple[int | None, ...]:
    """Heads of each layer, from a list of them or from the table of exceptions that transformers 5 writes."""
    listed = next((each for key in (*lists, name) if (each := config.each(key, layers)) is not None), None)
    return tuple((listed[i] if listed else None) or _exception(config, i, name) for i in range(layers))


def _exception(config: Config, i: int, name: str) -> int | None:
    own = config.part("per_layer_config")
    for key in {str(i).zfill(digits) for digits in (1, 2, 3)} if own is not None else ():
        part = own.part(key) if own is not None else None
        if part is not None:
            return part.optional_whole(name)
    return None


FIRST_SHARED = 2
"""The layer from which on several share an indexer, where a config does not say."""


def _indexed(config: Config, family: Family, mixers: Kinds, layers: int) -> tuple[bool, ...]:
    """Layers with a sparse indexer of their own: those that a list marks; without one, all with latent attention."""
    types = config.texts("indexer_types")
    if types is not None:
        return tuple(kind == "full" for kind in own_layers(config, "indexer_types", types, layers))
    sparse = config.part("sparse_attention_config")
    marks = sparse.each("sparse_attention_freq", layers) if sparse is not None else None
    if marks is not None:
        return tuple(mark > 0 for mark in marks)
    step, first = config.optional_whole("index_topk_freq") or 1, config.get("index_skip_topk_offset")
    offset = first if isinstance(first, int) else FIRST_SHARED
    own = (max(i - offset + 1, 0) % step == 0 for i in range(layers))
    return tuple(
        kind == "sparse" or (family.attention == "mla" and full) for kind, full in zip(mixers, own, strict=True)
    )


def _keeping(config: Config, layers: int) -> tuple[bool, ...]:
    """Layers with keys and values of their own: not the last ones of Gemma 3n and 4, every n-th of Hunyuan's CLA."""
    shared = config.count("num_kv_shared_layers")
    factor = (config.optional_whole("cla_share_factor") or 1) if config.get("use_cla") is True else 1
    return tuple(i < layers - shared and i % factor == 0 for i in range(layers))


def _pruned(config: Config, layers: int) -> tuple[Layer, ...]:
    """`block_configs` (Nemotron NAS): each layer's attention and feed-forward, or neither."""
    listed = config.get("block_configs")
    if not isinstance(listed, list) or not all(isinstance(block, dict) for block in listed):
        raise config.wrong("block_configs", listed, "a list of tables")
    own_layers(config, "block_configs", listed, layers)
    heads, hidden = config.whole("num_attention_heads"), config.whole("hidden_size")
    return tuple(
        _pruned_layer(Config(block, config.file, f"{config.prefix}block_configs.{i}."), heads, hidden)
        for i, block in enumerate(listed)
    )


FFN_MULTIPLE = 256
"""The width of a pruned block is rounded up to a multiple of this."""


def _pruned_layer(block: Config, heads: int, hidden: int) -> Layer:
    attention, ffn = block.part("attention"), block.part("ffn")
    if attention is None or ffn is None:
        raise block.wrong("attention" if attention is None else "ffn", None, "a table")
    for part in (attention, ffn):
        if part.get("replace_with_linear") is True:
            raise part.error("replace_with_linear", "found true; only false is known")
    has_attention = not attention.flag("no_op", default=False)
    multiplier = ffn.get("ffn_mult")
    width = ffn.optional_whole("intermediate_size")
    if width is None and not ffn.flag("no_op", default=False):
        if isinstance(multiplier, bool) or not isinstance(multiplier, int | float) or not 0 < multiplier < 1000:
            raise ffn.wrong("ffn_mult", multiplier, "a number above 0")
        width = -(-int(2 * multiplier * hidden / 3) // FFN_MULTIPLE) * FFN_MULTIPLE
    return Layer(
        mixer="full" if has_attention else "none",
        block="dense" if width else "none",
        kv_heads=max(heads // attention.whole("n_heads_in_group"), 1) if has_attention else None,
        width=width,
    )


_MIXERS = {
    "full_attention": "full", "attention": "full", "global_attention": "full", "full": "full", "global": "full",
    "sliding_attention": "sliding", "local_attention": "sliding", "sliding": "sliding", "local": "sliding",
    "sliding_window_attention": "sliding", "swa": "sliding",
    "chunked_attention": "chunked", "minimax_m3_sparse": "sparse", "sparse_attention": "sparse",
    "deepseek_sparse_attention": "full", "indexed_attention": "full",
    "linear_attention": "state", "mamba": "state", "mamba2": "state", "conv": "state", "kda": "state",
    "compressed_sparse_attention": "csa", "heavily_compressed_attention": "hca",
    "moe": "none", "mlp": "none", "none": "none",
}  # fmt: skip
_BLOCKS = {"moe": "routed", "mlp": "dense", "sparse": "routed", "dense": "dense"}
_PATTERN = {"M": ("state", "none"), "*": ("full", "none"), "-": ("none", "dense"), "E": ("none", "routed")}
"""Letters of `hybrid_override_pattern` (Nemotron-H): Mamba, attention, feed-forward, experts."""


def mixer_kinds(config: Config, family: Family, layers: int) -> Kinds:
    """The mixer of each layer, by the first list that the config has, else by what it counts."""
    config.get("sliding_window", "sliding_window_pattern", "global_attn_every_n_layers", "full_attention_interval")
    for read in _MIXER_LISTS:
        found = read(config, layers)
        if found is not None:
            return found
    return _by_rule(config, family, layers)


def _pattern(config: Config, layers: int) -> Kinds | None:
    letters = _letters(config, layers)
    return None if letters is None else tuple(_PATTERN[letter][0] for letter in letters)


def _letters(config: Config, layers: int) -> str | None:
    found = config.get("hybrid_override_pattern")
    if found is None:
        return None
    if not isinstance(found, str) or set(found) - set(_PATTERN):
        raise config.wrong("hybrid_override_pattern", found, f"a text of the letters {' '.join(_PATTERN)}")
    return own_layers(config, "hybrid_override_pattern", found, layers)


def own_layers(config: Config, name: str, listed: Listed, layers: int) -> Listed:
    """The entries of the model's own layers; a list may go on with those of the draft layers."""
    if len(listed) not in (layers, layers + config.count("num_nextn_predict_layers")):
        raise config.error(name, f"lists {len(listed)} layers, num_hidden_layers is {layers}")
    return listed[:layers]


def _listed(config: Config, layers: int) -> Kinds | None:
    listed = config.texts("layer_types")
    if listed is None:
        return None
    strange = sorted(set(listed) - set(_MIXERS))
    if strange:
        raise config.error("layer_types", f"found {described(strange[0])}; known: {', '.join(sorted(_MIXERS))}")
    return tuple(_MIXERS[kind] for kind in own_layers(config, "layer_types", listed, layers))


def _from_ratios(config: Config, layers: int) -> Kinds | None:
    """DeepSeek V4: by how many tokens a layer's cache is compressed."""
    if config.get("compress_ratios") is None:
        return None
    ratios = own_layers(config, "compress_ratios", config.wholes("compress_ratios"), layers)
    kinds = {0: "sliding", 4: "csa", 128: "hca"}
    strange = [ratio for ratio in ratios if ratio not in kinds]
    if strange:
        raise config.error("compress_ratios", f"found {strange[0]}; known: {', '.join(map(str, kinds))}")
    return tuple(kinds[ratio] for ratio in ratios)


def _linear_config(config: Config, layers: int) -> Kinds | None:
    part = config.part("linear_attn_config")
    if part is None:
        return None
    full = set(part.wholes("full_attn_layers"))
    kda = set(part.wholes("kda_layers"))
    if full | kda != set(range(1, layers + 1)) or full & kda:
        raise part.error("full_attn_layers", f"does not share {layers} layers with kda_layers, counted from 1")
    return tuple("full" if i + 1 in full else "state" for i in range(layers))


def _marks(name: str, one: str, other: str) -> Callable[[Config, int], Kinds | None]:
    """A list with 1 for the layers of one kind and 0 for the others."""

    def read(config: Config, layers: int) -> Kinds | None:
        marks = config.each(name, layers)
        return None if marks is None else tuple(one if mark else other for mark in marks)

    return read


def _indices(name: str) -> Callable[[Config, int], Kinds | None]:
    """A list of the layers that have full attention; the others keep a state."""

    def read(config: Config, layers: int) -> Kinds | None:
        if config.get(name) is None:
            return None
        full = set(config.wholes(name))
        return tuple("full" if i in full else "state" for i in range(layers))

    return read


def _period(config: Config, layers: int) -> Kinds | None:
    if config.get("attn_layer_period") is None:
        return None
    period, offset = config.whole("attn_layer_period"), config.count("attn_layer_offset")
    return tuple("full" if i % period == offset else "state" for i in range(layers))


_MIXER_LISTS: Sequence[Callable[[Config, int], Kinds | None]] = (
    _pattern,
    _listed,
    _from_ratios,
    _linear_config,
    _marks("hybrid_layer_pattern", "sliding", "full"),
    _marks("attn_type_list", "full", "state"),
    _indices("attn_layer_indices"),
    _indices("full_attn_idxs"),
    _period,
)


def _by_rule(config: Config, family: Family, layers: int) -> Kinds:
    """Where nothing lists the layers: a period, or windows as the fields tell."""
    interval = config.optional_whole("full_attention_interval")
    if interval is not None or (family.state and family.every_nth_layer_full):
        return _every_nth(layers, interval or family.every_nth_layer_full or 1, "state")
    if config.get("attention_chunk_size") is not None:
        roped = config.each("no_rope_layers", layers)
        if roped:
            return tuple("chunked" if mark else "full" for mark in roped)
        return _every_nth(layers, family.every_nth_layer_full or 1, "chunked")
    if family.state and not family.side_by_side:
        return ("state",) * layers
    if config.get("use_sliding_window") is False or config.get("sliding_window") is None:
        return ("full",) * layers
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, str) and pattern and not set(pattern) - set("LG"):
        return tuple("sliding" if pattern[i % len(pattern)] == "L" else "full" for i in range(layers))
    nth = config.optional_whole("sliding_window_pattern") or family.every_nth_layer_full
    if nth is not None:
        return _every_nth(layers, nth, "sliding")
    dense = min(config.count("max_window_layers"), layers)
    return ("full",) * dense + ("sliding",) * (layers - dense)


def _every_nth(layers: int, interval: int, other: str) -> Kinds:
    return tuple("full" if (i + 1) % interval == 0 else other for i in range(layers))


def blocks_alone(config: Config, layers: int) -> Kinds | None:
    """Blocks of models whose layers are either a mixer or a feed-forward block (Nemotron-H); None for all others."""
    letters = _letters(config, layers)
    if letters is not None:
        return tuple(_PATTERN[letter][1] for letter in letters)
    listed = config.texts("layer_types")
    if listed is None or not {"moe", "mlp"} & set(listed):
        return None
    return tuple(_BLOCKS.get(kind, "none") for kind in listed[:layers])


def block_kinds(config: Config, family: Family, layers: int) -> Kinds:
    """Feed-forward blocks: dense everywhere, or routed in the layers that the fields name."""
    config.get(*_COUNTED)  # understood, even where a list decides
    if family.experts == "none" or (family.experts == "any" and config.get("num_experts") in (None, 0, 1)):
        return ("dense",) * layers
    routed = _routed(config, layers)
    return tuple("routed" if i in routed else "dense" for i in range(layers))


def _routed(config: Config, layers: int) -> frozenset[int]:
    listed = config.texts("mlp_layer_types")
    if listed is not None:
        kinds = own_layers(config, "mlp_layer_types", listed, layers)
        return frozenset(i for i, kind in enumerate(kinds) if kind != "dense")
    for name in ("moe_layer_freq", "is_moe_layer", "num_experts"):
        marks = config.each(name, layers)
        if marks is not None:
            return frozenset(i for i, mark in enumerate(marks) if mark > (name == "num_experts"))
    for name in ("moe_layers", "moe_layers_enum"):
        found = config.get(name)
        if found is not None:
            return _enumerated(config, name, found)
    return frozenset(i for i in range(layers) if _is_routed(config, i))


def _enumerated(config: Config, name: str, found: object) -> frozenset[int]:
    """A list of layers, or one in a text: "3,4,5"."""
    if not isinstance(found, str):
        return frozenset(config.wholes(name))
    parts = [part.strip() for part in found.split(",") if part.strip()]
    if not all(part.isdigit() and len(part) < len("10000") + 1 for part in parts):
        raise config.wrong(name, found, "numbers of layers with commas between them")
    return frozenset(map(int, parts))


_COUNTED = (
    "first_k_dense_replace",
    "decoder_sparse_step",
    "interleave_moe_layer_step",
    "mlp_only_layers",
    "moe_layer_freq",
)


def _is_routed(config: Config, i: int) -> bool:
    """By the fields that count: after the first k, at each step, less those listed as dense."""
    if i in config.wholes("mlp_only_layers") or i < config.count("first_k_dense_replace"):
        return False
    frequency = config.optional_whole("moe_layer_freq")
    if frequency is not None and i % frequency:
        return False
    period = config.optional_whole("expert_layer_period")
    if period is not None and i % period != config.count("expert_layer_offset"):
        return False
    last = config.get("moe_layer_end_index")
    if isinstance(last, int) and last >= 0 and i > last:
        return False
    step = config.optional_whole("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval") or 1
    return i >= config.count("moe_layer_start_index") and (i + 1) % step == 0
