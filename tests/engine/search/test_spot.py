"""Spot machines are taken away: capacity is lost, work waits or falls back, and nobody who waits lives there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.assumptions import resolve
from planner.engine.decision import costed_plan
from planner.engine.fleet.self_hosted import bears_interruptions, interruptions
from planner.engine.specs import Evaluation, Inputs, Pins, Workload
from planner.evaluate import evaluate
from tests.engine import plans

CATALOG = shipped_catalog()
SPOT = Pins(allow_non_production=True)
RATE, AWAY = 63.0, 1.1
"""Interruptions a month and hours of each, as assumed."""


def background(**changed: object) -> Workload:
    return replace(plans.workload(tokens_per_day=5e9, latency="background", deadline_hours=24.0), **changed)  # type: ignore[arg-type]


def run(*work: Workload, **assumed: float) -> Evaluation:
    return evaluate(plan(*work, **assumed), CATALOG, plans.AS_OF, draws=0)


def plan(*work: Workload, **assumed: float) -> Inputs:
    inputs = plans.plan(*work, choice={"allow_non_production": True, "prefer_gpus": ("h100-sxm",)})
    return plans.with_assumptions(inputs, **assumed) if assumed else inputs


def is_spot(found: Evaluation, offer: str) -> bool:
    return found.catalog.offers[offer].market == "spot"


def test_shares_of_the_hours_by_hand() -> None:
    spot = next(o for o in CATALOG.offers.values() if o.market == "spot")
    found = interruptions(spot, resolve(plans.plan(), CATALOG))
    assert found.paid_fraction == pytest.approx(1 - RATE * AWAY / 730)
    assert found.up_fraction == pytest.approx(1 - RATE * (AWAY + 5 / 60) / 730)
    steady = interruptions(replace(spot, market="production"), resolve(plans.plan(), CATALOG))
    assert (steady.paid_fraction, steady.up_fraction) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("changed", "bears"),
    [
        ({}, True),
        ({"latency": "interactive"}, False),
        ({"deadline_hours": 1.0}, False),  # it would be late
        ({"deadline_hours": 0.5}, False),  # planned like interactive work
        ({"deadline_hours": 2.0}, True),
    ],
)
def test_work_that_bears_interruptions(changed: dict[str, object], bears: bool) -> None:
    assert bears_interruptions(background(**changed), resolve(plans.plan(), CATALOG)) is bears


def test_nobody_who_waits_lives_on_spot_alone() -> None:
    found = run(plans.workload(tokens_per_day=5e9))
    assert found.options
    assert not any(is_spot(found, option.offer) for option in found.options)


def test_work_that_can_wait_may_live_there_and_it_is_said() -> None:
    found = run(background())
    spot = [option for option in found.options if is_spot(found, option.offer)]
    assert spot
    assert all(option.up_fraction == pytest.approx(1 - RATE * (AWAY + 5 / 60) / 730) for option in spot)
    assert found.choice is not None
    if is_spot(found, found.choice.offer):
        (told,) = (notice for notice in found.notices if notice.kind == "interrupted")
        assert told.amount == RATE


def test_beside_others_only_the_work_that_can_wait_goes_there() -> None:
    stage = costed_plan(plan(plans.workload("chat"), background(name="bulk")), CATALOG, plans.AS_OF)
    spot = [c for c in stage.costed if c.place.offer.market == "spot"]
    assert spot
    assert {c.scope.rows for c in spot} == {(1,)}
    assert any(c.scope.rows == (0, 1) for c in stage.costed)


def test_interruptions_lose_capacity() -> None:
    """Where they come more often, as much work takes more machines, or falls back to its endpoint."""
    inputs = plan(background())
    few, many = (
        costed_plan(plans.with_assumptions(inputs, spot_interruptions_per_month=rate), CATALOG, plans.AS_OF)
        for rate in (0.0, 300.0)
    )
    for one in (c for c in few.costed if c.place.offer.market == "spot"):
        other = next(
            c for c in many.costed if (c.place.offer, c.scope.model) == (one.place.offer, one.scope.model)
            and c.place.tensor_parallel == one.place.tensor_parallel
        )  # fmt: skip
        known = [int(n) for n in one.own.found.units if n in other.own.found.units]
        before, after = (
            np.stack([c.own.found.served[..., list(c.own.found.units).index(n)] for n in known]) for c in (one, other)
        )
        assert (after <= before + 1e-12).all()
        assert (after < before - 0.05).any()
        assert other.own.offer.unit_month < one.own.offer.unit_month, "it is not billed while it is away"
        return
    raise AssertionError("no spot machine was costed")


def test_only_spot_and_only_people_who_wait_is_a_reason() -> None:
    inputs = plans.plan(plans.workload(), choice={"offer": "aws-p5en-48xlarge-spot", "prefer_gpus": ()})
    found = evaluate(inputs, CATALOG, plans.AS_OF, draws=0)
    assert found.choice is None
    assert found.why_no_choice == "spot_only"
