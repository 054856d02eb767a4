"""`planner size`: fits or not, and every way to name a model and a card."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"


def _size(run: Run, *args: str) -> dict[str, Any]:
    outcome = run("size", *args, "--format", "json")
    assert outcome.code in (0, 1), outcome.err
    data: dict[str, Any] = json.loads(outcome.out)
    assert data["fits"] is (outcome.code == 0)
    return data


def test_a_4_bit_70b_does_not_fit_20_gb(run: Run) -> None:
    outcome = run("size", "--model", LLAMA, "--gpu", "rtx-4000-sff-ada", "--weights", "awq")
    assert outcome.code == 1
    short = re.search(r"✗ DOES NOT FIT by ([0-9.]+) GiB per GPU", outcome.out)
    assert short is not None
    weights_gib, usable_gib = 37.04, 19.995 * 0.92
    assert weights_gib - usable_gib < float(short[1]) < weights_gib - usable_gib + 5
    assert "What would fit:" in outcome.out
    assert outcome.err == ""


def test_the_same_fits_one_h100(run: Run) -> None:
    data = _size(run, "--model", LLAMA, "--gpu", "h100-sxm", "--weights", "awq")
    assert data["fits"]
    assert data["vram_gib"]["weights"] == pytest.approx(37.04, rel=0.01)
    assert data["throughput"]["output_tok_s"]["low"] < data["throughput"]["output_tok_s"]["high"]


def test_bf16_weights(run: Run) -> None:
    data = _size(run, "--model", LLAMA, "--gpu", "h100-sxm", "--count", "4")
    assert data["vram_gib"]["weights"] * 4 == pytest.approx(131.42, rel=0.01)
    assert data["deployment"]["tensor_parallel"] == 4


def test_names_and_aliases_whatever_the_case(run: Run) -> None:
    by_id = _size(run, "--model", LLAMA, "--gpu", "rtx-4090", "--weights", "awq", "--count", "4")
    by_name = _size(run, "--model", "LLAMA-3.3-70B", "--gpu", "RTX 4090", "--weights", "AWQ", "--count", "4")
    assert by_id == by_name


def test_model_and_gpu_may_be_named_without_options(run: Run) -> None:
    with_options = _size(run, "--model", LLAMA, "--gpu", "rtx-4090", "--weights", "awq", "--count", "4")
    assert _size(run, LLAMA, "rtx-4090", "--weights", "awq", "--count", "4") == with_options
    assert _size(run, LLAMA, "--gpu", "rtx-4090", "--weights", "awq", "--count", "4") == with_options
    twice = run("size", "phi-4", "--model", LLAMA)
    assert twice.code == 2
    assert "name one model" in twice.complaint


@pytest.mark.parametrize(
    ("checkpoint", "model", "weights"),
    [
        ("somebody/gemma-3-12b-it-NVFP4", "google/gemma-3-12b-it", "nvfp4"),
        ("somebody/gemma-3-12b-it-quantized.w4a16", "google/gemma-3-12b-it", "int4"),
        ("unsloth/Llama-3.3-70B-Instruct-bnb-4bit", LLAMA, "nf4"),
    ],
)
def test_anybodys_checkpoint_is_read_as_its_base_model(run: Run, checkpoint: str, model: str, weights: str) -> None:
    outcome = run("size", "--model", checkpoint, "--gpu", "h100-sxm", "--format", "json")
    assert f"'{checkpoint}' is read as {model} with {weights} weights" in outcome.err
    named = _size(run, "--model", model, "--gpu", "h100-sxm", "--weights", weights)
    assert json.loads(outcome.out)["vram_gib"] == named["vram_gib"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--model", "llama-3.3-70x", "--gpu", "h100-sxm"), "--model: nothing is called 'llama-3.3-70x'; nearest: "),
        (("--model", LLAMA, "--gpu", "rtx-4099"), "--gpu: nothing is called 'rtx-4099'; nearest: "),
        (("--model", "llama", "--gpu", "h100-sxm"), "--model: 'llama' fits several: "),
        (
            ("--model", LLAMA, "--gpu", "h100-sxm", "--weights", "fp9"),
            "no format 'fp9'; did you mean \"fp8\"?",
        ),
        (("--model", LLAMA, "--gpu", "h100-sxm", "--kv", "int3"), "there is no KV cache dtype 'int3'"),
        (("--model", LLAMA, "--gpu", "h100-sxm", "--engine", "vlm"), "--engine: nothing is called 'vlm'"),
        (("--model", LLAMA, "--gpu", "h100-sxm", "--count", "3", "--tp", "2"), "3 GPUs are not --tp 2 x --pp 1"),
        (("--model", LLAMA, "--gpu", "h100-sxm", "--max-context", "100"), "less than a mean request of 1,500 tokens"),
    ],
)
def test_what_it_does_not_know(run: Run, args: tuple[str, ...], said: str) -> None:
    outcome = run("size", *args)
    assert outcome.code == 2
    assert said in outcome.complaint


def test_layouts_follow_from_any_two_numbers(run: Run) -> None:
    common = ("--model", LLAMA, "--gpu", "h100-sxm")
    cut = _size(run, *common, "--count", "8", "--tp", "4")["deployment"]
    assert (cut["tensor_parallel"], cut["pipeline_parallel"]) == (4, 2)
    cut = _size(run, *common, "--tp", "2", "--pp", "2")["deployment"]
    assert cut["gpus_per_replica"] == 4


def test_more_sequences_than_the_cache_holds_wait(run: Run) -> None:
    args = ("--model", LLAMA, "--gpu", "h100-sxm", "--weights", "awq", "--input-tokens", "8k", "--concurrency", "500")
    data = _size(run, *args)
    assert data["concurrency"] == pytest.approx(data["max_concurrency"])
    assert any("the rest wait" in warning for warning in data["warnings"])


def test_tighter_objectives_never_allow_more(run: Run) -> None:
    common = ("--model", "microsoft/phi-4", "--gpu", "l40s", "--weights", "fp8")
    strict = _size(run, *common, "--tpot-ms", "30")["concurrency"]
    loose = _size(run, *common, "--tpot-ms", "60")["concurrency"]
    assert strict <= loose


def test_an_engine_that_does_not_serve_the_format(run: Run) -> None:
    data = _size(run, "--model", LLAMA, "--gpu", "h100-sxm", "--weights", "awq", "--engine", "llama.cpp")
    assert data["fits"] is False
    assert "does not serve awq" in data["excluded_because"]


def test_gguf_weights_choose_their_engine(run: Run) -> None:
    data = _size(run, "--model", LLAMA, "--gpu", "h100-sxm", "--weights", "q4_k_m")
    assert data["deployment"]["engine"] == "llama-cpp"
    assert any("not for production" in warning for warning in data["warnings"])


def test_the_step_can_be_redone_from_what_is_printed(run: Run) -> None:
    data = _size(run, "--model", LLAMA, "--gpu", "h100-sxm", "--weights", "awq", "--concurrency", "16")
    terms, given = data["step_ms"], data["step_inputs"]
    reads = given["weights_gb"] / (given["bandwidth_gb_s"] * given["weight_bandwidth_efficiency"]) * 1e3
    assert terms["weights_read"] == pytest.approx(reads, rel=1e-3)
    power = given["sharpness"]
    busy = ((terms["weights_read"] + terms["kv_read"]) ** power + terms["compute"] ** power) ** (1 / power)
    assert terms["step"] == pytest.approx(busy + terms["communication"] + terms["overhead"], rel=1e-3)
    rate = 16 / (data["tpot_ms"]["mid"] / 1e3)
    assert data["throughput"]["output_tok_s"]["mid"] == pytest.approx(rate, rel=1e-3)


def test_all_gpus_for_a_model_and_all_models_for_a_gpu(run: Run) -> None:
    outcome = run("size", "--model", LLAMA, "--all")
    assert outcome.code == 0
    assert "gpus fit. $/1M tokens: rent alone" in outcome.out
    rows = json.loads(run("size", "--gpu", "l40s", "--count", "1", "--all", "--format", "json").out)
    assert all(row["deployment"]["gpu"] == "l40s" for row in rows)
    assert {"offer", "usd_per_hour", "usd_per_mtok"} <= rows[0].keys()


@pytest.mark.parametrize("args", [("--model", LLAMA, "--gpu", "l40s", "--all"), ("--all",), ("--model", LLAMA)])
def test_one_side_is_named_with_all_and_both_without(run: Run, args: tuple[str, ...]) -> None:
    outcome = run("size", *args)
    assert outcome.code == 2
    assert "--all" in outcome.complaint


def test_a_checkpoints_own_id_names_model_and_format(run: Run) -> None:
    told = json.loads(run("size", "--model", "stelterlab/phi-4-AWQ", "--gpu", "rtx-4090", "--format", "json").out)
    assert (told["deployment"]["model"], told["deployment"]["weights"]) == ("microsoft/phi-4", "awq")


def test_a_card_that_only_measurements_name_can_be_sized(run: Run) -> None:
    done = run("size", "--model", "phi-4", "--weights", "awq", "--gpu", "RTX 5070 Ti", "--format", "json")
    assert (done.code, json.loads(done.out)["vram_gib"]["total"]) == (0, 15.46)


def test_adapters_take_memory_from_the_cache(run: Run) -> None:
    common = ("size", "--model", "Qwen/Qwen3-8B", "--gpu", "rtx-4090", "--format", "json")
    without = json.loads(run(*common).out)
    adapted = json.loads(run(*common, "--lora-adapters", "8", "--lora-rank", "64").out)
    assert adapted["vram_gib"]["overhead"] > without["vram_gib"]["overhead"] + 2
    assert adapted["kv_tokens"] < without["kv_tokens"]


def test_the_engine_s_log_is_foretold_for_its_release(run: Run) -> None:
    asked = ("size", "llama-3.1-8b", "h100-sxm", "--max-context", "8192", "--gpu-memory-utilization", "0.95")
    told = json.loads(run(*asked, "--engine-version", "0.19.0", "--format", "json").out)
    prints = told["engine_prints"]
    assert prints["release"] == "0.19.0"
    assert prints["kv_cache_gib"] == told["kv_pool_gib"] == pytest.approx(58.11, rel=0.01)
    assert prints["kv_cache_tokens"] == told["kv_tokens"] == pytest.approx(476_016, rel=0.01)
    assert prints["max_concurrency"] == pytest.approx(58.11, rel=0.01)
    assert told["settings"] == {"max_num_seqs": 1024, "max_num_batched_tokens": 8192, "gpu_memory_utilization": 0.95}
    later = json.loads(run(*asked, "--format", "json").out)
    assert later["kv_pool_gib"] < told["kv_pool_gib"]  # graphs count from 0.20 on
    eager = json.loads(run(*asked, "--enforce-eager", "--format", "json").out)
    assert eager["kv_pool_gib"] > later["kv_pool_gib"]


def test_a_release_that_is_none_is_refused(run: Run) -> None:
    outcome = run("size", "llama-3.1-8b", "h100-sxm", "--engine-version", "newest")
    assert outcome.code == 2
    assert "--engine-version" in outcome.complaint


@pytest.mark.parametrize(("kv", "bytes_each"), [("q8_0", 1.0625), ("q4_0", 0.5625), ("fp16", 2.0), ("auto", 2.0)])
def test_caches_of_llama_cpp_hold_what_their_blocks_say(run: Run, kv: str, bytes_each: float) -> None:
    asked = ("size", "qwen3-8b", "rtx-3090", "--weights", "q4_k_m", "--format", "json")
    plain = json.loads(run(*asked).out)["kv_tokens"]
    told = json.loads(run(*asked, "--kv", kv).out)
    assert told["kv_tokens"] == pytest.approx(plain * 2.0 / bytes_each, rel=1e-4)
    assert told["engine_prints"] is None


def test_a_cache_that_the_engine_does_not_keep_is_refused(run: Run) -> None:
    outcome = run("size", "qwen3-8b", "h100-sxm", "--kv", "q8_0")
    assert outcome.code == 1
    assert "vLLM keeps no q8_0 cache" in outcome.out


def test_states_that_do_not_fit_are_told_with_the_flag(run: Run) -> None:
    outcome = run("size", "qwen3.5-27b", "h100-sxm", "--weights", "fp8")
    assert outcome.code == 1
    assert "✗ DOES NOT START: 1,024 sequences at once (--max-num-seqs) need a cache block" in outcome.out
    flag = outcome.out.split("start it with --max-num-seqs ")[1].split()[0]
    assert run("size", "qwen3.5-27b", "h100-sxm", "--weights", "fp8", "--max-num-seqs", flag).code == 0


HUGE = """
[models."deepseek-ai/DeepSeek-V3"]
attention_heads = 1_000_000_000_000
max_context = 1_000_000_000_000
"""


@pytest.mark.parametrize(
    "words",
    [
        ("--gpu", "l40s", "--all", "--count", "1000000000000"),
        ("deepseek-ai/DeepSeek-V3", "l40s", "--tp", "1000000000000", "--dcp", "3"),
        ("deepseek-ai/DeepSeek-V3", "l40s", "--max-context", "1000000000000"),
    ],
)
def test_what_is_tried_has_an_end(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Not one try for each GPU or each token that somebody asks for."""
    (tmp_path / "own.toml").write_text(HUGE)
    outcome = run("size", *words, "--catalog", tmp_path / "own.toml")
    assert outcome.code in (0, 1)
    assert outcome.out


