"""A fleet in each region: offers that stand there, a spare of its own, and costs that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.decision import costed_plan
from planner.engine.fleet.regions import areas_of, regions_of
from planner.engine.specs import Evaluation, Inputs, Region, Workload
from planner.evaluate import evaluate
from planner.plan.read import read_plan
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.toml.errors import InputError
from planner.words.verdict import reasons
from tests.engine import plans

CATALOG = shipped_catalog()


def work(name: str, region: Region | None, tokens: float = 2e9) -> Workload:
    return plans.workload(name, tokens, region=region, route="self_host")


def plan(*workloads: Workload, redundancy: str = "n_plus_1") -> Inputs:
    return plans.plan(*workloads, operations={"redundancy": redundancy}, choice={"prefer_gpus": ("l40s", "h100-sxm")})


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, CATALOG, plans.AS_OF)


@pytest.mark.parametrize(
    ("said", "in_eu", "areas"),
    [
        ("global", False, {"eu", "us", "apac"}),
        ("", False, {"eu", "us", "apac"}), ("All", False, {"eu", "us", "apac"}),
        ("us-east-1", False, {"us"}), ("eastus2", False, {"us"}), ("US", False, {"us"}), ("NA/EU", False, {"us", "eu"}),
        ("US/EU/APAC", False, {"us", "eu", "apac"}), ("DE/FI", True, {"eu"}), ("Frankfurt", True, {"eu"}),
        ("germanywestcentral/westeurope", True, {"eu"}), ("fr-par-2", True, {"eu"}), ("us-central1", False, {"us"}),
        ("Mars", False, set()),
    ],
)  # fmt: skip
def test_where_an_offer_stands(said: str, in_eu: bool, areas: set[str]) -> None:
    offer = replace(next(iter(CATALOG.offers.values())), region=said, in_eu=in_eu)
    assert areas_of(offer) == areas


def test_every_shipped_offer_stands_somewhere() -> None:
    assert [o.region for o in CATALOG.offers.values() if not areas_of(o)] == []


def test_work_without_a_region_goes_where_the_most_is() -> None:
    inputs = plan(work("a", "eu", 1e9), work("b", "us", 3e9), work("c", None, 5e9))
    assert regions_of(inputs, (0, 1, 2)) == {"eu": (0,), "us": (1, 2)}
    assert regions_of(inputs, (2,)) == {}


def test_each_region_has_its_own_spare_and_its_own_offers() -> None:
    found = run(plan(work("a", "eu"), work("b", "us")))
    assert found.choice is not None
    parts = {part.region: part for part in found.choice.regions}
    assert set(parts) == {"eu", "us"}
    assert all(part.spare_replicas == 1 for part in parts.values())
    assert found.choice.spare_replicas == 2
    assert found.choice.replicas == sum(part.replicas for part in parts.values())
    for region, part in parts.items():
        assert region in areas_of(CATALOG.offers[part.offer])
    used = {price.id for price in found.prices_used}
    assert used >= {part.offer for part in parts.values()}, "what is paid is kept when the plan is saved"


def test_costs_add_up() -> None:
    """The rent of both regions is that of a plan for each alone on the same replica."""
    both = costed_plan(plan(work("a", "eu"), work("b", "us")), CATALOG, plans.AS_OF).contest.hybrid
    assert both is not None
    alone = np.zeros(12)
    for part, each in zip(both.own.regions, (work("a", "eu"), work("b", "us")), strict=True):
        pins = {"model": both.scope.model.id, "gpu": both.place.gpu.id, "offer": part.offer_id}
        pins["tensor_parallel"] = both.place.tensor_parallel  # type: ignore[assignment]
        inputs = plans.changed(plan(each), choice={**pins, "prefer_gpus": ()})
        found = costed_plan(inputs, CATALOG, plans.AS_OF)
        same = [c for c in found.costed if c.speed == both.speed]
        assert same
        alone += same[0].own.plan.rent
    assert both.own.plan.rent == pytest.approx(alone)


def test_one_place_for_all_needs_fewer_machines() -> None:
    apart, together = run(plan(work("a", "eu"), work("b", "us"))), run(plan(work("a", None), work("b", None)))
    assert together.choice is not None
    assert together.choice.regions == ()
    assert apart.ledgers["self_host"].total > together.ledgers["self_host"].total


def test_a_region_without_the_card_is_no_place_for_it() -> None:
    """Nothing of the catalogue stands in Asia but what is to be had anywhere."""
    some = [o for o in CATALOG.offers.values() if "apac" in areas_of(o)]
    found = run(plan(work("a", "apac")))
    assert found.choice is None or found.choice.offer in {o.id for o in some}


def test_it_is_said_and_reported() -> None:
    found = run(plan(work("a", "eu"), work("b", "us")))
    assert any("A fleet in each region" in reason for reason in reasons(found))
    assert "of them spare" in to_markdown(found)
    json = to_json(found, "", None)
    assert {part["region"] for part in json["choice"]["regions"]} == {"eu", "us"}
    for strategy in ("hybrid", "self_host"):
        ledger = found.ledgers[strategy]
        assert ledger.p10 <= float(ledger.total) * 1.2
        assert ledger.p90 >= float(ledger.total) * 0.8


def test_a_region_that_is_none_names_its_place() -> None:
    text = 'schema = 1\nname = "p"\ncreated = 2026-11-01\n[[workload]]\nname = "w"\n'
    text += 'tokens_per_day = 1\ninput_tokens = 1\noutput_tokens = 1\nregion = "mars"\n'
    with pytest.raises(InputError, match="region") as error:
        read_plan(text)
    assert error.value.line == 9
