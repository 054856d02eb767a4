"""All candidate replicas: which fit, how fast the promising ones are, and in which order they are worth costing.

They are ranked by a fluid estimate of the 12-month cost of thousands of rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.engine.arrays import TINY, Flags, Floats, Indices, distinct
from planner.engine.fleet.self_hosted import Context, Speed
from planner.engine.replica.columns import Candidates
from planner.engine.replica.fit import FitColumns, fitted, needs_of, start_up_settings
from planner.engine.replica.operating_point import OperatingPoints, Shape, operating_points
from planner.engine.replica.performance import UNBOUNDED_MS
from planner.engine.search.eligible import ModelScope, PlacedOffer, ScopeColumns, placed_offers
from planner.engine.search.rows import Layouts, build, engine_of, factors_of, pages, scaled
from planner.engine.specs import ServingSettings
from planner.engine.specs.verdict import Impossible
from planner.engine.units import GIB, HOURS_PER_DAY
from planner.records import dataclass

PLENTY_OF_SEQUENCES = 128.0
PROMISING = 450
BY_RENT = 100
FEW = 3
MONTHS_TRIED = (0, 5, 11)
REACHED_BANDWIDTH = 0.65
REACHED_COMPUTE = 0.4
"""Typical shares of the maker's peaks: only for ranking rows before their speed is predicted."""
FLOP_PER_BYTE = 60.0
"""16-bit FLOP for each byte/s where compute is not published."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the estimate needs of a plan, by scope."""

    tokens_s: Floats
    """(scopes, 2) prompt and generated tokens to compute a second today."""
    outside: Floats
    """(scopes, 12) API cost of the scope's workloads."""
    elsewhere: Floats
    """(scopes,) 12 months of the other workloads."""
    most: Flags
    """(scopes,) takes (nearly) the most work, measured by what it costs today."""
    unit_month: Floats
    """(places,)"""
    per_unit: Floats
    """(places,) replicas."""
    capacity: Floats
    """Capacity over mean load at which `served` is known."""
    served: Floats
    peak: float
    """Busiest hour over the mean."""

    @classmethod
    def of(cls, context: Context, scopes: Sequence[ModelScope], places: Sequence[PlacedOffer]) -> Screen:
        workloads, market, load = context.inputs.workload, context.market, context.load
        takes = np.array([[float(i in s.rows) for i in range(len(workloads))] for s in scopes])
        ratio, longer = np.zeros(takes.shape), np.zeros(takes.shape)
        for k, scope in enumerate(scopes):
            ratio[k, list(scope.rows)] = scope.tokenizer_ratios
            longer[k, list(scope.rows)] = scope.longer
        uncached = np.array([w.input_tokens * (1 - w.cached_input_fraction) for w in workloads])
        generated = np.array([w.output_tokens for w in workloads])
        per_s = load.requests_per_s
        months = np.stack([np.zeros(12) if o.best is None else o.best.monthly for o in market.outsides])
        worth = takes @ np.array([o.today.total for o in market.outsides])
        mixed = (load.days * load.tokens_per_day[:, None, None]).sum(axis=0) / max(load.tokens_per_day.sum(), TINY)
        capacity = np.concatenate([[0.0], np.geomspace(0.05, max(float(mixed.max()), 1.0) * 1.5, 40)])
        weights = load.day_share[:, None] / HOURS_PER_DAY
        return cls(
            tokens_s=np.stack([(ratio * per_s) @ uncached, (ratio * longer * per_s) @ generated], 1),
            outside=takes @ months,
            elsewhere=months.sum() - (takes @ months).sum(axis=1),
            most=worth >= 0.95 * worth.max(),
            unit_month=np.array([p.month for p in places]),
            per_unit=np.array([float(p.replicas_per_unit) for p in places]),
            capacity=capacity,
            served=(np.minimum(mixed, capacity[:, None, None]) * weights).sum(axis=(1, 2)),
            peak=float(mixed.max()),
        )

    def estimate(
        self, context: Context, scope: Indices, place: Indices, prefill_s: Floats, decode_s: Floats
    ) -> tuple[Floats, Floats]:
        """12-month cost of the whole plan for each row, and the rent that carries all of its work.

        The first takes the best of three numbers of replicas in three months plus the API for the load beyond them;
        queueing, deadlines and overflow by the hour are left to `own`.
        """
        utilisation = context.assumptions.safe_utilisation_interactive
        erlangs = np.maximum(self.tokens_s[scope, 0] * prefill_s + self.tokens_s[scope, 1] * decode_s, TINY)
        unit, per_unit = self.unit_month[place], self.per_unit[place]
        factors, times = np.unique(context.load.month_factor[list(MONTHS_TRIED)], return_counts=True)
        total, full = np.zeros(len(scope)), np.zeros(len(scope))
        for factor, count in zip(factors, times, strict=True):
            level = erlangs * factor
            month = int(np.argmin(np.abs(context.load.month_factor - factor)))
            api = self.outside[scope, month]
            total += count * self._cheapest(level, api, unit, per_unit, utilisation)
            full += count * np.ceil(level * self.peak / utilisation / per_unit) * unit
        estimate: Floats = total * (12 / len(MONTHS_TRIED)) + self.elsewhere[scope] + context.fixed_total
        return estimate, full

    def _cheapest(self, level: Floats, api: Floats, unit: Floats, per_unit: Floats, utilisation: float) -> Floats:
        best = np.full(len(level), np.inf)
        for headroom in (0.0, 1.0, 1.6):
            units = np.maximum(np.ceil(level * headroom / utilisation / per_unit), 1.0)
            served = np.interp(units * per_unit * utilisation / np.maximum(level, TINY), self.capacity, self.served)
            best = np.minimum(best, units * unit + api * (1.0 - served))
        return best


