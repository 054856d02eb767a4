"""Which number formats a GPU has kernels for; those that only unpack weights count."""

from __future__ import annotations

from planner.engine.specs import Gpu

LEAST_CAPABILITY = {"fp8": 7.5, "awq": 7.5, "nvfp4": 7.5, "mxfp4": 8.0, "int8": 7.5}
ANY_CAPABILITY = 6.0
FP8_ARITHMETIC = 8.9
"""First compute capability of NVIDIA that multiplies in FP8 and keeps an FP8 cache."""


def capability(gpu: Gpu) -> float:
    """NVIDIA's compute capability as a number; 0 where the maker has none."""
    try:
        return float(gpu.compute_capability)
    except ValueError:
        return 0.0


def runs_weights(format_id: str, gpu: Gpu) -> bool:
    """Whether weights of this format can be multiplied on it."""
    if gpu.vendor == "NVIDIA":
        return capability(gpu) >= LEAST_CAPABILITY.get(format_id, ANY_CAPABILITY)
    return format_id != "nvfp4"


def keeps_fp8_cache(gpu: Gpu) -> bool:
    """Whether attention can read an FP8 KV cache on it."""
    return capability(gpu) >= FP8_ARITHMETIC if gpu.vendor == "NVIDIA" else gpu.dense_fp8_tflops is not None
