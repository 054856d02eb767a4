"""The layers of a model's text part: attention, feed-forward, and the parameters they add up to.

Parameters of a layer, KV bytes of a token and state of a sequence, values at 16 bit, from the config alone: exact for
the families of `families.toml`.
"""

from __future__ import annotations

from collections.abc import Callable

from planner.catalog.add_model.config import Config, Family
from planner.records import dataclass
from planner.toml.errors import described

KV_BYTES = 2
STATE_BYTES = 4
"""Recurrent state of linear attention is kept at 32 bit, its convolution buffer at 16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionShape:
    """What one model's attention costs, under the names of the catalogue's `Model`."""

    parameters: int
    """Summed over all layers; the one field that the record does not have."""
    attention_kind: str
    attention_heads: int
    kv_heads: int | None = None
    head_dim: int
    full_attention_layers: int
    sliding_window: int | None = None
    kv_bytes_per_token_fp16: int = 0
    kv_bytes_per_token_beyond_window_fp16: int = 0
    fixed_state_bytes_per_sequence: int = 0
    """Fixed bytes of one sequence: full window buffers plus linear-attention state."""
    is_mla: bool = False


def read_attention(config: Config, family: Family) -> AttentionShape:
    """Attention as the config describes it."""
    return _READERS[family.attention](config, family)


def _encoder_attention(config: Config, family: Family) -> AttentionShape:
    layers, hidden = config.layer_count(), config.whole("hidden_size")
    heads = config.whole("num_attention_heads")
    weights = 4 * (hidden * hidden + hidden)
    return AttentionShape(
        attention_kind="encoder (no KV cache)",
        attention_heads=heads,
        head_dim=hidden // heads,
        full_attention_layers=layers,
        parameters=layers * weights,
    )


def _latent(config: Config, family: Family) -> AttentionShape:
    """Multi-head latent attention: one compressed vector a token and layer, plus the sparse indexer's key if any."""
    layers, hidden, heads = (config.whole(name) for name in ("num_hidden_layers", "hidden_size", "num_attention_heads"))
    latent, rope = config.whole("kv_lora_rank"), config.whole("qk_rope_head_dim")
    nope, value = config.whole("qk_nope_head_dim"), config.whole("v_head_dim")
    rank = config.optional_whole("q_lora_rank")
    queries = heads * (nope + rope)
    weights = hidden * queries if rank is None else hidden * rank + rank + rank * queries
    weights += hidden * (latent + rope) + latent + latent * heads * (nope + value) + heads * value * hidden
    index_weights, index_bytes = _indexer(config, hidden, rank)
    per_layer = (latent + rope) * KV_BYTES + index_bytes
    kind = "mla" if not index_bytes else "mla + sparse indexer"
    total, cache = layers * (weights + index_weights), layers * per_layer
    return AttentionShape(
        attention_kind=kind,
        attention_heads=heads,
        head_dim=nope + rope,
        full_attention_layers=layers,
        parameters=total,
        kv_bytes_per_token_fp16=cache,
        kv_bytes_per_token_beyond_window_fp16=cache,
        is_mla=True,
    )


def _indexer(config: Config, hidden: int, rank: int | None) -> tuple[int, int]:
    """(parameters, cached bytes a token) of one layer's sparse indexer, which keeps one 8-bit key a token."""
    width = config.optional_whole("index_head_dim")
    if width is None or rank is None:
        return 0, 0
    heads = config.whole("index_n_heads")
    return rank * heads * width + hidden * width + 2 * width + hidden * heads, width


def _grouped(config: Config, family: Family) -> AttentionShape:
    layers, hidden = config.layer_count(), config.whole("hidden_size")
    heads, kv_heads = config.whole("num_attention_heads"), config.whole("num_key_value_heads")
    head_dim = config.optional_whole("head_dim") or hidden // heads
    kinds = layer_kinds(config, family, layers)
    window = _window(config) if "sliding_attention" in kinds else None
    linear = kinds.count("linear_attention")
    full = kinds.count("full_attention")
    if window is None:
        full = layers - linear
    per_layer = 2 * kv_heads * head_dim * KV_BYTES
    weights, linear_weights, linear_state = _grouped_weights(config, family), 0, 0
    if linear:
        linear_weights, linear_state = _linear(config)
    inside, beyond = (layers - linear) * per_layer, full * per_layer
    return AttentionShape(
        attention_kind=_kind_words(layers, full, linear, window, kv_heads == heads),
        attention_heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        full_attention_layers=full,
        sliding_window=window,
        parameters=(layers - linear) * weights + linear * linear_weights,
        kv_bytes_per_token_fp16=inside,
        kv_bytes_per_token_beyond_window_fp16=beyond,
        fixed_state_bytes_per_sequence=(inside - beyond) * (window or 0) + linear * linear_state,
    )


