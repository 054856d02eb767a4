"""The few constants of the memory model that logs decide, with the rows and the date they were read from.

This file is data: physics (shapes, bytes, shards) is in `terms.py`, and nothing else in the memory model is fitted.
Three constants minimise the squared log error of the KV-cache tokens over 64 start-ups. One start in five used up to
0.55 GiB more than the same start with a warm compile cache; least squares spreads that over all of them on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.engine.specs.prices import Citation


@dataclass(frozen=True, slots=True)
class MemoryCalibration:
    """Overheads of one engine process on one GPU. `fitted_rows` counts the start-ups behind the fitted constants."""

    driver_reserve_gib: float
    """What the driver keeps of the memory it shows; the engine's fraction applies to the rest. Read, not fitted: CUDA
    reports 31.36 of 31.84 GiB (RTX 5090), 15.48 of 15.93 (5060 Ti), 79.18 of 79.65 (H100), 22.03 of 22.49 (L4)."""
    process_gib: float
    """Growth outside the tensor allocator while a model loads and warms up (libraries, workspaces). Fitted."""
    sampler_bytes_per_logit: float
    """Warm-up of the sampler: 16- and 32-bit logits, sorted copy, 64-bit indices, probabilities, cumulative sum, mask.
    Fitted; times vocabulary x max_num_seqs."""
    vision_unsharded_widths: float
    """Vision-encoder buffers every tensor-parallel rank holds whole, in widths of the encoder. Fitted."""
    kv_block_tokens: int
    """Tokens of one cache block."""
    cuda_context_gib: float
    """CUDA context, outside the engine's fraction: it must fit what the fraction leaves. Assumed."""
    graph_gib: float
    """CUDA graphs, captured outside the fraction in the releases these logs come from. Assumed."""
    nccl_gib: float
    """Buffers of the collective library from two GPUs on, outside the fraction. Assumed: in these logs a second GPU
    adds nothing inside it."""
    default_memory_fraction: float
    default_max_num_seqs: int
    default_max_num_batched_tokens: int
    """What the planner writes into the serve command. vLLM's own default is 2,048 on cards below 70 GiB."""
    local_batched_tokens: int
    """Micro-batch of llama.cpp and MLX, which prefill in small steps."""
    fitted_rows: int
    median_error: float
    """Median absolute error of the KV-cache tokens over those rows, as a fraction."""
    citation: Citation


CALIBRATION = MemoryCalibration(
    driver_reserve_gib=0.47,
    process_gib=0.34,
    sampler_bytes_per_logit=32.4,
    vision_unsharded_widths=4.07,
    kv_block_tokens=16,
    cuda_context_gib=0.40,
    graph_gib=0.35,
    nccl_gib=0.25,
    default_memory_fraction=0.90,
    default_max_num_seqs=256,
    default_max_num_batched_tokens=8192,
    local_batched_tokens=512,
    fitted_rows=64,
    median_error=0.0062,
    citation=Citation(
        "vLLM start-up logs in github.com/hholtmann/llm-consumer-gpu-benchmark (RTX 5060 Ti, 5070 Ti, 5090; TP 1 and 2;"
        " Qwen3 8B, Gemma 3 12B and 27B, gpt-oss-20b)",
        "2025-12",
    ),
)
