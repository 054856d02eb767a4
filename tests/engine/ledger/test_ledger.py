"""Sums to the cent: buckets to months, months to totals, for every strategy of every plan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings

from planner.catalog.load import shipped_catalog
from planner.engine.ledger.months import cents
from planner.engine.specs import BUCKETS, STRATEGIES, Evaluation, Inputs, MonthCost
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.words.traces import price_value
from tests.engine import plans
from tests.evaluations import TUNED, inside

CENT = Decimal("0.01")


def assert_adds_up(evaluation: Evaluation) -> None:
    assert set(evaluation.ledgers) == set(STRATEGIES)
    for ledger in evaluation.ledgers.values():
        if not ledger.possible:
            assert ledger.months == ()
            assert ledger.reason
            continue
        assert len(ledger.months) == 12
        for month in ledger.months:
            assert set(month.buckets) <= set(BUCKETS)
            assert month.total == sum(month.buckets.values(), Decimal(0))
            assert all(v == v.quantize(CENT) for v in month.buckets.values())
            assert all(v >= 0 for v in month.buckets.values())
        assert ledger.total == sum((m.total for m in ledger.months), Decimal(0))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_adds_up(name: str) -> None:
    assert_adds_up(plans.evaluated(name))


@settings(max_examples=25)
@given(plans.inputs())
def test_random_plans_add_up(inputs: Inputs) -> None:
    assert_adds_up(evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0))


def test_gpu_rent_is_used_plus_idle_plus_redundancy() -> None:
    found = inside(TUNED)
    assert found.choice is not None
    live = found.ledgers["hybrid"].months[-1].buckets
    rent = live["gpu_used"] + live["gpu_idle"] + live["redundancy"]
    offer = found.offer_of(found.choice)
    expected = offer.price * found.catalog.usd_per[offer.currency] / found.usd_per_unit * found.choice.offers_rented
    assert float(rent) == pytest.approx(expected, abs=0.02)
    assert live["redundancy"] > 0  # interactive work without an API to fall back on keeps a spare
    assert live["gpu_idle"] > 0


def test_people_are_paid_only_from_the_month_they_work() -> None:
    months = plans.evaluated("hospital").ledgers["self_host"].months
    assert months[0].buckets["hiring"] > 0  # recruiting
    assert months[0].buckets["ongoing_engineering"] == 0
    assert months[-1].buckets["ongoing_engineering"] > 0
    assert sum(m.buckets["setup_engineering"] > 0 for m in months) == 2  # three weeks from the middle of month 5


def test_cents_round_halves_to_even_once() -> None:
    assert cents(0.125) == Decimal("0.12")
    assert cents(0.135) == Decimal("0.14")
    assert cents(1e-9) == Decimal("0.00")


def test_the_api_is_paid_while_somebody_is_hired() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    nobody = plans.changed(
        inputs,
        operations={"gpu_experience": "no", "hiring_budget": "yes"},
        workload=plans.scaled(inputs.workload, 2),  # half of that does not pay a salary
    )
    nobody = plans.with_assumptions(nobody, shared_endpoint_tokens_per_minute=1e9)  # a host takes all of it
    found = evaluate(nobody, catalog, plans.AS_OF, draws=0)
    months, api = found.ledgers["hybrid"].months, found.ledgers["hosted_open"].months
    delay = round(catalog.assumptions["hiring_delay_months"].mid)
    assert delay >= 3
    for month in range(delay):
        assert _api(months[month]) == pytest.approx(_api(api[month]), rel=1e-6)
        assert months[month].buckets["gpu_used"] == months[month].buckets["gpu_idle"] == 0
    assert months[delay].buckets["setup_engineering"] > 0
    assert _api(months[-1]) < 0.1 * _api(api[-1])
    assert months[-1].buckets["hiring"] > 0  # more of a salary than the upkeep needs


def _api(month: MonthCost) -> float:
    return float(sum(v for name, v in month.buckets.items() if name.startswith("api_")))


def test_two_model_swaps_a_year_of_a_week_each() -> None:
    found = plans.evaluated("bulk-classifier")
    week = found.catalog.assumptions["engineer_eur_year"].mid / 52
    live = [m for m in found.ledgers["hybrid"].months if m.buckets["model_updates"] > 0]
    paid = float(sum(m.buckets["model_updates"] for m in live))
    assert paid == pytest.approx(2 * week * len(live) / 12, rel=0.01)
    assert len(live) >= 11


def test_the_exchange_rate_is_stated_with_its_day() -> None:
    found = plans.evaluated("hospital")
    rate = next(p for p in found.prices_used if p.kind == "fx")
    assert f"${found.usd_per_unit:.4f}" in price_value(found, rate)
    assert rate.as_of
    assert rate.source
