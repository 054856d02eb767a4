"""Own hardware beside rent: what a bought server costs a month, split into hardware, power and colocation.

A server is written off in a straight line over `capex_years` to its residual value; capital costs interest on the
average value; spares and repairs are a share of the price a year. Power is the cards' rating times a factor for the
rest of the server, times PUE; an idle server draws a fraction. Prices without VAT. It stops being true where a server
is kept past its write-off, or sold early.

Nobody's production is planned on what is second-hand, a desktop computer, or a card whose driver licence excludes data
centres: whoever buys a GeForce card is the one who breaks it, while the host of a rented one answers for his own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from planner.engine.assumptions import Assumptions
from planner.engine.specs import Catalog, Gpu, Offer, Purchase
from planner.engine.units import HOURS_PER_MONTH
from planner.records import dataclass

OWNED = "owned"
"""`Offer.commitment` of a bought server."""
PROVIDER = "own hardware"
VAT_FRACTION = 0.19
"""German VAT, contained in retail prices that say so."""
CARDS_PER_SERVER = (1, 2, 4)
"""Servers built from single cards; boards that come eight to a machine are only bought as that machine."""
SECOND_HAND = ("used", "homelab")


@dataclass(frozen=True, slots=True)
class Ownership:
    """One whole server, plan currency a month where not said otherwise."""

    purchase: float
    """Paid once."""
    hardware: float
    """Write-off, capital and spares."""
    spares: float
    """The part of it that is paid out month by month: the rest is the purchase, spread."""
    idle_power: float
    busy_power: float
    """More than idle when every GPU works."""
    colocation: float
    not_counted: float = 0.0
    """Write-off and capital of a machine that is paid already; 0 too where no price of such a card is on record."""

    @property
    def month(self) -> float:
        """What an idle server costs."""
        return self.hardware + self.idle_power + self.colocation


def ownership_of(purchase: Purchase, gpu: Gpu, count: int, a: Assumptions, catalog: Catalog, rate: float) -> Ownership:
    """`count` cards of `gpu` in one server; `rate`: USD for one unit of the plan's currency. Needs the card's power."""
    assert gpu.tdp_w is not None
    net = purchase.price / (1 + VAT_FRACTION if purchase.includes_vat else 1.0)
    cards = net if purchase.whole_server else net * count * a.server_capex_factor
    price = cards * catalog.usd_per[purchase.currency] / rate
    full_kw = gpu.tdp_w * count * a.server_power_factor / 1000
    power = full_kw * a.pue * HOURS_PER_MONTH * a.power_eur_kwh * catalog.usd_per["EUR"] / rate
    write_off = (1 - a.residual_fraction) / (a.capex_years * 12)
    capital = a.cost_of_capital * (1 + a.residual_fraction) / 2 / 12
    return Ownership(
        purchase=price,
        hardware=price * (write_off + capital + a.spares_fraction / 12),
        spares=price * a.spares_fraction / 12,
        idle_power=power * a.idle_power_fraction,
        busy_power=power * (1 - a.idle_power_fraction),
        colocation=full_kw * a.colocation_usd_kw_month / rate,
    )


def already_paid(offer: Offer, gpu: Gpu, a: Assumptions, catalog: Catalog, rate: float) -> Ownership:
    """A machine that is there: power, hosting, spares by what such cards cost today, and what is still due for it."""
    sold = [(p, p.price / p.gpu_count * catalog.usd_per[p.currency]) for p in catalog.purchases.values()]
    cheapest, _ = min(((p, usd) for p, usd in sold if p.gpu_id == gpu.id), key=lambda each: each[1], default=(None, 0))
    due = offer_month(offer, catalog, rate)
    if cheapest is None:
        cheapest = Purchase(
            id=offer.id, label="", gpu_id=gpu.id, gpu_count=1, price=0.0, currency="USD", citation=offer.citation
        )
    elif cheapest.whole_server:
        price = cheapest.price / cheapest.gpu_count * offer.gpu_count
        cheapest = replace(cheapest, price=price, gpu_count=offer.gpu_count)
    new = ownership_of(cheapest, gpu, offer.gpu_count, a, catalog, rate)
    return replace(new, purchase=0.0, hardware=new.spares + due, not_counted=new.hardware - new.spares)


def offer_month(offer: Offer, catalog: Catalog, usd_per_unit: float) -> float:
    """Rent of one whole product a month in the plan's currency, extras included."""
    periods = {"hour": float(HOURS_PER_MONTH), "month": 1.0, "year": 1 / 12}
    local = offer.price * periods[offer.per] + offer.monthly_extra
    return local * catalog.usd_per[offer.currency] / usd_per_unit


