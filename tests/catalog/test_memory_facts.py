"""The shipped facts, not fixtures, reproduce vLLM's start-up logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import load_catalog
from planner.catalog.measured import measured_gpus
from planner.engine.replica.fit import fit
from planner.engine.specs import Deployment, RequestShape, ServingSettings

ROWS = [
    ("Qwen/Qwen3-8B", "nvfp4", "rtx-5060-ti-16", 1, 0.9, 4096, 51_456),
    ("Qwen/Qwen3-8B", "bf16", "rtx-5090", 1, 0.9, 9216, 84_368),
    ("google/gemma-3-12b-it", "nvfp4", "rtx-5070-ti", 2, 0.8, 32_768, 28_640),
    ("google/gemma-3-12b-it", "int4", "rtx-5060-ti-16", 1, 0.9, 4096, 5856),
    ("google/gemma-3-27b-it", "int4", "rtx-5060-ti-16", 2, 0.9, 9216, 12_336),
    ("openai/gpt-oss-20b", "mxfp4", "rtx-5090", 1, 0.9, 33_792, 297_808),
]
"""model, weights, card, TP, memory fraction, max_model_len, KV-cache tokens (tests/data/vllm_startups.csv)."""


@pytest.mark.parametrize(("model", "weights", "card", "tp", "fraction", "context", "tokens"), ROWS)
def test_shipped_facts_reproduce_the_logs(
    model: str, weights: str, card: str, tp: int, fraction: float, context: int, tokens: int
) -> None:
    catalog = load_catalog()
    cards = {gpu.id: gpu for gpu in measured_gpus()} | dict(catalog.gpus)
    replica = Deployment(catalog.models[model], weights, "fp16", cards[card], catalog.engines["vllm"], tp)
    settings = ServingSettings(gpu_memory_utilization=fraction, max_num_batched_tokens=8192, max_num_seqs=8)
    fitted = fit(replica, settings, RequestShape(256, 256, max_context=context))
    assert fitted.fits
    assert fitted.kv_tokens == pytest.approx(tokens, rel=0.10)


@pytest.mark.parametrize(
    ("card", "mib"),
    [("rtx-4000-sff-ada", 20_475), ("rtx-a5000", 24_564), ("rtx-a6000", 49_140), ("l4", 23_034), ("h100-nvl", 95_830)],
)
def test_usable_memory_is_what_the_driver_shows(card: str, mib: int) -> None:
    gpu = load_catalog().gpus[card]
    assert gpu.memory_gib_usable == pytest.approx(mib / 1024, abs=0.01)
    assert not gpu.memory_usable_assumed


def test_gemma_3_without_its_vision_encoder_would_promise_too_much() -> None:
    gemma = load_catalog().models["google/gemma-3-12b-it"]
    card = next(gpu for gpu in measured_gpus() if gpu.id == "rtx-5060-ti-16")
    shape = RequestShape(256, 256, max_context=4096)
    settings = ServingSettings(gpu_memory_utilization=0.9)
    engine = load_catalog().engines["vllm"]
    blind = replace(gemma, modality="text")
    with_encoder, without = (fit(Deployment(m, "int4", "fp16", card, engine), settings, shape) for m in (gemma, blind))
    assert without.kv_tokens > 1.5 * with_encoder.kv_tokens
