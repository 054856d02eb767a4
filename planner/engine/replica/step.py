"""What the speed of a replica depends on, in bytes, FLOP and bytes/s: derived once from the candidate columns.

Time of a decode step and of a prefill: arithmetic only, so one float or a column of replicas goes through alike.

Limits: steady state, no speculative decoding, no disaggregation; expert choice is taken as independent and uniform,
which overstates the experts touched where traffic is skewed; a pipeline is taken as perfectly filled.
"""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.replica.column_readers import LINKS
from planner.engine.replica.columns import Columns
from planner.records import dataclass

UNKNOWN_FLOP_PER_BYTE = 60.0
"""16-bit FLOP for each byte/s of bandwidth where compute is not published (Apple silicon and small APUs: 26-150)."""
ASSUMED_LINK_BYTES_S = {"nvlink": 600e9, "nvlink-bridge": 112e9, "infinity-fabric": 896e9, "pcie": 64e9,
                        "unified": 64e9, "other": 300e9}  # fmt: skip
"""Both directions, where the maker's figure is missing."""
NO_WINDOW = 1e9


def minimum(a: Floats, b: Floats) -> Floats:
    """The smaller of two, for floats and arrays alike."""
    return (a + b - abs(a - b)) * 0.5


def maximum(a: Floats, b: Floats) -> Floats:
    """The larger of two, for floats and arrays alike."""
    return (a + b + abs(a - b)) * 0.5


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
    exchanges: Floats
    """Messages one after the other in an all-reduce over the tensor-parallel ranks."""
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
    t, lm_head = c.tensor_parallel, c.vocab_size * c.hidden_size
    linear = np.maximum(c.total_params - c.expert_params - c.vision_params - c.embedding_params, 0.05 * c.active_params)
    blocks = np.maximum(c.active_params - c.embedding_params, 0.5 * c.active_params)
    per_layer = 4.0 * c.attention_heads * np.where(np.isfinite(c.head_dim), c.head_dim, 128.0)
    full = np.where(c.has_cache > 0, np.clip(c.full_attention_layers, 1.0, c.layers), c.layers)
    windowed = np.where(np.isfinite(c.sliding_window), c.layers - full, 0.0)
    near = np.where(np.isfinite(c.sliding_window), c.kv_bytes_16bit - c.kv_bytes_beyond_window_16bit, 0.0)
    far = np.where(np.isfinite(c.sliding_window), c.kv_bytes_beyond_window_16bit, c.kv_bytes_16bit)
    state = np.where(np.isfinite(c.sliding_window), 0.0, c.fixed_state_bytes)
    heads = np.where(c.is_mla > 0, 1.0, np.where(np.isfinite(c.kv_heads), c.kv_heads, c.attention_heads))
    shards = np.minimum(t, np.maximum(heads, 1.0) * c.decode_context_parallel)
    stated = np.array([ASSUMED_LINK_BYTES_S[name] for name in LINKS])[c.link.astype(np.intp)]
    return Replica(
        dense_bytes=linear * c.linear_bytes + lm_head * c.head_bytes,
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
        tensor_parallel=t,
        pipeline_parallel=c.pipeline_parallel,
        exchanges=maximum(minimum(t - 1.0, 1.0 + 0.25 * (t - 2.0)), 0.0 * t),
        bandwidth=c.bandwidth_bytes_s,
        flops=supported_flops(c),
        flops_16bit=flops_16bit(c),
        link=np.where(np.isfinite(c.link_bytes_s), c.link_bytes_s, stated) / 2.0,
    )


CHUNK_TOKENS = 8192.0
"""Prompt tokens that share one read of the weights in prefill."""


@dataclass(frozen=True, slots=True)
class Constants:
    """One value a row (or one float) of each constant, as plain numbers and seconds."""

    weight_bandwidth_efficiency: Floats
    kv_bandwidth_efficiency: Floats
    decode_compute_efficiency: Floats
    prefill_compute_efficiency: Floats
    attention_compute_efficiency: Floats
    step_overhead_s: Floats
    layer_overhead_s: Floats
    expert_layer_overhead_s: Floats
    sequence_overhead_s: Floats
    prefill_overhead_s: Floats
    link_efficiency: Floats
    link_latency_s: Floats
    roofline_sharpness: Floats
    prefill_overlap: Floats
    request_overhead_s: Floats
    """From the client's call to the start of its prompt on an idle replica: delays an answer, occupies no GPU."""


CONSTANTS = tuple(Constants.__annotations__)
"""Constants of one replica's time, in the order of a table's last axis. Efficiencies are of the maker's peak."""


