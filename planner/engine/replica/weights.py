"""What the weights of one model in one format weigh: by its published bytes, by what its quantiser wrote, or by rule.

Published bytes beat the description and the description beats the rule of the format. A description gives the bytes a
parameter of each group of matrices; published bytes give the total, which scales whatever else was known.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Literal

from planner.engine.replica.formats import BYTES_16_BIT, WeightFormat, weight_format
from planner.engine.replica.gguf import BITS, ROW
from planner.engine.specs import Checkpoint, GroupBytes, Model, ParameterGroups
from planner.engine.units import BILLION
from planner.records import dataclass

MXFP4_BYTES = BITS["mxfp4"] / 8
Basis = Literal["published", "described", "rule"]


@dataclass(frozen=True, slots=True)
class HeldWeights:
    """One model in one format, as a server without speculation holds it. The names are those of `Columns`."""

    linear_bytes: float
    """A parameter of everything but routed experts, embeddings and the vision tower, on average."""
    expert_bytes: float
    embedding_bytes: float
    head_bytes: float
    vision_bytes: float
    whole_bytes: float
    """Bytes that every tensor-parallel rank holds whole: q_a and kv_a of MLA, and the routers."""
    absorbed_bytes: float
    """Bytes an engine keeps beside the file's own: 16-bit copies of a kv_b of MLA that is narrower in the file."""


@dataclass(frozen=True, slots=True)
class WeightParameters:
    """Parameters, as plain counts, of the parts that have a width of their own."""

    dense: float
    experts: float
    embedding: float
    """The input table; a tied one is counted as the head."""
    head: float
    vision: float


def expert_params(model: Model) -> float:
    """Parameters of all routed experts of an MoE model, 0 for a dense one.

    As the record states them; otherwise by two routes, of which the smaller wins: total - active = (1 - k/E) * experts,
    with the maker's rounded active figure; and layers * E * 3 * hidden * expert width, which counts too much where some
    layers are dense.
    """
    if model.parameters is not None:
        return model.parameters.experts_b * BILLION
    if model.moe_experts is None or model.moe_active_experts is None or model.moe_experts <= model.moe_active_experts:
        return 0.0
    idle_fraction = 1 - model.moe_active_experts / model.moe_experts
    by_difference = (model.total_params_b - model.active_params_b) * BILLION / idle_fraction
    if model.moe_intermediate_size is None:
        return by_difference
    by_shape = 3.0 * model.layers * model.moe_experts * model.hidden_size * model.moe_intermediate_size
    return min(by_difference, by_shape)


def weight_parameters(model: Model) -> WeightParameters:
    """How the model's total divides."""
    experts, vision = expert_params(model), model.vision_params_b * BILLION
    both = model.embedding_params_b * BILLION
    table = min(both, float(model.vocab_size * model.hidden_size))
    is_one = both < 1.5 * table
    embedding, head = (0.0, both) if is_one else (table, both - table)
    dense = max(model.total_params_b * BILLION - both - vision - experts, 0.0)
    return WeightParameters(dense, experts, embedding, head, vision)


def groups_of(model: Model) -> ParameterGroups:
    """As the record states them; otherwise what its shapes tell, all that they do not tell apart as one group."""
    if model.parameters is not None:
        return model.parameters
    rest = weight_parameters(model).dense
    experts = model.moe_experts or 0
    router = min(float(model.layers * experts * model.hidden_size), rest)
    attention = min(_attention(model), rest - router)
    beside = (rest - router - attention) / BILLION
    is_moe = experts > 0
    return ParameterGroups(
        attention_b=attention / BILLION,
        mlp_b=0.0 if is_moe else beside,
        experts_b=expert_params(model) / BILLION,
        shared_experts_b=beside if is_moe else 0.0,
        router_b=router / BILLION,
    )


