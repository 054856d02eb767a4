"""Slopes: what a constant depends on beside its groups, as numbers that are 0 for an ordinary replica."""

from __future__ import annotations

import numpy as np

from planner.engine.calibration import ARCHITECTURE_FAMILIES, ENGINE_GROUPS
from planner.engine.columns import LINKS, Columns, Floats, Indices
from planner.engine.throughput.replica import Replica

OLDEST_YEAR, NEWEST_YEAR = -0.5, 2.5
"""Years since 2024-01-01 between which software age was measured; older and newer software counts as these."""
AGED_ENGINES = ("vllm", "sglang", "tensorrt-llm")

SLOPES: tuple[str, ...] = (
    *(f"age:{engine}" for engine in AGED_ENGINES), "age:amd", "moe", "ranks", "hidden", "pcie", "power", "gqa",
    "layer_time",
)  # fmt: skip


def slopes_of(c: Columns, r: Replica, architecture: Indices, engine: Indices, year: Floats) -> Floats:
    """Values of SLOPES, shape (slopes, rows); `year` is the software's, in years since 2024-01-01."""
    age = np.clip(year, OLDEST_YEAR, NEWEST_YEAR)
    amd = architecture == ARCHITECTURE_FAMILIES.index("amd-cdna")
    rows = [np.where(engine == ENGINE_GROUPS.index(name), age - 1.5, 0.0) for name in AGED_ENGINES]
    rows += [
        np.where(amd, age - 1.0, 0.0),
        np.where(r.expert_bytes > 0, 1.0, 0.0),
        np.log2(r.tensor_parallel),
        np.log(r.message_bytes / 2.0 / 6144.0),
        np.where(c.link >= LINKS.index("pcie"), 1.0, 0.0),
        _power(c, r),
        _heads_per_cache(c),
        np.log(r.dense_bytes / r.layers / r.tensor_parallel / r.bandwidth / 5e-5),
    ]
    return np.stack(rows)


def _power(c: Columns, r: Replica) -> Floats:
    """Watts behind each TFLOP/s of 16-bit peak, against 0.7 (H100 SXM): little power, no sustained peak."""
    ratio: Floats = np.log(c.tdp_w / (r.flops_16bit / 1e12) / 0.7)
    neutral: Floats = np.clip(np.nan_to_num(ratio), -1.5, 1.5)
    return neutral


def _heads_per_cache(c: Columns) -> Floats:
    """Query heads that share one cached head, against 8; MLA, which all heads share by design, counts as 8."""
    kv = np.where(np.isfinite(c.kv_heads) & (c.kv_heads > 0), c.kv_heads, c.attention_heads)
    ratio = np.where(c.is_mla > 0, 1.0, np.clip(c.attention_heads / kv, 1.0, 16.0) / 8.0)
    shared: Floats = np.log(ratio)
    return shared
