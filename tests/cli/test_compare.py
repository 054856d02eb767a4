"""`planner compare`: differences first, the change in money, the answers that made it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from planner.plan.places import example_path
from tests.cli.conftest import AS_OF, Run

FIRST = "article-1m"


def _variant(tmp_path: Path) -> Path:
    text = example_path(FIRST).read_text(encoding="utf-8")
    assert "tokens_per_day = 1_000_000" in text
    path = tmp_path / "more.toml"
    path.write_text(text.replace("tokens_per_day = 1_000_000", "tokens_per_day = 2_000_000"), encoding="utf-8")
    return path


def test_money_and_answers_that_differ(run: Run, tmp_path: Path) -> None:
    outcome = run("compare", FIRST, _variant(tmp_path), *AS_OF)
    assert (outcome.code, outcome.err) == (0, "")
    words = " ".join(outcome.out.split())
    assert "B - A" in words
    assert "tokens_per_day 1_000_000 2_000_000" in words
    assert "Results that differ" in words
    assert words.index("Results that differ") < words.index("The same in all")


def test_json_holds_the_deltas(run: Run, tmp_path: Path) -> None:
    outcome = run("compare", FIRST, _variant(tmp_path), "article-10m", "--format", "json", *AS_OF)
    first, second, third = json.loads(outcome.out)["plans"]
    assert first["monthly_delta"] == "0.00"
    assert Decimal(second["monthly_cost"]) - Decimal(first["monthly_cost"]) == Decimal(second["monthly_delta"])
    assert len(second["differences"]) == 1
    assert second["differences"][0]["to"] == 2_000_000
    ten_times = float(third["monthly_by_strategy"]["api_today"]) / float(first["monthly_by_strategy"]["api_today"])
    assert ten_times == pytest.approx(10, rel=1e-3)


def test_a_plan_equals_itself(run: Run) -> None:
    outcome = run("compare", FIRST, FIRST, *AS_OF)
    assert "The same answers and assumptions." in outcome.out
    assert "Results that differ" not in outcome.out


def test_plans_of_two_currencies_are_compared_in_the_first(run: Run) -> None:
    outcome = run("compare", FIRST, "embeddings", *AS_OF)
    assert "EUR 1 = USD" in outcome.out
    assert outcome.code == 0


def test_markdown_and_html(run: Run) -> None:
    assert run("compare", FIRST, "article-10m", "--format", "markdown").out.startswith("# Compare")
    assert run("compare", FIRST, "article-10m", "--format", "html").out.startswith("<!DOCTYPE html>")
