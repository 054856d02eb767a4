"""The user's own throughput measurements: they scale the prediction for one model, GPU and engine."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.calibration import Calibration
from planner.engine.columns import Candidates
from planner.engine.specs import Benchmark, Inputs
from planner.engine.throughput import OperatingPoints, Prediction, predict_columns

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MEASURED_SPREAD = (0.85, 1.15)
"""Interval around a measurement of one's own: other hours, other prompts, another version."""
_RATES = frozenset({"output_tok_s", "output_tok_s_low", "output_tok_s_high"})
_KEPT = frozenset({"concurrency", "step"})


def factors_of(inputs: Inputs, candidates: Candidates, rows: Indices, calibration: Calibration) -> Floats:
    """(rows,) measured over predicted throughput; 1 where nothing was measured.

    A benchmark does not say in which format the model ran: of the layouts on the fewest GPUs the one whose prediction
    is nearest is taken to be the one that was measured.
    """
    factors = np.ones(len(rows))
    for benchmark in inputs.benchmarks:
        match = _matches(benchmark, candidates, rows)
        if match.size:
            factors[match] = _ratio(benchmark, candidates, rows[match], calibration)
    return factors


def _matches(benchmark: Benchmark, candidates: Candidates, rows: Indices) -> Indices:
    if benchmark.engine != candidates.engine.id:
        return np.zeros(0, np.intp)
    models = np.array([m.id == benchmark.model for m in candidates.models])
    places = np.array([p.gpu.id == benchmark.gpu for p in candidates.placements])
    return np.flatnonzero(models[candidates.model_index[rows]] & places[candidates.placement_index[rows]])


def _ratio(benchmark: Benchmark, candidates: Candidates, rows: Indices, calibration: Calibration) -> float:
    columns = candidates.columns.take(rows)
    found = predict_columns(columns, benchmark.isl, benchmark.osl, 0.0, benchmark.concurrency, calibration)
    ratio = benchmark.output_tok_s / found.output_tok_s
    apart = np.where(columns.gpus == columns.gpus.min(), np.abs(np.log(ratio)), np.inf)
    return float(ratio[int(np.argmin(apart))])


def scaled(points: OperatingPoints, factors: Floats) -> OperatingPoints:
    """Operating points at the measured speed; rows without a measurement stay as they are."""
    if np.all(factors == 1.0):
        return points
    p, measured = points.prediction, factors != 1.0
    changed = {
        f.name: getattr(p, f.name) * factors if f.name in _RATES else getattr(p, f.name) / factors
        for f in fields(Prediction)
        if f.name not in _KEPT
    }
    low, high = MEASURED_SPREAD
    changed["output_tok_s_low"] = np.where(measured, changed["output_tok_s"] * low, p.output_tok_s_low)
    changed["output_tok_s_high"] = np.where(measured, changed["output_tok_s"] * high, p.output_tok_s_high)
    return replace(points, prediction=replace(p, **changed))
