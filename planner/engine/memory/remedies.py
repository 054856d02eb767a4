"""What would make a replica fit, best first: lower precision, FP8 cache, shorter context, more or larger GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from planner.engine.columns import Columns, engine_family
from planner.engine.formats import weight_format
from planner.engine.kernels import fp8_cache_problem, weights_problem
from planner.engine.memory.columns_fit import FitColumns, fit_columns
from planner.engine.memory.layouts import GPUS_PER_NODE, layout_problem, valid_tensor_parallel
from planner.engine.specs import Deployment, Model, ServingSettings

CONTEXT_STEP = 256
SHORTEST_USEFUL_CONTEXT = 1024
FP8_AT_LOAD_FAMILIES = frozenset({"vllm", "sglang"})
"""Families that quantise 16-bit weights to FP8 while loading them, without a published checkpoint."""

Change = tuple[str, Deployment]


def remedies(
    deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float, row: FitColumns
) -> tuple[str, ...]:
    """Single changes that make it fit, else the smallest combination of them; then the size of GPU it needs."""
    if not deployment.model.kv_known:
        return ()
    if not row.context_ok[0]:
        return (f"keep the context within {deployment.model.max_context:,} tokens",)
    single = [*_precisions(deployment), *_fp8_cache(deployment)]
    found = _that_fit(single, settings, longest, mean_tokens)
    shorter = _shorter_context(deployment, settings, longest, mean_tokens) if row.valid[0] else None
    found += [shorter] if shorter else []
    found += _that_fit(list(_wider(deployment)), settings, longest, mean_tokens)[:1]
    for last_resort in (_combinations, _several_servers):
        if not found:
            found = _that_fit(list(last_resort(deployment)), settings, longest, mean_tokens)[:1]
    return (*found, *_larger_gpu(row))


def published_formats(model: Model) -> dict[str, str]:
    """Weight formats the model is published in -> repository; the maker's own format first."""
    found = {model.native_format: model.id}
    for checkpoint in model.checkpoints:
        found.setdefault(checkpoint.format, checkpoint.repo)
    return found


def _lower_precisions(deployment: Deployment) -> dict[str, str]:
    """Formats with fewer bits than the present one that can be had, largest first, with where they come from."""
    now = weight_format(deployment.weights)
    options = {name: repo for name, repo in published_formats(deployment.model).items() if _serves(deployment, name)}
    if engine_family(deployment.engine.id) in FP8_AT_LOAD_FAMILIES and not weights_problem("fp8", deployment.gpu):
        options.setdefault("fp8", "quantised at load")
    lower = {name: source for name, source in options.items() if weight_format(name).bits < now.bits}
    return dict(sorted(lower.items(), key=lambda item: -weight_format(item[0]).bits))


def _serves(deployment: Deployment, weights: str) -> bool:
    served = not deployment.engine.formats or weights in deployment.engine.formats
    return served and not weights_problem(weights, deployment.gpu)


def _precisions(deployment: Deployment) -> Iterator[Change]:
    for name, source in _lower_precisions(deployment).items():
        yield f"{weight_format(name).label} weights ({source})", replace(deployment, weights=name)


def _fp8_cache(deployment: Deployment) -> Iterator[Change]:
    keeps_cache = deployment.model.kv_bytes_per_token_fp16 > 0
    if deployment.kv != "fp8" and keeps_cache and not fp8_cache_problem(deployment.gpu):
        yield "an FP8 KV cache", replace(deployment, kv="fp8")


def _wider(deployment: Deployment) -> Iterator[Change]:
    """Wider tensor parallelism within one server."""
    for t in _widths(deployment.model):
        if t > deployment.gpus_per_replica:
            wider = replace(deployment, tensor_parallel=t, pipeline_parallel=1, decode_context_parallel=1)
            yield f"{t} of these GPUs (tensor parallel {t})", wider


def _several_servers(deployment: Deployment) -> Iterator[Change]:
    """Pipeline stages of whole servers."""
    widest = _widths(deployment.model)[-1]
    for stages in (2, 3, 4):
        if widest * stages > deployment.gpus_per_replica:
            spread = replace(deployment, tensor_parallel=widest, pipeline_parallel=stages, decode_context_parallel=1)
            yield f"{widest * stages} of these GPUs (tensor parallel {widest}, {stages} pipeline stages)", spread


def _widths(model: Model) -> list[int]:
    return [t for t in valid_tensor_parallel(model, GPUS_PER_NODE) if t & (t - 1) == 0]


def _combinations(deployment: Deployment) -> list[Change]:
    """Lower precision and FP8 cache together, on the same GPUs and then on more."""
    found = []
    for place, placed in [("", deployment), *_wider(deployment)]:
        for label, lowered in [("", placed), *_precisions(placed)]:
            for cache, changed in [("", lowered), *_fp8_cache(lowered)]:
                words = [w for w in (label, cache, place) if w]
                if len(words) > 1:
                    found.append((" with ".join(words), changed))
    return sorted(found, key=lambda change: change[1].gpus_per_replica)


def _that_fit(changes: Sequence[Change], settings: ServingSettings, longest: float, mean_tokens: float) -> list[str]:
    possible = [change for change in changes if layout_problem(change[1]) is None]
    if not possible:
        return []
    fitted = fit_columns(Columns.from_deployments([d for _, d in possible]), settings, longest, mean_tokens)
    return [
        f"{label}: weights {weights:.1f} GiB per GPU"
        for (label, _), weights, fits in zip(possible, fitted.weights_gib, fitted.fits, strict=True)
        if fits
    ]


def _shorter_context(
    deployment: Deployment, settings: ServingSettings, longest: float, mean_tokens: float
) -> str | None:
    contexts = np.arange(SHORTEST_USEFUL_CONTEXT, longest, CONTEXT_STEP)
    if contexts.size == 0:
        return None
    columns = Columns.from_deployments([deployment]).take(np.zeros(contexts.size, dtype=np.intp))
    fits = fit_columns(columns, settings, contexts, np.minimum(mean_tokens, contexts)).fits
    if not fits.any():
        return None
    return f"a context of at most {int(contexts[fits][-1]):,} tokens instead of {longest:,.0f}"


def _larger_gpu(row: FitColumns) -> tuple[str, ...]:
    if not row.valid[0] or row.short_by_gib[0] <= 0:
        return ()
    needed = row.weights_gib[0] + row.overhead_gib[0] + row.longest_gib[0]
    total = float(needed / row.fraction[0])
    return (f"a GPU with at least {np.ceil(total):.0f} GiB",)
