"""One replica, sized: does it fit, how fast is it, what was measured nearby. The door behind `planner size`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.engine import specs
from planner.engine.replica.columns import columns_of
from planner.engine.replica.constants import constants_of
from planner.engine.replica.fit import fit, published_formats
from planner.engine.replica.formats import BITSANDBYTES, capability_of, start_problem, weight_format
from planner.engine.replica.layouts import layout_caveats
from planner.engine.replica.performance import Objectives, at_operating_point, predict
from planner.engine.replica.step import cache_read_bytes, replica_of, weight_read_bytes
from planner.engine.specs.calibration import Calibration
from planner.engine.units import GB

SHARED_FRACTION = 0.85
"""Of memory that the system shares: the most that recipes give to vLLM."""


def size(
    catalog: specs.Catalog,
    deployment: specs.Deployment,
    settings: specs.ServingSettings,
    shape: specs.RequestShape,
    concurrency: float | None = None,
    objectives: Objectives = Objectives(),  # noqa: B008 - frozen
) -> specs.Sizing:
    """Memory and speed of one replica; without `concurrency`, at the largest one that keeps the objectives.

    With `concurrency` the KV share shown is that of so many mean sequences; without, it is the whole pool. Raises
    ValueError where the catalogue carries no fitted constants.
    """
    memory = fit(deployment, settings, shape, concurrency)
    refusal = start_problem(deployment.weights, deployment.kv, deployment.gpu, deployment.engine)
    if refusal is not None:
        memory = replace(memory, refusal=refusal, remedies=tuple(_ways_to_start(deployment, settings, shape)))
    performance = _speed(catalog, deployment, memory, shape, concurrency, objectives)
    return sizing_of(catalog, deployment, shape, memory, performance, concurrency, objectives)


def sizing_of(
    catalog: specs.Catalog,
    deployment: specs.Deployment,
    shape: specs.RequestShape,
    memory: specs.MemoryFit,
    performance: specs.Performance | None,
    concurrency: float | None,
    objectives: Objectives,
) -> specs.Sizing:
    """The answer where memory and speed are known."""
    return specs.Sizing(
        deployment=deployment,
        shape=shape,
        memory=memory,
        performance=performance,
        evidence=(),
        caveats=(
            *_memory_caveats(deployment, memory),
            *_caveats(deployment, performance, concurrency, objectives.of(deployment)),
        ),
        step_inputs=None
        if performance is None or catalog.calibration is None
        else step_inputs(deployment, shape, performance.concurrency, catalog.calibration),
    )


def step_inputs(
    deployment: specs.Deployment, shape: specs.RequestShape, concurrency: float, calibration: Calibration
) -> specs.StepInputs:
    """Bytes and operations of one decode step on each GPU, with the constants that turn them into time."""
    columns = columns_of(deployment)
    r, k = replica_of(columns), constants_of(calibration, columns)
    micro = np.full(1, max(concurrency / deployment.pipeline_parallel, 1.0))
    context = np.full(1, shape.input_tokens + 0.5 * shape.output_tokens)
    return specs.StepInputs(
        weights_gb=float((weight_read_bytes(r, micro) / r.tensor_parallel)[0]) / GB,
        kv_gb=float((micro * cache_read_bytes(r, context) / r.kv_shards)[0]) / GB,
        tflop=float((micro * r.decode_flop / r.tensor_parallel)[0]) / 1e12,
        bandwidth_gb_s=float(r.bandwidth[0]) / GB,
        peak_tflops=float(r.flops[0]) / 1e12,
        weight_bandwidth_efficiency=float(k.weight_bandwidth_efficiency[0]),
        kv_bandwidth_efficiency=float(k.kv_bandwidth_efficiency[0]),
        compute_efficiency=float(k.decode_compute_efficiency[0]),
        sharpness=float(k.roofline_sharpness[0]),
    )


def _ways_to_start(
    deployment: specs.Deployment, settings: specs.ServingSettings, shape: specs.RequestShape
) -> Iterator[specs.Remedy]:
    """Other published weights, or a 16-bit cache, with which the engine starts on the same cards and fits."""
    published = sorted(published_formats(deployment.model), key=lambda name: -weight_format(name).bits)
    for kv in dict.fromkeys((deployment.kv, "fp16")):
        for weights in dict.fromkeys((deployment.weights, *published)):
            if start_problem(weights, kv, deployment.gpu, deployment.engine) is None:
                changed = replace(deployment, weights=weights, kv=kv)
                memory = fit(changed, settings, shape)
                if memory.fits:
                    yield specs.Remedy("replica", changed, weights_gib=memory.vram_gib.weights)


def _speed(
    catalog: specs.Catalog,
    deployment: specs.Deployment,
    memory: specs.MemoryFit,
    shape: specs.RequestShape,
    concurrency: float | None,
    objectives: Objectives,
) -> specs.Performance | None:
    if not memory.fits:
        return None
    if catalog.calibration is None:
        raise ValueError("the catalogue carries no fitted throughput constants")
    if concurrency is not None:
        running = min(concurrency, _most_at_once(memory))
        return predict(deployment, shape, running, catalog.calibration)
    return at_operating_point(deployment, memory, shape, objectives, catalog.calibration)


def _most_at_once(memory: specs.MemoryFit) -> float:
    """Sequences that run together: what the cache holds, within the engine's own limit, at least one."""
    return max(min(memory.max_concurrency, memory.max_num_seqs), 1.0)


