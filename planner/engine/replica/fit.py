"""Whether replicas fit, with how much KV cache, by how much they miss otherwise, and what would make one fit.

`fit_columns` sums the memory of thousands of rows at once; `fit` is its case of one row, with how the memory is shared
out, why it is not enough and what would be, best first: lower precision, FP8 cache, shorter context, more or
larger GPUs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

import numpy as np

from planner.engine.arrays import Flags, Floats, Indices
from planner.engine.replica import memory
from planner.engine.replica.column_readers import engine_family
from planner.engine.replica.columns import Columns
from planner.engine.replica.formats import fp8_cache_problem, serves, weight_format, weights_problem
from planner.engine.replica.layouts import GPUS_PER_NODE, layout_problem, valid_tensor_parallel
from planner.engine.replica.memory import CALIBRATION, MemoryCalibration
from planner.engine.specs import Deployment, MemoryFit, Model, Refusal, Remedy, RequestShape, ServingSettings, VramGib
from planner.engine.specs.calibration import ENGINE_FAMILIES
from planner.engine.units import GIB
from planner.records import dataclass


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


@dataclass(frozen=True, slots=True)
class Needs:
    """What each replica takes of every one of its GPUs, whichever card that is, in bytes where not said otherwise."""

    fraction: Floats
    """Share of the GPU's memory the engine takes."""
    weights: Floats
    fixed: Floats
    """Driver's reserve, process and LoRA slots."""
    outside: Floats
    """Must fit what the fraction leaves."""
    forward: Floats
    """Activation peak."""
    sampler: Floats
    """Of sampling one sequence."""
    token: Floats
    """KV cache of a token inside the window."""
    sequence: Floats
    """KV cache of a sequence of mean length."""
    longest: Floats
    """Of the longest one, with a step in flight."""
    valid: Flags
    context_ok: Flags

    def take(self, rows: Indices) -> Needs:
        """One row for each of `rows`."""
        return Needs(*(getattr(self, f.name)[rows] for f in fields(self)))


def needs_of(
    columns: Columns,
    settings: ServingSettings,
    max_context: float | Floats,
    mean_tokens_per_sequence: float | Floats,
    k: MemoryCalibration = CALIBRATION,
) -> Needs:
    """Of every row of `columns`, for requests of these lengths. No term depends on the card."""
    c, cache, steps = columns, memory.cache_bytes(columns), memory.batched_tokens(columns, settings, k)
    fraction = memory_fraction(c, settings, k)
    return Needs(
        fraction=fraction,
        weights=memory.weights_bytes(c),
        fixed=k.driver_reserve_gib * GIB * fraction + k.process_gib * GIB + memory.lora_bytes(c, settings),
        outside=memory.outside_bytes(c, settings, k),
        forward=np.maximum(memory.forward_bytes(c, steps), memory.vision_bytes(c, steps, k)),
        sampler=memory.sampler_bytes(c, np.ones(c.rows), k),
        token=cache.inside,
        sequence=cache.of_sequence(mean_tokens_per_sequence),
        longest=cache.of_sequence(max_context, steps),
        valid=valid_layout(c) & (c.kv_known > 0),
        context_ok=np.asarray(max_context <= c.max_context),
    )


def fit_columns(
    columns: Columns,
    settings: ServingSettings,
    max_context: float | Floats,
    mean_tokens_per_sequence: float | Floats,
    k: MemoryCalibration = CALIBRATION,
) -> FitColumns:
    """The memory of every row on its own card."""
    needs = needs_of(columns, settings, max_context, mean_tokens_per_sequence, k)
    return fitted(needs, columns.usable_gib, settings, k)


