"""The measured rows as a fitting problem: which group and slope acts on which constant of which row.

Where the fit starts and how far each kind of group may pull a constant from there stands in `priors.toml`. The start is
textbook physics: three quarters of the bandwidth, half of the arithmetic, milliseconds for a step's host work. A group
without rows stays at the start plus whatever its other groups say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats
from planner.engine.measured.predict import RUN_CONSTANTS, RunConstants, predict
from planner.engine.measured.row import KIND_OF_METRIC
from planner.engine.measured.runs import MeasuredRun, MeasuredRuns, runs_of
from planner.engine.replica.constants import (
    PAIRED_ENGINE,
    SLOPES,
    architecture_index,
    dtype_index,
    engine_index,
    from_logs,
    slopes_of,
)
from planner.engine.replica.step import CONSTANTS
from planner.engine.specs.calibration import ARCHITECTURE_FAMILIES, DTYPE_CLASSES, ENGINE_GROUPS, RUN_BY_ENGINE
from planner.records import dataclass

_STATED: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("priors.toml").read_text("utf-8"))
START: Mapping[str, float] = _STATED["start"]
RUN_START: Mapping[str, float] = _STATED["run_start"]
RUN_DEVIATION = 1.0
SCHEDULER_DEVIATION = 1.5
"""How far an engine may pull the constants that its scheduler decides."""
GROUP_DEVIATION: Mapping[str, Sequence[float]] = _STATED["group_deviation"]
"""For each kind of group, one deviation a constant in the order of `CONSTANTS`; 0 = the group has no say."""
SLOPE_DEVIATION: Mapping[str, Sequence[float]] = _STATED["slope_deviation"]
NOISE: Mapping[str, float] = _STATED["noise"]
"""Expected scatter of a row's logarithm about a perfect model, by kind of metric."""
KIND_WEIGHT: Mapping[str, float] = _STATED["kind_weight"]
SOURCE_DEVIATION = 0.03
"""What a source's own conventions may shift all its rows of a kind while fitting; never used to predict."""
INFORMATION = 0.35
"""Independent information of one row: sweeps repeat the same set-up many times."""
UNRELIABLE_SOURCES: Mapping[str, float] = _STATED["unreliable_sources"]
"""Weights of sources whose figures exceed what the card can do."""
DIFFERENCE = 1e-3
"""Step of the numerical derivative, in logarithms."""


@dataclass(frozen=True, slots=True)
class Term:
    """One free constant: `key` acts on constant number `constant` by `values` (one a row), drawn to 0."""

    constant: int
    key: str
    deviation: float


