"""From a calibration to one row's constants: a table over groups, built once, and an index for every row."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from planner.engine.calibration import ARCHITECTURE_FAMILIES, CONSTANTS, DTYPE_CLASSES, ENGINE_GROUPS, Calibration
from planner.engine.columns import ARCHITECTURES, ENGINE_FAMILIES, VENDORS, Columns, Floats, Indices
from planner.engine.formats import COMPUTE_CLASSES
from planner.engine.throughput.features import NEWEST_YEAR, SLOPES, slopes_of
from planner.engine.throughput.physics import Constants
from planner.engine.throughput.replica import Replica, flops_16bit, replica_of, supported_flops

_CAPABILITY_FAMILIES = (
    (7.0, "volta-turing"), (8.0, "ampere-hbm"), (8.6, "ampere-gddr"), (8.9, "ada"), (9.0, "hopper"),
    (10.0, "blackwell-hbm"), (12.0, "blackwell-gddr"),
)  # fmt: skip
_ENGINE_GROUP = {"vllm": "vllm", "sglang": "sglang", "tensorrt-llm": "tensorrt-llm", "tgi": "vllm",
                 "llama.cpp": "llama.cpp", "mlx": "llama.cpp", "other": "other"}  # fmt: skip


def architecture_index(c: Columns) -> Indices:
    """Position in ARCHITECTURE_FAMILIES of every row."""
    index = np.full(c.rows, ARCHITECTURE_FAMILIES.index("other"), dtype=np.intp)
    for low, name in _CAPABILITY_FAMILIES:
        index[c.compute_capability >= low] = ARCHITECTURE_FAMILIES.index(name)
    names = np.array(ARCHITECTURES)[c.architecture.astype(np.intp)]
    index[np.char.startswith(names, "CDNA")] = ARCHITECTURE_FAMILIES.index("amd-cdna")
    index[np.char.startswith(names, "RDNA")] = ARCHITECTURE_FAMILIES.index("amd-rdna")
    for vendor, family in (("Intel", "intel-xe"), ("Google", "tpu"), ("Apple", "apple")):
        index[c.vendor == VENDORS.index(vendor)] = ARCHITECTURE_FAMILIES.index(family)
    index[names == "Gaudi"] = ARCHITECTURE_FAMILIES.index("gaudi")
    return index


def engine_index(c: Columns) -> Indices:
    """Position in ENGINE_GROUPS of every row."""
    groups = np.array([ENGINE_GROUPS.index(_ENGINE_GROUP[name]) for name in ENGINE_FAMILIES], dtype=np.intp)
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
        for key, value in terms.items():
            if key.startswith("cell:"):
                a, e, d = key.removeprefix("cell:").split("/")
                logs[ARCHITECTURE_FAMILIES.index(a), ENGINE_GROUPS.index(e), DTYPE_CLASSES.index(d), k] += value
    return logs


@lru_cache(maxsize=8)
def slope_table(calibration: Calibration) -> NDArray[np.float64]:
    """Slopes of the logarithms, shape (slope, constant)."""
    terms = [calibration.terms.get(name, {}) for name in CONSTANTS]
    return np.array([[t.get(f"slope:{slope}", 0.0) for t in terms] for slope in SLOPES])


def constants_of(
    calibration: Calibration, c: Columns, r: Replica | None = None, software_year: Floats | float = NEWEST_YEAR
) -> Constants:
    """The constants of every row, as plain numbers; today's software unless `software_year` says otherwise."""
    architecture, engine = architecture_index(c), engine_index(c)
    logs = table(calibration)[architecture, engine, dtype_index(c)]
    year = np.broadcast_to(np.asarray(software_year, dtype=np.float64), (c.rows,))
    slopes = slopes_of(c, r if r is not None else replica_of(c), architecture, engine, year)
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