def rough_speed(candidates: Candidates, memory: FitColumns, rows: Indices) -> tuple[Floats, Floats]:
    """Replica-seconds of a prompt token and of a generated one at full concurrency, by bandwidth and FLOP alone.

    It flatters every row alike, so it may only rank them: latency objectives, links and overheads are left out.
    """
    r, card = candidates.replicas, candidates.cards
    at, place = candidates.replica_index[rows], candidates.placement_index[rows]
    fp8 = np.where((r.weight_bits == 8)[at], card["flops_fp8"][place], np.nan)
    published = np.fmax(card["flops_bf16"][place], fp8)
    bandwidth = card["bandwidth_bytes_s"][place]
    flops = np.where(np.isfinite(published), published, bandwidth * FLOP_PER_BYTE) * REACHED_COMPUTE
    batch = np.clip(memory.max_concurrency[rows], 1.0, memory.max_num_seqs[rows])
    untouched = (1.0 - r.active_experts / r.experts)[at] ** batch
    touched = 1.0 - untouched * np.minimum(r.expert_params / r.total_params, 1.0)[at]
    read = memory.weights_gib[rows] * touched + batch * memory.sequence_gib[rows]
    arithmetic = 2.0 * r.active_params[at] / (flops * r.tensor_parallel[at])
    return arithmetic, read * GIB / (bandwidth * REACHED_BANDWIDTH * batch) + arithmetic


def first_of_each(keys: Indices, order: Indices, count: int) -> Indices:
    """The first `count` positions of every key, in that order."""
    ranked = keys[order].astype(np.int16)  # short keys are sorted by digits
    grouped = np.argsort(ranked, kind="stable")
    starts = np.searchsorted(ranked[grouped], ranked[grouped], side="left")
    return order[grouped[np.arange(len(grouped)) - starts < count]]


@dataclass(frozen=True, slots=True)
class Search:
    """All rows considered and what became of them."""

    candidates: Candidates
    scopes: tuple[ModelScope, ...]
    """In the order of the candidates' models."""
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
    misses: Indices
    """For each model and GPU that never fits, the row that misses by least; nearest miss first."""
    covering: Indices
    """Positions in `fitting` of rows that may take the most work, by the rent that carries all of it."""
    impossible: tuple[Impossible, ...]
    """Measurements of the user's own that were left out."""
    screen: Screen

    def speed(self, position: int) -> Speed:
        """Speed of the row at `fitting[position]`."""
        p = self.points.prediction
        return Speed(*(float(getattr(p, name)[position]) for name in Speed.__slots__))


def search(context: Context, scopes: Sequence[ModelScope], settings: ServingSettings) -> Search | None:
    """All candidates, which fit, how fast they are, and a cost estimate; None where there is nothing to consider."""
    inputs, catalog = context.inputs, context.catalog
    engine = engine_of(inputs, catalog)
    places = placed_offers(inputs, catalog, context.usd_bought)
    if not scopes or not places:
        return None
    layouts = Layouts(inputs, scopes, places, engine)
    candidates = build(layouts)
    if candidates.rows == 0:
        return None
    shapes, screen = ScopeColumns.of(scopes), Screen.of(context, scopes, places)
    of = candidates.model_index[candidates.first_row]
    needs = needs_of(candidates.replicas, settings, shapes.max_context[of], shapes.tokens[of], pages=pages(layouts))
    cards = candidates.cards["visible_gib"][candidates.placement_index]
    memory = fitted(start_up_settings(needs.take(candidates.replica_index), cards), cards)
    allowed = _bears_its_machines(scopes, places)[candidates.model_index, candidates.placement_index]
    fitting = np.flatnonzero(memory.fits & allowed & ~_needless_fp8_cache(candidates, memory))
    fitting = _promising(context, screen, candidates, memory, fitting)
    points, impossible = _points(context, candidates, memory, shapes, fitting)
    ok = np.flatnonzero(points.feasible)
    rows, speed = fitting[ok], points.prediction
    place, scope = candidates.placement_index[rows], candidates.model_index[rows]
    cost, rent = screen.estimate(context, scope, place, speed.prefill_s_per_token[ok], speed.decode_s_per_token[ok])
    order = np.argsort(cost, kind="stable")
    most = screen.most[scope]
    by_rent = np.argsort(np.where(most, rent, np.inf), kind="stable")[: int(most.sum())]
    return Search(
        candidates, tuple(scopes), tuple(places), memory, points, fitting, int(memory.fits.sum()),
        ok[order], _misses(candidates, memory), ok[by_rent],
        impossible, screen,
    )  # fmt: skip


