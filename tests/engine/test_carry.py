"""What work keeps of its ways where it moves: cache hits stay with the vendor that serves them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.api_prices import price_book, unit_costs
from planner.engine.carry import Carry, carry_of
from planner.engine.specs import ApiModel, Inputs, Volume, Workload
from planner.evaluate import evaluate
from tests.engine import plans

CATALOG = shipped_catalog()
HOME = replace(CATALOG.apis["claude-sonnet-4-6"], id="home", provider="one", tiers=(), changes=())
SIBLING = replace(HOME, id="sibling")
HOST = replace(HOME, id="host", provider="two")
ROUTER = replace(HOME, id="router", provider="openrouter")
CODING = plans.workload(kind="coding", input_tokens=20_000, output_tokens=400, cached_input_fraction=0.95)
MOVES = Carry(home={None: HOME}, hits_at_host=0.8, hits_at_router=0.5)


def bills(work: Workload, carry: Carry, *apis: ApiModel) -> list[float]:
    book = price_book(apis, plans.AS_OF, 1.0, carry=carry)
    found: list[float] = unit_costs(work, book, 1.0, 0.0)[:, 0].sum(axis=1).tolist()
    return found


def test_hits_stay_at_todays_vendor_and_only_some_survive_elsewhere() -> None:
    home, sibling, host, router = bills(CODING, MOVES, HOME, SIBLING, HOST, ROUTER)
    assert home == sibling < host < router
    at = [bills(replace(CODING, cached_input_fraction=0.95 * kept), Carry(), HOME)[0] for kept in (0.8, 0.5)]
    assert [host, router] == pytest.approx(at)


def test_nothing_is_lost_where_no_read_is_billed_cheaper() -> None:
    plain = replace(HOST, cache_read_usd_per_mtok=None)
    assert bills(CODING, MOVES, plain) == pytest.approx(bills(CODING, Carry(), plain))


def test_one_plan_costs_eight_times_as_much_where_no_hit_survives() -> None:
    """A coding plan of 95 % hits at a cache read of a twentieth of the price, where output is little."""
    cheap = replace(HOST, input_usd_per_mtok=1.0, output_usd_per_mtok=1.0, cache_read_usd_per_mtok=0.05)
    kept, none = (bills(CODING, replace(MOVES, hits_at_host=share), cheap)[0] for share in (1.0, 0.0))
    assert none / kept == pytest.approx(20_400 / (20_000 * (0.05 + 0.95 * 0.05) + 400))
    assert none / kept > 8


@pytest.mark.parametrize(("life", "price"), [("minutes", 3.75), ("hour", 6.0)])
def test_a_write_is_billed_for_as_long_as_it_is_kept(life: str, price: float) -> None:
    api = replace(HOME, cache_write_usd_per_mtok=3.75, cache_write_1h_usd_per_mtok=6.0)
    work = replace(CODING, cached_input_fraction=0.5, cache_write_fraction=0.2, cache_life=life)  # type: ignore[arg-type]
    written = unit_costs(work, price_book([api], plans.AS_OF, 1.0), 1.0, 0.0)[0, 0, 2]
    assert written == pytest.approx(20_000 / 20_400 * 0.2 * price)


def test_an_hour_costs_its_ratio_above_a_tier_too_and_nothing_more_where_it_is_not_sold() -> None:
    tiered = CATALOG.apis["claude-haiku-5-5"]
    work = replace(CODING, input_tokens=200_000, input_tokens_p95=200_000, cache_write_fraction=0.05)
    unsold = replace(tiered, cache_write_1h_usd_per_mtok=None)
    for api, ratio in ((tiered, 1.6), (unsold, 1.0)):
        book = price_book([api], plans.AS_OF, 1.0)
        short, long = (unit_costs(each, book, 1.0, 0.0)[0, 0, 2] for each in (work, replace(work, cache_life="hour")))
        assert long / short == pytest.approx(ratio)


def coding_plan(**assumed: float) -> Inputs:

    return plans.with_assumptions(plans.plan(CODING, volume=Volume(baseline_api="claude-sonnet-4-6")), **assumed)


def test_a_plan_may_say_how_much_survives() -> None:
    carry = carry_of(coding_plan(cache_hits_other_host_fraction=0.25, cache_hits_router_fraction=0.0), CATALOG)
    host, router = carry.hits([CODING], [HOST, ROUTER])[0]
    assert (host, router) == (0.25, 0.0)
    usual = carry_of(coding_plan(), CATALOG)
    assert 0 < usual.hits_at_router < usual.hits_at_host < 1


def test_what_is_said_of_hits_is_said_of_the_leg_in_use() -> None:
    found = evaluate(coding_plan(), CATALOG, plans.AS_OF)
    route = found.routes[0]
    moved = [n for n in found.notices if n.kind == "cache_moved"]
    away = route.model in CATALOG.apis and CATALOG.apis[route.model].provider != "Anthropic"
    assert bool(moved) == away
