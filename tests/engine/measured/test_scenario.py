"""What kind of load a published number stands for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.engine.measured.row import SkippedRowError
from planner.engine.measured.scenario import scenario_of
from tests.engine.measured.test_matching import ROW

OFFLINE = "max load, infinite request rate, in-flight batching; output tokens only"
MLPERF = (
    "MLPerf Inference v5.1 datacenter/closed llama2-70b-99 {}; submitter X; output tokens/s of the whole system; {}"
)


@pytest.mark.parametrize(
    ("notes", "concurrency", "metric", "mode"),
    [
        ("static batch of the stated size; peak-throughput table", 64, "output_tok_s_total", "static"),
        ("batch 1, generating 2048 tokens; BF16", 1, "decode_tok_s_single_stream", "static"),
        (OFFLINE, None, "output_tok_s_total", "offline"),
        ("random prompts; max concurrency = concurrency column", 32, "tpot_ms", "closed"),
        ("a fixed set of about 200 requests all submitted at once", 200, "output_tok_s_total", "burst"),
        ("1000 prompts at infinite rate", None, "output_tok_s_total", "burst"),
        ("request rate inf, 500 requests", None, "total_tok_s_total", "burst"),
        ("ShareGPT, 200 prompts, Poisson 8.0 QPS", None, "tpot_ms", "rate"),
        (
            MLPERF.format("Server", "throughput under the benchmark latency bound"),
            None,
            "output_tok_s_total",
            "bounded",
        ),
        (MLPERF.format("Offline", "offline max throughput"), None, "output_tok_s_total", "offline"),
    ],
)
def test_the_load_is_read_from_columns_and_notes(notes: str, concurrency: float | None, metric: str, mode: str) -> None:
    assert scenario_of(replace(ROW, notes=notes, concurrency=concurrency, metric=metric)).mode == mode


def test_so_many_requests_at_an_infinite_rate_are_all_there_at_once() -> None:
    row = replace(ROW, notes="1000 prompts at infinite rate", concurrency=None, metric="output_tok_s_total")
    assert scenario_of(row).concurrency == 1000
    assert scenario_of(replace(row, concurrency=64)).concurrency == 64


@pytest.mark.parametrize("notes", ["MTP, 2 tokens", "EAGLE-3 drafter", "speculative decoding, n-gram"])
def test_drafting_is_known_at_one_stream_only(notes: str) -> None:
    row = replace(ROW, notes=notes, concurrency=1, metric="decode_tok_s_single_stream")
    assert scenario_of(row).drafting
    assert scenario_of(replace(row, metric="tpot_ms")).drafting
    assert not scenario_of(replace(row, metric="ttft_ms", concurrency=8)).drafting
    assert not scenario_of(replace(row, notes="without MTP")).drafting
    with pytest.raises(SkippedRowError):
        scenario_of(replace(row, metric="output_tok_s_total", concurrency=8))


@pytest.mark.parametrize("notes", ["power limit 300 W", "limited to 450 W"])
def test_a_card_below_its_tdp_is_known_at_one_stream_only(notes: str) -> None:
    row = replace(ROW, notes=notes, concurrency=1, metric="decode_tok_s_single_stream")
    assert scenario_of(row).mode == "static"
    for metric, concurrency in (("output_tok_s_total", 32), ("ttft_ms", 1)):
        with pytest.raises(SkippedRowError):
            scenario_of(replace(row, metric=metric, concurrency=concurrency))


def test_rates_and_run_lengths_are_read() -> None:
    s = scenario_of(replace(ROW, notes="ShareGPT, 200 prompts, Poisson 8.0 QPS (short run)", concurrency=None))
    assert (s.rate_per_s, s.requests) == (8.0, 200.0)


def test_stated_lengths_win_and_jitter_shortens_them() -> None:
    s = scenario_of(replace(ROW, notes="length jitter (real lengths average about 0.9 x nominal)", isl=1024, osl=8192))
    assert (s.isl, s.osl) == pytest.approx((921.6, 7372.8))


def test_named_tasks_bring_their_lengths_and_beams() -> None:
    row = replace(ROW, isl=None, osl=69.0, concurrency=None)
    s = scenario_of(replace(row, notes="MLPerf Inference v4.1 closed gptj-99 Offline; offline max throughput"))
    assert s.isl > 700
    assert s.beams == 4
    assert s.tuned
    long = scenario_of(replace(row, osl=None, notes="MLPerf Inference v5.1 closed llama3.1-405b Offline"))
    assert long.isl > 5000


def test_disaggregated_serving_decodes_on_its_share_of_the_cards() -> None:
    s = scenario_of(
        replace(ROW, engine="SGLang (PD disaggregated)", notes="disaggregated 1 prefill + 3 decode workers")
    )
    assert s.disaggregated_decode == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("isl", "osl", "notes", "expected"),
    [
        (2000, 100, "internal run; max concurrency = concurrency column", True),
        (1024, 1024, "length jitter (real lengths average about 0.9 x nominal)", False),
        (220, 220, "ShareGPT, 200 prompts", False),
        (None, 100, "", False),
    ],
)
def test_requests_of_one_length_are_told_from_others(isl: float | None, osl: float, notes: str, expected: bool) -> None:
    assert scenario_of(replace(ROW, isl=isl, osl=osl, notes=notes)).equal_lengths is expected
