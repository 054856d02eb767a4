"""Measured once: of every set-up with enough rows some are given in turn, and the others predicted from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats, Indices
from planner.engine.measured.level import QUANTILE, Curve, Levels, levels
from planner.engine.measured.row import KIND_OF_METRIC
from planner.engine.measured.runs import MeasuredRun
from planner.engine.specs.calibration import KINDS
from planner.records import dataclass

LEAST_ROWS = {1: 3, 3: 5}
"""Rows of one metric that a set-up must have, by how many of them are given."""
MOST_ROWS = 60
"""Of a longer sweep so many are taken, evenly: the pairs grow with the square."""
AT_ONCE = 1000
"""Set-ups solved at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """Rows predicted from others of their set-up, one a pair of a row and what was given."""

    row: Indices
    setup: Indices
    error: Floats
    """ln(measured / predicted)."""
    deviation: Floats
    """What the error was expected to be: one standard deviation."""


@dataclass(frozen=True, slots=True)
class OnceScore:
    """How far off rows are whose set-up was measured once, for one kind of metric; shares are 0-1."""

    setups: int
    rows: int
    predictions: int
    unmeasured_mdape: float
    """Median error of the same rows with nothing given."""
    mdape: float
    setup_mdape: float
    """The same with every set-up counted once, however many rows it has."""
    within_25_percent: float
    coverage_80: float
    half_width: float
    """Median of the interval's half, as a factor beyond 1."""


def set_up_of(run: MeasuredRun) -> tuple[object, ...]:
    """What stays the same in a set-up while its load changes: its source, and all it runs on and with."""
    row, d = run.row, run.deployment
    return (
        row.source, d.model.id, d.gpu.id, row.gpus_total, d.tensor_parallel, row.engine, row.engine_version,
        row.weights, row.kv,
    )  # fmt: skip


def sweeps(runs: Sequence[MeasuredRun], rows: Sequence[int], given: int) -> list[Indices]:
    """Rows of one metric and set-up, of those numbered, where there are enough of them."""
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i in rows:
        found[*set_up_of(runs[i]), runs[i].row.metric].append(i)
    return [_thinned(members) for members in found.values() if len(members) >= LEAST_ROWS[given]]


def _thinned(members: list[int]) -> Indices:
    count = min(len(members), MOST_ROWS)
    return np.array([members[i * len(members) // count] for i in range(count)], dtype=np.intp)


def foretold(curve: Curve, found: Sequence[Indices], given: int) -> Foretold:
    """Every row of every sweep in turn, with `given - 1` others evenly after it: the rest predicted from them."""
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for jobs in _parts(found, given):
        told = np.concatenate([members for _, members, _ in jobs])
        own = np.repeat(np.arange(len(jobs)), given)
        level = levels(curve, told, own, Levels.unknown(len(jobs)))
        row = np.concatenate([others for _, _, others in jobs])
        job = np.repeat(np.arange(len(jobs)), [len(others) for _, _, others in jobs])
        setup = np.array([number for number, _, _ in jobs])[job]
        error = curve.residual[row] - curve.moved(row, level.shift[job])
        distinct, place = np.unique(row, return_inverse=True)
        slopes = curve.slopes(distinct, np.zeros((len(distinct), level.shift.shape[1])))[place]
        parts.append((row, setup, error, np.sqrt(level.variance(job, slopes, curve.variance[row]))))
    if not parts:
        return Foretold(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0), np.zeros(0))
    return Foretold(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _parts(found: Sequence[Indices], given: int) -> Iterator[list[tuple[int, Indices, Indices]]]:
    """The number of the sweep, the rows given and the rows left of it, some hundred at a time."""
    jobs: list[tuple[int, Indices, Indices]] = []
    for number, members in enumerate(found):
        for first in range(len(members)):
            chosen = (first + np.arange(given) * len(members) // given) % len(members)
            jobs.append((number, members[chosen], np.delete(members, chosen)))
        if len(jobs) >= AT_ONCE:
            yield jobs
            jobs = []
    if jobs:
        yield jobs


def once_scores(curve: Curve, runs: Sequence[MeasuredRun], found: Foretold) -> dict[str, OnceScore]:
    """By kind of metric, in the order of `KINDS`; kinds without a set-up are left out."""
    kinds = np.array([KIND_OF_METRIC[run.row.metric] for run in runs])[found.row]
    return {kind: _score(curve, found, kinds == kind, kind) for kind in KINDS if (kinds == kind).any()}


def _score(curve: Curve, found: Foretold, mine: NDArray[np.bool_], kind: str) -> OnceScore:
    row, setup, error = found.row[mine], found.setup[mine], found.error[mine]
    half, off = QUANTILE[kind] * found.deviation[mine], np.abs(np.expm1(-error))
    count = np.bincount(setup)[setup]
    return OnceScore(
        setups=len(np.unique(setup)),
        rows=len(np.unique(row)),
        predictions=len(row),
        unmeasured_mdape=float(np.median(np.abs(np.expm1(-curve.residual[row])))),
        mdape=float(np.median(off)),
        setup_mdape=weighted_quantile(off, 1.0 / count, 0.5),
        within_25_percent=float(np.mean(off <= 0.25)),
        coverage_80=float(np.mean(np.abs(error) <= half)),
        half_width=float(np.median(np.expm1(half))),
    )


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value with this share of the weight below it."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, share * below[-1])])
