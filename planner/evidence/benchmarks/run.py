"""One run of a load tool: what it measured, in the same units whatever wrote it. What a file does not hold is None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from planner.evidence.files import Fields
from planner.records import dataclass

RemarkKind = Literal[
    "first_token_in_tpot", "first_token_taken_out", "several_tokens_a_chunk", "hidden_reasoning", "peak_concurrency",
    "failures_unsaid", "failed", "nothing_succeeded", "reasoning_uncounted", "counted_by_client", "median_only",
    "per_gpu", "disaggregated", "cached_before", "mixed_phases", "no_duration",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRemark:
    """A known error of the tool, or what to know of its figures; `load_tools` of sentences.toml says it."""

    kind: RemarkKind
    figures: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load on one server. Times are means over requests unless their name says otherwise."""

    tool: str
    file: str = ""
    tool_version: str | None = None
    date: str | None = None
    model: str | None = None
    gpu: str | None = None
    gpus: int | None = None
    tensor_parallel: int | None = None
    engine: str | None = None
    engine_version: str | None = None
    weights: str | None = None
    weights_gib: float | None = None
    params_b: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    """Of a mean request."""
    cached_tokens: float | None = None
    """Already in the cache before the run."""
    concurrency: float | None = None
    """What the tool was told to keep; what it measured where it was told nothing."""
    concurrency_measured: float | None = None
    request_rate: float | None = None
    """Requests a second of an open loop; None: as fast as they are answered, or not said."""
    all_at_once: bool = False
    """Whether the tool was told to send all requests at once."""
    requests: int | None = None
    """Answered."""
    failed: int | None = None
    duration_s: float | None = None
    ttft_ms: float | None = None
    ttft_median_ms: float | None = None
    ttft_p95_ms: float | None = None
    ttft_p99_ms: float | None = None
    tpot_ms: float | None = None
    """A token after the first: (last - first) / (tokens - 1)."""
    tpot_median_ms: float | None = None
    tpot_p99_ms: float | None = None
    tpot_with_first_ms: float | None = None
    """The whole answer over its tokens."""
    chunk_ms: float | None = None
    """Between two chunks of the stream, however many tokens one holds."""
    output_tok_s: float | None = None
    """Of the whole server."""
    output_tok_s_per_gpu: float | None = None
    total_tok_s: float | None = None
    """In and out."""
    prefill_tok_s: float | None = None
    decode_tok_s: float | None = None
    """Of a single stream."""
    remarks: tuple[RunRemark, ...] = ()


_COUNTS: Final = frozenset({"requests", "failed", "gpus", "tensor_parallel"})
_TEXTS: Final = frozenset({"model", "gpu", "engine", "weights"})
_VERSIONS: Final = frozenset({"engine_version", "tool_version"})
Places = Mapping[str, str | tuple[str, ...]]
"""By field of a `Run`: where a file holds it, or the places to try in their order."""


def taken(fields: Fields, places: Places, ms: float = 1.0) -> dict[str, Any]:
    """What the file holds of each field; `ms` milliseconds are one of its units of time.

    A time, a length or a rate of 0 is what tools write for "nothing measured": it is None, never 0.
    """
    found: dict[str, Any] = {}
    for name, where in places.items():
        for place in (where,) if isinstance(where, str) else where:
            if (value := _value(fields, name, place)) is not None:
                found[name] = value * ms if name.endswith("_ms") else value
                break
    return found


def _value(fields: Fields, name: str, place: str) -> Any:
    if name in _TEXTS:
        return fields.text(place)
    if name in _VERSIONS:
        return fields.version(place)
    if name == "date":
        return fields.day(place)
    value = fields.number(place)
    if value is None:
        return None
    if name in _COUNTS:
        if value != int(value):
            raise fields.wrong(place, value, "a whole number")
        return int(value) if value or name in ("requests", "failed") else None
    return value or None


def run_of(tool: str, fields: Fields, values: Mapping[str, Any], remarks: Iterable[RunRemark] = ()) -> Run:
    """The run, with what failed and how many tokens came in a chunk said of every tool alike."""
    run = Run(tool=tool, file=fields.path.name, **values)
    return replace(run, remarks=(*remarks, *_of_every_tool(run)))


LEAST_TOKENS_A_CHUNK: Final = 1.3
"""Below it, a chunk and a token differ by what the network holds up."""


def _of_every_tool(run: Run) -> list[RunRemark]:
    said: list[RunRemark] = []
    if run.failed and run.requests is not None:
        said.append(RunRemark("failed", (run.failed, run.failed + run.requests)))
    if run.requests == 0:
        said.append(RunRemark("nothing_succeeded"))
    if run.chunk_ms and run.tpot_ms and run.chunk_ms / run.tpot_ms >= LEAST_TOKENS_A_CHUNK:
        said.append(RunRemark("several_tokens_a_chunk", (run.chunk_ms / run.tpot_ms,)))
    return said


def per_request(total: float | None, requests: float | None) -> float | None:
    """A mean from a sum; None where either is unknown or nothing was answered."""
    return total / requests if total and requests else None
