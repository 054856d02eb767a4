"""Measured rows as columns: the replica each ran on and the load it was given, ready for the physics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.engine.columns import ENGINE_FAMILIES, Columns, Floats
from planner.engine.measured.age import software_year
from planner.engine.measured.matching import Directory, format_of
from planner.engine.measured.row import METRICS, MeasuredRow
from planner.engine.measured.scenario import MODES, Scenario, scenario_of
from planner.engine.specs import Citation, Deployment, Gpu, Model, ServingEngine
from planner.engine.throughput.replica import Replica, replica_of
from planner.engine.units import GIB

_LAYER_SPLIT = ("llama.cpp", "ollama", "exllama", "mlx", "autoawq", "transformers", "ctransformers", "hf ")
SHARE_OF_MEMORY_FOR_WEIGHTS = 0.55
"""Where a row does not say how a model is cut, the fewest ranks are taken that leave this much for the cache."""
MOST_OF_MEMORY_FOR_WEIGHTS = 0.95
"""Beyond it no engine starts."""


PROMPTS_FIRST = frozenset({"vllm", "sglang"})
"""Engines that read all waiting prompts before they go on with answers."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row with what it was run on."""

    row: MeasuredRow
    deployment: Deployment
    scenario: Scenario
    replicas: float
    attention_dp: bool
    """Attention is replicated and experts are sharded over the tensor-parallel ranks."""


@dataclass(frozen=True, slots=True)
class Cases:
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
    beams: Floats
    equal_lengths: Floats
    replicas: Floats
    gpus_total: Floats
    kv_tokens: Floats
    year: Floats
    """Age of the software: years since 2024-01-01."""
    value: Floats


def case_of(row: MeasuredRow, directory: Directory) -> Case:
    """The case of a row; ValueError says why it cannot be scored."""
    if row.metric not in METRICS:
        raise ValueError(f"metric {row.metric!r} is not predicted")
    if row.value <= 0:
        raise ValueError("value is not positive")
    doubt = re.search(r"\b(impossible|implausible|out of line|outlier)\b", row.notes.lower())
    if doubt:
        raise ValueError(f"marked {doubt.group()!r} in its own notes")
    gpu = directory.gpu(_card(row), row.gpu_mem_gb)
    if gpu is None:
        raise ValueError(f"GPU {row.gpu!r} is not known")
    model = directory.model(row)
    if model is None:
        raise ValueError(f"model {row.model!r} is not known and its size is not stated")
    if not model.kv_known:
        raise ValueError(f"the KV-cache size of {row.model} is not published")
    weights = format_of(row, model, gpu)
    engine = ServingEngine(
        engine_id(row.engine), row.engine, row.engine_version, "", "", True, True, True, None, None, (), (), "",
        Citation(row.source, row.date),
    )  # fmt: skip
    attention_dp = _is_attention_dp(row, gpu, model, weights)
    tp, pp = _layout(row, gpu, model, weights, attention_dp=attention_dp)
    deployment = Deployment(model, weights, _kv(row, engine, weights), gpu, engine, tp, pp)
    return Case(row, deployment, scenario_of(row), max(row.gpus_total / (tp * pp), 1.0), attention_dp)


def _card(row: MeasuredRow) -> str:
    """The card's name; Argonne's A100s are taken for the 40 GB ones.

    Inferred: the source leaves the size open, yet four of them slow down as if a 16-bit 70B nearly filled them.
    """
    return "A100 SXM 40GB" if row.gpu == "A100 SXM (size not stated)" and "Argonne" in row.source else row.gpu


def _kv(row: MeasuredRow, engine: ServingEngine, weights: str) -> str:
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


def _is_attention_dp(row: MeasuredRow, gpu: Gpu, model: Model, weights: str) -> bool:
    """Attention by data, experts spread over all GPUs: said in the notes, or the ranks stated cannot hold the model."""
    text = row.notes.lower()
    if row.tp is None:
        return "attention data" in text and "parallel" in text
    ranks, room = int(row.tp) * int(row.pp or 1), MOST_OF_MEMORY_FOR_WEIGHTS * gpu.memory_gib_usable
    return ranks * room < _weights_gib(model, weights) <= row.gpus_total * room


