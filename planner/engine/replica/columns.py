"""Columns: every physical quantity of many candidate replicas, one numpy array a quantity.

Combinations of models, formats and placements, kept in two parts: what a replica is, and the card it runs on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache

import numpy as np

from planner.engine.arrays import Flags, Floats, Indices
from planner.engine.replica.column_readers import Placement, memory_class, tables
from planner.engine.specs import Deployment, Model, ServingEngine
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Columns:
    """One row a candidate replica; every array has shape (rows,). Parameters and bytes are plain counts."""

    # model
    total_params: Floats
    """All that is loaded, embeddings and vision tower included."""
    active_params: Floats
    embedding_params: Floats
    vision_params: Floats
    layers: Floats
    full_attention_layers: Floats
    hidden_size: Floats
    vocab_size: Floats
    intermediate_size: Floats
    """Of the dense feed-forward block; 3.5 x hidden where not known, 0 where every block is an MoE block."""
    attention_heads: Floats
    kv_heads: Floats
    """nan for MLA and encoders."""
    head_dim: Floats
    is_mla: Floats
    """1 for latent attention, whose cache is whole on every tensor-parallel rank."""
    kv_bytes_16bit: Floats
    """Bytes a token at 16 bit over all layers, inside the window."""
    kv_bytes_beyond_window_16bit: Floats
    """Bytes one more token costs once sliding-window layers are full."""
    sliding_window: Floats
    """inf where there is none."""
    fixed_state_bytes: Floats
    """Bytes once a sequence: full window buffers, or linear-attention state."""
    experts: Floats
    """1 for a dense model."""
    active_experts: Floats
    moe_intermediate_size: Floats
    """0 for a dense model."""
    expert_params: Floats
    """Parameters of all routed experts; 0 for a dense model."""
    max_context: Floats
    rotary_positions: Floats
    vision_hidden_size: Floats
    """0 where there is no vision encoder."""
    vision_intermediate_size: Floats
    vision_patches_per_token: Floats
    vision_largest_image_tokens: Floats
    unexplained_gib: Floats
    cache: Floats
    """(rows, SLOTS, FIELDS of kept_layers.py): what its layers keep of a sequence, by kind."""
    packed_units: Floats
    """(rows, 3) bytes of a block of the pool by release, where the engine lays out the model's caches itself."""
    kv_known: Floats
    has_cache: Floats
    """0 for encoders, which keep no KV cache."""
    # the model in its weight format (`weights.HeldWeights`): bytes a parameter, and bytes
    linear_bytes: Floats
    expert_bytes: Floats
    embedding_bytes: Floats
    head_bytes: Floats
    vision_bytes: Floats
    whole_bytes: Floats
    absorbed_bytes: Floats
    # weight and KV formats
    weight_bits: Floats
    compute: Floats
    """Index into COMPUTE_CLASSES of the arithmetic the format asks for."""
    min_compute_capability: Floats
    expert_hidden_multiple: Floats
    expert_intermediate_multiple: Floats
    kv_value_bytes: Floats
    # GPU
    usable_gib: Floats
    visible_gib: Floats
    """What the runtime reports to the engine: its memory fraction is of that."""
    small_steps: Floats
    """1 where vLLM takes its small default steps however much memory there is (A100)."""
    bandwidth_bytes_s: Floats
    flops_bf16: Floats
    """Dense, FLOP/s; nan where not known."""
    flops_fp8: Floats
    flops_int8: Floats
    flops_fp4: Floats
    link: Floats
    """Index into LINKS."""
    link_bytes_s: Floats
    """Both directions, as the maker states it; nan where not known."""
    architecture: Floats
    """Index into ARCHITECTURE_FAMILIES."""
    compute_capability: Floats
    """CUDA compute capability as a number (8.9, 12.0); nan for other makers."""
    tdp_w: Floats
    """Power limit of one GPU in watts; nan where not known."""
    # layout
    tensor_parallel: Floats
    pipeline_parallel: Floats
    decode_context_parallel: Floats
    # engine
    engine_family: Floats
    """Index into ENGINE_FAMILIES."""
    memory_fraction: Floats
    """The engine's default share of GPU memory; nan where its record states none."""
    max_num_seqs: Floats
    """Sequences it runs at once by default; nan where its record states none."""
    release: Floats
    """Index into RELEASES (releases.py)."""
    is_vllm: Floats
    pages_cache: Floats
    """1 for engines that cut their cache into vLLM's groups of blocks."""
    is_sglang: Floats
    caches_prefixes: Floats
    splits_layers: Floats
    """1 for engines that give each GPU whole layers (llama.cpp)."""

    @property
    def rows(self) -> int:
        return int(self.total_params.shape[0])

    @property
    def gpus(self) -> Floats:
        """GPUs of one replica."""
        return self.tensor_parallel * self.pipeline_parallel

    @property
    def cache_factor(self) -> Floats:
        """KV bytes at this row's cache dtype relative to 16 bit."""
        return self.kv_value_bytes / 2.0

    def take(self, indices: Indices | Flags) -> Columns:
        """The rows at `indices` (positions or a mask), in that order."""
        return Columns(**{f.name: getattr(self, f.name)[indices] for f in fields(self)})

    @classmethod
    def from_deployments(cls, deployments: Sequence[Deployment]) -> Columns:
        """One row for each deployment, in order."""
        models, weights = [d.model for d in deployments], [d.weights for d in deployments]
        parts = tables(
            models,
            weights,
            [d.kv for d in deployments],
            deployments,
            [d.engine for d in deployments],
            list(zip(models, weights, strict=True)),
        )
        return cls(**{name: array for part in parts for name, array in part.items()})


