"""What can be bought and what it costs, as the catalogue has it: rents, APIs, purchases, each with source and date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.engine.names import Level

Market = Literal["production", "marketplace", "community", "spot", "serverless", "historical"]
Period = Literal["hour", "month", "year"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a number was read and when. `as_of` is an ISO date, or only its first 4 or 7 characters."""

    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A rental product. `price` is for the whole product and period, in its own currency, without VAT."""

    id: str
    provider: str
    product: str
    gpu_id: str
    gpu_count: int
    price: float
    currency: str
    per: Period
    commitment: str
    """"on-demand", "monthly", "reserved-1y", "spot", "serverless"."""
    market: Market
    region: str
    """As the source says."""
    in_eu: bool
    """True only where the source names an EU location."""
    setup_fee: float
    monthly_extra: float
    """Unavoidable extras such as an IPv4 address, per month, in the offer's currency."""
    notes: str
    citation: Citation

    @property
    def is_current(self) -> bool:
        return self.market != "historical"

    @property
    def is_production(self) -> bool:
        """Capacity one can plan on: not spot, marketplace, community, serverless or historical."""
        return self.market == "production"


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Prices of the whole request once its prompt exceeds `above_input_tokens`. USD per 1M tokens; None = unchanged."""

    above_input_tokens: int
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cache_read_usd_per_mtok: float | None = None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """An announced price from a date on. USD per 1M tokens; None = unchanged."""

    from_date: str
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cache_read_usd_per_mtok: float | None = None


@dataclass(frozen=True, slots=True)
class ApiModel:
    """A token-priced endpoint: a closed model, or an open model hosted by somebody (`hf_id` set). USD per 1M tokens."""

    id: str
    """Unique; the bare model id for first-party closed models ("claude-sonnet-4-6"), "provider/model" otherwise."""
    provider: str
    model_id: str
    hf_id: str | None
    name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cache_read_usd_per_mtok: float | None
    cache_write_usd_per_mtok: float | None
    cache_write_1h_usd_per_mtok: float | None
    batch_discount_fraction: float | None
    """0.5 = half price in the batch tier; None = no batch tier known."""
    context_window: int | None
    status: Literal["active", "legacy", "retiring", "retired", "doubtful"]
    retires_on: str | None
    in_eu: bool
    """True only where the source says the endpoint or its vendor is in the EU."""
    is_embedding: bool
    level: Level | None
    level_basis: str
    tokenizer_factor: float
    tiers: tuple[PriceTier, ...]
    changes: tuple[PriceChange, ...]
    tier_notes: str
    aliases: tuple[str, ...]
    citation: Citation
    peak_hours_per_week: float = 0.0
    """Hours of the week in which every price is `peak_factor` times the one stated here."""
    peak_factor: float = 1.0

    @property
    def is_hosted_open(self) -> bool:
        return self.hf_id is not None


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a card or a whole server costs to buy. `price` is for the whole item, in its own currency."""

    id: str
    label: str
    gpu_id: str
    gpu_count: int
    whole_server: bool
    price: float
    currency: str
    includes_vat: bool
    notes: str
    citation: Citation
