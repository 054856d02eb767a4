"""The price file of litellm: JSON, prices in US dollars per token.

An endpoint with cheaper hours is listed at its peak price there; here the price outside them is the price, as in the
catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from planner.catalog.sources.listed import ListedPrice, PriceList, discount, money, read_package
from planner.engine.specs import PeakHours, PriceTier
from planner.engine.units import MTOK
from planner.toml.errors import InputError

PACKAGE: Final = "litellm"
FILE: Final = "litellm/model_prices_and_context_window_backup.json"
_KINDS: Final = {
    "input_usd_per_mtok": "input_cost_per_token",
    "output_usd_per_mtok": "output_cost_per_token",
    "cache_read_usd_per_mtok": "cache_read_input_token_cost",
    "cache_write_usd_per_mtok": "cache_creation_input_token_cost",
}
_HOUR_KEY: Final = "cache_creation_input_token_cost_above_1hr"
_TIER: Final = re.compile(r"input_cost_per_token_above_(\d{1,5})k_tokens")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_GROUPS: Final[tuple[tuple[Literal["mon-fri", "sat-sun"], frozenset[int]], ...]] = (
    ("mon-fri", frozenset(range(1, 6))),
    ("sat-sun", frozenset({6, 7})),
)
_MINUTES: Final = 24 * 60


def read_litellm() -> PriceList:
    """Every endpoint of the installed package. Raises `InputError`."""
    return litellm_prices(*read_package(PACKAGE, FILE))


def litellm_prices(source: str, text: str) -> PriceList:
    """The endpoints of the file's text; an entry that is no table of prices is left out. Raises `InputError`."""
    try:
        held = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise InputError("not the JSON of a price list", path=FILE) from None
    if not isinstance(held, dict):
        raise InputError("expected a table of endpoints", path=FILE)
    return {key: _listed(source, key, entry) for key, entry in held.items() if isinstance(entry, dict)}


def _listed(source: str, key: str, entry: Mapping[str, Any]) -> ListedPrice:
    prices = _prices(entry)
    prices["cache_write_usd_per_mtok"] = prices["cache_write_usd_per_mtok"] or None  # written at the input price
    standard = prices["input_usd_per_mtok"], prices["output_usd_per_mtok"]
    batch = _usd(entry, "input_cost_per_token_batches"), _usd(entry, "output_cost_per_token_batches")
    gone = entry.get("deprecation_date")
    return ListedPrice(
        source=source,
        model_id=key,
        **prices | _off_peak(entry, prices),
        cache_write_1h_usd_per_mtok=_usd(entry, _HOUR_KEY),
        batch_discount_fraction=discount(standard, batch),
        context_window=_count(entry, "max_input_tokens"),
        max_output_tokens=_count(entry, "max_output_tokens"),
        retires_on=gone if isinstance(gone, str) and _DAY.fullmatch(gone) else None,
        tiers=tuple(sorted(_tiers(entry), key=lambda tier: tier.above_input_tokens)),
    )


def _prices(entry: Mapping[str, Any], suffix: str = "") -> dict[str, Any]:
    return {field: _usd(entry, name + suffix) for field, name in _KINDS.items()}


def _usd(entry: Mapping[str, Any], name: str) -> float | None:
    """Per 1M tokens, exactly: 1.1e-07 a token is 0.11."""
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return money(value * MTOK)
    except ArithmeticError:  # a number beyond all that a price may be
        return None


def _count(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _tiers(entry: Mapping[str, Any]) -> Iterator[PriceTier]:
    for name in entry:
        if found := _TIER.fullmatch(name):
            prices = _prices(entry, f"_above_{found[1]}k_tokens")
            yield PriceTier(above_input_tokens=int(found[1]) * 1000, **prices)


def _off_peak(entry: Mapping[str, Any], peak: Mapping[str, float | None]) -> dict[str, Any]:
    """Prices outside peak hours, when those are, and how many times as much they cost; nothing where there are none."""
    cheap = entry.get("off_peak_pricing")
    if not isinstance(cheap, dict):
        return {}
    prices = {field: value for field, value in _prices(cheap).items() if value is not None}
    full, low = peak["input_usd_per_mtok"], prices.get("input_usd_per_mtok")
    hours = tuple(_peak_hours(cheap.get("windows")))
    if not full or not low or not hours:
        return {}
    return prices | {
        "peak_factor": round(full / low, 6),
        "peak_hours": hours,
        "peak_hours_per_week": sum(span.hours_per_week for span in hours),
    }


def _peak_hours(windows: object) -> Iterator[PeakHours]:
    """What the cheap windows (UTC; weekdays 1 to 7 from Monday) leave of the working days and of the weekend."""
    stated = [window for window in windows if isinstance(window, dict)] if isinstance(windows, list) else []
    for name, days in _GROUPS:
        cheap = [span for window in stated if _covers(window, days) for span in _spans(window.get("hours_utc"))]
        at = 0
        for start, end in [*sorted(cheap), (_MINUTES, _MINUTES)] if cheap else ():
            if start > at:
                yield PeakHours(from_hour=at / 60, to_hour=start / 60, weekdays=name)
            at = max(at, end)


def _covers(window: Mapping[str, Any], days: frozenset[int]) -> bool:
    stated = window.get("weekdays")
    return not isinstance(stated, list) or days <= {day for day in stated if isinstance(day, int)}


def _spans(stated: object) -> Iterator[tuple[int, int]]:
    """Minutes of the day; one that ends at 00:00 ends with the day, one that passes midnight is two."""
    for text in stated if isinstance(stated, list) else [stated]:
        if isinstance(text, str) and (found := _SPAN.fullmatch(text)):
            hours, minutes, until, more = map(int, found.groups())
            start, end = hours * 60 + minutes, (until * 60 + more) or _MINUTES
            yield from ((start, end),) if start < end else ((start, _MINUTES), (0, end))
