"""VRAM of a replica: weights, overhead, KV cache, what fits and what would make it fit. See MODEL section 3."""

from planner.engine.formats import FORMAT_ALIASES, KV_VALUE_BYTES, WEIGHT_FORMATS, WeightFormat, weight_format
from planner.engine.memory.calibration import CALIBRATION, MemoryCalibration
from planner.engine.memory.columns_fit import FitColumns, fit_columns
from planner.engine.memory.fit import fit, longest_context, mean_tokens
from planner.engine.memory.layouts import (
    GPUS_PER_NODE,
    is_multi_node,
    layout_problem,
    layout_warnings,
    valid_decode_context_parallel,
    valid_tensor_parallel,
)
from planner.engine.memory.remedies import published_formats

__all__ = [
    "CALIBRATION",
    "FORMAT_ALIASES",
    "GPUS_PER_NODE",
    "KV_VALUE_BYTES",
    "WEIGHT_FORMATS",
    "FitColumns",
    "MemoryCalibration",
    "WeightFormat",
    "fit",
    "fit_columns",
    "is_multi_node",
    "layout_problem",
    "layout_warnings",
    "longest_context",
    "mean_tokens",
    "published_formats",
    "valid_decode_context_parallel",
    "valid_tensor_parallel",
    "weight_format",
]
