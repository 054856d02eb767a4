"""Which replicas are worth costing: every model x format x KV dtype x GPU offer x parallelism, filtered and ranked.

Ranking is by a fluid estimate of the 12-month cost; the best are then costed exactly (`own`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.engine.columns import Candidates, Placement, gather
from planner.engine.memory import FitColumns, fit_columns, valid_tensor_parallel
from planner.engine.own import Context, Speed, is_interactive, offer_month
from planner.engine.quality import context_needed, gate, is_resident, licence_obstacle
from planner.engine.specs import (
    Catalog,
    Gpu,
    Inputs,
    Model,
    Offer,
    QualityGate,
    ServingEngine,
    ServingSettings,
    Workload,
)
from planner.engine.throughput import OperatingPoints, Prediction, operating_points, predict_columns

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UNBOUNDED_MS = 1e9
GGUF = frozenset({"q4_k_m", "q8_0"})
TENSOR_PARALLEL = (1, 2, 4, 8, 16)
SCREEN_MONTHS = (0, 5, 11)
DEFAULT_MAX_NUM_SEQS = 256
PLENTY_OF_SEQUENCES = 128.0
PROMISING = 1600
FEW = 12


@dataclass(frozen=True, slots=True)
class ModelScope:
    """One model and the workloads it may take."""

    model: Model
    rows: tuple[int, ...]
    """Indices into the plan's workloads."""
    tokenizer_ratios: tuple[float, ...]
    gates: tuple[QualityGate, ...]
    isl: float
    osl: float
    cached_fraction: float
    max_context: int
    interactive: bool
    long_prompt_ratio: float
    """p95 over mean prompt length: the TTFT objective is of the p95 request, the operating point of the mean one."""

    @property
    def provisional(self) -> bool:
        return any(g.provisional for g in self.gates)


@dataclass(frozen=True, slots=True)
class Place:
    """A rental offer with one way to cut a model over its GPUs."""

    offer: Offer
    gpu: Gpu
    tensor_parallel: int
    month: float
    """Plan currency for the whole product."""

    @property
    def replicas_per_unit(self) -> int:
        return self.offer.gpu_count // self.tensor_parallel


@dataclass(frozen=True, slots=True)
class Search:
    """All rows considered and what became of them."""

    candidates: Candidates
    scopes: tuple[ModelScope, ...]
    scope_index: Indices
    places: tuple[Place, ...]
    memory: FitColumns
    points: OperatingPoints
    """Of the rows in `fitting`, in that order."""
    fitting: Indices
    """Rows that fit and are worth an operating point."""
    fits: int
    """Rows that fit at all."""
    usable: Indices
    """Positions in `fitting` that also keep the objectives, cheapest first by the screening estimate."""
    screened: Floats
    """Estimated 12-month cost of the whole plan for each of `usable`."""
    covering: Indices
    """Positions in `fitting` of rows that may take the most work, by the rent that carries all of it."""

    def speed(self, position: int) -> Speed:
        """Speed of the row at `fitting[position]`."""
        p = self.points.prediction
        return Speed(
            float(p.concurrency[position]),
            float(p.prefill_s_per_token[position]),
            float(p.decode_s_per_token[position]),
            float(p.ttft_s[position]),
            float(p.tpot_s[position]),
        )


def engine_of(inputs: Inputs, catalog: Catalog) -> ServingEngine:
    """The pinned engine, or the first production-ready one of the catalogue (vLLM)."""
    if inputs.pins.engine is not None:
        return catalog.engines[inputs.pins.engine]
    return next(e for e in catalog.engines.values() if e.production_ready)


