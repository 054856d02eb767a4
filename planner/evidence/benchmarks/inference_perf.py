"""inference-perf: `summary_lifecycle_metrics.json` and its stages, in seconds.

With reasoning it times and counts the visible tokens only, though it holds the server's count beside: that count gives
the throughput then, and no time a token is taken. Model and concurrency are in its config alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from planner.evidence.benchmarks.run import Places, Run, RunRemark, run_of, taken
from planner.evidence.files import Document

TOOL: Final = "inference-perf"
_PLACES: Final[Places] = {
    "ttft_ms": "successes.latency.time_to_first_token.mean",
    "ttft_median_ms": "successes.latency.time_to_first_token.median",
    "ttft_p95_ms": "successes.latency.time_to_first_token.p95",
    "ttft_p99_ms": "successes.latency.time_to_first_token.p99",
    "tpot_ms": "successes.latency.time_per_output_token.mean",
    "tpot_median_ms": "successes.latency.time_per_output_token.median",
    "tpot_p99_ms": "successes.latency.time_per_output_token.p99",
    "tpot_with_first_ms": "successes.latency.normalized_time_per_output_token.mean",
    "chunk_ms": "successes.latency.inter_token_latency.mean",
    "output_tok_s": "successes.throughput.output_tokens_per_sec",
    "total_tok_s": "successes.throughput.total_tokens_per_sec",
    "input_tokens": ("successes.prompt_tokens.mean", "successes.prompt_len.mean"),
    "output_tokens": ("successes.output_tokens.mean", "successes.output_len.mean"),
    "request_rate": "load_summary.requested_rate",
    "concurrency": "load_summary.concurrency",
    "requests": "successes.count",
    "failed": "failures.count",
    "duration_s": "benchmark_time_seconds",
}
_TOKEN_TIMES: Final = ("tpot_ms", "tpot_median_ms", "tpot_p99_ms", "tpot_with_first_ms", "chunk_ms")
LEAST_UNCOUNTED: Final = 1.02
"""Server's tokens over the tool's, above which the difference is no tokeniser's."""


def read(document: Document) -> Iterator[Run]:
    """One run: all stages, or one of them."""
    for fields in document.fields():
        values, said = taken(fields, _PLACES, ms=1e3), []
        served, seen = values.get("output_tokens"), fields.number("successes.output_len.mean")
        if served and seen and served / seen > LEAST_UNCOUNTED:
            said.append(RunRemark("reasoning_uncounted", (seen, served)))
            values = {name: value for name, value in values.items() if name not in _TOKEN_TIMES}
            if "output_tok_s" in values:
                values["output_tok_s"] *= served / seen
        if counted := fields.number("successes.client_fallback_requests.output"):
            said.append(RunRemark("counted_by_client", (counted,)))
        yield run_of(TOOL, fields, values, said)
