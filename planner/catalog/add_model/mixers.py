"""What one layer's mixer is made of and what it keeps of a sequence: attention in its kinds.

Parameters count biases and the norms of queries and keys. Facts of the classes in transformers 5.24.0 (PyPI, 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable

from planner.catalog.add_model.config import Config, Family
from planner.catalog.add_model.layout import Layer
from planner.engine.specs import CacheLayers
from planner.records import dataclass

INDEXER_SCALE_BYTES = 4
"""Beside the 8-bit key that a sparse indexer keeps for a token, one scale of 32 bit."""
BLOCK_KEY_BYTES = 2


@dataclass(frozen=True, slots=True)
class Mixer:
    """One mixer of one layer."""

    parameters: int = 0
    cache: CacheLayers | None = None
    index: CacheLayers | None = None
    """What its sparse indexer keeps besides."""
    whole: int = 0
    """Of `parameters`, what every tensor-parallel rank holds whole."""
    absorbed: int = 0
    """Of `parameters`, what an engine keeps a second time."""
    is_state: bool = False


def attention(config: Config, family: Family, layer: Layer) -> Mixer:
    """The attention of one layer, as the family has it."""
    return _READERS[family.attention](config, family, layer)


@dataclass(frozen=True, slots=True)
class _Heads:
    """Heads and widths of one layer's attention."""

    heads: int
    kv_heads: int
    key: int
    value: int


def _heads(config: Config, layer: Layer) -> _Heads:
    """Heads and widths of a layer: its own, those of its kind, those of the model."""
    windowed = layer.mixer != "full"
    own = config.part("attention_other_setting") if windowed else None
    heads = layer.heads or (own.count("num_attention_heads") if own else 0)
    heads = heads or config.count(*(["swa_num_attention_heads", "num_sliding_attention_heads"] if windowed else []))
    heads = heads or config.whole("num_attention_heads")
    kv_heads = layer.kv_heads or (own.count("num_attention_groups") if own else 0)
    kv_heads = kv_heads or config.count("swa_num_key_value_heads" if windowed else "num_global_key_value_heads")
    kv_heads = kv_heads or model_kv_heads(config) or heads
    key = layer.head_dim or config.count("swa_head_dim" if windowed else "global_head_dim")
    key = key or model_head_dim(config, heads)
    value = config.count("swa_v_head_dim") if windowed else 0
    return _Heads(heads, kv_heads, key, value or config.count("v_head_dim") or key)