def fitted(
    needs: Needs, memory_gib: Floats, settings: ServingSettings, k: MemoryCalibration = CALIBRATION
) -> FitColumns:
    """The memory sum of every row on cards of `memory_gib`: kv = usable - weights - overhead, and what that holds.

    overhead = driver's reserve + process + activation peak + LoRA slots + whatever does not fit outside the fraction.
    It fits when one sequence of `max_context` tokens does. Stated for vLLM; SGLang and TensorRT-LLM differ by a few
    per cent, llama.cpp keeps smaller steps and splits by layers.
    """
    n = needs
    usable = memory_gib * GIB * n.fraction
    slack = (1.0 - n.fraction) * (memory_gib - k.driver_reserve_gib) * GIB
    fixed = n.fixed + np.maximum(n.outside - slack, 0.0)
    overhead = fixed + np.maximum(n.forward, _sequences(n, usable - n.weights - fixed, settings, k) * n.sampler)
    room = usable - n.weights - overhead
    kv_tokens, max_concurrency = _capacity(room, n.token, n.sequence, settings, k)
    return FitColumns(
        fraction=n.fraction,
        usable_gib=usable / GIB,
        weights_gib=n.weights / GIB,
        overhead_gib=overhead / GIB,
        kv_gib=np.maximum(room, 0.0) / GIB,
        kv_tokens=kv_tokens,
        sequence_gib=n.sequence / GIB,
        longest_gib=n.longest / GIB,
        max_concurrency=max_concurrency,
        fits=(room >= n.longest) & n.valid & n.context_ok,
        short_by_gib=np.maximum(n.longest - room, 0.0) / GIB,
        valid=n.valid,
        context_ok=n.context_ok,
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


def _sequences(needs: Needs, room: Floats, settings: ServingSettings, k: MemoryCalibration) -> Floats:
    """max_num_seqs: what was set, else as many mean sequences as the cache holds, up to the engine's default.

    Each sequence takes its cache and, once sampling needs more than the forward pass, its share of that too: counting
    the cache alone would let a larger GPU hold less.
    """
    if settings.max_num_seqs is not None:
        return np.full(room.shape, float(settings.max_num_seqs))
    each = np.where(needs.sequence > 0, needs.sequence, np.inf)
    held = np.minimum((room - needs.forward) / each, room / (each + needs.sampler))
    return np.clip(held, 1.0, float(k.default_max_num_seqs))


CONTEXT_STEP = 256
SHORTEST_USEFUL_CONTEXT = 1024
LONGEST_TRIED = 2**24
"""Tokens: beyond the longest window that any model has."""


def remedies(
    deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float, row: FitColumns
) -> tuple[Remedy, ...]:
    """Single changes that make it fit, else the smallest combination of them; then the size of GPU it needs."""
    if not deployment.model.kv_known:
        return ()
    if not row.context_ok[0]:
        model = deployment.model
        return (Remedy("max_context", context_tokens=model.max_context, yarn_tokens=model.yarn_context),)
    single = (*_lower_precisions(deployment), *_fp8_cache(deployment))
    found = _that_fit(single, settings, longest, mean_tokens)
    shorter = _shorter_context(deployment, settings, longest, mean_tokens) if row.valid[0] else None
    found += [shorter] if shorter else []
    found += _that_fit(_wider(deployment), settings, longest, mean_tokens)[:1]
    for last_resort in (_combinations, _several_servers):
        if not found:
            found = _that_fit(last_resort(deployment), settings, longest, mean_tokens)[:1]
    return (*found, *_larger_gpu(row))


def published_formats(model: Model) -> dict[str, str]:
    """Weight formats the model is published in -> repository; the maker's own format first."""
    found = {model.native_format: model.id}
    for checkpoint in model.checkpoints:
        found.setdefault(checkpoint.format, checkpoint.repo)
    return found


def _lower_precisions(deployment: Deployment) -> Iterator[Deployment]:
    """Weights with fewer bits than the present ones that are published or made at load, largest first."""
    now = weight_format(deployment.weights)
    formats = [name for name in published_formats(deployment.model) if _serves(deployment, name)]
    if ENGINE_FAMILIES[engine_family(deployment.engine.id)].makes_fp8 and not weights_problem("fp8", deployment.gpu):
        formats += [] if "fp8" in formats else ["fp8"]
    lower = [name for name in formats if weight_format(name).bits < now.bits]
    for name in sorted(lower, key=lambda name: -weight_format(name).bits):
        yield replace(deployment, weights=name)


def _serves(deployment: Deployment, weights: str) -> bool:
    """Whether both the engine and the card run these weights."""
    return serves(deployment.engine, weights) and not weights_problem(weights, deployment.gpu)


def _fp8_cache(deployment: Deployment) -> Iterator[Deployment]:
    keeps_cache = deployment.model.kv_bytes_per_token_fp16 > 0
    if deployment.kv != "fp8" and keeps_cache and not fp8_cache_problem(deployment.gpu):
        yield replace(deployment, kv="fp8")


def _wider(deployment: Deployment) -> Iterator[Deployment]:
    """Wider tensor parallelism within one server."""
    for t in _widths(deployment.model):
        if t > deployment.gpus_per_replica:
            yield replace(deployment, tensor_parallel=t, pipeline_parallel=1, decode_context_parallel=1)


def _several_servers(deployment: Deployment) -> Iterator[Deployment]:
    """Pipeline stages of whole servers."""
    widest = _widths(deployment.model)[-1]
    for stages in (2, 3, 4):
        if widest * stages > deployment.gpus_per_replica:
            yield replace(deployment, tensor_parallel=widest, pipeline_parallel=stages, decode_context_parallel=1)


def _widths(model: Model) -> list[int]:
    """Powers of two over which the heads divide, within one server."""
    return [t for t in valid_tensor_parallel(model, GPUS_PER_NODE) if t & (t - 1) == 0]


def _combinations(deployment: Deployment) -> list[Deployment]:
    """Lower precision, FP8 cache and more GPUs, two or three of them together; fewest GPUs first."""
    found = [
        changed
        for placed in (deployment, *_wider(deployment))
        for lowered in (placed, *_lower_precisions(placed))
        for changed in (lowered, *_fp8_cache(lowered))
        if (placed is not deployment) + (lowered is not placed) + (changed is not lowered) > 1
    ]
    return sorted(found, key=lambda changed: changed.gpus_per_replica)


def _that_fit(
    changes: Iterable[Deployment], settings: ServingSettings, longest: float, mean_tokens: float
) -> list[Remedy]:
    possible = [changed for changed in changes if layout_problem(changed) is None]
    if not possible:
        return []
    fitted = fit_columns(Columns.from_deployments(possible), settings, longest, mean_tokens)
    found = zip(possible, fitted.weights_gib, fitted.fits, strict=True)
    return [Remedy("replica", changed, weights_gib=float(weights)) for changed, weights, fits in found if fits]


def _shorter_context(
    deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float
) -> Remedy | None:
    contexts = np.arange(SHORTEST_USEFUL_CONTEXT, min(longest, LONGEST_TRIED), CONTEXT_STEP)
    if contexts.size == 0:
        return None
    columns = Columns.from_deployments([deployment]).take(np.zeros(contexts.size, dtype=np.intp))
    fits = fit_columns(columns, settings, contexts, np.minimum(mean_tokens, contexts)).fits
    if not fits.any():
        return None
    return Remedy("shorter", context_tokens=int(contexts[fits][-1]))


def _larger_gpu(row: FitColumns) -> tuple[Remedy, ...]:
    if not row.valid[0] or row.short_by_gib[0] <= 0:
        return ()
    needed = row.weights_gib[0] + row.overhead_gib[0] + row.longest_gib[0]
    return (Remedy("gpu", gpu_gib=float(np.ceil(needed / row.fraction[0]))),)


def fit(
    deployment: Deployment, settings: ServingSettings, shape: RequestShape, mean_concurrency: float | None = None
) -> MemoryFit:
    """Memory of one replica for requests of that shape: the one-row case of `fit_columns`.

    `mean_concurrency` sequences of mean length make up the KV share shown; without it the whole pool counts as KV.
    """
    longest = longest_context(shape)
    row = fit_columns(Columns.from_deployments([deployment]), settings, longest, mean_tokens(shape))
    fitted, refusal = memory_fit(row, 0, deployment, mean_concurrency), _why_not(deployment, row, longest)
    if refusal is None:
        return fitted
    ways = remedies(deployment, settings, longest, mean_tokens(shape), row)
    return replace(fitted, refusal=refusal, remedies=ways)


def memory_fit(found: FitColumns, row: int, deployment: Deployment, mean_concurrency: float | None) -> MemoryFit:
    """Memory of one row, as that of a deployment that fits; `mean_concurrency` as in `fit`."""
    usable, weights, overhead = (float(x[row]) for x in (found.usable_gib, found.weights_gib, found.overhead_gib))
    pool = float(found.kv_gib[row]) if deployment.model.kv_bytes_per_token_fp16 > 0 else 0.0
    kv = pool if mean_concurrency is None else min(mean_concurrency * float(found.sequence_gib[row]), pool)
    vram = VramGib(
        total=deployment.gpu.memory_gib_usable,
        usable=usable,
        weights=weights,
        kv=kv,
        overhead=overhead,
        free=usable - weights - overhead - kv,
    )
    held, short = float(found.max_concurrency[row]), float(found.short_by_gib[row])
    return MemoryFit(vram, int(found.kv_tokens[row]), held, short, None, ())


def longest_context(shape: RequestShape) -> float:
    """Tokens of the longest sequence that must fit."""
    return float(shape.max_context or shape.input_tokens + shape.output_tokens)


def mean_tokens(shape: RequestShape) -> float:
    """Tokens a mean sequence holds when it ends; prefixes that requests share are counted for each of them."""
    return shape.input_tokens + shape.output_tokens


def _why_not(deployment: Deployment, row: FitColumns, longest: float) -> Refusal | None:
    model = deployment.model
    if not model.kv_known:
        return Refusal("kv_size", (model.name,))
    problem = layout_problem(deployment) if not row.valid[0] else None
    if problem is not None:
        return problem
    if not row.context_ok[0]:
        return Refusal("max_context", (model.name, model.max_context, longest))
    if row.fits[0]:
        return None
    parts = (row.short_by_gib, row.weights_gib, row.overhead_gib, row.longest_gib, row.usable_gib)
    return Refusal("shortage", (longest, *(float(part[0]) for part in parts)))
