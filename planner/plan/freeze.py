"""What saving adds to a plan: the prices its result rests on, the chosen offer, and a short result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from planner.engine.ownership import OWNED
from planner.engine.specs import STRATEGIES, ApiModel, Citation, Evaluation, Offer, PriceChange, PriceTier
from planner.plan.fields import day_of
from planner.plan.pricing import ApiPrice, DatedPrice, ExchangeRate, OfferPrice, Prices, TierPrice
from planner.plan.schema import MonthlyCost, Plan, Result

_CENT: Final = Decimal("0.01")


def with_result(plan: Plan, evaluation: Evaluation) -> Plan:
    """The plan as it is saved: priced with what this evaluation was priced with, and summed up.

    Prices that are frozen already stay as they are, and so does the day of pricing until the plan is re-priced: saving
    twice gives the same bytes.
    """
    frozen = plan.model_copy(update=_set(plan, prices=_prices(plan, evaluation), offer=_offer(plan, evaluation)))
    return frozen.model_copy(update={"result": _result(plan, evaluation)})


def _set(plan: Plan, prices: Prices, offer: OfferPrice | None) -> dict[str, object]:
    changed: dict[str, object] = {}
    if prices != plan.prices:
        changed["prices"] = prices
    if offer != plan.offer:
        changed["offer"] = offer
    return changed


def _result(plan: Plan, evaluation: Evaluation) -> Result:
    return Result(
        priced_on=plan.result.priced_on if plan.result else evaluation.as_of,
        recommendation=evaluation.verdict.recommendation,
        headline=evaluation.verdict.headline,
        yes_count=evaluation.yes_count,
        monthly_cost=monthly_cost(evaluation),
    )


def monthly_cost(evaluation: Evaluation) -> MonthlyCost:
    """Mean cost a month of each strategy that is possible, to the cent."""
    possible = {name: evaluation.ledgers[name] for name in STRATEGIES if name in evaluation.ledgers}
    costs = {
        str(name): float((ledger.total / max(len(ledger.months), 1)).quantize(_CENT))
        for name, ledger in possible.items()
        if ledger.possible
    }
    return MonthlyCost.model_validate(costs)


def _prices(plan: Plan, evaluation: Evaluation) -> Prices:
    known = {price.id for price in plan.prices.api}
    catalog = evaluation.catalog
    used = [name for name in _apis_used(evaluation) if name in catalog.apis and name not in known]
    rates = {rate.currency for rate in plan.prices.fx}
    currencies = [name for name in catalog.usd_per if name not in rates and name != "USD"]
    new = {
        "api": plan.prices.api + tuple(frozen_api(catalog.apis[name], evaluation.as_of) for name in used),
        "fx": plan.prices.fx
        + tuple(frozen_rate(name, catalog.usd_per[name], catalog.fx_citation, evaluation.as_of) for name in currencies),
        "offer": plan.prices.offer
        + tuple(frozen_offer(offer, evaluation.as_of) for offer in _others(plan, evaluation)),
    }
    return plan.prices.model_copy(update={key: value for key, value in new.items() if value})


def _others(plan: Plan, evaluation: Evaluation) -> list[Offer]:
    """Offers beside the chosen one that figures rest on: of the fleet without overflow, of break-evens, by the hour."""
    known = {price.id for price in plan.prices.offer} | ({plan.offer.id} if plan.offer else set())
    chosen = evaluation.choice.offer if evaluation.choice else None
    used = [price.id for price in evaluation.prices_used if price.kind == "offer"]
    offers = [evaluation.catalog.offers[name] for name in used if name in evaluation.catalog.offers]
    return [offer for offer in offers if offer.id not in known and offer.id != chosen and offer.commitment != OWNED]


def _apis_used(evaluation: Evaluation) -> list[str]:
    inputs = evaluation.inputs
    names: list[str | None] = [inputs.baseline_api, *(work.api_model for work in inputs.workloads)]
    names += [route.model for route in evaluation.routes if route.destination != "self_host"]
    names += [route.overflow_model for route in evaluation.routes]
    names += [price.id for price in evaluation.prices_used if price.kind == "api"]
    return _each_once(name for name in names if name)


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _offer(plan: Plan, evaluation: Evaluation) -> OfferPrice | None:
    """The chosen offer, frozen; an offer that the plan brought itself stays where it is."""
    choice, kept = evaluation.choice, plan.offer
    own = {price.id for price in plan.prices.offer}
    if choice is None or choice.offer in own or (kept and kept.negotiated):
        return kept
    offer = evaluation.catalog.offers.get(choice.offer)
    if offer is not None and offer.commitment == OWNED:
        return None  # worked out anew each time, from the price of the cards and the assumptions
    return kept if offer is None or (kept and kept.id == offer.id) else frozen_offer(offer, evaluation.as_of)


def frozen_api(api: ApiModel, as_of: dt.date) -> ApiPrice:
    """An API model's prices as a plan keeps them, in US dollars."""
    given = {
        "id": api.id,
        "input_per_mtok": api.input_usd_per_mtok,
        "output_per_mtok": api.output_usd_per_mtok,
        "cache_read_per_mtok": api.cache_read_usd_per_mtok,
        "cache_write_per_mtok": api.cache_write_usd_per_mtok,
        "cache_write_1h_per_mtok": api.cache_write_1h_usd_per_mtok,
        "batch_discount_fraction": api.batch_discount_fraction,
        "tiers": tuple(_tier(tier) for tier in api.tiers) or None,
        "changes": tuple(_change(change) for change in api.changes) or None,
        **_cited(api.citation, as_of),
    }
    return ApiPrice.model_validate({key: value for key, value in given.items() if value is not None})


