"""Which tool wrote a file, told by its keys, and the runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from planner.evidence.benchmarks import aiperf, guidellm, inference_perf, llama_bench, published, scrapes, serving
from planner.evidence.benchmarks.run import Run
from planner.evidence.files import Document, read_document
from planner.toml.errors import InputError

Reader = Callable[[Document], Iterator[Run]]
BY_KEYS: Final[tuple[tuple[tuple[str, ...], Reader], ...]] = (
    (("benchmarks",), guidellm.read),
    (("load_summary", "successes"), inference_perf.read),
    (("completed", "output_throughput", "mean_e2e_latency_ms"), serving.read_sglang),
    (("completed", "output_throughput", "input_throughput"), serving.read_sglang),
    (("completed", "output_throughput"), serving.read_vllm),
    (("avg_ts", "n_prompt", "n_gen"), llama_bench.read),
    (("hw", "tput_per_gpu"), published.read_inferencex),
    (("results_mean_output_throughput_token_per_s",), published.read_llmperf),
    (("hardware", "results", "tool"), published.read_llmfit),
    (("metadata", "metrics"), aiperf.read),
    (("output_token_throughput",), aiperf.read),
    (("time_to_first_token", "request_latency"), aiperf.read),
    (("records", "input_config"), aiperf.read),
)
"""Keys that the first object of a JSON file must have; the first row that fits wins."""
BY_HEADER: Final[tuple[tuple[str, Reader], ...]] = (
    ("Serving Benchmark Result", serving.read_printed),
    ("avg_ts", llama_bench.read),
    ("t/s |", llama_bench.read),
    ("TTFT Mean", guidellm.read),
    ("Time to First Token", guidellm.read),
    ("Metric,avg", aiperf.read),
)
"""Words of the head of a file that is no JSON."""
_HEAD: Final = 20_000
KNOWN: Final = (
    "guidellm, vllm bench serve, sglang bench_serving, aiperf, inference-perf, llama-bench, InferenceX, llmperf,"
    " llmfit, or two scrapes of /metrics"
)


def read_benchmarks(paths: Sequence[Path], seconds: float | None = None) -> list[Run]:
    """The runs of all files; two scrapes of a server are one run. Raises `InputError` for a file of no known tool."""
    runs, scraped = [], []
    for document in map(read_document, paths):
        if not document.records and scrapes.is_scrape(document):
            scraped.append(document)
        else:
            runs += read_runs(document)
    if len(scraped) % 2:
        raise InputError("one scrape of /metrics says nothing of a load: name two", path=scraped[-1].path)
    pairs = zip(scraped[::2], scraped[1::2], strict=True)
    return runs + [scrapes.read(before, after, seconds) for before, after in pairs]


def read_runs(document: Document) -> list[Run]:
    """The runs of one file."""
    reader = reader_of(document)
    if reader is None:
        raise InputError(f"not a result of {KNOWN}", path=document.path)
    runs = list(reader(document))
    if not runs:
        raise InputError("found no run in it", path=document.path)
    return runs


def reader_of(document: Document) -> Reader | None:
    """What reads this file; None where no tool is known that writes such a one."""
    if document.records:
        first = document.first()
        return next((reader for keys, reader in BY_KEYS if all(key in first for key in keys)), None)
    head = document.text[:_HEAD]
    first_line = head.lstrip().split("\n", 1)[0]
    if first_line.startswith("Metric,"):
        return aiperf.read
    return next((reader for words, reader in BY_HEADER if words in head), None)
