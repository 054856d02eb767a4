"""A fluid estimate of the 12-month cost of thousands of rows at once, by which they are ranked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.engine.fleet.self_hosted import Context
from planner.engine.replica.columns import Candidates
from planner.engine.replica.fit import FitColumns
from planner.engine.search.eligible import ModelScope
from planner.engine.search.offers import PlacedOffer
from planner.engine.units import GIB, HOURS_PER_DAY
from planner.records import dataclass

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MONTHS_TRIED = (0, 5, 11)
REACHED_BANDWIDTH = 0.65
REACHED_COMPUTE = 0.4
"""Typical shares of the maker's peaks: only for ranking rows before their speed is predicted."""
FLOP_PER_BYTE = 60.0
"""16-bit FLOP for each byte/s where compute is not published."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Screen:
    """What the estimate needs of a plan, by scope."""

    tokens_s: Floats
    """(scopes, 2) prompt and generated tokens to compute a second today."""
    outside: Floats
    """(scopes, 12) API cost of the scope's workloads."""
    elsewhere: Floats
    """(scopes,) 12 months of the other workloads."""
    most: NDArray[np.bool_]
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
        ratio = np.zeros(takes.shape)
        for k, scope in enumerate(scopes):
            ratio[k, list(scope.rows)] = scope.tokenizer_ratios
        uncached = np.array([w.input_tokens * (1 - w.cached_input_fraction) for w in workloads])
        generated = np.array([w.output_tokens for w in workloads])
        months = np.stack([np.zeros(12) if o.best is None else o.best.monthly for o in market.outsides])
        worth = takes @ np.array([o.today.total for o in market.outsides])
        mixed = (load.days * load.tokens_per_day[:, None, None]).sum(axis=0) / max(load.tokens_per_day.sum(), _TINY)
        capacity = np.concatenate([[0.0], np.geomspace(0.05, max(float(mixed.max()), 1.0) * 1.5, 40)])
        weights = load.day_share[:, None] / HOURS_PER_DAY
        return cls(
            tokens_s=np.stack([(ratio * load.requests_per_s) @ uncached, (ratio * load.requests_per_s) @ generated], 1),
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
        erlangs = np.maximum(self.tokens_s[scope, 0] * prefill_s + self.tokens_s[scope, 1] * decode_s, _TINY)
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
            served = np.interp(units * per_unit * utilisation / np.maximum(level, _TINY), self.capacity, self.served)
            best = np.minimum(best, units * unit + api * (1.0 - served))
        return best


def rough_speed(
    candidates: Candidates, memory: FitColumns, rows: Indices, max_num_seqs: float
) -> tuple[Floats, Floats]:
    """Replica-seconds of a prompt token and of a generated one at full concurrency, by bandwidth and FLOP alone.

    It flatters every row alike, so it may only rank them: latency objectives, links and overheads are left out.
    """
    r, card = candidates.replicas, candidates.cards
    at, place = candidates.replica_index[rows], candidates.placement_index[rows]
    fp8 = np.where((r.weight_bits == 8)[at], card["flops_fp8"][place], np.nan)
    published = np.fmax(card["flops_bf16"][place], fp8)
    bandwidth = card["bandwidth_bytes_s"][place]
    flops = np.where(np.isfinite(published), published, bandwidth * FLOP_PER_BYTE) * REACHED_COMPUTE
    batch = np.clip(memory.max_concurrency[rows], 1.0, max_num_seqs)
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
    early: Indices = order[grouped[np.arange(len(grouped)) - starts < count]]
    return early
