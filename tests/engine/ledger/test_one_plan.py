"""The routes shown, the headline and the ledger are one plan; the same plan under two names is shown once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings

from planner.catalog.load import shipped_catalog
from planner.engine.specs import STRATEGIES, Evaluation, Inputs
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.report.tables.strategies import possible
from tests.engine import plans


def assert_one_plan(found: Evaluation) -> None:
    """The routes add up to the ledger of the recommendation, people included; a fraction of a cent is rounding."""
    if found.verdict.strategy is None:  # nothing can do the work
        return
    if not any(w.route == "self_host" for w in found.inputs.workload):
        assert found.planned == found.verdict.strategy
    assert found.planned is not None
    ledger = found.ledgers[found.planned]
    in_ledger = float(ledger.total) / 12
    assert sum(r.monthly_cost for r in found.routes) + found.unrouted_monthly_cost == pytest.approx(in_ledger)
    assert found.unrouted_monthly_cost >= -0.01 * len(found.routes) - 0.1
    if not found.is_self_hosting:
        assert sum(r.monthly_cost for r in found.routes) == pytest.approx(in_ledger, abs=0.1)


@pytest.mark.parametrize("name", EXAMPLES)
def test_routes_of_the_examples_are_the_routes_priced(name: str) -> None:
    assert_one_plan(plans.evaluated(name))


@settings(max_examples=25)
@given(plans.inputs())
def test_routes_of_random_plans_are_the_routes_priced(inputs: Inputs) -> None:
    assert_one_plan(evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0))


@pytest.mark.parametrize("name", EXAMPLES)
def test_equal_strategies_merge(name: str) -> None:
    found = plans.evaluated(name)
    months = [tuple(m.total for m in found.ledgers[s].months) for s in STRATEGIES if found.ledgers[s].distinct]
    allowed = [found.ledgers[s].allowed for s in STRATEGIES if found.ledgers[s].distinct]
    assert len(set(zip(months, allowed, strict=True))) == len(months)
    assert found.risk is not None
    for strategy, ledger in found.ledgers.items():
        if ledger.same_as is not None:
            twin = found.ledgers[ledger.same_as]
            assert (ledger.total, ledger.p10, ledger.p90) == (twin.total, twin.p10, twin.p90)
            assert strategy not in found.risk.probability_cheapest
            assert ledger not in possible(found)


def test_an_open_model_is_bought_only_where_it_is_the_cheapest() -> None:
    """And where nothing is cheaper with one, what it would cost is still said."""
    mixed = plans.evaluated("article-100m")
    assert mixed.ledgers["hosted_open"].total < mixed.ledgers["api_tuned"].total
    assert mixed.ledgers["hybrid"].same_as == "hosted_open"
    embeddings = plans.evaluated("embeddings")
    assert embeddings.ledgers["hosted_open"].total > embeddings.ledgers["api_tuned"].total
    assert embeddings.ledgers["hybrid"].same_as == "api_tuned"


def test_work_sent_elsewhere_by_hand_goes_there_in_every_strategy_but_todays() -> None:
    inputs = plans.plan(plans.workload(route="hosted_open"), plans.workload("other", kind="customer_text"))
    found = evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)
    assert found.routes[0].destination == "hosted_open"
    assert found.ledgers["api_tuned"].total >= Decimal(0)
    assert_one_plan(found)