def _layout(row: MeasuredRow, gpu: Gpu, model: Model, weights: str, *, attention_dp: bool) -> tuple[int, int]:
    total = max(1, int(row.gpus_total))
    if attention_dp:
        pp = max(int(row.pp or 1), 1)
        return max(1, total // pp), pp
    if row.tp is not None or (row.pp is not None and row.pp > 1):
        return max(int(row.tp or 1), 1), max(int(row.pp or 1), 1)
    if any(name in row.engine.lower() for name in _LAYER_SPLIT):
        return 1, total
    needed = _weights_gib(model, weights) / (SHARE_OF_MEMORY_FOR_WEIGHTS * gpu.memory_gib_usable)
    ranks = 1
    while ranks < min(total, 8) and ranks < needed:
        ranks *= 2
    return (ranks, 1) if total % ranks == 0 else (total, 1) if total <= 8 else (8, 1)


def _weights_gib(model: Model, weights: str) -> float:
    bytes_each = {"bf16": 2.0, "fp8": 1.0, "int8": 1.0, "q8_0": 1.06}.get(weights, 0.58)
    return model.total_params_b * 1e9 * bytes_each / GIB


def cases_of(cases: Sequence[Case]) -> Cases:
    """Arrays over `cases`, in order."""
    columns = Columns.from_deployments([c.deployment for c in cases])
    attention_dp = _array(c.attention_dp for c in cases)
    replica = _with_attention_dp(_with_odd_formats(replica_of(columns), cases), attention_dp)
    return Cases(
        columns=columns,
        replica=replica,
        metric=_array(METRICS.index(c.row.metric) for c in cases),
        mode=_array(MODES.index(c.scenario.mode) for c in cases),
        isl=_array(c.scenario.isl for c in cases),
        osl=_array(c.scenario.osl for c in cases),
        concurrency=_array(c.scenario.concurrency for c in cases),
        rate=_array(c.scenario.rate_per_s for c in cases),
        requests=_array(c.scenario.requests for c in cases),
        decode_only=_array(c.scenario.decode_only for c in cases),
        decode_share=_array(c.scenario.disaggregated_decode for c in cases),
        interactive=_array(c.scenario.interactive for c in cases),
        tuned=_array(c.scenario.tuned for c in cases),
        beams=_array(c.scenario.beams for c in cases),
        equal_lengths=_array(c.scenario.equal_lengths and c.deployment.engine.id in PROMPTS_FIRST for c in cases),
        replicas=_array(c.replicas for c in cases),
        gpus_total=_array(c.row.gpus_total for c in cases),
        kv_tokens=_kv_tokens(columns, replica),
        year=_array(software_year(c.row.engine, c.row.engine_version, c.row.date) for c in cases),
        value=_array(c.row.value for c in cases),
    )


def _array(values: object) -> Floats:
    return np.array(list(values), dtype=np.float64)  # type: ignore[call-overload]


def _with_odd_formats(r: Replica, cases: Sequence[Case]) -> Replica:
    """Weights whose bits differ from the nearest known format (EXL2, other GGUF mixes) are scaled to their own."""
    scale = np.ones(len(cases))
    for i, case in enumerate(cases):
        text = case.row.weights.lower()
        if text.startswith("exl2_"):
            scale[i] = float(text.removeprefix("exl2_").removesuffix("bpw")) / 4.15
        elif text == "fp32":
            scale[i] = 2.0
        elif text.startswith(("q4_0", "iq4")):
            scale[i] = 4.55 / 4.85
        elif text.startswith("q6"):
            scale[i] = 6.6 / 8.5
        elif text.startswith("q5"):
            scale[i] = 5.6 / 4.85
        elif text.startswith(("q3", "iq3")):
            scale[i] = 3.7 / 4.85
        elif text.startswith(("q2", "iq2")):
            scale[i] = 2.8 / 4.85
    return replace(r, dense_bytes=r.dense_bytes * scale, expert_bytes=r.expert_bytes * scale)


def _with_attention_dp(r: Replica, attention_dp: Floats) -> Replica:
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
    free = np.where(c.engine_family == ENGINE_FAMILIES.index("tensorrt-llm"), of_rest, free)
    per_token = (r.kv_far_bytes + r.kv_near_bytes) * n / (r.kv_shards * r.pipeline_parallel)
    return np.maximum(free / np.maximum(per_token, 1.0), 2048.0)
