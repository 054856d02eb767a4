"""How one catalogue record becomes numbers: a reader for each column, by kind of record, and where a replica runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from math import inf, nan
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.replica.formats import COMPUTE_CLASSES, KV_VALUE_BYTES, WeightFormat, capability_of, weight_format
from planner.engine.replica.kept_layers import packed_units, slots
from planner.engine.replica.releases import release_index
from planner.engine.replica.weights import HeldWeights, expert_params, held_weights
from planner.engine.specs import Deployment, Gpu, Model, ServingEngine
from planner.engine.specs.calibration import ARCHITECTURE_FAMILIES, ENGINE_FAMILIES, engine_family
from planner.engine.units import BILLION, GB, TFLOP
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a replica runs: a GPU and how the model is cut over several of them."""

    gpu: Gpu
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    decode_context_parallel: int = 1


LINKS: tuple[str, ...] = ("nvlink", "nvlink-bridge", "infinity-fabric", "pcie", "unified", "other")
Record = TypeVar("Record")

TYPICAL_VISION_WIDTH = 1152.0
TYPICAL_PATCHES_PER_TOKEN = 4.0
"""Where a catalogue record does not say: the SigLIP So400m width, and 2 x 2 patches merged into one token."""


def architecture_family(gpu: Gpu) -> str:
    """Family of a card by its architecture, its maker or its compute capability, in this order."""
    capability, found = capability_of(gpu), "other"
    for known in (gpu.architecture, gpu.vendor):
        for name, cards in ARCHITECTURE_FAMILIES.items():
            if isinstance(cards, tuple) and known in cards:
                return name
    for name, least in ARCHITECTURE_FAMILIES.items():
        if isinstance(least, float) and capability >= least:
            found = name
    return found


DRIVER_RESERVE_GIB = 0.47
"""What NVIDIA's driver keeps of the memory it shows. Read: CUDA reports 31.36 of 31.84 GiB (RTX 5090), 15.48 of 15.93
(5060 Ti), 79.18 of 79.65 (H100), 22.03 of 22.49 (L4)."""
ADDS_UP = ("llama.cpp", "mlx", "sglang")
"""Engine families whose cache is no pool of equal blocks for groups of layers."""


def visible_gib(gpu: Gpu) -> float:
    """Memory that the runtime reports: as read, else what the driver shows less what it keeps."""
    if gpu.runtime_memory_gib is not None:
        return gpu.runtime_memory_gib
    kept = DRIVER_RESERVE_GIB if gpu.vendor == "NVIDIA" and gpu.link != "unified" else 0.0
    return max(gpu.memory_gib_usable - kept, 0.0)


LARGE_GIB, LARGEST_GIB = 70.0, 160.0
"""Memory from which vLLM takes larger default steps."""


def memory_class(gpu: Gpu) -> tuple[bool, ...]:
    """What of a card decides the terms of the memory sum beside the sum of its memory: equal for cards alike in it."""
    visible = visible_gib(gpu)
    return visible >= LARGE_GIB, visible >= LARGEST_GIB, _has_small_steps(gpu), gpu.link == "nvlink"


def _has_small_steps(gpu: Gpu) -> bool:
    return "a100" in gpu.name.lower()


def _family(engine: ServingEngine) -> str:
    return engine_family(engine.id)


def is_vllm(deployment: Deployment) -> bool:
    """Whether its start-up log is vLLM's."""
    return _family(deployment.engine) == "vllm"


def tables(
    models: Sequence[Model],
    formats: Sequence[str],
    kvs: Sequence[str],
    placements: Sequence[Placement | Deployment],
    engines: Sequence[ServingEngine],
    held: Sequence[tuple[Model, str]],
) -> tuple[dict[str, Floats], ...]:
    """One array a column, one element a record, for each kind of record: the cards of the placements are the fourth.

    `held`: the models in their weight formats.
    """
    return (
        _table(MODEL_READERS, models),
        _table(FORMAT_READERS, [weight_format(name) for name in formats]),
        _table(KV_READERS, kvs),
        _table(GPU_READERS, [placement.gpu for placement in placements]),
        _table(LAYOUT_READERS, placements),
        _table(ENGINE_READERS, engines),
        _table(HELD_READERS, [held_weights(model, weights) for model, weights in held]),
    )


def _table(readers: Mapping[str, Callable[[Record], Any]], records: Sequence[Record]) -> dict[str, Floats]:
    return {name: np.array([read(r) for r in records], dtype=np.float64) for name, read in readers.items()}


def _stated(*names: str) -> dict[str, Callable[[Any], float]]:
    """Columns that a record states under their own name, as a number."""
    return {name: attrgetter(name) for name in names}


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)


def _tera(value: float | None) -> float:
    return nan if value is None else value * TFLOP


def _position(value: str, known: tuple[str, ...]) -> float:
    return float(known.index(value) if value in known else known.index("other"))


