"""Where the fit starts and how far each kind of group may pull a constant from there (standard deviations of logs).

The start is textbook physics: three quarters of the bandwidth, half of the arithmetic, milliseconds for a step's host
work. A group without rows stays at the start plus whatever its other groups say.
"""

from __future__ import annotations

from collections.abc import Mapping

START: Mapping[str, float] = {
    "weight_bandwidth_efficiency": 0.75,
    "kv_bandwidth_efficiency": 0.6,
    "decode_compute_efficiency": 0.5,
    "prefill_compute_efficiency": 0.5,
    "attention_compute_efficiency": 0.3,
    "step_overhead_s": 1.5e-3,
    "layer_overhead_s": 2e-5,
    "expert_layer_overhead_s": 2e-5,
    "sequence_overhead_s": 1e-5,
    "prefill_overhead_s": 1e-3,
    "link_efficiency": 0.5,
    "link_latency_s": 1e-5,
    "roofline_sharpness": 2.0,
    "prefill_overlap": 0.3,
    "request_overhead_s": 1e-2,
}
RUN_START: Mapping[str, float] = {
    "burst_stretch": 1.6,
    "bounded_fraction": 0.85,
    "interactive_fraction": 0.6,
    "tuned_gain": 1.0,
    "cache_fill": 0.5,
    "first_token_queue": 0.1,
    "lockstep_prompts": 0.3,
    "lockstep_queue": 0.4,
    "offline_sequences": 0.5,
    "unserved": 1.0,
}
RUN_DEVIATION = 1.0
SCHEDULER_DEVIATION = 1.5
"""How far an engine may pull the constants that its scheduler decides."""

_ALL = (0.2, 0.3, 0.3, 0.3, 0.5, 0.7, 0.7, 0.7, 0.7, 0.4, 0.4, 0.7, 0.5, 1.0, 1.0)
_ARCHITECTURE = (0.06, 0.09, 0.11, 0.11, 0.09, 0.09, 0.13, 0.13, 0.07, 0.13, 0.13, 0.22, 0.0, 0.0, 0.0)
_ENGINE = (0.11, 0.38, 0.27, 0.27, 0.27, 0.63, 0.63, 0.22, 0.63, 0.38, 0.27, 0.38, 0.18, 0.45, 0.75)
_DTYPE = (0.15, 0.0, 0.3, 0.3, 0.0, 0.0, 0.3, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_CELL = (0.10, 0.0, 0.15, 0.15, 0.0, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
GROUP_DEVIATION: Mapping[str, tuple[float, ...]] = {
    "all": _ALL,
    "architecture": _ARCHITECTURE,
    "engine": _ENGINE,
    "dtype": _DTYPE,
    "cell": _CELL,
}
"""For each kind of group, one deviation a constant in the order of calibration.CONSTANTS; 0 = the group has no say."""

_AGE = (0.03, 0.45, 0.27, 0.27, 0.22, 0.57, 0.57, 0.0, 0.57, 0.45, 0.0, 0.33, 0.0, 0.68, 0.6)
SLOPE_DEVIATION: Mapping[str, tuple[float, ...]] = {
    "age:vllm": _AGE,
    "age:sglang": _AGE,
    "age:tensorrt-llm": _AGE,
    "age:amd": tuple(2 * d for d in _AGE),
    "moe": (0.2, 0.0, 0.3, 0.3, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "ranks": (0.05, 0.0, 0.08, 0.08, 0.0, 0.15, 0.0, 0.0, 0.0, 0.0, 0.15, 0.15, 0.0, 0.0, 0.0),
    "hidden": (0.0, 0.0, 0.1, 0.1, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "power": (0.05, 0.0, 0.25, 0.25, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "gqa": (0.0, 0.15, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "layer_time": (0.06, 0.0, 0.08, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "pcie": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.6, 0.0, 0.0, 0.0),
}

CELL_ROWS = 8
"""A cell (architecture x engine x dtype) with fewer rows gets no constant of its own."""

NOISE: Mapping[str, float] = {"throughput": 0.18, "single-stream": 0.15, "tpot": 0.17, "prefill": 0.3, "ttft": 0.4}
"""Expected scatter of a row's logarithm about a perfect model, by kind of metric."""
KIND_WEIGHT: Mapping[str, float] = {
    "throughput": 1.0,
    "single-stream": 1.0,
    "tpot": 1.0,
    "prefill": 0.5,
    "ttft": 0.25,
}
SOURCE_DEVIATION = 0.03
"""What a source's own conventions may shift all its rows of a kind while fitting; never used to predict."""
INFORMATION = 0.35
"""Independent information of one row: sweeps repeat the same set-up many times."""
UNRELIABLE_SOURCES: Mapping[str, float] = {"premAI-io/benchmarks": 0.05}
"""Weights of sources whose figures exceed what the card can do."""
