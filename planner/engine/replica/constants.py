"""From a calibration to one row's constants: a table over groups, built once, and an index for every row.

Slopes say what a constant depends on beside its groups, as numbers that are 0 for an ordinary replica. Nominal 80 %
intervals are factors of the prediction, from what the fit missed on measurements it had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats, Indices
from planner.engine.replica.column_readers import LINKS
from planner.engine.replica.columns import Columns
from planner.engine.replica.formats import COMPUTE_CLASSES
from planner.engine.replica.step import CONSTANTS, Constants, Replica, flops_16bit, replica_of, supported_flops
from planner.engine.specs.calibration import (
    ARCHITECTURE_FAMILIES,
    DTYPE_CLASSES,
    ENGINE_FAMILIES,
    ENGINE_GROUPS,
    Calibration,
)

_ARCHITECTURES = tuple(ARCHITECTURE_FAMILIES)
OLDEST_YEAR, NEWEST_YEAR = -0.5, 2.5
"""Years since 2024-01-01 between which software age was measured; older and newer software counts as these."""
AGED_ENGINES = ("vllm", "sglang", "tensorrt-llm")
PAIRED_ENGINE = "llama.cpp"
"""Whose kernels are written for one maker's cards at a time: it has constants of its own on each architecture."""
YOUNG_BACKENDS = ("amd-rdna", "intel-xe")
"""Architectures on which its prefill became several times faster between 2025 and 2026."""

SLOPES: tuple[str, ...] = (
    *(f"age:{engine}" for engine in AGED_ENGINES), "age:amd", "age:llama.cpp", "moe", "ranks", "hidden", "pcie",
    "power", "gqa", "layer_time", "tuned",
)  # fmt: skip


def slopes_of(c: Columns, r: Replica, architecture: Indices, engine: Indices, year: Floats, tuned: Floats) -> Floats:
    """Values of SLOPES, shape (slopes, rows); `year` is the software's, in years since 2024-01-01.

    `tuned` is 1 where makers, competitions or a search chose every setting, 0 for what users get.
    """
    age = np.clip(year, OLDEST_YEAR, NEWEST_YEAR)
    amd = architecture == _ARCHITECTURES.index("amd-cdna")
    rows = [np.where(engine == ENGINE_GROUPS.index(name), age - 1.5, 0.0) for name in AGED_ENGINES]
    young = np.isin(architecture, [_ARCHITECTURES.index(name) for name in YOUNG_BACKENDS])
    rows += [
        np.where(amd, age - 1.0, 0.0),
        np.where(young & (engine == ENGINE_GROUPS.index(PAIRED_ENGINE)), age - NEWEST_YEAR, 0.0),
        np.where(r.expert_bytes > 0, 1.0, 0.0),
        np.log2(r.tensor_parallel),
        np.log(r.message_bytes / 2.0 / 6144.0),
        np.where(c.link >= LINKS.index("pcie"), 1.0, 0.0),
        _power(c, r),
        _heads_per_cache(c),
        np.log(r.dense_bytes / r.layers / r.tensor_parallel / r.bandwidth / 5e-5),
        tuned,
    ]
    return np.stack(rows)


def _power(c: Columns, r: Replica) -> Floats:
    """Watts behind each TFLOP/s of 16-bit peak, against 0.7 (H100 SXM): little power, no sustained peak."""
    ratio: Floats = np.log(c.tdp_w / (r.flops_16bit / 1e12) / 0.7)
    return np.clip(np.nan_to_num(ratio), -1.5, 1.5)


def _heads_per_cache(c: Columns) -> Floats:
    """Query heads that share one cached head, against 8; MLA, which all heads share by design, counts as 8."""
    kv = np.where(np.isfinite(c.kv_heads) & (c.kv_heads > 0), c.kv_heads, c.attention_heads)
    ratio = np.where(c.is_mla > 0, 1.0, np.clip(c.attention_heads / kv, 1.0, 16.0) / 8.0)
    return np.log(ratio)


def architecture_index(c: Columns) -> Indices:
    """Position in ARCHITECTURE_FAMILIES of every row."""
    return c.architecture.astype(np.intp)


def engine_index(c: Columns) -> Indices:
    """Position in ENGINE_GROUPS of every row."""
    groups = np.array([ENGINE_GROUPS.index(family.group) for family in ENGINE_FAMILIES.values()], dtype=np.intp)
    return groups[c.engine_family.astype(np.intp)]


