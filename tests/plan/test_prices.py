from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from planner.catalog.load import load_catalog
from planner.engine.specs import Catalog, Citation, Evaluation
from planner.plan.edit import set_value
from planner.plan.inputs import evaluate_plan
from planner.plan.places import example_path
from planner.plan.prices import frozen_api, frozen_offer, newer_prices, overlaid_catalog, with_result
from planner.plan.read import plan_from_data, plan_from_text
from planner.plan.schema import Plan
from planner.plan.store import load
from planner.plan.write import plan_data, render
from planner.words.verdict import headline
from planner.words.warnings import notice_lines
from tests.evaluations import OWN, TUNED, named, on_sonnet, without_room
from tests.plan.texts import SMALL, small_plan


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return on_sonnet()


def _with(plan: Plan, extra: dict[str, Any]) -> Plan:
    return plan_from_data(plan_data(plan) | extra)


PRICES = """
[[prices.api]]
id = "claude-sonnet-4-6"
input_per_mtok = {input}
output_per_mtok = 15
source = "the list, they say"
as_of = 2026-11-10

[[prices.fx]]
currency = "EUR"
usd = {usd}
source = "ECB"
as_of = 2026-11-20
"""


@pytest.mark.parametrize(
    ("input", "usd", "told"),
    [
        (3.0, 1.1, []),
        (1.6, 1.1, []),
        (1.4, 1.1, ["Claude Sonnet 4.6: the plan's price is 0.467 times that of the catalogue."]),
        (0.0, 1.1, ["Claude Sonnet 4.6: the plan's price is 0 times that of the catalogue."]),
        (3.0, 1000.0, ["EUR exchange rate: the plan's price is 895 times that of the catalogue."]),
    ],
)
def test_a_price_far_from_the_catalogue_s_is_told(input: float, usd: float, told: list[str]) -> None:
    plan = plan_from_text(SMALL + PRICES.format(input=input, usd=usd))
    found = evaluate_plan(plan, load_catalog(), date(2026, 11, 23))
    assert [line for line in notice_lines(found) if "times that of the catalogue" in line] == told


def test_saving_freezes_prices_offer_and_result(evaluation: Evaluation) -> None:
    plan = with_result(small_plan(), evaluation)
    assert evaluation.choice is not None
    assert plan.offer is not None
    assert plan.offer.id == evaluation.choice.offer
    frozen = {price.id for price in plan.prices.api}
    routed = {route.model for route in evaluation.routes if route.destination != "self_host"}
    assert routed | {"claude-sonnet-4-6"} <= frozen
    assert {rate.currency for rate in plan.prices.fx} == set(evaluation.catalog.usd_per) - {"USD"}
    assert plan.result is not None
    assert plan.result.priced_on == evaluation.as_of
    assert plan.result.recommendation == evaluation.verdict.recommendation
    assert plan.result.yes_count == evaluation.yes_count
    hybrid = float(round(evaluation.ledgers["hybrid"].total / 12, 2))
    assert plan.result.monthly_cost.hybrid == pytest.approx(hybrid, abs=0.01)


def test_what_is_not_possible_has_no_cost() -> None:
    plan = with_result(small_plan(), named(TUNED))
    assert plan.result is not None
    assert plan.result.monthly_cost.hosted_open is None
    assert "hosted_open" not in render(plan).split("monthly_cost")[1]


def test_a_frozen_plan_sees_the_prices_it_was_saved_with(evaluation: Evaluation) -> None:
    plan = with_result(small_plan(), evaluation)
    catalog = evaluation.catalog
    seen = overlaid_catalog(catalog, plan_from_text(render(plan)))
    for price in plan.prices.api:
        assert seen.apis[price.id] == catalog.apis[price.id]
    assert plan.offer is not None
    assert replace(seen.offers[plan.offer.id], notes="") == replace(catalog.offers[plan.offer.id], notes="")
    assert seen.usd_per == catalog.usd_per


def test_saving_twice_gives_the_same_bytes_even_on_another_day(evaluation: Evaluation) -> None:
    once = with_result(small_plan(), evaluation)
    later = replace(evaluation, as_of=date(2027, 3, 1))
    assert render(with_result(plan_from_text(render(once)), later)) == render(once)


