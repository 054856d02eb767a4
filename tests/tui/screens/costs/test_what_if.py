"""What if: plan and prices bent, the result beside today's, nothing kept unless asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.specs import PriceTier
from planner.plan.edit import set_value
from planner.plan.fields import GrowthSpread
from planner.plan.inputs import evaluate_plan, to_inputs
from planner.plan.schema import Volume
from planner.tui.charts.canvas import plain
from planner.tui.open_plan.what_if import WhatIf, bent_catalog, bent_plan, without_prices
from planner.tui.screens.costs.what_if import WhatIfPane, kept_in_words, meanings
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.sliders import Sliders
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import planner, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place


def test_nothing_moved_changes_nothing() -> None:
    plan, catalog = sample_plan(), sample_evaluation().catalog
    assert bent_plan(plan, WhatIf(), to_inputs(sample_plan())) == plan
    assert bent_catalog(catalog, WhatIf()) == catalog


def test_volume_multiplies_every_workload() -> None:
    plan = sample_plan()
    bent = bent_plan(plan, WhatIf(volume=2), to_inputs(sample_plan()))
    assert [w.tokens_per_day for w in bent.workload] == [2 * (w.tokens_per_day or 0) for w in plan.workload]


def test_longer_answers_keep_the_requests() -> None:
    before = sample_plan().workload[0]
    after = bent_plan(sample_plan(), WhatIf(output=3), to_inputs(sample_plan())).workload[0]
    assert after.output_tokens == 3 * before.output_tokens
    assert after.tokens_per_day is not None
    assert before.tokens_per_day is not None
    requests = before.tokens_per_day / (before.input_tokens + before.output_tokens)
    assert after.tokens_per_day == pytest.approx(requests * (after.input_tokens + after.output_tokens))


def test_a_bill_grows_with_the_volume_and_is_tokens_where_answers_or_prices_change() -> None:
    told = {"amount": 5_000, "currency": "EUR", "per": "month"}
    plan = set_value(sample_plan(), ("workload", 0, "bill"), told)
    now = evaluate_plan(plan, shipped_catalog(), AS_OF).inputs
    bill = bent_plan(plan, WhatIf(volume=2), now).workload[0].bill
    assert bill is not None
    assert bill.amount == 10_000
    for what in (WhatIf(volume=2, token_price=0.5), WhatIf(volume=2, output=1.0001)):
        bent = bent_plan(plan, what, now).workload[0]
        assert bent.bill is None
        assert bent.tokens_per_day == pytest.approx(2 * now.workload[0].tokens_per_day, rel=1e-4)


def test_growth_is_added_to_a_number_and_to_a_range() -> None:
    plan = sample_plan()
    assert bent_plan(plan, WhatIf(growth=0.02), to_inputs(sample_plan())).volume.growth_per_month == pytest.approx(0.02)
    ranged = plan.model_copy(update={"volume": Volume(growth_per_month=GrowthSpread(low=0.0, mid=0.03, high=0.1))})
    growth = bent_plan(ranged, WhatIf(growth=0.02), to_inputs(sample_plan())).volume.growth_per_month
    assert isinstance(growth, GrowthSpread)
    assert (growth.low, growth.mid, growth.high) == pytest.approx((0.02, 0.05, 0.12))


def test_every_price_of_an_api_is_scaled_and_nothing_else() -> None:
    catalog = sample_evaluation().catalog
    api = replace(catalog.apis["claude-sonnet-4-6"], tiers=(PriceTier(200_000, 6.0, None, 0.6),))
    bent = bent_catalog(replace(catalog, apis={"x": api}), WhatIf(token_price=0.5)).apis["x"]
    assert bent.input_usd_per_mtok == api.input_usd_per_mtok / 2
    assert bent.output_usd_per_mtok == api.output_usd_per_mtok / 2
    assert (bent.tiers[0].input_usd_per_mtok, bent.tiers[0].output_usd_per_mtok) == (3.0, None)
    assert bent.tiers[0].above_input_tokens == 200_000
    assert bent.batch_discount_fraction == api.batch_discount_fraction


def test_rents_are_scaled_and_the_plans_own_prices_step_aside() -> None:
    catalog = sample_evaluation().catalog
    bent = bent_catalog(catalog, WhatIf(gpu_price=2))
    assert all(bent.offers[key].price == 2 * offer.price for key, offer in catalog.offers.items())
    assert without_prices(sample_plan()).offer is None


def test_history_says_what_was_kept() -> None:
    assert kept_in_words(WhatIf(volume=0.5, output=2.0)) == "token volume 0.5x, answer length 2x"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_slider_shows_another_verdict_and_leaves_the_plan(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        before = app.plan
        await pilot.press("7")
        await pilot.pause()
        pane = app.screen.query_one(WhatIfPane)
        pane.query_one(Sliders).focus()
        notes = pane.query_one("#bent-verdict", Notes)
        assert "verdict unchanged" in "\n".join(plain(notes.rows))
        await pilot.press(*["left"] * 6)  # a tenth of 86 M tokens a day: below where the small engine self-hosts
        await until(pilot, lambda: "→ ○" in "\n".join(plain(notes.rows)), "the other verdict")
        assert "▲ own GPUs for the base load → ○ keep your models" in "\n".join(plain(notes.rows))
        assert "not possible" in screen_text(app)
        assert app.plan is before
        await pilot.press("0")
        await until(pilot, lambda: "verdict unchanged" in "\n".join(plain(notes.rows)), "back")


async def test_keep_writes_the_answers_but_never_the_prices(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        await pilot.press("7")
        await pilot.pause()
        app.screen.query_one(Sliders).focus()
        await pilot.press("down", "down", "down", "left", "p")  # cheaper tokens only
        await pilot.pause()
        assert len(app.session.past) == 0
        await pilot.press("0", "up", "up", "up", "right", "p")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.workload[0].tokens_per_day == pytest.approx(1.2 * 60e6)
        assert app.session.past[-1].why == "kept what-if: token volume 1.2x"
        assert "In the plan: token volume 1.2x. ctrl+z takes it back." in [n.message for n in app._notifications]
        await pilot.press("ctrl+z")
        assert app.plan.workload[0].tokens_per_day == pytest.approx(60e6)


def test_each_slider_says_what_its_value_comes_to() -> None:
    told = meanings(sample_evaluation())
    assert told[:3] == ("86 M tokens a day today, 128 M over 12 months", "6 % a month", "7.4 % of the tokens generated")
    assert told[3] == "Claude Sonnet 4.6 $3/$15 a Mtok"
    assert told[4] == "AWS $1.861 an hour"
    assert meanings(sample_evaluation(with_choice=False))[4] == ""


async def test_meanings_are_shown_where_there_is_room(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("7")
        await until(pilot, lambda: "86 M tokens a day today" in screen_text(pilot.app), "what the volume comes to")


async def test_the_keys_move_a_slider_as_soon_as_the_tab_is_open(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("7")
        await until(pilot, lambda: isinstance(pilot.app.focused, Sliders), "the focus")
        await pilot.press("right")
        assert pilot.app.screen.query_one(Sliders).values["volume"] == 1.2


async def test_a_slider_can_be_dragged(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("7")
        await pilot.pause()
        sliders = pilot.app.screen.query_one(Sliders)
        await pilot.mouse_down(Sliders, offset=(20, 3))
        lowest = sliders.values["token_price"]
        await pilot.hover(Sliders, offset=(30, 3))
        dragged = sliders.values["token_price"]
        await pilot.mouse_up(Sliders, offset=(30, 3))
        await pilot.hover(Sliders, offset=(20, 3))
        assert lowest == 0.1
        assert lowest < dragged < 3
        assert sliders.values["token_price"] == dragged


async def test_sliders_follow_the_mouse(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("7")
        await pilot.pause()
        sliders = pilot.app.screen.query_one(Sliders)
        await pilot.click(Sliders, offset=(67, 1))
        assert sliders.chosen == 1
        assert sliders.values["growth"] == 0.1
        await pilot.click(Sliders, offset=(20, 1))
        assert sliders.values["growth"] == -0.06
