"""Read as somebody who checks: each amount of the verdict and the routes stands in the ledger too, or follows from it.

Follows means: a total, a twelfth of it, the difference of two totals, or a sum of buckets over the year.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from planner import quantities
from planner.engine.api_prices import month_today
from planner.engine.specs import BUCKETS, STRATEGIES, Evaluation
from planner.plan.places import EXAMPLES
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from tests.engine import plans

AMOUNT = re.compile(r"[$€£]\d[\d,]*(?<!,)(?:\.\d+)?")
RENT = ("gpu_used", "gpu_idle", "redundancy", "hardware", "power", "colocation")
PEOPLE = tuple(b for b in BUCKETS if not b.startswith("api_") and b not in RENT)
"""With set-up fees."""


def of_the_ledger(json: dict[str, Any]) -> set[Decimal]:
    """Totals, their twelfths, and what lies between two of them: from the months alone, not from the totals."""
    totals = []
    for strategy in STRATEGIES:
        months = [m["strategies"][strategy] for m in json["months"]]
        if months[0] is not None:
            totals.append(sum((Decimal(v) for m in months for v in m["buckets"].values()), Decimal(0)))
            assert totals[-1] == Decimal(json["totals"][strategy]["total"])
    for begins in {t["not_served"]["all_served_from_month"] for t in json["totals"].values() if t and t["not_served"]}:
        for strategy in STRATEGIES:
            months = [m["strategies"][strategy] for m in json["months"][begins - 1 :]]
            if months[0] is not None:
                year = sum((Decimal(m["total"]) for m in months), Decimal(0)) / len(months) * 12
                totals.append(year.quantize(Decimal("0.01")))
    between = [abs(a - b) for a, b in combinations(totals, 2)]
    return {*totals, *(t / 12 for t in totals), *between, *(b / 12 for b in between)}


def of_the_bought(evaluation: Evaluation) -> set[Decimal]:
    """What the same GPUs come to where they are bought, beside the ledgers: once, and over 12 months."""
    return {amount for row in evaluation.cash for amount in (row.paid_once, row.ledger, row.first_year)}


def of_the_answer(evaluation: Evaluation, json: dict[str, Any]) -> set[Decimal]:
    """What workloads save in 12 months, one or several together, what the hand costs, what a bill is held to, what
    tests and hiring take, the ends of the band, and what is paid a month at today's volume and prices: its first month,
    before growth and what is announced."""
    rows = [Decimal(w["month_before"]) - Decimal(w["month_after"]) for w in json["answer"]["workloads"]]
    some = (part for size in range(1, len(rows) + 1) for part in combinations(rows, size))
    found = {12 * sum(part, Decimal(0)) for part in some}
    inputs, day = evaluation.inputs, evaluation.as_of
    now = sum(month_today(work, inputs, evaluation.catalog, day) for work in inputs.workload)
    found.add(Decimal(str(now)))
    takes, best = evaluation.answer.takes, evaluation.recommended
    found |= {Decimal(str(takes.swap_cost)), Decimal(str(takes.hiring_cost))}
    if best is not None:
        found |= {
            best.months[0].total * Decimal("1.1"),
            *(Decimal(str(edge)) for edge in (best.p10, best.p50, best.p90)),
        }
    return found


def is_known(text: str, known: set[str], sums: set[Decimal]) -> bool:
    """In the ledger as it is shown; of sums of months to the unit, as each month is rounded to a cent."""
    amount = Decimal(text.strip("$€£").replace(",", ""))
    return text in known or any(abs(amount - each) <= 1 for each in sums)


def shown(amounts: set[Decimal], currency: str) -> set[str]:
    return {quantities.money(a, currency) for a in amounts} | {quantities.money(float(a), currency) for a in amounts}


def part(report: str, title: str) -> str:
    _, _, rest = report.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def checked(name: str) -> tuple[Evaluation, dict[str, Any], str]:
    evaluation = plans.evaluated(name)
    return evaluation, to_json(evaluation, name, None), to_markdown(evaluation)


@pytest.mark.parametrize("name", EXAMPLES)
def test_amounts_of_the_verdict_stand_in_the_ledger(name: str) -> None:
    evaluation, json, report = checked(name)
    known = shown(of_the_ledger(json) | of_the_bought(evaluation), evaluation.inputs.currency)
    said = {
        "Markdown": report.partition("\n## ")[0].partition("\n")[2] + part(report, "Two numbers decide"),
        "answer": " ".join([json["answer"]["line"], *(s["text"] for s in json["answer"]["next_steps"])]),
        "JSON": " ".join([json["verdict"]["headline"], json["verdict"]["deciding_fact"], *json["verdict"]["reasons"]]),
    }
    for where, text in said.items():
        sums = of_the_answer(evaluation, json)
        missing = [amount for amount in AMOUNT.findall(text) if not is_known(amount, known, sums)]
        assert not missing, (where, missing)


def year_of(json: dict[str, Any], strategy: str) -> dict[str, Decimal]:
    """Every bucket of the year; none where the strategy is not possible."""
    months = [m["strategies"][strategy] for m in json["months"]]
    if months[0] is None:
        return {}
    return {b: sum((Decimal(m["buckets"].get(b, 0)) for m in months), Decimal(0)) for b in BUCKETS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_routes_add_up_to_the_ledger(name: str) -> None:
    """All routes together are the rent and the endpoints of the ledger; people and set-up fees belong to no route."""
    evaluation, json, _ = checked(name)
    strategy = evaluation.planned or "hybrid"
    routes = sum((Decimal(r["monthly_cost"]) for r in json["routes"]), Decimal(0))
    year = year_of(json, strategy)
    priced = sum((amount for bucket, amount in year.items() if bucket.startswith("api_") or bucket in RENT), Decimal(0))
    beside = sum((amount for bucket, amount in year.items() if bucket in PEOPLE), Decimal(0))
    assert priced + beside == Decimal(json["totals"][strategy]["total"])
    assert abs(routes * 12 - priced) <= Decimal("0.06") * len(json["routes"]) + Decimal("0.005") * 12 * len(year)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_plans_own_row_of_the_curve_stands_in_the_ledger(name: str) -> None:
    """To the unit that is shown: the curve adds floats, the ledger cents, so an amount at a half may round apart."""
    _, json, report = checked(name)
    known = of_the_ledger(json) | {Decimal(0)}
    for strategy in ("self_host", "hybrid"):
        year = year_of(json, strategy)
        api = sum((amount for bucket, amount in year.items() if bucket.startswith("api_")), Decimal(0))
        rent = sum((year.get(bucket, Decimal(0)) for bucket in RENT), Decimal(0))
        known |= {api, rent, sum(year.values(), Decimal(0)) - api - rent}
    rows = [line for line in part(report, "Routes").splitlines() if "| the plan" in line]
    assert rows
    for row in rows:
        for text in AMOUNT.findall(row):
            amount = Decimal(text.strip("$€£").replace(",", ""))
            assert min(abs(amount - each) for each in known) <= 1, (text, row)
