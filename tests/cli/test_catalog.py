"""`planner catalog`: the facts, filtered, as text and JSON, and a user's own file over them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import AS_OF, Run

KINDS = ("models", "gpus", "offers", "apis", "engines")


def test_overview_counts_every_kind(run: Run) -> None:
    counts = json.loads(run("catalog", "--format", "json").out)
    assert set(counts) == set(KINDS)
    text = run("catalog").out
    for kind, count in counts.items():
        assert f"{kind}" in text
        assert str(count) in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_as_text_and_json(run: Run, kind: str) -> None:
    records = json.loads(run("catalog", kind, "--format", "json").out)
    assert all(record["id"] and record["citation"]["source"] and record["citation"]["as_of"] for record in records)
    lines = run("catalog", kind, *AS_OF).out.splitlines()
    assert len(lines) == len(records) + 4
    assert lines[-1] == f"{len(records)} {kind}"


def test_words_narrow_the_list(run: Run) -> None:
    outcome = run("catalog", "gpus", "rtx", "4090", "--format", "json")
    assert {record["id"] for record in json.loads(outcome.out)} == {"rtx-4090", "rtx-4090-48gb"}
    assert run("catalog", "gpus", "no-such-card").out.splitlines()[-1] == "0 gpus"


def test_stale_prices_are_marked(run: Run) -> None:
    assert "2026-06-15 STALE" in run("catalog", "offers", "hetzner-gex44-1", *AS_OF).out
    assert "STALE" not in run("catalog", "apis", "claude-sonnet-4-6", *AS_OF).out


def test_a_file_of_one_s_own_lies_over_the_shipped_facts(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[offers.hetzner-gex45]\nprice = 99.0\n")
    (record,) = json.loads(run("catalog", "offers", "hetzner-gex45", "--catalog", own, "--format", "json").out)
    assert record["price"] == 99.0
    assert record["citation"]["source"] == str(own)


def test_a_bad_file_of_one_s_own_is_named(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[offers.hetzner-gex45]\nprice = "cheap"\n')
    outcome = run("catalog", "offers", "--catalog", own)
    assert outcome.code == 2
    assert f"{own}:2: offers.hetzner-gex45.price" in outcome.complaint
    assert run("catalog", "--catalog", tmp_path / "none.toml").code == 2


def test_it_writes_to_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "gpus.json"
    assert run("catalog", "gpus", "--format", "json", "-o", target).code == 0
    assert len(json.loads(target.read_text(encoding="utf-8"))) > 50
