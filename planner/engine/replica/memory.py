"""The terms of the memory sum, elementwise over columns, and the few constants in it that logs decide.

Bytes per GPU unless a name says otherwise. t = tensor parallel, p = pipeline parallel. The worst pipeline stage
decides: the first, which holds the embedding, the vision tower and, where layers do not divide evenly, one layer more.

The terms are physics: shapes, bytes, shards. Nothing else than `MemoryCalibration` is fitted, with the rows and the
date its constants were read from. Three of them minimise the squared log error of the KV-cache tokens over 64
start-ups. One start in five used up to 0.55 GiB more than the same start with a warm compile cache; least squares
spreads that over all of them on purpose.
"""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.replica.columns import Columns
from planner.engine.specs import ServingSettings
from planner.engine.units import GIB
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class MemoryCalibration:
    """Overheads of one engine process on one GPU, fitted to start-up logs where nothing else is said."""

    driver_reserve_gib: float = 0.47
    """What the driver keeps of the memory it shows; the engine's fraction applies to the rest. Read, not fitted: CUDA
    reports 31.36 of 31.84 GiB (RTX 5090), 15.48 of 15.93 (5060 Ti), 79.18 of 79.65 (H100), 22.03 of 22.49 (L4)."""
    process_gib: float = 0.34
    """Growth outside the tensor allocator while a model loads and warms up (libraries, workspaces). Fitted."""
    sampler_bytes_per_logit: float = 32.4
    """Warm-up of the sampler: 16- and 32-bit logits, sorted copy, 64-bit indices, probabilities, cumulative sum, mask.
    Fitted; times vocabulary x max_num_seqs."""
    vision_unsharded_widths: float = 4.07
    """Vision-encoder buffers every tensor-parallel rank holds whole, in widths of the encoder. Fitted."""
    kv_block_tokens: int = 16
    """Tokens of one cache block."""
    cuda_context_gib: float = 0.40
    """CUDA context, outside the engine's fraction: it must fit what the fraction leaves. Assumed."""
    graph_gib: float = 0.35
    """CUDA graphs, captured outside the fraction in the releases these logs come from. Assumed."""
    nccl_gib: float = 0.25
    """Buffers of the collective library from two GPUs on, outside the fraction. Assumed: in these logs a second GPU
    adds nothing inside it."""
    default_memory_fraction: float = 0.90
    default_max_num_seqs: int = 256
    default_max_num_batched_tokens: int = 8192
    """What the planner writes into the serve command. vLLM's own default is 2,048 on cards below 70 GiB."""
    local_batched_tokens: int = 512
    """Micro-batch of llama.cpp and MLX, which prefill in small steps."""
    fitted_rows: int = 64
    """Start-ups behind the fitted constants."""
    median_error: float = 0.0062
    """Median absolute error of the KV-cache tokens over those rows, as a fraction."""


CALIBRATION = MemoryCalibration()
"""Fitted to start-ups of vLLM in the logs of github.com/hholtmann/llm-consumer-gpu-benchmark, December 2025: RTX 5060
Ti, 5070 Ti, 5090; TP 1 and 2; Qwen3 8B, Gemma 3 12B and 27B, gpt-oss-20b."""


BYTES = 2.0
"""Activations are 16 bit."""
ROPE_OF_MLA = 64.0
"""Of a head of MLA, the part that turns with the position (qk_rope_head_dim of every published model)."""


def body_shards(c: Columns) -> Floats:
    """GPUs that share one layer's matrices: t, or every GPU where the engine splits by layers."""
    return np.where(c.splits_layers > 0, c.gpus, c.tensor_parallel)


def stage_fraction(c: Columns) -> Floats:
    """Share of the layers on the fullest pipeline stage; 1 where layers are counted by `body_shards` already."""
    stages = np.where(c.splits_layers > 0, 1.0, c.pipeline_parallel)
    return np.ceil(c.layers / stages) / c.layers


def _round_up(value: Floats, multiple: Floats) -> Floats:
    return np.ceil(value / multiple) * multiple


def expert_padding(c: Columns) -> Floats:
    """Factor by which kernels enlarge expert matrices when they pad them; 1 for formats that do not."""
    width = np.where(c.moe_intermediate_size > 0, c.moe_intermediate_size, 1.0)
    padded = _round_up(c.hidden_size, c.expert_hidden_multiple) * _round_up(width, c.expert_intermediate_multiple)
    is_padded = (c.moe_intermediate_size > 0) & (c.expert_hidden_multiple > 1)
    return np.where(is_padded, padded / (c.hidden_size * width), 1.0)


