"""Parameter counts of the text part, from the config alone: exact for the families of `families.toml`."""

from __future__ import annotations

from planner.catalog.add_model.attention import AttentionShape
from planner.catalog.add_model.config import Config, Family
from planner.records import dataclass
from planner.toml.errors import described


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
        return _encoder(config)
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


def _encoder(config: Config) -> Feedforward:
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
