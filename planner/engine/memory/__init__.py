"""VRAM of a replica: weights, overhead, KV cache, what fits and what would make it fit. See MODEL section 3."""

from planner.engine.formats import FORMAT_ALIASES, KV_VALUE_BYTES, WEIGHT_FORMATS, WeightFormat, weight_format
from planner.engine.memory.calibration import CALIBRATION, MemoryCalibration
from planner.engine.memory.columns_fit import FitColumns, fit_columns

__all__ = [
    "CALIBRATION",
    "FORMAT_ALIASES",
    "KV_VALUE_BYTES",
    "WEIGHT_FORMATS",
    "FitColumns",
    "MemoryCalibration",
    "WeightFormat",
    "fit_columns",
    "weight_format",
]
