"""What an export is told: caps, prices and budgets, each by another way of reckoning."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from planner.engine.rollout import rollout_of
from planner.engine.specs import Catalog
from planner.evaluate import evaluate
from tests.engine import plans

OWN = ("bulk-classifier", "hospital")


@pytest.mark.parametrize("name", OWN)
def test_the_fleet_is_the_one_that_the_answer_shows(name: str) -> None:
    evaluation, rollout = plans.evaluated(name), rollout_of(plans.evaluated(name))
    assert rollout.choice is not None
    assert evaluation.choice is not None
    assert (rollout.choice.model, rollout.choice.offer) == (evaluation.choice.model, evaluation.choice.offer)
    (pool,) = rollout.pools
    serving = evaluation.choice.replicas - evaluation.choice.spare_replicas
    assert pool.in_flight == math.floor(evaluation.choice.performance.concurrency * serving)


@pytest.mark.parametrize("name", OWN)
def test_own_prices_spread_what_a_month_costs(name: str) -> None:
    evaluation, rollout = plans.evaluated(name), rollout_of(plans.evaluated(name))
    replica, choice = rollout.replica, rollout.choice
    assert replica is not None
    assert choice is not None
    spent = replica.usd_per_input_token * replica.input_tokens_per_month
    spent += replica.usd_per_output_token * replica.output_tokens_per_month
    assert spent == pytest.approx(replica.monthly_cost * evaluation.usd_per_unit)
    speed = choice.performance
    uncached = replica.input_tokens_per_month * (1 - replica.cached_fraction)
    reading = uncached * speed.prefill_s_per_token
    written = replica.output_tokens_per_month * speed.decode_s_per_token
    paid = replica.usd_per_input_token * replica.input_tokens_per_month / spent
    assert paid == pytest.approx(reading / (reading + written), rel=0.05)  # each workload has a cache share of its own


def test_tokens_of_the_model_are_what_it_is_priced_by() -> None:
    """Where a model makes as many tokens of a text as today's, cost over tokens is the plan's own cost a token."""
    evaluation = evaluate(
        plans.plan(plans.workload(tokens_per_day=900e6, route="self_host")), _catalog(), plans.AS_OF, 0
    )
    rollout = rollout_of(evaluation)
    replica, choice = rollout.replica, rollout.choice
    assert replica is not None
    assert choice is not None
    tokens = replica.input_tokens_per_month + replica.output_tokens_per_month
    assert replica.monthly_cost / tokens * 1e6 == pytest.approx(choice.cost_per_mtok, rel=1e-6)


def _catalog() -> Catalog:
    _, catalog = plans.example("bulk-classifier")
    plain = {id: replace(model, tokenizer="", tokenizer_factor=1.0) for id, model in catalog.models.items()}
    apis = {id: replace(api, tokenizer="", tokenizer_factor=1.0) for id, api in catalog.apis.items()}
    return replace(catalog, models=plain, apis=apis)


@pytest.mark.parametrize("tokens", [(200e6,) * 3, (3e6, 900e6, 2000e6), (900e6, 1e6, 1e6, 1e6)])
def test_shares_of_a_pool_are_all_of_it(tokens: tuple[float, ...]) -> None:
    works = tuple(plans.workload(f"w{n}", tokens_per_day=each, route="self_host") for n, each in enumerate(tokens))
    evaluation = evaluate(plans.plan(*works), plans.example("bulk-classifier")[1], plans.AS_OF, 0)
    rollout = rollout_of(evaluation)
    (pool,) = rollout.pools
    assert sum(work.in_flight or 0 for work in rollout.work) == pool.in_flight
    served = [each * (1 - route.overflow_fraction) for each, route in zip(tokens, evaluation.routes, strict=True)]
    inside = [each for each, work in zip(served, rollout.work, strict=True) if work.pool is not None]
    outside = [each for each, work in zip(served, rollout.work, strict=True) if work.pool is None]
    assert len(inside) == min(len(works), pool.in_flight)
    assert max(outside, default=0.0) <= min(inside)


def test_a_plan_on_apis_has_no_fleet_but_days() -> None:
    evaluation = plans.evaluated("claude-8k-a-month")
    rollout = rollout_of(evaluation)
    assert (rollout.choice, rollout.replica, rollout.pools) == (None, None, ())
    busy = evaluation.demand.p95_tokens_per_day / evaluation.demand.mean_tokens_per_day
    month = sum(route.monthly_cost for route in evaluation.routes)
    assert rollout.p95_day_outside_usd == pytest.approx(month * 12 / 365 * busy, rel=1e-3)
    assert all(work.in_flight is None and work.outside_day_usd for work in rollout.work)


def test_a_fleet_in_each_region_is_a_pool_of_its_own() -> None:
    works = (
        plans.workload("here", tokens_per_day=900e6, route="self_host", region="eu"),
        plans.workload("there", tokens_per_day=900e6, route="self_host", region="us"),
    )
    catalog = plans.example("bulk-classifier")[1]
    inputs = replace(plans.plan(*works), choice=replace(plans.plan().choice, prefer_gpus=()))
    rollout = rollout_of(evaluate(inputs, catalog, plans.AS_OF, 0))
    assert rollout.choice is not None
    regions = [part.region for part in rollout.choice.regions]
    assert [pool.region for pool in rollout.pools] == regions
    if len(regions) > 1:
        assert [work.pool for work in rollout.work] == [regions.index("eu"), regions.index("us")]
