"""The catalogue as one plan sees it: the prices it froze or negotiated laid over the list's, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol, TypeVar

from planner.engine.specs import ApiModel, Catalog, Citation, Offer, PriceChange, PriceTier
from planner.plan.errors import PlanError
from planner.plan.fields import iso
from planner.plan.pricing import ApiPrice, DatedPrice, OfferPrice, TierPrice
from planner.plan.schema import Plan


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
        tiers=tuple(_tier(tier, usd) for tier in price.tiers),
        changes=tuple(_change(change, usd) for change in price.changes),
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


def _tier(tier: TierPrice, usd: float) -> PriceTier:
    return PriceTier(
        tier.above_input_tokens,
        _money(tier.input_per_mtok, usd, None, None),
        _money(tier.output_per_mtok, usd, None, None),
        _money(tier.cache_read_per_mtok, usd, None, None),
    )


def _change(change: DatedPrice, usd: float) -> PriceChange:
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
