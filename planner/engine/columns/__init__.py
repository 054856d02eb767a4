"""Every physical quantity of many candidate replicas at once: one numpy array a quantity, one row a candidate.

Memory and throughput are elementwise formulas over these columns; a single deployment is the case of one row. Unknown
is nan; what does not apply is the neutral value named in the field (no window is inf, a dense model has one expert).
"""

from planner.engine.columns.candidates import Candidates, cross, gather
from planner.engine.columns.frame import Columns, Indices
from planner.engine.columns.placement import Placement
from planner.engine.columns.readers import (
    ARCHITECTURES,
    ENGINE_FAMILIES,
    LAYER_SPLIT_FAMILIES,
    LINKS,
    VENDORS,
    Floats,
    engine_family,
    expert_params,
)

__all__ = [
    "ARCHITECTURES",
    "ENGINE_FAMILIES",
    "LAYER_SPLIT_FAMILIES",
    "LINKS",
    "VENDORS",
    "Candidates",
    "Columns",
    "Floats",
    "Indices",
    "Placement",
    "cross",
    "engine_family",
    "expert_params",
    "gather",
]
