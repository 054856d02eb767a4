"""Names as benchmarks write them, and what they mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of
from planner.engine.measured.directory import described, format_of, named_format
from planner.engine.measured.row import Skip, SkippedRowError
from planner.engine.measured.runs import engine_id, run_of, software_year
from planner.engine.specs import Measurement

DIRECTORY = directory_of(shipped_catalog())
H100 = shipped_catalog().gpus["h100-sxm"]
ROW = Measurement(
    id="T-1", source="a source", url="", date="2025-06", model="meta-llama/Llama-3.1-8B", total_params_b=8.03,
    active_params_b=8.03, gpu="H100 SXM", gpu_mem_gb=80, gpus_total=1, tp=1, pp=1, engine="vLLM",
    engine_version="0.9.0", weights="fp8", kv="", isl=1000, osl=500, concurrency=16, metric="output_tok_s_total",
    value=1500.0, notes="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "memory_gb", "expected"),
    [
        ("H100 SXM", 80, "h100-sxm"),
        ("NVIDIA H100 80GB HBM3", None, "h100-sxm"),
        ("H100 PCIe", 80, "h100-pcie"),
        ("A100 SXM 40GB", 40, "a100-40-sxm"),
        ("A100 SXM (size not stated)", None, "a100-80-sxm"),
        ("RTX 4090", 24, "rtx-4090"),
        ("NVIDIA GeForce RTX 4090", 24, "rtx-4090"),
        ("RTX 4000 Ada", 20, "rtx-4000-ada"),
        ("RTX 4000 SFF Ada", 20, "rtx-4000-sff-ada"),
        ("RTX 6000 Ada", 48, "rtx-6000-ada"),
        ("RTX PRO 6000 Blackwell", 96, "rtx-pro-6000-blackwell"),
        ("L4", 24, "l4"),
        ("Tesla T4", 16, "t4"),
        ("T4", 16, "t4"),
        ("MI300X", 192, "mi300x"),
        ("MI325X", 256, "mi325x"),
        ("GB10 (DGX Spark)", 128, "dgx-spark"),
        ("Ryzen AI Max+ 395", 128, "strix-halo-128"),
        ("Apple M1 Max", 64, "m1-max"),
        ("V100S 32GB", 32, "v100s"),
        ("RTX 3090", 24, "rtx-3090"),
        ("RTX 5090", 32, "rtx-5090"),
        ("H20", 96, "h20"),
        ("Gaudi2", 96, "gaudi2"),
        ("Arc Pro B60", 24, "arc-pro-b60"),
    ],
)
def test_cards_are_found_under_the_names_benchmarks_give_them(
    name: str, memory_gb: float | None, expected: str
) -> None:
    found = DIRECTORY.gpu(name, memory_gb)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("name", "memory_gb", "expected"),
    [
        ("NVIDIA H100-SXM-80GB", 80, "h100-sxm"),
        ("H100-PCIe-80GB", None, "h100-pcie"),
        ("H100-SXM-80GBx8", None, "h100-sxm"),
        ("NVIDIA A100-SXM4-40GB", None, "a100-40-sxm"),
        ("A100-PCIE-40GB", None, "a100-40-pcie"),
        ("NVIDIA H200-SXM-141GB-CTS", 141, "h200-sxm"),
        ("NVIDIA B200-SXM-180GB", 180, "b200"),
        ("B200 192GB", None, "b200"),
        ("NVIDIA GB300-Grace-Blackwell-Ultra", 288, "gb300"),
        ("NVIDIA GH200-GraceHopper-Superchip", 144, "gh200-144"),
        ("AMD Instinct MI300X-NPS1-SPX-192GB-750W", None, "mi300x"),
        ("AMD Instinct MI355X 288GB HBM3e", 288, "mi355x"),
        ("GeForce RTX 5090 32GB", None, "rtx-5090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 16, "rtx-4090-laptop"),
        ("2x RTX 4090", None, "rtx-4090"),
        ("rtx4090", 24, "rtx-4090"),
        ("RTX 4090 48GB", 48, "rtx-4090-48gb"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition-PCIe-96GB", None, "rtx-pro-6000-blackwell"),
        ("4x Tesla T4", 16, "t4"),
        ("Tesla V100-SXM2-16GB", None, "v100-sxm-16"),
        ("Tesla V100 SXM2", 16, "v100-sxm-16"),
        ("Intel(R) Arc(TM) Pro B60 Graphics", 24, "arc-pro-b60"),
        ("Arc Pro B60 (dual GPU)", 48, "arc-pro-b60-dual"),
        ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", None, "strix-halo-128"),
        ("Apple M4 Max 16-core CPU 40-core GPU", 64, "m4-max"),
        ("Ascend 910B 32GB", 32, "ascend-910b4"),
    ],
)
def test_names_with_sizes_form_factors_and_counts_in_them_are_found(
    name: str, memory_gb: float | None, expected: str
) -> None:
    found = DIRECTORY.gpu(name, memory_gb)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("name", "not_this"),
    [
        ("RTX 5060", "rtx-5060-ti-16"),
        ("RTX 2080", "rtx-2080-ti"),
        ("RTX 4070 Super", "rtx-4070"),
        ("RX 9070", "rx-9070-xt"),
        ("H20 141GB", "h20"),
        ("RTX 3080 12GB", "rtx-3080"),
        ("RTX 4090 Laptop", "rtx-4090"),
        ("A800 PCIe 80GB", "a800-80-sxm"),
        ("Gaudi 1", "gaudi-3"),
    ],
)
def test_a_sibling_is_another_card(name: str, not_this: str) -> None:
    found = DIRECTORY.gpu(name)
    assert found is None or found.id != not_this


@pytest.mark.parametrize("name", ["Quantum Q9", "Intel Xeon 6980P", "AWS Inferentia2", "MI308X", "Gaudi 1", ""])
def test_a_card_nobody_described_is_not_guessed(name: str) -> None:
    assert DIRECTORY.gpu(name) is None


def test_a_row_on_an_unknown_card_says_so() -> None:
    with pytest.raises(SkippedRowError) as unknown:
        run_of(replace(ROW, gpu="Quantum Q9"), DIRECTORY)
    assert unknown.value.skip == Skip("gpu", "Quantum Q9")


@pytest.mark.parametrize(
    ("name", "size_b", "expected"),
    [
        ("meta-llama/Llama-3.1-70B", 70.55, "meta-llama/Llama-3.1-70B-Instruct"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8.03, "meta-llama/Llama-3.1-8B-Instruct"),
        ("nvidia/Llama-3.1-8B-Instruct-FP8", 8.03, "meta-llama/Llama-3.1-8B-Instruct"),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8", 8.03, "meta-llama/Llama-3.1-8B-Instruct"),
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", 7.62, "Qwen/Qwen2.5-7B-Instruct"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", 70.55, "deepseek-ai/DeepSeek-R1-Distill-Llama-70B"),
        ("deepseek-ai/DeepSeek-R1-0528", 671.0, "deepseek-ai/DeepSeek-R1"),
        ("mistralai/Mixtral-8x7B-v0.1", 46.7, "mistralai/Mixtral-8x7B-v0.1"),
        ("lmsys/vicuna-7b-v1.5", 6.74, "meta-llama/Llama-2-7b-hf"),
        ("Qwen/Qwen3-30B-A3B", 30.5, "Qwen/Qwen3-30B-A3B"),
    ],
)
def test_models_are_found_by_base_variant_and_checkpoint_names(name: str, size_b: float, expected: str) -> None:
    found = DIRECTORY.model(replace(ROW, model=name, total_params_b=size_b, active_params_b=None))
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama2-70b-99.9", "meta-llama/Llama-2-70b-hf"),
        ("llama2-70b-interactive-99", "meta-llama/Llama-2-70b-hf"),
        ("llama3.1-405b", "meta-llama/Llama-3.1-405B-Instruct"),
        ("llama3_1-405b", "meta-llama/Llama-3.1-405B-Instruct"),
        ("gptj-99", "EleutherAI/gpt-j-6b"),
        ("mixtral-8x7b", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
        ("llama3.1:70b", "meta-llama/Llama-3.1-70B-Instruct"),
        ("deepseek-r1:14b", "Qwen/Qwen2.5-14B-Instruct"),
        ("deepseek-r1:70b", "meta-llama/Llama-3.1-70B-Instruct"),
        ("gemma3:27b", "google/gemma-3-27b-it"),
        ("phi4:14b", "microsoft/phi-4"),
        ("llama-2-7b.Q4_K_M", "meta-llama/Llama-2-7b-hf"),
        ("Llama 2 7B Q4_0", "meta-llama/Llama-2-7b-hf"),
        ("unsloth/Llama-3.3-70B-Instruct-bnb-4bit", "meta-llama/Llama-3.3-70B-Instruct"),
        ("google/gemma-3-12b-it-qat-q4_0-gguf", "google/gemma-3-12b-it"),
        ("mlx-community/Meta-Llama-3.1-8B-Instruct-4bit", "meta-llama/Llama-3.1-8B-Instruct"),
        ("nvidia/Llama-3.3-70B-Instruct-FP4", "meta-llama/Llama-3.3-70B-Instruct"),
        ("deepseek-ai/DeepSeek-V3.1-Terminus", "deepseek-ai/DeepSeek-V3.1"),
        ("deepseek-ai/DeepSeek-V3.2-Exp", "deepseek-ai/DeepSeek-V3.2"),
        ("deepseek-ai/DeepSeek-V2.5", "deepseek-ai/DeepSeek-V2"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", "deepseek-ai/DeepSeek-V2-Lite"),
        ("Qwen/Qwen1.5-72B-Chat", "Qwen/Qwen1.5-72B-Chat"),
        ("mistralai/Mistral-Small-Instruct-2409", "mistralai/Codestral-22B-v0.1"),
    ],
)
def test_models_are_found_by_name_alone(name: str, expected: str) -> None:
    found = DIRECTORY.model(replace(ROW, model=name, total_params_b=None, active_params_b=None))
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("name", ["whisper", "somebody/new-model", "Qwen/Qwen9-72B", "deepseek-ai/DeepSeek-V9"])
def test_a_model_nobody_described_is_not_guessed_from_its_name(name: str) -> None:
    assert DIRECTORY.model(replace(ROW, model=name, total_params_b=None, active_params_b=None)) is None


def test_a_model_of_another_size_than_its_name_is_taken_from_the_row() -> None:
    found = DIRECTORY.model(replace(ROW, total_params_b=30.0, active_params_b=30.0))
    assert found is not None
    assert found.family == "described"
    assert found.total_params_b == 30.0


def test_an_unknown_model_needs_its_size() -> None:
    row = replace(ROW, model="somebody/new-model", total_params_b=13.0, active_params_b=13.0)
    assert run_of(row, DIRECTORY).deployment.model.total_params_b == 13.0
    with pytest.raises(SkippedRowError) as unknown:
        run_of(replace(row, total_params_b=None), DIRECTORY)
    assert unknown.value.skip.kind == "model"


def test_a_described_mixture_touches_what_its_active_size_says() -> None:
    model = described(replace(ROW, total_params_b=120.0, active_params_b=6.0))
    assert model is not None
    assert model.moe_experts is not None
    assert model.moe_active_experts is not None
    assert 0.02 < model.moe_active_experts / model.moe_experts < 0.08


@pytest.mark.parametrize(
    ("weights", "expected"),
    [("fp16", "bf16"), ("fp4", "nvfp4"), ("int4", "int4"), ("q4_k_xl", "q4_k_m"), ("exl2_4.0bpw", "int4"),
     ("w4a8", "int4"), ("q6_k", "q8_0"), ("", "bf16")],
)  # fmt: skip
def test_weight_types_map_to_known_formats(weights: str, expected: str) -> None:
    model = DIRECTORY.model(ROW)
    assert model is not None
    assert format_of(replace(ROW, weights=weights), model, H100) == expected


DATACENTRE = "MLPerf Inference v4.1 closed llama2-70b-99.9 Offline; submitter Somebody"


@pytest.mark.parametrize(
    ("gpu", "count", "notes", "expected"),
    [
        ("H100 SXM", 2, "", "bf16"),
        ("H100 SXM", 1, "", "fp8"),
        ("RTX 4090", 2, "", "int4"),
        ("MI300X", 8, DATACENTRE, "fp8"),
        ("L40S", 4, DATACENTRE, "fp8"),
        ("B200", 1, DATACENTRE, "nvfp4"),
        ("A100 SXM 80GB", 4, DATACENTRE, "bf16"),
    ],
)
def test_a_silent_row_ran_what_its_cards_can_hold(gpu: str, count: int, notes: str, expected: str) -> None:
    """Competition entries quantise as far as the card has arithmetic for; others stay at 16 bit while that fits."""
    row = replace(
        ROW, model="meta-llama/Llama-2-70b-hf", total_params_b=68.98, active_params_b=68.98, gpu=gpu, gpu_mem_gb=None,
        gpus_total=count, tp=None, pp=None, weights="", notes=notes,
    )  # fmt: skip
    assert run_of(row, DIRECTORY).deployment.weights == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nvidia/Llama-3.3-70B-Instruct-FP4", "nvfp4"),
        ("RedHatAI/gemma-3-12b-it-quantized.w4a16", "int4"),
        ("TheBloke/Mistral-7B-Instruct-v0.2-GPTQ", "gptq"),
        ("unsloth/Qwen3-8B-bnb-4bit", "nf4"),
        ("Qwen/Qwen3-8B", None),
    ],
)
def test_a_checkpoint_names_its_format(name: str, expected: str | None) -> None:
    assert named_format(name) == expected


def test_the_a100s_of_one_source_are_the_40_gb_ones() -> None:
    row = replace(ROW, gpu="A100 SXM (size not stated)", gpu_mem_gb=None, weights="fp16")
    assert run_of(row, DIRECTORY).deployment.gpu.id == "a100-80-sxm"
    argonne = replace(row, source="Argonne LLM-Inference-Bench")
    assert run_of(argonne, DIRECTORY).deployment.gpu.id == "a100-40-sxm"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("TensorRT-LLM (PyTorch)", "tensorrt-llm"), ("vLLM (ROCm)", "vllm"), ("Ollama / llama.cpp", "llama.cpp"),
     ("SGLang (PD disaggregated)", "sglang"), ("DeepSpeed-MII", "other"), ("ctransformers", "other")],
)  # fmt: skip
def test_engines_are_told_by_family(name: str, expected: str) -> None:
    assert engine_id(name) == expected


@pytest.mark.parametrize(
    ("engine", "version", "date", "low", "high"),
    [
        ("vLLM", "0.7.3", "2026-04-15", 1.0, 1.2),
        ("vLLM", "", "2026-04", 2.2, 2.3),
        ("TensorRT-LLM", "v0.9.0", "2024-04-12", 0.2, 0.35),
        ("TensorRT-LLM", "TensorRT 10.2.0, CUDA 12.4", "2024-08-28", 0.5, 0.6),
        ("llama.cpp", "b9193", "2026-05", 2.3, 2.4),
        ("SGLang", "nightly", "", 1.5, 1.5),
    ],
)
def test_software_is_as_old_as_its_version_says(engine: str, version: str, date: str, low: float, high: float) -> None:
    assert low <= software_year(engine, version, date) <= high


def test_layers_are_split_where_the_engine_does_so_and_ranks_cover_the_weights_elsewhere() -> None:
    split = run_of(replace(ROW, engine="llama.cpp", gpus_total=4, tp=None, pp=None), DIRECTORY).deployment
    assert (split.tensor_parallel, split.pipeline_parallel) == (1, 4)
    large = replace(ROW, model="meta-llama/Llama-3.1-70B", total_params_b=70.55, active_params_b=70.55, weights="fp16")
    cut = run_of(replace(large, gpus_total=8, tp=None, pp=None), DIRECTORY)
    assert cut.deployment.tensor_parallel == 4
    assert cut.replicas == 2


def test_a_row_that_doubts_itself_is_skipped() -> None:
    with pytest.raises(SkippedRowError) as doubted:
        run_of(replace(ROW, notes="llama-bench; outlier against its own neighbours"), DIRECTORY)
    assert doubted.value.skip == Skip("doubt", "outlier")
