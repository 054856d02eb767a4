"""Rows of the search: combinations that exist, that the engine serves and that the GPU has kernels for.

The user's own throughput measurements: they scale the prediction for one model, GPU and engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import lru_cache

import numpy as np

from planner.engine.arrays import Flags, Floats, Indices
from planner.engine.replica.column_readers import Placement
from planner.engine.replica.columns import Candidates, Columns, gather
from planner.engine.replica.constants import CEILING_MARGIN, ideal_constants
from planner.engine.replica.formats import FP8_ARITHMETIC, capability_of, start_problem, weight_format
from planner.engine.replica.layouts import divides_heads
from planner.engine.replica.operating_point import OperatingPoints, Prediction, Shape, predict_columns
from planner.engine.replica.paging import Paging, paging_of
from planner.engine.replica.step import mixed_step, replica_of, request_of
from planner.engine.search.eligible import ModelScope, PlacedOffer
from planner.engine.specs import Benchmark, Catalog, Gpu, Inputs, Model, ServingEngine
from planner.engine.specs.calibration import Calibration
from planner.engine.specs.verdict import Impossible
from planner.engine.units import GIB

ALIKE = ("awq", "gptq", "int4")
LEAST_FRACTION = 0.03
"""Weights on each GPU below this share of its memory: not worth cutting the model so fine."""

Cards = Sequence[tuple[Gpu, int]]
"""The card and the tensor parallelism of every place."""


def engine_of(inputs: Inputs, catalog: Catalog) -> ServingEngine:
    """The pinned engine, or the first production-ready one of the catalogue (vLLM)."""
    if inputs.choice.engine is not None:
        return catalog.engines[inputs.choice.engine]
    return next(e for e in catalog.engines.values() if e.production_ready)


def formats_for(model: Model, engine: ServingEngine, pinned: str | None) -> list[str]:
    """Formats that exist for the model and that the engine serves; GGUF only where the engine is built for it."""
    if pinned is not None:
        return [pinned]
    published = {c.format for c in model.checkpoints} | {model.native_format}
    return [f for f in engine.formats if f in published]


class Layouts:
    """What the rows depend on, equal only where models, cards and engine are the very same records."""

    __slots__ = ("engine", "models", "pins", "placements")

    def __init__(
        self, inputs: Inputs, scopes: Sequence[ModelScope], places: Sequence[PlacedOffer], engine: ServingEngine
    ) -> None:
        self.models = tuple(s.model for s in scopes)
        self.placements = tuple((p.gpu, p.tensor_parallel) for p in places)
        self.engine = engine
        self.pins = (inputs.choice.kv, inputs.choice.weights, inputs.choice.tensor_parallel)

    def _identity(self) -> tuple[object, ...]:
        gpus = tuple((id(gpu), degree) for gpu, degree in self.placements)
        return tuple(map(id, self.models)), gpus, id(self.engine), self.pins

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layouts) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


@lru_cache(maxsize=2)
def build(layouts: Layouts) -> Candidates:
    """Rows of the search. Kept for the next evaluation: prices, volumes and answers mostly leave them as they are."""
    kv_pin, weights_pin, degree_pin = layouts.pins
    models, engine, cards = layouts.models, layouts.engine, layouts.placements
    kvs = ["fp16", "fp8"] if kv_pin is None else [kv_pin]
    formats = sorted({f for m in models for f in formats_for(m, engine, weights_pin)})
    has = np.zeros((len(models), len(formats)), bool)
    for i, model in enumerate(models):
        has[i, [formats.index(f) for f in formats_for(model, engine, weights_pin)]] = True
    runs, splits = _runs(formats, kvs, cards, engine), _splits(models, cards)
    keeps_cache = np.array([[m.kv_bytes_per_token_fp16 > 0 or i == 0 for i in range(len(kvs))] for m in models])
    mask = has[:, :, None, None] & runs[None] & splits[:, None, None, :] & keeps_cache[:, None, :, None]
    mask &= ~_outclassed(mask, formats, cards)[:, :, None, :]
    if degree_pin is None:
        mask &= ~_cut_too_fine(models, formats, cards)[:, :, None, :]
    model_at, fmt, kv, place = (index.astype(np.intp) for index in np.nonzero(mask))
    placements = [Placement(gpu, degree) for gpu, degree in cards]
    return gather(models, formats, kvs, placements, engine, (model_at, fmt, kv, place))


@lru_cache(maxsize=2)
def pages(layouts: Layouts) -> Paging:
    """How the caches of the rows' replicas are cut, which no length and no price changes."""
    return paging_of(build(layouts).replicas)


def _outclassed(mask: Flags, formats: Sequence[str], cards: Cards) -> Flags:
    """(model, format, place) that another one beats everywhere.

    BF16 where FP8 exists and the GPU multiplies in it: twice the bytes. The second of two sorts of 4-bit weights with a
    scale for each 128: the same bytes and the same kernels.
    """
    out = np.zeros(mask.shape[:2] + mask.shape[3:], bool)
    taken = np.zeros(out.shape[0:1] + out.shape[2:], bool)
    for format in (f for f in ALIKE if f in formats):
        here = mask[:, formats.index(format)].any(axis=1)
        out[:, formats.index(format)] = here & taken
        taken |= here
    if "bf16" in formats and "fp8" in formats:
        native = np.array(
            [capability_of(gpu) >= FP8_ARITHMETIC or gpu.architecture.startswith("CDNA3") for gpu, _ in cards]
        )
        better = mask[:, formats.index("fp8")].any(axis=1)
        out[:, formats.index("bf16")] = better & native
    return out


