"""The public measurements nearest to a prediction, each with what we would have predicted for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from planner.engine.calibration import Calibration
from planner.engine.columns import engine_family
from planner.engine.formats import weight_format
from planner.engine.measured.cases import Case, case_of, engine_id
from planner.engine.measured.matching import Directory, format_of
from planner.engine.measured.row import MeasuredRow
from planner.engine.measured.scoring import score_cases
from planner.engine.specs import Catalog, Deployment, Evidence, Gpu, Measurement, Model, RequestShape

SHOWN = 5
PER_SOURCE = 2
"""So that one long table does not fill the list."""
OTHER_GPU, OTHER_ARCHITECTURE = 2.0, 5.0
OTHER_ENGINE, OTHER_BITS = 0.5, 0.4
"""What a difference weighs against a doubling of the model's size, which weighs 1."""
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


@dataclass(frozen=True, slots=True)
class _Known:
    """A measurement with its card, engine family and weight bits looked up."""

    measurement: Measurement
    gpu: Gpu
    family: str
    bits: float


@lru_cache(maxsize=4)
def _directory(facts: _Facts) -> Directory:
    return Directory(facts.gpus.values(), facts.models.values())


@lru_cache(maxsize=4)
def _library(facts: _Facts) -> tuple[_Known, ...]:
    directory = _directory(facts)
    found: list[_Known] = []
    for m in facts.measurements:
        row = _row(m)
        gpu, model = directory.gpu(m.gpu), directory.model(row)
        if gpu is not None and model is not None and min(m.total_params_b, m.active_params_b) > 0:
            bits = weight_format(format_of(row, model, gpu)).bits
            found.append(_Known(m, gpu, engine_family(engine_id(m.engine)), bits))
    return tuple(found)


def nearest(
    catalog: Catalog, deployment: Deployment, shape: RequestShape, concurrency: float, limit: int = SHOWN
) -> tuple[Evidence, ...]:
    """Up to `limit` measurements, the nearest first: the same card and model size class before anything else."""
    if catalog.calibration is None or not catalog.measurements:
        return ()
    facts = _Facts(catalog)
    ranked = sorted(_distances(_library(facts), deployment, shape, concurrency), key=_by_distance)
    return _predicted(_varied(ranked, limit), _directory(facts), catalog.calibration)


def _by_distance(item: tuple[float, Measurement]) -> tuple[float, str]:
    return item[0], item[1].id


def _distances(
    library: Iterable[_Known], deployment: Deployment, shape: RequestShape, concurrency: float
) -> list[tuple[float, Measurement]]:
    found = []
    for known in library:
        distance = _hardware(known, deployment)
        if distance < FARTHEST:
            distance += _software(known, deployment) + _size(known.measurement, deployment.model)
            distance += _load(known.measurement, shape, concurrency)
            if distance < FARTHEST:
                found.append((distance, known.measurement))
    return found


def _hardware(known: _Known, deployment: Deployment) -> float:
    count = 0.5 * abs(log2(known.measurement.gpus_total / deployment.gpus_per_replica))
    if known.gpu.id == deployment.gpu.id:
        return count
    speed = abs(log2(known.gpu.bandwidth_gb_s / deployment.gpu.bandwidth_gb_s))
    kin = known.gpu.architecture == deployment.gpu.architecture
    return count + speed + (OTHER_GPU if kin else OTHER_ARCHITECTURE)


def _software(known: _Known, deployment: Deployment) -> float:
    same_engine = known.family == engine_family(deployment.engine.id)
    own = weight_format(deployment.weights).bits
    return (0.0 if same_engine else OTHER_ENGINE) + OTHER_BITS * abs(log2(known.bits / own))


def _size(m: Measurement, model: Model) -> float:
    return abs(log2(m.total_params_b / model.total_params_b)) + abs(log2(m.active_params_b / model.active_params_b))


def _load(m: Measurement, shape: RequestShape, concurrency: float) -> float:
    """Lengths and concurrency, where the row states them; an offline maximum counts as many requests."""
    distance = 0.1 * abs(log2((m.concurrency or 256.0) / max(concurrency, 1.0)))
    if m.isl and m.osl:
        distance += 0.1 * abs(log2(m.isl / max(shape.input_tokens, 1.0)))
        distance += 0.1 * abs(log2(m.osl / max(shape.output_tokens, 1.0)))
    return distance


def _varied(ranked: Iterable[tuple[float, Measurement]], limit: int) -> list[Measurement]:
    chosen: list[Measurement] = []
    taken: dict[str, int] = {}
    for _, m in ranked:
        if taken.get(m.citation.source, 0) < PER_SOURCE:
            chosen.append(m)
            taken[m.citation.source] = taken.get(m.citation.source, 0) + 1
        if len(chosen) == limit:
            break
    return chosen


def _predicted(measurements: list[Measurement], directory: Directory, calibration: Calibration) -> tuple[Evidence, ...]:
    cases: list[tuple[Measurement, Case]] = []
    for m in measurements:
        try:
            cases.append((m, case_of(_row(m), directory)))
        except ValueError:
            continue  # a row of the user's own catalogue that cannot be predicted is no evidence
    if not cases:
        return ()
    scored = score_cases([case for _, case in cases], calibration)
    return tuple(
        Evidence(m, s.mid, s.ratio) for (m, _), s in zip(cases, scored, strict=True) if s.skipped_because is None
    )


def _row(m: Measurement) -> MeasuredRow:
    return MeasuredRow(
        id=m.id,
        source=m.citation.source,
        url="",
        date=m.citation.as_of,
        model=m.model,
        total_params_b=m.total_params_b,
        active_params_b=m.active_params_b,
        gpu=m.gpu,
        gpu_mem_gb=None,
        gpus_total=float(m.gpus_total),
        tp=None if m.tp is None else float(m.tp),
        pp=None,
        engine=m.engine,
        engine_version=m.engine_version,
        weights=m.weights,
        kv=m.kv,
        isl=m.isl,
        osl=m.osl,
        concurrency=m.concurrency,
        metric=m.metric,
        value=m.value,
        notes=m.notes,
    )
