"""Whether a serving engine has kernels for a weight format and a KV dtype on a GPU; weight-only kernels count."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from planner.engine.formats import weight_format
from planner.engine.specs import Gpu, ServingEngine

LEAST_CAPABILITY: Mapping[str, float] = MappingProxyType(
    {"fp8": 7.5, "awq": 7.5, "nvfp4": 7.5, "mxfp4": 8.0, "int8": 7.5}
)
"""NVIDIA compute capability from which vLLM runs a format at all (vLLM 0.33.0
model_executor/layers/quantization); other formats from `ANY_CAPABILITY` on."""
ANY_CAPABILITY = 6.0
FP8_ARITHMETIC = 8.9
"""First compute capability of NVIDIA that multiplies in FP8 and keeps an FP8 cache."""


def kernel_problem(format_id: str, kv: str, gpu: Gpu, engine: ServingEngine) -> str:
    """Why the engine cannot run this on this GPU; empty where it can."""
    if gpu.vendor not in engine.vendors:
        return f"{engine.name} does not run on {gpu.vendor} GPUs"
    return weights_problem(format_id, gpu) or (fp8_cache_problem(gpu) if kv == "fp8" else "")


def weights_problem(format_id: str, gpu: Gpu) -> str:
    """Why weights of this format cannot be multiplied on it; empty where they can."""
    label = weight_format(format_id).label
    if gpu.vendor != "NVIDIA":
        return f"no engine has {label} kernels for {gpu.vendor} GPUs" if format_id == "nvfp4" else ""
    least = LEAST_CAPABILITY.get(format_id, ANY_CAPABILITY)
    if capability_of(gpu) >= least:
        return ""
    return f"{label} weights need compute capability {least:g}, {gpu.name} has {gpu.compute_capability}"


def fp8_cache_problem(gpu: Gpu) -> str:
    """Why attention cannot read an FP8 KV cache on it; empty where it can."""
    if gpu.vendor != "NVIDIA":
        return f"{gpu.name} has no FP8 arithmetic for an FP8 KV cache" if gpu.dense_fp8_tflops is None else ""
    if capability_of(gpu) >= FP8_ARITHMETIC:
        return ""
    return f"an FP8 KV cache needs compute capability {FP8_ARITHMETIC:g}, {gpu.name} has {gpu.compute_capability}"


def capability_of(gpu: Gpu) -> float:
    """NVIDIA's compute capability as a number; 0 where the maker has none."""
    try:
        return float(gpu.compute_capability)
    except ValueError:
        return 0.0
