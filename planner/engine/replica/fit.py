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
from planner.engine.replica.columns import Columns, columns_of
from planner.engine.replica.formats import fp8_cache_problem, serves, weight_format, weights_problem
from planner.engine.replica.layouts import GPUS_PER_NODE, layout_problem, valid_tensor_parallel
from planner.engine.replica.memory import CALIBRATION, MemoryCalibration
from planner.engine.replica.paging import Paging, in_flight, paging_of
from planner.engine.replica.releases import of_release
from planner.engine.specs import Deployment, MemoryFit, Model, Refusal, Remedy, RequestShape, ServingSettings, VramGib
from planner.engine.specs.calibration import ENGINE_FAMILIES, engine_family
from planner.engine.units import GIB
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class FitColumns:
    """Memory of each row's fullest GPU. `kv_tokens` and `max_concurrency` are of the whole replica."""

    fraction: Floats
    """Share of the GPU's memory the engine takes."""
    usable_gib: Floats
    """Memory the engine may use: what the runtime reports times the memory fraction."""
    weights_gib: Floats
    overhead_gib: Floats
    kv_gib: Floats
    """Left for the KV cache; 0 where weights and overhead already fill it."""
    kv_tokens: Floats
    """Capacity as the engine prints it."""
    sequence_gib: Floats
    """KV cache of one sequence of mean length."""
    longest_gib: Floats
    """KV cache of one sequence of `max_context` tokens, with the steps in flight."""
    max_concurrency: Floats
    """Sequences of mean length that the cache holds while they are answered."""
    longest_concurrency: Floats
    """Sequences of `max_context` tokens that the cache holds while their prompts are read: what vLLM prints."""
    max_num_seqs: Floats
    """Sequences that the engine runs at once at most."""
    batched_tokens: Floats
    states_short: Floats
    """Sequences that have no block for their state: an engine with so many refuses to start."""
    fits: Flags
    short_by_gib: Floats
    """Missing on each GPU; 0 where it fits. Also 0 where the memory fits but `valid` or `context_ok` is False."""
    valid: Flags
    """The layout cuts heads and layers evenly and the model's cache size is known."""
    context_ok: Flags
    """`max_context` is within what the model accepts."""


