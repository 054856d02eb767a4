"""All candidate replicas: which fit, how fast the promising ones are, and in which order they are worth costing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.engine.fleet.self_hosted import Context, Speed
from planner.engine.replica.columns import Candidates
from planner.engine.replica.fit import FitColumns, fitted, needs_of
from planner.engine.replica.operating_point import DEFAULT_MAX_NUM_SEQS, OperatingPoints, operating_points
from planner.engine.search.eligible import ModelScope, ScopeColumns
from planner.engine.search.offers import PlacedOffer, placed_offers
from planner.engine.search.rows import Layouts, build, engine_of, factors_of, scaled
from planner.engine.search.screening import Screen, first_of_each, rough_speed
from planner.engine.specs import ServingEngine, ServingSettings
from planner.records import dataclass

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UNBOUNDED_MS = 1e9
PLENTY_OF_SEQUENCES = 128.0
PROMISING = 450
BY_RENT = 100
FEW = 3


@dataclass(frozen=True, slots=True)
class Search:
    """All rows considered and what became of them."""

    candidates: Candidates
    scopes: tuple[ModelScope, ...]
    scope_index: Indices
    places: tuple[PlacedOffer, ...]
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
    misses: Indices
    """For each model and GPU that never fits, the row that misses by least; nearest miss first."""
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


def search(context: Context, scopes: Sequence[ModelScope], settings: ServingSettings) -> Search | None:
    """All candidates, which fit, how fast they are, and a cost estimate; None where there is nothing to consider."""
    inputs, catalog = context.inputs, context.catalog
    engine = engine_of(inputs, catalog)
    places = placed_offers(inputs, catalog, context.usd_per_unit)
    if not scopes or not places:
        return None
    candidates = build(Layouts(inputs, scopes, places, engine))
    if candidates.rows == 0:
        return None
    scope_index = candidates.model_index
    shapes, screen = ScopeColumns.of(scopes), Screen.of(context, scopes, places)
    of = candidates.model_index[candidates.first_row]
    needs = needs_of(candidates.replicas, settings, shapes.max_context[of], shapes.tokens[of])
    cards = candidates.cards["usable_gib"][candidates.placement_index]
    memory = fitted(needs.take(candidates.replica_index), cards, settings)
    fitting = np.flatnonzero(memory.fits & ~_needless_fp8_cache(candidates, memory))
    fitting = _promising(context, screen, candidates, memory, scope_index, fitting, engine)
    points = _points(context, candidates, memory, shapes, scope_index, fitting, engine)
    ok = np.flatnonzero(points.feasible)
    rows, speed = fitting[ok], points.prediction
    place, scope = candidates.placement_index[rows], scope_index[rows]
    cost, rent = screen.estimate(context, scope, place, speed.prefill_s_per_token[ok], speed.decode_s_per_token[ok])
    order = np.argsort(cost, kind="stable")
    most = screen.most[scope]
    by_rent = np.argsort(np.where(most, rent, np.inf), kind="stable")[: int(most.sum())]
    return Search(
        candidates, tuple(scopes), scope_index, tuple(places), memory, points, fitting, int(memory.fits.sum()),
        ok[order], cost[order], _misses(candidates, memory), ok[by_rent],
    )  # fmt: skip


def _misses(candidates: Candidates, memory: FitColumns) -> Indices:
    gpu = np.unique([p.gpu.id for p in candidates.placements], return_inverse=True)[1]
    pair = candidates.model_index * (gpu.max() + 1) + gpu[candidates.placement_index]
    fits = np.zeros(int(pair.max()) + 1, bool)
    fits[pair[memory.fits]] = True
    rows = np.flatnonzero(~fits[pair] & memory.valid & memory.context_ok)
    rows = rows[np.argsort(memory.short_by_gib[rows], kind="stable")]
    _, first = np.unique(pair[rows], return_index=True)
    nearest: Indices = rows[np.sort(first)]
    return nearest


def _promising(
    context: Context,
    screen: Screen,
    candidates: Candidates,
    memory: FitColumns,
    scope_index: Indices,
    fitting: Indices,
    engine: ServingEngine,
) -> Indices:
    """The rows worth an operating point: the cheapest by a rough speed that flatters every row alike.

    Kept are the best overall, those that carry everything for the least rent, and a few of every model and GPU.
    """
    if len(fitting) <= PROMISING:
        return fitting
    scope, place = scope_index[fitting], candidates.placement_index[fitting]
    speed = rough_speed(candidates, memory, fitting, _max_num_seqs(engine))
    cost, rent = screen.estimate(context, scope, place, *speed)
    gpus = np.unique([p.gpu.id for p in candidates.placements], return_inverse=True)[1]
    order = np.argsort(cost, kind="stable")
    by_rent = np.argsort(np.where(screen.most[scope], rent, np.inf), kind="stable")
    kept = [order[:PROMISING], by_rent[:BY_RENT]]
    kept += [first_of_each(keys, order, FEW) for keys in (scope, gpus[place])]
    chosen: Indices = fitting[np.unique(np.concatenate(kept))]
    return chosen


def _max_num_seqs(engine: ServingEngine) -> float:
    return float(engine.default_max_num_seqs or DEFAULT_MAX_NUM_SEQS)


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


def _points(
    context: Context,
    candidates: Candidates,
    memory: FitColumns,
    per_scope: ScopeColumns,
    scope_index: Indices,
    fitting: Indices,
    engine: ServingEngine,
) -> OperatingPoints:
    calibration = context.catalog.calibration
    assert calibration is not None  # every catalogue that was loaded has one
    scope = scope_index[fitting]
    strict = per_scope.interactive[scope]
    factors = factors_of(context.inputs, candidates, fitting, calibration)
    points = operating_points(
        candidates.columns(fitting),
        memory.max_concurrency[fitting] * per_scope.tokens[scope],
        per_scope.isl[scope],
        per_scope.osl[scope],
        per_scope.cached[scope],
        np.where(strict, context.inputs.objectives.ttft_ms_p95 / per_scope.long_prompt[scope] * factors, UNBOUNDED_MS),
        np.where(strict & per_scope.generates[scope], context.inputs.objectives.tpot_ms * factors, UNBOUNDED_MS),
        calibration,
        _max_num_seqs(engine),
    )
    return scaled(points, factors)