def weights_bytes(c: Columns) -> Floats:
    """Weights of the fullest GPU: every tensor at its own width, scales included, plus the rotary tables.

    Embedding and lm_head keep their own width; a pipeline's first stage holds the embedding alone. Tensor parallelism
    divides everything but q_a and kv_a of MLA, the routers and the rotary tables, which each rank holds whole. Draft
    layers are not loaded. Checked: Llama 3.3 70B 131.4 GiB BF16, 37.0 GiB AWQ; DeepSeek V3 626.9 GiB FP8; Kimi K2.5
    71.2 GiB a GPU at TP 8 (a start-up log: 71.16).
    """
    dense = np.maximum(c.total_params - c.embedding_params - c.vision_params - c.expert_params, 0.0)
    body = dense * c.linear_bytes + c.expert_params * c.expert_bytes * expert_padding(c)
    is_staged = (c.splits_layers == 0) & (c.pipeline_parallel > 1)
    table = np.minimum(c.embedding_params, c.vocab_size * c.hidden_size)
    is_tied = c.embedding_params < 1.5 * table
    head = np.where(is_tied, c.embedding_params, np.where(is_staged, 0.0, c.embedding_params - table))
    embedding = np.where(is_tied, 0.0, table) * c.embedding_bytes + head * c.head_bytes
    is_cut = c.splits_layers == 0
    copied = np.where(is_cut, c.whole_bytes * (body_shards(c) - 1.0) + c.absorbed_bytes, 0.0)
    sharded = (body + copied) * stage_fraction(c) + embedding + c.vision_params * c.vision_bytes
    return sharded / body_shards(c) + rotary_bytes(c)


def rotary_bytes(c: Columns) -> Floats:
    """Cosine and sine tables, one row a position, kept whole on every rank; engines that split layers keep none."""
    is_kept = (c.has_cache > 0) & (c.splits_layers == 0)
    width = np.where(c.is_mla > 0, ROPE_OF_MLA, np.nan_to_num(c.head_dim))
    return np.where(is_kept, c.rotary_positions * width * BYTES, 0.0)


def head_fraction(c: Columns) -> Floats:
    """Share of a layer's KV cache that one GPU holds.

    GQA: 1/t until ranks outnumber the KV heads, which are then copied. MLA: one full copy of the latent on every rank.
    Decode context parallelism cuts the copies by token.
    """
    heads = np.where(np.isnan(c.kv_heads), 1.0, c.kv_heads)
    by_head = np.maximum(1.0 / c.tensor_parallel, 1.0 / heads)
    by_rank = np.where(c.is_mla > 0, 1.0, by_head) / c.decode_context_parallel
    return np.where(c.splits_layers > 0, 1.0 / c.gpus, by_rank)


@dataclass(frozen=True, slots=True)
class CacheBytes:
    """KV bytes of one GPU: a token inside the window, a token beyond it, and the state of one sequence."""

    inside: Floats
    beyond: Floats
    state: Floats
    window: Floats

    def of_sequence(self, tokens: Floats | float, extra_window: Floats | float = 0.0) -> Floats:
        """Bytes of one sequence of that many tokens; `extra_window` tokens may be in flight past the window."""
        windowed = np.minimum(tokens, self.window + extra_window)
        return self.beyond * tokens + (self.inside - self.beyond) * windowed + self.state


def cache_bytes(c: Columns) -> CacheBytes:
    """KV cache of one GPU by token and by sequence, at the row's cache dtype.

    Models that mix full and sliding layers are cached in groups of equal size, the smaller kind deciding the size; the
    last group of the larger kind is padded (Gemma 3 27B: 10 full and 52 sliding layers take the room of 70).
    Linear-attention state is not quantised with the cache.
    """
    padding_inside, padding_beyond = _group_padding(c)
    share = head_fraction(c) * stage_fraction(c) * c.cache_factor
    window_bytes = np.where(
        np.isfinite(c.sliding_window),
        (c.kv_bytes_16bit - c.kv_bytes_beyond_window_16bit) * np.nan_to_num(c.sliding_window, posinf=0.0),
        0.0,
    )
    state = np.maximum(c.fixed_state_bytes - window_bytes, 0.0)
    return CacheBytes(
        inside=c.kv_bytes_16bit * share * padding_inside,
        beyond=c.kv_bytes_beyond_window_16bit * share * padding_beyond,
        state=state * stage_fraction(c) / body_shards(c),
        window=c.sliding_window,
    )