def test_an_engine_that_does_not_start_there_is_the_verdict(run: Run) -> None:
    outcome = run("size", "deepseek-v4-flash", "v100", "--tp", "8")
    assert outcome.code == 1
    assert "✗ DOES NOT START: vLLM" in outcome.out
    assert "FITS" not in outcome.out
    assert "'v100' is sold in several sizes: 32 GB taken; for another name v100-sxm-16" in outcome.err
    data = _size(run, "deepseek-v4-flash", "v100", "--tp", "8")
    assert (data["fits"], data["starts"]) == (False, False)


def test_what_would_start_instead_is_told(run: Run) -> None:
    outcome = run("size", "qwen3-4b", "t4", "--kv", "fp8")
    assert "✗ DOES NOT START: an FP8 KV cache needs compute capability 8" in outcome.out
    assert "What would start and fit:\n- an FP16 KV cache" in outcome.out


def test_an_unknown_card_says_how_to_add_it(run: Run) -> None:
    outcome = run("size", "glm-5.1", "Ascend 910B", "--tp", "16")
    assert outcome.code == 2
    assert "nearest" not in outcome.complaint
    assert "vendor, memory_gb and bandwidth_gb_s under [gpus.ascend-910b] in catalog.toml" in outcome.complaint


def test_a_chip_sold_in_several_sizes_says_which_was_taken(run: Run) -> None:
    outcome = run("size", "qwen3.6-27b", "m5-pro", "--weights", "q4_k_m")
    assert outcome.code == 0
    assert "64 GB taken; for another name m5-pro-24 or m5-pro-48" in outcome.err
    small = _size(run, "qwen3.6-27b", "m5-pro-24", "--weights", "q4_k_m")
    assert small["vram_gib"]["total"] == 17.76
    ranked = run("size", "--all", "--gpu", "Apple M5 Pro")
    assert ranked.code == 0
    assert "64 GB taken" in ranked.err
    assert " 0 of " not in ranked.out