def scopes_of(
    inputs: Inputs, catalog: Catalog, must_take: frozenset[int] = frozenset()
) -> tuple[list[ModelScope], list[tuple[Model, str]]]:
    """Models with the workloads that may go to them, and the models that are out with the reason.

    `must_take`: workloads that no endpoint may take, so that a model which cannot take them all is out.
    """
    scopes, out = [], []
    for model in catalog.models.values():
        reason = _model_obstacle(inputs, model)
        gates = [] if reason else _gates(inputs, model)
        taken = [(i, g) for i, g in gates if g.allowed]
        refused = [g for i, g in gates if i in must_take and not g.allowed]
        if refused:
            out.append((model, f"{refused[0].workload} must stay inside; {refused[0].reason}"))
        elif taken:
            scopes.append(_scope(inputs, catalog, model, taken))
        else:
            out.append((model, reason or next((g.reason for _, g in gates), "no workload may leave the API")))
    return scopes, out


def _model_obstacle(inputs: Inputs, model: Model) -> str | None:
    if inputs.pins.model is not None and model.id != inputs.pins.model:
        return f"you pinned {inputs.pins.model}"
    if not model.kv_known and not model.is_embedding:
        return "its KV cache size was not published"
    tuned = inputs.fine_tuned_model
    if inputs.pins.model is None and inputs.fine_tuned_weights == "yes" and tuned and model.id != tuned:
        return f"your fine-tuned weights are of {tuned}"
    return licence_obstacle(inputs, model)


def _gates(inputs: Inputs, model: Model) -> list[tuple[int, QualityGate]]:
    return [
        (i, gate(inputs, w, model))
        for i, w in enumerate(inputs.workloads)
        if w.route in ("auto", "self_host") or is_resident(inputs, w)
    ]


def _scope(inputs: Inputs, catalog: Catalog, model: Model, taken: Sequence[tuple[int, QualityGate]]) -> ModelScope:
    rows = tuple(i for i, _ in taken)
    workloads = [inputs.workloads[i] for i in rows]
    ratios = tuple(model.tokenizer_factor / _baseline_factor(inputs, catalog, w) for w in workloads)
    requests = np.array([w.requests_per_day for w in workloads])
    weight = requests / max(float(requests.sum()), 1e-12)
    inputs_mean = np.array([w.input_tokens * t for w, t in zip(workloads, ratios, strict=True)])
    outputs_mean = np.array([w.output_tokens * t for w, t in zip(workloads, ratios, strict=True)])
    cached = np.array([w.cached_input_fraction for w in workloads])
    isl = float((weight * inputs_mean).sum())
    return ModelScope(
        model=model,
        rows=rows,
        tokenizer_ratios=ratios,
        gates=tuple(g for _, g in taken),
        isl=max(isl, 1.0),
        osl=max(float((weight * outputs_mean).sum()), 1.0),
        cached_fraction=float((weight * inputs_mean * cached).sum()) / max(isl, 1.0),
        max_context=min(max(context_needed(w) for w in workloads), model.max_context),
        interactive=any(is_interactive(w) for w in workloads),
        long_prompt_ratio=max(long_prompt_ratio(w) for w in workloads),
    )


def long_prompt_ratio(workload: Workload) -> float:
    """p95 over mean prompt length; 2 where the plan states none."""
    return 2.0 if workload.input_tokens_p95 is None else max(workload.input_tokens_p95 / workload.input_tokens, 1.0)


def _baseline_factor(inputs: Inputs, catalog: Catalog, workload: Workload) -> float:
    return catalog.apis[workload.api_model or inputs.baseline_api].tokenizer_factor


