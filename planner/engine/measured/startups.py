"""Start-ups of an engine as its logs or a table of them state them, and what the memory sum says of each.

Anybody can measure these figures again: one start of vLLM prints the weights it loaded, the memory left for the cache,
and the tokens that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf, log, nan

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.measured.directory import Directory, format_of
from planner.engine.measured.row import SkippedRowError, count_of, number_of
from planner.engine.replica.columns import Columns
from planner.engine.replica.fit import FitColumns, fit_columns
from planner.engine.replica.formats import KV_VALUE_BYTES
from planner.engine.replica.memory import CALIBRATION, MemoryCalibration
from planner.engine.specs import Citation, Deployment, Measurement, ServingEngine, ServingSettings
from planner.records import dataclass

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "path", "url"),
    "gpu": ("gpu",),
    "gpu_mem_gb": ("gpu_mem_gb",),
    "model": ("model", "model_hf_id"),
    "repo": ("model_repo",),
    "version": ("version", "engine_version"),
    "tp": ("tp",),
    "pp": ("pp",),
    "weights": ("weights", "weight_dtype"),
    "kv": ("kv", "kv_dtype"),
    "gpu_memory_utilization": ("gpu_memory_utilization", "gpu_mem_util"),
    "max_model_len": ("max_model_len",),
    "max_num_batched_tokens": ("max_num_batched_tokens",),
    "max_num_seqs": ("max_num_seqs",),
    "lora_adapters": ("lora_adapters",),
    "lora_rank": ("lora_rank",),
    "weights_gib": ("weights_gib", "weights_gib_per_gpu"),
    "kv_gib": ("kv_gib", "kv_mem_gib_per_gpu"),
    "kv_tokens": ("kv_tokens", "kv_cache_tokens"),
    "max_concurrency": ("max_concurrency",),
    "start": ("start",),
    "outcome": ("outcome",),
}
"""What a table may state, and the headings it is found under."""
REQUIRED = ("gpu", "model", "max_model_len")


@dataclass(frozen=True, slots=True, eq=False)
class StartUp:
    """One start: the replica, its settings, and what was printed; None where the log does not say."""

    id: str
    deployment: Deployment
    columns: Columns
    """The same as one row, whatever context the model's record allows."""
    settings: ServingSettings
    max_model_len: float
    weights_gib: float | None
    kv_gib: float | None
    kv_tokens: float | None
    """None: the engine refused to start."""
    max_concurrency: float | None
    is_cold: bool
    """The first start of a set-up, which compiles: it leaves less for the cache than every later one."""


@dataclass(frozen=True, slots=True)
class ScoredStartUp:
    """A start beside the sum: GiB of each GPU, tokens and sequences of the replica."""

    start_up: StartUp
    weights_gib: float
    kv_gib: float
    kv_tokens: float
    max_concurrency: float
    starts: bool

    @property
    def token_ratio(self) -> float:
        """Predicted / printed; nan where nothing was printed."""
        printed = self.start_up.kv_tokens
        return self.kv_tokens / printed if printed else nan

    @property
    def agrees(self) -> bool:
        """Both start, or both do not."""
        return self.starts == (self.start_up.kv_tokens is not None)


def start_up(cells: Mapping[str, str], directory: Directory) -> StartUp:
    """From a record under the names of `COLUMNS`; ValueError names the cell, SkippedRowError what is unknown."""
    longest = number_of(cells, "max_model_len")
    if not longest:
        raise ValueError("max_model_len: is missing, expected the longest context of the start")
    printed = number_of(cells, "kv_tokens")
    deployment = _deployment(cells, directory)
    return StartUp(
        id=cells.get("id", ""),
        deployment=deployment,
        columns=replace(Columns.from_deployments([deployment]), max_context=np.full(1, inf)),
        settings=_settings(cells),
        max_model_len=longest,
        weights_gib=number_of(cells, "weights_gib"),
        kv_gib=number_of(cells, "kv_gib"),
        kv_tokens=printed or None,
        max_concurrency=number_of(cells, "max_concurrency"),
        is_cold=cells.get("start", "") == "cold",
    )


def _deployment(cells: Mapping[str, str], directory: Directory) -> Deployment:
    gpu = directory.gpu(cells.get("gpu", ""), number_of(cells, "gpu_mem_gb"))
    if gpu is None:
        raise SkippedRowError("gpu", cells.get("gpu", ""))
    name = cells.get("model", "")
    model = directory.named(name) or directory.named(cells.get("repo", ""))
    if model is None:
        raise SkippedRowError("model", name)
    engine = ServingEngine(
        id="vllm", name="vLLM", version=cells.get("version", ""), licence="", status="", production_ready=True,
        continuous_batching=True, prefix_caching=True, citation=Citation("", ""),
    )  # fmt: skip
    tp, pp = count_of(cells, "tp") or 1, count_of(cells, "pp") or 1
    said = cells.get("weights", "")
    row = Measurement(
        id="", model=cells.get("repo", "") or name, gpu=gpu.id, gpus_total=tp * pp, metric="", value=1.0, weights=said
    )
    weights = said if said in ("fp32",) else format_of(row, model, gpu)
    kv = cells.get("kv", "").lower()
    cache = kv if kv in KV_VALUE_BYTES else "fp8" if kv.startswith("fp8") else "fp32" if weights == "fp32" else "fp16"
    return Deployment(model, weights, cache, gpu, engine, tp, pp)


def _settings(cells: Mapping[str, str]) -> ServingSettings:
    adapters = number_of(cells, "lora_adapters")
    return ServingSettings(
        gpu_memory_utilization=number_of(cells, "gpu_memory_utilization"),
        max_num_batched_tokens=count_of(cells, "max_num_batched_tokens"),
        max_num_seqs=count_of(cells, "max_num_seqs"),
        lora_adapters=int(adapters or 0),
        lora_rank=count_of(cells, "lora_rank") or 16 if adapters else 16,
    )


def score_start_ups(start_ups: Sequence[StartUp], k: MemoryCalibration = CALIBRATION) -> list[ScoredStartUp]:
    """Each start with what the memory sum says of it."""
    return [_scored(each, _fitted(each, k)) for each in start_ups]


def _fitted(each: StartUp, k: MemoryCalibration) -> FitColumns:
    return fit_columns(each.columns, each.settings, each.max_model_len, each.max_model_len, k)


def _scored(each: StartUp, found: FitColumns) -> ScoredStartUp:
    return ScoredStartUp(
        start_up=each,
        weights_gib=float(found.weights_gib[0]),
        kv_gib=float(found.kv_gib[0]),
        kv_tokens=float(found.kv_tokens[0]),
        max_concurrency=float(found.longest_concurrency[0]),
        starts=bool(found.fits[0]),
    )


def log_errors(start_ups: Iterable[StartUp], k: MemoryCalibration = CALIBRATION) -> Floats:
    """Logarithm of predicted over printed tokens, of the starts that printed any; far off where none would start."""
    started = [each for each in start_ups if each.kv_tokens]
    return np.array([log(max(s.kv_tokens, 1.0) / (s.start_up.kv_tokens or 1.0)) for s in score_start_ups(started, k)])
