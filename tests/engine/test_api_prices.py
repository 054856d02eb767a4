from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.api_prices import mix_of, price_book, tail_shares, unit_costs
from planner.engine.specs import ApiModel, PriceChange, PriceTier
from planner.evaluate import evaluate
from tests.engine import plans

AS_OF = date(2026, 11, 23)


def api(**changed: object) -> ApiModel:
    sonnet = shipped_catalog().apis["claude-sonnet-4-6"]
    return replace(sonnet, input_usd_per_mtok=3.0, output_usd_per_mtok=15.0, tiers=(), changes=(), **changed)  # type: ignore[arg-type]


def test_shares_of_a_mix_sum_to_one() -> None:
    mix = mix_of(plans.workload(cached_input_fraction=0.5, cache_write_fraction=0.1))
    assert mix.uncached + mix.cached + mix.written + mix.output == pytest.approx(1.0)


def test_batch_halves_the_bill_and_has_a_bucket_of_its_own() -> None:
    book = price_book([api(batch_discount_fraction=0.5)], AS_OF, 1.0)
    plain, batched = (unit_costs(plans.workload(), book, 1.0, share)[0, 0] for share in (0.0, 1.0))
    assert batched.sum() == pytest.approx(plain.sum() / 2)
    assert batched[:4].sum() == 0
    assert batched[4] > 0


def test_cache_writes_are_billed_at_their_price() -> None:
    book = price_book([api(cache_write_usd_per_mtok=3.75)], AS_OF, 1.0)
    written = unit_costs(plans.workload(cache_write_fraction=0.2), book, 1.0, 0.0)[0, 0]
    assert written[2] == pytest.approx(900 / 960 * 0.2 * 3.75)


def test_a_tokenizer_that_makes_more_tokens_costs_more() -> None:
    book = price_book([api(tokenizer_factor=1.35), api(tokenizer_factor=1.0)], AS_OF, 1.0)
    costs = unit_costs(plans.workload(), book, 1.0, 0.0)[:, 0].sum(axis=1)
    assert costs[0] / costs[1] == pytest.approx(1.35)


def test_long_prompts_pay_the_tier_by_request_size_not_by_month() -> None:
    tiered = price_book([api(), replace(api(), tiers=(PriceTier(200_000, 6.0, 22.5),))], AS_OF, 1.0)
    for volume in (1e6, 1e12):
        short = unit_costs(plans.workload(tokens_per_day=volume), tiered, 1.0, 0.0)[:, 0].sum(axis=1)
        assert short[0] == pytest.approx(short[1], rel=1e-6)
    long = plans.workload(input_tokens=400_000.0, input_tokens_p95=400_000.0, output_tokens=1_000.0)
    costs = unit_costs(long, tiered, 1.0, 0.0)[:, 0].sum(axis=1)
    assert costs[1] / costs[0] == pytest.approx((400 * 6 + 22.5) / (400 * 3 + 15), rel=1e-3)


def test_tail_of_lognormal_prompts() -> None:
    """p95 is twice the mean by default, so 5 % of requests lie beyond it and bring about 15 % of the tokens."""
    requests, tokens = tail_shares(plans.workload(input_tokens=1_000.0), 2_000.0)
    assert requests == pytest.approx(0.05, abs=0.001)
    assert 0.1 < tokens < 0.2


def test_an_announced_price_holds_from_its_day() -> None:
    change = PriceChange("2027-02-22", input_usd_per_mtok=1.5, output_usd_per_mtok=7.5)
    book = price_book([replace(api(), changes=(change,))], AS_OF, 1.0)
    assert book.prices[0, 0, 3] == 15.0
    assert book.prices[0, -1, 3] == 7.5
    assert np.all(np.diff(book.prices[0, :, 3]) <= 0)