class Design:
    """Rows, free constants and the prediction as a function of them."""

    def __init__(self, cases: Sequence[MeasuredRun]) -> None:
        self.cases = list(cases)
        self.arrays: MeasuredRuns = runs_of(self.cases)
        self.target: Floats = np.log(self.arrays.value)
        self.kinds = np.array([KIND_OF_METRIC[c.row.metric] for c in self.cases])
        self.sources = np.array([c.row.source for c in self.cases])
        self.gpus = np.array([c.deployment.gpu.id for c in self.cases])
        self.models = np.array([c.deployment.model.id for c in self.cases])
        self.terms, self.matrix = self._terms()
        self.constant_of = np.array([t.constant for t in self.terms])
        self.run_terms, self.run_matrix = self._run_terms()
        self.run_constant_of = np.array([t.constant for t in self.run_terms])
        self.precision: Floats = np.array([t.deviation for t in (*self.terms, *self.run_terms)]) ** -2.0
        self._start = np.log([START[name] for name in CONSTANTS])
        self._run_start = np.log([RUN_START[name] for name in RUN_CONSTANTS])

    @property
    def rows(self) -> int:
        return len(self.cases)

    @property
    def unknowns(self) -> int:
        return len(self.terms) + len(self.run_terms)

    def weights(self) -> Floats:
        """Weight of every row: a source counts with the square root of its rows, a kind with its own weight."""
        keys = np.array([f"{s}|{k}" for s, k in zip(self.sources, self.kinds, strict=True)])
        kind = np.array([KIND_WEIGHT[k] for k in self.kinds])
        trust = np.array([UNRELIABLE_SOURCES.get(s, 1.0) for s in self.sources])
        raw = by_label(keys) * kind
        weight: Floats = raw / raw.mean() * trust * INFORMATION
        return weight

    def logs(self, theta: Floats) -> Floats:
        """Logarithms of the constants of every row, shape (rows, constants)."""
        return _summed(self._start, self.constant_of, self.matrix, theta[: len(self.terms)])

    def run_logs(self, theta: Floats) -> Floats:
        """Logarithms of the constants of how benchmarks are run, shape (rows, run constants)."""
        return _summed(self._run_start, self.run_constant_of, self.run_matrix, theta[len(self.terms) :])

    def predicted(self, theta: Floats) -> Floats:
        """Logarithm of the prediction of every row."""
        return self._log_prediction(self.logs(theta), self.run_logs(theta))

    def jacobian(self, theta: Floats) -> tuple[Floats, Floats]:
        """Predictions and their derivatives: one difference a constant, spread over its terms by the chain rule."""
        logs, run = self.logs(theta), self.run_logs(theta)
        base = self._log_prediction(logs, run)
        slopes = np.zeros((self.rows, self.unknowns))
        for k in range(len(CONSTANTS)):
            moved = logs.copy()
            moved[:, k] += DIFFERENCE
            derivative = (self._log_prediction(moved, run) - base) / DIFFERENCE
            mine = np.flatnonzero(self.constant_of == k)
            slopes[:, mine] = self.matrix[:, mine] * derivative[:, None]
        for j in range(len(RUN_CONSTANTS)):
            shifted = run.copy()
            shifted[:, j] += DIFFERENCE
            derivative = (self._log_prediction(logs, shifted) - base) / DIFFERENCE
            mine = np.flatnonzero(self.run_constant_of == j)
            slopes[:, len(self.terms) + mine] = self.run_matrix[:, mine] * derivative[:, None]
        return base, slopes

    def _log_prediction(self, logs: Floats, run: Floats) -> Floats:
        return np.log(predict(self.arrays, from_logs(logs), RunConstants(*np.exp(run).T)))

    def _terms(self) -> tuple[list[Term], Floats]:
        terms: list[Term] = []
        values: list[Floats] = []
        for key, column in self._groups():
            deviations = SLOPE_DEVIATION.get(key.removeprefix("slope:")) if key.startswith("slope:") else None
            deviations = deviations or GROUP_DEVIATION[key.split(":")[0]]
            for k, deviation in enumerate(deviations):
                if deviation > 0:
                    terms.append(Term(k, key, deviation))
                    values.append(column)
        return terms, np.array(values).T

    def _run_terms(self) -> tuple[list[Term], Floats]:
        ones, engine = np.ones(self.rows), engine_index(self.arrays.columns)
        terms = [Term(j, "all", RUN_DEVIATION) for j in range(len(RUN_CONSTANTS))]
        values = [ones] * len(terms)
        for i, name in enumerate(ENGINE_GROUPS):
            here = (engine == i) * 1.0
            if here.any():
                terms += [
                    Term(RUN_CONSTANTS.index(run), f"engine:{name}", SCHEDULER_DEVIATION) for run in RUN_BY_ENGINE
                ]
                values += [here] * len(RUN_BY_ENGINE)
        return terms, np.array(values).T

    def _groups(self) -> list[tuple[str, Floats]]:
        c, r = self.arrays.columns, self.arrays.replica
        a, e, d = architecture_index(c), engine_index(c), dtype_index(c)
        groups: list[tuple[str, Floats]] = [("all", np.ones(self.rows))]
        for kind, names, index in (
            ("architecture", ARCHITECTURE_FAMILIES, a), ("engine", ENGINE_GROUPS, e), ("dtype", DTYPE_CLASSES, d),
        ):  # fmt: skip
            groups += [(f"{kind}:{n}", (index == i) * 1.0) for i, n in enumerate(names) if (index == i).any()]
        paired = e == ENGINE_GROUPS.index(PAIRED_ENGINE)
        groups += [
            (f"pair:{n}/{PAIRED_ENGINE}", (paired & (a == i)) * 1.0)
            for i, n in enumerate(ARCHITECTURE_FAMILIES)
            if (paired & (a == i)).any()
        ]
        slopes = slopes_of(c, r, a, e, self.arrays.year, self.arrays.by_makers)
        return groups + [(f"slope:{name}", slopes[i]) for i, name in enumerate(SLOPES)]


def by_label(labels: NDArray[np.str_]) -> Floats:
    """Weight of every row so that a label counts with the square root of its rows."""
    _, position, count = np.unique(labels, return_inverse=True, return_counts=True)
    weight: Floats = 1.0 / np.sqrt(count[position].astype(np.float64))
    return weight


def _summed(start: Floats, constant_of: NDArray[np.intp], matrix: Floats, theta: Floats) -> Floats:
    """Each row's logarithms: the start and what its groups and slopes add. Shape (rows, constants)."""
    logs: Floats = np.tile(start, (matrix.shape[0], 1))
    for k in range(len(start)):
        mine = constant_of == k
        logs[:, k] += matrix[:, mine] @ theta[mine]
    return logs
