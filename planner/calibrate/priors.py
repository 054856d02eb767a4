"""Where the fit starts and how far each kind of group may pull a constant from there: the figures of `priors.toml`.

The start is textbook physics: three quarters of the bandwidth, half of the arithmetic, milliseconds for a step's host
work. A group without rows stays at the start plus whatever its other groups say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_STATED: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
START: Mapping[str, float] = _STATED["start"]
RUN_START: Mapping[str, float] = _STATED["run_start"]
RUN_DEVIATION = 1.0
SCHEDULER_DEVIATION = 1.5
"""How far an engine may pull the constants that its scheduler decides."""
GROUP_DEVIATION: Mapping[str, Sequence[float]] = _STATED["group_deviation"]
"""For each kind of group, one deviation a constant in the order of `CONSTANTS`; 0 = the group has no say."""
SLOPE_DEVIATION: Mapping[str, Sequence[float]] = _STATED["slope_deviation"]
CELL_ROWS = 8
"""A cell (architecture x engine x dtype) with fewer rows gets no constant of its own."""
NOISE: Mapping[str, float] = _STATED["noise"]
"""Expected scatter of a row's logarithm about a perfect model, by kind of metric."""
KIND_WEIGHT: Mapping[str, float] = _STATED["kind_weight"]
SOURCE_DEVIATION = 0.03
"""What a source's own conventions may shift all its rows of a kind while fitting; never used to predict."""
INFORMATION = 0.35
"""Independent information of one row: sweeps repeat the same set-up many times."""
UNRELIABLE_SOURCES: Mapping[str, float] = _STATED["unreliable_sources"]
"""Weights of sources whose figures exceed what the card can do."""
