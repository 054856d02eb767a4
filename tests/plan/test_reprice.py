from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from planner.engine.specs import ApiModel, Catalog, PriceChange
from planner.plan.prices import with_result
from planner.plan.read import plan_from_data
from planner.plan.reprice import price_on, reprice
from planner.plan.schema import Plan
from planner.plan.write import plan_data
from tests.evaluations import SONNET, on_sonnet
from tests.plan.texts import small_plan

LATER = date(2027, 5, 20)


def _frozen() -> Plan:
    return with_result(small_plan(), on_sonnet())


def _offer_id(plan: Plan) -> str:
    assert plan.offer is not None
    return plan.offer.id


def _catalog(plan: Plan, *, api: dict[str, Any] | None = None, offer: dict[str, Any] | None = None) -> Catalog:
    """The sample catalogue in which one API model and the plan's offer have changed."""
    catalog = on_sonnet().catalog
    apis = {**catalog.apis, SONNET: replace(catalog.apis[SONNET], **(api or {}))}
    offers = {**catalog.offers, _offer_id(plan): replace(catalog.offers[_offer_id(plan)], **(offer or {}))}
    return replace(catalog, apis=MappingProxyType(apis), offers=MappingProxyType(offers))


def test_nothing_changes_while_the_catalogue_does_not() -> None:
    repriced = reprice(_frozen(), on_sonnet().catalog, LATER)
    assert repriced.changes == ()
    assert repriced.plan.result is None
    assert repriced.plan.prices == _frozen().prices


def test_each_price_is_shown_old_and_new() -> None:
    plan = _frozen()
    catalog = _catalog(plan, api={"input_usd_per_mtok": 2.0}, offer={"price": 9.5, "setup_fee": 50.0})
    repriced = reprice(plan, catalog, LATER)
    found = {change.label.split(", ")[-1]: (change.kind, change.old, change.new) for change in repriced.changes}
    assert plan.offer is not None
    rent = ("offer", plan.offer.price, 9.5)
    assert found == {"input": ("api", 3.0, 2.0), "rent": rent, "set-up fee": ("offer", 0.0, 50.0)}
    assert repriced.changes[0].change_fraction == pytest.approx(-1 / 3)
    assert reprice(repriced.plan, catalog, LATER).changes == ()


def test_an_offer_that_is_gone_is_dropped_and_unpinned() -> None:
    plan = _frozen()
    pinned = plan_from_data(plan_data(plan) | {"choice": {"offer": _offer_id(plan), "engine": "vllm"}})
    repriced = reprice(pinned, _catalog(plan, offer={"market": "historical", "notes": "withdrawn"}), LATER)
    (change,) = repriced.changes
    assert (change.kind, change.new, change.note) == ("offer", None, "no longer offered: withdrawn")
    assert repriced.plan.offer is None
    assert repriced.plan.choice.offer is None
    assert repriced.plan.choice.engine == "vllm"


def test_negotiated_prices_stay_and_are_named() -> None:
    plan = _frozen()
    data = plan_data(plan)
    prices = [entry | {"negotiated": entry["id"] == SONNET} for entry in data["prices"]["api"]]
    own = plan_from_data(data | {"prices": {"api": prices}, "offer": data["offer"] | {"negotiated": True}})
    repriced = reprice(own, _catalog(plan, api={"input_usd_per_mtok": 1.0}, offer={"price": 1.0}), LATER)
    assert repriced.changes == ()
    assert repriced.kept == (SONNET, _offer_id(plan))
    assert repriced.plan.prices == own.prices


def test_a_model_that_left_the_catalogue_keeps_its_price_and_is_reported() -> None:
    plan = _frozen()
    catalog = on_sonnet().catalog
    gone = replace(catalog, apis=MappingProxyType({k: v for k, v in catalog.apis.items() if k != SONNET}))
    (change,) = reprice(plan, gone, LATER).changes
    assert (change.id, change.new) == (SONNET, None)
    assert SONNET in {price.id for price in reprice(plan, gone, LATER).plan.prices.api}


def test_an_announced_price_counts_from_its_day() -> None:
    plan = _frozen()
    raised = (PriceChange("2027-01-01", input_usd_per_mtok=4.0),)
    catalog = _catalog(plan, api={"changes": raised})
    assert reprice(plan, catalog, date(2026, 12, 31)).changes == ()
    (change,) = reprice(plan, catalog, date(2027, 1, 1)).changes
    assert (change.old, change.new) == (3.0, 4.0)


def test_the_last_announced_price_holds() -> None:
    base: ApiModel = on_sonnet().catalog.apis[SONNET]
    api = replace(base, changes=(PriceChange("2027-06-01", 5.0), PriceChange("2027-01-01", 4.0, 20.0)))
    days = ("2026-12-31", "2027-01-01", "2027-07-01")
    assert [price_on(api, "input_usd_per_mtok", day) for day in days] == [3.0, 4.0, 5.0]
    assert [price_on(api, "output_usd_per_mtok", day) for day in days] == [15.0, 20.0, 20.0]


def test_exchange_rates_are_repriced_too() -> None:
    catalog = on_sonnet().catalog
    moved = replace(catalog, usd_per=MappingProxyType({**catalog.usd_per, "EUR": 1.25}))
    (change,) = reprice(_frozen(), moved, LATER).changes
    assert (change.kind, change.id, change.new) == ("fx", "EUR", 1.25)


def test_a_price_in_another_unit_is_not_given_as_a_percentage() -> None:
    plan = _frozen()
    (change,) = reprice(plan, _catalog(plan, offer={"price": 0.7, "per": "hour"}), LATER).changes
    assert change.change_fraction is None
    assert change.old_unit != change.new_unit
