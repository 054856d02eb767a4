"""A plan and a catalogue bent for a moment: other volume, growth, answers and prices. Nothing is saved."""

from __future__ import annotations

from dataclasses import fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from planner.engine.specs import ApiModel, Catalog, Inputs, Offer, PriceChange, PriceTier
from planner.records import dataclass
from planner.tui.open_plan.session import with_value, with_values

if TYPE_CHECKING:
    from planner.plan.schema import Plan

T = TypeVar("T", ApiModel, PriceTier, PriceChange)
PRICE_SUFFIX = "_usd_per_mtok"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Factors of what the plan says; growth is added, in fractions a month. The default changes nothing."""

    volume: float = 1.0
    growth: float = 0.0
    output: float = 1.0
    token_price: float = 1.0
    gpu_price: float = 1.0


def bent_plan(plan: Plan, what: WhatIf, now: Inputs) -> Plan:
    """The plan with another volume, growth and answer length; requests a day stay when answers get longer.

    `now`: the tokens that work has which is told by its bill. A bill is of today's answers at today's prices.
    """
    for index, work in enumerate(plan.workload):
        output = work.output_tokens * what.output
        longer = (work.input_tokens + output) / (work.input_tokens + work.output_tokens)
        values: dict[str, Any] = {"output_tokens": output}
        if work.output_tokens_p95 is not None:
            values["output_tokens_p95"] = work.output_tokens_p95 * what.output
        if work.tokens_per_day is not None:
            values["tokens_per_day"] = work.tokens_per_day * what.volume * longer
        elif work.bill is not None and what.output == what.token_price == 1:
            values["bill"] = {**work.bill.model_dump(), "amount": work.bill.amount * what.volume}
        elif work.bill is not None:
            values["tokens_per_day"] = now.workload[index].tokens_per_day * what.volume * longer
        elif work.requests_per_day is not None:
            values["requests_per_day"] = work.requests_per_day * what.volume
        plan = with_values(plan, ("workload", index), values)
    return _with_volume(plan, what)


def _with_volume(plan: Plan, what: WhatIf) -> Plan:
    volume = plan.volume
    if volume.p95_tokens_per_day is not None:
        plan = with_value(plan, ("volume", "p95_tokens_per_day"), volume.p95_tokens_per_day * what.volume)
    if volume.tokens_per_day_by_month is not None:
        months = tuple(tokens * what.volume for tokens in volume.tokens_per_day_by_month)
        return with_value(plan, ("volume", "tokens_per_day_by_month"), months)
    if what.growth == 0:
        return plan
    growth = volume.growth_per_month
    if isinstance(growth, float | int):
        return with_value(plan, ("volume", "growth_per_month"), growth + what.growth)
    spread = {name: getattr(growth, name) + what.growth for name in ("low", "mid", "high")}
    return with_value(plan, ("volume", "growth_per_month"), spread)


def without_prices(plan: Plan) -> Plan:
    """The plan without prices of its own: those of the bent catalogue then hold."""
    return with_values(plan, (), {"prices": None, "offer": None})


def bent_catalog(catalog: Catalog, what: WhatIf) -> Catalog:
    """Every token price and every rent multiplied."""
    apis = {key: _scaled_api(api, what.token_price) for key, api in catalog.apis.items()}
    offers = {key: _scaled_offer(offer, what.gpu_price) for key, offer in catalog.offers.items()}
    return replace(catalog, apis=MappingProxyType(apis), offers=MappingProxyType(offers))


def _scaled_api(api: ApiModel, factor: float) -> ApiModel:
    tiers = tuple(_scaled(tier, factor) for tier in api.tiers)
    changes = tuple(_scaled(change, factor) for change in api.changes)
    return replace(_scaled(api, factor), tiers=tiers, changes=changes)


def _scaled(record: T, factor: float) -> T:
    prices = {
        field.name: value * factor
        for field in fields(record)
        if field.name.endswith(PRICE_SUFFIX) and (value := getattr(record, field.name)) is not None
    }
    return replace(record, **prices)


def _scaled_offer(offer: Offer, factor: float) -> Offer:
    return replace(offer, price=offer.price * factor, monthly_extra=offer.monthly_extra * factor)
