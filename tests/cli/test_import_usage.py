"""`planner import usage` as somebody types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan.edit import set_values
from planner.plan.store import load, save
from tests.cli.conftest import AS_OF, ROOT, Run
from tests.evidence.evaluations.test_names import plan as three_works
from tests.evidence.load import MARK, as_csv, calls, put
from tests.evidence.requests import openrouter_rows
from tests.evidence.test_usage_matching import log
from tests.evidence.writers import MONEY, WRITERS

LOAD = calls()
KEYS = (
    "file", "format", "grain", "zone", "rows", "span", "tokens_per_day", "hour_of_week_utc", "requests",
    "failed_requests", "tokens", "latency_sum_ms", "cost", "by_model", "by_workload",
)  # fmt: skip


@pytest.fixture(name="plan")
def _plan(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "team.toml"
    assert run("new", "team", "--bill", "9000EUR", "--on", "gpt-5.4", "-o", path, *AS_OF).code == 0
    return path


def test_the_summary_has_the_documented_keys(run: Run, tmp_path: Path) -> None:
    done = run("import", "usage", WRITERS["litellm_spendlogs"][0](tmp_path, LOAD), "--format", "json")
    said = json.loads(done.out)
    assert (done.code, tuple(said)) == (0, KEYS)
    assert (said["file"], said["format"]) == ("logs.csv.gz", "litellm_spendlogs")


def test_text_says_rows_span_shares_and_money(run: Run, tmp_path: Path) -> None:
    said = run("import", "usage", WRITERS["litellm_spendlogs"][0](tmp_path, LOAD)).out
    for part in ("litellm_spendlogs, by request", "failed", "missing: 2026-09-13", "zone       UTC",
                 "cache      unknown for 0 %", "no price   claude-a, claude-c, gpt-b", "as logged"):  # fmt: skip
        assert part in said


@pytest.mark.parametrize("name", [*WRITERS, *MONEY])
def test_nobodys_words_are_printed(name: str, run: Run, tmp_path: Path) -> None:
    path = WRITERS[name][0](tmp_path, LOAD) if name in WRITERS else put(tmp_path / "money", MONEY[name])
    for form in ("text", "json"):
        done = run("import", "usage", path, "--format", form)
        assert done.code == 0
        assert MARK not in done.out + done.err


def test_notes_go_beside_the_json(run: Run, tmp_path: Path) -> None:
    done = run("import", "usage", put(tmp_path / "a.json", MONEY["litellm_spend_summary"]), "--format", "json")
    assert json.loads(done.out)["tokens"]["input"] is None
    assert "summarize=false" in done.err


def test_missing_pages_are_said(run: Run, tmp_path: Path) -> None:
    folder = WRITERS["openai_usage_api_json"][0](tmp_path, LOAD)
    (folder / "page2.json").unlink()
    assert "pages are missing" in run("import", "usage", folder).out


def test_an_unknown_log_is_mapped_once(run: Run, tmp_path: Path) -> None:
    log = put(tmp_path / "log.csv", "wann;rein;raus\n19.10.2026 09:00;1;2\n")
    refused = run("import", "usage", log)
    assert refused.code == 2
    assert "columns wann, rein, raus" in refused.complaint
    assert "--mapping" in refused.complaint
    mapping = put(
        tmp_path / "map.json", '{"timestamp": "wann", "input": "rein", "output": "raus", "zone": "Europe/Berlin"}'
    )
    assert run("import", "usage", log, "--mapping", mapping).code == 0
    again = put(tmp_path / "other.csv", "raus;wann;rein\n7;20.10.2026 09:00;1\n")
    said = json.loads(run("import", "usage", again, "--format", "json").out)
    assert (said["tokens"]["output"], said["zone"]) == (7, "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected an object such as"),
        ('{"timestamp": "a"}', "expected timestamp and input, input_uncached or output"),
        ('{"timestamp": "a", "inputs": "b"}', 'inputs: there is no such key; did you mean "input"?'),
        ('{"timestamp": "a", "input": 3}', "input: expected the name of a column in quotes"),
    ],
)
def test_a_mapping_that_is_none(text: str, problem: str, run: Run, tmp_path: Path) -> None:
    log = put(tmp_path / "log.csv", "wann;rein\n19.10.2026 09:00;1\n")
    done = run("import", "usage", log, "--mapping", put(tmp_path / "map.json", text))
    assert done.code == 2
    assert "map.json" in done.complaint
    assert problem in done.complaint


def test_into_a_plan(run: Run, tmp_path: Path, plan: Path) -> None:
    plan.write_text(plan.read_text().replace("[volume]", "# ours\n[volume]"))
    done = run("import", "usage", WRITERS["helicone"][0](tmp_path, LOAD), "--into", plan, *AS_OF)
    assert done.code == 0
    assert "added: " in done.err
    assert "10 days of history" in done.err
    text = plan.read_text()
    assert "# ours" in text
    assert "history_days = 10" in text
    assert 'file = "helicone.jsonl.gz"' in text
    assert MARK not in text
    assert run("report", plan, *AS_OF).code == 0


def test_an_example_is_not_written_over(run: Run, tmp_path: Path) -> None:
    done = run("import", "usage", WRITERS["helicone"][0](tmp_path, LOAD), "--into", "hospital")
    assert done.code == 2
    assert "this is an example" in done.err


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--timezone", "Mars/Olympus"), "--timezone"),
        (("--workload-by", "project"), "--workload-by"),
        (("--since", "then"), "--since"),
        (("--into", "nowhere"), "no such file, plan or example"),
    ],
)
def test_options_that_are_wrong(more: tuple[str, ...], problem: str, run: Run, tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", as_csv(openrouter_rows(LOAD)))
    if "project" in more:
        path = WRITERS["azure_llm_trace_csv"][0](tmp_path, LOAD)
    done = run("import", "usage", path, *more)
    assert done.code == 2
    assert problem in done.err


def test_the_table_of_hours_can_be_kept(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "hours.csv"
    assert run("import", "usage", WRITERS["azure_llm_trace_csv"][0](tmp_path, LOAD), "--rollup", target).code == 0
    head, first, *_ = target.read_bytes().decode().split("\n")
    assert head == (
        "hour_utc,model,workload,batch,requests,failed,input,cached,cache_write_5m,cache_write_1h,cache_write,output,"
        "reasoning,latency_sum_ms"
    )
    assert first.startswith("2026-09-07T0")
    assert target.read_bytes().endswith(b"\n")
    assert b"\r" not in target.read_bytes()


def test_standard_input(tmp_path: Path) -> None:
    """A log that comes through a pipe, packed."""
    path = WRITERS["helicone"][0](tmp_path, LOAD)
    with path.open("rb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "planner", "import", "usage", "-", "--format", "json"],
            stdin=log, capture_output=True, cwd=ROOT, timeout=60, check=True,
        )  # fmt: skip
    assert json.loads(done.stdout)["format"] == "helicone"


def test_work_that_the_log_calls_otherwise_is_counted_once(run: Run, tmp_path: Path) -> None:
    plan, path = tmp_path / "three.toml", log(tmp_path, {"gpt-5.4": "", "claude-sonnet-4-6": ""})
    save(set_values(three_works(), {("workload", 1, "api_model"): "gpt-5.4"}), plan)
    before = plan.read_bytes()
    done = run("import", "usage", path, "--into", plan, *AS_OF)
    assert done.code == 2
    assert "--work: “gpt-5.4” does several works of the plan (chat, invoices)" in done.complaint
    assert plan.read_bytes() == before
    assert run("import", "usage", path, "--into", plan, "--work", "gpt-5.4=nothing", *AS_OF).code == 2
    done = run("import", "usage", path, "--into", plan, "--work", "gpt-5.4=Invoices", *AS_OF)
    assert done.code == 0, done.err
    assert "“claude-sonnet-4-6” in the log is “review” of the plan" in done.err
    assert [work.name for work in load(plan).plan.workload] == ["chat", "invoices", "review"]
    assert run("import", "usage", path, "--into", plan, "--work", "gpt-5.4=", *AS_OF).code == 0
    assert len(load(plan).plan.workload) == 4
