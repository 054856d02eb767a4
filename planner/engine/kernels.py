"""Whether a serving engine has kernels for a weight format and a KV dtype on a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from planner.engine.formats import weight_format
from planner.engine.specs import Gpu, ServingEngine

LEAST_CAPABILITY: Mapping[str, float] = MappingProxyType(
    {"fp8": 7.5, "awq": 7.5, "nvfp4": 7.5, "mxfp4": 8.0, "int8": 7.5}
)
"""NVIDIA compute capability from which vLLM runs a format at all, weight-only kernels included (vLLM 0.33.0
model_executor/layers/quantization); other formats from `ANY_CAPABILITY` on."""
ANY_CAPABILITY = 6.0
FP8_KV_CAPABILITY = 8.9


def kernel_problem(format_id: str, kv: str, gpu: Gpu, engine: ServingEngine) -> str:
    """Why the engine cannot run this on this GPU; empty where it can."""
    if gpu.vendor not in engine.vendors:
        return f"{engine.name} does not run on {gpu.vendor} GPUs"
    label = weight_format(format_id).label
    if gpu.vendor != "NVIDIA":
        if format_id == "nvfp4":
            return f"{engine.name} has no {label} kernels for {gpu.vendor} GPUs"
        lacks = kv == "fp8" and gpu.dense_fp8_tflops is None
        return f"{gpu.name} has no FP8 arithmetic for an FP8 KV cache" if lacks else ""
    capability, least = capability_of(gpu), LEAST_CAPABILITY.get(format_id, ANY_CAPABILITY)
    if capability < least:
        return f"{label} weights need compute capability {least:g}, {gpu.name} has {gpu.compute_capability}"
    if kv == "fp8" and capability < FP8_KV_CAPABILITY:
        return f"an FP8 KV cache needs compute capability {FP8_KV_CAPABILITY:g}, {gpu.name} has {capability:g}"
    return ""


def capability_of(gpu: Gpu) -> float:
    """NVIDIA's compute capability; 0 for other makers."""
    try:
        return float(gpu.compute_capability)
    except ValueError:
        return 0.0