@lru_cache(maxsize=512)
def columns_of(deployment: Deployment) -> Columns:
    """One row; kept, for memory, speed and the terms of a step ask for the same one after another."""
    return Columns.from_deployments([deployment])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with the records each was made of.

    Several cards share a replica, and most of what is asked of a row does not depend on the card beyond its class: that
    is worked out for each replica, and whole columns only for the few rows that are worth it.
    """

    replicas: Columns
    """One row for each model, format, KV dtype, cut and class of cards that occurs, on one of those cards."""
    cards: Mapping[str, Floats]
    """Columns of the card, one element for each of `placements`."""
    models: Sequence[Model]
    formats: Sequence[str]
    kvs: Sequence[str]
    placements: Sequence[Placement]
    engine: ServingEngine
    model_index: Indices
    format_index: Indices
    kv_index: Indices
    placement_index: Indices
    replica_index: Indices
    first_row: Indices
    """Of each replica."""

    @property
    def rows(self) -> int:
        return len(self.model_index)

    def columns(self, rows: Indices) -> Columns:
        """Everything about the rows at `rows`, in that order."""
        replicas = self.replicas.take(self.replica_index[rows])
        return replace(replicas, **{name: card[self.placement_index[rows]] for name, card in self.cards.items()})

    def deployment(self, row: int) -> Deployment:
        """The deployment that row describes."""
        placement = self.placements[self.placement_index[row]]
        return Deployment(
            model=self.models[self.model_index[row]],
            weights=self.formats[self.format_index[row]],
            kv=self.kvs[self.kv_index[row]],
            gpu=placement.gpu,
            engine=self.engine,
            tensor_parallel=placement.tensor_parallel,
            pipeline_parallel=placement.pipeline_parallel,
            decode_context_parallel=placement.decode_context_parallel,
        )


def gather(
    models: Sequence[Model],
    formats: Sequence[str],
    kvs: Sequence[str],
    placements: Sequence[Placement],
    engine: ServingEngine,
    index: tuple[Indices, Indices, Indices, Indices],
) -> Candidates:
    """Candidates whose row r combines the records at position r of the four index arrays."""
    cut = [
        (p.tensor_parallel, p.pipeline_parallel, p.decode_context_parallel, *memory_class(p.gpu)) for p in placements
    ]
    cuts = sorted(set(cut))
    model, weights, kv, place = index
    kind = np.array([cuts.index(c) for c in cut], dtype=np.intp)[place]
    shape = len(models), len(formats), len(kvs), len(cuts)
    _, first, of_row = np.unique(
        np.ravel_multi_index((model, weights, kv, kind), shape), return_index=True, return_inverse=True
    )
    pairs, of_pair = np.unique(model[first] * len(formats) + weights[first], return_inverse=True)
    held = [(models[pair // len(formats)], formats[pair % len(formats)]) for pair in pairs]
    found = tables(models, formats, kvs, placements, [engine], held)
    of_replica = (model[first], weights[first], kv[first], place[first], place[first], np.zeros_like(first), of_pair)
    parts = zip(found, of_replica, strict=True)
    replicas = Columns(**{name: array[rows] for part, rows in parts for name, array in part.items()})
    return Candidates(replicas, found[3], models, formats, kvs, placements, engine, *index, of_row, first)