def dtype_index(c: Columns) -> Indices:
    """Position in DTYPE_CLASSES of every row: by what the kernels do with the format on that GPU."""
    asked = c.compute.astype(np.intp)
    native = supported_flops(c) > flops_16bit(c)
    index = np.full(c.rows, DTYPE_CLASSES.index("16-bit"), dtype=np.intp)
    index[c.weight_bits <= 8] = DTYPE_CLASSES.index("w8")
    index[c.weight_bits <= 5] = DTYPE_CLASSES.index("w4")
    for name in ("fp8", "int8", "fp4"):
        index[(asked == COMPUTE_CLASSES.index(name)) & native] = DTYPE_CLASSES.index(name)
    index[(c.expert_hidden_multiple > 1) & (c.weight_bits <= 5)] = DTYPE_CLASSES.index("mxfp4")
    index[(c.splits_layers > 0) & (c.weight_bits <= 8)] = DTYPE_CLASSES.index("gguf")
    return index


@lru_cache(maxsize=8)
def table(calibration: Calibration) -> NDArray[np.float64]:
    """Natural logarithms of all constants, shape (architecture, engine, dtype, constant)."""
    shape = (len(ARCHITECTURE_FAMILIES), len(ENGINE_GROUPS), len(DTYPE_CLASSES), len(CONSTANTS))
    logs = np.zeros(shape)
    for k, name in enumerate(CONSTANTS):
        terms = calibration.terms.get(name, {})
        logs[..., k] += terms.get("all", 0.0)
        for i, a in enumerate(ARCHITECTURE_FAMILIES):
            logs[i, :, :, k] += terms.get(f"architecture:{a}", 0.0)
        for i, e in enumerate(ENGINE_GROUPS):
            logs[:, i, :, k] += terms.get(f"engine:{e}", 0.0)
        for i, d in enumerate(DTYPE_CLASSES):
            logs[:, :, i, k] += terms.get(f"dtype:{d}", 0.0)
        for i, a in enumerate(ARCHITECTURE_FAMILIES):
            logs[i, ENGINE_GROUPS.index(PAIRED_ENGINE), :, k] += terms.get(f"pair:{a}/{PAIRED_ENGINE}", 0.0)
    return logs


@lru_cache(maxsize=8)
def slope_table(calibration: Calibration) -> NDArray[np.float64]:
    """Slopes of the logarithms, shape (slope, constant)."""
    terms = [calibration.terms.get(name, {}) for name in CONSTANTS]
    return np.array([[t.get(f"slope:{slope}", 0.0) for t in terms] for slope in SLOPES])


def constants_of(
    calibration: Calibration,
    c: Columns,
    r: Replica | None = None,
    software_year: Floats | float = NEWEST_YEAR,
    tuned: Floats | float = 0.0,
) -> Constants:
    """The constants of every row, as plain numbers: today's software and a user's settings unless said otherwise."""
    architecture, engine = architecture_index(c), engine_index(c)
    logs = table(calibration)[architecture, engine, dtype_index(c)]
    year = np.broadcast_to(np.asarray(software_year, dtype=np.float64), (c.rows,))
    gloss = np.broadcast_to(np.asarray(tuned, dtype=np.float64), (c.rows,))
    slopes = slopes_of(c, r if r is not None else replica_of(c), architecture, engine, year, gloss)
    return from_logs(logs + slopes.T @ slope_table(calibration))


EFFICIENCIES = tuple(k for k, name in enumerate(CONSTANTS) if name.endswith("_efficiency"))
EXPONENTS = (CONSTANTS.index("roofline_sharpness"), CONSTANTS.index("prefill_overlap"))
CAP_SHARPNESS = 8.0


def from_logs(logs: Floats) -> Constants:
    """Constants from an array (rows, constants) of logarithms.

    Efficiencies bend below 1 (x / (1 + x^8)^(1/8)): nothing beats the maker's peak. The two exponents are 1 + exp(log).
    """
    values = np.exp(logs)
    for k in EFFICIENCIES:
        values[:, k] *= (1.0 + values[:, k] ** CAP_SHARPNESS) ** (-1.0 / CAP_SHARPNESS)
    for k in EXPONENTS:
        values[:, k] += 1.0
    return Constants(*(values[:, k] for k in range(len(CONSTANTS))))


CEILING_MARGIN = 1.5
"""A figure this much better than the hardware's limit is a mistake in its source, not a measurement."""
FREE = 1e-12
"""Seconds of an overhead that does not count; not zero, for the divisions."""
SHARP = 16.0
"""Exponent of a roofline that is very nearly the larger of its two sides."""


def ideal_constants(rows: int) -> Constants:
    """What no software can beat: every efficiency at 1, no overhead, links that take no time."""
    ideal = {name: 1.0 if name.endswith("_efficiency") else FREE for name in CONSTANTS}
    ideal |= {"link_efficiency": 1.0 / FREE, "roofline_sharpness": SHARP, "prefill_overlap": SHARP}
    return Constants(**{name: np.full(rows, value) for name, value in ideal.items()})


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


def spread_of(calibration: Calibration, columns: Columns, kind: str) -> Floats:
    """Low and high factor of every row for one of calibration.KINDS."""
    return spread_table(calibration, kind)[architecture_index(columns), engine_index(columns)].T
