"""Logs that no tool is known to write: columns with plain names, and rows that are sums of many requests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.evidence.understand import Asking, NeedsError, understand
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.money import windows
from planner.evidence.usage.names import sure
from planner.evidence.usage.read import Asked, UnknownLogError, Usage, read_usage
from planner.evidence.usage.statistics import hour_of_week
from planner.evidence.usage.summary import grain_of, to_json
from planner.evidence.usage.told import to_text
from tests.evidence.evaluations.test_names import plan as three_works
from tests.evidence.load import as_csv, as_lines, put
from tests.tui.conftest import AS_OF

CATALOG = shipped_catalog()
SURE = (
    "timestamp,model,prompt_tokens,completion_tokens",
    "created_at,model_name,input_tokens,cached_tokens,output_tokens,total_tokens,note",
    "Start Time,Model,Input Tokens,Output Tokens,Requests,Service Tier,Status",
    "time,inputTokens,outputTokens,cache_read_input_tokens,cache_creation_input_tokens,reasoning_tokens",
)
OPEN = (
    "timestamp,model,prompt,completion",  # texts
    "timestamp,model,prompt_tokens",
    "model,prompt_tokens,completion_tokens",
    "timestamp,created_at,model,prompt_tokens,completion_tokens",
    "timestamp,model,prompt_tokens,input_tokens,completion_tokens",
    "timestamp,model,prompt_tokens,completion_tokens,audio_tokens",
    "timestamp,app,project,prompt_tokens,completion_tokens",
    "timestamp,prompt_tokens,Prompt Tokens,completion_tokens",
    "",
)


@pytest.mark.parametrize("columns", SURE)
def test_plain_names_need_no_mapping(columns: str) -> None:
    found = sure(columns.split(","))
    assert {"timestamp", "input", "output"} <= found.keys()


@pytest.mark.parametrize("columns", OPEN)
def test_what_may_be_two_things_is_not_guessed(columns: str) -> None:
    assert sure(columns.split(",")) == {}


def rows(
    count: int, told: int, *, step_h: int = 1, model: str = "gpt-4.1-mini", **more: int
) -> list[dict[str, object]]:
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    return [
        {"timestamp": (start + dt.timedelta(hours=n * step_h)).isoformat(), "model": model, "prompt_tokens": told,
         "completion_tokens": told // 20} | more
        for n in range(count)
    ]  # fmt: skip


def read(path: Path) -> Usage:
    return read_usage(path, Asked(window=windows(CATALOG)))


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_log_of_plain_names_is_read_and_says_how(tmp_path: Path, name: str) -> None:
    made = rows(400, 1_200)
    usage = read(put(tmp_path / name, as_csv(made) if name.endswith("csv") else as_lines(made)))
    said = to_json(usage)
    assert (said["requests"], said["tokens"]["input"], said["tokens"]["output"]) == (400, 480_000, 24_000)
    assert usage.sums is None
    assert "prompt_tokens = input" in to_text(usage, CATALOG)


def test_a_folder_is_not_guessed_at(tmp_path: Path) -> None:
    put(tmp_path / "pages" / "a.csv", as_csv(rows(40, 1_200)))
    with pytest.raises(UnknownLogError):
        read(tmp_path / "pages")


@pytest.mark.parametrize(
    ("told", "model"), [(12_200_000, "gpt-4.1-mini"), (2_500_000, "nobody's"), (250_000, "gpt-4o")]
)
def test_sums_of_many_requests_are_nobodys_size(tmp_path: Path, told: int, model: str) -> None:
    usage = read(put(tmp_path / "log.csv", as_csv(rows(714, told, model=model))))
    said = to_json(usage)
    assert (said["requests"], said["tokens"]["input"]) == (None, 714 * told)
    assert not usage.rollup.sizes
    assert grain_of(usage) == "hour"
    assert "sums of many requests" in to_text(usage, CATALOG)
    before = three_works()
    after = taken_into(before, usage, CATALOG, AS_OF, {model: "invoices"}).plan.workload[1]
    size = after.input_tokens + after.output_tokens
    assert size == pytest.approx(before.workload[1].input_tokens + before.workload[1].output_tokens, rel=1e-5)
    assert after.input_tokens / size == pytest.approx(20 / 21, rel=1e-4)
    assert after.input_tokens_p95 is None


def test_sums_of_days_have_no_shape_of_a_week(tmp_path: Path) -> None:
    usage = read(put(tmp_path / "log.csv", as_csv(rows(30, 90_000_000, step_h=24))))
    assert grain_of(usage) == "day"
    assert hour_of_week(usage.rollup) is not None
    assert to_json(usage)["hour_of_week_utc"] is None


def test_single_requests_stay_what_they_are(tmp_path: Path) -> None:
    usage = read(put(tmp_path / "log.csv", as_csv(rows(200, 120_000))))
    assert (to_json(usage)["requests"], usage.sums, grain_of(usage)) == (200, None, "request")


def test_a_column_that_counts_them_is_asked_for_and_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_CONFIG", str(tmp_path / "config.toml"))  # where the answer is remembered
    path = put(tmp_path / "log.csv", as_csv(rows(100, 12_000_000, menge=4_000)))
    plan = three_works()
    with pytest.raises(NeedsError) as asked:
        understand(path, Asking(catalog=CATALOG, day=AS_OF, plan=plan))
    assert asked.value.fields == ("requests",)
    assert asked.value.choices["requests"][0] == "menge"
    left = understand(
        path, Asking(catalog=CATALOG, day=AS_OF, plan=plan, given={"requests": asked.value.choices["requests"][-1]})
    )
    assert "sums of many requests" in left.text
    given = {"requests": "menge"}
    told = understand(path, Asking(catalog=CATALOG, day=AS_OF, plan=plan, given=given))
    work = told.into(plan)[0].workload[1]
    assert (work.input_tokens, work.output_tokens) == (3_000, 150)


def test_a_column_of_requests_is_taken_by_its_name(tmp_path: Path) -> None:
    usage = read(put(tmp_path / "log.csv", as_csv(rows(100, 12_000_000, requests=4_000))))
    assert (to_json(usage)["requests"], usage.sums) == (400_000, None)
