"""What rows measured on one set-up say of its own level: how far each of its constants lies from the fit.

A set-up is one model on some GPUs of one kind with one engine and one precision. Its curve over concurrency and lengths
is known well, its level is not: bandwidth that is reached, host work for each step and sequence, arithmetic of prompts.
So each constant of a set-up is drawn about the fit by `DEVIATION`, all its times together by `PACE`, and a row scatters
about the curve by `NOISE`. Given rows, the most likely constants are found by Gauss-Newton in logarithms (all kinds of
metric move the same constants: output per second and TPOT tell of decoding, TTFT and prefill of prompts). Of another
model on the same GPUs, engine and precision a row tells by `SHARE_OF_OTHERS` as much: that part of each constant's
variance is taken to be common. Many set-ups are solved at once; shape (set-ups, constants).

The numbers were chosen on sources left out of the fit, by `python -m planner.calibrate.level`, which prints the errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

import numpy as np

from planner.engine.arrays import Floats, Indices
from planner.engine.measured.predict import RUN_CONSTANTS, RunConstants, predict, run_constants
from planner.engine.measured.row import KIND_OF_METRIC, METRICS
from planner.engine.measured.runs import MeasuredRuns
from planner.engine.measured.scenario import MODES
from planner.engine.replica.constants import CAP_SHARPNESS, EFFICIENCIES, EXPONENTS, constants_of, from_logs
from planner.engine.replica.performance import each
from planner.engine.replica.step import CONSTANTS, Constants
from planner.engine.specs.calibration import Calibration
from planner.records import dataclass

DEVIATION: Mapping[str, float] = {
    "weight_bandwidth_efficiency": 0.1, "kv_bandwidth_efficiency": 0.4, "decode_compute_efficiency": 0.3,
    "prefill_compute_efficiency": 0.3, "attention_compute_efficiency": 0.3, "step_overhead_s": 0.5,
    "layer_overhead_s": 0.5, "expert_layer_overhead_s": 0.5, "sequence_overhead_s": 0.7, "prefill_overhead_s": 0.5,
    "link_efficiency": 0.4, "link_latency_s": 0.4, "roofline_sharpness": 0.1, "prefill_overlap": 0.1,
    "request_overhead_s": 1.0,
}  # fmt: skip
"""Standard deviation of a set-up's constant about the fit, of its logarithm."""
RUN_DEVIATION = 0.3
"""The same for the constants of how a benchmark is run."""
PACE = 0.1
"""What slows all times of a set-up by one factor: clocks, power, the host."""
NOISE: Mapping[str, float] = {"throughput": 0.05, "single-stream": 0.04, "tpot": 0.05, "ttft": 0.2, "prefill": 0.1}
"""Scatter of a row about its set-up's curve, of its logarithm, by kind of metric."""
LOOSE_MODES, LOOSE_NOISE = ("burst", "rate", "bounded"), 0.1
"""Loads that scatter more: this much beside `NOISE`."""
SHARE_OF_OTHERS = 0.5
"""Common part of the variance between models, or numbers of GPUs, on the same kind of GPU, engine and precision."""
OTHER_KIND = 0.2
"""What a kind of metric that was not measured deviates beside, where only other kinds were."""
QUANTILE: Mapping[str, float] = {
    "throughput": 1.85, "single-stream": 2.4, "tpot": 1.65, "ttft": 1.5, "prefill": 1.5,
}  # fmt: skip
"""Standard deviations that enclose 80 % of the rows of a set-up that were not given: more than the normal 1.28, for
what is left near a measured load is not noise but curves of another shape."""
QUANTILE_OF_OTHERS = 1.35
"""The same where only others were measured: encloses 75-90 %, by kind of metric."""
PRIOR_ROWS = 4.0
"""Rows that say the noise is as above, against those given that may say that it is more."""
STEPS = 3
"""Of Gauss-Newton; a fourth changes nothing that shows."""
FARTHEST = 4.0
"""Deviations that a constant may move."""
DIFFERENCE = 1e-3
"""Step of the numerical derivative, in logarithms."""
SIZE = len(CONSTANTS) + len(RUN_CONSTANTS)
AT_ONCE = 2048
"""Rows whose slopes are held at once."""


