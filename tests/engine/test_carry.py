"""What work keeps of its ways where it moves: cache hits stay with the vendor that serves them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.api_prices import price_book, unit_costs
from planner.engine.carry import Carry, carry_of
from planner.engine.fleet.self_hosted import Speed
from planner.engine.search.eligible import scopes_of
from planner.engine.specs import ApiModel, Inputs, Pins, Volume, Workload
from planner.engine.specs.catalog import Thinks
from planner.engine.specs.inputs import ThinkingMode
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
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


SHORT = plans.workload(input_tokens=900, output_tokens=45)
THINKING = Carry(home={None: replace(HOME, thinks="off")}, thinking=6.0)


@pytest.mark.parametrize(
    ("today", "mode", "there", "longer"),
    [
        ("off", "as_today", "always", 6.0), ("never", "as_today", "always", 6.0), ("off", "as_today", "on", 1.0),
        ("always", "as_today", "always", 1.0), ("always", "as_today", "off", 1.0), ("on", "as_today", "never", 1.0),
        ("off", "default", "on", 6.0), ("on", "default", "off", 1 / 6), ("always", "off", "settable", 1 / 6),
        ("settable", "off", "always", 6.0), ("settable", "off", "on", 1.0), ("settable", "as_today", "always", 1.0),
        ("never", "on", "settable", 6.0), ("off", "as_today", "", 1.0), ("", "as_today", "always", 1.0),
    ],
)  # fmt: skip
def test_output_grows_where_a_model_thinks_that_today_does_not(
    today: Thinks, mode: ThinkingMode, there: Thinks, longer: float
) -> None:
    carry = replace(THINKING, home={None: replace(HOME, thinks=today)})
    found = carry.output([replace(SHORT, thinking=mode)], [replace(HOST, thinks=there)])
    assert found[0, 0] == pytest.approx(longer)


def test_an_answer_of_45_tokens_is_billed_as_270() -> None:
    book = price_book([replace(HOST, thinks=t) for t in ("never", "always")], plans.AS_OF, 1.0, carry=THINKING)
    plain, thought = unit_costs(SHORT, book, 1.0, 0.0)[:, 0]
    assert thought[3] == pytest.approx(6 * plain[3])
    assert thought[:3] == pytest.approx(plain[:3])


def test_a_replica_of_a_model_that_thinks_carries_less() -> None:
    """The same weights sized as thinking and as not."""
    model = CATALOG.models["Qwen/Qwen3-8B"]
    scopes = []
    for thinks in ("never", "always"):
        catalog = replace(CATALOG, models={model.id: replace(model, thinks=thinks)})
        inputs = plans.plan(plans.workload())
        inputs = replace(inputs, volume=Volume(baseline_api="gpt-4o-mini"), choice=Pins(model=model.id))
        scopes.append(scopes_of(plans.with_assumptions(inputs, thinking_output_factor=4.0), catalog)[0][0])
    plain, thought = scopes
    assert thought.longer == (4.0,)
    assert thought.osl == pytest.approx(4 * plain.osl)
    speed = Speed(concurrency=8, prefill_s_per_token=0.0, decode_s_per_token=0.001, ttft_s=0.1, tpot_s=0.01)
    seconds = [speed.seconds_per_request(SHORT, 1.0, s.longer[0]) for s in scopes]
    assert seconds[1] == pytest.approx(4 * seconds[0])


@pytest.mark.parametrize(
    ("id", "thinks"),
    [
        ("claude-sonnet-4-6", "off"), ("claude-haiku-5-5", "on"), ("claude-opus-5-5", "always"),
        ("gpt-5.4-mini", "off"),
        ("aws-bedrock/eu.anthropic.claude-opus-5", "on"), ("azure/eu/gpt-6.1-sol", "always"),
        ("gpt-6-luna", "settable"), ("z.ai/GLM-5.3-Flash", "always"), ("gpt-4o-mini", "never"), ("grok-4.7", ""),
    ],
)  # fmt: skip
def test_who_thinks_is_on_record(id: str, thinks: Thinks) -> None:
    assert CATALOG.apis[id].thinks == thinks


def test_one_model_thinks_alike_wherever_it_is_served() -> None:
    for api in CATALOG.apis.values():
        if (model := CATALOG.models.get(api.hf_id or "")) is not None:
            assert api.thinks == model.thinks
        if api.serves is not None and api.serves in CATALOG.apis:
            assert api.thinks == CATALOG.apis[api.serves].thinks, api.id


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_lost_on_the_way_is_said_of_where_the_work_goes(example: str) -> None:
    """Not of the cheapest endpoint, where that saves too little to go there."""
    found = plans.evaluated(example)
    used = {route.overflow_model or route.model for route in found.routes}
    moved = ("cache_moved", "thinks_more", "tell_not_to_think", "speed_unknown")
    assert {n.api for n in found.notices if n.kind in moved} <= used
