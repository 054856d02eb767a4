"""The door behind `planner size`: memory, speed and what a reader is warned of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.replica.performance import Objectives
from planner.engine.replica.size import size
from planner.engine.specs import Deployment, RequestShape, ServingSettings, Sizing

CATALOG = shipped_catalog()
SHAPE = RequestShape(1000, 500)


def _deployment(model: str, gpu: str, weights: str, engine: str = "vllm") -> Deployment:
    return Deployment(CATALOG.models[model], weights, "fp16", CATALOG.gpus[gpu], CATALOG.engines[engine])


def _size(deployment: Deployment, concurrency: float | None = None, **objectives: float) -> Sizing:
    return size(CATALOG, deployment, ServingSettings(), SHAPE, concurrency, Objectives(**objectives))


PHI = _deployment("microsoft/phi-4", "l40s", "fp8")


def test_without_a_load_the_cache_is_the_whole_pool_and_nothing_is_free() -> None:
    vram = _size(PHI).memory.vram_gib
    assert vram.kv == pytest.approx(vram.usable - vram.weights - vram.overhead)
    assert vram.free == pytest.approx(0)


def test_with_a_load_its_share_of_the_cache_is_shown() -> None:
    sizing = _size(PHI, concurrency=4)
    vram = sizing.memory.vram_gib
    assert 0 < vram.kv < vram.usable - vram.weights - vram.overhead
    assert vram.weights + vram.overhead + vram.kv + vram.free == pytest.approx(vram.usable)
    assert sizing.performance is not None
    assert sizing.performance.concurrency == 4


def test_objectives_bound_the_concurrency() -> None:
    free, strict = _size(PHI, ttft_ms=1e9, tpot_ms=1e9).performance, _size(PHI, tpot_ms=35.0).performance
    assert free is not None
    assert strict is not None
    assert strict.concurrency <= free.concurrency
    assert strict.tpot_ms.mid <= 35.0 * 1.01


def test_what_does_not_fit_has_no_speed() -> None:
    sizing = _size(_deployment("meta-llama/Llama-3.3-70B-Instruct", "l4", "bf16"))
    assert not sizing.memory.fits
    assert sizing.performance is None
    assert sizing.step_inputs is None


@pytest.mark.parametrize(
    ("deployment", "kind"),
    [
        (replace(PHI, gpu=replace(PHI.gpu, memory_usable_assumed=True, runtime_memory_gib=None)), "assumed_memory"),
        (_deployment("microsoft/phi-4", "a100-80-sxm", "fp8"), "no_arithmetic"),
        (_deployment("microsoft/phi-4", "l40s", "q4_k_m", "llama-cpp"), "development"),
        (_deployment("meta-llama/Llama-3.3-70B-Instruct", "h100-sxm", "awq"), "licence"),
    ],
)
def test_caveats(deployment: Deployment, kind: str) -> None:
    assert kind in [caveat.kind for caveat in _size(deployment).caveats]


def test_an_objective_that_even_one_sequence_misses_is_told() -> None:
    missed = [caveat.figures[:3] for caveat in _size(PHI, tpot_ms=1.0).caveats if caveat.kind == "objective"]
    assert [(name, limit) for name, _, limit in missed] == [("TPOT", 1.0)]


def test_a_vendor_the_engine_does_not_run_on_is_a_no() -> None:
    sizing = _size(_deployment("microsoft/phi-4", "m2-ultra", "bf16"))
    assert not sizing.memory.fits
    assert sizing.memory.refusal is not None
    assert (sizing.memory.refusal.ground, sizing.memory.refusal.figures[1]) == ("vendor", "Apple")


def test_no_constants_no_speed() -> None:
    with pytest.raises(ValueError, match="no fitted throughput constants"):
        size(replace(CATALOG, calibration=None), PHI, ServingSettings(), SHAPE)


VOLTA = replace(CATALOG.gpus["t4"], compute_capability="7.0")


@pytest.mark.parametrize(
    ("deployment", "ground"),
    [
        (_deployment("openai/gpt-oss-20b", "t4", "mxfp4"), "capability"),
        (replace(_deployment("Qwen/Qwen3-4B", "t4", "bf16"), kv="fp8"), "fp8_cache"),
        (_deployment("Qwen/Qwen3-32B", "mi355x", "nvfp4"), "format_kernels"),
        (_deployment("microsoft/phi-4", "mi210", "fp8"), "format_kernels"),
        (replace(_deployment("microsoft/phi-4", "rx-7900-xtx", "awq"), kv="fp8"), "vendor_fp8_cache"),
        (replace(PHI, gpu=VOLTA), "engine_capability"),
        (replace(PHI, gpu=replace(CATALOG.gpus["mi210"], architecture="CDNA1")), "architecture"),
        (_deployment("microsoft/phi-4", "t4", "fp8", "tensorrt-llm"), "engine_capability"),
        (_deployment("microsoft/phi-4", "mi300x", "fp8", "tensorrt-llm"), "vendor"),
        (_deployment("microsoft/phi-4", "l40s", "q4_k_m"), "format"),
    ],
)
def test_what_the_engine_does_not_start_with_is_a_no(deployment: Deployment, ground: str) -> None:
    sizing = _size(deployment)
    assert not sizing.memory.fits
    assert not sizing.memory.starts
    assert sizing.memory.refusal is not None
    assert sizing.memory.refusal.ground == ground
    assert sizing.performance is None


@pytest.mark.parametrize(
    "deployment",
    [
        _deployment("openai/gpt-oss-20b", "t4", "mxfp4", "llama-cpp"),
        replace(PHI, gpu=replace(PHI.gpu, compute_capability="")),
        replace(_deployment("microsoft/phi-4", "radeon-ai-pro-r9700", "fp8"), kv="fp8"),
        replace(_deployment("microsoft/phi-4", "mi300x", "fp8"), kv="fp8"),
        replace(_deployment("microsoft/phi-4", "mi210", "bf16"), gpu=replace(CATALOG.gpus["mi210"], architecture="")),
    ],
)
def test_another_engines_floor_and_an_unknown_capability_are_no_obstacle(deployment: Deployment) -> None:
    assert _size(deployment).memory.starts


def test_too_little_memory_is_no_obstacle_to_the_start() -> None:
    memory = _size(_deployment("meta-llama/Llama-3.3-70B-Instruct", "l4", "bf16")).memory
    assert (memory.fits, memory.starts) == (False, True)


def test_what_would_start_is_named() -> None:
    cache = _size(replace(_deployment("Qwen/Qwen3-4B", "t4", "bf16"), kv="fp8")).memory.remedies
    assert {remedy.replica.kv for remedy in cache if remedy.replica} == {"fp16"}
    weights = _size(_deployment("Qwen/Qwen3-32B", "mi355x", "nvfp4")).memory.remedies
    assert "fp8" in {remedy.replica.weights for remedy in weights if remedy.replica}
    assert not _size(replace(PHI, gpu=VOLTA)).memory.remedies


def test_the_share_of_memory_that_a_system_shares_is_warned_of() -> None:
    spark = _deployment("Qwen/Qwen3-8B", "dgx-spark", "bf16")
    kinds = {caveat.kind for caveat in _size(spark).caveats}
    assert "shared_memory" in kinds
    smaller = size(CATALOG, spark, ServingSettings(gpu_memory_utilization=0.8), SHAPE)
    assert "shared_memory" not in {caveat.kind for caveat in smaller.caveats}
    assert "shared_memory" not in {caveat.kind for caveat in _size(PHI).caveats}