@lru_cache(maxsize=1)
def prior() -> Floats:
    """Covariance of a set-up's constants about the fit, shape (SIZE, SIZE)."""
    own = [DEVIATION[name] for name in CONSTANTS] + [RUN_DEVIATION] * len(RUN_CONSTANTS)
    slower = [-1.0 if n.endswith("_efficiency") else 1.0 if n.endswith("_s") else 0.0 for n in CONSTANTS]
    pace = np.array(slower + [0.0] * len(RUN_CONSTANTS))
    covariance: Floats = np.diag(np.square(own)) + PACE**2 * np.outer(pace, pace)
    return covariance


def logs_of(k: Constants) -> Floats:
    """The logarithms that `from_logs` makes these constants of, shape (rows, constants)."""
    values = np.stack([getattr(k, name) for name in CONSTANTS], axis=1)
    for i in EFFICIENCIES:
        bent = np.minimum(values[:, i], 1.0 - 1e-9)
        values[:, i] = bent * (1.0 - bent**CAP_SHARPNESS) ** (-1.0 / CAP_SHARPNESS)
    for i in EXPONENTS:
        values[:, i] -= 1.0
    logs: Floats = np.log(values)
    return logs


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Measured rows and what the fit says of them, as a function of how far their constants are moved."""

    runs: MeasuredRuns
    logs: Floats
    """Of the constants of each row, and then of how its benchmark is run."""
    residual: Floats
    """ln(measured / predicted)."""
    variance: Floats
    """Of a row about its curve."""

    @classmethod
    def of(cls, runs: MeasuredRuns, k: Constants, run: RunConstants) -> Curve:
        """With these constants of each row."""
        running = [np.broadcast_to(np.log(getattr(run, name)), runs.value.shape) for name in RUN_CONSTANTS]
        logs = np.concatenate([logs_of(k), np.stack(running, axis=1)], axis=1)
        left = np.log(runs.value) - np.log(predict(runs, k, run))
        return cls(runs, logs, left, _variance(runs))

    @classmethod
    def fitted(cls, runs: MeasuredRuns, calibration: Calibration, *, as_planned: bool = False) -> Curve:
        """With the constants of a calibration for each row's software and source, or with those that a plan takes."""
        row = () if as_planned else (runs.year, runs.by_makers)
        k = constants_of(calibration, runs.columns, runs.replica, *row)
        return cls.of(runs, k, run_constants(calibration, runs.columns))

    def moved(self, rows: Indices, shift: Floats) -> Floats:
        """Logarithm of the prediction of some rows, each with its constants moved, against that of the fit."""
        runs = each(self.runs, itemgetter(rows))
        after, before = (self._log(runs, self.logs[rows] + by) for by in (shift, 0.0))
        return after - before

    def slopes(self, rows: Indices, shift: Floats) -> Floats:
        """Derivatives of the same by each constant, shape (rows, SIZE)."""
        runs, logs = each(self.runs, itemgetter(rows)), self.logs[rows] + shift
        base = self._log(runs, logs)
        found = np.empty((len(rows), SIZE))
        for i in range(SIZE):
            logs[:, i] += DIFFERENCE
            found[:, i] = (self._log(runs, logs) - base) / DIFFERENCE
            logs[:, i] -= DIFFERENCE
        return found

    @staticmethod
    def _log(runs: MeasuredRuns, logs: Floats) -> Floats:
        run = RunConstants(*np.exp(logs[:, len(CONSTANTS) :]).T)
        return np.log(predict(runs, from_logs(logs[:, : len(CONSTANTS)]), run))


