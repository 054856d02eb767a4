"""Predictions against the measurements that ship with the product."""

from __future__ import annotations

import csv
from dataclasses import replace
from importlib.resources import files

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of
from planner.engine.measured.nearest import nearest
from planner.engine.measured.row import Skip, measurement
from planner.engine.measured.score import score, score_by, score_by_metric, score_rows, skip_reasons
from planner.engine.specs import Deployment, RequestShape
from tests.engine.measured.test_matching import ROW

CATALOG = shipped_catalog()
assert CATALOG.calibration is not None
CALIBRATION = CATALOG.calibration
assert CALIBRATION is not None
DIRECTORY = directory_of(CATALOG)
SHIPPED = [
    measurement(cells)
    for cells in csv.DictReader(
        (files("planner.catalog") / "data" / "measurements.csv").read_text("utf-8").splitlines()
    )
]
SCORED = score_rows(SHIPPED, DIRECTORY, CALIBRATION)


def test_the_shipped_measurements_are_predicted_as_well_as_the_fit_says() -> None:
    """Rows the fit has seen: a lower bar than left-out rows would be a sign of a broken reading, not of a bad fit."""
    by_metric = score_by_metric(SCORED)
    assert by_metric["output_tok_s_total"].mdape < 0.18
    assert by_metric["decode_tok_s_single_stream"].mdape < 0.16
    assert by_metric["tpot_ms"].mdape < 0.20
    everything = score(SCORED)
    assert everything is not None
    assert everything.within_2x > 0.93
    assert 0.9 < everything.median_ratio < 1.1


def test_hardly_a_row_is_skipped() -> None:
    assert sum(skip_reasons(SCORED).values()) <= 0.02 * len(SCORED)


def test_per_gpu_figures_are_totals_over_the_cards() -> None:
    row = replace(ROW, gpus_total=4, tp=4, metric="output_tok_s_total", value=4000.0)
    total, each = score_rows([row, replace(row, metric="output_tok_s_per_gpu", value=1000.0)], DIRECTORY, CALIBRATION)
    assert total.mid == pytest.approx(4 * each.mid)
    assert total.ratio == pytest.approx(each.ratio)


def test_prompt_and_output_counted_together_are_more() -> None:
    row = replace(ROW, isl=2048.0, osl=128.0)
    output, both = score_rows([row, replace(row, metric="total_tok_s_total")], DIRECTORY, CALIBRATION)
    assert both.mid == pytest.approx(output.mid * 17)


def test_twice_the_replicas_carry_twice_the_requests() -> None:
    one, two = score_rows([ROW, replace(ROW, gpus_total=2, concurrency=32)], DIRECTORY, CALIBRATION)
    assert two.mid == pytest.approx(2 * one.mid)


def test_a_figure_beyond_the_hardware_is_skipped_with_the_reason() -> None:
    """An 8B in FP8 reads 8 GB a token: 3,350 GB/s cannot write 1,000 tokens/s to one reader."""
    row = replace(ROW, concurrency=1, metric="decode_tok_s_single_stream", value=1000.0)
    (scored,) = score_rows([row], DIRECTORY, CALIBRATION)
    assert scored.skipped_because == Skip("beyond_hardware")


def test_skipped_rows_keep_their_place() -> None:
    rows = [ROW, replace(ROW, id="T-2", gpu="nothing"), replace(ROW, id="T-3")]
    scored = score_rows(rows, DIRECTORY, CALIBRATION)
    assert [s.row.id for s in scored] == ["T-1", "T-2", "T-3"]
    assert [s.skipped_because is None for s in scored] == [True, False, True]
    assert score(scored[1:2]) is None


def test_coverage_counts_the_measurements_inside_the_interval() -> None:
    (first,) = score_rows([ROW], DIRECTORY, CALIBRATION)
    values = [first.low * 0.9, first.low * 1.1, first.mid, first.high * 1.1]
    scored = score_rows([replace(ROW, value=v) for v in values], DIRECTORY, CALIBRATION)
    found = score(scored)
    assert found is not None
    assert found.coverage_80 == pytest.approx(0.5)


def test_scores_are_grouped_by_card() -> None:
    groups = score_by(SCORED, "gpu")
    assert {"H100 SXM", "RTX 4090", "MI300X"} <= set(groups)
    assert sum(s.n for scores in groups.values() for s in scores.values()) == sum(
        s.skipped_because is None for s in SCORED
    )


def test_evidence_is_of_the_same_card_and_size_first() -> None:
    deployment = Deployment(
        CATALOG.models["meta-llama/Llama-3.3-70B-Instruct"], "fp8", "fp16", CATALOG.gpus["h100-sxm"],
        CATALOG.engines["vllm"], 2,
    )  # fmt: skip
    found = nearest(CATALOG, deployment, RequestShape(1000, 500), 32)
    assert 3 <= len(found) <= 5
    assert found[0].measurement.gpu == "H100 SXM"
    assert 50 < (found[0].measurement.total_params_b or 0.0) < 100
    for item in found:
        assert item.ratio == pytest.approx(item.predicted / item.measurement.value)
        assert item.measurement.citation.source
        assert item.measurement.citation.as_of


def test_a_card_without_measurements_is_shown_its_kin() -> None:
    deployment = Deployment(
        CATALOG.models["meta-llama/Llama-3.1-8B-Instruct"], "fp8", "fp16", CATALOG.gpus["rtx-4000-sff-ada"],
        CATALOG.engines["vllm"],
    )  # fmt: skip
    found = nearest(CATALOG, deployment, RequestShape(1000, 500), 8)
    assert found
    cards = [DIRECTORY.gpu(item.measurement.gpu) for item in found]
    assert all(card is not None and card.architecture == "Ada" for card in cards)
