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


def test_what_a_plan_forbids_is_marked(run: Run) -> None:
    """The hospital may not use an API: its cheap column is no offer."""
    out = run("compare", "hospital", "bulk-classifier", *AS_OF).out
    row = next(line for line in out.splitlines() if "API today" in line)
    assert row.count("×") == 1
    assert "× not allowed in that plan" in out
    assert "×" not in run("compare", "article-10m", "bulk-classifier", *AS_OF).out


def test_a_fleet_that_nobody_proposes_is_called_so(run: Run) -> None:
    out = " ".join(run("compare", "article-10m", "coding-agent", *AS_OF).out.split())
    assert "Machine none" in out
    assert "if you had your own" in out


def test_answers_are_grouped_and_few(run: Run) -> None:
    """Two plans that share nothing: an entry once, no text of the file across ten lines, no key cut inside a word."""
    out = run("compare", "hospital", "bulk-classifier", *AS_OF).out
    assert len(out.splitlines()) < 110
    assert "only here," in out
    assert '"""' not in out
    assert "[volume]" in out
    assert "growth_per_month" in out


def test_more_than_a_page_of_differences_says_how_many_and_where(run: Run, tmp_path: Path) -> None:
    text = example_path("hospital").read_text(encoding="utf-8")
    changed = tmp_path / "other.toml"
    assert "[assumptions]" not in text
    lines = [text, "[assumptions]", *(f"{name} = {value}" for name, value in _OWN.items())]
    changed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    outcome = run("compare", "hospital", changed, *AS_OF)
    assert outcome.code == 0, outcome.err
    said = " ".join(outcome.out.split())
    assert "more differ; planner compare with --format json lists all of them." in said
    listed = json.loads(run("compare", "hospital", changed, "--format", "json", *AS_OF).out)["plans"][1]["differences"]
    assert {item["key"] for item in listed} >= {f"assumptions.{name}" for name in _OWN}


_OWN = {
    "engineer_eur_year": 90_000, "setup_weeks": 4, "ongoing_engineer_fraction": 0.3, "hiring_cost_eur": 9_000,
    "hiring_delay_months": 2, "model_swap_weeks": 2, "observability_usd_month": 10, "security_usd_month": 11,
    "storage_egress_usd_month": 12, "cold_start_minutes": 3, "pue": 1.3,
}  # fmt: skip


def test_a_verdict_in_another_currency_is_said_in_the_first_as_well(run: Run) -> None:
    out = " ".join(run("compare", FIRST, "embeddings", *AS_OF).out.split())
    assert "(in USD: $" in out or "(in EUR: €" in out
