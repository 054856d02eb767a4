"""`vllm bench serve` and sglang's `bench_serving`: the JSON each writes, and the table that both print.

`request_rate` is "inf" or the bare word Infinity where all is sent at once. `max_concurrent_requests` is the peak, no
concurrency. The time between chunks (`itl`) is one token's only where a chunk holds one; vLLM counts reasoning that
streams as `reasoning_content` in the tokens, but not in their times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.evidence.benchmarks.run import (
    LEAST_TOKENS_A_CHUNK,
    Places,
    Run,
    RunRemark,
    per_request,
    run_of,
    taken,
)
from planner.evidence.files import Document, Fields

VLLM: Final = "vllm bench serve"
SGLANG: Final = "sglang bench_serving"
_PLACES: Final[Places] = {
    "model": ("model_id", "server_info.model_path"),
    "tensor_parallel": ("server_info.tp_size",),
    "engine_version": ("server_info.version",),
    "concurrency": "max_concurrency",
    "concurrency_measured": "concurrency",
    "requests": "completed",
    "failed": "failed",
    "duration_s": "duration",
    "ttft_ms": "mean_ttft_ms",
    "ttft_median_ms": "median_ttft_ms",
    "ttft_p95_ms": "p95_ttft_ms",
    "ttft_p99_ms": "p99_ttft_ms",
    "tpot_ms": "mean_tpot_ms",
    "tpot_median_ms": "median_tpot_ms",
    "tpot_p99_ms": "p99_tpot_ms",
    "chunk_ms": "mean_itl_ms",
    "output_tok_s": "output_throughput",
    "total_tok_s": ("total_token_throughput", "total_throughput"),
}
_PRINTED: Final[Mapping[str, str]] = {
    "successful requests": "completed",
    "failed requests": "failed",
    "maximum request concurrency": "max_concurrency",
    "max request concurrency": "max_concurrency",
    "request rate configured (rps)": "request_rate",
    "traffic request rate": "request_rate",
    "benchmark duration (s)": "duration",
    "total input tokens": "total_input_tokens",
    "total generated tokens": "total_output_tokens",
    "output token throughput (tok/s)": "output_throughput",
    "total token throughput (tok/s)": "total_token_throughput",
    "concurrency": "concurrency",
    "peak concurrent requests": "max_concurrent_requests",
    "mean ttft (ms)": "mean_ttft_ms",
    "median ttft (ms)": "median_ttft_ms",
    "p95 ttft (ms)": "p95_ttft_ms",
    "p99 ttft (ms)": "p99_ttft_ms",
    "mean tpot (ms)": "mean_tpot_ms",
    "median tpot (ms)": "median_tpot_ms",
    "p99 tpot (ms)": "p99_tpot_ms",
    "mean itl (ms)": "mean_itl_ms",
    "backend": "backend",
}
"""Labels of the printed table, and the keys of the JSON that hold the same."""
TABLE: Final = re.compile(r"=+ ?Serving Benchmark Result ?=+")
_LABELLED: Final = re.compile(r"^[#\s]*([A-Za-z][^:]*):\s+(\S+)\s*$", re.MULTILINE)
ENGINES: Final = ("vllm", "sglang")
"""What `backend` says of the server; "openai" says nothing of it."""


def read_vllm(document: Document) -> Iterator[Run]:
    """One run a record: results may have been appended to one file."""
    return (_run(VLLM, fields) for fields in document.fields())


def read_sglang(document: Document) -> Iterator[Run]:
    """One run a line."""
    return (_run(SGLANG, fields) for fields in document.fields())


def read_printed(document: Document) -> Iterator[Run]:
    """What the tools print at the end of a run, one table a run; what stands before a table belongs to it."""
    before, *tables = TABLE.split(document.text)
    for table in tables:
        labelled = {**_labels(before), **_labels(table)}
        tool = SGLANG if {"concurrency", "backend"} & set(labelled) else VLLM
        yield _run(tool, Fields(labelled, document.path))
        before = table


def _labels(text: str) -> dict[str, Any]:
    found = ((_PRINTED.get(label.strip().lower()), value) for label, value in _LABELLED.findall(text))
    return {key: value for key, value in found if key and value not in ("None", "not", "set")}


def _run(tool: str, fields: Fields) -> Run:
    values = taken(fields, _PLACES)
    values.setdefault("concurrency", values.get("concurrency_measured"))
    values["input_tokens"] = per_request(fields.number("total_input_tokens"), values.get("requests"))
    values["output_tokens"] = per_request(fields.number("total_output_tokens"), values.get("requests"))
    values["all_at_once"] = str(fields.get("request_rate")).lower() in ("inf", "infinity")
    values["request_rate"] = None if values["all_at_once"] else fields.number("request_rate")
    values["date"] = _day(fields.text("date"))
    backend = fields.text("backend") or ""
    values["engine"] = backend if backend in ENGINES else None
    sent = fields.number("num_prompts")
    if "failed" not in values and sent is not None and "requests" in values:
        values["failed"] = max(int(sent) - values["requests"], 0)
    return run_of(tool, fields, values, _remarks(tool, fields, values))


def _day(stamp: str | None) -> str | None:
    """20261128-173028 as a date."""
    found = re.match(r"(20\d\d)(\d\d)(\d\d)-", stamp or "")
    return "-".join(found.groups()) if found else None


def _remarks(tool: str, fields: Fields, values: Mapping[str, Any]) -> list[RunRemark]:
    said: list[RunRemark] = []
    peak = fields.number("max_concurrent_requests")
    if peak and values["concurrency"] is None:
        said.append(RunRemark("peak_concurrency", (peak,)))
    chunk, token = values.get("chunk_ms"), values.get("tpot_ms")
    if tool == VLLM and chunk and token and chunk / token >= LEAST_TOKENS_A_CHUNK:
        said.append(RunRemark("hidden_reasoning"))
    if "failed" not in values:
        said.append(RunRemark("failures_unsaid"))
    return said