def model_head_dim(config: Config, heads: int) -> int:
    """`head_dim`, or the hidden width shared out among the heads."""
    return config.count("head_dim") or max(config.whole("hidden_size") // heads, 1)


def model_kv_heads(config: Config) -> int:
    """KV heads of the whole model; 0 where it states none or a list of them."""
    if config.get("multi_query") is True and config.get("new_decoder_architecture") is not True:
        return 1
    return 0 if isinstance(config.get("num_key_value_heads"), list) else config.count("num_key_value_heads")


def window_of(config: Config, mixer: str) -> int | None:
    """Tokens of a window or a chunk; None where it covers the whole context anyway."""
    name = "attention_chunk_size" if mixer == "chunked" else "sliding_window"
    window, longest = config.optional_whole(name), config.optional_whole("max_position_embeddings")
    return None if window is None or (longest is not None and window >= longest) else window


def _grouped(config: Config, family: Family, layer: Layer) -> Mixer:
    found, hidden = _heads(config, layer), config.whole("hidden_size")
    queries, keys, values = (
        found.heads * found.key,
        found.kv_heads * found.key * layer.keeps,
        found.kv_heads * found.value * layer.keeps,
    )
    if layer.mixer == "full" and config.get("attention_k_eq_v") is True:
        values = 0  # the keys serve as values too, yet both are kept
    gates = {"none": 0, "query": queries, "head": found.heads}[family.gate]
    projected, bias = queries + gates + keys + values, config.flag("attention_bias", default=False)
    weights = hidden * projected + found.heads * found.value * hidden
    weights += projected * (bias if family.qkv_bias is None else family.qkv_bias)
    out = config.flag("attention_out_bias", bias) if family.output_bias is None else family.output_bias
    weights += hidden * out
    weights += _qk_norms(config, family, found, queries, keys) + found.heads * _has_sinks(config, family, layer)
    index_weights, index = _block_indexer(config, hidden) if layer.indexed else (0, None)
    return Mixer(weights + index_weights, _kept(config, layer, found), index)


def _qk_norms(config: Config, family: Family, found: _Heads, queries: int, keys: int) -> int:
    kind = family.qk_norm
    if kind in ("flag", "flag_all"):
        has = any(config.get(name) is True for name in ("use_qk_norm", "qk_layernorm", "qk_norm"))
        kind = "none" if not has else "head" if kind == "flag" else "all"
    per_head = found.key * (2 if keys else 1)
    return {"none": 0, "head": per_head, "all": queries + keys}[kind]


def _has_sinks(config: Config, family: Family, layer: Layer) -> bool:
    """Whether each head has a learned sink: in all layers, or as the config says for windows and full attention."""
    name = "add_full_attention_sink_bias" if layer.mixer == "full" else "add_swa_attention_sink_bias"
    return config.flag(name, family.attention_sinks)


def _block_indexer(config: Config, hidden: int) -> tuple[int, CacheLayers | None]:
    """Parameters and cache of MiniMax M3's indexer of blocks: one key a token, which vLLM keeps at 16 bit."""
    part = config.part("sparse_attention_config")
    source, heads, width = (
        (part, "sparse_num_index_heads", "sparse_index_dim") if part else (config, "index_n_heads", "index_head_dim")
    )
    if source.optional_whole(width) is None:
        return 0, None
    wide = source.whole(width)
    kept = CacheLayers("indexer", 1, fixed_bytes_per_token=float(BLOCK_KEY_BYTES * wide))
    return hidden * wide * (source.whole(heads) + 1) + 2 * wide, kept


def _kept(config: Config, layer: Layer, found: _Heads) -> CacheLayers | None:
    if not layer.keeps:
        return None
    window = window_of(config, layer.mixer) if layer.mixer != "full" else None
    return CacheLayers(
        "full" if window is None else "chunked" if layer.mixer == "chunked" else "sliding",
        layers=1,
        kv_heads=found.kv_heads,
        values_per_head=found.key + found.value,
        window=window,
    )


def _latent(config: Config, family: Family, layer: Layer) -> Mixer:
    """Multi-head latent attention: one compressed vector a token and layer, plus the sparse indexer's key if any."""
    hidden, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    latent, rope = config.whole("kv_lora_rank"), config.count("qk_rope_head_dim")
    nope, value = config.whole("qk_nope_head_dim"), config.whole("v_head_dim")
    rank = config.optional_whole("q_lora_rank")
    queries = heads * (nope + rope)
    first = hidden * (latent + rope) + latent + (0 if rank is None else hidden * rank + rank)
    weights = first + (hidden if rank is None else rank) * queries
    absorbed = latent * heads * (nope + value)
    weights += absorbed + heads * value * hidden
    weights += hidden * heads * value * (config.get("mla_use_output_gate") is True)
    index_weights, index = _indexer(config, hidden, rank) if layer.indexed else (0, None)
    cache = CacheLayers("latent", 1, values_per_head=latent + rope)
    return Mixer(weights + index_weights, cache, index, whole=first, absorbed=absorbed)


def _indexer(config: Config, hidden: int, rank: int | None) -> tuple[int, CacheLayers | None]:
    """Parameters and cache of one layer's sparse indexer, which keeps one 8-bit key a token."""
    width = config.optional_whole("index_head_dim")
    if width is None or rank is None:
        return 0, None
    heads = config.whole("index_n_heads")
    weights = rank * heads * width + hidden * width + 2 * width + hidden * heads
    if config.get("index_kpool") is not None:
        return weights + hidden * width, None  # keys of several tokens in one: what an engine keeps is not published
    return weights, CacheLayers("indexer", 1, fixed_bytes_per_token=float(width + INDEXER_SCALE_BYTES))


def _compressed(config: Config, family: Family, layer: Layer) -> Mixer:
    """DeepSeek V4: one head for keys and values, a window, and compressed entries of what is older.

    Its five kinds of cache pages are not published, so none is stated.
    """
    hidden, heads, width = (config.whole(name) for name in ("hidden_size", "num_attention_heads", "head_dim"))
    rank, groups, out = config.whole("q_lora_rank"), config.whole("o_groups"), config.whole("o_lora_rank")
    first = hidden * rank + rank + hidden * width + width
    weights = first + rank * heads * width + heads * width * out + groups * out * hidden + heads
    if layer.mixer == "hca":
        weights += _compressor(hidden, width, HCA_RATIO)
    if layer.mixer == "csa":
        key, index_heads = config.whole("index_head_dim"), config.whole("index_n_heads")
        weights += _compressor(hidden, 2 * width, CSA_RATIO) - width
        weights += _compressor(hidden, 2 * key, CSA_RATIO) - key + rank * index_heads * key + hidden * index_heads
    return Mixer(weights, whole=first)


CSA_RATIO, HCA_RATIO = 4, 128
"""Tokens that one compressed entry stands for."""


def _compressor(hidden: int, width: int, ratio: int) -> int:
    """Two projections, learned positions and a norm."""
    return 2 * hidden * width + ratio * width + width


def _encoder(config: Config, family: Family, layer: Layer) -> Mixer:
    """Attention of an encoder, which keeps nothing."""
    hidden, bias = config.whole("hidden_size"), family.qkv_bias is not False
    out = bias if family.output_bias is None else family.output_bias
    return Mixer(4 * hidden * hidden + 3 * hidden * bias + hidden * out)


_READERS: dict[str, Callable[[Config, Family, Layer], Mixer]] = {
    "gqa": _grouped,
    "mla": _latent,
    "compressed": _compressed,
    "encoder": _encoder,
}
