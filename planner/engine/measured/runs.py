"""Measured rows as columns: the replica each ran on, the load it was given and how old its software was.

Age matters more than most modelling detail: the same model on the same cards gained a factor of two in two years. It
is told by the engine's version where that is stated, else by the date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.measured.directory import Directory, format_of
from planner.engine.measured.row import METRICS, TUNED_SOURCES, SkippedRowError
from planner.engine.measured.scenario import MODES, LoadScenario, scenario_of
from planner.engine.replica.columns import Columns
from planner.engine.replica.step import Replica, replica_of
from planner.engine.specs import Deployment, Gpu, Measurement, Model, ServingEngine
from planner.engine.specs.calibration import ENGINE_FAMILIES, engine_family
from planner.engine.units import BILLION, GIB
from planner.records import dataclass

EPOCH = 2024.0
"""Years are counted from 2024-01-01."""
UNKNOWN_YEAR = 1.5
_RELEASES: dict[str, tuple[tuple[tuple[int, int], float], ...]] = {
    "vllm": (
        ((0, 1), 2023.5), ((0, 2), 2023.7), ((0, 3), 2024.1), ((0, 4), 2024.3), ((0, 5), 2024.5), ((0, 6), 2024.75),
        ((0, 7), 2025.1), ((0, 8), 2025.25), ((0, 9), 2025.45), ((0, 10), 2025.6), ((0, 11), 2025.75),
        ((0, 12), 2025.9), ((0, 14), 2026.05), ((0, 16), 2026.15), ((0, 18), 2026.25), ((0, 20), 2026.35),
        ((0, 24), 2026.45), ((0, 28), 2026.65), ((0, 33), 2026.85),
    ),
    "tensorrt": (
        ((0, 5), 2023.8), ((0, 6), 2023.9), ((0, 7), 2023.95), ((0, 8), 2024.15), ((0, 9), 2024.3), ((0, 10), 2024.45),
        ((0, 11), 2024.55), ((0, 12), 2024.65), ((0, 14), 2024.85), ((0, 15), 2024.92), ((0, 17), 2025.1),
        ((0, 19), 2025.35), ((0, 20), 2025.45), ((0, 21), 2025.55), ((1, 0), 2025.7), ((1, 1), 2025.85),
        ((1, 2), 2026.1), ((1, 3), 2026.4),
    ),
    "sglang": (((0, 1), 2024.1), ((0, 2), 2024.55), ((0, 3), 2024.7), ((0, 4), 2024.95), ((0, 5), 2025.7)),
}  # fmt: skip
"""First release of a minor version, as a decimal year; later versions are read off between the points."""


def software_year(engine: str, version: str, date: str) -> float:
    """Years since 2024-01-01 of the software; from `version` for engines whose releases are known."""
    number = re.search(r"(?<![\d.])v?(\d+)\.(\d+)", version)
    name = next((n for n in _RELEASES if n in engine.lower()), None)
    dated = _year(date)
    if number is None or name is None or "CUDA" in version or "docker" in version:
        return dated
    stated = (int(number.group(1)), int(number.group(2)))
    reached = [year for release, year in _RELEASES[name] if release <= stated]
    if not reached:
        return dated
    return min(reached[-1] - EPOCH, dated) if dated != UNKNOWN_YEAR else reached[-1] - EPOCH


def _year(date: str) -> float:
    """Years since `EPOCH`; the middle of the year where no month is stated."""
    parts = [part for part in date.split("-") if part.isdigit()]
    if not parts:
        return UNKNOWN_YEAR
    month = float(parts[1]) if len(parts) > 1 else 6.5
    return float(parts[0]) - EPOCH + (month - 1.0) / 12.0


_LAYER_SPLIT = ("llama.cpp", "ollama", "exllama", "mlx", "autoawq", "transformers", "ctransformers", "hf ")
SHARE_OF_MEMORY_FOR_WEIGHTS = 0.55
"""Where a row does not say how a model is cut, the fewest ranks are taken that leave this much for the cache."""
MOST_OF_MEMORY_FOR_WEIGHTS = 0.95
"""Beyond it no engine starts."""


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """One row with what it was run on."""

    row: Measurement
    deployment: Deployment
    scenario: LoadScenario
    replicas: float
    attention_dp: bool
    """Attention is replicated and experts are sharded over the tensor-parallel ranks."""


@dataclass(frozen=True, slots=True)
class MeasuredRuns:
    """Many cases as arrays."""

    columns: Columns
    replica: Replica
    metric: Floats
    mode: Floats
    isl: Floats
    osl: Floats
    concurrency: Floats
    rate: Floats
    requests: Floats
    decode_only: Floats
    decode_share: Floats
    interactive: Floats
    tuned: Floats
    drafting: Floats
    """1 where drafted tokens count."""
    by_makers: Floats
    """1 for rows of sources that show what a set-up can do."""
    beams: Floats
    equal_lengths: Floats
    replicas: Floats
    gpus_total: Floats
    kv_tokens: Floats
    year: Floats
    """Age of the software: years since 2024-01-01."""
    value: Floats


def run_of(row: Measurement, directory: Directory) -> MeasuredRun:
    """The case of a row; SkippedRowError says why it cannot be scored."""
    if row.metric not in METRICS:
        raise SkippedRowError("metric", row.metric)
    if row.value <= 0:
        raise SkippedRowError("value")
    doubt = re.search(r"\b(impossible|implausible|out of line|outlier)\b", row.notes.lower())
    if doubt:
        raise SkippedRowError("doubt", doubt.group())
    gpu = directory.gpu(_card(row), row.gpu_mem_gb)
    if gpu is None:
        raise SkippedRowError("gpu", row.gpu)
    model = directory.model(row)
    if model is None:
        raise SkippedRowError("model", row.model)
    if not model.kv_known:
        raise SkippedRowError("kv_size", row.model)
    weights = format_of(row, model, gpu)
    engine = ServingEngine(
        id=engine_id(row.engine), name=row.engine, version=row.engine_version, licence="", status="",
        production_ready=True, continuous_batching=True, prefix_caching=True, citation=row.citation,
    )  # fmt: skip
    attention_dp = _is_attention_dp(row, gpu, model, weights)
    tp, pp = _layout(row, gpu, model, weights, attention_dp=attention_dp)
    deployment = Deployment(model, weights, _kv(row, engine, weights), gpu, engine, tp, pp)
    return MeasuredRun(row, deployment, scenario_of(row), max(row.gpus_total / (tp * pp), 1.0), attention_dp)


def _card(row: Measurement) -> str:
    """The card's name; Argonne's A100s are taken for the 40 GB ones.

    Inferred: the source leaves the size open, yet four of them slow down as if a 16-bit 70B nearly filled them.
    """
    unsized = re.fullmatch(r"A100 SXM \(size not stated\)", row.gpu)
    return "A100 SXM 40GB" if unsized and "Argonne" in row.source else row.gpu


def _kv(row: Measurement, engine: ServingEngine, weights: str) -> str:
    """The cache's dtype; NVIDIA's FP8 and FP4 checkpoints quantise it too, and TensorRT-LLM's tables use them."""
    if not row.kv and engine.id == "tensorrt-llm" and weights in ("fp8", "nvfp4"):
        return "fp8"
    return "fp8" if "fp8" in row.kv.lower() else "fp16"


