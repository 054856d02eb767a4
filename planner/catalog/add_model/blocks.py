"""The feed-forward block of one layer: dense, or routed and shared experts with their router."""

from __future__ import annotations

from planner.catalog.add_model.config import Config, Family
from planner.catalog.add_model.layout import Layer
from planner.records import dataclass
from planner.toml.errors import described

GATED = {"silu", "swish", "swiglu", "swigluoai", "geglu", "gelu_pytorch_tanh", "situ"}
"""Activations of blocks with three matrices in every family but those that state otherwise; others occur with both."""


@dataclass(frozen=True, slots=True)
class Block:
    """Parameters of one layer's feed-forward block."""

    dense: int = 0
    experts: int = 0
    shared: int = 0
    router: int = 0


def read_block(config: Config, family: Family, layer: Layer) -> Block:
    """The block of that layer, its width the layer's own where it has one."""
    if layer.block == "none":
        return Block()
    dense = _dense(config, family, layer) if layer.block == "dense" or family.dense_beside_experts else 0
    return _routed(config, family, layer, dense) if layer.block == "routed" else Block(dense)


def matrices(config: Config, family: Family) -> int:
    """Three where a gate multiplies the widened values, else two."""
    if config.get("feed_forward_type") in ("geglu", "reglu", "swiglu"):
        return 3  # Jina's encoders, which call themselves BERT
    if family.gated is not None:
        return 3 if family.gated else 2
    names = ("mlp_hidden_act", "hidden_act", "hidden_activation", "activation_function")
    activation = config.get(*names)
    if activation is None or activation in GATED:
        return 3
    named = next(name for name in names if config.get(name) is not None)
    raise config.error(named, f"found {described(activation)}, which may mean two matrices a block or three")


def _dense(config: Config, family: Family, layer: Layer) -> int:
    hidden, width, count = config.whole("hidden_size"), dense_width(config, family, layer), matrices(config, family)
    bias = config.flag("mlp_bias", default=False) if family.mlp_bias is None else family.mlp_bias
    doubled = 2 if config.get("use_double_wide_mlp") is True and not layer.keeps else 1
    return doubled * (count * hidden * width + (count - 1) * width * bias) + hidden * bias


def dense_width(config: Config, family: Family, layer: Layer) -> int:
    """The width of a dense block; LFM2 takes two thirds of the stated one and rounds up."""
    width = layer.width or config.count("dense_intermediate_size", family.dense_width)
    if not width and family.gated is False:
        width = config.count("intermediate_size") or 4 * config.whole("hidden_size")  # the first GPTs do not state it
    width = width or config.whole("intermediate_size")
    if config.get("block_auto_adjust_ff_dim") is not True:
        return width
    multiple = config.optional_whole("block_multiple_of") or 1
    multiplier = config.get("block_ffn_dim_multiplier")
    scaled = 2 * width // 3 * (multiplier if isinstance(multiplier, int | float) else 1)
    return -(-int(scaled) // multiple) * multiple


def expert_width(config: Config, family: Family) -> int:
    """The width of one routed expert, from the field that the family has it in."""
    listed = config.each(family.expert_width, config.layer_count())
    return max(listed) if listed else config.whole(family.expert_width)


def _routed(config: Config, family: Family, layer: Layer, dense: int) -> Block:
    hidden, experts = config.whole("hidden_size"), layer.experts or config.whole("num_experts")
    width, count = expert_width(config, family), matrices(config, family)
    inside = config.optional_whole("routed_expert_hidden_size")
    expert = count * (inside or hidden) * width + ((count - 1) * width + hidden) * family.expert_bias
    router = hidden * experts + experts * (family.router_bias + family.router_correction)
    router += 0 if inside is None else 2 * hidden * inside + inside * (config.get("latent_moe_use_norm") is True)
    shared = count * hidden * _shared_width(config, family, width) + hidden * family.shared_gate
    return Block(dense, experts * expert, shared, router)


def _shared_width(config: Config, family: Family, width: int) -> int:
    """Of all shared experts of a layer together."""
    if family.shared_width is not None:
        return config.whole(family.shared_width)
    listed = config.get("n_shared_experts")
    if isinstance(listed, list):
        return max(config.wholes("n_shared_experts"), default=0) * width
    stated = config.count("shared_expert_intermediate_size")
    return stated or config.count("n_shared_experts") * width
