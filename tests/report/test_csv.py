"""The report as long-format CSV."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal

import pytest

from planner.plan.places import EXAMPLES
from planner.report.csv import HEADER, to_csv
from tests.engine.plans import evaluated
from tests.evaluations import named


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_buckets_sum_to_months_and_months_to_totals() -> None:
    evaluation = evaluated("bulk-classifier")
    months: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    buckets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    totals = {}
    for row in _rows(to_csv(evaluation)):
        amount, key = Decimal(row["amount"]), (row["strategy"], row["month"])
        if row["bucket"] == "total":
            totals[key] = amount
        else:
            months[key] += amount
            buckets[row["strategy"], row["bucket"]] += amount if row["month"] != "total" else -amount
    assert totals == months
    assert set(buckets.values()) == {Decimal(0)}
    for strategy, ledger in evaluation.ledgers.items():
        assert totals[strategy, "total"] == ledger.total


def test_it_is_long_and_regular() -> None:
    text = to_csv(evaluated("bulk-classifier"))
    assert text.splitlines()[0] == ",".join(HEADER)
    assert HEADER[:5] == ("month", "strategy", "bucket", "amount", "currency"), "others read these by their place"
    assert {len(row) for row in csv.reader(io.StringIO(text))} == {len(HEADER)}
    assert {row["currency"] for row in _rows(text)} == {"EUR"}


def test_an_impossible_strategy_has_no_lines() -> None:
    rows = _rows(to_csv(evaluated("claude-8k-a-month")))
    assert {row["strategy"] for row in rows} == {"api_today", "api_tuned", "hosted_open", "hybrid"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_pivot_counts_each_amount_once(name: str) -> None:
    """Without sums, and without the same plan under another name, a spreadsheet adds up to the ledger."""
    evaluation = evaluated(name)
    once: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(to_csv(evaluation)):
        if row["is_sum"] == "no" and not row["same_as"]:
            once[row["strategy"]] += Decimal(row["amount"])
    known = {s: ledger.total for s, ledger in evaluation.ledgers.items() if ledger.months and ledger.same_as is None}
    assert once == known


def test_a_line_says_of_which_plan_it_is_and_how_sure() -> None:
    evaluation = named("claude-8k-a-month", "=1+1, a name")
    rows = _rows(to_csv(evaluation))
    assert {(row["plan"], row["as_of"]) for row in rows} == {("'=1+1, a name", evaluation.as_of.isoformat())}
    for strategy, ledger in evaluation.ledgers.items():
        marks = {(row["untested"], row["allowed"]) for row in rows if row["strategy"] == strategy}
        assert marks <= {("yes" if ledger.untested else "no", "yes" if ledger.allowed else "no")}
