"""`planner validate`: the contract of its JSON, its row file and its complaints."""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SHIPPED = str(files("planner.catalog") / "data" / "measurements.csv")
HEADER = (
    "id,source_kind,source,url_or_repo_path,date,model_hf_id,total_params_b,active_params_b,gpu,gpu_mem_gb,gpus_total,"
    "tp,pp,engine,engine_version,weight_dtype,kv_dtype,isl,osl,concurrency,metric,value,notes\n"
)
GOOD = "A,,s,,2025,meta-llama/Llama-3.1-8B,8.03,8.03,L4,24,1,1,1,vLLM,,fp8,,1000,500,16,output_tok_s_total,350,\n"


def test_json_counts_scores_and_skips(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    outcome = run("validate", SHIPPED, "--format", "json", "--rows", str(rows))
    assert outcome.code == 0
    answer = json.loads(outcome.out)
    assert list(answer) == ["rows", "scored", "skipped", "metrics", "groups"]
    assert answer["rows"] == answer["scored"] + sum(answer["skipped"].values())
    for metric in answer["metrics"].values():
        assert list(metric) == ["n", "mdape", "median_ratio", "within_25_percent", "within_2x", "coverage_80"]
    assert answer["groups"]["H100 SXM"]["tpot_ms"]["n"] > 5
    with rows.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == answer["rows"]
    assert list(lines[0]) == [
        "id", "predicted_low", "predicted_mid", "predicted_high", "value", "ratio", "skipped_because",
    ]  # fmt: skip
    scored = next(line for line in lines if not line["skipped_because"])
    assert float(scored["predicted_mid"]) / float(scored["value"]) == pytest.approx(float(scored["ratio"]), rel=1e-3)
    assert float(scored["predicted_low"]) < float(scored["predicted_mid"]) < float(scored["predicted_high"])


def test_rows_that_cannot_be_compared_are_told_not_dropped(run: Run, tmp_path: Path) -> None:
    measured, rows = tmp_path / "m.csv", tmp_path / "rows.csv"
    lines = [
        GOOD,
        GOOD.replace("A,", "B,", 1).replace(",L4,", ",Abacus,"),
        GOOD.replace("A,", "C,", 1).replace("output_tok_s_total", "joules"),
        GOOD.replace("A,", "D,", 1).replace(",350,", ",fast,"),
    ]
    measured.write_text(HEADER + "".join(lines))
    outcome = run("validate", str(measured), "--format", "json", "--rows", str(rows))
    answer = json.loads(outcome.out)
    assert (answer["rows"], answer["scored"]) == (4, 1)
    assert answer["skipped"] == {
        "GPU 'Abacus' is not known": 1,
        "metric 'joules' is not predicted": 1,
        "value: found 'fast', expected a number or nothing": 1,
    }
    with rows.open(newline="") as file:
        assert [line["id"] for line in csv.DictReader(file)] == ["A", "B", "C", "D"]


def test_text_shows_a_table(run: Run) -> None:
    outcome = run("validate", SHIPPED)
    assert outcome.code == 0
    assert "covered" in outcome.out
    assert "tpot_ms" in outcome.out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id,gpu\nA,L4\n", ":1: the header lacks model_hf_id, gpus_total, metric, value"),
        (b"\xff\xfe\x00bad", "not a text file"),
    ],
)
def test_a_file_that_is_no_table_is_refused(run: Run, tmp_path: Path, content: bytes, says: str) -> None:
    measured = tmp_path / "m.csv"
    measured.write_bytes(content)
    outcome = run("validate", str(measured))
    assert outcome.code == 2
    assert says in outcome.complaint


def test_a_missing_file_is_refused(run: Run) -> None:
    outcome = run("validate", "nowhere.csv")
    assert outcome.code == 2
    assert "nowhere.csv" in outcome.complaint