def _bears_its_machines(scopes: Sequence[ModelScope], places: Sequence[PlacedOffer]) -> Flags:
    """(scope, place) False where a spot machine would be the home of work that does not bear interruptions."""
    spot = np.array([place.offer.market == "spot" for place in places])
    allowed: Flags = ~spot | np.array([scope.bears_interruptions for scope in scopes])[:, None]
    return allowed


def _misses(candidates: Candidates, memory: FitColumns) -> Indices:
    gpu = np.unique([p.gpu.id for p in candidates.placements], return_inverse=True)[1]
    pair = candidates.model_index * (gpu.max() + 1) + gpu[candidates.placement_index]
    fits = np.zeros(int(pair.max()) + 1, bool)
    fits[pair[memory.fits]] = True
    rows = np.flatnonzero(~fits[pair] & memory.valid & memory.context_ok)
    rows = rows[np.argsort(memory.short_by_gib[rows], kind="stable")]
    _, first = np.unique(pair[rows], return_index=True)
    return rows[np.sort(first)]


def _promising(
    context: Context, screen: Screen, candidates: Candidates, memory: FitColumns, fitting: Indices
) -> Indices:
    """The rows worth an operating point: the cheapest by a rough speed that flatters every row alike.

    Kept are the best overall, those that carry everything for the least rent, and a few of every model and GPU.
    """
    if len(fitting) <= PROMISING:
        return fitting
    scope, place = candidates.model_index[fitting], candidates.placement_index[fitting]
    speed = rough_speed(candidates, memory, fitting)
    cost, rent = screen.estimate(context, scope, place, *speed)
    gpus = np.unique([p.gpu.id for p in candidates.placements], return_inverse=True)[1]
    order = np.argsort(cost, kind="stable")
    by_rent = np.argsort(np.where(screen.most[scope], rent, np.inf), kind="stable")
    kept = [order[:PROMISING], by_rent[:BY_RENT]]
    kept += [first_of_each(keys, order, FEW) for keys in (scope, gpus[place])]
    return fitting[distinct(np.concatenate(kept))]


def _needless_fp8_cache(candidates: Candidates, memory: FitColumns) -> Flags:
    """Rows with an FP8 cache whose twin with a 16-bit cache already holds plenty of sequences."""
    if len(candidates.kvs) < 2:
        return np.zeros(len(memory.fits), bool)
    shape = (len(candidates.models), len(candidates.formats), len(candidates.placements))
    twin = np.ravel_multi_index((candidates.model_index, candidates.format_index, candidates.placement_index), shape)
    roomy = np.zeros(int(np.prod(shape)), bool)
    plain = candidates.kv_index == candidates.kvs.index("fp16")
    roomy[twin[plain & memory.fits & (memory.max_concurrency >= PLENTY_OF_SEQUENCES)]] = True
    needless: Flags = ~plain & roomy[twin]
    return needless


def _points(
    context: Context, candidates: Candidates, memory: FitColumns, per_scope: ScopeColumns, fitting: Indices
) -> tuple[OperatingPoints, tuple[Impossible, ...]]:
    calibration = context.catalog.calibration
    assert calibration is not None  # every catalogue that was loaded has one
    scope = candidates.model_index[fitting]
    strict = per_scope.interactive[scope]
    factors, impossible = factors_of(context.inputs, candidates, fitting, calibration)
    points = operating_points(
        candidates.columns(fitting),
        memory.max_concurrency[fitting] * per_scope.tokens[scope],
        Shape.of(per_scope.isl[scope], per_scope.osl[scope], per_scope.cached[scope], len(scope)),
        np.where(strict, context.inputs.objectives.ttft_ms_p95 / per_scope.long_prompt[scope] * factors, UNBOUNDED_MS),
        np.where(strict & per_scope.generates[scope], context.inputs.objectives.tpot_ms * factors, UNBOUNDED_MS),
        calibration,
        memory.max_num_seqs[fitting],
    )
    return scaled(points, factors), impossible
