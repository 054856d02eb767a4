"""The terms of the memory sum, elementwise over columns, and the few constants in it that no release changes.

Bytes per GPU unless a name says otherwise. t = tensor parallel, p = pipeline parallel. The worst pipeline stage
decides: weights of the first, which holds the embedding, the vision tower and, where layers do not divide evenly, one
layer more; the sampler of the last.

The terms are physics: shapes, bytes, shards. What the engine's release decides is in `releases.py`, what else logs
decide in `MemoryCalibration`. Both are stated for a warm compile cache: a first start holds 0.2-0.6 GiB less for the
cache on NVIDIA and 1-3 GiB less on ROCm.
"""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Flags, Floats
from planner.engine.replica.column_readers import LARGE_GIB, LARGEST_GIB, LINKS
from planner.engine.replica.columns import Columns
from planner.engine.replica.releases import RELEASES, Release, of_release
from planner.engine.specs import ServingSettings
from planner.engine.units import GIB
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class MemoryCalibration:
    """Overheads of one engine process on one GPU, fitted to start-up logs where nothing else is said."""

    releases: tuple[Release, ...] = RELEASES
    vision_unsharded_widths: float = 4.48
    """Vision-encoder buffers every tensor-parallel rank holds whole, in widths of the encoder. Fitted."""
    expert_copies: float = 1.17
    """Rows that a forward pass copies to its experts, relative to the plain count of them. Fitted."""
    residual_rows: float = 1.2
    """Hidden rows alive while the sampler is warmed up, for each token of a step. Read from logs of 0.19."""
    graph_layer_gib: float = 0.025
    """CUDA graphs of one layer at all 51 captured sizes. Read from the estimates that 0.19 logs."""
    local_process_gib: float = 0.34
    """Process of llama.cpp and MLX. Assumed as vLLM's was."""
    sglang_reserve_gib: tuple[float, float] = (0.6, 2.0)
    """What SGLang loses before its fraction is taken, on one GPU and on each of several. Read from its logs."""
    default_memory_fraction: float = 0.90
    """Of engines whose record states none and that are no vLLM."""
    default_max_num_seqs: int = 256
    local_batched_tokens: int = 512
    """Micro-batch of llama.cpp and MLX, which prefill in small steps."""


CALIBRATION = MemoryCalibration()

SMALL_STEPS, LARGE_STEPS, LARGEST_STEPS = 2048.0, 8192.0, 16_384.0
FEW_SEQUENCES, MANY_SEQUENCES = 256.0, 1024.0
"""max_num_batched_tokens and max_num_seqs of vLLM's API server by the memory it sees; small on every A100 (engine/
arg_utils.py of 0.33.0)."""
GB10_CAPABILITY = 12.1
LARGEST_GRAPH = 512.0
GRAPHS = 51.0
"""Sizes captured at 512 sequences and more."""


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


def _is_large(c: Columns) -> Flags:
    gb10 = (c.compute_capability == GB10_CAPABILITY) & (of_release(c.release, "has_small_steps_on_gb10") > 0)
    return np.asarray((c.visible_gib >= LARGE_GIB) & (c.small_steps == 0) & ~gb10)


