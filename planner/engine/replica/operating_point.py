"""The largest concurrency that keeps the objectives, for thousands of replicas at once."""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Flags, Floats, Indices
from planner.engine.replica.columns import Columns
from planner.engine.replica.constants import constants_of, spread_of
from planner.engine.replica.step import (
    Constants,
    DecodeStep,
    Replica,
    maximum,
    mixed_step,
    prefill,
    replica_of,
    request_of,
    step,
)
from planner.engine.specs.calibration import Calibration
from planner.records import dataclass

DEFAULT_MAX_NUM_SEQS = 256.0
BISECTIONS = 14
BOUND_BY: tuple[str, ...] = (
    "memory bandwidth", "compute", "communication", "KV cache", "TPOT objective", "TTFT objective", "overhead",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prediction:
    """Speed of each row at its concurrency, one array a quantity; seconds, tokens/s of one replica."""

    concurrency: Floats
    output_tok_s: Floats
    tpot_s: Floats
    ttft_s: Floats
    single_tok_s: Floats
    """Output tokens/s of one sequence alone."""
    prefill_s: Floats
    """One prompt, nothing else running."""
    prefill_s_per_token: Floats
    decode_s_per_token: Floats
    step: DecodeStep
    spreads: Spreads


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """`prediction` at the operating point; rows that miss an objective even alone have `feasible` False."""

    prediction: Prediction
    feasible: Flags
    bound_by: Indices
    """Index into BOUND_BY."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Mean request, one number or one a row: uncached and cached prompt tokens, generated tokens."""

    uncached: Floats
    cached: Floats
    generated: Floats

    @classmethod
    def of(cls, isl: Floats | float, osl: Floats | float, cached_fraction: Floats | float, rows: int) -> Shape:
        prompt = np.broadcast_to(np.asarray(isl, dtype=np.float64), (rows,))
        cached = prompt * np.asarray(cached_fraction, dtype=np.float64)
        uncached = np.maximum(prompt - cached, 1.0)
        return cls(uncached, cached, np.broadcast_to(np.maximum(np.asarray(osl, dtype=np.float64), 1.0), (rows,)))


@dataclass(frozen=True, slots=True)
class Spreads:
    """Low and high factor of each kind of prediction, one number each or one a row."""

    throughput: Floats
    tpot: Floats
    ttft: Floats
    single_stream: Floats

    @classmethod
    def of(cls, calibration: Calibration, columns: Columns) -> Spreads:
        return cls(*(spread_of(calibration, columns, kind) for kind in ("throughput", "tpot", "ttft", "single-stream")))


def predict_columns(
    columns: Columns, shape: Shape, concurrency: Floats | float, calibration: Calibration
) -> Prediction:
    """Steady-state speed of every row with `concurrency` sequences running at once (continuous batching)."""
    r = replica_of(columns)
    k = constants_of(calibration, columns, r)
    batch = np.broadcast_to(np.asarray(concurrency, dtype=np.float64), (columns.rows,))
    return predict_replica(r, k, shape, batch, Spreads.of(calibration, columns))


def predict_replica(r: Replica, k: Constants, shape: Shape, batch: Floats, spreads: Spreads) -> Prediction:
    """The same for replicas whose quantities are at hand; floats go through as arrays do.

    Queue-free time to first token: the way to the GPU, half a step of the running batch, then the prompt.
    """
    request = request_of(r, k, shape.uncached, shape.cached, shape.generated)
    mixed = mixed_step(r, k, batch, request)
    per_prompt = request.prompt / r.pipeline_parallel
    rate = batch / mixed.busy
    prompt = prefill(r, k, shape.uncached, shape.cached, 1.0 + 0.0 * shape.uncached)
    first = k.request_overhead_s + prompt + 0.5 * mixed.busy
    single = 1.0 / step(r, k, 1.0 + 0.0 * batch, request.read_bytes).total
    return Prediction(
        concurrency=batch,
        output_tok_s=rate,
        tpot_s=mixed.felt,
        ttft_s=first,
        single_tok_s=single,
        prefill_s=prompt,
        prefill_s_per_token=per_prompt / shape.uncached,
        decode_s_per_token=maximum(1.0 / rate - per_prompt / shape.generated, 1e-9 + 0.0 * rate),
        step=mixed.alone,
        spreads=spreads,
    )


def operating_points(
    columns: Columns,
    kv_tokens: Floats,
    shape: Shape,
    ttft_ms: Floats | float,
    tpot_ms: Floats | float,
    calibration: Calibration,
    max_num_seqs: Floats | float = DEFAULT_MAX_NUM_SEQS,
) -> OperatingPoints:
    """The largest concurrency that fits the KV cache and keeps TPOT and queue-free TTFT, and the speed there.

    `kv_tokens` is the replica's cache in tokens. Cached prompt tokens are counted as held by each sequence (the
    cautious reading). TPOT and TTFT grow with concurrency, so the bound is found by bisection in its logarithm.
    """
    r = replica_of(columns)
    k = constants_of(calibration, columns, r)
    room = kv_tokens / (shape.uncached + shape.cached + shape.generated)
    ceiling = np.maximum(np.minimum(room, max_num_seqs), 1.0)
    low, high = np.zeros(columns.rows), np.log(ceiling)
    request = request_of(r, k, shape.uncached, shape.cached, shape.generated)
    idle = k.request_overhead_s + prefill(r, k, shape.uncached, shape.cached, np.ones(columns.rows))

    def keeps(batch: Floats) -> tuple[Flags, Flags]:
        mixed = mixed_step(r, k, batch, request)
        return mixed.felt * 1e3 <= tpot_ms, (idle + 0.5 * mixed.busy) * 1e3 <= ttft_ms

    alone_ok = np.logical_and(*keeps(np.ones(columns.rows)))
    full_ok = np.logical_and(*keeps(ceiling))
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        ok = np.logical_and(*keeps(np.exp(middle)))
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    batch = np.where(full_ok, ceiling, np.exp(low))
    prediction = predict_replica(r, k, shape, batch, Spreads.of(calibration, columns))
    tpot_kept, _ = keeps(batch * 1.02)
    bound = _bound(prediction.step, full_ok & (room <= max_num_seqs), ~full_ok, ~tpot_kept)
    return OperatingPoints(prediction, alone_ok, bound)


def largest_term(step: DecodeStep) -> Indices:
    """What takes most of a step, as an index into BOUND_BY."""
    terms = np.stack([step.weights + step.kv, step.compute, step.communication, step.overhead])
    largest = np.argmax(terms, axis=0)
    return np.where(largest == 3, BOUND_BY.index("overhead"), largest)


def _bound(step: DecodeStep, cache: Flags, objective: Flags, tpot: Flags) -> Indices:
    """What limits each row: an objective that is missed, else the cache where it is full, else the largest term."""
    missed = np.where(tpot, BOUND_BY.index("TPOT objective"), BOUND_BY.index("TTFT objective"))
    return np.where(objective, missed, np.where(cache, BOUND_BY.index("KV cache"), largest_term(step))).astype(np.intp)
