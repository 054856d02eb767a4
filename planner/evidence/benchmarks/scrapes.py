"""Two scrapes of a server's `/metrics`, before and after a load: vLLM and SGLang.

Counters only grow, so their difference is what the load did. A scrape does not say when it was taken unless its samples
carry a time: then, or with the seconds between them given, it yields tokens a second and the mean number in flight
(Little's law: time spent by all requests over the time that passed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from planner.evidence.benchmarks.run import Run, RunRemark, run_of
from planner.evidence.files import Document, Fields
from planner.toml.errors import InputError

SAMPLE: Final = re.compile(
    r"(?P<name>(?P<engine>vllm|sglang):[\w:]+)(?:\{(?P<labels>[^}]*)\})?\s+(?P<value>\S+)(?:\s+(?P<at>[\d.]+))?\s*"
)
_MODEL: Final = re.compile(r'model_name="([^"]{1,120})"')
_TOKEN_TIMES: Final = ("request_time_per_output_token_seconds", "time_per_output_token_seconds")
_DONE: Final = ("e2e_request_latency_seconds_count", "num_requests_total", "request_success_total")
_MOST_MS: Final = 1e11
"""A time in milliseconds is above it, one in seconds below."""


def is_scrape(document: Document) -> bool:
    """Whether some line is a sample of a known server."""
    return any(SAMPLE.fullmatch(line) for line in document.text.split("\n"))


def read(before: Document, after: Document, seconds: float | None = None) -> Run:
    """What happened between two scrapes. Raises `InputError` where a counter fell, as on a restart."""
    first, last = _samples(before), _samples(after)
    counters = {name: _grown(name, first, last, after) for name in last.sums if _counts(name)}
    fields = Fields(counters, after.path)
    taken_s = seconds or (last.at - first.at if first.at and last.at and last.at > first.at else None)
    requests = next((counters[name] for name in _DONE if name in counters), None)
    values: dict[str, Any] = {"engine": last.engine, "model": last.model, "requests": requests and int(requests)}
    values["ttft_ms"] = mean_ms(counters, "time_to_first_token_seconds")
    kind = next((name for name in _TOKEN_TIMES if counters.get(f"{name}_count")), None)
    values["tpot_ms"] = mean_ms(counters, kind) if kind else _after_first_ms(counters, requests)
    values["chunk_ms"] = mean_ms(counters, "inter_token_latency_seconds")
    for name, counter in (("input_tokens", "prompt_tokens_total"), ("output_tokens", "generation_tokens_total")):
        amount = counters.get(counter)
        values[name] = amount / requests if amount and requests else None
    if taken_s:
        busy, written = counters.get("e2e_request_latency_seconds_sum"), counters.get("generation_tokens_total")
        values |= {"duration_s": taken_s, "output_tok_s": written and written / taken_s}
        values["concurrency"] = values["concurrency_measured"] = busy and busy / taken_s
    said = [RunRemark("failures_unsaid"), *([] if taken_s else [RunRemark("no_duration")])]
    return run_of("/metrics", fields, values, said)


@dataclass
class _Samples:
    """One scrape: sums over all labels by name without the engine's prefix."""

    sums: dict[str, float] = field(default_factory=dict)
    engine: str = ""
    model: str | None = None
    at: float | None = None


def _samples(document: Document) -> _Samples:
    found = _Samples()
    for number, line in enumerate(document.text.split("\n"), 1):
        if not (sample := SAMPLE.fullmatch(line)):
            continue
        name = sample["name"].partition(":")[2]
        value = Fields({name: sample["value"]}, document.path, number).number(name, -1.0) or 0.0
        found.sums[name] = found.sums.get(name, 0.0) + (0.0 if "_bucket" in name else value)
        found.engine = sample["engine"]
        if (model := _MODEL.search(sample["labels"] or "")) and found.model is None:
            found.model = model[1]
        if sample["at"] and sample["at"].replace(".", "", 1).isdigit():
            at = float(sample["at"])
            found.at = at / 1e3 if at > _MOST_MS else at
    if not found.sums:
        raise InputError("found no sample of vLLM or SGLang", path=document.path)
    return found


def _counts(name: str) -> bool:
    return name.endswith(("_sum", "_count", "_total"))


def _grown(name: str, first: _Samples, last: _Samples, after: Document) -> float:
    grown = last.sums[name] - first.sums.get(name, 0.0)
    if grown < 0:
        problem = "fell between the two scrapes: name the earlier one first; a server that restarted starts again at 0"
        raise InputError(problem, path=after.path, field=name)
    return grown


def mean_ms(counters: Mapping[str, float], name: str) -> float | None:
    """Of a histogram of seconds, in milliseconds; None where nothing was counted."""
    count = counters.get(f"{name}_count")
    return counters.get(f"{name}_sum", 0.0) / count * 1e3 or None if count else None


def _after_first_ms(counters: Mapping[str, float], requests: float | None) -> float | None:
    """All time after first tokens over all tokens after them, where no histogram holds it."""
    whole, first = counters.get("e2e_request_latency_seconds_sum"), counters.get("time_to_first_token_seconds_sum")
    tokens = counters.get("generation_tokens_total", 0.0) - (requests or 0.0)
    return (whole - first) / tokens * 1e3 if whole and first and whole > first and tokens > 0 else None