def engine_id(name: str) -> str:
    """The id whose family the columns know, for an engine as a benchmark spells it."""
    text = name.lower()
    for needle, identity in (
        ("tensorrt", "tensorrt-llm"), ("trt", "tensorrt-llm"), ("vllm", "vllm"), ("sglang", "sglang"),
        ("llama.cpp", "llama.cpp"), ("ollama", "ollama"), ("llamafile", "llama.cpp"), ("koboldcpp", "llama.cpp"),
        ("lm studio", "llama.cpp"), ("mlx", "mlx"), ("tgi", "tgi"), ("text-generation-inference", "tgi"),
        ("lmdeploy", "sglang"), ("aphrodite", "vllm"), ("lightllm", "sglang"), ("mlc", "llama.cpp"),
        ("exllama", "llama.cpp"),
    ):  # fmt: skip
        if needle in text and "ctransformers" not in text:
            return identity
    return "other"


def _is_attention_dp(row: Measurement, gpu: Gpu, model: Model, weights: str) -> bool:
    """Attention by data, experts spread over all GPUs: said in the notes, or the ranks stated cannot hold the model."""
    text = row.notes.lower()
    if row.tp is None:
        return "attention data" in text and "parallel" in text
    ranks, room = row.tp * (row.pp or 1), MOST_OF_MEMORY_FOR_WEIGHTS * gpu.memory_gib_usable
    return ranks * room < _weights_gib(model, weights) <= row.gpus_total * room


