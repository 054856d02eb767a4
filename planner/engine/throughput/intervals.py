"""Nominal 80 % intervals: factors of the prediction, from what the fit missed on measurements it had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from planner.engine.calibration import ARCHITECTURE_FAMILIES, ENGINE_GROUPS, Calibration
from planner.engine.columns import Columns, Floats
from planner.engine.throughput.constants import architecture_index, engine_index

UNCALIBRATED = (0.5, 2.0)


@lru_cache(maxsize=32)
def spread_table(calibration: Calibration, kind: str) -> NDArray[np.float64]:
    """Low and high factor for each (architecture, engine), shape (architecture, engine, 2)."""
    known = spreads(calibration, kind)
    factors = np.empty((len(ARCHITECTURE_FAMILIES), len(ENGINE_GROUPS), 2))
    for i, a in enumerate(ARCHITECTURE_FAMILIES):
        for j, e in enumerate(ENGINE_GROUPS):
            factors[i, j] = known.get(f"{a}/{e}") or _widest(known, f"{a}/*", f"*/{e}")
    return factors


def _widest(known: Mapping[str, tuple[float, float]], *groups: str) -> tuple[float, float]:
    """A pair nobody measured: the wider of its two halves, and of everything where a half is missing too."""
    found = [known[g] for g in groups if g in known]
    if len(found) < len(groups):
        found.append(known.get("all", UNCALIBRATED))
    return min(low for low, _ in found), max(high for _, high in found)


def spreads(calibration: Calibration, kind: str) -> dict[str, tuple[float, float]]:
    """Low and high factor of every group that has one."""
    return {e.group: e.spread for e in calibration.errors if e.metric == kind}


def spread_of(calibration: Calibration, columns: Columns, kind: str) -> tuple[Floats, Floats]:
    """Low and high factor of every row for one of calibration.KINDS."""
    factors = spread_table(calibration, kind)[architecture_index(columns), engine_index(columns)]
    return factors[:, 0], factors[:, 1]
