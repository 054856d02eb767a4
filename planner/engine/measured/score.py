"""Predictions against measurements: what each row was predicted, and how far off the model is over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import numpy as np

from planner.engine.arrays import Flags, Floats
from planner.engine.measured.directory import Directory
from planner.engine.measured.predict import best_possible, predict_cases
from planner.engine.measured.row import KIND_OF_METRIC, Skip, skip_of
from planner.engine.measured.runs import MeasuredRun, MeasuredRuns, run_of, runs_of
from planner.engine.measured.scenario import DRAFTING_GAIN
from planner.engine.replica.constants import CEILING_MARGIN, spread_of, spreads
from planner.engine.specs import Measurement
from planner.engine.specs.calibration import Calibration
from planner.records import dataclass

BATCH = 4096
"""Rows predicted at once."""


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """One row: predicted low, mid and high in the row's own unit, or why it was skipped."""

    row: Measurement
    low: float
    mid: float
    high: float
    skipped_because: Skip | None = None

    @property
    def ratio(self) -> float:
        """Predicted / measured."""
        return self.mid / self.row.value


@dataclass(frozen=True, slots=True)
class Score:
    """How far off a set of predictions is; shares are 0-1."""

    n: int
    mdape: float
    """Median of |predicted / measured - 1|."""
    median_ratio: float
    within_25_percent: float
    within_2x: float
    coverage_80: float


def score_rows(rows: Sequence[Measurement], directory: Directory, calibration: Calibration) -> tuple[ScoredRow, ...]:
    """Every row with its prediction, in order; rows that cannot be compared carry the reason."""
    scored: dict[int, ScoredRow] = {}
    cases: dict[int, MeasuredRun] = {}
    for i, row in enumerate(rows):
        try:
            cases[i] = run_of(row, directory)
        except ValueError as error:
            scored[i] = _skipped(row, skip_of(error))
    iterator = iter(cases.items())
    while part := dict(islice(iterator, BATCH)):
        scored |= zip(part, score_cases(list(part.values()), calibration), strict=True)
    return tuple(scored[i] for i in range(len(rows)))


def score_cases(cases: Sequence[MeasuredRun], calibration: Calibration) -> list[ScoredRow]:
    """Predictions for cases already built."""
    arrays = runs_of(cases)
    mid = predict_cases(arrays, calibration)
    low, high = _factors(cases, arrays, calibration)
    ahead = beyond_hardware(cases, arrays)
    return [
        _skipped(case.row, Skip("beyond_hardware"))
        if ahead[i]
        else ScoredRow(case.row, float(mid[i] * low[i]), float(mid[i]), float(mid[i] * high[i]))
        for i, case in enumerate(cases)
    ]


def _factors(cases: Sequence[MeasuredRun], arrays: MeasuredRuns, calibration: Calibration) -> tuple[Floats, Floats]:
    """Low and high factor of every row: of its kind of load where that scatters more than hardware does."""
    low, high = np.empty(len(cases)), np.empty(len(cases))
    kinds = np.array([KIND_OF_METRIC[case.row.metric] for case in cases])
    for kind in set(kinds.tolist()):
        rows = np.flatnonzero(kinds == kind)
        low[rows], high[rows] = (factor[rows] for factor in spread_of(calibration, arrays.columns, kind))
        known = spreads(calibration, kind)
        for i in rows.tolist():
            special = known.get(f"mode:{cases[i].scenario.mode}")
            if special is not None:
                low[i], high[i] = special
    drafted = np.where(arrays.drafting > 0, np.sqrt(DRAFTING_GAIN[1] / DRAFTING_GAIN[0]), 1.0)
    return low / drafted, high * drafted


def beyond_hardware(cases: Sequence[MeasuredRun], arrays: MeasuredRuns) -> Flags:
    """Rows better than ideal software would be: above that limit for rates, below it for times."""
    limit = best_possible(arrays)
    times = np.array([case.row.metric.endswith("_ms") for case in cases])
    excess = np.where(times, limit / arrays.value, arrays.value / limit)
    return np.asarray(excess > CEILING_MARGIN)


def _skipped(row: Measurement, why: Skip) -> ScoredRow:
    return ScoredRow(row, float("nan"), float("nan"), float("nan"), why)


def skip_reasons(rows: Sequence[ScoredRow]) -> Mapping[Skip, int]:
    """How many rows were skipped for each reason, the most frequent first."""
    return dict(Counter(r.skipped_because for r in rows if r.skipped_because is not None).most_common())


def score(rows: Sequence[ScoredRow]) -> Score | None:
    """The score of the rows that were not skipped; None where there are none."""
    kept = [r for r in rows if r.skipped_because is None]
    if not kept:
        return None
    ratio = np.array([r.ratio for r in kept])
    error = np.abs(ratio - 1.0)
    return Score(
        n=len(kept),
        mdape=float(np.median(error)),
        median_ratio=float(np.median(ratio)),
        within_25_percent=float(np.mean(error <= 0.25)),
        within_2x=float(np.mean((ratio <= 2.0) & (ratio >= 0.5))),
        coverage_80=float(np.mean([r.low <= r.row.value <= r.high for r in kept])),
    )


def score_by_metric(rows: Sequence[ScoredRow]) -> dict[str, Score]:
    """Scores for each metric, in order of first appearance."""
    metrics = dict.fromkeys(r.row.metric for r in rows)
    return {name: found for name in metrics if (found := score([r for r in rows if r.row.metric == name])) is not None}


GROUPINGS: Mapping[str, Callable[[Measurement], str]] = {
    "source": lambda row: row.source,
    "gpu": lambda row: row.gpu,
    "engine": lambda row: row.engine,
    "precision": lambda row: f"{row.weights}/{row.kv}" if row.kv else row.weights,
}
"""What rows can be told apart by, each as the file spells it."""


def score_by(rows: Sequence[ScoredRow], grouping: str) -> dict[str, dict[str, Score]]:
    """Scores for each group of one of GROUPINGS and, within it, each metric."""
    groups: dict[str, list[ScoredRow]] = {}
    for r in rows:
        if r.skipped_because is None:
            groups.setdefault(GROUPINGS[grouping](r.row), []).append(r)
    return {name: score_by_metric(members) for name, members in groups.items()}
