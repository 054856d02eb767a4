"""Speed of a replica: physics that must hold whatever the fitted constants are, and published figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.load import shipped_catalog
from planner.engine.replica.columns import Columns
from planner.engine.replica.operating_point import BOUND_BY, Shape, operating_points, predict_columns
from planner.engine.replica.performance import Objectives, at_operating_point, predict
from planner.engine.replica.step import maximum, minimum, replica_of, smooth_max, weight_read_bytes
from planner.engine.specs import Deployment, MemoryFit, RequestShape, ServingSettings, VramGib
from planner.engine.units import GIB

CATALOG = shipped_catalog()
assert CATALOG.calibration is not None
CALIBRATION = CATALOG.calibration
assert CALIBRATION is not None
SHAPE = RequestShape(1000, 500)
SETTINGS = ServingSettings()


def deploy(model: str, weights: str, gpu: str, tp: int = 1, engine: str = "vllm", pp: int = 1) -> Deployment:
    return Deployment(CATALOG.models[model], weights, "fp16", CATALOG.gpus[gpu], CATALOG.engines[engine], tp, pp)


LLAMA_8B = deploy("meta-llama/Llama-3.1-8B-Instruct", "fp8", "l40s")
LLAMA_70B = deploy("meta-llama/Llama-3.3-70B-Instruct", "fp8", "h100-sxm", 2)
DEPLOYMENTS = (
    LLAMA_8B,
    LLAMA_70B,
    deploy("openai/gpt-oss-120b", "mxfp4", "h100-sxm"),
    deploy("deepseek-ai/DeepSeek-V3", "fp8", "h200-sxm", 8, "sglang"),
    deploy("google/gemma-3-27b-it", "bf16", "a100-80-sxm", 2),
    deploy("meta-llama/Llama-3.1-8B-Instruct", "q4_k_m", "rtx-4090", engine="llama-cpp"),
    deploy("Qwen/Qwen3-32B", "awq", "rtx-4000-sff-ada", 2),
)


def speed(deployment: Deployment, concurrency: float, shape: RequestShape = SHAPE) -> float:
    return predict(deployment, shape, concurrency, CALIBRATION).output_tok_s.mid


@given(st.floats(1e-6, 1e3), st.floats(1e-6, 1e3), st.floats(1.01, 12.0))
def test_the_smooth_maximum_lies_between_the_maximum_and_the_sum(a: float, b: float, sharpness: float) -> None:
    value = float(smooth_max(np.array([a]), np.array([b]), np.array([sharpness]))[0])
    assert max(a, b) * (1 - 1e-9) <= value <= (a + b) * (1 + 1e-9)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_minimum_and_maximum_are_the_ordinary_ones(a: float, b: float) -> None:
    assert float(minimum(np.array([a]), np.array([b]))[0]) == pytest.approx(min(a, b), abs=1e-6)
    assert float(maximum(np.array([a]), np.array([b]))[0]) == pytest.approx(max(a, b), abs=1e-6)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: f"{d.model.name} on {d.gpu.name}")
def test_the_scalar_door_and_the_columns_agree(deployment: Deployment) -> None:
    one = predict(deployment, RequestShape(3000, 200, 0.4), 12, CALIBRATION)
    many = predict_columns(
        Columns.from_deployments([deployment] * 3), Shape.of(3000.0, 200.0, 0.4, 3), 12.0, CALIBRATION
    )
    assert many.output_tok_s == pytest.approx([one.output_tok_s.mid] * 3)
    assert many.ttft_s[1] * many.spreads.ttft[1, 1] * 1e3 == pytest.approx(one.ttft_ms.high)
    assert many.decode_s_per_token[2] == pytest.approx(one.decode_s_per_token)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: f"{d.model.name} on {d.gpu.name}")
def test_more_requests_are_served_faster_in_sum_and_slower_each(deployment: Deployment) -> None:
    batches = np.array([1.0, 2, 4, 8, 16, 32, 64, 128, 256])
    shape = Shape.of(1000.0, 500.0, 0.0, len(batches))
    found = predict_columns(Columns.from_deployments([deployment] * len(batches)), shape, batches, CALIBRATION)
    assert np.all(np.diff(found.output_tok_s) > 0)
    assert np.all(np.diff(found.tpot_s) > 0)


@given(st.sampled_from(DEPLOYMENTS), st.floats(10, 20_000), st.floats(1, 4000), st.floats(0, 0.95), st.floats(1, 256))
def test_an_interval_encloses_its_middle_and_nothing_is_negative(
    deployment: Deployment, isl: float, osl: float, cached: float, concurrency: float
) -> None:
    p = predict(deployment, RequestShape(isl, osl, cached), concurrency, CALIBRATION)
    for interval in (p.output_tok_s, p.total_tok_s, p.ttft_ms, p.tpot_ms, p.single_stream_tok_s):
        assert 0 < interval.low < interval.mid < interval.high
    assert p.prefill_s_per_token > 0
    assert p.decode_s_per_token > 0


@given(st.sampled_from(DEPLOYMENTS), st.floats(50, 8000), st.floats(10, 2000), st.floats(0, 0.9), st.floats(1, 200))
def test_replica_seconds_of_a_request_add_up_to_the_rate(
    deployment: Deployment, isl: float, osl: float, cached: float, concurrency: float
) -> None:
    p = predict(deployment, RequestShape(isl, osl, cached), concurrency, CALIBRATION)
    busy = isl * (1 - cached) * p.prefill_s_per_token + osl * p.decode_s_per_token
    assert 1 / busy == pytest.approx(p.requests_s.mid, rel=1e-6)


def test_a_70b_at_4_bit_cannot_write_200_tokens_a_second_on_an_a4000_class_card() -> None:
    """Every token reads 37 GiB of weights; at 448 GB/s that is at most 11 tokens a second, whatever the software."""
    deployment = deploy("meta-llama/Llama-3.3-70B-Instruct", "awq", "rtx-a4000")
    ceiling = 448e9 / (37.0 * GIB)
    single = predict(deployment, SHAPE, 1, CALIBRATION).single_stream_tok_s
    assert ceiling < 12
    assert single.mid < ceiling
    assert single.high < 20


def test_experts_are_read_by_the_share_that_a_batch_touches() -> None:
    r = replica_of(Columns.from_deployments([deploy("openai/gpt-oss-120b", "mxfp4", "h100-sxm")]))
    one, many = (weight_read_bytes(r, np.array([b])) - r.dense_bytes for b in (1.0, 4096.0))
    assert one / r.expert_bytes == pytest.approx(4 / 128)
    assert many / r.expert_bytes == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("weights", "gpu", "field"),
    [
        ("fp8", "a100-80-sxm", "dense_bf16_tflops"),
        ("fp8", "rtx-a6000", "dense_bf16_tflops"),
        ("fp8", "l40s", "dense_fp8_tflops"),
        ("nvfp4", "h100-sxm", "dense_bf16_tflops"),
        ("nvfp4", "b200", "dense_fp4_tflops"),
        ("awq", "h100-sxm", "dense_bf16_tflops"),
        ("int8", "a100-80-sxm", "dense_int8_tops"),
    ],
)
def test_low_precision_computes_only_where_the_card_has_kernels(weights: str, gpu: str, field: str) -> None:
    r = replica_of(Columns.from_deployments([deploy("meta-llama/Llama-3.1-8B-Instruct", weights, gpu)]))
    assert float(r.flops[0]) == pytest.approx(getattr(CATALOG.gpus[gpu], field) * 1e12)


def test_the_latent_cache_is_read_whole_by_every_rank_and_gqa_by_at_most_its_heads() -> None:
    mla = replica_of(Columns.from_deployments([deploy("deepseek-ai/DeepSeek-V3", "fp8", "h200-sxm", 8)]))
    gqa = replica_of(Columns.from_deployments([deploy("Qwen/Qwen3-30B-A3B-Instruct-2507", "bf16", "h100-sxm", 8)]))
    assert float(mla.kv_shards[0]) == 1
    assert float(gqa.kv_shards[0]) == 4


def test_layers_split_over_cards_add_memory_not_single_stream_speed() -> None:
    model = "meta-llama/Llama-3.1-8B-Instruct"
    one = deploy(model, "q8_0", "rtx-4090", engine="llama-cpp")
    four = replace(one, pipeline_parallel=4)
    assert speed(four, 1) == pytest.approx(speed(one, 1), rel=0.1)
    assert speed(four, 64) > 1.5 * speed(one, 64)


def test_a_cached_prompt_saves_prefill_not_decode() -> None:
    cold = predict(LLAMA_70B, RequestShape(8000, 200), 16, CALIBRATION)
    warm = predict(LLAMA_70B, RequestShape(8000, 200, 0.9), 16, CALIBRATION)
    assert warm.ttft_ms.mid < 0.5 * cold.ttft_ms.mid
    assert warm.output_tok_s.mid > cold.output_tok_s.mid
    assert warm.terms.step_ms == pytest.approx(cold.terms.step_ms)


def test_the_terms_of_a_step_can_be_redone() -> None:
    t = predict(LLAMA_70B, SHAPE, 32, CALIBRATION).terms
    low = max(t.weights_read_ms + t.kv_read_ms, t.compute_ms) + t.communication_ms + t.overhead_ms
    high = t.weights_read_ms + t.kv_read_ms + t.compute_ms + t.communication_ms + t.overhead_ms
    assert low <= t.step_ms <= high
    assert t.prefill_share_ms >= 0


def _memory(kv_tokens: int) -> MemoryFit:
    return MemoryFit(VramGib(80, 72, 40, 20, 4, 8), kv_tokens, kv_tokens / 1500, 0.0, None, (), max_num_seqs=256)


@pytest.mark.parametrize(
    ("kv_tokens", "ttft", "tpot", "bound"),
    [(6000, 1e9, 1e9, "KV cache"), (10**7, 1e9, 1.3, "TPOT objective"), (10**7, 1.3, 1e9, "TTFT objective")],
)
def test_the_operating_point_names_what_holds_it(kv_tokens: int, ttft: float, tpot: float, bound: str) -> None:
    """Objectives as multiples of what an idle card needs."""
    idle = predict(LLAMA_70B, SHAPE, 1.0, CALIBRATION)
    ttft_ms, tpot_ms = ttft * idle.ttft_ms.mid, tpot * idle.tpot_ms.mid
    p = at_operating_point(LLAMA_70B, _memory(kv_tokens), SHAPE, Objectives(ttft_ms, tpot_ms), CALIBRATION)
    assert p.bound_by == bound
    assert p.tpot_ms.mid <= tpot_ms * 1.001
    assert p.ttft_ms.mid <= ttft_ms * 1.001
    if bound == "KV cache":
        assert p.concurrency == pytest.approx(4.0)
        return
    beyond = predict(LLAMA_70B, SHAPE, p.concurrency * 1.03, CALIBRATION)
    assert beyond.tpot_ms.mid > tpot_ms or beyond.ttft_ms.mid > ttft_ms


def test_an_objective_no_card_can_keep_is_said() -> None:
    columns, shape = Columns.from_deployments([LLAMA_70B, LLAMA_8B]), Shape.of(1000.0, 500.0, 0.0, 2)
    points = operating_points(columns, np.full(2, 1e6), shape, 1e9, np.array([1.0, 200.0]), CALIBRATION)
    assert points.feasible.tolist() == [False, True]
    assert points.prediction.concurrency[0] == pytest.approx(1.0)
    assert BOUND_BY[int(points.bound_by[0])] == "TPOT objective"


def test_a_group_nobody_measured_has_the_widest_intervals() -> None:
    """TPUs under TensorRT-LLM do not exist: what remains is physics and the interval of everything."""
    usual = predict(LLAMA_70B, SHAPE, 16, CALIBRATION).spread
    odd = replace(LLAMA_8B, gpu=replace(LLAMA_8B.gpu, vendor="Nobody", architecture="other", compute_capability=""))
    unknown = predict(odd, SHAPE, 16, CALIBRATION).spread
    assert unknown.high / unknown.low > usual.high / usual.low
