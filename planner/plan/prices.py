"""The catalogue as one plan sees it: the prices it froze or negotiated laid over the list's, by id.

What saving adds to a plan: the prices its result rests on, the chosen offer, and a short result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import STRATEGIES, ApiModel, Catalog, Citation, Evaluation, Offer, PriceChange, PriceTier
from planner.plan.fields import day_of, iso
from planner.plan.schema import (
    ApiPrice,
    DatedPrice,
    ExchangeRate,
    MonthlyCost,
    OfferPrice,
    Plan,
    Prices,
    Result,
    TierPrice,
)
from planner.toml.errors import PlanError
from planner.words.verdict import headline


class _Dated(Protocol):
    """A catalogue record: it says when its price was read."""

    @property
    def citation(self) -> Citation: ...


Record = TypeVar("Record", bound=_Dated)


def overlaid_catalog(catalog: Catalog, plan: Plan) -> Catalog:
    """The catalogue as this plan sees it: its frozen and negotiated prices, offers and rates replace those by id.

    A plan with a `[result]` was priced on a day. Prices read later are left out until it is re-priced, unless the plan
    names them: what was not chosen then may not change the numbers now.
    """
    rates = {rate.currency: rate.usd for rate in plan.prices.fx}
    usd_per = MappingProxyType({**catalog.usd_per, **rates})
    offers = [offer_record(price) for price in plan.prices.offer]
    if plan.offer is not None:
        offers.append(offer_record(plan.offer))
    apis = {price.id: _api(price, catalog.apis.get(price.id), usd_per) for price in plan.prices.api}
    later = newer_prices(catalog, plan)
    return replace(
        catalog,
        usd_per=usd_per,
        fx_citation=_fx_citation(catalog, plan),
        apis=_over(catalog.apis, apis, later),
        offers=_over(catalog.offers, {offer.id: offer for offer in offers}, later),
    )


def newer_prices(catalog: Catalog, plan: Plan) -> frozenset[str]:
    """Ids of API models and offers whose price was read after the plan was priced; they wait for a re-pricing."""
    if plan.result is None:
        return frozenset()
    priced_on = plan.result.priced_on.isoformat()
    named = {plan.volume.baseline_api, plan.choice.offer, *(entry.api_model for entry in plan.workload)}
    apis = {key for key, api in catalog.apis.items() if api.citation.as_of > priced_on}
    offers = {
        key
        for key, offer in catalog.offers.items()
        if offer.citation.as_of > priced_on and offer.provider not in plan.choice.exclude_providers
    }
    return frozenset((apis | offers) - named - {price.id for price in plan.prices.api})


def _over(records: Mapping[str, Record], own: Mapping[str, Record], without: frozenset[str]) -> Mapping[str, Record]:
    if not own and without.isdisjoint(records):
        return records
    return MappingProxyType({**{key: record for key, record in records.items() if key not in without}, **own})


def _fx_citation(catalog: Catalog, plan: Plan) -> Citation:
    rate = next((rate for rate in plan.prices.fx if rate.currency == plan.currency), None)
    rate = rate or next(iter(plan.prices.fx), None)
    return Citation(rate.source, iso(rate.as_of)) if rate else catalog.fx_citation


def _api(price: ApiPrice, listed: ApiModel | None, usd_per: Mapping[str, float]) -> ApiModel:
    usd = _usd(price.currency, usd_per)
    base = listed or _unlisted(price)
    ratio = usd * price.input_per_mtok / base.input_usd_per_mtok if base.input_usd_per_mtok else 1.0
    follows = ratio if price.negotiated and listed is not None else None
    return replace(
        base,
        name=price.name or base.name,
        provider=price.provider or base.provider,
        input_usd_per_mtok=usd * price.input_per_mtok,
        output_usd_per_mtok=usd * price.output_per_mtok,
        cache_read_usd_per_mtok=_money(price.cache_read_per_mtok, usd, base.cache_read_usd_per_mtok, follows),
        cache_write_usd_per_mtok=_money(price.cache_write_per_mtok, usd, base.cache_write_usd_per_mtok, follows),
        cache_write_1h_usd_per_mtok=_money(
            price.cache_write_1h_per_mtok, usd, base.cache_write_1h_usd_per_mtok, follows
        ),
        batch_discount_fraction=_money(price.batch_discount_fraction, 1.0, base.batch_discount_fraction, follows and 1),
        tiers=tuple(_thawed_tier(tier, usd) for tier in price.tiers),
        changes=tuple(_thawed_change(change, usd) for change in price.changes),
        citation=Citation(price.source, iso(price.as_of)),
    )


def _usd(currency: str, usd_per: Mapping[str, float]) -> float:
    if currency not in usd_per:
        known = ", ".join(sorted(usd_per))
        problem = f'found "{currency}", for which there is no exchange rate; known: {known}'
        raise PlanError(f"{problem}; another one needs an entry under [[prices.fx]]", field="prices.api.currency")
    return usd_per[currency]


def _money(own: float | None, usd: float, listed: float | None, follows: float | None) -> float | None:
    """A price of one's own; else the list's in proportion where a negotiated price leaves it out; else none."""
    if own is not None:
        return own * usd
    return None if listed is None or follows is None else listed * follows


def _thawed_tier(tier: TierPrice, usd: float) -> PriceTier:
    return PriceTier(
        tier.above_input_tokens,
        _money(tier.input_per_mtok, usd, None, None),
        _money(tier.output_per_mtok, usd, None, None),
        _money(tier.cache_read_per_mtok, usd, None, None),
    )


def _thawed_change(change: DatedPrice, usd: float) -> PriceChange:
    return PriceChange(
        change.from_date.isoformat(),
        _money(change.input_per_mtok, usd, None, None),
        _money(change.output_per_mtok, usd, None, None),
        _money(change.cache_read_per_mtok, usd, None, None),
    )


def _unlisted(price: ApiPrice) -> ApiModel:
    """A model that only the plan knows: no tier, no cache, no level unless the plan says so."""
    return ApiModel(
        id=price.id,
        provider=price.provider or "own",
        model_id=price.id,
        hf_id=price.open_model,
        name=price.name or price.id,
        input_usd_per_mtok=price.input_per_mtok,
        output_usd_per_mtok=price.output_per_mtok,
        cache_read_usd_per_mtok=None,
        cache_write_usd_per_mtok=None,
        cache_write_1h_usd_per_mtok=None,
        batch_discount_fraction=None,
        context_window=price.context_window,
        status="active",
        retires_on=None,
        in_eu=bool(price.in_eu),
        is_embedding=False,
        level=price.level,
        level_basis="as the plan says" if price.level else "",
        tokenizer_factor=1.0,
        tiers=(),
        changes=(),
        tier_notes="",
        aliases=(),
        citation=Citation(price.source, iso(price.as_of)),
    )


def offer_record(price: OfferPrice) -> Offer:
    """A rental product of the plan as the engine sees it."""
    return Offer(
        id=price.id,
        provider=price.provider,
        product=price.product or price.id,
        gpu_id=price.gpu,
        gpu_count=price.gpu_count,
        price=price.price,
        currency=price.currency,
        per=price.per,
        commitment=price.commitment,
        market=price.market,
        region=price.region,
        in_eu=price.in_eu,
        setup_fee=price.setup_fee,
        monthly_extra=price.monthly_extra,
        notes="",
        citation=Citation(price.source, iso(price.as_of)),
    )


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
        headline=headline(evaluation),
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
    names: list[str | None] = [inputs.volume.baseline_api, *(work.api_model for work in inputs.workload)]
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
        "tiers": tuple(_frozen_tier(tier) for tier in api.tiers) or None,
        "changes": tuple(_frozen_change(change) for change in api.changes) or None,
        **_cited(api.citation, as_of),
    }
    return ApiPrice.model_validate({key: value for key, value in given.items() if value is not None})


def _frozen_tier(tier: PriceTier) -> TierPrice:
    given = {
        "above_input_tokens": tier.above_input_tokens,
        "input_per_mtok": tier.input_usd_per_mtok,
        "output_per_mtok": tier.output_usd_per_mtok,
        "cache_read_per_mtok": tier.cache_read_usd_per_mtok,
    }
    return TierPrice.model_validate({key: value for key, value in given.items() if value is not None})


def _frozen_change(change: PriceChange) -> DatedPrice:
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
