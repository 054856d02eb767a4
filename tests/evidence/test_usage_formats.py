"""The same load through every format: the same volumes, and what a format cannot know stays unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage.detect import FORMATS
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.summary import to_json
from tests.evidence.load import DAYS, GAP, MARK, START, Call, calls, put, total
from tests.evidence.writers import MONEY, WRITERS

LOAD = calls()
DONE = [call for call in LOAD if call.ok]
TOKENS = {"input": "input", "cached_input": "cached", "cache_write": "write", "cache_write_5m": "write_5m",
          "cache_write_1h": "write_1h", "output": "output", "reasoning": "reasoning"}  # fmt: skip


def written(name: str, folder: Path) -> Path:
    return WRITERS[name][0](folder, LOAD)


def read(name: str, folder: Path, **asked: Any) -> tuple[Usage, dict[str, Any]]:
    usage = read_usage(written(name, folder), Asked(**asked))
    return usage, to_json(usage)


def tokens_by_day(made: list[Call]) -> list[int]:
    days: dict[object, int] = {}
    for call in made:
        days[call.at.date()] = days.get(call.at.date(), 0) + call.input + call.output
    return list(days.values())


def test_every_format_is_written_here() -> None:
    assert {form.name for form in FORMATS} == set(WRITERS) | set(MONEY)


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_load_gives_the_same_volumes(name: str, tmp_path: Path) -> None:
    usage, said = read(name, tmp_path)
    knows = WRITERS[name][1]
    assert said["format"] == name
    for key, field in TOKENS.items():
        wanted = total(DONE, field) if field in knows or key in knows else None
        assert said["tokens"][key] == wanted, key
    assert said["requests"] == (len(DONE) if "requests" in knows else None)
    assert said["failed_requests"] == (len(LOAD) - len(DONE) if "failed" in knows else None)
    assert said["latency_sum_ms"] == (total(DONE, "latency_ms") if "latency" in knows else None)
    batch = sum(call.input + call.output for call in DONE if call.batch)
    assert said["tokens"]["batch_total"] == (batch if "batch" in knows else None)
    assert usage.read == usage.used + sum(usage.skipped.values())


@pytest.mark.parametrize("name", [name for name, (_, knows) in WRITERS.items() if "days" in knows])
def test_days_and_gaps(name: str, tmp_path: Path) -> None:
    said = read(name, tmp_path)[1]
    days = tokens_by_day(DONE)
    assert said["span"]["missing_days"] == [str((START.replace(day=START.day + GAP)).date())]
    assert said["span"]["days_observed"] == len(days) == DAYS - 1
    assert said["tokens_per_day"]["observed"]["mean"] == pytest.approx(sum(days) / len(days), abs=0.001)
    assert said["tokens_per_day"]["calendar"]["mean"] == pytest.approx(sum(days) / DAYS, abs=0.001)
    assert said["tokens_per_day"]["observed"]["max"] == max(days)


@pytest.mark.parametrize("name", [name for name, (_, knows) in WRITERS.items() if "workloads" in knows])
def test_workloads(name: str, tmp_path: Path) -> None:
    said = read(name, tmp_path)[1]
    for workload in ("chat", "mail", "agent"):
        own = [call for call in DONE if call.workload == workload]
        assert said["by_workload"][workload] == {
            "requests": len(own), "input": total(own, "input"), "output": total(own, "output"),
        }  # fmt: skip


@pytest.mark.parametrize("name", [name for name, (_, knows) in WRITERS.items() if "cost" in knows])
def test_money_as_logged(name: str, tmp_path: Path) -> None:
    said = read(name, tmp_path)[1]
    assert said["cost"]["amount"] == pytest.approx(sum(call.cost for call in DONE), rel=1e-6)
    assert said["cost"]["currency"] == "USD"


@pytest.mark.parametrize("name", MONEY)
def test_money_without_tokens(name: str, tmp_path: Path) -> None:
    said = to_json(read_usage(put(tmp_path / "money", MONEY[name])))
    assert (said["format"], said["cost"]) == (name, {"amount": 2.5, "currency": "USD"})
    assert set(said["tokens"].values()) == {None}
    assert said["tokens_per_day"] is said["requests"] is said["by_model"] is None
    assert said["span"]["first"] == "2026-09-07"


@pytest.mark.parametrize("name", WRITERS)
def test_no_text_of_anybody_is_kept(name: str, tmp_path: Path) -> None:
    usage, said = read(name, tmp_path)
    everything = [json.dumps(said), *usage.rollup.lines(), str(usage.rollup.sizes), str(usage.cost_of), usage.problem]
    assert MARK not in "\n".join(everything)
