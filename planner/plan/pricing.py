"""What a plan was priced with: token prices, rental offers and exchange rates, each with source and date."""

from __future__ import annotations

from typing import Annotated

from planner.engine.specs import Level, Market, Period
from planner.plan.fields import (
    Count,
    Currency,
    Day,
    Fraction,
    Label,
    Name,
    NonNegative,
    PartialDay,
    Positive,
    Section,
    Text,
    Whole,
    as_tuple,
    each_once,
)


class TierPrice(Section):
    """Prices of the whole request once its prompt is longer than `above_input_tokens`; absent: unchanged."""

    above_input_tokens: Whole
    input_per_mtok: NonNegative | None = None
    output_per_mtok: NonNegative | None = None
    cache_read_per_mtok: NonNegative | None = None


class DatedPrice(Section):
    """An announced price from a day on; absent: unchanged."""

    from_date: Day
    input_per_mtok: NonNegative | None = None
    output_per_mtok: NonNegative | None = None
    cache_read_per_mtok: NonNegative | None = None


class ApiPrice(Section):
    """Prices of one API model per 1M tokens, in `currency`.

    A frozen price says all there is: what is absent is not sold. A negotiated one may leave out cache and batch
    prices; they then keep the list's ratio to the input price.
    """

    id: Label
    input_per_mtok: NonNegative
    output_per_mtok: NonNegative
    cache_read_per_mtok: NonNegative | None = None
    cache_write_per_mtok: NonNegative | None = None
    cache_write_1h_per_mtok: NonNegative | None = None
    batch_discount_fraction: Fraction | None = None
    currency: Currency = "USD"
    negotiated: bool = False
    """True: kept when the plan is re-priced."""
    tiers: Annotated[tuple[TierPrice, ...], as_tuple] = ()
    changes: Annotated[tuple[DatedPrice, ...], as_tuple] = ()
    source: Text
    as_of: PartialDay
    # Only for a model that the catalogue does not know, such as an endpoint of one's own company:
    name: Name | None = None
    provider: Name | None = None
    open_model: Name | None = None
    """Catalogue id of the open model it serves."""
    level: Level | None = None
    in_eu: bool | None = None
    context_window: Whole | None = None


class OfferPrice(Section):
    """A rental product as priced: the whole product for one period, without VAT."""

    id: Label
    provider: Label
    product: Name = ""
    gpu: Label
    gpu_count: Count
    price: NonNegative
    currency: Currency
    per: Period
    setup_fee: NonNegative = 0.0
    monthly_extra: NonNegative = 0.0
    """Unavoidable extras such as an address, per month, in the offer's currency."""
    commitment: Name = "on-demand"
    market: Market = "production"
    region: Name = ""
    in_eu: bool = False
    negotiated: bool = False
    """True: an offer of one's own, kept when the plan is re-priced."""
    source: Text
    as_of: PartialDay


class ExchangeRate(Section):
    """US dollars for one unit of a currency."""

    currency: Currency
    usd: Positive
    negotiated: bool = False
    """True: a rate the company plans with, kept when the plan is re-priced."""
    source: Text
    as_of: PartialDay


class Prices(Section):
    """Every price the plan rests on, besides the chosen offer."""

    api: Annotated[tuple[ApiPrice, ...], as_tuple, each_once("id")] = ()
    offer: Annotated[tuple[OfferPrice, ...], as_tuple, each_once("id")] = ()
    """Offers of one's own or of a named source that compete with the catalogue's."""
    fx: Annotated[tuple[ExchangeRate, ...], as_tuple, each_once("currency")] = ()