PRICE_KEYS = (
    "capex_years", "pue", "power_eur_kwh", "colocation_usd_kw_month", "spares_fraction", "residual_fraction",
    "cost_of_capital", "server_power_factor", "idle_power_fraction", "server_capex_factor",
)  # fmt: skip
"""The assumptions that the cost of a bought server is made of."""


def server_month(id: str, catalog: Catalog, a: Assumptions, currency: str, now: Ownership) -> float:
    """What a server, bought or there, costs a month under other assumptions, half busy; `now`: under these."""
    rate = catalog.usd_per[currency]
    for known, purchase, gpu, count in _for_sale(catalog):
        if known == id:
            owned = ownership_of(purchase, gpu, count, a, catalog, rate)
            return owned.month + owned.busy_power / 2
    there = replace(catalog.offers[id], price=0.0, monthly_extra=0.0)
    kept = already_paid(there, catalog.gpus[there.gpu_id], a, catalog, rate)
    return kept.month + kept.busy_power / 2 + now.hardware - now.spares


def owned_ids(catalog: Catalog) -> tuple[str, ...]:
    """Ids of every server that could be bought."""
    return tuple(id for id, *_ in _for_sale(catalog))


def _for_sale(catalog: Catalog) -> Iterator[tuple[str, Purchase, Gpu, int]]:
    """(id, purchase, its card, how many cards) of every server that could be bought."""
    for purchase in catalog.purchases.values():
        gpu = catalog.gpus.get(purchase.gpu_id)
        if gpu is not None and gpu.tdp_w is not None:
            for count in _counts(purchase, gpu):
                id = f"own-{purchase.id}" if purchase.whole_server else f"own-{count}x-{purchase.id}"
                yield id, purchase, gpu, count


def _counts(purchase: Purchase, gpu: Gpu) -> tuple[int, ...]:
    if purchase.whole_server:
        return (purchase.gpu_count,)
    return CARDS_PER_SERVER if gpu.form_factor.lower().startswith("pcie") else ()


def _offer(id: str, purchase: Purchase, gpu: Gpu, count: int, month: float, currency: str) -> Offer:
    second_hand = any(word in purchase.label.lower() for word in SECOND_HAND)
    cards = "" if purchase.whole_server else f"{count} x "
    return Offer(
        id=id,
        provider=PROVIDER,
        product=f"{cards}{purchase.label}, bought",
        gpu_id=purchase.gpu_id,
        gpu_count=count,
        price=month,
        currency=currency,
        per="month",
        commitment=OWNED,
        market="marketplace" if second_hand or gpu.is_desktop or gpu.is_geforce else "production",
        region="",
        in_eu=True,
        notes=purchase.notes,
        citation=purchase.citation,
    )


def with_owned(
    catalog: Catalog, a: Assumptions, currency: str, gross: float = 1.0
) -> tuple[Catalog, Mapping[str, Ownership]]:
    """The catalogue with everything that could be bought among its offers, at a price a month; what is there likewise.

    With them, by id, what the price of each consists of: that with tax, `gross` for a list price of 1.
    """
    offers, owned, rate = dict(catalog.offers), {}, catalog.usd_per[currency] / gross
    for id, purchase, gpu, count in _for_sale(catalog):
        owned[id] = ownership_of(purchase, gpu, count, a, catalog, rate)
        offers[id] = _offer(id, purchase, gpu, count, owned[id].month / gross, currency)
    for offer in catalog.offers.values():
        if offer.already_paid:
            paid = already_paid(offer, catalog.gpus[offer.gpu_id], a, catalog, rate)
            now = replace(offer, price=paid.month / gross, currency=currency, per="month", commitment=OWNED)
            offers[offer.id] = replace(now, setup_fee=0.0, monthly_extra=0.0)
            owned[offer.id] = paid
    return replace(catalog, offers=MappingProxyType(offers)), MappingProxyType(owned)


def months_to_repay(purchase: float, saving_month: float) -> float | None:
    """Months after which what was saved equals what was paid; None where nothing is saved."""
    return purchase / saving_month if saving_month > 0 else None
