"""What the speed of a replica depends on, in bytes, FLOP and bytes/s: derived once from the candidate columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.engine.columns import LINKS, Columns, Floats

UNKNOWN_FLOP_PER_BYTE = 60.0
"""16-bit FLOP for each byte/s of bandwidth where compute is not published (Apple silicon and small APUs: 26-150)."""
ASSUMED_LINK_BYTES_S = {"nvlink": 600e9, "nvlink-bridge": 112e9, "infinity-fabric": 896e9, "pcie": 64e9,
                        "unified": 64e9, "other": 300e9}  # fmt: skip
"""Both directions, where the maker's figure is missing."""
NO_WINDOW = 1e9


@dataclass(frozen=True, slots=True)
class Replica:
    """One row a replica. Any field may be a float instead of an array: the formulas only use arithmetic."""

    dense_bytes: Floats
    """Read on every decode step: attention, dense and shared blocks, lm_head."""
    expert_bytes: Floats
    """All routed experts."""
    expert_miss: Floats
    """1 - k/E: the chance that one token leaves an expert untouched; 0 for a dense model."""
    decode_flop: Floats
    """Per generated token, without attention."""
    prefill_flop: Floats
    """Per prompt token, without attention and lm_head."""
    attention_flop: Floats
    """Per token and token of context, full-attention layers."""
    window_attention_flop: Floats
    window: Floats
    kv_far_bytes: Floats
    """Per token of context, in layers that keep all of it."""
    kv_near_bytes: Floats
    """Per token of context up to `window`."""
    state_bytes: Floats
    """Linear-attention state read and written each step, per sequence."""
    kv_shards: Floats
    """GPUs the KV reads of one sequence are spread over."""
    layers: Floats
    moe_layers: Floats
    message_bytes: Floats
    """Activations of one token, 16 bit."""
    tensor_parallel: Floats
    pipeline_parallel: Floats
    bandwidth: Floats
    flops: Floats
    """In the arithmetic the kernels really use for this format on this GPU."""
    flops_16bit: Floats
    link: Floats
    """One direction, bytes/s."""


def supported_flops(c: Columns) -> Floats:
    """Dense FLOP/s of the matrices: the format's own arithmetic where the GPU has kernels for it, else 16 bit.

    FP8 needs compute capability 8.9 and NVFP4 10.0 (`min_compute_capability`); other makers have what their data
    sheet gives. Blackwell and Hopper run FP8 for NVFP4-class formats they lack.
    """
    base = flops_16bit(c)
    by_class = np.stack([base, c.flops_fp8, c.flops_int8, c.flops_fp4])
    asked = by_class[c.compute.astype(np.intp), np.arange(c.rows)]
    has_kernel = ~(c.compute_capability < c.min_compute_capability)
    return np.where(has_kernel & np.isfinite(asked) & (asked > base), asked, base)


def flops_16bit(c: Columns) -> Floats:
    """Dense 16-bit FLOP/s, from FP4 or from bandwidth where the maker gives none."""
    from_fp4 = c.flops_fp4 / 4.0
    fallback = np.where(np.isfinite(from_fp4), from_fp4, c.bandwidth_bytes_s * UNKNOWN_FLOP_PER_BYTE)
    return np.where(np.isfinite(c.flops_bf16), c.flops_bf16, fallback)


def replica_of(c: Columns) -> Replica:
    """The physical quantities of every row of `c`."""
    lm_head = c.vocab_size * c.hidden_size
    linear = np.maximum(c.total_params - c.expert_params - c.vision_params - c.embedding_params, 0.05 * c.active_params)
    blocks = np.maximum(c.active_params - c.embedding_params, 0.5 * c.active_params)
    per_layer = 4.0 * c.attention_heads * np.where(np.isfinite(c.head_dim), c.head_dim, 128.0)
    full = np.where(c.has_cache > 0, np.clip(c.full_attention_layers, 1.0, c.layers), c.layers)
    windowed = np.where(np.isfinite(c.sliding_window), c.layers - full, 0.0)
    near = np.where(np.isfinite(c.sliding_window), c.kv_bytes_16bit - c.kv_bytes_beyond_window_16bit, 0.0)
    far = np.where(np.isfinite(c.sliding_window), c.kv_bytes_beyond_window_16bit, c.kv_bytes_16bit)
    state = np.where(np.isfinite(c.sliding_window), 0.0, c.fixed_state_bytes)
    heads = np.where(c.is_mla > 0, 1.0, np.where(np.isfinite(c.kv_heads), c.kv_heads, c.attention_heads))
    shards = np.minimum(c.tensor_parallel, np.maximum(heads, 1.0) * c.decode_context_parallel)
    stated = np.array([ASSUMED_LINK_BYTES_S[name] for name in LINKS])[c.link.astype(np.intp)]
    return Replica(
        dense_bytes=linear * c.linear_bytes + lm_head * c.embedding_bytes,
        expert_bytes=c.expert_params * c.expert_bytes,
        expert_miss=1.0 - c.active_experts / c.experts,
        decode_flop=2.0 * (blocks + lm_head),
        prefill_flop=2.0 * blocks,
        attention_flop=per_layer * full,
        window_attention_flop=per_layer * windowed,
        window=np.where(np.isfinite(c.sliding_window), c.sliding_window, NO_WINDOW),
        kv_far_bytes=far * c.cache_factor,
        kv_near_bytes=near * c.cache_factor,
        state_bytes=np.nan_to_num(state),
        kv_shards=shards,
        layers=c.layers,
        moe_layers=np.where(c.experts > 1, c.layers, 0.0),
        message_bytes=2.0 * c.hidden_size,
        tensor_parallel=c.tensor_parallel,
        pipeline_parallel=c.pipeline_parallel,
        bandwidth=c.bandwidth_bytes_s,
        flops=supported_flops(c),
        flops_16bit=flops_16bit(c),
        link=np.where(np.isfinite(c.link_bytes_s), c.link_bytes_s, stated) / 2.0,
    )