def places_of(inputs: Inputs, catalog: Catalog, usd_per_unit: float) -> list[Place]:
    """The offers worth costing: for each GPU and parallelism, none that another one beats in size and price.

    An offer is left out where one with no more GPUs costs no more for each of them: the same replica, dearer.
    """
    cheapest: dict[tuple[str, int], tuple[float, Offer]] = {}
    for offer in catalog.offers.values():
        if _offer_allowed(inputs, catalog, offer):
            month = offer_month(offer, catalog, usd_per_unit)
            key = (offer.gpu_id, offer.gpu_count)
            if key not in cheapest or month < cheapest[key][0]:
                cheapest[key] = (month, offer)
    found = []
    for (gpu_id, count), (month, offer) in cheapest.items():
        smaller = [c for (g, c), (m, _) in cheapest.items() if g == gpu_id and c < count and m / c <= month / count]
        beaten_up_to = max(smaller, default=0)
        degrees = [t for t in TENSOR_PARALLEL if beaten_up_to < t <= count and inputs.pins.tensor_parallel in (None, t)]
        found += [Place(offer, catalog.gpus[gpu_id], t, month) for t in degrees]
    return found


def _offer_allowed(inputs: Inputs, catalog: Catalog, offer: Offer) -> bool:
    pins = inputs.pins
    if pins.offer is not None:
        return offer.id == pins.offer
    if pins.gpu is not None and offer.gpu_id != pins.gpu:
        return False
    if inputs.prefer_gpus and offer.gpu_id not in inputs.prefer_gpus:
        return False
    if offer.provider in inputs.exclude_providers or offer.gpu_id not in catalog.gpus:
        return False
    bound = inputs.must_stay_inside == "yes" and inputs.residency != "none"
    if bound and not offer.in_eu:
        return False
    return offer.is_production or (inputs.allow_non_production and offer.is_current)


def formats_for(model: Model, engine: ServingEngine, pinned: str | None) -> list[str]:
    """Formats that exist for the model and that the engine serves; GGUF only where the engine is built for it."""
    if pinned is not None:
        return [pinned]
    published = {c.format for c in model.checkpoints} | {model.native_format}
    return [f for f in engine.formats if f in published]


def runs_on(format_id: str, kv: str, gpu: Gpu, engine: ServingEngine) -> bool:
    """Whether the engine has a kernel for this format and KV dtype on this GPU (weight-only kernels count)."""
    if gpu.vendor not in engine.vendors:
        return False
    capability = _capability(gpu)
    if gpu.vendor == "NVIDIA":
        need = {"fp8": 7.5, "awq": 7.5, "nvfp4": 7.5, "mxfp4": 8.0, "int8": 7.5}.get(format_id, 6.0)
        return capability >= need and (kv != "fp8" or capability >= 8.9)
    return format_id != "nvfp4" and (kv != "fp8" or gpu.dense_fp8_tflops is not None)


def _capability(gpu: Gpu) -> float:
    try:
        return float(gpu.compute_capability)
    except ValueError:
        return 0.0


def build(
    inputs: Inputs, scopes: Sequence[ModelScope], places: Sequence[Place], engine: ServingEngine
) -> tuple[Candidates, Indices]:
    """Rows of the search and, for each, the index of its scope."""
    kvs = ["fp16", "fp8"] if inputs.pins.kv is None else [inputs.pins.kv]
    formats = sorted({f for s in scopes for f in formats_for(s.model, engine, inputs.pins.weights)})
    runs = np.array([[[runs_on(f, kv, p.gpu, engine) for p in places] for kv in kvs] for f in formats])
    runs = runs.reshape(len(formats), len(kvs), len(places))
    has = np.zeros((len(scopes), len(formats)), bool)
    for i, scope in enumerate(scopes):
        has[i, [formats.index(f) for f in formats_for(scope.model, engine, inputs.pins.weights)]] = True
    degrees = [[p.tensor_parallel in valid_tensor_parallel(s.model, p.offer.gpu_count) for p in places] for s in scopes]
    splits = np.array(degrees).reshape(len(scopes), len(places))
    keeps_cache = np.array([[s.model.kv_bytes_per_token_fp16 > 0 or i == 0 for i in range(len(kvs))] for s in scopes])
    mask = has[:, :, None, None] & runs[None] & splits[:, None, None, :] & keeps_cache[:, None, :, None]
    mask &= ~_outclassed(mask, formats, places)[:, :, None, :]
    scope_at, fmt, kv, place = (index.astype(np.intp) for index in np.nonzero(mask))
    placements = [Placement(p.gpu, p.tensor_parallel) for p in places]
    models = [s.model for s in scopes]
    return gather(models, formats, kvs, placements, engine, scope_at, fmt, kv, place), scope_at


