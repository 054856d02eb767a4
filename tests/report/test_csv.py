"""The report as long-format CSV."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal

from planner.report.csv import HEADER, to_csv
from tests.engine.plans import evaluated


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
    assert {len(line.split(",")) for line in text.splitlines()} == {5}
    assert {row["currency"] for row in _rows(text)} == {"EUR"}


def test_an_impossible_strategy_has_no_lines() -> None:
    rows = _rows(to_csv(evaluated("claude-8k-a-month")))
    assert {row["strategy"] for row in rows} == {"api_today", "api_tuned", "hosted_open", "hybrid"}