def _vision_hidden(model: Model) -> float:
    if not model.sees_images:
        return 0.0
    return _or(model.vision_hidden_size, TYPICAL_VISION_WIDTH)


def _dense_intermediate(model: Model) -> float:
    is_moe = model.moe_experts is not None
    return _or(model.intermediate_size, 0.0 if is_moe else 3.5 * model.hidden_size)


MODEL_READERS: dict[str, Callable[[Model], Any]] = {
    **_stated("layers", "full_attention_layers", "hidden_size", "vocab_size", "attention_heads", "max_context"),
    **_stated("vision_largest_image_tokens", "unexplained_gib"),
    "total_params": lambda m: m.total_params_b * BILLION,
    "active_params": lambda m: m.active_params_b * BILLION,
    "embedding_params": lambda m: m.embedding_params_b * BILLION,
    "vision_params": lambda m: m.vision_params_b * BILLION,
    "intermediate_size": _dense_intermediate,
    "kv_heads": lambda m: _or(m.kv_heads, nan),
    "head_dim": lambda m: _or(m.head_dim, nan),
    "is_mla": lambda m: float(m.is_mla),
    "kv_bytes_16bit": lambda m: m.kv_bytes_per_token_fp16,
    "kv_bytes_beyond_window_16bit": lambda m: m.kv_bytes_per_token_beyond_window_fp16,
    "sliding_window": lambda m: _or(m.sliding_window, inf),
    "fixed_state_bytes": lambda m: m.fixed_state_bytes_per_sequence,
    "experts": lambda m: _or(m.moe_experts, 1.0),
    "active_experts": lambda m: _or(m.moe_active_experts, 1.0),
    "moe_intermediate_size": lambda m: _or(m.moe_intermediate_size, 0.0),
    "expert_params": expert_params,
    "rotary_positions": lambda m: _or(m.rotary_positions, m.max_context),
    "vision_hidden_size": _vision_hidden,
    "vision_intermediate_size": lambda m: _or(m.vision_intermediate_size, 3.75 * _vision_hidden(m)),
    "vision_patches_per_token": lambda m: _or(m.vision_patches_per_token, TYPICAL_PATCHES_PER_TOKEN),
    "cache": slots,
    "packed_units": packed_units,
    "kv_known": lambda m: float(m.kv_known),
    "has_cache": lambda m: float(m.kv_bytes_per_token_fp16 > 0 or not m.kv_known),
}
FORMAT_READERS: dict[str, Callable[[WeightFormat], float]] = {
    **_stated("min_compute_capability"),
    "expert_hidden_multiple": lambda f: f.expert_multiples[0],
    "expert_intermediate_multiple": lambda f: f.expert_multiples[1],
    "weight_bits": lambda f: f.bits,
    "compute": lambda f: COMPUTE_CLASSES.index(f.compute),
}
HELD_READERS = _stated(*(field.name for field in fields(HeldWeights)))
KV_READERS: dict[str, Callable[[str], float]] = {"kv_value_bytes": lambda kv: KV_VALUE_BYTES[kv]}
GPU_READERS: dict[str, Callable[[Gpu], float]] = {
    "usable_gib": lambda g: g.memory_gib_usable,
    "visible_gib": visible_gib,
    "small_steps": lambda g: float(_has_small_steps(g)),
    "bandwidth_bytes_s": lambda g: g.bandwidth_gb_s * GB,
    "flops_bf16": lambda g: _tera(g.dense_bf16_tflops),
    "flops_fp8": lambda g: _tera(g.dense_fp8_tflops),
    "flops_int8": lambda g: _tera(g.dense_int8_tops),
    "flops_fp4": lambda g: _tera(g.dense_fp4_tflops),
    "link": lambda g: _position(g.link, LINKS),
    "link_bytes_s": lambda g: _or(g.link_gb_s, nan) * GB,
    "architecture": lambda g: _position(architecture_family(g), tuple(ARCHITECTURE_FAMILIES)),
    "compute_capability": lambda g: capability_of(g, nan),
    "tdp_w": lambda g: _or(g.tdp_w, nan),
}
LAYOUT_READERS = _stated("tensor_parallel", "pipeline_parallel", "decode_context_parallel")
ENGINE_READERS: dict[str, Callable[[ServingEngine], float]] = {
    "engine_family": lambda e: _position(_family(e), tuple(ENGINE_FAMILIES)),
    "memory_fraction": lambda e: _or(e.default_memory_fraction, nan),
    "max_num_seqs": lambda e: _or(e.default_max_num_seqs, nan),
    "release": lambda e: float(release_index(e.version if _family(e) == "vllm" else "")),
    "is_vllm": lambda e: float(_family(e) == "vllm"),
    "pages_cache": lambda e: float(_family(e) not in ADDS_UP),
    "is_sglang": lambda e: float(_family(e) == "sglang"),
    "caches_prefixes": lambda e: float(e.prefix_caching),
    "splits_layers": lambda e: float(ENGINE_FAMILIES[_family(e)].splits_layers),
}