def batched_tokens(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Tokens of the largest step: max_num_batched_tokens, or the small prefill step of llama.cpp."""
    largest = (c.visible_gib >= LARGEST_GIB) & (of_release(c.release, "has_largest_steps") > 0)
    by_memory = np.where(_is_large(c), np.where(largest, LARGEST_STEPS, LARGE_STEPS), SMALL_STEPS)
    given = settings.max_num_batched_tokens
    chosen = by_memory if given is None else np.full(c.rows, float(given))
    return np.where(c.splits_layers > 0, np.minimum(chosen, float(k.local_batched_tokens)), chosen)


def max_num_seqs(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Sequences that run at once: as asked, else as the engine's record states, else as vLLM decides by memory."""
    if settings.max_num_seqs is not None:
        return np.full(c.rows, float(settings.max_num_seqs))
    by_memory = np.where(_is_large(c), MANY_SEQUENCES, FEW_SEQUENCES)
    usual = np.where(c.is_vllm > 0, by_memory, float(k.default_max_num_seqs))
    return np.where(np.isnan(c.max_num_seqs), usual, c.max_num_seqs)


_SGLANG_TIERS = (
    (20.0, 2048.0, 8.0, 8.0), (35.0, 4096.0, 48.0, 160.0), (60.0, 4096.0, 32.0, 160.0), (160.0, 8192.0, 256.0, 512.0),
    (np.inf, 16_384.0, 512.0, 512.0),
)  # fmt: skip
"""Memory in GiB below which they hold, tokens of a prefill chunk, largest graph below and from TP 4 on (sglang 0.5.23,
arg_groups/memory_hook.py)."""


def sglang_fraction(c: Columns) -> Floats:
    """Share of the memory for weights and cache that SGLang takes by default: what its steps and graphs leave."""
    tier = np.searchsorted([below for below, *_ in _SGLANG_TIERS], c.usable_gib, side="right")
    chunk, few, many = (np.array([each[at] for each in _SGLANG_TIERS])[tier] for at in (1, 2, 3))
    total = np.maximum(c.usable_gib, 1.0) * 1024
    graph = np.where(c.tensor_parallel >= 4, many, few)
    reserved = 512 + 1.5 * np.maximum(chunk, 2048) + 128 * c.gpus + 2 * graph
    reserved = np.where(c.usable_gib > 60, np.maximum(reserved, 10_240), reserved)
    share: Floats = np.clip((total - reserved) / total, 0.0, 1.0) * np.where(c.vision_hidden_size > 0, 0.95, 1.0)
    return share


def forward_bytes(c: Columns, tokens: Floats, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Activation peak of one forward pass: residual and hidden rows, plus the widest of the three blocks.

    Dense feed-forward: gate, up and their product. Attention: queries, keys, values and the output. Experts: each token
    is copied to its k experts, through the wider of the two products, plus the product between them.
    """
    t = body_shards(c)
    kv_width = np.nan_to_num(np.nan_to_num(c.kv_heads) * c.head_dim)
    attention = (2 * c.attention_heads * np.nan_to_num(c.head_dim) + 2 * kv_width) / t
    dense = of_release(c.release, "feed_forward_widths", k.releases) * c.intermediate_size / t
    expert = c.active_experts * (
        np.maximum(2 * c.moe_intermediate_size / t, c.hidden_size) + c.moe_intermediate_size / t
    )
    routed = np.where(c.moe_intermediate_size > 0, k.expert_copies * expert, 0.0)
    widest: Floats = np.maximum(np.maximum(attention, dense), routed)
    return tokens * BYTES * (2 * c.hidden_size + widest)


def vision_bytes(c: Columns, tokens: Floats, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Activation peak of the vision encoder: a step full of image tokens at once, or the largest image if larger."""
    patches = np.maximum(tokens, c.vision_largest_image_tokens) * c.vision_patches_per_token
    sharded = (3 * c.vision_hidden_size + c.vision_intermediate_size) / body_shards(c)
    return patches * BYTES * (k.vision_unsharded_widths * c.vision_hidden_size + sharded)


def sampler_bytes(c: Columns, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Peak of sampling one sequence while the engine warms up; nothing for encoders, which only pool."""
    on_gpu = (c.has_cache > 0) & (c.splits_layers == 0)
    return np.where(on_gpu, c.vocab_size * of_release(c.release, "logit_bytes", k.releases), 0.0)


def warm_up_bytes(c: Columns, tokens: Floats, k: MemoryCalibration = CALIBRATION) -> Floats:
    """What is alive beside the sampler while the engine warms up, whatever the number of sequences."""
    copies = c.active_experts * (c.hidden_size + 2 * c.moe_intermediate_size / body_shards(c))
    copied = of_release(c.release, "copies_tokens_to_experts", k.releases)
    routed = np.where(c.moe_intermediate_size > 0, copies, 0.0) * copied
    fixed = of_release(c.release, "warm_up_gib", k.releases) * GIB
    rows = tokens * BYTES * (k.residual_rows * c.hidden_size + routed)
    return np.where((c.has_cache > 0) & (c.splits_layers == 0), rows + fixed, 0.0)


def lora_bytes(c: Columns, settings: ServingSettings) -> Floats:
    """Adapter slots for all linear layers at 16 bit: the two thin matrices of each, sharded as their layer is.

    Inputs of column-parallel and outputs of row-parallel layers are whole on every rank: seven hidden widths a layer.
    """
    queries = c.attention_heads * np.nan_to_num(c.head_dim)
    keys_values = 2 * np.nan_to_num(np.nan_to_num(c.kv_heads) * c.head_dim)
    sharded = (2 * queries + keys_values + 3 * c.intermediate_size) / body_shards(c)
    widths = 7 * c.hidden_size + sharded
    return settings.lora_adapters * settings.lora_rank * widths * c.layers * stage_fraction(c) * BYTES


def graph_bytes(c: Columns, k: MemoryCalibration = CALIBRATION) -> Floats:
    """CUDA graphs of all sizes that are ever captured."""
    return np.where(c.splits_layers > 0, 0.0, k.graph_layer_gib * GIB * c.layers * stage_fraction(c))


def graph_share(sequences: Floats) -> Floats:
    """Share of them that so many sequences need: the graphs of answers alone, which reach as far as the sequences.

    Those of whole batches are pieces and hold next to nothing: starts of vLLM 0.26 with 16 and with 256 sequences
    differ by the first alone.
    """
    return captured(np.minimum(sequences, LARGEST_GRAPH)) / GRAPHS


def captured(largest: Floats) -> Floats:
    """Batch sizes that vLLM captures up to a largest one: 1, 2, 4, multiples of 8 below 256 and of 16 from there."""
    small = np.where(largest >= 4, 3.0, np.minimum(largest, 2.0))
    many: Floats = np.maximum(np.floor((largest - 256.0) / 16) + 1, 0.0)
    return small + np.floor(np.minimum(largest, 255.0) / 8) + many


def process_bytes(c: Columns, k: MemoryCalibration = CALIBRATION) -> Floats:
    """Growth outside the tensor allocator, within the engine's share: libraries, workspaces, communication buffers."""
    linked = (c.link == LINKS.index("nvlink")) & (c.tensor_parallel > 1)
    more = np.where(linked, of_release(c.release, "linked_gib", k.releases), 0.0)
    vllm = of_release(c.release, "process_gib", k.releases) + more
    return np.where(c.splits_layers > 0, k.local_process_gib, vllm) * GIB