def memory_fraction(c: Columns, settings: ServingSettings, k: MemoryCalibration = CALIBRATION) -> Floats:
    """The user's fraction, else that of the engine's record, else the release's or a common one."""
    if settings.gpu_memory_utilization is not None:
        return np.full(c.rows, settings.gpu_memory_utilization)
    usual = np.where(c.is_vllm > 0, of_release(c.release, "memory_fraction"), k.default_memory_fraction)
    usual = np.where(c.is_sglang > 0, memory.sglang_fraction(c), usual)
    return np.where(np.isnan(c.memory_fraction), usual, c.memory_fraction)


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
    """What each replica takes of every one of its GPUs, on any card of its class, in bytes where not said otherwise."""

    fraction: Floats
    """Share of the GPU's memory the engine takes."""
    weights: Floats
    fixed: Floats
    """Process, LoRA slots, and what an engine reserves beside its cache."""
    graphs: Floats
    """CUDA graphs at the most sizes that are ever captured."""
    graphs_in_budget: Floats
    forward: Floats
    """Activation peak."""
    warm_up: Floats
    """Beside the sampler."""
    sampler: Floats
    """Of sampling one sequence."""
    max_num_seqs: Floats
    batched_tokens: Floats
    unit: Floats
    """One block of the pool."""
    mean_blocks: Floats
    """Of a sequence of mean length while it is answered."""
    longest_blocks: Floats
    """Of the longest one while its prompt is read."""
    print_groups: Floats
    print_tokens: Floats
    longest: Floats
    """Tokens."""
    checks_states: Floats
    held_back: Floats
    """Blocks of the pool that no request may count on."""
    prints_concurrency: Floats
    keeps_cache: Floats
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
    pages: Paging | None = None,
) -> Needs:
    """Of every row of `columns`, for requests of these lengths. No term depends on more of the card than its class.

    `pages`: the paging of those rows where it is at hand.
    """
    c, steps = columns, memory.batched_tokens(columns, settings, k)
    pages = paging_of(columns) if pages is None else pages
    fraction, reserves = memory_fraction(c, settings, k), c.is_sglang > 0
    reserve = fraction * np.where(c.gpus > 1, k.sglang_reserve_gib[1], k.sglang_reserve_gib[0]) * GIB
    measured = np.where(reserves, 0.0, 1.0)
    return Needs(
        fraction=fraction,
        weights=memory.weights_bytes(c),
        fixed=np.where(reserves, reserve, memory.process_bytes(c, k))
        + memory.lora_bytes(c, settings)
        + c.is_vllm * c.unexplained_gib * GIB,
        graphs=measured * settings.cuda_graphs * memory.graph_bytes(c, k),
        graphs_in_budget=of_release(c.release, "graphs_in_budget"),
        forward=measured * np.maximum(memory.forward_bytes(c, steps, k), memory.vision_bytes(c, steps, k)),
        warm_up=measured * memory.warm_up_bytes(c, steps, k),
        sampler=measured * memory.sampler_bytes(c, k),
        max_num_seqs=memory.max_num_seqs(c, settings, k),
        batched_tokens=steps,
        unit=pages.unit_bytes,
        mean_blocks=pages.typical(mean_tokens_per_sequence),
        longest_blocks=pages.needed(max_context, in_flight(c, steps)),
        print_groups=pages.printed_groups,
        print_tokens=pages.printed_tokens,
        longest=np.broadcast_to(np.asarray(max_context, dtype=np.float64), (c.rows,)),
        checks_states=pages.has_states * of_release(c.release, "checks_states") * settings.cuda_graphs,
        held_back=of_release(c.release, "held_back_blocks") * c.is_vllm,
        prints_concurrency=of_release(c.release, "prints_concurrency") * c.pages_cache,
        keeps_cache=c.has_cache,
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
    return fitted(needs, columns.visible_gib)


FEWEST_SEQUENCES = 16.0


def start_up_settings(needs: Needs, memory_gib: Floats) -> Needs:
    """The same with fewer sequences at once where the engine starts only then, by halves down to 16."""
    stuck = np.flatnonzero(~_pool_of(needs, memory_gib).starts & needs.valid & needs.context_ok)
    least = replace(needs.take(stuck), max_num_seqs=np.full(stuck.shape, FEWEST_SEQUENCES))
    rows = stuck[_pool_of(least, memory_gib[stuck]).starts]
    sequences, left = needs.max_num_seqs.copy(), rows
    while left.size:
        sequences[left] = np.maximum(sequences[left] / 2, FEWEST_SEQUENCES)
        tried = replace(needs.take(left), max_num_seqs=sequences[left])
        left = left[~_pool_of(tried, memory_gib[left]).starts]
    return replace(needs, max_num_seqs=sequences)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The memory sum of each row, in bytes, and what is left for the cache."""

    usable: Floats
    overhead: Floats
    room: Floats
    blocks: Floats
    states_short: Floats
    starts: Flags


def _pool_of(n: Needs, memory_gib: Floats) -> _Pool:
    usable = memory_gib * GIB * n.fraction
    graphs = n.graphs * memory.graph_share(n.max_num_seqs)
    outside = np.maximum(graphs - (1.0 - n.fraction) * memory_gib * GIB, 0.0)
    peak = np.maximum(n.forward, n.warm_up + n.max_num_seqs * n.sampler)
    overhead = n.fixed + np.where(n.graphs_in_budget > 0, graphs, outside) + peak
    room = usable - n.weights - overhead
    cached = n.unit > 0
    blocks = np.where(cached, np.floor(np.maximum(room, 0.0) / np.where(cached, n.unit, 1.0)), 0.0)
    short = np.where((n.checks_states > 0) & (blocks > 0), np.maximum(n.max_num_seqs - blocks, 0.0), 0.0)
    starts = np.where(cached, (blocks - n.held_back >= n.longest_blocks) & (short <= 0), room >= 0)
    return _Pool(usable, overhead, room, blocks, short, starts)


def fitted(needs: Needs, memory_gib: Floats) -> FitColumns:
    """The memory sum of every row on cards that show `memory_gib`: kv = usable - weights - overhead.

    overhead = process + graphs + LoRA slots + the larger of the forward pass and the warm-up of the sampler; graphs
    outside the engine's share count where they do not fit what it leaves. It fits when one sequence of `max_context`
    tokens does, and a state for each sequence. Stated for vLLM; TensorRT-LLM differs by a few per cent, SGLang and
    llama.cpp have sums of their own.
    """
    n, pool = needs, _pool_of(needs, memory_gib)
    needed = (n.longest_blocks + n.held_back) * n.unit
    cached = n.unit > 0
    longest = np.where(cached, pool.blocks / np.where(cached, n.longest_blocks, 1.0), 0.0)
    admitted = np.where(pool.room >= 0, n.max_num_seqs, 0.0)
    return FitColumns(
        fraction=n.fraction,
        usable_gib=pool.usable / GIB,
        weights_gib=n.weights / GIB,
        overhead_gib=pool.overhead / GIB,
        kv_gib=np.maximum(pool.room, 0.0) / GIB,
        kv_tokens=_printed(n, pool.blocks, longest),
        sequence_gib=n.mean_blocks * n.unit / GIB,
        longest_gib=needed / GIB,
        max_concurrency=np.where(cached, pool.blocks / np.where(cached, n.mean_blocks, 1.0), admitted),
        longest_concurrency=np.where(cached, longest, admitted),
        max_num_seqs=n.max_num_seqs,
        batched_tokens=n.batched_tokens,
        states_short=pool.states_short,
        fits=pool.starts & n.valid & n.context_ok,
        short_by_gib=np.where(pool.starts, 0.0, np.maximum(needed - pool.room, 0.0)) / GIB,
        valid=n.valid,
        context_ok=n.context_ok,
    )


def _printed(n: Needs, blocks: Floats, longest: Floats) -> Floats:
    """Tokens of the cache as the log of that release counts them."""
    counted = np.floor(blocks / n.print_groups) * n.print_tokens
    return np.floor(np.where(n.prints_concurrency > 0, longest * n.longest, counted))


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
    found = [*_flags(deployment, settings, longest, mean_tokens), *_that_fit(single, settings, longest, mean_tokens)]
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
    if ENGINE_FAMILIES[engine_family(deployment.engine.id)].makes_fp8 and not _no_kernel(deployment, "fp8"):
        formats += [] if "fp8" in formats else ["fp8"]
    lower = [name for name in formats if weight_format(name).bits < now.bits]
    for name in sorted(lower, key=lambda name: -weight_format(name).bits):
        yield replace(deployment, weights=name)


def _serves(deployment: Deployment, weights: str) -> bool:
    """Whether both the engine and the card run these weights."""
    return serves(deployment.engine, weights) and not _no_kernel(deployment, weights)


def _no_kernel(deployment: Deployment, weights: str) -> Refusal | None:
    return weights_problem(weights, deployment.gpu, deployment.engine)


def _fp8_cache(deployment: Deployment) -> Iterator[Deployment]:
    keeps_cache = deployment.model.kv_bytes_per_token_fp16 > 0
    if deployment.kv != "fp8" and keeps_cache and not fp8_cache_problem(deployment.gpu, deployment.engine):
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


def _flags(deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float) -> Iterator[Remedy]:
    """Fewer sequences at once, else no CUDA graphs, else both: what frees memory at the price of speed."""
    columns = columns_of(deployment)
    started = fit_columns(columns, settings, longest, mean_tokens)
    if started.states_short[0] > 0:
        held = int(started.max_num_seqs[0] - started.states_short[0])
        settings = replace(settings, max_num_seqs=max(held, 1))
    for graphs in (settings.cuda_graphs, False):
        tried = replace(settings, cuda_graphs=graphs)
        needs = start_up_settings(needs_of(columns, tried, longest, mean_tokens), columns.visible_gib)
        if fitted(needs, columns.visible_gib).fits[0]:
            yield Remedy("flags", max_num_seqs=int(needs.max_num_seqs[0]), cuda_graphs=graphs)
            return


def _shorter_context(
    deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float
) -> Remedy | None:
    contexts = np.arange(SHORTEST_USEFUL_CONTEXT, min(longest, LONGEST_TRIED), CONTEXT_STEP)
    if contexts.size == 0:
        return None
    columns = columns_of(deployment).take(np.zeros(contexts.size, dtype=np.intp))
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
    row = fit_columns(columns_of(deployment), settings, longest, mean_tokens(shape))
    fitted, refusal = memory_fit(row, 0, deployment, mean_concurrency), _why_not(deployment, row, longest)
    if refusal is None:
        return fitted
    ways = remedies(deployment, settings, longest, mean_tokens(shape), row)
    return replace(fitted, refusal=refusal, remedies=ways)


PART_OF_A_BLOCK_GIB = 0.005
"""What is left of a pool of whole blocks is no free memory."""


def memory_fit(found: FitColumns, row: int, deployment: Deployment, mean_concurrency: float | None) -> MemoryFit:
    """Memory of one row, as that of a deployment that fits; `mean_concurrency` as in `fit`."""
    usable, weights, overhead = (float(x[row]) for x in (found.usable_gib, found.weights_gib, found.overhead_gib))
    pool = float(found.kv_gib[row]) if deployment.model.kv_bytes_per_token_fp16 > 0 else 0.0
    kv = pool if mean_concurrency is None else min(mean_concurrency * float(found.sequence_gib[row]), pool)
    kv = pool if pool - kv < PART_OF_A_BLOCK_GIB else kv
    vram = VramGib(
        total=usable / float(found.fraction[row]),
        usable=usable,
        weights=weights,
        kv=kv,
        overhead=overhead,
        free=usable - weights - overhead - kv,
    )
    return MemoryFit(
        vram_gib=vram,
        kv_tokens=int(found.kv_tokens[row]),
        max_concurrency=float(found.max_concurrency[row]),
        short_by_gib=float(found.short_by_gib[row]),
        refusal=None,
        remedies=(),
        kv_pool_gib=pool,
        longest_concurrency=float(found.longest_concurrency[row]),
        max_num_seqs=int(found.max_num_seqs[row]),
        max_num_batched_tokens=int(found.batched_tokens[row]),
        memory_fraction=float(found.fraction[row]),
    )


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
    if row.states_short[0] > 0 and row.longest_concurrency[0] >= 1:
        held = int(row.max_num_seqs[0] - row.states_short[0])
        return Refusal("state_blocks", (int(row.max_num_seqs[0]), held))
    parts = (row.short_by_gib, row.weights_gib, row.overhead_gib, row.longest_gib, row.usable_gib)
    return Refusal("shortage", (longest, *(float(part[0]) for part in parts)))