def _outclassed(mask: NDArray[np.bool_], formats: Sequence[str], places: Sequence[Place]) -> NDArray[np.bool_]:
    """(model, format, place) of BF16 where FP8 exists and the GPU multiplies in it: twice the bytes."""
    out = np.zeros(mask.shape[:2] + mask.shape[3:], bool)
    if "bf16" in formats and "fp8" in formats:
        native = np.array([_capability(p.gpu) >= 8.9 or p.gpu.architecture.startswith("CDNA3") for p in places])
        better = mask[:, formats.index("fp8")].any(axis=1)
        out[:, formats.index("bf16")] = better & native
    return out


def search(context: Context, scopes: Sequence[ModelScope], settings: ServingSettings) -> Search | None:
    """All candidates, which fit, how fast they are, and a cost estimate; None where there is nothing to consider."""
    inputs, catalog = context.inputs, context.catalog
    engine = engine_of(inputs, catalog)
    places = places_of(inputs, catalog, context.usd_per_unit)
    if not scopes or not places:
        return None
    candidates, scope_index = build(inputs, scopes, places, engine)
    if candidates.columns.rows == 0:
        return None
    per_scope = _ScopeColumns.of(scopes)
    memory = fit_columns(
        candidates.columns, settings, per_scope.max_context[scope_index], per_scope.tokens[scope_index]
    )
    fitting = np.flatnonzero(memory.fits & ~_needless_fp8_cache(candidates, memory))
    fitting = _promising(context, scopes, places, candidates, memory, per_scope, scope_index, fitting, engine)
    points = _points(context, candidates, memory, per_scope, scope_index, fitting, engine)
    ok = np.flatnonzero(points.feasible)
    cost, full_rent = screen(
        context, scopes, places, candidates, scope_index[fitting[ok]], fitting[ok], _at(points.prediction, ok)
    )
    order = np.argsort(cost, kind="stable")
    most = _covers_most(context, scopes)[scope_index[fitting[ok]]]
    by_rent = np.argsort(np.where(most, full_rent, np.inf), kind="stable")[: int(most.sum())]
    return Search(
        candidates, tuple(scopes), scope_index, tuple(places), memory, points, fitting, int(memory.fits.sum()),
        ok[order], cost[order], ok[by_rent],
    )  # fmt: skip


def _at(prediction: Prediction, positions: Indices) -> tuple[Floats, Floats]:
    """Replica-seconds of a prompt token and of a generated one."""
    return prediction.prefill_s_per_token[positions], prediction.decode_s_per_token[positions]


