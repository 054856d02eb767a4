"""Price lists as their packages hold them, in small: what is read of them, and what they cannot do to us."""

from __future__ import annotations

import json
from datetime import date

import pytest

from planner.catalog.sources.genai import genai_prices
from planner.catalog.sources.listed import ListedPrice
from planner.catalog.sources.litellm import litellm_prices
from planner.engine.specs import PeakHours, PriceChange, PriceTier
from planner.toml.errors import InputError

TODAY = date(2026, 11, 29)
GENAI = """
import datetime
from decimal import Decimal
from .types import *
raise SystemExit("a price list is never run")

providers: list[Provider] = [
    Provider(
        id='house',
        models=[
            ModelInfo(
                id='plain',
                prices=ModelPrice(input_mtok=Decimal('0.11'), output_mtok=Decimal('2')),
                context_window=9,
            ),
            ModelInfo(
                id='tiered',
                prices=ModelPrice(
                    input_mtok=TieredPrices(base=Decimal('1'), tiers=[Tier(start=1000, price=Decimal('2'))]),
                    cache_write_mtok=TieredPrices(base=Decimal('1.25'), tiers=[Tier(start=1000, price=Decimal('2.5'))]),
                    output_mtok=Decimal('4'),
                ),
                price_variants=[
                    PriceVariant(
                        when={'processing': 'batch'},
                        prices=ModelPrice(input_mtok=Decimal('0.5'), output_mtok=Decimal('2')),
                        constraint=StartDateConstraint(start_date=datetime.date(2026, 10, 14)),
                    ),
                    PriceVariant(when={'service_tier': 'flex'}, prices=ModelPrice(input_mtok=Decimal('0.1'))),
                ],
            ),
            ModelInfo(
                id='dated',
                prices=[
                    ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('9'), output_mtok=Decimal('9'))),
                    ConditionalPrice(
                        constraint=StartDateConstraint(start_date=datetime.date(2026, 11, 1)),
                        prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('2')),
                    ),
                    ConditionalPrice(
                        constraint=StartDateConstraint(start_date=datetime.date(2027, 1, 1)),
                        prices=ModelPrice(input_mtok=Decimal('3'), output_mtok=Decimal('6')),
                    ),
                    ConditionalPrice(
                        constraint=TimeOfDateConstraint(start_time=datetime.time(1, 0), end_time=datetime.time(4, 0)),
                        prices=ModelPrice(input_mtok=Decimal('7'), output_mtok=Decimal('7')),
                    ),
                ],
            ),
        ],
    )
]
"""


def listed(entry: dict[str, object]) -> ListedPrice:
    return litellm_prices("litellm 1", json.dumps({"x": entry}))["x"]


def test_genai_prices_are_read_as_literals_and_never_run() -> None:
    found = genai_prices("genai-prices 1", GENAI, TODAY)
    assert list(found) == ["house/plain", "house/tiered", "house/dated"]
    plain = found["house/plain"]
    assert (plain.input_usd_per_mtok, plain.output_usd_per_mtok, plain.context_window) == (0.11, 2, 9)
    assert (plain.cache_read_usd_per_mtok, plain.batch_discount_fraction, plain.tiers) == (None, None, ())


def test_genai_tiers_and_the_batch_tier() -> None:
    tiered = genai_prices("genai-prices 1", GENAI, TODAY)["house/tiered"]
    assert tiered.tiers == (PriceTier(1000, input_usd_per_mtok=2, cache_write_usd_per_mtok=2.5),)
    assert (tiered.input_usd_per_mtok, tiered.cache_write_usd_per_mtok) == (1, 1.25)
    assert tiered.batch_discount_fraction == 0.5
    assert genai_prices("genai-prices 1", GENAI, date(2026, 10, 1))["house/tiered"].batch_discount_fraction is None


@pytest.mark.parametrize(
    ("day", "price", "changes"), [((2026, 10, 31), 9, 2), ((2026, 11, 29), 1, 1), ((2027, 1, 1), 3, 0)]
)
def test_genai_prices_are_those_of_the_day(day: tuple[int, int, int], price: float, changes: int) -> None:
    dated = genai_prices("genai-prices 1", GENAI, date(*day))["house/dated"]
    assert dated.input_usd_per_mtok == price
    assert len(dated.changes or ()) == changes
    if changes == 1:
        assert dated.changes == (PriceChange("2027-01-01", input_usd_per_mtok=3, output_usd_per_mtok=6),)


@pytest.mark.parametrize(
    "text",
    [
        *("", "providers = 3", "providers: list = [", "x: int = 3", "providers: list = [P(models=[M(id='a')])]"),
        "providers: list = [P(id='a', models=[M(id='b', context_window=datetime.date(2026, 13, 1))])]",
    ],
)
def test_what_is_no_list_of_genai_is_one_clear_error(text: str) -> None:
    with pytest.raises(InputError, match="not the price list that genai-prices is known to hold"):
        genai_prices("genai-prices 1", text, TODAY)


def test_litellm_prices_are_per_million_and_exact() -> None:
    found = listed(
        {
            "input_cost_per_token": 1.1e-07,
            "output_cost_per_token": 5.5e-07,
            "cache_read_input_token_cost": 1.1e-08,
            "cache_creation_input_token_cost": 1.375e-07,
            "cache_creation_input_token_cost_above_1hr": 2.2e-07,
            "input_cost_per_token_batches": 5.5e-08,
            "output_cost_per_token_batches": 2.75e-07,
            "input_cost_per_token_above_100k_tokens": 5.5e-07,
            "cache_creation_input_token_cost_above_100k_tokens": 6.875e-07,
            "max_output_tokens": 128000,
            "deprecation_date": "2027-01-14",
        }
    )
    assert (found.input_usd_per_mtok, found.output_usd_per_mtok, found.cache_read_usd_per_mtok) == (0.11, 0.55, 0.011)
    assert (found.cache_write_usd_per_mtok, found.cache_write_1h_usd_per_mtok) == (0.1375, 0.22)
    assert (found.batch_discount_fraction, found.max_output_tokens, found.retires_on) == (0.5, 128_000, "2027-01-14")
    assert found.tiers == (PriceTier(100_000, input_usd_per_mtok=0.55, cache_write_usd_per_mtok=0.6875),)


def test_litellm_s_peak_price_is_not_the_price() -> None:
    cheap = {
        "input_cost_per_token": 1e-6,
        "windows": [
            {"hours_utc": ["00:00-01:00", "04:00-06:00", "10:30-00:00"], "weekdays": [1, 2, 3, 4, 5]},
            {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
        ],
    }
    found = listed({"input_cost_per_token": 2e-6, "output_cost_per_token": 4e-6, "off_peak_pricing": cheap})
    assert (found.input_usd_per_mtok, found.peak_factor, found.peak_hours_per_week) == (1, 2, 37.5)
    assert found.peak_hours == (PeakHours(1, 4, "mon-fri"), PeakHours(6, 10.5, "mon-fri"))


@pytest.mark.parametrize(
    "value", [-1e-6, 1e9, 10**400, True, "0.1", None, [], {"a": 1}, float("inf")], ids=lambda value: str(value)[:9]
)
def test_what_is_no_price_is_not_stated(value: object) -> None:
    assert listed({"input_cost_per_token": value}).input_usd_per_mtok is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000])
def test_what_is_no_list_of_litellm_is_one_clear_error(text: str) -> None:
    with pytest.raises(InputError, match=r"JSON of a price list|table of endpoints"):
        litellm_prices("litellm 1", text)