def _layout(row: Measurement, gpu: Gpu, model: Model, weights: str, *, attention_dp: bool) -> tuple[int, int]:
    total = max(1, row.gpus_total)
    if attention_dp:
        pp = max(row.pp or 1, 1)
        return max(1, total // pp), pp
    if row.tp is not None or (row.pp is not None and row.pp > 1):
        return max(row.tp or 1, 1), max(row.pp or 1, 1)
    if any(name in row.engine.lower() for name in _LAYER_SPLIT):
        return 1, total
    needed, room = _weights_gib(model, weights), SHARE_OF_MEMORY_FOR_WEIGHTS * gpu.memory_gib_usable
    ranks = 1
    while ranks < min(total, 8) and ranks * room < needed:
        ranks *= 2
    return (ranks, 1) if total % ranks == 0 else (total, 1) if total <= 8 else (8, 1)


def _weights_gib(model: Model, weights: str) -> float:
    bytes_each = {"bf16": 2.0, "fp8": 1.0, "int8": 1.0, "q8_0": 1.06}.get(weights, 0.58)
    return model.total_params_b * BILLION * bytes_each / GIB


_OF_SCENARIO = ("isl", "osl", "concurrency", "requests", "decode_only", "interactive", "tuned", "beams")
"""What a run takes from its load as it is."""


def runs_of(cases: Sequence[MeasuredRun]) -> MeasuredRuns:
    """Arrays over `cases`, in order."""
    columns = Columns.from_deployments([c.deployment for c in cases])
    attention_dp = _array(c.attention_dp for c in cases)
    replica = _with_attention_dp(_with_odd_formats(replica_of(columns), cases), attention_dp)
    return MeasuredRuns(
        **{name: _array(getattr(c.scenario, name) for c in cases) for name in _OF_SCENARIO},
        columns=columns,
        replica=replica,
        metric=_array(METRICS.index(c.row.metric) for c in cases),
        mode=_array(MODES.index(c.scenario.mode) for c in cases),
        rate=_array(c.scenario.rate_per_s for c in cases),
        decode_share=_array(c.scenario.disaggregated_decode for c in cases),
        equal_lengths=_array(c.scenario.equal_lengths and _prompts_first(c) for c in cases),
        replicas=_array(c.replicas for c in cases),
        gpus_total=_array(c.row.gpus_total for c in cases),
        kv_tokens=_kv_tokens(columns, replica),
        drafting=_array(c.scenario.drafting for c in cases),
        by_makers=_array(c.row.source_kind in TUNED_SOURCES for c in cases),
        year=_array(software_year(c.row.engine, c.row.engine_version, c.row.date) for c in cases),
        value=_array(c.row.value for c in cases),
    )


def _prompts_first(case: MeasuredRun) -> bool:
    return ENGINE_FAMILIES[engine_family(case.deployment.engine.id)].prompts_first


def _array(values: object) -> Floats:
    return np.array(list(values), dtype=np.float64)  # type: ignore[call-overload]


_ODD_FORMATS = (
    (("fp32",), 2.0), (("q4_0", "iq4"), 4.55 / 4.85), (("q6",), 6.6 / 8.5), (("q5",), 5.6 / 4.85),
    (("q3", "iq3"), 3.7 / 4.85), (("q2", "iq2"), 2.8 / 4.85),
)  # fmt: skip
"""Bits of a format over those of the known one it is taken for, by how its name begins."""


def _with_odd_formats(r: Replica, cases: Sequence[MeasuredRun]) -> Replica:
    """Weights whose bits differ from the nearest known format (EXL2, other GGUF mixes) are scaled to their own."""
    scale = np.ones(len(cases))
    for i, case in enumerate(cases):
        text = case.row.weights.lower()
        scale[i] = next((factor for names, factor in _ODD_FORMATS if text.startswith(names)), 1.0)
        if text.startswith("exl2_"):
            scale[i] = float(text.removeprefix("exl2_").removesuffix("bpw")) / 4.15
    return replace(r, dense_bytes=r.dense_bytes * scale, expert_bytes=r.expert_bytes * scale)


def _with_attention_dp(r: Replica, attention_dp: Floats) -> Replica:
    """Data-parallel attention: every rank holds all dense weights, and only the cache of its own requests."""
    ranks = np.where(attention_dp > 0, r.tensor_parallel, 1.0)
    shards = np.where(attention_dp > 0, r.tensor_parallel, r.kv_shards)
    return replace(r, dense_bytes=r.dense_bytes * ranks, kv_shards=shards)


def _kv_tokens(c: Columns, r: Replica) -> Floats:
    """Cache capacity in tokens, at least one short sequence.

    vLLM and most others take 90 % of the memory, weights included, and need 2.5 GiB a GPU beside them; TensorRT-LLM
    takes 90 % of what weights and 2 GiB leave.
    """
    n = r.tensor_parallel * r.pipeline_parallel
    weights = r.dense_bytes + r.expert_bytes + c.vocab_size * c.hidden_size * 2.0
    free = n * (0.90 * c.usable_gib - 2.5) * GIB - weights
    of_rest = 0.90 * (n * (c.usable_gib - 2.0) * GIB - weights)
    free = np.where(c.engine_family == list(ENGINE_FAMILIES).index("tensorrt-llm"), of_rest, free)
    per_token = (r.kv_far_bytes + r.kv_near_bytes) * n / (r.kv_shards * r.pipeline_parallel)
    return np.maximum(free / np.maximum(per_token, 1.0), 2048.0)
