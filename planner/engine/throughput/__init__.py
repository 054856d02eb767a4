"""Speed of one replica: a decode step and a prefill by physics, scaled by fitted constants."""

from planner.engine.throughput.door import at_operating_point, performances, predict
from planner.engine.throughput.operating import (
    BOUND_BY,
    OperatingPoints,
    Prediction,
    operating_points,
    predict_columns,
)

__all__ = [
    "BOUND_BY",
    "OperatingPoints",
    "Prediction",
    "at_operating_point",
    "operating_points",
    "performances",
    "predict",
    "predict_columns",
]