@dataclass(frozen=True, slots=True)
class DecodeStep:
    """Terms of one decode step of all running sequences, in seconds."""

    weights: Floats
    kv: Floats
    compute: Floats
    communication: Floats
    overhead: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class Request:
    """What a request of some length asks of a replica, whatever else it runs: worked out once for any load."""

    generated: Floats
    """Tokens."""
    read_bytes: Floats
    """KV cache and state that one of its decode steps reads, in the middle of the answer."""
    prompt: Floats
    """Seconds that its prompt adds to a busy replica."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """Steps of a replica that also reads prompts, in seconds."""

    alone: DecodeStep
    busy: Floats
    """Mean time of the replica for one token of every sequence, all prompts included: sets throughput."""
    felt: Floats
    """Mean time between two tokens of one sequence: TPOT."""


def smooth_max(a: Floats, b: Floats, sharpness: Floats) -> Floats:
    """(a^p + b^p)^(1/p): a sum at p = 1, the larger of the two as p grows; a must be > 0."""
    return a * (1.0 + (b / a) ** sharpness) ** (1.0 / sharpness)


def cache_read_bytes(r: Replica, context: Floats) -> Floats:
    """KV cache and state bytes that one sequence of `context` tokens reads in a step."""
    return r.kv_far_bytes * context + r.kv_near_bytes * minimum(context, r.window) + 2.0 * r.state_bytes


def weight_read_bytes(r: Replica, tokens: Floats) -> Floats:
    """Weights touched by `tokens` tokens at once: each routed expert is read with chance 1 - (1 - k/E)^tokens."""
    return r.dense_bytes + r.expert_bytes * (1.0 - r.expert_miss**tokens)


def communication(r: Replica, k: Constants, tokens: Floats) -> Floats:
    """Two all-reduces a layer over the tensor-parallel ranks, one hand-over a pipeline stage; seconds."""
    t = r.tensor_parallel
    volume = 2.0 * (t - 1.0) / t * tokens * r.message_bytes / (r.link * k.link_efficiency)
    hops = (r.pipeline_parallel - 1.0) * (k.link_latency_s + tokens * r.message_bytes / (r.link * k.link_efficiency))
    return 2.0 * r.layers * (volume + r.exchanges * k.link_latency_s) + hops


def step(r: Replica, k: Constants, batch: Floats, read_bytes: Floats) -> DecodeStep:
    """One decode step of `batch` sequences that read `cache_read_bytes` each.

    A pipeline keeps one micro-batch in each stage: a token still passes every layer, with its share of the batch.
    """
    micro = maximum(batch / r.pipeline_parallel, 1.0 + 0.0 * batch)
    weights = weight_read_bytes(r, micro) / (r.tensor_parallel * r.bandwidth * k.weight_bandwidth_efficiency)
    kv = micro * read_bytes / (r.kv_shards * r.bandwidth * k.kv_bandwidth_efficiency)
    compute = micro * r.decode_flop / (r.tensor_parallel * r.flops * k.decode_compute_efficiency)
    comm = communication(r, k, micro)
    layers = k.layer_overhead_s * r.layers + k.expert_layer_overhead_s * r.moe_layers
    overhead = k.step_overhead_s + layers + k.sequence_overhead_s * batch
    total = smooth_max(weights + kv, compute, k.roofline_sharpness) + comm + overhead
    return DecodeStep(weights, kv, compute, comm, overhead, total)


def prefill_compute(r: Replica, k: Constants, uncached: Floats, cached: Floats) -> Floats:
    """Arithmetic of one prompt, seconds: matrices for the uncached tokens, attention of those over all before them."""
    matrices = r.prefill_flop * uncached / (r.flops * k.prefill_compute_efficiency)
    pairs = uncached * (cached + 0.5 * uncached)
    near = uncached * minimum(cached + 0.5 * uncached, r.window)
    attention = (r.attention_flop * pairs + r.window_attention_flop * near) / (
        r.flops_16bit * k.attention_compute_efficiency
    )
    return (matrices + attention) / r.tensor_parallel


def prefill(r: Replica, k: Constants, uncached: Floats, cached: Floats, requests: Floats) -> Floats:
    """Seconds until `requests` prompts that start together are read, nothing else running."""
    tokens = requests * uncached
    chunks = maximum(tokens / CHUNK_TOKENS, 1.0 + 0.0 * tokens)
    per_chunk = weight_read_bytes(r, tokens) / (r.tensor_parallel * r.bandwidth * k.weight_bandwidth_efficiency)
    layers = k.layer_overhead_s * r.layers + k.expert_layer_overhead_s * r.moe_layers
    compute = requests * prefill_compute(r, k, uncached, cached)
    busy = smooth_max(chunks * per_chunk, compute, k.roofline_sharpness)
    return busy + communication(r, k, tokens) + chunks * (layers + k.step_overhead_s) + requests * k.prefill_overhead_s


def prefill_share(r: Replica, k: Constants, uncached: Floats, cached: Floats) -> Floats:
    """Seconds one prompt adds to a busy replica: its weights are read by the decode steps that run anyway."""
    volume = communication(r, k, uncached) - communication(r, k, 0.0 * uncached)
    return prefill_compute(r, k, uncached, cached) + volume + k.prefill_overhead_s


def request_of(r: Replica, k: Constants, uncached: Floats, cached: Floats, generated: Floats) -> Request:
    """Requests of these prompt tokens, computed and found in the prefix cache, and answers."""
    read = cache_read_bytes(r, uncached + cached + 0.5 * generated)
    return Request(generated, read, prefill_share(r, k, uncached, cached))


def mixed_step(r: Replica, k: Constants, batch: Floats, request: Request) -> Mixed:
    """A decode step while other requests' prompts are read in between.

    Each of `batch` sequences brings one prompt every `generated` steps. `prefill_overlap` 1 adds the two; more lets
    chunked prefill fill the arithmetic that decode leaves idle. The replica is busy with all prompts; the tokens of a
    sequence that runs alone are interrupted by none.
    """
    alone = step(r, k, batch, request.read_bytes)
    prompts = request.prompt * batch / (request.generated * r.pipeline_parallel)
    others = prompts * minimum(maximum(batch - 1.0, 0.0 * batch), 1.0 + 0.0 * batch)
    return Mixed(
        alone,
        smooth_max(alone.total, prompts, k.prefill_overlap),
        smooth_max(alone.total, others, k.prefill_overlap),
    )
