"""The public measurements nearest to a prediction, each with what we would have predicted for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import log2, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats
from planner.engine.measured.directory import Directory, format_of
from planner.engine.measured.runs import MeasuredRun, engine_id, run_of
from planner.engine.measured.score import score_cases
from planner.engine.replica.formats import weight_format
from planner.engine.specs import Catalog, Deployment, Evidence, Gpu, Measurement, Model, RequestShape
from planner.engine.specs.calibration import Calibration, engine_family
from planner.records import dataclass

Names = NDArray[Any]

SHOWN = 5
PER_SOURCE = 2
"""So that one long table does not fill the list."""
OTHER_GPU, OTHER_ARCHITECTURE = 2.0, 5.0
OTHER_ENGINE, OTHER_BITS = 0.5, 0.4
"""What a difference weighs against a doubling of the model's size, which weighs 1."""
OFFLINE_REQUESTS = 256.0
FARTHEST = 9.0
"""Beyond this a measurement says nothing about the case at hand."""


class _Facts:
    """The parts of a catalogue that matter here, equal to another only if they are the very same objects."""

    __slots__ = ("gpus", "measurements", "models")

    def __init__(self, catalog: Catalog) -> None:
        self.gpus, self.models, self.measurements = catalog.gpus, catalog.models, catalog.measurements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Facts) and all(getattr(self, n) is getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash(tuple(id(getattr(self, name)) for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class _Library:
    """Measurements with their card, engine family and weight bits looked up, as columns; lengths nan where not said."""

    measurements: tuple[Measurement, ...]
    gpu: Names
    architecture: Names
    family: Names
    log_gpus: Floats
    log_bandwidth: Floats
    log_bits: Floats
    log_total: Floats
    log_active: Floats
    log_concurrency: Floats
    log_isl: Floats
    log_osl: Floats


@lru_cache(maxsize=4)
def _directory(facts: _Facts) -> Directory:
    return Directory(facts.gpus.values(), facts.models.values())


@lru_cache(maxsize=4)
def _library(facts: _Facts) -> _Library:
    directory = _directory(facts)
    cards = {name: directory.gpu(name) for name in {m.gpu for m in facts.measurements}}
    known: list[tuple[Measurement, Gpu, float]] = []
    for m in facts.measurements:
        gpu, model = cards[m.gpu], directory.model(m)
        if gpu is not None and model is not None and m.total_params_b and m.active_params_b:
            known.append((m, gpu, weight_format(format_of(m, model, gpu)).bits))
    measured = tuple(m for m, _, _ in known)
    return _Library(
        measurements=measured,
        gpu=np.array([gpu.id for _, gpu, _ in known]),
        architecture=np.array([gpu.architecture for _, gpu, _ in known]),
        family=np.array([engine_family(engine_id(m.engine)) for m in measured]),
        log_gpus=_logs([m.gpus_total for m in measured]),
        log_bandwidth=_logs([gpu.bandwidth_gb_s for _, gpu, _ in known]),
        log_bits=_logs([bits for _, _, bits in known]),
        log_total=_logs([m.total_params_b or nan for m in measured]),
        log_active=_logs([m.active_params_b or nan for m in measured]),
        log_concurrency=_logs([m.concurrency or OFFLINE_REQUESTS for m in measured]),
        log_isl=_logs([m.isl or nan if m.osl else nan for m in measured]),
        log_osl=_logs([m.osl or nan if m.isl else nan for m in measured]),
    )


def _logs(values: Iterable[float]) -> Floats:
    return np.log2(np.array(list(values), dtype=np.float64))


def nearest(catalog: Catalog, deployment: Deployment, shape: RequestShape, concurrency: float) -> tuple[Evidence, ...]:
    """Up to `SHOWN` measurements, the nearest first: the same card and model size class before anything else."""
    if catalog.calibration is None or not catalog.measurements:
        return ()
    facts = _Facts(catalog)
    library = _library(facts)
    if not library.measurements:
        return ()
    distance = _hardware(library, deployment) + _software(library, deployment) + _size(library, deployment.model)
    distance = distance + _load(library, shape, concurrency)
    near = np.flatnonzero(distance < FARTHEST)
    ranked = sorted(near, key=lambda i: (float(distance[i]), library.measurements[i].id))
    return _predicted(_varied(library.measurements[i] for i in ranked), facts, catalog.calibration)


def _hardware(library: _Library, deployment: Deployment) -> Floats:
    count = 0.5 * np.abs(library.log_gpus - log2(deployment.gpus_per_replica))
    speed = np.abs(library.log_bandwidth - log2(deployment.gpu.bandwidth_gb_s))
    kin = library.architecture == deployment.gpu.architecture
    other = speed + np.where(kin, OTHER_GPU, OTHER_ARCHITECTURE)
    return count + np.where(library.gpu == deployment.gpu.id, 0.0, other)


def _software(library: _Library, deployment: Deployment) -> Floats:
    other_engine = library.family != engine_family(deployment.engine.id)
    bits = np.abs(library.log_bits - log2(weight_format(deployment.weights).bits))
    distance: Floats = OTHER_ENGINE * other_engine + OTHER_BITS * bits
    return distance


def _size(library: _Library, model: Model) -> Floats:
    total = np.abs(library.log_total - log2(model.total_params_b))
    return total + np.abs(library.log_active - log2(model.active_params_b))


def _load(library: _Library, shape: RequestShape, concurrency: float) -> Floats:
    """Lengths and concurrency, where the row states them; an offline maximum counts as many requests."""
    prompt = np.abs(library.log_isl - log2(max(shape.input_tokens, 1.0)))
    generated = np.abs(library.log_osl - log2(max(shape.output_tokens, 1.0)))
    running = np.abs(library.log_concurrency - log2(max(concurrency, 1.0)))
    distance: Floats = 0.1 * (running + np.nan_to_num(prompt + generated))
    return distance


def _varied(ranked: Iterable[Measurement]) -> tuple[Measurement, ...]:
    chosen: list[Measurement] = []
    taken: dict[str, int] = {}
    for m in ranked:
        if taken.get(m.citation.source, 0) < PER_SOURCE:
            chosen.append(m)
            taken[m.citation.source] = taken.get(m.citation.source, 0) + 1
        if len(chosen) == SHOWN:
            break
    return tuple(chosen)


@lru_cache(maxsize=64)
def _predicted(measurements: tuple[Measurement, ...], facts: _Facts, calibration: Calibration) -> tuple[Evidence, ...]:
    """What the model says of them, kept: the same few are nearest to one plan after every edit."""
    directory = _directory(facts)
    cases: list[tuple[Measurement, MeasuredRun]] = []
    for m in measurements:
        try:
            cases.append((m, run_of(m, directory)))
        except ValueError:
            continue  # a row of the user's own catalogue that cannot be predicted is no evidence
    if not cases:
        return ()
    scored = score_cases([case for _, case in cases], calibration)
    return tuple(
        Evidence(m, s.mid, s.ratio, run.deployment.model.name if m.model == run.deployment.model.id else m.model)
        for (m, run), s in zip(cases, scored, strict=True)
        if s.skipped_because is None
    )
