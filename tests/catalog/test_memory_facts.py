"""The shipped facts and the memory sum against start-up logs of vLLM and against its own planning code."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from planner.calibrate.memory import FITTED, fit_memory, left_out
from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of, measured_gpus
from planner.cli.start_ups import read_start_ups
from planner.engine.measured.startups import ScoredStartUp, StartUp, log_errors, score_start_ups
from planner.engine.replica.columns import Columns
from planner.engine.replica.fit import fit, fit_columns
from planner.engine.replica.memory import CALIBRATION
from planner.engine.replica.paging import paging_of
from planner.engine.specs import Deployment, RequestShape, ServingSettings
from planner.engine.units import GIB

DATA = Path(__file__).parents[1] / "data"
TABLES = ("vllm_startups.csv", "vllm_startups_h100.csv")


@cache
def start_ups() -> tuple[StartUp, ...]:
    directory = directory_of(shipped_catalog())
    read = [read_start_ups(DATA / name, directory) for name in TABLES]
    assert not any(unreadable for _, unreadable in read)
    return tuple(each for found, _ in read for each in found)


@cache
def scored() -> tuple[ScoredStartUp, ...]:
    return tuple(score_start_ups(start_ups()))


def warm() -> list[ScoredStartUp]:
    return [each for each in scored() if each.start_up.kv_tokens and not each.start_up.is_cold]


def test_the_logs_are_all_there() -> None:
    cold = [each for each in start_ups() if each.is_cold]
    refused = [each for each in start_ups() if not each.kv_tokens]
    assert (len(warm()), len(cold), len(refused)) == (83, 14, 4)


def test_the_tokens_of_warm_starts_are_those_of_the_log() -> None:
    off = np.array([abs(each.token_ratio - 1) for each in warm()])
    assert np.median(off) <= 0.01
    assert off.max() <= 0.05


def test_a_cold_start_never_holds_more_than_the_sum_says() -> None:
    off = [each.token_ratio for each in scored() if each.start_up.is_cold]
    assert min(off) > 1.0
    assert max(off) < 1.15


def test_every_start_that_vllm_refused_is_refused_and_every_other_one_starts() -> None:
    assert all(each.agrees for each in scored())


@pytest.mark.parametrize("each", warm(), ids=lambda each: each.start_up.id)
def test_weights_and_concurrency_are_those_of_the_log(each: ScoredStartUp) -> None:
    said = each.start_up
    assert said.weights_gib is not None
    adapters = 0.75 if said.settings.lora_adapters else 0.0  # vLLM logs adapter slots as weights
    assert 0.985 * said.weights_gib - adapters <= each.weights_gib <= 1.01 * said.weights_gib
    if said.max_concurrency:
        assert each.max_concurrency == pytest.approx(said.max_concurrency, rel=0.05)


@cache
def refitted() -> dict[str, tuple[float, float]]:
    k = fit_memory(start_ups())
    return {name: (read(CALIBRATION), read(k)) for name, (read, _) in FITTED.items()}


@pytest.mark.parametrize("name", FITTED)
def test_the_constants_that_ship_are_those_of_the_fit(name: str) -> None:
    shipped, fitted = refitted()[name]
    assert fitted == pytest.approx(shipped, rel=0.02)


def test_a_card_that_no_fit_has_seen_is_met_as_well() -> None:
    h100 = [each for each in start_ups() if each.deployment.gpu.id in ("h100-sxm", "rtx-5070-ti")]
    for errors in left_out(h100).values():
        assert np.median(np.abs(np.expm1(errors))) <= 0.02


def test_moving_a_fitted_constant_leaves_larger_errors() -> None:
    logs = [each for each in start_ups() if each.kv_tokens and not each.is_cold]
    least = float(np.sum(log_errors(logs) ** 2))
    for _, change in FITTED.values():
        for factor in (0.75, 1.33):
            assert float(np.sum(log_errors(logs, change(CALIBRATION, factor)) ** 2)) > least


def capacities() -> list[dict[str, str]]:
    text = (DATA / "vllm_capacities.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@pytest.mark.parametrize("row", capacities(), ids=lambda row: f"{row['model']} tp{row['tp']} {row['kv_dtype']}")
def test_the_pool_holds_what_vllm_s_own_planning_code_says(row: dict[str, str]) -> None:
    """On a B200, which keeps an FP8 latent as that code does on its own: other cards pack it for their kernels."""
    catalog = shipped_catalog()
    replica = Deployment(
        catalog.models[row["model"]],
        "bf16",
        "fp8" if row["kv_dtype"] == "fp8" else "fp16",
        catalog.gpus["b200"],
        catalog.engines["vllm"],
        int(row["tp"]),
    )
    pages = paging_of(Columns.from_deployments([replica]))
    longest = float(row["max_model_len"])
    blocks = math.floor(float(row["pool_gib_per_gpu"]) * GIB / pages.unit_bytes[0])
    at_once = blocks / pages.needed(longest, 2 * 8192)[0]
    printed = math.floor(blocks / pages.printed_groups[0]) * pages.printed_tokens[0]
    assert printed == pytest.approx(float(row["tokens_printed_until_0.20"]), rel=0.01)
    assert at_once * longest == pytest.approx(float(row["tokens_printed_from_0.21"]), rel=0.01)
    assert at_once == pytest.approx(float(row["max_concurrency"]), abs=0.01 * at_once + 0.005)


@pytest.mark.parametrize(
    ("version", "blocks", "at_once"), [("0.26.0", 203, 155_600 / 131_072), ("0.28.0", 203, 203 / 174)]
)
def test_a_hybrid_keeps_one_state_until_prefixes_are_cached_by_default(
    version: str, blocks: int, at_once: float
) -> None:
    """Qwen3.8 27B on an L40S: 155,600 tokens from 9.75 GiB by the log of 0.26.0; 0.28 turns caching on (vllm#50991)."""
    catalog = shipped_catalog()
    engine = replace(catalog.engines["vllm"], version=version)
    replica = Deployment(catalog.models["Qwen/Qwen3.8-27B"], "fp8", "fp16", catalog.gpus["l40s"], engine)
    pages = paging_of(Columns.from_deployments([replica]))
    assert math.floor(9.75 * GIB / pages.unit_bytes[0]) == blocks
    assert blocks / pages.needed(131_072, 4096)[0] == pytest.approx(at_once, rel=1e-5)


@pytest.mark.parametrize(
    ("version", "sequences", "steps", "fraction"),
    [
        ("0.12.0", 1024, 8192, 0.90),
        ("0.19", 1024, 8192, 0.90),
        ("0.20.1", 1024, 8192, 0.92),
        ("0.33.0", 1024, 8192, 0.92),
    ],
)
def test_the_server_s_defaults_follow_its_release(version: str, sequences: int, steps: int, fraction: float) -> None:
    catalog = shipped_catalog()
    engine = replace(catalog.engines["vllm"], version=version)
    h100, l40s, a100 = (
        Columns.from_deployments(
            [Deployment(catalog.models["Qwen/Qwen3-8B"], "bf16", "fp16", catalog.gpus[card], engine)]
        )
        for card in ("h100-sxm", "l40s", "a100-80-sxm")
    )
    large, small, old = (fit_columns(c, ServingSettings(), 4096, 1000) for c in (h100, l40s, a100))
    assert (large.max_num_seqs[0], large.fraction[0]) == (sequences, fraction)
    assert small.max_num_seqs[0] == old.max_num_seqs[0] == 256
    assert steps == 8192


@pytest.mark.parametrize(
    ("card", "mib"),
    [("rtx-4000-sff-ada", 20_475), ("rtx-a5000", 24_564), ("rtx-a6000", 49_140), ("l4", 23_034), ("h100-nvl", 95_830)],
)
def test_usable_memory_is_what_the_driver_shows(card: str, mib: int) -> None:
    gpu = shipped_catalog().gpus[card]
    assert gpu.memory_gib_usable == pytest.approx(mib / 1024, abs=0.01)
    assert not gpu.memory_usable_assumed


def test_gemma_3_without_its_vision_encoder_would_promise_too_much() -> None:
    gemma = shipped_catalog().models["google/gemma-3-12b-it"]
    card = next(gpu for gpu in measured_gpus() if gpu.id == "rtx-5060-ti-16")
    shape = RequestShape(256, 256, max_context=4096)
    settings = ServingSettings(gpu_memory_utilization=0.9, max_num_batched_tokens=8192, max_num_seqs=8)
    engine = replace(shipped_catalog().engines["vllm"], version="0.12")
    blind = replace(gemma, modality="text")
    with_encoder, without = (fit(Deployment(m, "int4", "fp16", card, engine), settings, shape) for m in (gemma, blind))
    assert without.kv_tokens > 1.5 * with_encoder.kv_tokens