def test_each_change_starts_from_the_price_before_it() -> None:
    """3, then 6, then 3 again; the cache keeps its tenth of the input throughout."""
    changes = (PriceChange("2027-03-01", 6.0, None, None), PriceChange("2027-06-01", 3.0, None, None))
    cached = api(cache_read_usd_per_mtok=0.3)
    prices = price_book([replace(cached, changes=changes)], AS_OF, 1.0).prices[0]
    assert prices[4, :2] == pytest.approx([6.0, 0.6])
    assert prices[-1] == pytest.approx(price_book([cached], AS_OF, 1.0).prices[0, -1])


def test_a_price_that_was_nothing_may_rise() -> None:
    free = replace(api(), input_usd_per_mtok=0.0, cache_read_usd_per_mtok=None, cache_write_usd_per_mtok=None)
    prices = price_book([replace(free, changes=(PriceChange("2027-01-01", 2.0, None, None),))], AS_OF, 1.0).prices[0]
    assert prices[0, 0] == 0.0
    assert prices[-1, :3] == pytest.approx([2.0, 2.0, 2.0])


def test_any_number_of_changes_stays_finite() -> None:
    changes = tuple(PriceChange("2027-01-01", 1e-9 if i % 2 else 1e12, None, None) for i in range(400))
    assert np.isfinite(price_book([replace(api(), changes=changes)], AS_OF, 1.0).prices).all()


def test_prices_come_in_the_plans_currency() -> None:
    assert price_book([api()], AS_OF, 1.25).prices[0, 0, 0] == pytest.approx(3.0 / 1.25)


def test_a_model_that_retires_is_priced_as_its_successor_from_then_on() -> None:
    """Half-way through the year: six months at its own price, then the cheapest closed model that may take the work."""
    catalog = shipped_catalog()
    leaving = replace(catalog.apis["claude-sonnet-4-6"], status="retiring", retires_on="2027-05-24")
    changed = replace(catalog, apis=MappingProxyType({**catalog.apis, leaving.id: leaving}))
    work = plans.plan(plans.workload())
    stays = evaluate(work, catalog, plans.AS_OF, draws=0).ledgers["api_today"].months
    found = evaluate(work, changed, plans.AS_OF, draws=0)
    months = found.ledgers["api_today"].months
    tuned = found.ledgers["api_tuned"].months
    assert months[0].total == stays[0].total
    assert months[11].total == tuned[11].total
    assert tuned[5].total < months[5].total
    notice = next(n for n in found.notices if n.kind == "retires")
    assert (notice.api, len(notice.names)) == (leaving.id, 1)
    assert all(route.model != leaving.id for route in found.routes)


def test_a_retiring_model_stays_where_nothing_else_may_take_the_work() -> None:
    catalog = shipped_catalog()
    leaving = replace(catalog.apis["claude-sonnet-4-6"], status="retiring", retires_on="2027-05-24")
    alone = replace(catalog, apis=MappingProxyType({leaving.id: leaving}))
    found = evaluate(plans.plan(plans.workload(tokens_per_day=1e5)), alone, plans.AS_OF, draws=0)
    assert found.routes[0].model == leaving.id
    assert found.ledgers["api_today"].possible


def test_an_announced_price_holds_from_its_day_on() -> None:
    catalog = shipped_catalog()
    sonnet = catalog.apis["claude-sonnet-4-6"]
    rise = PriceChange("2027-05-24", 2 * sonnet.input_usd_per_mtok, 2 * sonnet.output_usd_per_mtok)
    dearer = replace(sonnet, changes=(rise,))
    changed = replace(catalog, apis=MappingProxyType({**catalog.apis, sonnet.id: dearer}))
    found = evaluate(plans.plan(plans.workload()), changed, plans.AS_OF, draws=0)
    months = [float(month.total) for month in found.ledgers["api_today"].months]
    assert months[11] == pytest.approx(2 * months[0], rel=1e-4)
    assert any((n.kind, n.day) == ("price_change", "2027-05-24") for n in found.notices)
