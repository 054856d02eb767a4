"""Whether each row fits, with how much KV cache, and by how much it misses otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.engine.columns import Columns, Floats
from planner.engine.memory import terms
from planner.engine.memory.calibration import CALIBRATION, MemoryCalibration
from planner.engine.specs import ServingSettings
from planner.engine.units import GIB

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FitColumns:
    """Memory of each row's fullest GPU. `kv_tokens` and `max_concurrency` are of the whole replica."""

    fraction: Floats
    """Share of the GPU's memory the engine takes."""
    usable_gib: Floats
    """Memory the engine may use: what the driver shows times the memory fraction."""
    weights_gib: Floats
    overhead_gib: Floats
    kv_gib: Floats
    """Left for the KV cache; 0 where weights and overhead already fill it."""
    kv_tokens: Floats
    """Capacity as vLLM prints it: tokens inside the window."""
    sequence_gib: Floats
    """KV cache of one sequence of mean length."""
    longest_gib: Floats
    """KV cache of one sequence of `max_context` tokens, with a step in flight."""
    max_concurrency: Floats
    fits: Flags
    short_by_gib: Floats
    """Missing on each GPU; 0 where it fits. Also 0 where the memory fits but `valid` or `context_ok` is False."""
    valid: Flags
    """The layout cuts heads and layers evenly and the model's cache size is known."""
    context_ok: Flags
    """`max_context` is within what the model accepts."""


def memory_fraction(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """The user's fraction, else the engine's default, else a common one."""
    if settings.gpu_memory_utilization is not None:
        return np.full(c.rows, settings.gpu_memory_utilization)
    return np.where(np.isnan(c.memory_fraction), k.default_memory_fraction, c.memory_fraction)


def valid_layout(c: Columns) -> Flags:
    """Heads divide over the ranks, KV heads divide or are copied evenly, stages have layers, copies can be cut."""
    heads = np.where(np.isnan(c.kv_heads), c.tensor_parallel, c.kv_heads)
    t = c.tensor_parallel
    even = (c.attention_heads % t == 0) & ((heads % t == 0) | (t % heads == 0))
    copies = np.where(c.is_mla > 0, t, np.maximum(t / heads, 1.0))
    dcp_ok = (c.decode_context_parallel <= copies) & (copies % c.decode_context_parallel == 0)
    staged = c.pipeline_parallel <= c.layers
    valid: Flags = (c.splits_layers > 0) | (even & dcp_ok & staged)
    return valid


def fit_columns(
    columns: Columns,
    settings: ServingSettings,
    max_context: float | Floats,
    mean_tokens_per_sequence: float | Floats,
    k: MemoryCalibration = CALIBRATION,
) -> FitColumns:
    """The memory sum of every row: kv = usable - weights - overhead, and what that holds.

    overhead = driver's reserve + process + activation peak + LoRA slots + whatever does not fit outside the fraction.
    It fits when one sequence of `max_context` tokens does. Stated for vLLM; SGLang and TensorRT-LLM differ by a few
    per cent, llama.cpp keeps smaller steps and splits by layers.
    """
    c = columns
    fraction = memory_fraction(c, settings, k)
    usable, weights, cache = c.usable_gib * GIB * fraction, terms.weights_bytes(c), terms.cache_bytes(c)
    sequence = cache.of_sequence(mean_tokens_per_sequence)
    overhead = _overhead_bytes(c, settings, fraction, usable - weights, sequence, k)
    room = usable - weights - overhead
    longest = cache.of_sequence(max_context, terms.batched_tokens(c, settings, k))
    context_ok = np.asarray(max_context <= c.max_context)
    valid = valid_layout(c) & (c.kv_known > 0)
    kv_tokens, max_concurrency = _capacity(room, cache.inside, sequence, settings, k)
    return FitColumns(
        fraction=fraction,
        usable_gib=usable / GIB,
        weights_gib=weights / GIB,
        overhead_gib=overhead / GIB,
        kv_gib=np.maximum(room, 0.0) / GIB,
        kv_tokens=kv_tokens,
        sequence_gib=sequence / GIB,
        longest_gib=longest / GIB,
        max_concurrency=max_concurrency,
        fits=(room >= longest) & valid & context_ok,
        short_by_gib=np.maximum(longest - room, 0.0) / GIB,
        valid=valid,
        context_ok=context_ok,
    )


def _capacity(
    room: Floats, token: Floats, sequence: Floats, settings: ServingSettings, k: MemoryCalibration
) -> tuple[Floats, Floats]:
    """(tokens in whole blocks, mean sequences at once); encoders keep no cache and take what the engine admits."""
    pool = np.maximum(room, 0.0)
    cached = token > 0
    blocks = np.where(cached, pool / np.where(cached, token * k.kv_block_tokens, 1.0), 0.0)
    admitted = np.where(room >= 0, float(settings.max_num_seqs or k.default_max_num_seqs), 0.0)
    held = np.where(cached, pool / np.where(cached, sequence, 1.0), admitted)
    return np.floor(blocks) * k.kv_block_tokens, held


def _overhead_bytes(
    c: Columns,
    settings: ServingSettings,
    fraction: Floats,
    before_cache: Floats,
    sequence: Floats,
    k: MemoryCalibration,
) -> Floats:
    steps = terms.batched_tokens(c, settings, k)
    forward = np.maximum(terms.forward_bytes(c, steps), terms.vision_bytes(c, steps, k))
    fixed = k.driver_reserve_gib * GIB * fraction + k.process_gib * GIB + terms.lora_bytes(c, settings)
    slack = (1.0 - fraction) * (c.usable_gib - k.driver_reserve_gib) * GIB
    fixed = fixed + np.maximum(terms.outside_bytes(c, settings, k) - slack, 0.0)
    sampler = terms.sampler_bytes(c, np.ones(c.rows), k)
    sequences = _sequences(settings, before_cache - fixed, forward, sequence, sampler, k)
    return fixed + np.maximum(forward, sequences * sampler)


def _sequences(
    settings: ServingSettings, room: Floats, forward: Floats, sequence: Floats, sampler: Floats, k: MemoryCalibration
) -> Floats:
    """max_num_seqs: what was set, else as many mean sequences as the cache holds, up to the engine's default.

    Each sequence takes its cache and, once sampling needs more than the forward pass, its share of that too: counting
    the cache alone would let a larger GPU hold less.
    """
    if settings.max_num_seqs is not None:
        return np.full(room.shape, float(settings.max_num_seqs))
    each = np.where(sequence > 0, sequence, np.inf)
    held = np.minimum((room - forward) / each, room / (each + sampler))
    return np.clip(held, 1.0, float(k.default_max_num_seqs))
