"""The speed of one deployment, with its terms: the same arithmetic as the columns, one row."""

from __future__ import annotations

from planner.engine.calibration import Calibration
from planner.engine.columns import Columns
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
    output = Range(float(p.output_tok_s_low[0]), float(p.output_tok_s[0]), float(p.output_tok_s_high[0]))
    per_request = 1.0 / max(shape.output_tokens, 1.0)
    alone = predict_columns(
        columns, shape.input_tokens, shape.output_tokens, shape.cached_input_fraction, 1.0, calibration
    )
    single_low, single_high = spread_of(calibration, columns, "single-stream")
    single = 1.0 / float(alone.step.total[0])
    return Performance(
        concurrency=float(p.concurrency[0]),
        output_tok_s=output,
        total_tok_s=_scaled(output, (shape.input_tokens + shape.output_tokens) * per_request),
        requests_s=_scaled(output, per_request),
        ttft_ms=Range(float(p.ttft_s_low[0]) * MS, float(p.ttft_s[0]) * MS, float(p.ttft_s_high[0]) * MS),
        tpot_ms=Range(float(p.tpot_s_low[0]) * MS, float(p.tpot_s[0]) * MS, float(p.tpot_s_high[0]) * MS),
        single_stream_tok_s=Range(single * float(single_low[0]), single, single * float(single_high[0])),
        prefill_s_per_token=float(p.prefill_s_per_token[0]),
        decode_s_per_token=float(p.decode_s_per_token[0]),
        spread=_scaled(output, 1.0 / output.mid),
        terms=_terms(p),
        bound_by=bound_by,
    )


def _terms(p: Prediction) -> StepTerms:
    s = p.step
    return StepTerms(
        weights_read_ms=float(s.weights[0]) * MS,
        kv_read_ms=float(s.kv[0]) * MS,
        compute_ms=float(s.compute[0]) * MS,
        communication_ms=float(s.communication[0]) * MS,
        overhead_ms=float(s.overhead[0]) * MS,
        prefill_share_ms=float(p.tpot_s[0] - s.total[0]) * MS,
        step_ms=float(s.total[0]) * MS,
        prefill_ms=float(p.prefill_s[0]) * MS,
    )


def _scaled(value: Range, factor: float) -> Range:
    return Range(value.low * factor, value.mid * factor, value.high * factor)
