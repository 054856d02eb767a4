"""A plan made from what is paid today, in one command."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.cli.main import main
from planner.plan.fields import range_of
from planner.plan.store import load
from tests.cli.conftest import AS_OF, Run

FIRM = (
    "new", "Berlin", "--work", "RAG chat", "--bill", "5000EUR", "--on", "gpt-5.4", "--kind", "rag",
    "--work", "nightly invoices", "--bill", "2.500 EUR", "--on", "gpt-4.1-mini", "--kind", "extraction", "--background",
    "--work", "code review", "--bill", "€78k a year", "--on", "sonnet 4.6", "--kind", "coding_agent",
    "--growth", "8 %", "--gpu-experience", "yes", "--residency", "no", "--eu-company",
)  # fmt: skip


def test_a_firm_with_three_bills_in_one_command(run: Run, tmp_path: Path) -> None:
    outcome = run(*FIRM, *AS_OF)
    assert outcome.code == 0
    assert outcome.err.startswith("wrote profiles/berlin.toml")
    plan = load(tmp_path / "profiles" / "berlin.toml").plan
    told = [(w.name, w.bill.amount, w.bill.currency, w.bill.per, w.api_model) for w in plan.workload if w.bill]
    assert told == [
        ("RAG chat", 5_000, "EUR", "month", "gpt-5.4"),
        ("nightly invoices", 2_500, "EUR", "month", "gpt-4.1-mini"),
        ("code review", 78_000, "EUR", "year", "claude-sonnet-4-6"),
    ]
    assert [w.latency for w in plan.workload] == ["interactive", "background", "interactive"]
    assert (plan.currency, plan.volume.growth_per_month, plan.volume.baseline_api) == ("EUR", 0.08, "gpt-5.4")
    assert (plan.operations.gpu_experience, plan.residency.answer, plan.residency.company_in_eu) == ("yes", "no", True)
    assert plan.result is not None
    assert plan.result.headline in outcome.out
    report = " ".join(run("report", tmp_path / "profiles" / "berlin.toml", *AS_OF).out.split())
    assert " ".join(outcome.out.split()) in report, "one verdict, wherever it is said"


def test_the_shortest_form_names_no_workload(run: Run, tmp_path: Path) -> None:
    outcome = run("new", "--bill", "$8k a month", "--on", "gpt-5.4", "-o", tmp_path / "x.toml", *AS_OF)
    assert outcome.code == 0
    plan = load(tmp_path / "x.toml").plan
    assert (plan.currency, plan.workload[0].name, len(plan.workload)) == ("USD", "main workload", 1)


def test_a_plan_can_go_straight_into_a_report(run: Run, tmp_path: Path) -> None:
    outcome = run("new", "--tokens", "6M", "-o", "-", *AS_OF)
    assert outcome.out.startswith("schema = 1\n")
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_over(run: Run, tmp_path: Path) -> None:
    first = run("new", "A", "--tokens", "6M", *AS_OF)
    second = run("new", "A", "--tokens", "6M", *AS_OF)
    assert "profiles/a.toml" in first.err
    assert "profiles/a-2.toml" in second.err
    third = run("new", "A", "--tokens", "6M", "-o", tmp_path / "profiles" / "a.toml", *AS_OF)
    assert third.code == 2
    assert "there is a file of this name already" in third.complaint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what is used today: planner new --bill 14000EUR --on gpt-5.4"),
        (("--work", "x"), "'x' needs --bill, --requests or --tokens"),
        (("--bill", "14000", "--on", "gpt-5.4"), "“14000” names no currency"),
        (("--bill", "$14.000", "--on", "gpt-5.4"), "--bill: “$14.000” can mean two numbers"),
        (("--bill", "5EUR", "--bill", "6EUR"), "given twice for 'main workload'"),
        (("--bill", "5EUR", "--on", "sonnt"), "--on: nothing is called 'sonnt'; nearest: claude-sonnet"),
        (("--bill", "5EUR", "--on", "gpt"), "--on: 'gpt' fits several"),
        (("--bill", "5EUR", "--tokens", "6M"), "exactly one of bill, tokens_per_day, requests_per_day"),
        (("--bill", "5EUR", "--kind", "ragg"), 'workload[1].kind: found "ragg"'),
        (("--bill", "5EUR", "--growth", "lots"), "--growth: “lots” is not a share"),
        (("--bill", "5EUR", "--currency", "euro"), "currency"),
        (("--bill", "5EUR", "--profile", "night"), "volume.profile"),
    ],
)
def test_what_cannot_be_meant_is_one_line(run: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    outcome = run("new", *words, *AS_OF)
    assert outcome.code == 2
    assert said in outcome.complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("growth", ["-10%", "-10", "-12 .. -10 .. -8 %"])
def test_a_volume_may_fall_and_an_embedding_writes_nothing(run: Run, tmp_path: Path, growth: str) -> None:
    made = tmp_path / "plan.toml"
    work = ("--kind", "embedding", "--on", "text-embedding-3-large", "--output-tokens", "0", "--tokens", "1B")
    assert run("new", *work, "--growth", growth, "-o", made, *AS_OF).code == 0
    plan = load(made).plan
    assert plan.workload[0].output_tokens == 0
    assert range_of(plan.volume.growth_per_month).mid == pytest.approx(-0.1)


def test_options_of_one_call_are_not_those_of_the_next(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(["new", name, "--tokens", "6M", *AS_OF]) == 0
        assert len(load(tmp_path / "profiles" / f"{name}.toml").plan.workload) == 1
