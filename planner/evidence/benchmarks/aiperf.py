"""aiperf and genai-perf: the summary as JSON or as a table, and the lines of single requests.

A unit stands beside each figure. `output_sequence_length` counts reasoning, `output_token_count` leaves it out;
`inter_token_latency` is per token, `inter_chunk_latency` per chunk; a sum for the server has `avg` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import fmean
from typing import Any, Final

from planner.evidence.benchmarks.run import Places, Run, RunRemark, run_of, taken
from planner.evidence.files import Document, Fields

TOOL: Final = "aiperf"
_TIMES: Final[Places] = {
    "ttft_ms": "time_to_first_token.avg",
    "ttft_median_ms": "time_to_first_token.p50",
    "ttft_p95_ms": "time_to_first_token.p95",
    "ttft_p99_ms": "time_to_first_token.p99",
    "tpot_ms": "inter_token_latency.avg",
    "tpot_median_ms": "inter_token_latency.p50",
    "tpot_p99_ms": "inter_token_latency.p99",
    "chunk_ms": "inter_chunk_latency.avg",
}
_PLACES: Final[Places] = {
    "tool_version": "aiperf_version",
    "model": (
        "input_config.models.items.0.name",
        "input_config.endpoint.model_names.0",
        "input_config.model_names.0",
        "input_config.model.0",
    ),
    "concurrency_measured": "effective_concurrency.avg",
    "request_rate": "input_config.loadgen.request_rate",
    "output_tok_s": "output_token_throughput.avg",
    "total_tok_s": "total_token_throughput.avg",
    "input_tokens": "input_sequence_length.avg",
    "output_tokens": "output_sequence_length.avg",
    "requests": "request_count.avg",
    "failed": "error_request_count.avg",
    "duration_s": "benchmark_duration.avg",
}
_MS: Final = {"ms": 1.0, "s": 1e3, "sec": 1e3, "seconds": 1e3, "us": 1e-3, "ns": 1e-6}
_LABEL: Final = re.compile(r"(?P<name>.*?)(?: \((?P<unit>[^()]+)\))?")


def read(document: Document) -> Iterator[Run]:
    """The summary, or the requests of a run summed up."""
    if not document.records:
        yield _summary(Fields(_table(document), document.path))
    elif "metadata" in document.first():
        yield _requests(list(document.fields()))
    else:
        yield from (_summary(_flat(fields)) for fields in document.fields())


def _flat(fields: Fields) -> Fields:
    """The figures of early releases stand under `records`."""
    return Fields({**fields.data, **fields.inside("records").data}, fields.path, fields.line)


def _summary(fields: Fields) -> Run:
    values = taken(fields, _PLACES)
    for name, place in _TIMES.items():
        unit = fields.text(f"{str(place).split('.')[0]}.unit") or "ms"
        if unit not in _MS:
            raise fields.wrong(f"{str(place).split('.')[0]}.unit", unit, " or ".join(_MS))
        values |= taken(fields, {name: place}, _MS[unit])
    values["date"] = fields.day("start_time")
    values["concurrency"] = _asked(fields) or values.get("concurrency_measured")
    done = fields.number("completed_request_count.avg") or fields.number("completed_requests.avg")
    if "failed" not in values and done is not None and "requests" in values:
        values["failed"] = max(int(done) - values["requests"], 0)
    return run_of(TOOL, fields, values, [] if "failed" in values else [RunRemark("failures_unsaid")])


def _asked(fields: Fields) -> float | None:
    for phase in fields.listed("input_config.phases"):
        one = Fields(phase, fields.path)
        if one.text("kind") in ("profiling", None) and (asked := one.number("concurrency")):
            return asked
    old = fields.number("input_config.loadgen.concurrency")
    return old or fields.number("input_config.perf_analyzer.stimulus.concurrency")


def _table(document: Document) -> dict[str, Any]:
    """The sections of the table as the JSON has them; those of single GPUs and servers are left out."""
    found: dict[str, Any] = {}
    header: list[str] = []
    for _, row in document.rows():
        if row[0] in ("Metric", "Endpoint"):
            header = row if row[0] == "Metric" else []
        elif header and (label := _LABEL.fullmatch(row[0].strip())):
            name = re.sub(r"\W+", "_", label["name"].lower()).strip("_")
            if len(header) == 2:
                header = ["Metric", "avg"]
            found[name] = dict(zip(header[1:], row[1:], strict=False)) | {"unit": label["unit"]}
    return found


def _requests(lines: list[Fields]) -> Run:
    """Means over the requests that ended well; tokens a second over the time from the first to the last of them."""
    good = [line for line in lines if not line.get("error") and line.get("metadata.was_cancelled") is not True]
    asked = [line for line in good if line.get("metadata.benchmark_phase") in ("profiling", None)]
    failed = sum(line.get("error") is not None for line in lines)
    values: dict[str, Any] = {"requests": len(asked), "failed": failed}
    for field, name in (
        ("ttft_ms", "time_to_first_token"),
        ("tpot_ms", "inter_token_latency"),
        ("input_tokens", "input_sequence_length"),
        ("output_tokens", "output_sequence_length"),
    ):
        if held := [value for line in asked if (value := _held(line, name)) is not None]:
            values[field] = fmean(held) or None
    if chunks := [each for line in asked for each in _chunks(line)]:
        values["chunk_ms"] = fmean(chunks) or None
    begun = [time for line in asked if (time := line.number("metadata.credit_issued_ns"))]
    ended = [time for line in asked if (time := line.number("metadata.request_end_ns"))]
    if begun and ended and max(ended) > min(begun):
        values["duration_s"] = (max(ended) - min(begun)) / 1e9
        if out := values.get("output_tokens"):
            values["output_tok_s"] = out * len(asked) / values["duration_s"]
    return run_of(TOOL, lines[0], values)


def _chunks(line: Fields) -> Iterator[float]:
    place = "metrics.inter_chunk_latency.value"
    for position in range(len(line.listed(place))):
        yield line.number(f"{place}.{position}") or 0.0


def _held(line: Fields, name: str) -> float | None:
    value = line.number(f"metrics.{name}.value")
    unit = line.text(f"metrics.{name}.unit") or ""
    return value if value is None else value * _MS.get(unit, 1.0)
