"""What a load does to the number that a benchmark reports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.measured.predict import predict, run_constants
from planner.engine.measured.runs import MeasuredRuns, run_of, runs_of
from planner.engine.measured.score import score_rows
from planner.engine.replica.constants import constants_of
from planner.engine.specs import Measurement
from tests.engine.measured.test_matching import DIRECTORY, ROW

CALIBRATION = shipped_catalog().calibration
assert CALIBRATION is not None
STATIC = replace(
    ROW, weights="fp16", isl=2048, osl=2048, concurrency=64, notes="static batch of the stated size", gpu="RTX 4090",
    gpu_mem_gb=24,
)  # fmt: skip


def cases(*rows: Measurement) -> MeasuredRuns:
    return runs_of([run_of(row, DIRECTORY) for row in rows])


def predicted(*rows: Measurement, **run: float) -> list[float]:
    assert CALIBRATION is not None
    c = cases(*rows)
    constants = constants_of(CALIBRATION, c.columns, c.replica, c.year, c.by_makers)
    run_as = replace(run_constants(CALIBRATION, c.columns), **run)
    found: list[float] = predict(c, constants, run_as).tolist()
    return found


def test_a_batch_beyond_the_cache_runs_in_waves() -> None:
    """A 16-bit 8B leaves a 24 GB card room for a few such sequences: eight times as many do not run faster."""
    small, large = predicted(replace(STATIC, concurrency=16), replace(STATIC, concurrency=128))
    assert large == pytest.approx(small, rel=0.05)


def test_tensorrt_llm_keeps_a_share_of_what_the_weights_leave() -> None:
    """An FP8 70B on one 80 GB card: others count weights within 90 % of the memory and find next to nothing."""
    row = replace(ROW, model="meta-llama/Llama-3.1-70B", total_params_b=70.55, active_params_b=70.55)
    vllm, tensorrt = cases(row, replace(row, engine="TensorRT-LLM", engine_version="0.17")).kv_tokens.tolist()
    assert vllm < 10_000
    assert tensorrt > 20_000


def test_equal_requests_that_stay_in_step_interrupt_each_other_less() -> None:
    row = replace(ROW, isl=4000, osl=100, concurrency=64, metric="tpot_ms", notes="random prompts")
    apart, in_step = (predicted(row, lockstep_prompts=share)[0] for share in (1.0, 0.2))
    assert in_step < 0.8 * apart
    jitter = replace(row, notes="length jitter (real lengths average about 1.0 x nominal)")
    assert predicted(jitter, lockstep_prompts=0.2) == predicted(jitter, lockstep_prompts=1.0)
    tensorrt = replace(row, engine="TensorRT-LLM", engine_version="1.0")
    assert predicted(tensorrt, lockstep_prompts=0.2) == predicted(tensorrt, lockstep_prompts=1.0)


def test_a_server_costs_each_sequence_more_than_an_offline_run() -> None:
    served = replace(ROW, isl=128, osl=128, concurrency=128, notes="random prompts")
    offline = replace(served, notes="static batch of the stated size")
    ratio = [predicted(row, offline_sequences=0.1)[0] / predicted(row, offline_sequences=1.0)[0]
             for row in (served, offline)]  # fmt: skip
    assert ratio[0] == 1.0
    assert ratio[1] > 1.02


def test_what_delays_one_answer_occupies_no_gpu() -> None:
    """The way from the client to the GPU lengthens TTFT and leaves throughput alone; one batch without a server has
    no such way."""
    assert CALIBRATION is not None
    first = replace(ROW, metric="ttft_ms", concurrency=1, notes="")
    c = cases(first, replace(first, notes="batch 1 first-token latency"), replace(ROW, concurrency=16))
    k, run = constants_of(CALIBRATION, c.columns, c.replica, c.year, c.by_makers), run_constants(CALIBRATION, c.columns)
    slower = replace(k, request_overhead_s=k.request_overhead_s + 0.1)
    added = predict(c, slower, run) - predict(c, k, run)
    assert added[0] == pytest.approx(100.0)
    assert added[1:].tolist() == [0.0, 0.0]


def test_clients_beyond_the_cache_wait_for_a_place_before_their_first_token() -> None:
    """By Little's law: eight times as many as the cache holds wait seven turns, give or take half of them."""
    row = replace(ROW, isl=2048, osl=2048, gpu="RTX 4090", gpu_mem_gb=24, metric="ttft_ms", notes="random prompts")
    room = float(cases(row).kv_tokens[0]) / 3072
    inside, outside = (predicted(replace(row, concurrency=round(share * room)))[0] for share in (0.8, 8.0))
    turn_ms = 2048 * predicted(replace(row, metric="tpot_ms", concurrency=round(8 * room)))[0]
    assert inside < turn_ms
    assert 3.5 * turn_ms < outside < 10.5 * turn_ms
    assert predicted(replace(row, concurrency=round(8 * room)), unserved=0.0)[0] < turn_ms


