"""KV-cache tokens against vLLM's own start-up logs (tests/data/vllm_startups.csv)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from planner.engine.replica.columns import Columns
from planner.engine.replica.fit import fit_columns
from planner.engine.replica.memory import CALIBRATION, MemoryCalibration
from planner.engine.specs import ServingSettings
from tests.engine.replica.replicas import MODELS, deployment, gpu

LOGS = Path(__file__).parents[2] / "data" / "vllm_startups.csv"
CARDS = {"RTX 5060 Ti 16GB": gpu(15.93), "RTX 5070 Ti": gpu(15.92), "RTX 5090": gpu(31.84)}
"""What nvidia-smi shows: 16,311, 16,303 and 32,607 MiB."""


@dataclass(frozen=True)
class StartUp:
    path: str
    columns: Columns
    settings: ServingSettings
    max_model_len: float
    weights_gib: float | None
    kv_tokens: int | None

    def predicted(self, k: MemoryCalibration = CALIBRATION) -> float:
        fitted = fit_columns(self.columns, self.settings, self.max_model_len, self.max_model_len, k)
        return float(fitted.kv_tokens[0])


def read_start_ups() -> list[StartUp]:
    lines = [line for line in LOGS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [_start_up(row) for row in csv.DictReader(lines)]


def _start_up(row: dict[str, str]) -> StartUp:
    replica = deployment(MODELS[row["model"]], row["weights"], CARDS[row["gpu"]], int(row["tp"]), row["kv"])
    settings = ServingSettings(
        gpu_memory_utilization=float(row["gpu_memory_utilization"]),
        max_num_batched_tokens=int(row["max_num_batched_tokens"]),
        max_num_seqs=int(row["max_num_seqs"]),
        lora_adapters=int(row["lora_adapters"]),
        lora_rank=int(row["lora_rank"]),
    )
    return StartUp(
        row["path"],
        Columns.from_deployments([replica]),
        settings,
        float(row["max_model_len"]),
        float(row["weights_gib"]) if row["weights_gib"] else None,
        int(row["kv_tokens"]) if row["kv_tokens"] else None,
    )


START_UPS = read_start_ups()
STARTED = [s for s in START_UPS if s.kv_tokens is not None]
REFUSED = [s for s in START_UPS if s.kv_tokens is None]


def log_errors(k: MemoryCalibration = CALIBRATION) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.log(s.predicted(k) / s.kv_tokens) for s in STARTED if s.kv_tokens])


def test_the_logs_are_all_there() -> None:
    assert (len(STARTED), len(REFUSED)) == (CALIBRATION.fitted_rows, 4)


def test_kv_tokens_are_within_a_few_per_cent_of_the_logs() -> None:
    errors = np.abs(np.expm1(log_errors()))
    assert np.median(errors) <= 0.03
    assert errors.max() <= 0.10
    assert np.median(errors) == pytest.approx(CALIBRATION.median_error, abs=0.001)


@pytest.mark.parametrize("start_up", STARTED, ids=lambda s: s.path)
def test_a_start_that_succeeded_fits_and_weighs_what_the_log_says(start_up: StartUp) -> None:
    fitted = fit_columns(start_up.columns, start_up.settings, start_up.max_model_len, start_up.max_model_len)
    assert fitted.fits[0]
    assert start_up.weights_gib is not None
    adapters = 0.75 if start_up.settings.lora_adapters else 0.0  # vLLM logs adapter slots as weights
    assert 0.985 * start_up.weights_gib - adapters <= fitted.weights_gib[0] <= 1.01 * start_up.weights_gib


@pytest.mark.parametrize("start_up", REFUSED, ids=lambda s: s.path)
def test_a_start_that_vllm_refused_does_not_fit(start_up: StartUp) -> None:
    fitted = fit_columns(start_up.columns, start_up.settings, start_up.max_model_len, start_up.max_model_len)
    assert not fitted.fits[0]
    assert fitted.short_by_gib[0] > 0.5


@pytest.mark.parametrize("start_up", REFUSED, ids=lambda s: s.path)
def test_what_vllm_refused_does_not_fit_with_default_settings_either(start_up: StartUp) -> None:
    settings = ServingSettings(gpu_memory_utilization=start_up.settings.gpu_memory_utilization)
    assert not fit_columns(start_up.columns, settings, start_up.max_model_len, 1500).fits[0]


@pytest.mark.parametrize("constant", ["process_gib", "sampler_bytes_per_logit", "vision_unsharded_widths"])
@pytest.mark.parametrize("factor", [0.75, 1.33])
def test_the_fitted_constants_are_those_of_least_squares(constant: str, factor: float) -> None:
    moved = replace(CALIBRATION, **{constant: getattr(CALIBRATION, constant) * factor})
    assert np.sum(log_errors(moved) ** 2) > np.sum(log_errors() ** 2)
