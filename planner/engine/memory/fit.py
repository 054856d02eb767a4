"""One deployment: whether it fits, how its memory is shared out, and otherwise why not."""

from __future__ import annotations

from planner.engine.columns import Columns
from planner.engine.memory.columns_fit import FitColumns, fit_columns
from planner.engine.memory.layouts import layout_problem
from planner.engine.memory.remedies import remedies
from planner.engine.specs import Deployment, MemoryFit, RequestShape, ServingSettings, VramGib


def fit(
    deployment: Deployment,
    settings: ServingSettings,
    shape: RequestShape,
    mean_concurrency: float | None = None,
) -> MemoryFit:
    """Memory of one replica for requests of that shape: the one-row case of `fit_columns`.

    `mean_concurrency` sequences of mean length make up the KV share shown; without it the whole pool counts as KV.
    """
    longest = longest_context(shape)
    row = fit_columns(Columns.from_deployments([deployment]), settings, longest, mean_tokens(shape))
    reason = _why_not(deployment, row, longest)
    short = float(row.short_by_gib[0])
    return MemoryFit(
        fits=reason is None,
        vram_gib=_vram(deployment, row, mean_concurrency),
        kv_tokens=int(row.kv_tokens[0]),
        max_concurrency=float(row.max_concurrency[0]),
        short_by_gib=short,
        excluded_because=reason,
        remedies=() if reason is None else remedies(deployment, settings, longest, mean_tokens(shape), row),
    )


def longest_context(shape: RequestShape) -> float:
    """Tokens of the longest sequence that must fit."""
    return float(shape.max_context or shape.input_tokens + shape.output_tokens)


def mean_tokens(shape: RequestShape) -> float:
    """Tokens a mean sequence holds when it ends; prefixes that requests share are counted for each of them."""
    return shape.input_tokens + shape.output_tokens


def _vram(deployment: Deployment, row: FitColumns, mean_concurrency: float | None) -> VramGib:
    usable, weights, overhead = (float(x[0]) for x in (row.usable_gib, row.weights_gib, row.overhead_gib))
    pool = float(row.kv_gib[0]) if deployment.model.kv_bytes_per_token_fp16 > 0 else 0.0
    kv = pool if mean_concurrency is None else min(mean_concurrency * float(row.sequence_gib[0]), pool)
    return VramGib(
        total=deployment.gpu.memory_gib_usable,
        usable=usable,
        weights=weights,
        kv=kv,
        overhead=overhead,
        free=usable - weights - overhead - kv,
    )


def _why_not(deployment: Deployment, row: FitColumns, longest: float) -> str | None:
    model = deployment.model
    if not model.kv_known:
        return f"the KV-cache size of {model.name} is not published, so it cannot be sized"
    problem = layout_problem(deployment) if not row.valid[0] else None
    if problem is not None:
        return problem
    if not row.context_ok[0]:
        return f"{model.name} takes at most {model.max_context:,} tokens, {longest:,.0f} are needed"
    return None if row.fits[0] else _shortage(row, longest)


def _shortage(row: FitColumns, longest: float) -> str:
    weights, overhead, cache = (float(x[0]) for x in (row.weights_gib, row.overhead_gib, row.longest_gib))
    return (
        f"short by {row.short_by_gib[0]:.1f} GiB per GPU: weights {weights:.1f} + overhead {overhead:.1f}"
        f" + KV of one {longest:,.0f}-token sequence {cache:.1f} = {weights + overhead + cache:.1f} GiB,"
        f" usable {row.usable_gib[0]:.1f}"
    )
