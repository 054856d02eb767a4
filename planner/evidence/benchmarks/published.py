"""Results that carry their own hardware: InferenceX, llmperf's summary, and what `llmfit bench --share` sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from planner.evidence.benchmarks.llama_bench import weights_named
from planner.evidence.benchmarks.run import Places, Run, RunRemark, run_of, taken
from planner.evidence.files import Document, Fields

_INFERENCEX: Final[Places] = {
    "model": "model",
    "gpu": "hw",
    "tensor_parallel": "tp",
    "engine": "framework",
    "weights": "precision",
    "date": "date",
    "input_tokens": "isl",
    "output_tokens": "osl",
    "concurrency": "conc",
    "ttft_ms": ("mean_ttft", "median_ttft"),
    "ttft_median_ms": "median_ttft",
    "ttft_p99_ms": "p99_ttft",
    "tpot_ms": ("mean_tpot", "median_tpot"),
    "tpot_median_ms": "median_tpot",
    "tpot_p99_ms": "p99_tpot",
    "chunk_ms": ("mean_itl", "median_itl"),
    "output_tok_s_per_gpu": "output_tput_per_gpu",
}
_LLMPERF: Final[Places] = {
    "model": "model",
    "tool_version": "version",
    "concurrency": "num_concurrent_requests",
    "input_tokens": ("results_number_input_tokens_mean", "mean_input_tokens"),
    "output_tokens": ("results_number_output_tokens_mean", "mean_output_tokens"),
    "requests": "results_num_completed_requests",
    "failed": "results_number_errors",
    "ttft_ms": "results_ttft_s_mean",
    "ttft_median_ms": "results_ttft_s_quantiles_p50",
    "ttft_p95_ms": "results_ttft_s_quantiles_p95",
    "ttft_p99_ms": "results_ttft_s_quantiles_p99",
    "tpot_with_first_ms": "results_inter_token_latency_s_mean",
    "output_tok_s": "results_mean_output_throughput_token_per_s",
}
_LLMFIT: Final[Places] = {
    "model": "model",
    "engine": "provider",
    "ttft_ms": "avgTtftMs",
    "output_tokens": "avgOutputTokens",
    "decode_tok_s": "avgTps",
}


def read_inferencex(document: Document) -> Iterator[Run]:
    """One run an object; seconds, and rates for one GPU."""
    for fields in document.fields():
        values = taken(fields, _INFERENCEX, ms=1e3)
        said = [] if fields.get("mean_ttft") is not None else [RunRemark("median_only")]
        apart = fields.get("disagg") is True or fields.get("is_multinode") is True
        gpus, each = values.get("tensor_parallel"), values.get("output_tok_s_per_gpu")
        if apart:
            said.append(RunRemark("disaggregated"))
        elif gpus and each:
            values |= {"gpus": gpus, "output_tok_s": each * gpus}
            said.append(RunRemark("per_gpu", (gpus,)))
        yield run_of("InferenceX", fields, values, said)


def read_llmperf(document: Document) -> Iterator[Run]:
    """The summary; its time between tokens is the whole answer over its tokens, so the first one is taken out."""
    for fields in document.fields():
        values = taken(fields, _LLMPERF, ms=1e3)
        whole, first, length = (values.get(name) for name in ("tpot_with_first_ms", "ttft_ms", "output_tokens"))
        said = []
        if whole and first and length and length > 1 and whole * length > first:
            values["tpot_ms"] = (whole * length - first) / (length - 1)
            said.append(RunRemark("first_token_taken_out", (whole,)))
        yield run_of("llmperf", fields, values, said)


def read_llmfit(document: Document) -> Iterator[Run]:
    """A single stream for each model tried."""
    for top in document.fields():
        shared = taken(
            top, {"tool_version": "tool.version", "gpu": "hardware.hardwareName", "gpus": "hardware.gpuCount"}
        )
        for fields in top.list_of("results"):
            values = shared | taken(fields, _LLMFIT)
            values |= {"weights": weights_named(values.get("model") or ""), "concurrency": 1.0}
            yield run_of("llmfit", Fields(fields.data, document.path), values)