def _caveats(
    deployment: specs.Deployment, performance: specs.Performance | None, concurrency: float | None, wanted: Objectives
) -> Iterator[specs.Caveat]:
    gpu, model, engine = deployment.gpu, deployment.model, deployment.engine
    yield from layout_caveats(deployment)
    if model.unexplained_gib > 0 and engine.id == "vllm":
        yield specs.Caveat("unexplained", (model.name, model.unexplained_gib))
    if gpu.memory_is_assumed:
        yield specs.Caveat("assumed_memory", (gpu.name, gpu.memory_gib_usable))
    if deployment.weights not in published_formats(model):
        yield specs.Caveat("no_checkpoint", (weight_format(deployment.weights).label, model.name))
    if not engine.production_ready:
        yield specs.Caveat("development", (engine.name, engine.status))
    if model.commercial_use != "yes":
        yield specs.Caveat("licence", (model.licence, model.commercial_conditions))
    yield from _arithmetic_caveats(deployment)
    if performance is not None:
        yield from _speed_caveats(performance, concurrency, wanted)


def _memory_caveats(deployment: specs.Deployment, memory: specs.MemoryFit) -> Iterator[specs.Caveat]:
    """vLLM starts only where its share is free; a system that shares the memory holds some of it.

    Of 121.7 GiB of DGX Sparks 101 to 116 were free (MiaAI-Lab/GLM-5.3-Flash-EXL3-2x-DGX-Sparks#47); recipes for them
    state 0.85 or less (vllm-project/recipes#632).
    """
    gpu, is_vllm = deployment.gpu, deployment.engine.id == "vllm"
    if is_vllm and gpu.link == "unified" and memory.memory_fraction > SHARED_FRACTION:
        yield specs.Caveat("shared_memory", (gpu.name, memory.vram_gib.usable, SHARED_FRACTION))


def _arithmetic_caveats(deployment: specs.Deployment) -> Iterator[specs.Caveat]:
    """A kernel that comes from elsewhere, or saves memory but not compute on an older card."""
    weights, gpu = weight_format(deployment.weights), deployment.gpu
    if BITSANDBYTES in (weights.id, weights.like) and deployment.engine.id == "vllm":
        yield specs.Caveat("plugin", (deployment.engine.name, weights.label))
    capability, least = capability_of(gpu), weights.min_compute_capability
    if gpu.vendor == "NVIDIA" and 0 < capability < least:
        yield specs.Caveat("no_arithmetic", (gpu.name, capability, weights.label, least))


def _speed_caveats(
    performance: specs.Performance, concurrency: float | None, objectives: Objectives
) -> Iterator[specs.Caveat]:
    held = performance.concurrency
    if concurrency is not None and held < concurrency:
        yield specs.Caveat("waits", (concurrency, held))
    limits = (
        ("TTFT", performance.ttft_ms.mid, objectives.ttft_ms),
        ("TPOT", performance.tpot_ms.mid, objectives.tpot_ms),
    )
    for name, found, limit in limits:
        if found > limit * 1.01:
            yield specs.Caveat("objective", (name, found, limit, held))