def _variance(runs: MeasuredRuns) -> Floats:
    kinds = np.array([NOISE[KIND_OF_METRIC[name]] for name in METRICS])[runs.metric.astype(np.intp)]
    loose = np.isin(runs.mode, [MODES.index(mode) for mode in LOOSE_MODES])
    variance: Floats = kinds**2 + np.where(loose, LOOSE_NOISE**2, 0.0)
    return variance


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """What is known of the constants of some set-ups: most likely shift, its covariance, and how far rows disagree."""

    shift: Floats
    covariance: Floats
    doubt: Floats
    """Variance of the rows given about the curve, as a multiple of what was expected."""

    @classmethod
    def unknown(cls, setups: int) -> Levels:
        """Before anything was measured."""
        return cls(np.zeros((setups, SIZE)), np.tile(prior(), (setups, 1, 1)), np.ones(setups))

    def only(self, setups: Sequence[int]) -> Levels:
        """Of some of them."""
        return Levels(self.shift[setups], self.covariance[setups], self.doubt[setups])

    def variance(self, setup: Indices, slopes: Floats, noise: Floats) -> Floats:
        """Of the logarithm of something else measured on these set-ups, with these slopes and this noise."""
        known = np.einsum("ni,nij,nj->n", slopes, self.covariance[setup], slopes)
        variance: Floats = known + noise * self.doubt[setup]
        return variance


def levels(curve: Curve, rows: Indices, setup: Indices, before: Levels) -> Levels:
    """With these rows given, each of the set-up beside it, and what was known of the set-ups before."""
    precision = np.linalg.inv(before.covariance)
    limit = FARTHEST * np.sqrt(np.diag(prior()))
    shift, found = before.shift, precision
    for _ in range(STEPS):
        found, pull = precision.copy(), np.zeros_like(shift)
        for part in range(0, len(rows), AT_ONCE):
            at, own = rows[part : part + AT_ONCE], setup[part : part + AT_ONCE]
            slopes = curve.slopes(at, shift[own])
            left = curve.residual[at] - curve.moved(at, shift[own])
            left = left + np.einsum("ni,ni->n", slopes, (shift - before.shift)[own])
            weighted = slopes / curve.variance[at][:, None]
            np.add.at(found, own, weighted[:, :, None] * slopes[:, None, :])
            np.add.at(pull, own, weighted * left[:, None])
        shift = np.clip(before.shift + np.linalg.solve(found, pull[:, :, None])[:, :, 0], -limit, limit)
    return Levels(shift, np.linalg.inv(found), _doubt(curve, rows, setup, shift))


def _doubt(curve: Curve, rows: Indices, setup: Indices, shift: Floats) -> Floats:
    left = np.square(curve.residual[rows] - curve.moved(rows, shift[setup])) / curve.variance[rows]
    count = np.bincount(setup, minlength=len(shift))
    doubt: Floats = (PRIOR_ROWS + np.bincount(setup, left, minlength=len(shift))) / (PRIOR_ROWS + count)
    return doubt


def from_others(others: Levels) -> Levels:
    """What is known of one more set-up once these, of other models on the same GPUs and engine, were measured.

    Constants are common + own, with `SHARE_OF_OTHERS` of the variance in the common part: each other set-up's rows see
    the common part through its own.
    """
    apart = (1.0 - SHARE_OF_OTHERS) * prior()
    common, start = SHARE_OF_OTHERS * prior(), np.linalg.inv(prior())
    precision, pull = np.linalg.inv(common), np.zeros(SIZE)
    for shift, covariance in zip(others.shift, others.covariance, strict=True):
        known = np.linalg.inv(covariance)
        told = known - start
        through = np.linalg.inv(np.eye(SIZE) + told @ apart)
        precision = precision + through @ told
        pull = pull + through @ known @ shift
    spread = np.linalg.inv(precision)
    return Levels((spread @ pull)[None], (spread + apart)[None], np.ones(1))