def _attention(model: Model) -> float:
    """Matrices of grouped-query attention in every layer; 0 where layers differ or the shape does not tell."""
    if model.is_mla or model.kv_heads is None or model.head_dim is None or model.full_attention_layers < model.layers:
        is_windowed = model.sliding_window is not None and model.kv_heads and model.head_dim
        if not is_windowed:
            return 0.0
    heads = 2.0 * (model.attention_heads + (model.kv_heads or 0))
    return model.layers * model.hidden_size * heads * (model.head_dim or 0)


def checkpoint_of(model: Model, weights: str) -> Checkpoint | None:
    """The published checkpoint of that format; None where the catalogue names none."""
    return next((found for found in model.checkpoints if found.format == weights), None)


def preferring(model: Model, checkpoint: Checkpoint) -> Model:
    """The model with that build before the others of its format."""
    others = tuple(found for found in model.checkpoints if found != checkpoint)
    return replace(model, checkpoints=(checkpoint, *others))


def basis_of(checkpoint: Checkpoint | None) -> Basis:
    """How the bytes of a checkpoint are known."""
    if checkpoint is None or (checkpoint.file_gb is None and checkpoint.layout is None):
        return "rule"
    return "described" if checkpoint.file_gb is None else "published"


def held_weights(model: Model, weights: str, use_published: bool = True) -> HeldWeights:
    """Of the model's checkpoint in that format; `use_published` False leaves the description and the rule."""
    checkpoint = checkpoint_of(model, weights)
    described = checkpoint.layout if checkpoint is not None else None
    layout = described or _rule(model, weight_format(weights))
    groups = groups_of(model)
    held = HeldWeights(
        linear_bytes=dense_bytes(groups, layout),
        expert_bytes=layout.experts,
        embedding_bytes=layout.embedding,
        head_bytes=layout.head,
        vision_bytes=layout.vision,
        whole_bytes=(groups.whole_b * layout.attention + groups.router_b * layout.router) * BILLION,
        absorbed_bytes=groups.absorbed_b * BYTES_16_BIT * BILLION if layout.attention < BYTES_16_BIT else 0.0,
    )
    loaded = checkpoint.loaded_bytes if checkpoint is not None and use_published else None
    return held if loaded is None else _scaled(held, loaded / total_bytes(weight_parameters(model), held))


def _rule(model: Model, fmt: WeightFormat) -> GroupBytes:
    """The format's own layout. A GGUF keeps experts that were trained in MXFP4; blocks of 256 need rows they divide."""
    width = model.moe_intermediate_size or model.intermediate_size or ROW
    layout = fmt.narrow if fmt.narrow is not None and width % ROW else fmt.layout
    keeps = fmt.is_gguf and model.native_format == "mxfp4" and layout.experts > MXFP4_BYTES
    return replace(layout, experts=MXFP4_BYTES) if keeps else layout


def dense_bytes(groups: ParameterGroups, layout: GroupBytes) -> float:
    """Bytes a parameter over the groups that are neither experts nor embedding nor vision tower."""
    parts = (
        (groups.attention_b, layout.attention),
        (groups.linear_attention_b, layout.linear_attention),
        (groups.mlp_b, layout.mlp),
        (groups.shared_experts_b, layout.shared_experts),
        (groups.router_b, layout.router),
        (groups.other_b, layout.other),
    )
    total = sum(parameters for parameters, _ in parts)
    return sum(parameters * width for parameters, width in parts) / total if total else layout.mlp


def total_bytes(parameters: WeightParameters, held: HeldWeights) -> float:
    """The tensors of the file without draft layers: no copies, no padding."""
    return (
        parameters.dense * held.linear_bytes
        + parameters.experts * held.expert_bytes
        + parameters.embedding * held.embedding_bytes
        + parameters.head * held.head_bytes
        + parameters.vision * held.vision_bytes
    )


def file_bytes(model: Model, weights: str, use_published: bool = True) -> float:
    """Bytes of the checkpoint's tensors without draft layers."""
    return total_bytes(weight_parameters(model), held_weights(model, weights, use_published))


def _scaled(held: HeldWeights, factor: float) -> HeldWeights:
    names = (field.name for field in fields(held))
    return HeldWeights(**{n: getattr(held, n) * (1.0 if n == "absorbed_bytes" else factor) for n in names})
