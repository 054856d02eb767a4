"""Every candidate worth a look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.engine.decision import every_option
from planner.engine.specs import Pins
from planner.evaluate import evaluate
from planner.words.traces import candidate_traces
from tests.engine.plans import changed, evaluated


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital"])
def test_the_plans_own_options_are_among_them_with_the_same_numbers(name: str) -> None:
    found = evaluated(name)
    every = every_option(found)
    by_layout = {(c.model, c.weights, c.kv, c.offer, c.deployment): c for c in every}
    rented = [c for c in found.options if not c.schedule and not c.purchase_total]
    assert len(every) > 5 * len(rented)
    for option in rented:
        same = by_layout[(option.model, option.weights, option.kv, option.offer, option.deployment)]
        assert same.monthly_cost == pytest.approx(option.monthly_cost)


def test_cheapest_first_and_every_card_that_fits_is_there() -> None:
    every = every_option(evaluated("hospital"))
    costs = [choice.monthly_cost for choice in every]
    assert costs == sorted(costs)
    assert {"h100-sxm", "l40s"} <= {choice.gpu for choice in every}


def test_it_can_be_stopped_and_needs_a_calibration() -> None:
    found = evaluated("bulk-classifier")
    assert every_option(found, lambda: False) == ()
    assert every_option(replace(found, catalog=replace(found.catalog, calibration=None))) == ()


@pytest.mark.parametrize("name", ["claude-8k-a-month", "bulk-classifier", "coding-agent", "article-1b"])
def test_what_is_pinned_costs_what_the_list_said(name: str) -> None:
    """Also where own GPUs do not pay with it, though they do with another, and where it takes part of the work."""
    found = evaluated(name)
    every = every_option(found)
    for choice in every[:: max(len(every) // 8, 1)]:
        pins = Pins(
            model=choice.model,
            weights=choice.weights,
            kv=choice.kv,
            gpu=choice.gpu,
            offer=choice.offer,
            engine=choice.engine,
            tensor_parallel=choice.deployment.tensor_parallel,
        )
        pinned = evaluate(changed(found.inputs, choice=pins), found.catalog, found.as_of, draws=0).choice
        assert pinned is not None, pins
        assert (pinned.model, pinned.offer, pinned.weights, pinned.kv) == (
            pins.model,
            pins.offer,
            pins.weights,
            pins.kv,
        )
        assert pinned.work_fraction == choice.work_fraction
        if not pinned.schedule:  # only the best few are tried by the hour of the week
            assert pinned.monthly_cost == pytest.approx(choice.monthly_cost, rel=1e-6)
            assert pinned.replicas == choice.replicas


def test_what_does_not_pay_carries_its_work_and_says_why_there_are_so_many_replicas() -> None:
    api, hybrid = evaluated("article-1b"), evaluated("bulk-classifier")
    for found, pays in ((api, False), (hybrid, True)):
        assert found.choice is not None
        assert found.choice.pays is pays
        formula = next(t.formula for t in candidate_traces(found, found.choice) if t.key == "choice.replicas")
        assert ("fewest that carry" in formula) is not pays
    for choice in (*api.options, *every_option(api)):
        assert choice.pays or choice.served_fraction > 0.99
