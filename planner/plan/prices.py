"""Prices between a plan and the catalogue: laid over the list's by id when it is evaluated, frozen when it is saved.

Saving adds to a plan the prices its result rests on, the chosen offer, and a short result. One table says what the
engine calls the fields of a plan's price; one function reads them in each direction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import STRATEGIES, ApiModel, Catalog, Citation, Evaluation, Offer, PriceChange, PriceTier
from planner.plan import schema
from planner.plan.fields import Section, day_of, iso
from planner.plan.references import no_rate
from planner.plan.schema import Plan
from planner.quantities import CENT
from planner.toml.errors import InputError
from planner.words.answer import verdict_line

Record = TypeVar("Record")
Kept = TypeVar("Kept", bound=Section)

_FOLLOWING: Final = ("cache_read", "cache_write", "cache_write_1h")
"""Prices of tokens that keep the list's ratio to the input price where a negotiated price leaves them out."""


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
    typed = plan.result is None
    apis = {price.id: _api(price, catalog.apis.get(price.id), usd_per, typed) for price in plan.prices.api}
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


_MONEY: Final = {f"{kind}_per_mtok": f"{kind}_usd_per_mtok" for kind in ("input", "output", *_FOLLOWING)}
"""Prices of tokens, which a plan states in its own currency and the engine in US dollars."""
_ENGINE_NAMES: Final[Mapping[str, str]] = _MONEY | {"gpu": "gpu_id"}
"""What the engine calls a field of a plan's price; a field that is not listed has the same name in both."""
_WITHIN: Final[Mapping[str, tuple[type[Any], type[Section]]]] = {
    "tiers": (PriceTier, schema.TierPrice),
    "changes": (PriceChange, schema.DatedPrice),
}
"""Prices within a price: the engine's record and the plan's section."""
CLEARLY_BELOW: Final = 0.95
"""Of a list price; nearer to it is rounding, or an exchange rate."""
_LIMITS: Final = frozenset({"tokens_per_minute", "requests_per_minute", "ttft_ms_p95", "tpot_ms"})
"""What a plan that does not say them leaves as the catalogue has them."""
_UNLISTED_ONLY: Final = ("name", "provider", "level", "in_eu", "context_window")
"""What a plan says of an API model only where the catalogue does not know it."""


def _thawed(section: Any, record: type[Any], usd: float = 1.0) -> dict[str, Any]:
    """What a plan's price says under the names of the engine's record, tokens priced in US dollars at `usd`."""
    names = {_ENGINE_NAMES.get(name, name): name for name in type(section).model_fields}
    said = {field.name: getattr(section, names[field.name]) for field in fields(record) if field.name in names}
    for name, value in said.items():
        if names[name] in _MONEY and value is not None:
            said[name] = value * usd
        elif name in _WITHIN:
            kind = _WITHIN[name][0]
            said[name] = tuple(kind(**_thawed(item, kind, usd)) for item in value)
        elif isinstance(value, dt.date):
            said[name] = iso(value)
    if hasattr(section, "source"):
        said["citation"] = Citation(section.source, iso(section.as_of))
    return said


def _api(price: schema.ApiPrice, listed: ApiModel | None, usd_per: Mapping[str, float], typed: bool) -> ApiModel:
    """An API model at the plan's price: over the list's record, or as the plan alone knows it.

    A negotiated price that leaves out cache or batch prices keeps the list's, the former in proportion to the input.
    `typed`: nobody has saved the plan, so a price below the list was written by hand and not frozen before a rise.
    """
    if price.currency not in usd_per:
        raise InputError(no_rate(price.currency, sorted(usd_per)), field="prices.api.currency")
    own = _thawed(price, ApiModel, usd_per[price.currency])
    own = {name: value for name, value in own.items() if name not in _LIMITS or value is not None}
    if listed is None:
        return ApiModel(**own | _unlisted(price))
    for name in _UNLISTED_ONLY:
        if name not in ("name", "provider") or not own[name]:
            del own[name]
    if price.negotiated:
        ratio = own["input_usd_per_mtok"] / listed.input_usd_per_mtok if listed.input_usd_per_mtok else 1.0
        follow = dict.fromkeys((_MONEY[f"{kind}_per_mtok"] for kind in _FOLLOWING), ratio)
        for name, factor in (follow | {"batch_discount_fraction": 1.0}).items():
            if own[name] is None and (value := getattr(listed, name)) is not None:
                own[name] = value * factor
    if typed and own["input_usd_per_mtok"] < CLEARLY_BELOW * listed.input_usd_per_mtok:
        own["negotiated"] = True
    return replace(listed, **own)


