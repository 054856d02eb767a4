"""Rows of the search: combinations that exist, that the engine serves and that the GPU has kernels for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.engine.candidates.places import Place
from planner.engine.candidates.scopes import ModelScope
from planner.engine.columns import Candidates, Placement, gather
from planner.engine.formats import weight_format
from planner.engine.memory.layouts import divides_heads
from planner.engine.specs import Catalog, Gpu, Inputs, Model, ServingEngine
from planner.engine.units import GIB

ALIKE = ("awq", "gptq", "int4")
LEAST_FRACTION = 0.03
"""Weights on each GPU below this share of its memory: not worth cutting the model so fine."""

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


def engine_of(inputs: Inputs, catalog: Catalog) -> ServingEngine:
    """The pinned engine, or the first production-ready one of the catalogue (vLLM)."""
    if inputs.pins.engine is not None:
        return catalog.engines[inputs.pins.engine]
    return next(e for e in catalog.engines.values() if e.production_ready)


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
    runs = _runs(formats, kvs, places, engine)
    has = np.zeros((len(scopes), len(formats)), bool)
    for i, scope in enumerate(scopes):
        has[i, [formats.index(f) for f in formats_for(scope.model, engine, inputs.pins.weights)]] = True
    splits = _splits(scopes, places)
    keeps_cache = np.array([[s.model.kv_bytes_per_token_fp16 > 0 or i == 0 for i in range(len(kvs))] for s in scopes])
    mask = has[:, :, None, None] & runs[None] & splits[:, None, None, :] & keeps_cache[:, None, :, None]
    mask &= ~_outclassed(mask, formats, places)[:, :, None, :]
    if inputs.pins.tensor_parallel is None:
        mask &= ~_cut_too_fine(scopes, formats, places)[:, :, None, :]
    scope_at, fmt, kv, place = (index.astype(np.intp) for index in np.nonzero(mask))
    placements = [Placement(p.gpu, p.tensor_parallel) for p in places]
    models = [s.model for s in scopes]
    return gather(models, formats, kvs, placements, engine, scope_at, fmt, kv, place), scope_at


def _outclassed(mask: Flags, formats: Sequence[str], places: Sequence[Place]) -> Flags:
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
        native = np.array([_capability(p.gpu) >= 8.9 or p.gpu.architecture.startswith("CDNA3") for p in places])
        better = mask[:, formats.index("fp8")].any(axis=1)
        out[:, formats.index("bf16")] = better & native
    return out


def _cut_too_fine(scopes: Sequence[ModelScope], formats: Sequence[str], places: Sequence[Place]) -> Flags:
    """(model, format, place) where each GPU would hold next to nothing: the ranks only wait for each other."""
    size = np.array([s.model.total_params_b * 1e9 for s in scopes])[:, None, None]
    bits = np.array([weight_format(f).bits for f in formats])[None, :, None]
    memory = np.array([p.gpu.memory_gib_usable * GIB for p in places])
    parallel = np.array([float(p.tensor_parallel) for p in places])
    thin: Flags = (size * bits / 8 / (parallel * memory) < LEAST_FRACTION) & (parallel > 1)
    return thin


def _runs(formats: Sequence[str], kvs: Sequence[str], places: Sequence[Place], engine: ServingEngine) -> Flags:
    """(format, KV dtype, place) that have a kernel."""
    gpus = {p.gpu.id: p.gpu for p in places}
    known = {id: [[runs_on(f, kv, gpu, engine) for kv in kvs] for f in formats] for id, gpu in gpus.items()}
    return np.array([known[p.gpu.id] for p in places]).reshape(len(places), len(formats), len(kvs)).transpose(1, 2, 0)


def _splits(scopes: Sequence[ModelScope], places: Sequence[Place]) -> Flags:
    """(model, place) whose heads divide evenly."""
    degrees = sorted({p.tensor_parallel for p in places})
    column = np.array([degrees.index(p.tensor_parallel) for p in places], dtype=np.intp)
    even = np.array([[divides_heads(s.model, t) for t in degrees] for s in scopes]).reshape(len(scopes), len(degrees))
    flags: Flags = even[:, column]
    return flags