def _group_padding(c: Columns) -> tuple[Floats, Floats]:
    """(inside, beyond) factors for cache groups of equal size; 1 where all layers are of one kind."""
    full = c.full_attention_layers
    sliding = c.layers - full
    uniform = np.isclose(c.kv_bytes_beyond_window_16bit * c.layers, c.kv_bytes_16bit * full, rtol=0.01)
    mixed = np.isfinite(c.sliding_window) & (full > 0) & (sliding > 0) & uniform
    small, large = np.minimum(full, sliding), np.maximum(full, sliding)
    size = np.where(large < 1.25 * small, large, np.maximum(small, 1.0))
    full_groups, sliding_groups = np.ceil(full / size), np.ceil(sliding / size)
    inside = np.where(mixed, (full_groups + sliding_groups) * size / c.layers, 1.0)
    beyond = np.where(mixed, full_groups * size / np.maximum(full, 1.0), 1.0)
    return inside, beyond


def batched_tokens(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Tokens of the largest step: max_num_batched_tokens, or the small prefill step of llama.cpp."""
    chosen = settings.max_num_batched_tokens or k.default_max_num_batched_tokens
    return np.where(c.splits_layers > 0, float(min(chosen, k.local_batched_tokens)), float(chosen))


def forward_bytes(c: Columns, tokens: Floats) -> Floats:
    """Activation peak of one forward pass: residual and hidden rows, plus the widest of the three blocks.

    Dense feed-forward: gate, up and their product. Attention: queries, keys, values and the output. Experts: each token
    is copied to its k experts, through the wider of the two products, plus the product between them.
    """
    t = body_shards(c)
    kv_width = np.nan_to_num(np.nan_to_num(c.kv_heads) * c.head_dim)
    attention = (2 * c.attention_heads * np.nan_to_num(c.head_dim) + 2 * kv_width) / t
    dense = 3 * c.intermediate_size / t
    expert = c.active_experts * (
        np.maximum(2 * c.moe_intermediate_size / t, c.hidden_size) + c.moe_intermediate_size / t
    )
    routed = np.where(c.moe_intermediate_size > 0, expert, 0.0)
    widest: Floats = np.maximum(np.maximum(attention, dense), routed)
    return tokens * BYTES * (2 * c.hidden_size + widest)


def vision_bytes(c: Columns, tokens: Floats, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Activation peak of the vision encoder when a step full of image tokens is encoded at once."""
    patches = tokens * c.vision_patches_per_token
    sharded = (3 * c.vision_hidden_size + c.vision_intermediate_size) / body_shards(c)
    return patches * BYTES * (k.vision_unsharded_widths * c.vision_hidden_size + sharded)


def sampler_bytes(c: Columns, sequences: Floats, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Peak of sampling for that many sequences at once; nothing for encoders, which only pool."""
    on_gpu = (c.has_cache > 0) & (c.splits_layers == 0)
    return np.where(on_gpu, sequences * c.vocab_size * k.sampler_bytes_per_logit, 0.0)


def lora_bytes(c: Columns, settings: ServingSettings) -> Floats:
    """Adapter slots for all linear layers at 16 bit: the two thin matrices of each, sharded as their layer is.

    Inputs of column-parallel and outputs of row-parallel layers are whole on every rank: seven hidden widths a layer.
    """
    queries = c.attention_heads * np.nan_to_num(c.head_dim)
    keys_values = 2 * np.nan_to_num(np.nan_to_num(c.kv_heads) * c.head_dim)
    sharded = (2 * queries + keys_values + 3 * c.intermediate_size) / body_shards(c)
    widths = 7 * c.hidden_size + sharded
    return settings.lora_adapters * settings.lora_rank * widths * c.layers * stage_fraction(c) * BYTES


def outside_bytes(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """What lives outside the engine's fraction of the GPU: context, graphs, communication buffers."""
    graphs = k.graph_gib if settings.cuda_graphs else 0.0
    several = c.gpus > 1
    return (k.cuda_context_gib + graphs + np.where(several, k.nccl_gib, 0.0)) * GIB
