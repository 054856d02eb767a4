"""What has changed since a plan was priced: each frozen price against today's catalogue, and the plan priced anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final, Literal

from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import ApiModel, Catalog, Offer
from planner.plan.prices import frozen_api, frozen_offer, frozen_rate, overlaid_catalog
from planner.plan.schema import ApiPrice, ExchangeRate, OfferPrice, Plan
from planner.records import dataclass

_API_FIELDS: Final = {
    "input_usd_per_mtok": "input",
    "output_usd_per_mtok": "output",
    "cache_read_usd_per_mtok": "cached input",
    "cache_write_usd_per_mtok": "cache write",
    "cache_write_1h_usd_per_mtok": "cache write for an hour",
    "batch_discount_fraction": "batch discount",
}
_OFFER_FIELDS: Final = {"price": "rent", "setup_fee": "set-up fee", "monthly_extra": "extras a month"}


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """One price that is not what it was. `new` is None where it is no longer sold, `old` where it was not sold."""

    kind: Literal["api", "offer", "fx"]
    id: str
    label: str
    """What it is the price of, in words: `Claude Opus 4.7, input`."""
    old: float | None
    new: float | None
    old_unit: str
    moved_to: str = ""
    """Today's unit, where it is another one."""
    note: str = ""

    @property
    def new_unit(self) -> str:
        """The unit of today's price."""
        return self.moved_to or self.old_unit

    @property
    def change_fraction(self) -> float | None:
        """New against old: -0.2 is a fifth less; None where one of them is missing or the units differ."""
        if self.old is None or self.new is None or not self.old or self.old_unit != self.new_unit:
            return None
        return self.new / self.old - 1


@dataclass(frozen=True, slots=True)
class Repricing:
    """What changed, and the plan with today's prices. Its `[result]` is gone: it has to be worked out anew."""

    changes: tuple[PriceDifference, ...]
    plan: Plan
    kept: tuple[str, ...]
    """Ids of negotiated prices, which stay."""


def reprice(plan: Plan, catalog: Catalog, as_of: dt.date) -> Repricing:
    """Frozen prices against the catalogue of the day `as_of` (which must not carry the plan's own prices already)."""
    then = overlaid_catalog(catalog, plan)
    changes: list[PriceDifference] = []
    apis = tuple(_api(price, then, catalog, as_of, changes) for price in plan.prices.api)
    own = tuple(o for price in plan.prices.offer if (o := _offer(price, catalog, as_of, changes)) is not None)
    rented = plan.offer if plan.offer and plan.offer.commitment != OWNED else None
    chosen = _offer(rented, catalog, as_of, changes) if rented else None
    rates = tuple(_rate(rate, catalog, as_of, changes) for rate in plan.prices.fx)
    found: dict[str, tuple[object, ...]] = {"api": apis, "offer": own, "fx": rates}
    # a list that the file never had stays unset
    prices = plan.prices.model_copy(update={k: v for k, v in found.items() if v or getattr(plan.prices, k)})
    today = plan.model_copy(update={"prices": prices, "offer": chosen, "result": None})
    return Repricing(tuple(changes), _without_lost_pin(today, changes), _kept(plan))


def _kept(plan: Plan) -> tuple[str, ...]:
    priced = (*plan.prices.api, *plan.prices.offer, *((plan.offer,) if plan.offer else ()))
    ids = (price.id for price in priced if price.negotiated)
    return (*ids, *(rate.currency for rate in plan.prices.fx if rate.negotiated))


def _without_lost_pin(plan: Plan, changes: list[PriceDifference]) -> Plan:
    """An offer that is no longer sold cannot stay fixed by hand."""
    lost = {change.id for change in changes if change.kind == "offer" and change.new is None}
    if plan.choice.offer not in lost:
        return plan
    return plan.model_copy(update={"choice": plan.choice.model_copy(update={"offer": None})})