def layer_kinds(config: Config, family: Family, layers: int) -> tuple[str, ...]:
    """Kind of each layer: "full_attention", "sliding_attention" or "linear_attention"."""
    listed = config.texts("layer_types")
    if listed is not None:
        return _checked_kinds(config, listed, layers)
    if family.full_interval:
        interval = config.optional_whole("full_attention_interval") or 4
        return _every_nth(layers, interval, "linear_attention")
    if family.every_nth_layer_full is not None:
        interval = config.optional_whole("sliding_window_pattern") or family.every_nth_layer_full
        return _every_nth(layers, interval, "sliding_attention")
    if config.get("use_sliding_window") is False or _window(config) is None:
        return ("full_attention",) * layers
    dense = min(config.count("max_window_layers"), layers)
    return ("full_attention",) * dense + ("sliding_attention",) * (layers - dense)


def _checked_kinds(config: Config, listed: tuple[str, ...], layers: int) -> tuple[str, ...]:
    known = {"full_attention", "sliding_attention", "linear_attention"}
    strange = sorted(set(listed) - known)
    if strange:
        raise config.error("layer_types", f"found {described(strange[0])}; known: {', '.join(sorted(known))}")
    if len(listed) != layers:
        raise config.error("layer_types", f"lists {len(listed)} layers, num_hidden_layers is {layers}")
    return listed


def _every_nth(layers: int, interval: int, other: str) -> tuple[str, ...]:
    return tuple("full_attention" if (i + 1) % interval == 0 else other for i in range(layers))


def _window(config: Config) -> int | None:
    """Sliding window; None where there is none or it covers the whole context anyway."""
    window = config.optional_whole("sliding_window")
    longest = config.optional_whole("max_position_embeddings")
    return None if window is None or (longest is not None and window >= longest) else window


def _grouped_weights(config: Config, family: Family) -> int:
    """Parameters of one grouped-query attention layer, biases and norms of queries and keys included."""
    hidden, heads, kv_heads = (config.whole(n) for n in ("hidden_size", "num_attention_heads", "num_key_value_heads"))
    head_dim = config.optional_whole("head_dim") or hidden // heads
    queries, keys = heads * head_dim, kv_heads * head_dim
    projected = queries * (2 if family.gated_query else 1)
    weights = hidden * (projected + 2 * keys) + queries * hidden
    bias = config.flag("attention_bias", default=False)
    weights += (projected + 2 * keys) * (bias if family.qkv_bias is None else family.qkv_bias)
    weights += hidden * (bias if family.output_bias is None else family.output_bias)
    weights += heads * family.attention_sinks
    norms = {"none": 0, "head": 2 * head_dim, "all": queries + keys}
    if family.qk_norm == "flag":
        return weights + 2 * head_dim * config.flag("use_qk_norm", default=False)
    return weights + norms[family.qk_norm]


def _linear(config: Config) -> tuple[int, int]:
    """(parameters, state bytes of a sequence) of one gated-delta-net layer."""
    hidden = config.whole("hidden_size")
    key_heads, value_heads = config.whole("linear_num_key_heads"), config.whole("linear_num_value_heads")
    key_dim, value_dim = config.whole("linear_key_head_dim"), config.whole("linear_value_head_dim")
    kernel = config.whole("linear_conv_kernel_dim")
    keys, values = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys + values
    weights = hidden * (mixed + values) + hidden * 2 * value_heads + mixed * kernel + 2 * value_heads + value_dim
    state = value_heads * key_dim * value_dim * STATE_BYTES + mixed * (kernel - 1) * KV_BYTES
    return weights + values * hidden, state


def _kind_words(layers: int, full: int, linear: int, window: int | None, is_mha: bool) -> str:
    kind = "mha" if is_mha else "gqa"
    if linear:
        return f"hybrid: {full} full-attention ({kind}) of {layers} layers, rest linear attention (fixed state)"
    if window is not None:
        return f"sliding ({layers - full} of {layers} layers, window {window}); {kind}"
    return kind


