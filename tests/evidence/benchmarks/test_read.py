"""Every tool's file as one run: figures, units, what is not in it, and what is known to be wrong with it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from planner.evidence.benchmarks.read import BY_KEYS, read_benchmarks, read_runs
from planner.evidence.benchmarks.run import RemarkKind, Run
from planner.evidence.files import document_of
from planner.toml.errors import InputError
from planner.words.sentences import table
from tests.evidence.benchmarks import samples
from tests.evidence.marks import MARK, complaint_of, mutated, reshaped

DOUBLE = {"mean_itl_ms": 40.0, "mean_tpot_ms": 19.35}


def runs(raw: bytes, name: str = "result.txt") -> list[Run]:
    return read_runs(document_of(raw, Path(name)))


def run(raw: bytes) -> Run:
    (found,) = runs(raw)
    return found


def kinds(found: Run) -> set[str]:
    return {remark.kind for remark in found.remarks}


PLAIN = {"input_tokens": 50.0, "output_tokens": 32.0, "concurrency": 2.0, "tpot_ms": 20.0, "requests": 20}
CASES: list[tuple[bytes, dict[str, Any]]] = [
    (samples.guidellm(), PLAIN | {"ttft_ms": 203.75, "tpot_with_first_ms": 25.75, "output_tok_s": 76.43, "failed": 5}),
    (samples.guidellm(), {"concurrency_measured": 1.971, "model": "mock-model", "tool_version": "0.8.1"}),
    (samples.guidellm(), {"date": "2026-11-28", "ttft_p99_ms": 207.8, "total_tok_s": 195.8, "duration_s": 8.374}),
    (samples.guidellm(208.7, 19.4, 25.3, 77.6), {"tpot_ms": 19.4, "output_tok_s": 77.6, "chunk_ms": None}),
    (samples.guidellm_csv(), PLAIN | {"ttft_ms": 203.75, "tpot_with_first_ms": 25.75, "output_tok_s": 76.43}),
    (samples.guidellm_csv(), {"model": "mock-model", "date": "2026-11-28", "failed": 0, "concurrency_measured": 1.971}),
    (samples.guidellm_old_csv(), {"output_tok_s": 1990.2, "ttft_ms": 118.2, "tpot_ms": 7.6, "concurrency": 16.0}),
    (samples.guidellm_old_csv(), {"tpot_with_first_ms": 7.7, "concurrency_measured": 15.8, "input_tokens": None}),
    (samples.vllm(), PLAIN | {"ttft_ms": 207.5, "output_tok_s": 77.33, "failed": 0, "date": "2026-11-28"}),
    (samples.vllm(), {"gpu": None, "tensor_parallel": None, "engine": None, "weights": None, "request_rate": None}),
    (samples.vllm(**DOUBLE), {"tpot_ms": 19.35, "chunk_ms": 40.0}),
    (samples.vllm(max_concurrency=None), {"concurrency": None, "all_at_once": True}),
    (samples.vllm(max_concurrency=None, request_rate=2.0), {"concurrency": None, "request_rate": 2.0}),
    (samples.vllm(backend="vllm", failed=None, completed=16), {"engine": "vllm", "failed": 4}),
    (samples.vllm(mean_tpot_ms=0.0, mean_ttft_ms=0), {"tpot_ms": None, "ttft_ms": None}),
    (samples.sglang(), PLAIN | {"ttft_ms": 207.0, "output_tok_s": 77.2, "failed": None, "engine": "sglang"}),
    (samples.sglang(), {"concurrency_measured": 1.996, "all_at_once": True, "request_rate": None, "model": None}),
    (samples.sglang(max_concurrency=None, concurrency=7.957), {"concurrency": 7.957}),
    (samples.sglang(server_info={"model_path": "a/b", "tp_size": 4}), {"model": "a/b", "tensor_parallel": 4}),
    (samples.printed(), PLAIN | {"ttft_ms": 207.5, "ttft_median_ms": 204.1, "output_tok_s": 77.33, "failed": 0}),
    (samples.printed("Concurrency:       1.99\n"), {"tool": "sglang bench_serving", "concurrency_measured": 1.99}),
    (samples.aiperf(), PLAIN | {"ttft_ms": 204.7, "output_tok_s": 76.96, "failed": 2, "concurrency_measured": 1.98}),
    (samples.aiperf(40.0, 19.3), {"tpot_ms": 19.3, "chunk_ms": 40.0}),
    (samples.aiperf(unit="sec"), {"ttft_ms": 204.7, "tpot_ms": 20.0, "ttft_p95_ms": 214.7}),
    (samples.aiperf(phases=False), {"concurrency": 2.0, "model": "mock-model", "tool_version": "0.13.0"}),
    (samples.aiperf_csv(), {"ttft_ms": 204.68, "tpot_ms": 19.29, "chunk_ms": 40.01, "output_tok_s": 76.96}),
    (samples.aiperf_csv(), {"concurrency": 1.98, "model": None, "output_tokens": 32.0, "failed": 2}),
    (samples.aiperf_requests(), {"ttft_ms": 200.0, "tpot_ms": 20.0, "chunk_ms": 40.0, "requests": 4, "failed": 1}),
    (samples.aiperf_requests(), {"output_tok_s": 4 * 32 / 1.64, "concurrency": None, "input_tokens": 50.0}),
    (samples.inference_perf(), {"ttft_ms": 202.7, "tpot_ms": 20.0, "tpot_with_first_ms": 25.74, "output_tok_s": 63.8}),
    (samples.inference_perf(), {"concurrency": None, "model": None, "failed": 4, "request_rate": 2.0}),
    (samples.inference_perf(10.0, 30.0, 21.0), {"output_tok_s": 63.0, "tpot_ms": None, "output_tokens": 30.0}),
    (samples.inferencex(), {"ttft_ms": 210.0, "tpot_ms": 6.1, "output_tok_s_per_gpu": 2605.7, "output_tok_s": 10422.8}),
    (samples.inferencex(), {"gpu": "b200", "gpus": 4, "weights": "fp4", "concurrency": 64.0, "engine": "vllm"}),
    (samples.inferencex(disagg=True), {"output_tok_s": None, "gpus": None}),
    (samples.inferencex(mean_ttft=0.2, mean_tpot=0.006), {"ttft_ms": 200.0, "ttft_median_ms": 210.0, "tpot_ms": 6.0}),
    (samples.llmperf(), {"ttft_ms": 200.0, "tpot_ms": 20.0, "tpot_with_first_ms": 25.625, "failed": 1}),
    (samples.genai_perf(), PLAIN | {"ttft_ms": 204.7, "output_tok_s": 76.96, "model": "mock-model"}),
    (samples.aiperf_records(), PLAIN | {"ttft_ms": 204.7, "output_tok_s": 76.96, "model": "mock-model"}),
    (samples.genai_perf_csv(), {"ttft_ms": 1204.68, "tpot_ms": 20.01, "output_tok_s": 76.96, "output_tokens": 32.0}),
    (samples.guidellm_old(), PLAIN | {"failed": 5, "model": "mock-model", "tool_version": "0.3.1"}),
    (samples.llmfit(), {"decode_tok_s": 118.4, "weights": "q4_k_m", "gpus": 1, "ttft_ms": None}),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), CASES)
def test_figures_are_the_tools_own(raw: bytes, expected: dict[str, Any]) -> None:
    found = run(raw)
    for name, value in expected.items():
        got = getattr(found, name)
        if isinstance(value, float):
            assert got == pytest.approx(value, rel=0.005), name
        else:
            assert got == value, name


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (samples.guidellm(), "first_token_in_tpot"),
        (samples.guidellm(), "failed"),
        (samples.vllm(**DOUBLE), "several_tokens_a_chunk"),
        (samples.vllm(**DOUBLE), "hidden_reasoning"),
        (samples.vllm(max_concurrency=None), "peak_concurrency"),
        (samples.vllm(completed=0), "nothing_succeeded"),
        (samples.sglang(), "failures_unsaid"),
        (samples.sglang(**DOUBLE), "several_tokens_a_chunk"),
        (samples.aiperf(40.0, 19.3), "several_tokens_a_chunk"),
        (samples.inference_perf(10.0, 30.0), "reasoning_uncounted"),
        (samples.inferencex(), "median_only"),
        (samples.inferencex(), "per_gpu"),
        (samples.inferencex(disagg=True), "disaggregated"),
        (samples.llmperf(), "first_token_taken_out"),
    ],
)
def test_what_is_known_to_be_wrong_is_named(raw: bytes, kind: str) -> None:
    assert kind in kinds(run(raw))


def test_a_sound_file_has_nothing_to_be_told() -> None:
    assert run(samples.vllm()).remarks == ()


def test_every_remark_has_its_sentence() -> None:
    assert set(table("load_tools")) == set(get_args(RemarkKind))


@pytest.mark.parametrize("raw", [samples.llama_bench(), samples.llama_bench_csv()])
def test_llama_bench_tells_prompt_and_answer_apart(raw: bytes) -> None:
    prompt, answer = runs(raw)
    assert (prompt.prefill_tok_s, prompt.decode_tok_s, prompt.input_tokens) == (9800.0, None, 512)
    assert (answer.prefill_tok_s, answer.decode_tok_s, answer.output_tokens) == (None, 142.2, 128)
    assert (answer.model, answer.weights, answer.gpu) == ("Qwen3-8B-Q4_K_M.gguf", "q4_k_m", "NVIDIA GeForce RTX 4090")
    assert answer.tool_version == "7340"
    assert answer.params_b == pytest.approx(8.19, rel=1e-3)
    assert answer.weights_gib == pytest.approx(4.68, rel=1e-3)
    assert answer.concurrency == 1


def test_llama_bench_lines_and_the_table_it_prints() -> None:
    lines = b"\n".join(
        row.encode() for row in samples.llama_bench().decode().strip("[]").replace("}, {", "}\n{").split("\n")
    )
    assert [found.decode_tok_s for found in runs(lines)] == [None, 142.2]
    prompt, answer, deep, mixed = runs(samples.LLAMA_BENCH_MD)
    assert (prompt.prefill_tok_s, answer.decode_tok_s, deep.decode_tok_s) == (9800.12, 178.33, 150.1)
    assert (answer.weights, answer.params_b, answer.gpu) == ("q4_k_m", 8.19, None)
    device = b"  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9\n" + samples.LLAMA_BENCH_MD
    assert (runs(device)[0].gpu, runs(device)[0].engine_version) == ("NVIDIA GeForce RTX 4090", "7340")
    assert (deep.cached_tokens, kinds(deep)) == (4096, {"cached_before"})
    assert (mixed.prefill_tok_s, mixed.decode_tok_s, kinds(mixed)) == (None, None, {"mixed_phases"})


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_two_scrapes_are_one_run(tmp_path: Path, engine: str) -> None:
    before, after = tmp_path / "before.txt", tmp_path / "after.txt"
    before.write_bytes(samples.scrape(100, engine=engine))
    after.write_bytes(samples.scrape(120, engine=engine))
    (found,) = read_benchmarks([before, after], seconds=8.2)
    assert (found.engine, found.model, found.requests) == (engine, "mock-model", 20)
    assert found.ttft_ms == pytest.approx(200)
    assert found.tpot_ms == pytest.approx(20)
    assert (found.input_tokens, found.output_tokens) == pytest.approx((50, 32))
    assert found.output_tok_s == pytest.approx(640 / 8.2)
    assert found.concurrency == pytest.approx(2.0)
    (untimed,) = read_benchmarks([before, after])
    assert (untimed.output_tok_s, untimed.concurrency) == (None, None)
    assert untimed.ttft_ms == pytest.approx(200)
    assert "no_duration" in kinds(untimed)
    with pytest.raises(InputError, match="name the earlier one first"):
        read_benchmarks([after, before])
    with pytest.raises(InputError, match="name two"):
        read_benchmarks([after])


def test_a_server_without_a_histogram_of_token_times_is_worked_out(tmp_path: Path) -> None:
    """(820 - 200) / 31 = 20 ms, from the sums of all requests."""
    for name, requests in (("a", 100), ("b", 120)):
        raw = samples.scrape(requests, engine="sglang").replace(b"time_per_output_token", b"inter_token_latency")
        (tmp_path / name).write_bytes(raw)
    (found,) = read_benchmarks([tmp_path / "a", tmp_path / "b"])
    assert (found.tpot_ms, found.chunk_ms) == pytest.approx((20.0, 20.0))


def test_samples_with_a_time_need_no_seconds(tmp_path: Path) -> None:
    for name, requests, at in (("a", 0, 1_795_889_530_000), ("b", 20, 1_795_889_538_200)):
        (tmp_path / name).write_bytes(samples.scrape(requests, at_ms=at))
    (found,) = read_benchmarks([tmp_path / "a", tmp_path / "b"])
    assert found.duration_s == pytest.approx(8.2)


def test_several_runs_in_one_file() -> None:
    assert len(runs(samples.sglang() + samples.sglang(max_concurrency=4))) == 2
    assert [found.concurrency for found in runs(samples.printed() + samples.printed())] == [2, 2]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "found nothing"),
        (b'{"answer": 42}', "not a result of"),
        (b"a,b\n1,2\n", "not a result of"),
        (b"[1, 2]", "not a result of"),
        (samples.vllm(mean_ttft_ms="fast"), "mean_ttft_ms: found text, expected a number"),
        (samples.vllm(mean_ttft_ms=-1.0), "mean_ttft_ms: found -1.0, expected a number of 0.0 or more"),
        (samples.vllm(completed=19.5), "completed: found 19.5, expected a whole number"),
        (samples.sglang() + samples.sglang(output_throughput=[3]), "result.txt:2: output_throughput: found a list"),
        (samples.aiperf().replace(b'"unit": "ms"', b'"unit": "parsecs"'), "unit: found text, expected ms or"),
        (samples.guidellm()[:-40], "result.txt:1: not valid JSON"),
        (samples.guidellm_csv() + b"1,2\n", "found 2 cells, expected 12"),
        (b'{"benchmarks": []}', "found no run"),
        (b'{"benchmarks": [3]}', "benchmarks: found a list, expected a list of objects"),
    ],
)
def test_a_bad_file_is_one_line_that_names_the_field(raw: bytes, said: str) -> None:
    assert said in complaint_of(lambda: runs(raw))


MADE = [case[0] for case in CASES] + [samples.llama_bench(), samples.llama_bench_csv(), samples.LLAMA_BENCH_MD]


def test_every_reader_is_tried() -> None:
    assert len(BY_KEYS) <= len(MADE)


@pytest.mark.parametrize("raw", MADE)
def test_broken_files_are_told_in_one_line_without_their_contents(raw: bytes) -> None:
    random = Random(15)
    for _ in range(120):
        changed = mutated(raw, random)
        said = complaint_of(lambda changed=changed: str(runs(changed)))  # type: ignore[misc]
        assert MARK not in said


@pytest.mark.parametrize("raw", [raw for raw in MADE if raw[:1] in (b"{", b"[")])
def test_files_with_one_wrong_value_are_taken_or_told_in_one_line(raw: bytes) -> None:
    random = Random(15)
    for _ in range(120):
        changed = reshaped(raw, random)
        said = complaint_of(lambda changed=changed: runs(changed))  # type: ignore[misc]
        assert MARK not in said


def test_no_text_of_a_file_stands_in_a_run() -> None:
    for raw in MADE:
        assert MARK not in repr(runs(raw))
