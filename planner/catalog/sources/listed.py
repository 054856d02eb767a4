"""What a price list says of one endpoint, in our own words, whichever list it was read from.

Fields are those of `ApiModel`, so that a list and the catalogue are compared field by field. None: the list does not
say. Prices are US dollars per 1M tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from planner.engine.specs import PeakHours, PriceChange, PriceTier
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import decode, read_bytes

EXTRA: Final = "prices"
LARGEST_LIST_BYTES: Final = 64 * 2**20
"""litellm 1.110.2 has 3.5 MB, genai-prices 0.2.3 has 1.6."""
MOST_USD_PER_MTOK: Final = 1e6
"""A price above it is a slip of the list; the dearest model on record is below 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """One endpoint of one price list."""

    source: str
    """Package and version, such as "litellm 1.110.2"."""
    model_id: str
    """As the list calls it."""
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cache_read_usd_per_mtok: float | None = None
    cache_write_usd_per_mtok: float | None = None
    cache_write_1h_usd_per_mtok: float | None = None
    batch_discount_fraction: float | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    retires_on: str | None = None
    tiers: tuple[PriceTier, ...] = ()
    changes: tuple[PriceChange, ...] | None = None
    """None: a list that never announces any."""
    peak_hours_per_week: float | None = None
    peak_factor: float | None = None
    peak_hours: tuple[PeakHours, ...] | None = None


COMPARED: Final = tuple(field.name for field in fields(ListedPrice) if field.name not in ("source", "model_id"))
"""Fields that a list may state and the catalogue has."""

PriceList = Mapping[str, ListedPrice]
"""By the list's own key of an endpoint."""


def read_package(name: str, file: str) -> tuple[str, str]:
    """("litellm 1.110.2", text of `file`) of an installed package, of which nothing is imported.

    Raises `InputError` where the package is not installed, or is laid out otherwise.
    """
    found = installed(name)
    path = Path(str(found.locate_file(file)))
    try:
        return f"{name} {found.version}", decode(read_bytes(path, LARGEST_LIST_BYTES))
    except InputError as error:
        raise error.at(path) from None


def installed(name: str) -> Distribution:
    """The package's metadata. Raises `InputError` that says which extra brings it."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        wanted = f"pip install 'llm-capacity-planner[{EXTRA}]'"
        raise InputError(f"{name} is not installed, which price lists are read from: {wanted}") from None


def money(value: object) -> float | None:
    """US dollars per 1M tokens as a list states them; None for what is no price."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    amount = float(value)
    return amount if 0 <= amount <= MOST_USD_PER_MTOK else None


def discount(standard: tuple[float | None, float | None], batch: tuple[float | None, float | None]) -> float | None:
    """Share that the batch tier takes off input and output: the smaller one, None where no batch price is stated."""
    pairs = ((full, low) for full, low in zip(standard, batch, strict=True) if full and low is not None)
    off = [round(1 - low / full, 4) for full, low in pairs if low <= full]
    return min(off, default=None)