def _tier(tier: PriceTier) -> TierPrice:
    given = {
        "above_input_tokens": tier.above_input_tokens,
        "input_per_mtok": tier.input_usd_per_mtok,
        "output_per_mtok": tier.output_usd_per_mtok,
        "cache_read_per_mtok": tier.cache_read_usd_per_mtok,
    }
    return TierPrice.model_validate({key: value for key, value in given.items() if value is not None})


def _change(change: PriceChange) -> DatedPrice:
    given = {
        "from_date": dt.date.fromisoformat(change.from_date),
        "input_per_mtok": change.input_usd_per_mtok,
        "output_per_mtok": change.output_usd_per_mtok,
        "cache_read_per_mtok": change.cache_read_usd_per_mtok,
    }
    return DatedPrice.model_validate({key: value for key, value in given.items() if value is not None})


def frozen_offer(offer: Offer, as_of: dt.date) -> OfferPrice:
    """A rental offer as a plan keeps it."""
    given = {
        "id": offer.id,
        "provider": offer.provider,
        "product": offer.product,
        "gpu": offer.gpu_id,
        "gpu_count": offer.gpu_count,
        "price": offer.price,
        "currency": offer.currency,
        "per": offer.per,
        "setup_fee": offer.setup_fee,
        "monthly_extra": offer.monthly_extra,
        "commitment": offer.commitment,
        "market": offer.market,
        "region": offer.region,
        "in_eu": offer.in_eu,
        **_cited(offer.citation, as_of),
    }
    return OfferPrice.model_validate({key: value for key, value in given.items() if value != ""})


def frozen_rate(currency: str, usd: float, citation: Citation, as_of: dt.date) -> ExchangeRate:
    """An exchange rate as a plan keeps it."""
    return ExchangeRate.model_validate({"currency": currency, "usd": usd, **_cited(citation, as_of)})


def _cited(citation: Citation, as_of: dt.date) -> dict[str, object]:
    """Source and date; where the list has no date, the day it was read from the list."""
    return {
        "source": citation.source or "planner catalogue",
        "as_of": day_of(citation.as_of) if citation.as_of else as_of,
    }