def test_the_day_of_pricing_stays_until_the_plan_is_repriced(evaluation: Evaluation) -> None:
    once = with_result(small_plan(), evaluation)
    later = replace(evaluation, as_of=date(2027, 3, 1), questions=())
    again, repriced = with_result(once, later), with_result(once.model_copy(update={"result": None}), later)
    assert again.result is not None
    assert repriced.result is not None
    assert (again.result.priced_on, again.result.yes_count) == (evaluation.as_of, 0)
    assert repriced.result.priced_on == date(2027, 3, 1)


def _updated(catalog: Catalog, day: str) -> Catalog:
    """The catalogue of a later day: every API model and offer at a tenth of its price."""
    read = Citation("update", day)
    apis = {
        key: replace(api, input_usd_per_mtok=api.input_usd_per_mtok / 10, citation=read)
        for key, api in catalog.apis.items()
    }
    offers = {key: replace(offer, price=offer.price / 10, citation=read) for key, offer in catalog.offers.items()}
    return replace(catalog, apis=MappingProxyType(apis), offers=MappingProxyType(offers))


def test_a_saved_plan_waits_for_repricing_before_it_sees_newer_prices(evaluation: Evaluation) -> None:
    plan = with_result(small_plan(), evaluation)
    updated = _updated(evaluation.catalog, "2027-05-01")
    seen = overlaid_catalog(updated, plan)
    assert set(seen.apis) == {price.id for price in plan.prices.api}
    assert plan.offer is not None
    assert set(seen.offers) == {plan.offer.id, *(price.id for price in plan.prices.offer)}
    assert newer_prices(updated, plan) == (set(updated.apis) | set(updated.offers)) - set(seen.apis)
    assert overlaid_catalog(updated, plan.model_copy(update={"result": None})).apis.keys() == updated.apis.keys()


def test_a_newer_model_that_the_plan_names_is_seen(evaluation: Evaluation) -> None:
    plan = with_result(small_plan(), evaluation)
    updated = _updated(evaluation.catalog, "2027-05-01")
    other = next(iter(newer_prices(updated, plan) & set(updated.apis)))
    named = set_value(plan, ("workload", 0, "api_model"), other)
    assert other in overlaid_catalog(updated, named).apis


def test_a_plan_reopened_after_an_update_of_the_catalogue_shows_its_old_numbers() -> None:
    catalog, day = load_catalog(), date(2026, 11, 23)
    before = load(example_path("article-10m")).plan
    first = evaluate_plan(before, catalog, day)
    saved = plan_from_text(render(with_result(before, first)))
    again = evaluate_plan(saved, _updated(catalog, "2026-11-30"), day)
    assert {name: ledger.total for name, ledger in again.ledgers.items()} == {
        name: ledger.total for name, ledger in first.ledgers.items()
    }
    assert headline(again) == headline(first)


def test_own_prices_and_offers_stay_as_they_are(evaluation: Evaluation) -> None:
    assert evaluation.choice is not None
    own_offer = plan_data(with_result(small_plan(), evaluation))["offer"] | {"id": "mine", "negotiated": True}
    price = {
        "id": "claude-sonnet-4-6",
        "input_per_mtok": 2.5,
        "output_per_mtok": 12.0,
        "currency": "EUR",
        "negotiated": True,
        "source": "contract",
        "as_of": date(2026, 1, 1),
    }
    plan = _with(small_plan(), {"offer": own_offer, "prices": {"api": [price]}})
    saved = with_result(plan, evaluation)
    assert plan_data(saved)["offer"] == own_offer
    assert plan_data(saved)["prices"]["api"][0] == price


def test_an_offer_listed_by_the_plan_is_not_frozen_a_second_time(evaluation: Evaluation) -> None:
    frozen = plan_data(with_result(small_plan(), evaluation))["offer"]
    plan = _with(small_plan(), {"prices": {"offer": [frozen]}})
    assert with_result(plan, evaluation).offer is None


def test_without_a_choice_there_is_no_offer() -> None:
    assert with_result(small_plan(), without_room(OWN)).offer is None


def test_records_survive_freezing(evaluation: Evaluation) -> None:
    for api in evaluation.catalog.apis.values():
        assert frozen_api(api, evaluation.as_of).id == api.id
    for offer in evaluation.catalog.offers.values():
        assert frozen_offer(offer, evaluation.as_of).price == offer.price


def test_the_result_does_not_touch_the_answers(evaluation: Evaluation) -> None:
    plan = set_value(small_plan(), ("description",), "words")
    before, after = plan_data(plan), plan_data(with_result(plan, evaluation))
    assert {key: after[key] for key in before} == before