def _promising(
    context: Context,
    scopes: Sequence[ModelScope],
    places: Sequence[Place],
    candidates: Candidates,
    memory: FitColumns,
    per_scope: _ScopeColumns,
    scope_index: Indices,
    fitting: Indices,
    engine: ServingEngine,
) -> Indices:
    """The rows worth an operating point: cheapest when run at full concurrency, which flatters every row alike.

    Kept are the best overall, and the best few of every model, of every GPU and of the models that take most work.
    """
    if len(fitting) <= PROMISING:
        return fitting
    calibration, scope = context.catalog.calibration, scope_index[fitting]
    assert calibration is not None, "the catalogue carries no calibration"
    batch = np.clip(memory.max_concurrency[fitting], 1.0, _max_num_seqs(engine))
    shape = per_scope.isl[scope], per_scope.osl[scope], per_scope.cached[scope]
    flattered = predict_columns(candidates.columns.take(fitting), *shape, batch, calibration)
    every = np.arange(len(fitting))
    cost, rent = screen(context, scopes, places, candidates, scope, fitting, _at(flattered, every))
    gpu = np.unique([p.gpu.id for p in places], return_inverse=True)[1][candidates.placement_index[fitting]]
    most = _covers_most(context, scopes)[scope]
    order = np.argsort(cost, kind="stable")
    by_rent = np.argsort(np.where(most, rent, np.inf), kind="stable")
    kept = [order[:PROMISING], by_rent[: PROMISING // 4]]
    kept += [_first_of_each(keys, order, FEW) for keys in (scope, gpu)]
    chosen: Indices = fitting[np.unique(np.concatenate(kept))]
    return chosen


def _first_of_each(keys: Indices, order: Indices, count: int) -> Indices:
    """The first `count` positions of every key, in that order."""
    ranked = keys[order]
    grouped = np.argsort(ranked, kind="stable")
    starts = np.searchsorted(ranked[grouped], ranked[grouped], side="left")
    early: Indices = order[grouped[np.arange(len(grouped)) - starts < count]]
    return early


def _max_num_seqs(engine: ServingEngine) -> float:
    return float(engine.default_max_num_seqs or DEFAULT_MAX_NUM_SEQS)


def _covers_most(context: Context, scopes: Sequence[ModelScope]) -> NDArray[np.bool_]:
    """True for models that may take (nearly) the most work, measured by what it costs today."""
    worth = np.array([o.today.total for o in context.market.outsides])
    taken = np.array([float(worth[list(s.rows)].sum()) for s in scopes])
    most: NDArray[np.bool_] = taken >= 0.95 * taken.max()
    return most


def _needless_fp8_cache(candidates: Candidates, memory: FitColumns) -> NDArray[np.bool_]:
    """Rows with an FP8 cache whose twin with a 16-bit cache already holds plenty of sequences."""
    if len(candidates.kvs) < 2:
        return np.zeros(len(memory.fits), bool)
    shape = (len(candidates.models), len(candidates.formats), len(candidates.placements))
    twin = np.ravel_multi_index((candidates.model_index, candidates.format_index, candidates.placement_index), shape)
    roomy = np.zeros(int(np.prod(shape)), bool)
    plain = candidates.kv_index == candidates.kvs.index("fp16")
    roomy[twin[plain & memory.fits & (memory.max_concurrency >= PLENTY_OF_SEQUENCES)]] = True
    needless: NDArray[np.bool_] = ~plain & roomy[twin]
    return needless


@dataclass(frozen=True, slots=True)
class _ScopeColumns:
    isl: Floats
    osl: Floats
    cached: Floats
    max_context: Floats
    interactive: NDArray[np.bool_]
    long_prompt: Floats
    generates: NDArray[np.bool_]
    """False for embeddings, which have no TPOT."""

    @classmethod
    def of(cls, scopes: Sequence[ModelScope]) -> _ScopeColumns:
        return cls(
            np.array([s.isl for s in scopes]),
            np.array([s.osl for s in scopes]),
            np.array([s.cached_fraction for s in scopes]),
            np.array([float(s.max_context) for s in scopes]),
            np.array([s.interactive for s in scopes]),
            np.array([s.long_prompt_ratio for s in scopes]),
            np.array([not s.model.is_embedding for s in scopes]),
        )

    @property
    def tokens(self) -> Floats:
        total: Floats = self.isl + self.osl
        return total


def _points(
    context: Context,
    candidates: Candidates,
    memory: FitColumns,
    per_scope: _ScopeColumns,
    scope_index: Indices,
    fitting: Indices,
    engine: ServingEngine,
) -> OperatingPoints:
    calibration = context.catalog.calibration
    assert calibration is not None, "the catalogue carries no calibration"
    scope = scope_index[fitting]
    strict = per_scope.interactive[scope]
    return operating_points(
        candidates.columns.take(fitting),
        memory.max_concurrency[fitting] * per_scope.tokens[scope],
        per_scope.isl[scope],
        per_scope.osl[scope],
        per_scope.cached[scope],
        np.where(strict, context.inputs.ttft_ms_p95 / per_scope.long_prompt[scope], UNBOUNDED_MS),
        np.where(strict & per_scope.generates[scope], context.inputs.tpot_ms, UNBOUNDED_MS),
        calibration,
        _max_num_seqs(engine),
    )


def screen(
    context: Context,
    scopes: Sequence[ModelScope],
    places: Sequence[Place],
    candidates: Candidates,
    scope_index: Indices,
    rows: Indices,
    seconds_per_token: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Fluid estimate of the 12-month cost of the whole plan for each row, and of the rent that carries all its work.

    The first takes the best of three replica counts in three months plus the API for the load beyond them; queueing,
    deadlines and overflow by the hour are left to `own`.
    """
    load = context.load
    table, outside, elsewhere = _scope_loads(context, scopes)
    prefill_s, decode_s = seconds_per_token
    erlangs = table[scope_index, 0] * prefill_s + table[scope_index, 1] * decode_s
    place = candidates.placement_index[rows]
    unit = np.array([p.month for p in places])[place]
    per_unit = np.array([float(p.replicas_per_unit) for p in places])[place]
    shape = _mean_shape(load.hours, load.tokens_per_day)
    utilisation = context.assumptions.safe_utilisation_interactive
    total, full = np.zeros(len(rows)), np.zeros(len(rows))
    peak = float(shape[0][-1]) / 1.5
    for month in SCREEN_MONTHS:
        level = erlangs * load.month_factor[month]
        api = outside[scope_index, month]
        costs = []
        for count in (np.ones_like(level), np.ceil(level / utilisation), np.ceil(level * 1.6 / utilisation)):
            replicas = np.maximum(np.ceil(count / per_unit), 1.0) * per_unit
            served = np.interp(replicas * utilisation / np.maximum(level, 1e-12), *shape)
            costs.append(np.ceil(count / per_unit).clip(1.0) * unit + api * (1.0 - served))
        total += np.min(costs, axis=0)
        full += np.ceil(np.maximum(level * peak / utilisation, 1e-9) / per_unit) * unit
    estimate: Floats = total * (12 / len(SCREEN_MONTHS)) + elsewhere[scope_index] + context.fixed_total
    return estimate, full


def _mean_shape(hours: Floats, tokens: Floats) -> tuple[Floats, Floats]:
    """(capacity over mean load, share served) of the token-weighted profile."""
    mixed = (hours * tokens[:, None]).sum(axis=0) / max(float(tokens.sum()), 1e-12)
    capacity = np.concatenate([[0.0], np.geomspace(0.05, max(float(mixed.max()), 1.0) * 1.5, 60)])
    served = np.minimum(mixed[None, :], capacity[:, None]).mean(axis=1)
    return capacity, served


def _scope_loads(context: Context, scopes: Sequence[ModelScope]) -> tuple[Floats, Floats, Floats]:
    """Per scope: (prompt, generated) tokens/s to compute; (12,) API cost of its workloads; cost of the others."""
    workloads, market = context.inputs.workloads, context.market
    uncached = np.array([w.input_tokens * (1 - w.cached_input_fraction) for w in workloads])
    generated = np.array([w.output_tokens for w in workloads])
    per_s = context.load.requests_per_s
    months = np.stack([np.zeros(12) if o.best is None else o.best.monthly for o in market.outsides])
    tokens, inside, elsewhere = [], [], []
    for scope in scopes:
        rows = list(scope.rows)
        ratio = np.array(scope.tokenizer_ratios) * per_s[rows]
        tokens.append([float((ratio * uncached[rows]).sum()), float((ratio * generated[rows]).sum())])
        inside.append(months[rows].sum(axis=0))
        elsewhere.append(float(months.sum() - months[rows].sum()))
    return np.array(tokens), np.array(inside), np.array(elsewhere)
