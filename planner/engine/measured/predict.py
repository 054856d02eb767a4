"""What the model predicts for measured rows: the physics at the row's load, in the row's unit.

What the hardware cannot beat: the prediction with every efficiency at 1 and no overhead.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats
from planner.engine.measured.row import METRICS
from planner.engine.measured.runs import MeasuredRuns
from planner.engine.measured.scenario import DRAFTING_GAIN, MODES
from planner.engine.replica.columns import Columns
from planner.engine.replica.constants import constants_of, engine_index, ideal_constants
from planner.engine.replica.performance import each
from planner.engine.replica.step import Constants, mixed_step, prefill, request_of
from planner.engine.specs.calibration import ENGINE_GROUPS, Calibration
from planner.records import dataclass

MAX_SEQUENCES = 2048.0
RATE_CEILING = 256.0
"""Sequences an engine runs at once under open arrivals unless told otherwise (vLLM's default)."""
ITERATIONS = 20


@dataclass(frozen=True, slots=True)
class RunConstants:
    """How benchmarks are run, as plain values: one a case, or one for all."""

    burst_stretch: Floats | float
    """Length of a set of requests against its mean answer: the longest answers hold it open."""
    bounded_fraction: Floats | float
    interactive_fraction: Floats | float
    """Throughput under a latency bound as a fraction of the offline maximum."""
    tuned_gain: Floats | float
    """Throughput of competition entries against ordinary set-ups."""
    cache_fill: Floats | float
    """Mean share of an answer that a running sequence holds in the cache."""
    first_token_queue: Floats | float
    """Prompts ahead of a new one, as a share of the concurrency, where all clients start together."""
    lockstep_prompts: Floats | float
    """Share of the others' prompts that interrupts a sequence where requests of one length stay in step."""
    lockstep_queue: Floats | float
    """The same prompts ahead of a new one as `first_token_queue`, where all of them arrive in step."""
    offline_sequences: Floats | float
    """Host work for each running sequence without a server in front, as a share of that with one."""
    unserved: Floats | float
    """Requests beyond the cache that wait at any moment, as a share of what the stated concurrency implies."""


RUN_CONSTANTS = tuple(RunConstants.__annotations__)
"""Constants of how a benchmark is run, the same for all hardware: they compare a prediction with a published number."""


def run_constants(calibration: Calibration, c: Columns) -> RunConstants:
    """The fitted constants of how benchmarks are run, for every row."""
    engine = engine_index(c)
    values = []
    for name in RUN_CONSTANTS:
        terms = calibration.terms[name]
        by_engine = np.array([terms["all"] + terms.get(f"engine:{group}", 0.0) for group in ENGINE_GROUPS])
        values.append(np.exp(by_engine[engine]))
    return RunConstants(*values)


def predict_cases(c: MeasuredRuns, calibration: Calibration) -> Floats:
    """The predicted value of every case under a calibration, in the unit of its metric."""
    k = constants_of(calibration, c.columns, c.replica, c.year, c.by_makers)
    gain = np.where(c.drafting > 0, np.sqrt(np.prod(DRAFTING_GAIN)), 1.0)
    is_time = np.array([name.endswith("_ms") for name in METRICS])[c.metric.astype(np.intp)]
    return predict(c, k, run_constants(calibration, c.columns)) * np.where(is_time, 1 / gain, gain)


def predict(c: MeasuredRuns, k: Constants, run: RunConstants) -> Floats:
    """The predicted value of every case, in the unit of its metric."""
    mode: dict[str, NDArray[np.bool_]] = {str(name): c.mode == i for i, name in enumerate(MODES)}
    served = mode["closed"] | mode["rate"]
    k = replace(k, sequence_overhead_s=k.sequence_overhead_s * np.where(served, 1.0, run.offline_sequences))
    batch = _batch(c, k, run, mode)
    r = c.replica
    ones, zero = np.ones_like(batch), np.zeros_like(batch)
    generated = np.maximum(c.osl, 1.0) * c.beams
    steps = mixed_step(r, k, batch, request_of(r, k, c.isl, zero, generated))
    alone, mixed = steps.alone, steps.busy
    apart = mode["static"] | (c.decode_share < 1.0)
    pace = np.where(apart, alone.total, mixed)
    in_step = np.where((c.equal_lengths > 0) & mode["closed"], run.lockstep_prompts, 1.0)
    felt = np.where(apart, alone.total, alone.total + in_step * (steps.felt - alone.total))
    first_static = prefill(r, k, c.isl, zero, np.where(mode["static"], batch, ones))
    static = batch * generated / (first_static + np.maximum(generated - 1.0, 0.0) * alone.total)
    static = np.where((c.decode_only > 0), batch / alone.total, static)
    closed = batch / pace * c.decode_share
    burst = _burst(c, run, batch, mixed)
    rated = np.minimum(_rated(c, generated, first_static + generated * felt), batch / mixed)
    bound = np.where(c.interactive > 0, run.interactive_fraction, run.bounded_fraction)
    per_replica = np.select(
        [mode["static"], mode["burst"], mode["rate"], mode["bounded"]],
        [static, burst, rated, closed * bound],
        closed,
    )
    output = per_replica * c.replicas / c.beams * np.where(c.tuned > 0, run.tuned_gain, 1.0)
    first = _first_token(c, k, run, mode, batch, generated, pace, first_static + k.request_overhead_s * served)
    by_metric = {
        "output_tok_s_total": output,
        "output_tok_s_per_gpu": output / c.gpus_total,
        "total_tok_s_total": output * (c.isl + c.osl) / c.osl,
        "decode_tok_s_single_stream": 1.0 / alone.total,
        "prefill_tok_s_total": c.isl * np.where(mode["static"], batch, 1.0) / first_static * c.replicas,
        "req_s_total": output / c.osl,
        "tpot_ms": felt * 1e3,
        "ttft_ms": first * 1e3,
    }
    table = np.stack([by_metric[name] for name in METRICS])
    return np.asarray(table[c.metric.astype(np.intp), np.arange(batch.shape[0])], dtype=np.float64)


def _rated(c: MeasuredRuns, generated: Floats, sojourn_s: Floats) -> Floats:
    """Output tok/s of one replica under open arrivals, for a run of finite length that the cache does not hold up."""
    requests = np.maximum(c.requests / c.replicas, 1.0)
    return requests * generated / (requests / np.maximum(c.rate / c.replicas, 1e-9) + sojourn_s)


def _first_token(
    c: MeasuredRuns, k: Constants, run: RunConstants, mode: dict[str, NDArray[np.bool_]], batch: Floats,
    generated: Floats, pace: Floats, alone_s: Floats,
) -> Floats:  # fmt: skip
    """Seconds to the first token: `alone_s` of a request by itself, and the wait for room, a step and prompts."""
    ones, zero = np.ones_like(batch), np.zeros_like(batch)
    waiting = np.where(c.equal_lengths > 0, run.lockstep_queue, run.first_token_queue)
    queue = np.where(mode["static"], 0.0, waiting * (batch - 1.0))
    waits = np.where(mode["closed"], np.maximum(c.concurrency / (c.replicas * c.decode_share) / batch - 1.0, 0.0), 0.0)
    return (
        alone_s
        + run.unserved * waits * generated * pace
        + np.where(mode["static"], 0.0, 0.5 * pace)
        + queue * (prefill(c.replica, k, c.isl, zero, 2.0 * ones) - prefill(c.replica, k, c.isl, zero, ones))
    )


def _room(c: MeasuredRuns, run: RunConstants) -> Floats:
    held = c.isl + run.cache_fill * c.osl
    return np.minimum(np.maximum(c.kv_tokens / held, 1.0), MAX_SEQUENCES)


def _batch(c: MeasuredRuns, k: Constants, run: RunConstants, mode: dict[str, NDArray[np.bool_]]) -> Floats:
    """Sequences running on one replica."""
    room = _room(c, run)
    stated = np.maximum(c.concurrency / (c.replicas * c.decode_share), 1.0)
    batch = np.minimum(stated, room)
    batch = np.where(mode["offline"] | mode["bounded"], room, batch)
    rated = np.flatnonzero(mode["rate"])
    if rated.size:
        ceiling = np.where(c.concurrency > 0, np.minimum(room, c.concurrency), np.minimum(room, RATE_CEILING))
        batch[rated] = _at_rate(each(c, itemgetter(rated)), each(k, itemgetter(rated)), ceiling[rated])
    return batch


def _at_rate(c: MeasuredRuns, k: Constants, ceiling: Floats) -> Floats:
    """Running sequences at an arrival rate (Little's law), for a run of finite length.

    `n` requests that arrive over n / rate and stay for `sojourn` overlap n * sojourn / (n / rate + sojourn) at a time.
    """
    rate = np.maximum(c.rate / c.replicas, 1e-6)
    requests = np.maximum(c.requests / c.replicas, 1.0)
    zero = np.zeros_like(rate)
    alone = prefill(c.replica, k, c.isl, zero, np.ones_like(rate))
    request = request_of(c.replica, k, c.isl, zero, c.osl)
    low, high = zero, np.log(np.maximum(ceiling, 1.0))
    for _ in range(ITERATIONS):
        middle = 0.5 * (low + high)
        mixed = mixed_step(c.replica, k, np.exp(middle), request)
        sojourn = alone + c.osl * mixed.felt
        overlap = requests * sojourn / (requests / rate + sojourn)
        more = overlap > np.exp(middle)
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.exp(0.5 * (low + high))


def _burst(c: MeasuredRuns, run: RunConstants, batch: Floats, mixed: Floats) -> Floats:
    """Output tok/s of a set of requests that start together, those beyond the cache waiting; lengths vary."""
    requests = np.maximum(c.concurrency / c.replicas, 1.0)
    waves = requests / batch
    duration = c.osl * mixed * (waves - 1.0 + run.burst_stretch)
    return requests * c.osl / duration


_IDEAL_RUN = RunConstants(
    burst_stretch=1.0, bounded_fraction=1.0, interactive_fraction=1.0, tuned_gain=1.0, cache_fill=0.0,
    first_token_queue=0.0, lockstep_prompts=0.0, lockstep_queue=0.0, offline_sequences=1.0,
    unserved=0.0,
)  # fmt: skip


def best_possible(c: MeasuredRuns) -> Floats:
    """The value of every case on ideal software, in the unit of its metric."""
    return predict(c, ideal_constants(len(c.value)), _IDEAL_RUN)
