"""The fitted constants of the throughput model: what they mean, how groups add to them, what error they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ARCHITECTURE_FAMILIES: tuple[str, ...] = (
    "volta-turing", "ampere-hbm", "ampere-gddr", "ada", "hopper", "blackwell-hbm", "blackwell-gddr",
    "amd-cdna", "amd-rdna", "apple", "intel-xe", "gaudi", "tpu", "other",
)  # fmt: skip
"""GPU generations that share kernels: by compute capability, then by kind of memory; AMD by line; the rest together."""
ENGINE_GROUPS: tuple[str, ...] = ("vllm", "sglang", "tensorrt-llm", "llama.cpp", "other")
DTYPE_CLASSES: tuple[str, ...] = ("16-bit", "fp8", "int8", "w8", "w4", "fp4", "mxfp4", "gguf")
"""By what the kernels do: `fp8`, `int8`, `fp4` multiply in that type; the others only store in it."""

CONSTANTS: tuple[str, ...] = (
    "weight_bandwidth_efficiency",
    "kv_bandwidth_efficiency",
    "decode_compute_efficiency",
    "prefill_compute_efficiency",
    "attention_compute_efficiency",
    "step_overhead_s",
    "layer_overhead_s",
    "expert_layer_overhead_s",
    "sequence_overhead_s",
    "prefill_overhead_s",
    "link_efficiency",
    "link_latency_s",
    "roofline_sharpness",
    "prefill_overlap",
    "request_overhead_s",
)
"""Constants of one replica's time, in the order of a table's last axis. Efficiencies are of the maker's peak."""

RUN_CONSTANTS: tuple[str, ...] = (
    "burst_stretch",
    "bounded_fraction",
    "interactive_fraction",
    "tuned_gain",
    "cache_fill",
    "first_token_queue",
    "lockstep_prompts",
    "lockstep_queue",
    "offline_sequences",
    "unserved",
)
"""Constants of how a benchmark is run, the same for all hardware: they compare a prediction with a published number."""
RUN_BY_ENGINE: tuple[str, ...] = ("first_token_queue", "lockstep_queue")
"""Those of them that an engine's scheduler decides: whether prompts go first or between the steps of others."""

KINDS: tuple[str, ...] = ("throughput", "single-stream", "tpot", "ttft", "prefill")
"""Kinds of metric that have an interval of their own."""


@dataclass(frozen=True, slots=True)
class GroupError:
    """What the fit left on measurements it did not see, for one metric and group."""

    metric: str
    group: str
    rows: int
    median_error_fraction: float
    spread: tuple[float, float]
    """Factors of the prediction that enclose the middle 80 % of the measurements: (low, high)."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Fitted constants and their errors. `terms[constant][key]` is a natural logarithm that a group adds.

    Keys are "all", "architecture:ada", "engine:vllm", "dtype:fp8", "cell:ada/vllm/fp8" and the names of the slopes;
    a constant is exp(sum of the terms of its row's groups). An unseen group adds nothing: physics and "all" remain.
    """

    as_of: str
    rows: int
    constants: int
    """Free constants in `terms`."""
    terms: Mapping[str, Mapping[str, float]]
    rows_behind: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Measured rows behind each key of `terms`."""
    errors: tuple[GroupError, ...] = ()
