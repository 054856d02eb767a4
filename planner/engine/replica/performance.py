"""The speed of one deployment, with its terms: the same arithmetic as the columns, on plain floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from planner.engine.replica.columns import columns_of
from planner.engine.replica.constants import constants_of
from planner.engine.replica.fit import mean_tokens
from planner.engine.replica.operating_point import (
    BOUND_BY,
    OperatingPoints,
    Prediction,
    Shape,
    Spreads,
    largest_term,
    operating_points,
    predict_replica,
)
from planner.engine.replica.step import Constants, Replica, replica_of
from planner.engine.specs import Deployment, MemoryFit, Performance, Range, RequestShape, StepTerms
from planner.engine.specs.calibration import Calibration
from planner.records import dataclass

MS = 1e3
UNBOUNDED_MS = 1e9
"""As an objective: none."""
REMEMBERED = 512
"""Deployments whose quantities are kept: a details pane asks for the same one many times."""

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Objectives:
    """Latency that a mean request must keep at the operating point, queue-free."""

    ttft_ms: float = 2000.0
    tpot_ms: float = 50.0

    def of(self, deployment: Deployment) -> Objectives:
        """Without a TPOT where nothing is written."""
        return self if deployment.writes else Objectives(self.ttft_ms, UNBOUNDED_MS)


@dataclass(frozen=True, slots=True)
class _Known:
    """A deployment's quantities as plain floats."""

    replica: Replica
    constants: Constants
    spreads: Spreads


def predict(deployment: Deployment, shape: RequestShape, concurrency: float, calibration: Calibration) -> Performance:
    """Speed of one replica with `concurrency` sequences running at once, whether or not the cache holds them."""
    known = _known(deployment, calibration)
    found = predict_replica(known.replica, known.constants, _shape(shape), _one(concurrency), known.spreads)
    return _value(found, shape, BOUND_BY[int(largest_term(found.step))])


def at_operating_point(
    deployment: Deployment,
    memory: MemoryFit,
    shape: RequestShape,
    objectives: Objectives,
    calibration: Calibration,
) -> Performance:
    """Speed at the largest concurrency that fits the cache and keeps both objectives.

    Where even one sequence misses an objective the speed of one sequence is returned and `bound_by` names it.
    """
    columns, objectives = columns_of(deployment), objectives.of(deployment)
    points = operating_points(
        columns,
        np.full(1, memory.max_concurrency * mean_tokens(shape)),
        Shape.of(shape.input_tokens, shape.output_tokens, shape.cached_input_fraction, 1),
        objectives.ttft_ms,
        objectives.tpot_ms,
        calibration,
        float(memory.max_num_seqs),
    )
    return performances(points, [0], [shape])[0]


@lru_cache(maxsize=REMEMBERED)
def _known(deployment: Deployment, calibration: Calibration) -> _Known:
    columns = columns_of(deployment)
    replica = replica_of(columns)
    return _Known(
        replica=each(replica, lambda array: float(array[0])),
        constants=each(constants_of(calibration, columns, replica), lambda array: float(array[0])),
        spreads=each(Spreads.of(calibration, columns), lambda pair: pair[:, 0].tolist()),
    )


def each(record: Record, read: Callable[[Any], Any]) -> Record:
    """The record with `read` applied to each field, to each field of a field that is a record itself."""
    values = {f.name: getattr(record, f.name) for f in fields(record)}  # type: ignore[arg-type]
    return type(record)(**{n: each(v, read) if is_dataclass(v) else read(v) for n, v in values.items()})


def _shape(shape: RequestShape) -> Shape:
    cached = shape.input_tokens * shape.cached_input_fraction
    return Shape(_one(max(shape.input_tokens - cached, 1.0)), _one(cached), _one(max(shape.output_tokens, 1.0)))


def _one(value: float) -> Any:
    """A float where the formulas name arrays: they only use arithmetic."""
    return float(value)


def performances(
    points: OperatingPoints, positions: Iterable[int], shapes: Iterable[RequestShape]
) -> list[Performance]:
    """Some of the operating points as values, each for the shape that it was computed for."""
    pairs = zip(positions, shapes, strict=True)
    return [_value(_row(points.prediction, at), shape, BOUND_BY[int(points.bound_by[at])]) for at, shape in pairs]


def _row(p: Prediction, at: int) -> Prediction:
    """One row of it: the last axis, for the spreads have a low and a high factor before it."""
    return each(p, lambda array: array.T[at])


def _value(p: Prediction, shape: RequestShape, bound_by: str) -> Performance:
    """A prediction of one row, in floats, as the value that other stages exchange."""
    output = _range(p.output_tok_s, p.spreads.throughput)
    per_request = 1.0 / max(shape.output_tokens, 1.0)
    return Performance(
        concurrency=float(p.concurrency),
        output_tok_s=output,
        total_tok_s=output.times((shape.input_tokens + shape.output_tokens) * per_request),
        requests_s=output.times(per_request),
        ttft_ms=_range(p.ttft_s, p.spreads.ttft).times(MS),
        tpot_ms=_range(p.tpot_s, p.spreads.tpot).times(MS),
        single_stream_tok_s=_range(p.single_tok_s, p.spreads.single_stream),
        prefill_s_per_token=float(p.prefill_s_per_token),
        decode_s_per_token=float(p.decode_s_per_token),
        spread=output.times(1.0 / output.mid),
        terms=_terms(p),
        bound_by=bound_by,
    )


def _terms(p: Prediction) -> StepTerms:
    s = p.step
    return StepTerms(
        weights_read_ms=float(s.weights) * MS,
        kv_read_ms=float(s.kv) * MS,
        compute_ms=float(s.compute) * MS,
        communication_ms=float(s.communication) * MS,
        overhead_ms=float(s.overhead) * MS,
        prefill_share_ms=float(p.tpot_s - s.total) * MS,
        step_ms=float(s.total) * MS,
        prefill_ms=float(p.prefill_s) * MS,
    )


def _range(mid: Any, spread: Any) -> Range:
    """With the ends that a low and a high factor give it."""
    return Range(float(mid * spread[0]), float(mid), float(mid * spread[1]))