def _cut_too_fine(models: Sequence[Model], formats: Sequence[str], cards: Cards) -> Flags:
    """(model, format, place) where each GPU would hold next to nothing: the ranks only wait for each other."""
    size = np.array([m.total_params_b * 1e9 for m in models])[:, None, None]
    bits = np.array([weight_format(f).bits for f in formats])[None, :, None]
    memory = np.array([gpu.memory_gib_usable * GIB for gpu, _ in cards])
    parallel = np.array([float(degree) for _, degree in cards])
    thin: Flags = (size * bits / 8 < LEAST_FRACTION * parallel * memory) & (parallel > 1)
    return thin


def _runs(formats: Sequence[str], kvs: Sequence[str], cards: Cards, engine: ServingEngine) -> Flags:
    """(format, KV dtype, place) that the engine starts with."""
    gpus = {gpu.id: gpu for gpu, _ in cards}
    known = {id: [[not start_problem(f, kv, gpu, engine) for kv in kvs] for f in formats] for id, gpu in gpus.items()}
    runs = np.array([known[gpu.id] for gpu, _ in cards], dtype=bool)
    return runs.reshape(len(cards), len(formats), len(kvs)).transpose(1, 2, 0)


def _splits(models: Sequence[Model], cards: Cards) -> Flags:
    """(model, place) whose heads divide evenly."""
    degrees = sorted({degree for _, degree in cards})
    column = np.array([degrees.index(degree) for _, degree in cards], dtype=np.intp)
    even = np.array([[divides_heads(m, t) for t in degrees] for m in models]).reshape(len(models), len(degrees))
    return even[:, column]


MEASURED_SPREAD = (0.85, 1.15)
"""Interval around a measurement of one's own: other hours, other prompts, another version."""
_KEPT = frozenset({"concurrency", "output_tok_s", "single_tok_s", "step", "spreads"})


def factors_of(
    inputs: Inputs, candidates: Candidates, rows: Indices, calibration: Calibration
) -> tuple[Floats, tuple[Impossible, ...]]:
    """(rows,) measured over predicted throughput, 1 where nothing was measured; and what cannot have been measured.

    Where a benchmark does not say in which format the model ran, or on how many GPUs: of the layouts on the fewest the
    one whose prediction is nearest is taken to be the one that was measured. What none of them could reach on ideal
    software is not used. Several benchmarks of the same rows, at other loads say, count with their geometric mean.
    """
    logs, counts, impossible = np.zeros(len(rows)), np.zeros(len(rows)), []
    for benchmark in inputs.benchmark:
        match = _matches(benchmark, candidates, rows)
        if not match.size:
            continue
        columns = candidates.columns(rows[match])
        ran = _ran_on(benchmark, candidates, rows[match], columns)
        shape = Shape.of(benchmark.input_tokens, benchmark.output_tokens, 0.0, columns.rows)
        most = float(_most(columns, shape, benchmark.concurrency)[ran].max())
        if benchmark.output_tok_s > most * CEILING_MARGIN:
            impossible.append(Impossible(benchmark, int(columns.gpus[ran].min()), most))
        else:
            logs[match] += np.log(_ratio(benchmark, columns, shape, calibration, ran))
            counts[match] += 1
    return np.exp(logs / np.maximum(counts, 1)), tuple(impossible)


def _ran_on(benchmark: Benchmark, candidates: Candidates, rows: Indices, columns: Columns) -> Flags:
    """(rows,) where the benchmark may have run: as it says, where some row is so, and else on the fewest GPUs."""
    likely: Flags = np.ones(len(rows), bool)
    if benchmark.weights is not None:
        named = np.array([weight_format(f).id for f in candidates.formats]) == weight_format(benchmark.weights).id
        likely = named[candidates.format_index[rows]] if named[candidates.format_index[rows]].any() else likely
    stated = likely & (columns.gpus == benchmark.tensor_parallel)
    fewest: Flags = likely & (columns.gpus == columns.gpus[likely].min())
    return stated if stated.any() else fewest


def _most(columns: Columns, shape: Shape, concurrency: float) -> Floats:
    """(rows,) output tok/s on ideal software."""
    r, k = replica_of(columns), ideal_constants(columns.rows)
    request = request_of(r, k, shape.uncached, shape.cached, shape.generated)
    return concurrency / mixed_step(r, k, np.full(columns.rows, concurrency), request).busy


def _matches(benchmark: Benchmark, candidates: Candidates, rows: Indices) -> Indices:
    if benchmark.engine != candidates.engine.id:
        return np.zeros(0, np.intp)
    models = np.array([m.id == benchmark.model for m in candidates.models])
    places = np.array([p.gpu.id == benchmark.gpu for p in candidates.placements])
    return np.flatnonzero(models[candidates.model_index[rows]] & places[candidates.placement_index[rows]])


def _ratio(benchmark: Benchmark, columns: Columns, shape: Shape, calibration: Calibration, ran: Flags) -> float:
    found = predict_columns(columns, shape, benchmark.concurrency, calibration)
    ratio = benchmark.output_tok_s / found.output_tok_s
    apart = np.where(ran, np.abs(np.log(ratio)), np.inf)
    return float(ratio[int(np.argmin(apart))])


def scaled(points: OperatingPoints, factors: Floats) -> OperatingPoints:
    """Operating points at the measured speed; rows without a measurement stay as they are."""
    if np.all(factors == 1.0):
        return points
    p = points.prediction
    changed = {f.name: getattr(p, f.name) / factors for f in fields(Prediction) if f.name not in _KEPT}
    throughput = np.where(factors != 1.0, np.array(MEASURED_SPREAD)[:, None], p.spreads.throughput)
    spreads = replace(p.spreads, throughput=throughput)
    return replace(points, prediction=replace(p, **changed, output_tok_s=p.output_tok_s * factors, spreads=spreads))
