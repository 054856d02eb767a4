"""Sizing with measurements of one's own: which of them speak for a replica, and what it does at their level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import exp, log

import numpy as np

from planner.engine import specs
from planner.engine.arrays import Floats, Indices
from planner.engine.measured.directory import Directory
from planner.engine.measured.level import (
    DIFFERENCE,
    NOISE,
    OTHER_KIND,
    QUANTILE,
    QUANTILE_OF_OTHERS,
    SIZE,
    Curve,
    Levels,
    from_others,
    levels,
    logs_of,
)
from planner.engine.measured.row import KIND_OF_METRIC, OtherReason, Skip, skip_of
from planner.engine.measured.runs import MeasuredRun, run_of, runs_of
from planner.engine.measured.score import beyond_hardware
from planner.engine.replica.columns import Columns
from planner.engine.replica.constants import constants_of, from_logs
from planner.engine.replica.operating_point import Shape, Spreads, predict_replica
from planner.engine.replica.performance import Objectives, predict
from planner.engine.replica.size import size
from planner.engine.replica.step import CONSTANTS, replica_of
from planner.engine.specs.calibration import ENGINE_FAMILIES, Calibration, engine_family
from planner.records import dataclass

KINDS: Mapping[str, str] = {
    "output_tok_s": "throughput", "tpot_ms": "tpot", "ttft_ms": "ttft", "single_stream_tok_s": "single-stream",
}  # fmt: skip
"""Kind of metric of each speed that has an interval of its own."""
NAMED = 3
"""Others that are told by name."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnRuns:
    """What a user measured: the rows that a prediction exists for, and why the others are of no use."""

    runs: tuple[MeasuredRun, ...]
    unusable: tuple[tuple[Skip, int], ...]

    def size(
        self,
        catalog: specs.Catalog,
        deployment: specs.Deployment,
        settings: specs.ServingSettings,
        shape: specs.RequestShape,
        concurrency: float | None = None,
        objectives: Objectives = Objectives(),  # noqa: B008 - frozen
    ) -> specs.Sizing:
        """As `size`, at the level of these measurements where some speak for this replica."""
        calibration = catalog.calibration
        level = None if calibration is None else _level(deployment, self, calibration)
        if level is None or calibration is None:
            return size(catalog, deployment, settings, shape, concurrency, objectives)
        moved = replace(catalog, calibration=_moved(calibration, level.found.shift[0]))
        sizing = size(moved, deployment, settings, shape, concurrency, objectives)
        return sizing if sizing.performance is None else _told(sizing, sizing.performance, calibration, level)

    def unmatched(self, deployment: specs.Deployment) -> tuple[specs.Caveat, ...]:
        """How many rows say nothing of this replica, and why."""
        why = [(count, skip) for skip, count in self.unusable]
        others: dict[OtherReason, Counter[str]] = {}
        for run in self.runs:
            if (reason := _other(deployment, run.deployment)) is not None:
                others.setdefault(reason[0], Counter())[reason[1]] += 1
        for kind, names in others.items():
            most = ", ".join(name for name, _ in names.most_common(NAMED))
            why.append((names.total(), Skip(kind, most if len(names) <= NAMED else f"{most}, ...")))
        return tuple(specs.Caveat("unused_rows", figures) for figures in why)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Of one replica, with the rows that it rests on."""

    found: Levels
    own: tuple[MeasuredRun, ...]
    others: tuple[MeasuredRun, ...]


def own_runs(rows: Sequence[specs.Measurement], directory: Directory, unreadable: Sequence[str] = ()) -> OwnRuns:
    """The rows as runs; what no hardware reaches is left out, as when rows are scored."""
    runs: list[MeasuredRun] = []
    why = Counter(Skip("unreadable", problem) for problem in unreadable)
    for row in rows:
        try:
            runs.append(run_of(row, directory))
        except ValueError as error:
            why[skip_of(error)] += 1
    if runs:
        ahead = beyond_hardware(runs, runs_of(runs))
        why[Skip("beyond_hardware")] += int(ahead.sum())
        runs = [run for run, is_ahead in zip(runs, ahead, strict=True) if not is_ahead]
    return OwnRuns(tuple(runs), tuple((skip, count) for skip, count in why.items() if count))


def _told(sizing: specs.Sizing, speed: specs.Performance, calibration: Calibration, level: _Level) -> specs.Sizing:
    """With the intervals that the measurements leave, and what they made of the prediction."""
    fitted = predict(sizing.deployment, sizing.shape, speed.concurrency, calibration)
    halves = _half_widths(sizing.deployment, sizing.shape, fitted, calibration, level)
    told = specs.OwnLevel(
        as_of=max((run.row.date for run in level.own or level.others), default=""),
        rows=len(level.own),
        other_rows=len(level.others),
        factor=_within(speed.output_tok_s.mid / fitted.output_tok_s.mid, halves["output_tok_s"]),
    )
    return replace(sizing, performance=_narrowed(speed, halves), measured=told)


REASONS: tuple[OtherReason, ...] = ("other_gpu", "other_engine", "other_weights", "other_kv")


def _kind(d: specs.Deployment) -> tuple[str, ...]:
    """What a run must share with a replica to speak for it, in the order of `REASONS`."""
    return d.gpu.id, engine_family(d.engine.id), d.weights, d.kv


def _other(wanted: specs.Deployment, found: specs.Deployment) -> tuple[OtherReason, str] | None:
    """What keeps a run from speaking for a replica; a model and a number of GPUs may differ."""
    pairs = zip(REASONS, _kind(wanted), _kind(found), strict=True)
    return next(((reason, have) for reason, want, have in pairs if want != have), None)


@dataclass(frozen=True, slots=True, eq=False)
class _SetUps:
    """The runs on one kind of GPU with one engine and precision, and what each set-up among them says alone."""

    runs: tuple[MeasuredRun, ...]
    curve: Curve
    rows: Mapping[tuple[object, ...], Indices]
    alone: Levels
    """In the order of `rows`."""


@lru_cache(maxsize=64)
def _set_ups(measured: OwnRuns, calibration: Calibration, kind: tuple[str, ...]) -> _SetUps | None:
    """Kept, for a ranking asks for many replicas of a kind."""
    near = tuple(run for run in measured.runs if _kind(run.deployment) == kind)
    if not near:
        return None
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, run in enumerate(near):
        groups.setdefault(_layout(run.deployment), []).append(i)
    rows = {layout: np.array(members, dtype=np.intp) for layout, members in groups.items()}
    # today's software, as the prediction that they correct: what the user runs is in the level
    curve = Curve.fitted(runs_of(near), calibration, as_planned=True)
    setup = np.repeat(np.arange(len(rows)), [len(members) for members in rows.values()])
    return _SetUps(
        near, curve, rows, levels(curve, np.concatenate(list(rows.values())), setup, Levels.unknown(len(rows)))
    )


def _level(deployment: specs.Deployment, measured: OwnRuns, calibration: Calibration) -> _Level | None:
    known = _set_ups(measured, calibration, _kind(deployment))
    if known is None:
        return None
    layout = _layout(deployment)
    beside = [i for i, one in enumerate(known.rows) if one != layout]
    own = known.rows.get(layout, np.zeros(0, np.intp))
    found = from_others(known.alone.only(beside)) if beside else Levels.unknown(1)
    if own.size:
        found = levels(known.curve, own, np.zeros(len(own), np.intp), found)
    others = (known.runs[i] for one, rows in known.rows.items() if one != layout for i in rows)
    return _Level(found, tuple(known.runs[i] for i in own), tuple(others))


def _layout(d: specs.Deployment) -> tuple[object, ...]:
    """The model and how it is cut: engines that split by layers know one way only, whatever it is called."""
    if ENGINE_FAMILIES[engine_family(d.engine.id)].splits_layers:
        return d.model.id, d.gpus_per_replica
    return d.model.id, d.tensor_parallel, d.pipeline_parallel


def _moved(calibration: Calibration, shift: Floats) -> Calibration:
    """The same fit with every constant of this replica moved."""
    terms = {name: dict(groups) for name, groups in calibration.terms.items()}
    for name, by in zip(CONSTANTS, shift[: len(CONSTANTS)].tolist(), strict=True):
        terms[name]["all"] = terms[name].get("all", 0.0) + by
    return replace(calibration, terms=terms)


def _half_widths(
    deployment: specs.Deployment,
    shape: specs.RequestShape,
    fitted: specs.Performance,
    calibration: Calibration,
    level: _Level,
) -> dict[str, float]:
    """Half of the 80 % interval of each speed, of its logarithm: never more than without a measurement."""
    slopes = _slopes(deployment, shape, fitted.concurrency, calibration)
    kinds = {KIND_OF_METRIC[run.row.metric] for run in level.own or level.others}
    noise = np.array([NOISE[kind] ** 2 for kind in KINDS.values()])
    strange = np.array([0.0 if kind in kinds else OTHER_KIND**2 for kind in KINDS.values()])
    variance = level.found.variance(np.zeros(len(KINDS), np.intp), slopes, noise) + strange
    halves = {}
    for (name, kind), one in zip(KINDS.items(), variance.tolist(), strict=True):
        before = getattr(fitted, name)
        deviations = QUANTILE[kind] if level.own else QUANTILE_OF_OTHERS
        halves[name] = min(deviations * one**0.5, 0.5 * log(before.high / before.low))
    return halves


def _slopes(
    deployment: specs.Deployment, shape: specs.RequestShape, concurrency: float, calibration: Calibration
) -> Floats:
    """Derivatives of the logarithm of each of `KINDS` by each constant: one row a constant, moved a little."""
    rows = len(CONSTANTS) + 1
    columns = Columns.from_deployments([deployment] * rows)
    r = replica_of(columns)
    logs = logs_of(constants_of(calibration, columns, r))
    logs[1:] += DIFFERENCE * np.eye(len(CONSTANTS))
    lengths = Shape.of(shape.input_tokens, shape.output_tokens, shape.cached_input_fraction, rows)
    spreads = Spreads.of(calibration, columns)
    p = predict_replica(r, from_logs(logs), lengths, np.full(rows, concurrency), spreads)
    values = np.log(np.stack([p.output_tok_s, p.tpot_s, p.ttft_s, p.single_tok_s]))
    slopes = np.zeros((len(KINDS), SIZE))
    slopes[:, : len(CONSTANTS)] = (values[:, 1:] - values[:, :1]) / DIFFERENCE
    return slopes


def _narrowed(speed: specs.Performance, halves: Mapping[str, float]) -> specs.Performance:
    output = halves["output_tok_s"]
    return replace(
        speed,
        output_tok_s=_within(speed.output_tok_s.mid, output),
        total_tok_s=_within(speed.total_tok_s.mid, output),
        requests_s=_within(speed.requests_s.mid, output),
        spread=_within(speed.spread.mid, output),
        ttft_ms=_within(speed.ttft_ms.mid, halves["ttft_ms"]),
        tpot_ms=_within(speed.tpot_ms.mid, halves["tpot_ms"]),
        single_stream_tok_s=_within(speed.single_stream_tok_s.mid, halves["single_stream_tok_s"]),
    )


def _within(mid: float, half: float) -> specs.Range:
    return specs.Range(mid * exp(-half), mid, mid * exp(half))