def test_how_long_prompts_queue_is_a_matter_of_the_engine() -> None:
    """vLLM mixes prompts into running steps, SGLang puts them first: its clients stay in step and wait together."""
    row = replace(ROW, isl=1024, osl=128, concurrency=64, metric="ttft_ms", notes="random prompts")
    vllm, sglang = predicted(replace(row, engine="vLLM"), replace(row, engine="SGLang"))
    assert sglang > 2 * vllm


def test_ranks_that_cannot_hold_a_model_mean_that_its_experts_are_spread_over_all_gpus() -> None:
    """ "TP 1 on 8 GPUs" of a 671B model: attention by data, not eight replicas; of an 8B model it is eight."""
    large = replace(
        ROW, model="deepseek-ai/DeepSeek-R1", total_params_b=671, active_params_b=37, weights="fp8", gpu="H200 SXM",
        gpu_mem_gb=141, gpus_total=8, tp=1, notes="",
    )  # fmt: skip
    spread, small = (run_of(row, DIRECTORY) for row in (large, replace(ROW, gpus_total=8, tp=1, notes="")))
    assert (spread.deployment.tensor_parallel, spread.replicas, spread.attention_dp) == (8, 1.0, True)
    assert (small.deployment.tensor_parallel, small.replicas, small.attention_dp) == (1, 8.0, False)


def test_makers_reach_more_than_their_users() -> None:
    """The same row as a maker's table or a competition states it, and as anybody finds it."""
    rows = [replace(ROW, concurrency=64, source_kind=kind) for kind in ("mlperf", "vendor_docs", "community", "")]
    mlperf, docs, community, unsaid = predicted(*rows)
    assert mlperf == docs > 1.05 * community
    assert community == unsaid


def test_a_prompt_under_llama_cpp_takes_what_its_kernels_for_that_maker_take() -> None:
    """Arc and Strix Halo were measured at a fraction of what their arithmetic promises; an RTX 4090 was not."""
    row = replace(ROW, engine="llama.cpp", engine_version="b9187", weights="q4_k_m", metric="prefill_tok_s_total")
    shares = []
    for gpu, memory in (("RTX 4090", 24), ("Arc Pro B70", 32), ("Ryzen AI Max+ 395", 128)):
        measured = replace(row, gpu=gpu, gpu_mem_gb=memory, isl=512, concurrency=1)
        tflops = run_of(measured, DIRECTORY).deployment.gpu.dense_bf16_tflops
        assert tflops is not None
        shares.append(predicted(measured)[0] / tflops)
    assert shares[0] > 1.5 * max(shares[1:])


def test_drafted_tokens_are_a_stated_range_on_top() -> None:
    row = replace(ROW, concurrency=1, metric="decode_tok_s_single_stream", value=100.0)
    assert CALIBRATION is not None
    plain, drafted = score_rows([row, replace(row, notes=f"{row.notes}; MTP")], DIRECTORY, CALIBRATION)
    assert drafted.low == pytest.approx(1.4 * plain.low)
    assert drafted.high == pytest.approx(2.2 * plain.high)
