"""One published measurement as a line of a CSV file states it, and what its metrics mean."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, nan
from typing import Literal

from planner.engine.specs import Measurement
from planner.engine.units import LARGEST, SMALLEST
from planner.records import dataclass

HEADER: tuple[str, ...] = (
    "id", "source_kind", "source", "url_or_repo_path", "date", "model_hf_id", "total_params_b", "active_params_b",
    "gpu", "gpu_mem_gb", "gpus_total", "tp", "pp", "engine", "engine_version", "weight_dtype", "kv_dtype", "isl", "osl",
    "concurrency", "metric", "value", "notes",
)  # fmt: skip
KIND_OF_METRIC: Mapping[str, str] = {
    "output_tok_s_total": "throughput",
    "output_tok_s_per_gpu": "throughput",
    "total_tok_s_total": "throughput",
    "decode_tok_s_single_stream": "single-stream",
    "prefill_tok_s_total": "prefill",
    "req_s_total": "throughput",
    "tpot_ms": "tpot",
    "ttft_ms": "ttft",
}
"""Which interval a metric shares (calibration.KINDS)."""
TUNED_SOURCES = ("vendor_docs", "vendor_internal", "mlperf", "inferencex")
"""Kinds of sources that show what a set-up can do: makers, competitions, searched runs."""
MOST_CARDS = 100_000
METRICS: tuple[str, ...] = tuple(KIND_OF_METRIC)


OtherReason = Literal["other_gpu", "other_engine", "other_weights", "other_kv"]
"""What a row was measured on, where that is not what is asked for."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a row is not compared with a prediction, or does not set its level, and the cell that says so."""

    kind: (
        Literal[
            "metric", "value", "doubt", "gpu", "model", "kv_size", "beyond_hardware", "unreadable", "drafting",
            "power_limit",
        ]
        | OtherReason
    )  # fmt: skip
    cell: str = ""


class SkippedRowError(ValueError):
    """A row that cannot be predicted."""

    def __init__(
        self,
        kind: Literal["metric", "value", "doubt", "gpu", "model", "kv_size", "drafting", "power_limit"],
        cell: str = "",
    ) -> None:
        super().__init__(kind, cell)
        self.skip = Skip(kind, cell)


def skip_of(error: ValueError) -> Skip:
    """Why a row is left out: as it was said, or that a number in it is none."""
    return error.skip if isinstance(error, SkippedRowError) else Skip("unreadable", str(error))


def measurement(cells: Mapping[str, str]) -> Measurement:
    """From a CSV record; ValueError names the cell that is not a number."""
    total = number_of(cells, "total_params_b")
    return Measurement(
        id=cells["id"],
        source_kind=cells.get("source_kind", ""),
        source=cells.get("source", ""),
        url=cells.get("url_or_repo_path", ""),
        date=cells.get("date", ""),
        model=cells["model_hf_id"],
        total_params_b=total,
        active_params_b=number_of(cells, "active_params_b") or total,
        gpu=cells["gpu"],
        gpu_mem_gb=number_of(cells, "gpu_mem_gb"),
        gpus_total=count_of(cells, "gpus_total") or 1,
        tp=count_of(cells, "tp"),
        pp=count_of(cells, "pp"),
        engine=cells.get("engine", ""),
        engine_version=cells.get("engine_version", ""),
        weights=cells.get("weight_dtype", ""),
        kv=cells.get("kv_dtype", ""),
        isl=number_of(cells, "isl"),
        osl=number_of(cells, "osl"),
        concurrency=number_of(cells, "concurrency") or None,
        metric=cells["metric"],
        value=number_of(cells, "value") or 0.0,
        notes=cells.get("notes", ""),
    )


def number_of(cells: Mapping[str, str], name: str) -> float | None:
    """The number in a cell, None where it is empty; ValueError names a cell that holds none."""
    text = (cells.get(name) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise ValueError(f"{name}: found {text[:40]!r}, expected a number or nothing")
    if value != 0 and not SMALLEST <= value <= LARGEST:
        raise ValueError(f"{name}: found {text[:40]!r}, expected 0 or a number that can be measured")
    return value


def count_of(cells: Mapping[str, str], name: str) -> int | None:
    """The same for a whole number from 1 on."""
    value = number_of(cells, name)
    if value is not None and not 1 <= value <= MOST_CARDS:
        raise ValueError(f"{name}: found {cells[name][:40]!r}, expected 1 to {MOST_CARDS}")
    return None if value is None else int(value)
