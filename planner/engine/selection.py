"""From the ranked candidates to fleets: the best is chosen, the next ones are shown, the rest say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.candidates import ModelScope, Place, Search
from planner.engine.memory import fit
from planner.engine.own import Context, OwnFleet, Speed, own_fleet
from planner.engine.queueing import wait_quantile_s
from planner.engine.specs import (
    Choice,
    Deployment,
    ExcludedOption,
    Model,
    Performance,
    Range,
    RequestShape,
    ServingSettings,
    VramGib,
)
from planner.engine.throughput import BOUND_BY, predict
from planner.engine.units import MONTHS

Floats = NDArray[np.float64]

COSTED = 24
"""Rows costed exactly: the cheapest by the estimate ..."""
MODELS_SHOWN = 12
GPUS_SHOWN = 12
EXCLUDED_SHOWN = 150


@dataclass(frozen=True, slots=True)
class Costed:
    """One candidate with its fleet."""

    position: int
    """Into `Search.fitting`."""
    scope: ModelScope
    place: Place
    speed: Speed
    own: OwnFleet


def rows_to_cost(found: Search) -> list[int]:
    """The cheapest rows by the estimate, and the cheapest of every model and of every GPU near the top."""
    positions = found.usable
    rows = found.fitting[positions]
    models = found.candidates.model_index[rows]
    gpus = np.array([p.gpu.id for p in found.places])[found.candidates.placement_index[rows]]
    chosen = dict.fromkeys(int(p) for p in positions[:COSTED])
    for keys, shown in ((models, MODELS_SHOWN), (gpus, GPUS_SHOWN)):
        _, first = np.unique(keys, return_index=True)
        chosen |= dict.fromkeys(int(positions[i]) for i in np.sort(first)[:shown])
    return list(chosen)


def cost(context: Context, found: Search, position: int, *, no_overflow: bool = False, full: bool = False) -> Costed:
    """The cheapest fleet of one row."""
    row = int(found.fitting[position])
    scope = _scope_at(found, position)
    place = found.places[found.candidates.placement_index[row]]
    speed = found.speed(position)
    own = own_fleet(
        context,
        place.offer,
        place.tensor_parallel,
        speed,
        scope.rows,
        scope.tokenizer_ratios,
        no_overflow=no_overflow,
        full=full,
    )
    return Costed(position, scope, place, speed, own)


def cheapest(costed: Sequence[Costed]) -> Costed | None:
    """The cheapest feasible one."""
    return min((c for c in costed if c.own.feasible), key=lambda c: c.own.total, default=None)


def reference(context: Context, found: Search, tried: int = 6) -> Costed | None:
    """The fleet that would carry as much of the work as an open model may take, where no own GPU pays."""
    positions = [int(p) for p in found.covering[:tried]]
    return cheapest([cost(context, found, position, full=True) for position in positions])


def self_hosted(context: Context, found: Search, costed: Sequence[Costed], tried: int = 6) -> Costed | None:
    """The cheapest fleet that takes every workload without overflow, among the models that may take them all."""
    everything = len(context.inputs.workloads)
    able = [c.position for c in sorted(costed, key=lambda c: c.own.total) if len(c.scope.rows) == everything]
    covering = [int(p) for p in found.covering if len(_scope_at(found, int(p)).rows) == everything][:tried]
    positions = dict.fromkeys([*able[:tried], *covering])
    return cheapest([cost(context, found, position, no_overflow=True) for position in positions])


def _scope_at(found: Search, position: int) -> ModelScope:
    scope: ModelScope = found.scopes[int(found.scope_index[int(found.fitting[position])])]
    return scope


def shape_of(scope: ModelScope) -> RequestShape:
    """The mean request of the workloads a model may take, in its own tokens."""
    return RequestShape(scope.isl, scope.osl, scope.cached_fraction, scope.max_context)


def choice_of(context: Context, found: Search, costed: Costed, settings: ServingSettings) -> Choice:
    """The candidate as people see it."""
    deployment = found.candidates.deployment(int(found.fitting[costed.position]))
    own, scope, place = costed.own, costed.scope, costed.place
    speed = costed.speed
    memory = fit(deployment, settings, shape_of(scope), speed.concurrency)
    performance = _performance(context, found, costed, deployment)
    busiest = int(np.argmax(own.plan.replicas_by_month))
    serving = max(own.plan.replicas_by_month[busiest] - own.offer.spare, 0)
    tokens = _served_mtok(context, own)
    rent = float(own.rent.sum())
    return Choice(
        model=scope.model.id,
        weights=deployment.weights,
        kv=deployment.kv,
        engine=deployment.engine.id,
        gpu=place.gpu.id,
        offer=place.offer.id,
        provider=place.offer.provider,
        gpus_per_replica=deployment.gpus_per_replica,
        replicas=own.plan.replicas_by_month[busiest],
        spare_replicas=own.offer.spare,
        offers_rented=-(-own.plan.replicas_by_month[busiest] // own.offer.replicas_per_unit),
        replicas_by_month=own.plan.replicas_by_month,
        deployment=deployment,
        memory=memory,
        performance=performance,
        fleet_output_tok_s=_times(performance.output_tok_s, serving),
        fleet_total_tok_s=_times(performance.total_tok_s, serving),
        ttft_ms_p95=_ttft_p95_ms(own, scope, performance, busiest),
        tpot_ms=performance.tpot_ms.mid,
        utilisation=utilisation_of(own),
        safe_utilisation=own.plan.utilisation_limit,
        served_fraction=_served_fraction(own),
        monthly_cost=own.total / MONTHS,
        gpu_monthly_cost=rent / MONTHS,
        cost_per_mtok=(rent + own.offer.fixed_total) / tokens if tokens > 0 else 0.0,
        licence_note=_licence_note(scope.model),
        quality_provisional=scope.provisional,
    )


def _performance(context: Context, found: Search, costed: Costed, deployment: Deployment) -> Performance:
    """Speed at the concurrency the search settled on."""
    calibration = context.catalog.calibration
    assert calibration is not None
    concurrency = costed.speed.concurrency
    speed = predict(deployment, ServingSettings(), shape_of(costed.scope), concurrency, calibration)
    return replace(speed, bound_by=BOUND_BY[int(found.points.bound_by[costed.position])])


def utilisation_of(own: OwnFleet) -> float:
    """Busy replica-time over rented replica-time in the months that are paid for."""
    paid = float(own.plan.paid_replicas.sum())
    return float(own.busy_erlangs.sum() / paid) if paid > 0 else 0.0


def _served_mtok(context: Context, own: OwnFleet) -> float:
    volume = context.market.mtok_per_month[list(own.rows)]
    return float((volume * own.served).sum())


def _served_fraction(own: OwnFleet) -> float:
    volume = own.fleet.load.tokens_per_day[:, None] * own.fleet.load.month_factor[None, :]
    total = float((volume * own.offer.live[None, :]).sum())
    return float((volume * own.served).sum()) / total if total > 0 else 0.0


def _times(value: Range, factor: float) -> Range:
    return Range(value.low * factor, value.mid * factor, value.high * factor)


def _ttft_p95_ms(own: OwnFleet, scope: ModelScope, performance: Performance, month: int) -> float:
    """Prefill of the p95 prompt plus the p95 wait in the busiest hour that the fleet plans to take."""
    serving = own.plan.replicas_by_month[month] - own.offer.spare
    if serving <= 0:
        return performance.ttft_ms.mid * scope.long_prompt_ratio
    load = (own.fleet.erlangs[:, None] * own.fleet.load.hours)[own.fleet.interactive].sum(axis=0)
    busiest = float(load.max()) * float(own.fleet.load.month_factor[month]) if load.size else 0.0
    rho = min(busiest / serving, own.plan.utilisation_limit)
    wait = wait_quantile_s(serving * own.offer.slots, rho, own.offer.service_s, own.offer.variability)
    return performance.ttft_ms.mid * scope.long_prompt_ratio + wait * 1000


def _licence_note(model: Model) -> str:
    if model.commercial_use == "conditions":
        return f"{model.licence}: {model.commercial_conditions}"
    return model.licence


def excluded_of(context: Context, found: Search | None, out: Sequence[tuple[Model, str]]) -> tuple[ExcludedOption, ...]:
    """Why-not rows: layouts that miss by least first, then latency, then models that are out altogether."""
    rows = [] if found is None else _memory_misses(found) + _latency_misses(context, found)
    models = [
        ExcludedOption(model.id, model.native_format, "fp16", "", "", "", 0, None, reason, 0.0) for model, reason in out
    ]
    return tuple(rows[: EXCLUDED_SHOWN - min(len(models), EXCLUDED_SHOWN // 2)] + models)


def _memory_misses(found: Search) -> list[ExcludedOption]:
    """For each model and GPU that never fits, the layout that misses by least."""
    memory, candidates = found.memory, found.candidates
    place_gpu = np.unique([p.gpu.id for p in found.places], return_inverse=True)[1]
    pair = candidates.model_index * (place_gpu.max() + 1) + place_gpu[candidates.placement_index]
    fits = np.isin(pair, pair[memory.fits])
    rows = np.flatnonzero(~fits & memory.valid & memory.context_ok)
    rows = rows[np.argsort(memory.short_by_gib[rows], kind="stable")]
    _, first = np.unique(pair[rows], return_index=True)
    return [_memory_miss(found, int(r)) for r in rows[np.sort(first)][:EXCLUDED_SHOWN]]


def _memory_miss(found: Search, row: int) -> ExcludedOption:
    m = found.memory
    short = float(m.short_by_gib[row])
    vram = VramGib(
        total=float(found.candidates.columns.usable_gib[row]),
        usable=float(m.usable_gib[row]),
        weights=float(m.weights_gib[row]),
        kv=float(m.longest_gib[row]),
        overhead=float(m.overhead_gib[row]),
        free=-short,
    )
    return _excluded(found, row, vram, f"{short:.1f} GiB short on each GPU", short)


def _latency_misses(context: Context, found: Search) -> list[ExcludedOption]:
    missed = np.flatnonzero(~found.points.feasible)
    p = found.points.prediction
    shown: dict[tuple[int, str], ExcludedOption] = {}
    for position in missed[np.argsort(p.tpot_s[missed], kind="stable")]:
        row = int(found.fitting[position])
        key = (int(found.candidates.model_index[row]), found.places[found.candidates.placement_index[row]].gpu.id)
        if key in shown or len(shown) >= EXCLUDED_SHOWN // 3:
            continue
        reason = (
            f"one request alone: TPOT {p.tpot_s[position] * 1e3:.0f} ms (objective {context.inputs.tpot_ms:.0f}), "
            f"TTFT {p.ttft_s[position] * 1e3:.0f} ms (p95 objective {context.inputs.ttft_ms_p95:.0f})"
        )
        shown[key] = _excluded(found, row, None, reason, 0.0)
    return list(shown.values())


def _excluded(found: Search, row: int, vram: VramGib | None, reason: str, short: float) -> ExcludedOption:
    deployment = found.candidates.deployment(row)
    place = found.places[found.candidates.placement_index[row]]
    return ExcludedOption(
        deployment.model.id,
        deployment.weights,
        deployment.kv,
        deployment.engine.id,
        place.gpu.id,
        place.offer.id,
        deployment.gpus_per_replica,
        vram,
        reason,
        short,
    )