def _api(price: ApiPrice, then: Catalog, catalog: Catalog, as_of: dt.date, changes: list[PriceDifference]) -> ApiPrice:
    listed = catalog.apis.get(price.id)
    if price.negotiated:
        return price
    if listed is None:
        changes.append(_unlisted_api(price))
        return price
    changes.extend(_api_changes(then.apis[price.id], listed, as_of))
    return frozen_api(listed, as_of)


def _unlisted_api(price: ApiPrice) -> PriceDifference:
    return PriceDifference(
        kind="api",
        id=price.id,
        label=price.name or price.id,
        old=price.input_per_mtok,
        new=None,
        old_unit=f"{price.currency} per 1M tokens",
        note="not in the catalogue; the plan's own price stays",
    )


def _api_changes(then: ApiModel, now: ApiModel, as_of: dt.date) -> Iterator[PriceDifference]:
    for field, words in _API_FIELDS.items():
        old, new = price_on(then, field, then.citation.as_of), price_on(now, field, as_of.isoformat())
        if old != new and not _same(old, new):
            yield PriceDifference(
                kind="api",
                id=now.id,
                label=f"{now.name}, {words}",
                old=old,
                new=new,
                old_unit="fraction" if field == "batch_discount_fraction" else "USD per 1M tokens",
                note=_status(now),
            )


def _same(old: float | None, new: float | None) -> bool:
    """Equal but for the last bits that a conversion between currencies leaves."""
    return old is not None and new is not None and abs(old - new) <= 1e-9 * max(abs(old), abs(new))


def _status(api: ApiModel) -> str:
    return "" if api.status == "active" else f"{api.status}{f' on {api.retires_on}' if api.retires_on else ''}"


def price_on(api: ApiModel, field: str, day: str) -> float | None:
    """A price of an API model on an ISO day: the list price, or the announced one once its day has come."""
    value: float | None = getattr(api, field)
    for change in sorted(api.changes, key=lambda change: change.from_date):
        announced: float | None = getattr(change, field, None)
        if change.from_date <= day and announced is not None:
            value = announced
    return value


def _offer(price: OfferPrice, catalog: Catalog, as_of: dt.date, changes: list[PriceDifference]) -> OfferPrice | None:
    if price.negotiated or price.already_paid:
        return price
    listed = catalog.offers.get(price.id)
    if listed is None or not listed.is_current:
        changes.append(_lost_offer(price, listed))
        return None
    changes.extend(_offer_changes(price, listed))
    return frozen_offer(listed, as_of)


def _lost_offer(price: OfferPrice, listed: Offer | None) -> PriceDifference:
    return PriceDifference(
        kind="offer",
        id=price.id,
        label=_offer_name(price),
        old=price.price,
        new=None,
        old_unit=_unit(price.currency, price.per),
        note=f"no longer offered{f': {listed.notes}' if listed and listed.notes else ''}",
    )


def _offer_name(price: OfferPrice) -> str:
    return f"{price.provider} {price.product or price.id}"


def _offer_changes(price: OfferPrice, listed: Offer) -> Iterator[PriceDifference]:
    for field, words in _OFFER_FIELDS.items():
        old, new = getattr(price, field), getattr(listed, field)
        old_unit, new_unit = (_unit(p.currency, p.per if field == "price" else "") for p in (price, listed))
        if not _same(old, new) and (old, old_unit) != (new, new_unit):
            label = f"{_offer_name(price)}, {words}"
            yield PriceDifference(
                kind="offer", id=price.id, label=label, old=old, new=new, old_unit=old_unit, moved_to=new_unit
            )


def _unit(currency: str, per: str) -> str:
    return f"{currency} a {per}" if per else currency


def _rate(rate: ExchangeRate, catalog: Catalog, as_of: dt.date, changes: list[PriceDifference]) -> ExchangeRate:
    listed, name = catalog.usd_per.get(rate.currency), rate.currency
    if rate.negotiated or listed is None:
        return rate
    if not _same(rate.usd, listed):
        label, unit = f"exchange rate {name}", f"USD for 1 {name}"
        changes.append(PriceDifference(kind="fx", id=name, label=label, old=rate.usd, new=listed, old_unit=unit))
    return frozen_rate(name, listed, catalog.fx_citation, as_of)
