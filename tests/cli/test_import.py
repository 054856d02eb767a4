"""`planner import benchmark` and `import evaluation`; the same files in `validate` and `size --measured`."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from planner.plan.places import example_path
from planner.plan.store import load, save
from tests.cli.conftest import AS_OF, Run
from tests.evidence.benchmarks import samples as load_tools
from tests.evidence.evaluations import samples as evaluations
from tests.evidence.evaluations.test_names import plan as three_works
from tests.evidence.marks import MARK

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
SET_UP = ("--gpu", "h100-sxm", "--tp", "1", "--weights", "fp8", "--engine", "vllm")


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    load = {"completed": 640, "total_input_tokens": 640_000, "total_output_tokens": 320_000, "max_concurrency": 64}
    path.write_bytes(load_tools.vllm(model_id=LLAMA, output_throughput=3500.0, num_prompts=640, **load))
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_bytes(example_path("hospital").read_bytes())
    return path


def answer(run: Run, *args: str | Path) -> dict[str, Any]:
    done = run(*args, "--format", "json")
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told


def test_a_result_is_shown_with_what_it_lacks(run: Run, measured: Path) -> None:
    (found,) = answer(run, "import", "benchmark", measured)["runs"]
    assert (found["ttft_ms"], found["tpot_ms"], found["output_tok_s"], found["concurrency"]) == (
        207.5,
        20.0,
        3500.0,
        64,
    )
    assert (found["input_tokens"], found["output_tokens"], found["gpu"]) == (1000, 500, None)
    assert found["missing"] == ["--gpu", "--tp", "--engine", "--weights"]
    done = run("import", "benchmark", measured)
    assert "first token              208 ms" in done.out
    assert "not in the file: --gpu, --tp, --engine, --weights" in done.out


def test_options_fill_what_is_missing(run: Run, measured: Path) -> None:
    (found,) = answer(run, "import", "benchmark", measured, *SET_UP)["runs"]
    assert (found["gpu"], found["tensor_parallel"], found["weights"], found["missing"]) == ("h100-sxm", 1, "fp8", [])


def test_a_plan_takes_it_as_measured_once(run: Run, measured: Path, plan: Path) -> None:
    done = run("import", "benchmark", measured, *SET_UP, "--into", plan, *AS_OF)
    assert done.code == 0, done.err
    assert done.err.startswith(f"wrote {plan}: ")
    saved = load(plan).plan
    (entry,) = saved.benchmark
    assert (entry.model, entry.gpu, entry.engine, entry.output_tok_s) == (LLAMA, "h100-sxm", "vllm", 3500.0)
    assert (entry.tensor_parallel, entry.weights, entry.source) == (1, "fp8", "vllm bench serve, result.json")
    kept = saved.evidence[-1]
    assert (kept.kind, kept.file, kept.rows_read, kept.rows_skipped) == ("benchmark", "result.json", 1, 0)
    assert MARK not in plan.read_text("utf-8")
    before = plan.read_bytes()
    assert run("import", "benchmark", measured, *SET_UP, "--into", plan, *AS_OF).code == 0
    assert plan.read_bytes() == before


def test_what_a_plan_needs_is_asked_for(run: Run, measured: Path, plan: Path) -> None:
    before = plan.read_bytes()
    done = run("import", "benchmark", measured, "--into", plan)
    assert done.code == 2
    assert done.complaint == "planner: result.json: a plan needs what this file does not hold: --gpu, --engine"
    unknown = run("import", "benchmark", measured, *SET_UP, "--model", "gpt-9", "--into", plan)
    assert (unknown.code, "--model" in unknown.complaint) == (2, True)
    assert plan.read_bytes() == before


def test_validate_takes_the_same_files(run: Run, measured: Path) -> None:
    found = answer(run, "validate", measured, *SET_UP)
    assert (found["rows"], found["scored"], found["runs"][0]["output_tok_s"]) == (3, 3, 3500.0)
    assert set(found["metrics"]) == {"output_tok_s_total", "ttft_ms", "tpot_ms"}
    lacking = run("validate", measured)
    assert lacking.code == 0
    assert "the file does not say all of the set-up: give --gpu, --tp" in lacking.err
    assert "server writes          3,500 tokens/s" in lacking.out


def test_a_size_is_set_by_the_file_for_its_own_replica(run: Run, measured: Path) -> None:
    replica = ("size", LLAMA, "h100-sxm", "--weights", "fp8", "--concurrency", "64")
    found = answer(run, *replica, "--measured", measured)
    assert found["throughput"]["output_tok_s"]["mid"] == pytest.approx(3500, rel=0.1)
    assert (found["measured"]["rows"], found["measured"]["date"]) == (3, "2026-11-28")


def test_a_file_that_names_no_model_speaks_for_the_one_that_is_sized(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(load_tools.sglang())
    found = answer(run, "size", "qwen3-8b", "l40s", "--engine", "sglang", "--concurrency", "2", "--measured", path)
    assert found["measured"]["rows"] > 0


def test_the_command_that_measures_reads_back_what_it_writes(run: Run) -> None:
    done = run("size", "qwen3-8b", "h100-sxm", "--benchmark-command", "--endpoint", "http://127.0.0.1:9000")
    *loads, back = [shlex.split(line) for line in done.out.splitlines()]
    assert len(loads) == 3
    assert [load[:3] for load in loads] == [["vllm", "bench", "serve"]] * 3
    written = [load[load.index("--result-filename") + 1] for load in loads]
    at = [int(load[load.index("--max-concurrency") + 1]) for load in loads]
    assert at[0] == 1 < at[1] < at[2]
    assert all("http://127.0.0.1:9000" in load for load in loads)
    assert back[:3] == ["planner", "import", "benchmark"]
    assert back[3:6] == written
    assert run("size", "--all", "--model", "qwen3-8b", "--benchmark-command").code == 2


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "api.json", tmp_path / "open.json"
    for path in paths:
        path.write_bytes(evaluations.deepeval(path.stem))
    return paths


def test_an_evaluation_is_tested(run: Run, scored: tuple[Path, Path]) -> None:
    found = answer(run, "import", "evaluation", *scored, "--metric", "exact")
    assert (found["verdict"], found["prompts"], found["more_prompts"]) == ("undecided", 60, 480)
    assert found["ratio"]["low"] == pytest.approx(0.8561, abs=1e-4)
    assert found["other_metrics"] == {"mean": "within", "Graded": "within", "passed": "undecided"}
    done = run("import", "evaluation", *scored, "--metric", "exact")
    assert done.out.startswith(
        "UNDECIDED whether within 10 %: open against api; about 480 more prompts would settle it"
    )
    wide = answer(run, "import", "evaluation", *scored, "--metric", "exact", "--margin", "0.2")
    assert wide["verdict"] == "within"


def test_a_passed_evaluation_lifts_the_untested_mark(run: Run, scored: tuple[Path, Path], plan: Path) -> None:
    def untested() -> set[str]:
        told = answer(run, "report", plan, *AS_OF)["routes"]
        return {route["model"] for route in told if route["provisional"]}

    (model,) = untested()
    into = ("--into", plan, *AS_OF, "--model", model)
    undecided = run("import", "evaluation", *scored, "--metric", "exact", *into)
    assert undecided.code == 0, undecided.err
    assert model in untested()
    passed = run("import", "evaluation", *scored, "--metric", "graded", *into)
    assert passed.code == 0, passed.err
    assert model not in untested()
    (entry,) = load(plan).plan.quality.evaluation
    assert (entry.prompts, entry.effective_prompts, entry.source) == (60, None, "deepeval, api.json, open.json, Graded")
    assert entry.gap_high_fraction == pytest.approx(0.0709, abs=1e-3)
    kept = tomllib.loads(plan.read_text("utf-8"))["evidence"]
    assert [(one["kind"], one["file"], one["summary"]["verdict"]) for one in kept] == [
        ("evals", "api.json", "within"),
        ("evals", "open.json", "within"),
    ]
    assert MARK not in plan.read_text("utf-8")


def test_scores_that_disagree_need_a_name_before_they_enter_a_plan(
    run: Run, scored: tuple[Path, Path], plan: Path
) -> None:
    done = run("import", "evaluation", *scored, "--into", plan, "--model", "qwen3-8b")
    assert done.code == 2
    assert done.complaint.endswith(
        "--metric: the scores disagree: say which stands for the work: mean, Exact, Graded, passed"
    )


def test_weights_and_conversations_count_in_the_plan(run: Run, tmp_path: Path, plan: Path) -> None:
    path = tmp_path / "w.csv"
    extra = {"weight": [60 - n for n in range(60)], "conversation": [n // 2 for n in range(60)]}
    path.write_bytes(evaluations.wide(1, extra=extra))
    work = load(plan).plan.workload[0].name
    options = ("--model", "qwen3-8b", "--margin", "0.15", "--workload", work)
    assert run("import", "evaluation", path, "--into", plan, *options, *AS_OF).code == 0
    saved = load(plan).plan.quality
    assert (saved.margin_fraction, saved.evaluation[0].workload) == (0.15, work)
    assert saved.evaluation[0].effective_prompts is not None
    assert 15 < saved.evaluation[0].effective_prompts < 30


@pytest.mark.parametrize("kind", ["benchmark", "evaluation"])
def test_what_it_does_not_know_is_one_line(run: Run, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"prompt": "MARKprompt", "api_key": "sk-MARKkey"}', "utf-8")
    for file in (path, tmp_path / "missing.json"):
        done = run("import", kind, file)
        assert done.code == 2
        assert str(file) in done.complaint
        assert MARK not in done.complaint


def test_a_kind_is_needed_and_help_shows_three_examples(run: Run) -> None:
    assert run("import").code == 2
    for command in (("import",), ("import", "benchmark"), ("import", "evaluation")):
        shown = run(*command, "--help").out
        assert shown.count(f"planner {' '.join(command)}") >= 3


def test_an_evaluation_goes_to_the_work_that_the_plan_tells(run: Run, tmp_path: Path) -> None:
    path, scores = tmp_path / "three.toml", tmp_path / "scores.csv"
    save(three_works(), path)
    models = ("gpt-6-luna", "claude-sonnet-4-6")
    scores.write_text("prompt,model,score\n" + "".join(f"p{n},{m},{n % 9 > 0:d}\n" for n in range(200) for m in models))
    done = run("import", "evaluation", scores, "--into", path, *AS_OF)
    assert done.code == 0, done.err
    assert "recorded for “review”: GPT-6 Luna against Claude Sonnet 4.6, 200 prompts" in done.err
    (entry,) = load(path).plan.quality.evaluation
    assert (entry.workload, entry.model, entry.api_model) == ("review", *models)
    other = run("import", "evaluation", scores, "--into", path, "--workload", "chat", *AS_OF)
    assert "recorded for “chat”" in other.err
    assert [entry.workload for entry in load(path).plan.quality.evaluation] == ["review", "chat"]