_READERS: dict[str, Callable[[Config, Family], AttentionShape]] = {
    "gqa": _grouped,
    "mla": _latent,
    "encoder": _encoder_attention,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedforward:
    """Feed-forward blocks of all layers; sizes under the names of the catalogue's `Model`."""

    parameters: int
    routed: int = 0
    """Of them, parameters of routed experts."""
    moe_experts: int | None = None
    moe_active_experts: int | None = None
    intermediate_size: int | None
    """Of dense layers."""
    moe_intermediate_size: int | None = None


@dataclass(frozen=True, slots=True)
class Parameters:
    """Counts of the text part."""

    total: int
    active: int
    """Read for one token: everything but the idle experts."""
    embedding: int
    tied: bool


def read_feedforward(config: Config, family: Family) -> Feedforward:
    """Dense blocks, or routed and shared experts, over all layers."""
    if family.attention == "encoder":
        return _encoder_feedforward(config)
    layers, hidden = config.layer_count(), config.whole("hidden_size")
    if family.experts == "none":
        width = config.whole("intermediate_size")
        return Feedforward(parameters=layers * 3 * hidden * width, intermediate_size=width)
    experts = config.whole("num_experts", "num_local_experts", "n_routed_experts")
    active = config.whole("num_experts_per_tok", "experts_per_token")
    if active > experts:
        raise config.error("num_experts_per_tok", f"found {active}, more than the {experts} experts there are")
    width = config.whole(family.expert_width)
    routed_layers = _routed_layers(config, layers)
    dense_width = (
        config.whole("intermediate_size") if routed_layers < layers else config.optional_whole("intermediate_size")
    )
    routed = routed_layers * experts * (3 * hidden * width + (2 * width + hidden) * family.expert_bias)
    beside = _beside_experts(config, family, hidden, experts, width)
    dense = (layers - routed_layers) * 3 * hidden * (dense_width or 0)
    return Feedforward(
        parameters=routed + routed_layers * beside + dense,
        routed=routed,
        moe_experts=experts,
        moe_active_experts=active,
        intermediate_size=dense_width,
        moe_intermediate_size=width,
    )


def _encoder_feedforward(config: Config) -> Feedforward:
    layers, hidden, width = (config.whole(n) for n in ("num_hidden_layers", "hidden_size", "intermediate_size"))
    return Feedforward(parameters=layers * (2 * hidden * width + width + hidden), intermediate_size=width)


def _routed_layers(config: Config, layers: int) -> int:
    """Layers with experts: after the first k, at each step, less those listed as dense."""
    dense = frozenset(config.wholes("mlp_only_layers"))
    first = config.count("first_k_dense_replace")
    step = config.optional_whole("decoder_sparse_step") or 1
    frequency = config.get("moe_layer_freq")
    if frequency not in (None, 1):
        raise config.error("moe_layer_freq", f"found {described(frequency)}; only 1 is known")
    return sum(i >= first and i not in dense and (i + 1) % step == 0 for i in range(layers))


def _beside_experts(config: Config, family: Family, hidden: int, experts: int, width: int) -> int:
    """Router and shared expert of one layer."""
    router = hidden * experts + experts * (family.router_bias + family.router_correction)
    if family.shared_width is None:
        shared = config.count("n_shared_experts", "num_shared_experts") * width
    else:
        shared = config.whole(family.shared_width)
    return router + 3 * hidden * shared + hidden * family.shared_gate


def count_parameters(
    config: Config, family: Family, attention: AttentionShape, feedforward: Feedforward, tied: bool
) -> Parameters:
    """Embedding, layers and norms; what one token reads leaves out the experts it is not routed to."""
    vocab, hidden = config.whole("vocab_size"), config.whole("hidden_size")
    embedding = vocab * hidden * (1 if tied else 2)
    body = attention.parameters + feedforward.parameters + _norms(config, family, hidden)
    idle = 0.0
    if feedforward.moe_experts and feedforward.moe_active_experts:
        idle = feedforward.routed * (1 - feedforward.moe_active_experts / feedforward.moe_experts)
    total = embedding + body
    return Parameters(total, round(total - idle), embedding, tied)


def _norms(config: Config, family: Family, hidden: int) -> int:
    layers = config.layer_count()
    if family.attention == "encoder":
        positions = config.whole("max_position_embeddings") + config.count("type_vocab_size")
        return layers * 4 * hidden + positions * hidden + 2 * hidden + hidden * hidden + hidden
    return layers * family.norms * hidden + hidden