def _unlisted(price: schema.ApiPrice) -> dict[str, Any]:
    """A model that only the plan knows: no tier, no cache, no level unless the plan says so."""
    return {
        "provider": price.provider or "own",
        "model_id": price.id,
        "hf_id": price.open_model,
        "name": price.name or price.id,
        "in_eu": bool(price.in_eu),
        "level_basis": "as the plan says" if price.level else "",
    }


def offer_record(price: schema.OfferPrice) -> Offer:
    """A rental product of the plan as the engine sees it."""
    return Offer(**_thawed(price, Offer) | {"product": price.product or price.id})


def with_result(plan: Plan, evaluation: Evaluation) -> Plan:
    """The plan as it is saved: priced with what this evaluation was priced with, and summed up.

    Prices that are frozen already stay as they are, and so does the day of pricing until the plan is re-priced: saving
    twice gives the same bytes.
    """
    changed = {"prices": _prices(plan, evaluation), "offer": _offer(plan, evaluation)}
    frozen = plan.model_copy(update={name: value for name, value in changed.items() if value != getattr(plan, name)})
    return frozen.model_copy(update={"result": _result(plan, evaluation)})


def _result(plan: Plan, evaluation: Evaluation) -> schema.Result:
    return schema.Result(
        priced_on=plan.result.priced_on if plan.result else evaluation.as_of,
        recommendation=evaluation.verdict.recommendation,
        headline=verdict_line(evaluation),
        yes_count=evaluation.yes_count,
        monthly_cost=monthly_cost(evaluation),
        untested=evaluation.recommended is not None and evaluation.recommended.untested,
    )


def monthly_cost(evaluation: Evaluation) -> schema.MonthlyCost:
    """Mean cost a month of each strategy that is possible, to the cent."""
    possible = {name: evaluation.ledgers[name] for name in STRATEGIES if name in evaluation.ledgers}
    costs = {
        str(name): float((ledger.total / max(len(ledger.months), 1)).quantize(CENT))
        for name, ledger in possible.items()
        if ledger.possible
    }
    return schema.MonthlyCost.model_validate(costs)


def _prices(plan: Plan, evaluation: Evaluation) -> schema.Prices:
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
    names += [route.model for route in evaluation.routes if route.model in evaluation.catalog.apis]
    names += [route.overflow_model for route in evaluation.routes]
    names += [price.id for price in evaluation.prices_used if price.kind == "api"]
    return list(dict.fromkeys(name for name in names if name))


def _offer(plan: Plan, evaluation: Evaluation) -> schema.OfferPrice | None:
    """The chosen offer, frozen; an offer that the plan brought itself stays where it is."""
    choice, kept = evaluation.choice, plan.offer
    own = {price.id for price in plan.prices.offer}
    if choice is None or choice.offer in own or (kept and kept.negotiated):
        return kept
    offer = evaluation.catalog.offers.get(choice.offer)
    if offer is not None and offer.commitment == OWNED:
        return None  # worked out anew each time, from the price of the cards and the assumptions
    return kept if offer is None or (kept and kept.id == offer.id) else frozen_offer(offer, evaluation.as_of)


def frozen_api(api: ApiModel, as_of: dt.date) -> schema.ApiPrice:
    """An API model's prices as a plan keeps them, in US dollars."""
    return _frozen(schema.ApiPrice, api, as_of, without=_UNLISTED_ONLY)


def frozen_offer(offer: Offer, as_of: dt.date) -> schema.OfferPrice:
    """A rental offer as a plan keeps it."""
    return _frozen(schema.OfferPrice, offer, as_of)


def frozen_rate(currency: str, usd: float, citation: Citation, as_of: dt.date) -> schema.ExchangeRate:
    """An exchange rate as a plan keeps it."""
    return schema.ExchangeRate.model_validate({"currency": currency, "usd": usd, **_cited(citation, as_of)})


def _frozen(section: type[Kept], record: Any, as_of: dt.date, without: tuple[str, ...] = ()) -> Kept:
    """The engine's record as the plan's section: what is not known or empty has no key."""
    said: dict[str, Any] = {}
    for name in section.model_fields:
        value: Any = getattr(record, _ENGINE_NAMES.get(name, name), None)
        if name in _WITHIN:
            said[name] = tuple(_frozen(_WITHIN[name][1], item, as_of) for item in value)
        elif name not in without:
            said[name] = dt.date.fromisoformat(value) if name == "from_date" else value
    if hasattr(record, "citation"):
        said |= _cited(record.citation, as_of)
    return section.model_validate({name: value for name, value in said.items() if value not in (None, "", ())})


def _cited(citation: Citation, as_of: dt.date) -> dict[str, object]:
    """Source and date; where the list has no date, the day it was read from the list."""
    return {
        "source": citation.source or "planner catalogue",
        "as_of": day_of(citation.as_of) if citation.as_of else as_of,
    }
