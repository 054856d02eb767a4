"""`planner size --measured` and `planner validate --measured-once` and `--by`: measurements of one's own."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_validate import HEADER

SHIPPED = str(files("planner.catalog") / "data" / "measurements.csv")
LINE = "{id},user,mine,,2026-11-20,{model},,,{gpu},,1,1,1,vLLM,0.33.0,fp8,,1000,500,{load},{metric},{value},\n"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
REPLICA = ("--weights", "fp8", "--concurrency", "64")


def _line(**change: object) -> str:
    given = {"id": "A", "model": LLAMA, "gpu": "H100 SXM", "load": 64, "metric": "output_tok_s_total", "value": 3500}
    return LINE.format(**(given | change))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    other = [_line(id="B", gpu="L4", value=300), _line(id="C", metric="joules"), _line(id="D", value=9e6)]
    path.write_text(HEADER + _line() + "".join(other), "utf-8")
    return path


def _json(run: Run, *args: str) -> dict[str, Any]:
    done = run(*args, "--format", "json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def test_one_measurement_stands_in_place_of_the_prediction(run: Run, own: Path) -> None:
    fitted = _json(run, "size", LLAMA, "h100-sxm", *REPLICA)
    found = _json(run, "size", LLAMA, "h100-sxm", *REPLICA, "--measured", str(own))
    assert fitted["measured"] is None
    assert found["throughput"]["output_tok_s"]["mid"] == pytest.approx(3500, rel=0.03)
    told = found["measured"]
    assert (told["date"], told["rows"], told["other_rows"]) == ("2026-11-20", 1, 0)
    ratio = found["throughput"]["output_tok_s"]["mid"] / fitted["throughput"]["output_tok_s"]["mid"]
    assert told["factor"]["mid"] == pytest.approx(ratio, rel=1e-3)
    assert sum("do not count" in warning for warning in found["warnings"]) == 3


def test_the_text_says_when_it_was_measured_and_how_sure_it_is(run: Run, own: Path) -> None:
    done = run("size", LLAMA, "h100-sxm", *REPLICA, "--measured", str(own))
    flat = " ".join(done.out.split())
    assert "at concurrency 64, measured 2026-11-20, ±" in flat
    assert "Estimates, not measurements" not in flat
    assert "x what the fit alone predicts, from rows of this set-up: 1" in flat
    assert "1, measured on another GPU, l4" in flat
    assert "1, better than the card's bandwidth or arithmetic allows" in flat
    assert "1, metric 'joules' is not predicted" in flat


def test_where_no_row_speaks_for_it_the_answer_is_the_prediction_and_it_is_said(run: Run, own: Path) -> None:
    args = "size", LLAMA, "rtx-4090", *REPLICA
    done = run(*args, "--measured", str(own))
    assert f"no row of {own} speaks for this set-up" in done.err
    assert json.loads(run(*args, "--measured", str(own), "--format", "json").out)["measured"] is None


def test_a_ranking_shows_what_was_measured(run: Run, own: Path) -> None:
    done = run("size", "--all", "--model", LLAMA, "--weights", "fp8", "--measured", str(own))
    lines = [line for line in done.out.splitlines() if "measured" in line]
    assert sorted(line.split()[0] for line in lines) == ["h100-sxm", "l4"]
    assert "rows of" in done.err
    plain = run("size", "--all", "--model", LLAMA, "--weights", "fp8")
    assert "measured" not in plain.out


@pytest.mark.parametrize("asked", [(LLAMA, "h100-sxm"), ("--all", "--model", LLAMA)])
def test_a_row_that_cannot_be_read_is_told_with_file_line_and_field(
    run: Run, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(HEADER + _line() + _line(value="fast"), "utf-8")
    done = run("size", *asked, "--measured", str(path))
    assert done.code == 2
    assert f"{path}:3: value: found 'fast', expected a number or nothing" in done.complaint


def test_a_file_that_is_no_table_is_refused_and_the_one_that_is_read_is_not_written(run: Run, own: Path) -> None:
    refused = run("size", LLAMA, "h100-sxm", "--measured", "nowhere.csv")
    assert (refused.code, "nowhere.csv" in refused.complaint) == (2, True)
    kept = run("size", LLAMA, "h100-sxm", "--measured", str(own), "-o", str(own))
    assert kept.code == 2
    assert own.read_text("utf-8").startswith("id,")


@pytest.mark.parametrize("by", ["source", "gpu", "engine", "precision"])
def test_scores_are_told_apart_by_what_was_asked(run: Run, by: str) -> None:
    answer = _json(run, "validate", SHIPPED, "--by", by)
    for name, metric in answer["metrics"].items():
        assert sum(group.get(name, {"n": 0})["n"] for group in answer["groups"].values()) == metric["n"]
    assert len(answer["groups"]) > 1
    assert ("GPU and metric" if by == "gpu" else f"{by} and metric") in run("validate", SHIPPED, "--by", by).out


@pytest.fixture
def sweeps(tmp_path: Path) -> str:
    """Two set-ups at five loads each, both slower than the fit says, one of them by another third."""
    outputs = {1: 150, 4: 540, 16: 1500, 64: 2700, 128: 3100}
    rows = [
        _line(id=f"{gpu}-{load}", gpu=gpu, load=load, value=scale * value)
        for gpu, scale in (("H100 SXM", 1.0), ("H200 SXM", 0.7))
        for load, value in outputs.items()
    ]
    path = tmp_path / "sweeps.csv"
    path.write_text(HEADER + "".join([*rows, _line(id="D", value=9e6)]), "utf-8")
    return str(path)


def test_measured_once_prints_errors_before_and_after(run: Run, sweeps: str) -> None:
    answer = _json(run, "validate", sweeps, "--measured-once")
    assert (answer["rows"], answer["usable"], sum(answer["skipped"].values())) == (11, 10, 1)
    assert list(answer["given"]) == ["1", "3"]
    for kind, score in answer["given"]["1"].items():
        assert list(score) == [
            "setups", "rows", "predictions", "unmeasured_mdape", "mdape", "setup_mdape", "within_25_percent",
            "coverage_80", "half_width",
        ], kind  # fmt: skip
    one, three = answer["given"]["1"]["throughput"], answer["given"]["3"]["throughput"]
    assert (one["setups"], one["rows"], one["predictions"], three["predictions"]) == (2, 10, 40, 20)
    assert three["mdape"] < one["mdape"] < 0.5 * one["unmeasured_mdape"]
    text = run("validate", sweeps, "--measured-once").out
    assert "set-ups with 3 rows of a metric or more, each row given in turn" in text
    assert "better than the card's bandwidth or arithmetic allows" in text


def test_measured_once_stands_alone_and_bears_a_table_without_set_ups(run: Run, own: Path) -> None:
    assert run("validate", SHIPPED, "--measured-once", "--by", "gpu").code == 2
    assert run("validate", SHIPPED, "--measured-once", "--rows", "rows.csv").code == 2
    answer = _json(run, "validate", str(own), "--measured-once")
    assert (answer["rows"], answer["usable"], answer["given"]) == (4, 2, {"1": {}, "3": {}})
    empty = own.with_name("empty.csv")
    empty.write_text(HEADER, "utf-8")
    assert _json(run, "validate", str(empty), "--measured-once")["usable"] == 0
    assert run("size", LLAMA, "h100-sxm", "--measured", str(empty)).code == 0
