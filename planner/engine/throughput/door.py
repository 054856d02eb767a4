"""The speed of one deployment, with its terms: the same arithmetic as the columns, one row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.engine.calibration import Calibration
from planner.engine.columns import Columns, Floats
from planner.engine.specs import Deployment, MemoryFit, Performance, Range, RequestShape, ServingSettings, StepTerms
from planner.engine.throughput.intervals import spread_of
from planner.engine.throughput.operating import (
    BOUND_BY,
    DEFAULT_MAX_NUM_SEQS,
    Prediction,
    operating_points,
    predict_columns,
)

MS = 1e3


def predict(
    deployment: Deployment,
    settings: ServingSettings,
    shape: RequestShape,
    concurrency: float,
    calibration: Calibration,
) -> Performance:
    """Speed of one replica with `concurrency` sequences running at once, whether or not the cache holds them."""
    columns = Columns.from_deployments([deployment])
    found = predict_columns(
        columns, shape.input_tokens, shape.output_tokens, shape.cached_input_fraction, concurrency, calibration
    )
    return _performance(columns, found, shape, calibration, _busiest(found))


def at_operating_point(
    deployment: Deployment,
    memory: MemoryFit,
    settings: ServingSettings,
    shape: RequestShape,
    ttft_ms: float,
    tpot_ms: float,
    calibration: Calibration,
) -> Performance:
    """Speed at the largest concurrency that fits the cache and keeps both objectives.

    Where even one sequence misses an objective the speed of one sequence is returned and `bound_by` names it.
    """
    columns = Columns.from_deployments([deployment])
    limit = float(settings.max_num_seqs or deployment.engine.default_max_num_seqs or DEFAULT_MAX_NUM_SEQS)
    points = operating_points(
        columns,
        columns.total_params * 0.0 + memory.kv_tokens,
        shape.input_tokens,
        shape.output_tokens,
        shape.cached_input_fraction,
        ttft_ms,
        tpot_ms,
        calibration,
        limit,
    )
    return _performance(columns, points.prediction, shape, calibration, BOUND_BY[int(points.bound_by[0])])


def _busiest(p: Prediction) -> str:
    s = p.step
    terms = {
        "memory bandwidth": float(s.weights[0] + s.kv[0]),
        "compute": float(s.compute[0]),
        "communication": float(s.communication[0]),
        "overhead": float(s.overhead[0]),
    }
    return max(terms, key=lambda name: terms[name])


def _performance(
    columns: Columns, p: Prediction, shape: RequestShape, calibration: Calibration, bound_by: str
) -> Performance:
    return performances(columns, p, [shape], [bound_by], calibration)[0]


def performances(
    columns: Columns,
    p: Prediction,
    shapes: Sequence[RequestShape],
    bound_by: Sequence[str],
    calibration: Calibration,
) -> list[Performance]:
    """Every row of a prediction as a value, with what one sequence alone would get."""
    isl = np.array([s.input_tokens for s in shapes])
    osl = np.array([s.output_tokens for s in shapes])
    cached = np.array([s.cached_input_fraction for s in shapes])
    alone = predict_columns(columns, isl, osl, cached, 1.0, calibration)
    low, high = spread_of(calibration, columns, "single-stream")
    single = 1.0 / alone.step.total
    streams = [Range(float(s * a), float(s), float(s * b)) for s, a, b in zip(single, low, high, strict=True)]
    return [_row(p, i, shape, streams[i], bound_by[i]) for i, shape in enumerate(shapes)]


def _row(p: Prediction, i: int, shape: RequestShape, single: Range, bound_by: str) -> Performance:
    output = _range(p.output_tok_s_low, p.output_tok_s, p.output_tok_s_high, i)
    per_request = 1.0 / max(shape.output_tokens, 1.0)
    return Performance(
        concurrency=float(p.concurrency[i]),
        output_tok_s=output,
        total_tok_s=_scaled(output, (shape.input_tokens + shape.output_tokens) * per_request),
        requests_s=_scaled(output, per_request),
        ttft_ms=_scaled(_range(p.ttft_s_low, p.ttft_s, p.ttft_s_high, i), MS),
        tpot_ms=_scaled(_range(p.tpot_s_low, p.tpot_s, p.tpot_s_high, i), MS),
        single_stream_tok_s=single,
        prefill_s_per_token=float(p.prefill_s_per_token[i]),
        decode_s_per_token=float(p.decode_s_per_token[i]),
        spread=_scaled(output, 1.0 / output.mid),
        terms=_terms(p, i),
        bound_by=bound_by,
    )


def _range(low: Floats, mid: Floats, high: Floats, i: int) -> Range:
    return Range(float(low[i]), float(mid[i]), float(high[i]))


def _terms(p: Prediction, i: int) -> StepTerms:
    s = p.step
    return StepTerms(
        weights_read_ms=float(s.weights[i]) * MS,
        kv_read_ms=float(s.kv[i]) * MS,
        compute_ms=float(s.compute[i]) * MS,
        communication_ms=float(s.communication[i]) * MS,
        overhead_ms=float(s.overhead[i]) * MS,
        prefill_share_ms=float(p.tpot_s[i] - s.total[i]) * MS,
        step_ms=float(s.total[i]) * MS,
        prefill_ms=float(p.prefill_s[i]) * MS,
    )


def _scaled(value: Range, factor: float) -> Range:
    return Range(value.low * factor, value.mid * factor, value.high * factor)
