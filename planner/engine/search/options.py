"""Candidates as people see them: memory, speed, fleet and money of each, built together for all that are shown.

Why not: the layouts that miss by least, those too slow even alone, and models that are out altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from planner.engine import specs
from planner.engine.fleet.queueing import wait_quantile_s
from planner.engine.fleet.self_hosted import Context, RegionFleet, SelfHostedFleet
from planner.engine.replica.fit import memory_fit
from planner.engine.replica.performance import performances
from planner.engine.search.eligible import ModelScope
from planner.engine.search.search import Search
from planner.engine.search.select import Costed, pays
from planner.engine.units import MONTHS


def choices_of(context: Context, found: Search, costed: Sequence[Costed]) -> list[specs.Choice]:
    """Every costed candidate as a value, in the same order."""
    speeds = performances(found.points, [c.position for c in costed], [shape_of(c.scope) for c in costed])
    pairs = zip(costed, speeds, strict=True)
    return [_with_terms(context, c.own, _choice(context, found, c, speed)) for c, speed in pairs]


def shape_of(scope: ModelScope) -> specs.RequestShape:
    """The mean request of the workloads a model may take, in its own tokens."""
    return specs.RequestShape(scope.isl, scope.osl, scope.cached_fraction, scope.max_context)


def _choice(context: Context, found: Search, costed: Costed, performance: specs.Performance) -> specs.Choice:
    row = int(found.fitting[costed.position])
    deployment = found.candidates.deployment(row)
    own, scope, place = costed.own, costed.scope, costed.place
    busiest = int(np.argmax(own.plan.replicas_by_month))
    serving = max(own.plan.replicas_by_month[busiest] - own.offer.spare, 0)
    tokens = float((context.market.mtok_per_month[list(own.rows)] * own.plan.served).sum())
    rent = float(own.plan.rent.sum())
    return specs.Choice(
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
        memory=memory_fit(found.memory, row, deployment, costed.speed.concurrency),
        performance=performance,
        fleet_output_tok_s=performance.output_tok_s.times(serving),
        fleet_total_tok_s=performance.total_tok_s.times(serving),
        ttft_ms_p95=_ttft_p95_ms(own, scope, performance, busiest),
        tpot_ms=performance.tpot_ms.mid,
        utilisation=utilisation_of(own),
        safe_utilisation=_safe_utilisation(own),
        served_fraction=_served_fraction(own),
        monthly_cost=own.total / MONTHS,
        gpu_monthly_cost=rent / MONTHS,
        cost_per_mtok=(rent + own.offer.fixed_total) / tokens if tokens > 0 else 0.0,
        licence_note=_licence_note(scope.model),
        quality_provisional=scope.provisional,
        long_prompt_ratio=scope.long_prompt_ratio,
        work_fraction=_work_fraction(context, own),
        pays=pays(context, costed),
    )


def _region(context: Context, part: RegionFleet) -> specs.RegionShare:
    return specs.RegionShare(
        region=part.region,
        offer=part.offer_id,
        replicas=max(part.replicas_by_month),
        spare_replicas=part.spare,
        work=tuple(context.inputs.workload[i].name for i in part.rows),
    )


def _with_terms(context: Context, own: SelfHostedFleet, choice: specs.Choice) -> specs.Choice:
    """Adds how it is paid for: bought, or by the hour of the week; and what of it stands where, and how often."""
    if own.regions or own.offer.up_fraction < 1:
        parts = tuple(_region(context, part) for part in own.regions)
        choice = replace(choice, regions=parts, up_fraction=own.offer.up_fraction)
    if own.plan.schedule is None and own.offer_id not in context.owned:
        return choice
    busiest, owned = int(np.argmax(own.plan.replicas_by_month)), context.owned.get(own.offer_id)
    if owned is not None:
        units = -(-max(own.plan.replicas_by_month) // own.offer.replicas_per_unit)
        choice = replace(choice, purchase_total=owned.purchase * units)
    return replace(
        choice,
        schedule=replicas_by_hour(own, busiest),
        always_on=own.plan.always_on[busiest] if own.plan.always_on else 0,
    )


def replicas_by_hour(own: SelfHostedFleet, month: int) -> tuple[int, ...]:
    """168 replicas from Monday 00:00 that are paid for; none where they are the same all month."""
    if own.plan.schedule is None:
        return ()
    return tuple(int(n) for n in own.plan.schedule[month, own.fleet.load.weekday].ravel())


def utilisation_of(own: SelfHostedFleet) -> float:
    """Busy replica-time over rented replica-time in the months that are paid for."""
    paid = float(own.plan.paid_replicas.sum())
    return float(own.busy_erlangs.sum() / paid) if paid > 0 else 0.0


def _safe_utilisation(own: SelfHostedFleet) -> float:
    """How full the fleet may run: by queueing, or by the limit for background work where nobody waits."""
    limit = own.plan.utilisation_limit
    return limit if own.fleet.interactive.any() else max(own.offer.background_utilisation, limit)


def _served_fraction(own: SelfHostedFleet) -> float:
    volume = own.fleet.load.tokens_per_day[:, None] * own.fleet.load.month_factor[None, :]
    total = float((volume * own.offer.live[None, :]).sum())
    return float((volume * own.plan.served).sum()) / total if total > 0 else 0.0


def _work_fraction(context: Context, own: SelfHostedFleet) -> float:
    tokens = context.load.tokens_per_day
    return float(tokens[list(own.rows)].sum() / max(float(tokens.sum()), 1e-12))


def _ttft_p95_ms(own: SelfHostedFleet, scope: ModelScope, performance: specs.Performance, month: int) -> float:
    """Prefill of the p95 prompt plus the p95 wait in the busiest hour that the fleet plans to take."""
    serving = own.plan.replicas_by_month[month] - own.offer.spare
    if serving <= 0:
        return performance.ttft_ms.mid * scope.long_prompt_ratio
    load = (own.fleet.erlangs[:, None] * own.fleet.load.hours)[own.fleet.interactive].sum(axis=0)
    busiest = float(load.max()) * float(own.fleet.load.month_factor[month]) if load.size else 0.0
    rho = min(busiest / serving, own.plan.utilisation_limit)
    wait = wait_quantile_s(serving * own.offer.slots, rho, own.offer.service_s, own.offer.variability)
    return performance.ttft_ms.mid * scope.long_prompt_ratio + wait * 1000


def _licence_note(model: specs.Model) -> str:
    if model.commercial_use == "conditions":
        return f"{model.licence}: {model.commercial_conditions}"
    return model.licence


SHOWN = 150


def excluded_of(
    context: Context, found: Search | None, out: Sequence[tuple[specs.Model, specs.Refusal]]
) -> tuple[specs.ExcludedOption, ...]:
    """Why-not rows: layouts that miss by least first, then latency, then models that are out altogether."""
    rows = [] if found is None else _memory_misses(found) + _latency_misses(context, found)
    models = [specs.ExcludedOption(model.id, model.native_format, "fp16", why) for model, why in out]
    return tuple(rows[: SHOWN - min(len(models), SHOWN // 2)] + models)


def _memory_misses(found: Search) -> list[specs.ExcludedOption]:
    """For each model and GPU that never fits, the layout that misses by least."""
    rows, m = found.misses[:SHOWN], found.memory
    total = found.candidates.cards["visible_gib"][found.candidates.placement_index[rows]]
    parts = (total, *(part[rows] for part in (m.usable_gib, m.weights_gib, m.longest_gib, m.overhead_gib)))
    columns = (part.tolist() for part in (rows, *parts, m.short_by_gib[rows]))
    misses = []
    for row, total_gib, usable, weights, kv, overhead, short in zip(*columns, strict=True):
        vram = specs.VramGib(total=total_gib, usable=usable, weights=weights, kv=kv, overhead=overhead, free=-short)
        misses.append(_excluded(found, row, specs.Refusal("memory", (short,)), vram_gib=vram, short_by_gib=short))
    return misses


def _latency_misses(context: Context, found: Search) -> list[specs.ExcludedOption]:
    missed = np.flatnonzero(~found.points.feasible)
    p, c = found.points.prediction, found.candidates
    shown: dict[tuple[int, str], specs.ExcludedOption] = {}
    for position in missed[np.argsort(p.tpot_s[missed], kind="stable")].tolist():
        row = int(found.fitting[position])
        key = (int(c.model_index[row]), c.placements[c.placement_index[row]].gpu.id)
        if len(shown) >= SHOWN // 3:
            break
        if key in shown:
            continue
        wanted, ttft_s, tpot_ms = context.inputs.objectives, float(p.ttft_s[position]), float(p.tpot_s[position]) * 1e3
        why = specs.Refusal("latency", (tpot_ms, wanted.tpot_ms, ttft_s * 1e3, wanted.ttft_ms_p95))
        longest = found.scopes[found.candidates.model_index[row]].long_prompt_ratio
        shown[key] = _excluded(found, row, why, alone_ms=(ttft_s * longest * 1e3, tpot_ms))
    return list(shown.values())


def _excluded(found: Search, row: int, why: specs.Refusal, **more: Any) -> specs.ExcludedOption:
    c = found.candidates
    place = found.places[c.placement_index[row]]
    return specs.ExcludedOption(
        model=c.models[c.model_index[row]].id,
        weights=c.formats[c.format_index[row]],
        kv=c.kvs[c.kv_index[row]],
        refusal=why,
        engine=c.engine.id,
        gpu=place.gpu.id,
        offer=place.offer.id,
        gpus_per_replica=place.tensor_parallel,
        shape=shape_of(found.scopes[found.candidates.model_index[row]]),
        **more,
    )
