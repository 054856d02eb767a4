"""The fitted constants of the throughput model: what they mean, how groups add to them, what error they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from types import MappingProxyType

from planner.records import dataclass

ARCHITECTURE_FAMILIES: Mapping[str, float | tuple[str, ...]] = {
    "volta-turing": 7.0,
    "ampere-hbm": 8.0,
    "ampere-gddr": 8.6,
    "ada": 8.9,
    "hopper": 9.0,
    "blackwell-hbm": 10.0,
    "blackwell-gddr": 12.0,
    "amd-cdna": ("CDNA2", "CDNA3", "CDNA4"),
    "amd-rdna": ("RDNA3", "RDNA3.5", "RDNA4"),
    "apple": ("Apple",),
    "intel-xe": ("Intel",),
    "gaudi": ("Gaudi",),
    "tpu": ("Google",),
    "other": (),
}
"""GPU generations that share kernels, in the order of a table's first axis, and which cards belong to each.

NVIDIA's from a CUDA compute capability on, which tells HBM from GDDR too; the others' by the catalogue's architecture,
or by maker where that is enough; the rest together.
"""


@dataclass(frozen=True, slots=True)
class EngineFamily:
    """Engines that share a scheduler and kernels."""

    group: str
    """The group whose constants it takes: few engines are measured enough for one of their own."""
    ids: tuple[str, ...]
    """What the ids of its engines start with."""
    splits_layers: bool = False
    """Gives each GPU whole layers instead of slices of every layer."""
    makes_fp8: bool = False
    """Turns a 16-bit checkpoint into FP8 while it loads."""
    prompts_first: bool = False
    """Reads all waiting prompts before it goes on with answers."""


ENGINE_FAMILIES: Mapping[str, EngineFamily] = {
    "vllm": EngineFamily("vllm", ("vllm",), makes_fp8=True, prompts_first=True),
    "sglang": EngineFamily("sglang", ("sglang",), makes_fp8=True, prompts_first=True),
    "tensorrt-llm": EngineFamily("tensorrt-llm", ("tensorrt", "trtllm", "trt-llm")),
    "tgi": EngineFamily("vllm", ("tgi",)),
    "llama.cpp": EngineFamily(
        "llama.cpp", ("ollama", "llama.cpp", "llama-cpp", "llama_cpp", "llamacpp"), splits_layers=True
    ),
    "mlx": EngineFamily("llama.cpp", ("mlx",), splits_layers=True),
    "other": EngineFamily("other", ()),
}


@cache
def engine_family(engine_id: str) -> str:
    """Family of an engine by its id: Ollama runs llama.cpp."""
    key = engine_id.lower()
    return next((name for name, family in ENGINE_FAMILIES.items() if key.startswith(family.ids)), "other")


ENGINE_GROUPS: tuple[str, ...] = tuple(dict.fromkeys(family.group for family in ENGINE_FAMILIES.values()))
DTYPE_CLASSES: tuple[str, ...] = ("16-bit", "fp8", "int8", "w8", "w4", "fp4", "mxfp4", "gguf")
"""By what the kernels do: `fp8`, `int8`, `fp4` multiply in that type; the others only store in it."""

RUN_BY_ENGINE: tuple[str, ...] = ("first_token_queue", "lockstep_queue")
"""Constants of how a benchmark is run that an engine's scheduler decides: whether prompts go first or between the steps
of others."""

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
