"""Why not: the layouts that miss by least, those too slow even alone, and models that are out altogether."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.engine.candidates import Search
from planner.engine.options import shape_of
from planner.engine.own import Context
from planner.engine.specs import ExcludedOption, Ground, Model, Refusal, VramGib

SHOWN = 150


def excluded_of(
    context: Context, found: Search | None, out: Sequence[tuple[Model, Refusal]]
) -> tuple[ExcludedOption, ...]:
    """Why-not rows: layouts that miss by least first, then latency, then models that are out altogether."""
    rows = [] if found is None else _memory_misses(found) + _latency_misses(context, found)
    models = [
        ExcludedOption(
            model.id, model.native_format, "fp16", "", "", "", 0, None, why.reason, 0.0, why.ground, why.workload
        )
        for model, why in out
    ]
    return tuple(rows[: SHOWN - min(len(models), SHOWN // 2)] + models)


def _memory_misses(found: Search) -> list[ExcludedOption]:
    """For each model and GPU that never fits, the layout that misses by least."""
    return [_memory_miss(found, int(row)) for row in found.misses[:SHOWN]]


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
    return _excluded(found, row, vram, f"{short:.1f} GiB short on each GPU", "memory")


def _latency_misses(context: Context, found: Search) -> list[ExcludedOption]:
    missed = np.flatnonzero(~found.points.feasible)
    p = found.points.prediction
    shown: dict[tuple[int, str], ExcludedOption] = {}
    for position in missed[np.argsort(p.tpot_s[missed], kind="stable")]:
        row = int(found.fitting[position])
        key = (int(found.candidates.model_index[row]), found.places[found.candidates.placement_index[row]].gpu.id)
        if key in shown or len(shown) >= SHOWN // 3:
            continue
        reason = (
            f"one request alone: TPOT {p.tpot_s[position] * 1e3:.0f} ms (objective {context.inputs.tpot_ms:.0f}), "
            f"TTFT {p.ttft_s[position] * 1e3:.0f} ms (p95 objective {context.inputs.ttft_ms_p95:.0f})"
        )
        longest = found.scopes[found.scope_index[row]].long_prompt_ratio
        alone = (float(p.ttft_s[position]) * longest * 1e3, float(p.tpot_s[position]) * 1e3)
        shown[key] = _excluded(found, row, None, reason, "latency", alone)
    return list(shown.values())


def _excluded(
    found: Search,
    row: int,
    vram: VramGib | None,
    reason: str,
    ground: Ground,
    alone_ms: tuple[float, float] | None = None,
) -> ExcludedOption:
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
        0.0 if vram is None else -vram.free,
        ground,
        shape=shape_of(found.scopes[found.scope_index[row]]),
        alone_ms=alone_ms,
    )
