"""`planner size` says which build it counts, how its bytes are known, and what it asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

QWEN = "Qwen/Qwen3-8B"


def _vram(run: Run, *args: str) -> dict[str, Any]:
    outcome = run("size", *args, "--format", "json")
    assert outcome.code in (0, 1), outcome.err
    data: dict[str, Any] = json.loads(outcome.out)
    return data


@pytest.mark.parametrize(
    ("args", "basis", "mark", "said"),
    [
        (("nvidia/Qwen3.8-27B-NVFP4", "rtx-5090"), "published", "published", "Weights of nvidia/Qwen3.8-27B-NVFP4"),
        (("deepseek-ai/DeepSeek-V4-Flash", "b200", "--tp", "2"), "described", "described", "Weights of deepseek-ai/"),
        (("microsoft/phi-4", "l40s", "--weights", "awq"), "rule", "RULE ONLY", "nobody stated its bytes"),
        (("microsoft/phi-4", "l40s", "--weights", "5.5bpw"), "rule", "RULE ONLY", "5.5bpw"),
    ],
)
def test_it_says_how_the_bytes_are_known(run: Run, args: tuple[str, ...], basis: str, mark: str, said: str) -> None:
    data, text = _vram(run, *args), run("size", *args).out
    assert data["weights_basis"]["state"] == basis
    assert f"- weights ({mark})" in text
    assert said in " ".join(text.split())


def test_a_named_build_is_the_one_that_is_sized(run: Run) -> None:
    """Two builds of one format: the maker of the smaller one left fewer matrices at 16 bit."""
    small = _vram(run, "nvidia/Qwen3.8-27B-NVFP4", "rtx-5090")["vram_gib"]["weights"]
    large = _vram(run, "Inferact/Qwen3.8-27B-NVFP4", "rtx-5090")["vram_gib"]["weights"]
    assert small == pytest.approx(19.7, abs=0.1)
    assert large == pytest.approx(23.9, abs=0.1)


def test_the_checkpoints_own_cache_is_taken_and_said(run: Run) -> None:
    args = ("nvidia/Qwen3.6-27B-NVFP4", "b200")
    own, plain = run("size", *args), run("size", *args, "--kv", "fp16")
    assert "asks for KV cache fp8, which is taken; --kv fp16 leaves it out" in own.err
    assert "fp8 KV cache" in own.out
    assert (plain.err, "fp16 KV cache" in plain.out) == ("", True)


def test_a_card_without_kernels_for_that_cache_keeps_16_bit(run: Run) -> None:
    outcome = run("size", "nvidia/Qwen3.6-27B-NVFP4", "t4", "--tp", "4")
    assert "has no kernels for: fp16 is taken" in outcome.err
    assert "fp16 KV cache" in outcome.out


@pytest.mark.parametrize(
    ("model", "card", "options", "kept"),
    [
        ("glm-5.2", "b200", (), "fp8"),
        ("glm-5.2", "b200", ("--engine-version", "0.28"), "fp16"),
        ("deepseek-v3.2", "b200", (), "fp16"),
        ("deepseek-v3.2", "rtx-pro-6000-blackwell", (), "fp8"),
        ("deepseek-v3.1", "rtx-pro-6000-blackwell", (), "fp16"),
    ],
)
def test_a_cache_that_vllm_keeps_in_fp8_unasked(
    run: Run, model: str, card: str, options: tuple[str, ...], kept: str
) -> None:
    outcome = run("size", model, card, "--tp", "8", *options)
    assert f"{kept} KV cache" in outcome.out
    assert ("in FP8" in outcome.err) == (kept == "fp8")


def test_an_older_card_reads_an_fp8_cache_that_it_cannot_multiply(run: Run) -> None:
    """vLLM on an A6000 takes it from this build (noonghunna/club-3090#1047)."""
    outcome = run("size", "nvidia/Qwen3.8-27B-NVFP4", "rtx-a6000")
    assert "asks for KV cache fp8, which is taken" in outcome.err
    assert "fp8 KV cache" in outcome.out


def test_bitsandbytes_on_vllm_needs_its_plugin(run: Run) -> None:
    outcome = run("size", QWEN, "l40s", "--weights", "nf4")
    assert outcome.code == 0
    assert "plugin" in outcome.out


def test_a_file_beats_the_catalogue(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Qwen3-8B-Q4_K_M.gguf"
    with path.open("wb") as file:
        file.truncate(5_500_000_000)
    data = _vram(run, QWEN, "rtx-4090", "--weights", str(path))
    assert data["vram_gib"]["weights"] == pytest.approx(5.5e9 / 2**30, rel=1e-3)
    assert path.name in " ".join(run("size", QWEN, "rtx-4090", "--weights", str(path)).out.split())


def test_a_file_that_is_not_there_is_one_line(run: Run) -> None:
    outcome = run("size", QWEN, "rtx-4090", "--weights", "absent.gguf")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "absent.gguf" in outcome.err


def test_the_vision_tower_is_not_in_a_gguf(run: Run) -> None:
    """9.2 billion parameters of text fit a card of 8 GB."""
    data = _vram(run, "Qwen/Qwen3.5-9B", "rtx-4060", "--weights", "q4_k_m")
    assert data["vram_gib"]["weights"] == pytest.approx(5.29, abs=0.03)


def test_the_engine_s_own_name_of_a_packed_latent_is_fp8(run: Run) -> None:
    assert "fp8 KV cache" in run("size", "glm-5.2", "h200", "--tp", "8", "--kv", "fp8_ds_mla").out