def test_on_apple_the_engine_is_one_that_runs_there(run: Run) -> None:
    assert _size(run, "phi-4", "Apple M4 Max 64GB")["deployment"]["engine"] == "llama-cpp"
    outcome = run("size", "deepseek-ai/DeepSeek-V3", "m3-ultra-512")
    assert "DOES NOT START: llama.cpp does not serve fp8 weights" in outcome.out
    assert "What would start and fit:\n- GGUF Q4_K_M weights" in outcome.out


def test_embeddings_have_the_speed_of_their_input(run: Run) -> None:
    """Nothing is written: no TPOT, which would hold one request at a time, and no output per second."""
    done = run("size", "qwen3-embedding-8b", "l4", "--format", "json")
    found = json.loads(done.out)
    assert (found["throughput"]["output_tok_s"], found["tpot_ms"], found["step_ms"]) == (None, None, None)
    assert found["bound_by"] != "TPOT objective"
    assert found["concurrency"] > 1
    text = run("size", "qwen3-embedding-8b", "l4").out
    assert "input tok/s" in text.splitlines()[1]
    assert "TPOT" not in text
    assert "output" not in text
    assert "input tok/s" in run("size", "qwen3-embedding-8b", "--all").out.splitlines()[0].lower()
    refused = run("size", "qwen3-embedding-8b", "l4", "--output-tokens", "4")
    assert refused.code == 2
    assert "--output-tokens: Qwen3 Embedding 8B writes no tokens" in refused.err
