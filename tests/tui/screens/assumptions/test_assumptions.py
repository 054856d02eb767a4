"""Assumptions: found, explained, changed and reset."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.engine.specs import Citation, Range
from planner.plan.edit import set_value
from planner.report.tables.assumptions import HEADING, defaults
from planner.tui.app import PlannerApp
from planner.tui.charts.canvas import plain
from planner.tui.dialogs.ask import AskDialog
from planner.tui.screens.assumptions.detail import as_typed, detail_rows, effect_of, parse_estimate
from planner.tui.screens.assumptions.screen import AssumptionsScreen
from planner.tui.widgets.fact_table import FactTable
from tests.factories import AS_OF, sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import planner, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.15", 0.15),
        ("15 %", 0.15),
        ("110k", 110_000.0),
        ("0.1 .. 0.15 .. 0.5", {"low": 0.1, "mid": 0.15, "high": 0.5}),
        ("-80 % .. -30 % .. 0", {"low": -0.8, "mid": -0.3, "high": 0.0}),
        ("2 to 3 to 4", {"low": 2.0, "mid": 3.0, "high": 4.0}),
    ],
)
def test_estimates_as_people_write_them(text: str, value: object) -> None:
    assert parse_estimate(text) == value


@pytest.mark.parametrize("text", ["", "a lot", "1 .. 2", "3 .. 2 .. 1", "1 .. 2 .. 3 .. 4"])
def test_what_is_no_estimate_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|must not"):
        parse_estimate(text)


@pytest.mark.parametrize("value", [Range(0.1, 0.15, 0.5), Range.exactly(3.0), Range(-0.8, -0.3, 0.0)])
def test_what_is_typed_parses_back(value: Range) -> None:
    found = parse_estimate(as_typed(value))
    assert found == (value.mid if value.low == value.high else {"low": value.low, "mid": value.mid, "high": value.high})


def test_old_sources_are_stale_and_a_changed_value_is_the_plans_own() -> None:
    evaluation, plan = sample_evaluation(), sample_plan()
    key, record = next(iter(evaluation.catalog.assumptions.items()))
    old = replace(record, citation=Citation("somewhere", "2024-05"))
    catalog = replace(evaluation.catalog, assumptions=MappingProxyType({key: old}))
    found = {d.key: d for d in defaults(replace(evaluation, catalog=catalog), plan)}
    assert found[key].stale
    assert found[key].matches("stale")
    assert "2024-05" in "\n".join(plain(detail_rows(found[key], AS_OF)))
    changed = plan.model_copy(update={"assumptions": {key: 7.0}})
    found = {d.key: d for d in defaults(replace(evaluation, catalog=catalog), changed)}
    assert found[key].changed
    assert not found[key].stale
    assert found[key].source == "your plan"


def test_prices_are_listed_with_their_age() -> None:
    found = {d.key: d for d in defaults(sample_evaluation(), sample_plan())}
    assert found["offer.aws-g6e-xlarge"].stale
    assert found["offer.aws-g6e-xlarge"].path == ()
    assert not found["api.claude-sonnet-4-6"].stale


def table(pilot: Pilot[None]) -> FactTable:
    return pilot.app.screen.query_one("#defaults", FactTable)


async def edit(pilot: Pilot[None], key: str, text: str) -> None:
    table(pilot).select(key)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "the dialog")
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_change_in_place_reset_and_undo(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "assumptions")
        app = planner(pilot)
        key = next(iter(sample_evaluation().catalog.assumptions))
        await edit(pilot, key, "90k .. 120k .. 150k")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.assumptions[key].model_dump() == {"low": 90e3, "mid": 120e3, "high": 150e3}  # type: ignore[union-attr]
        assert "1 changed" in screen_text(app)
        assert "120,000 [90,000–150,000]" in screen_text(app)
        await pilot.press("x")
        await settle(pilot)
        assert app.plan.assumptions == {}
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert key in app.plan.assumptions


async def test_an_objective_takes_one_number_only(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        app = planner(pilot)
        await edit(pilot, "ttft_ms_p95", "1 .. 2 .. 3")
        assert isinstance(app.screen, AskDialog)
        assert "write one number" in screen_text(app)
        app.screen.query_one(Input).value = "900"
        await pilot.press("enter")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.objectives.ttft_ms_p95 == 900


async def test_a_value_the_plan_refuses_is_said_and_nothing_changes(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        app = planner(pilot)
        await edit(pilot, "tpot_ms", "-5")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.objectives.tpot_ms == 50
        assert len(app.session.past) == 0


async def test_search(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        everything = table(pilot).row_count
        await pilot.press("slash", *"stale")
        await pilot.pause()
        assert 0 < table(pilot).row_count < everything
        assert "AWS g6e.xlarge" in screen_text(pilot.app)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert table(pilot).row_count == everything


async def test_a_price_is_not_edited_here_and_says_where(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        table(pilot).select("api.claude-sonnet-4-6")
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, AskDialog)


async def test_all_effects_fill_a_column_and_an_edit_empties_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "assumptions")
        app.screen.query_one("#search", Input).value = "people"
        await pilot.pause()
        ranged = [default for default in app.screen._found.values() if default.has_range]  # type: ignore[attr-defined]
        assert ranged
        await pilot.press("F")
        await until(pilot, lambda: len(_shorts(app)) == len(ranged), "all effects")
        assert "low → high" in screen_text(app)
        assert "effects:" not in screen_text(app)
        assert app.plan is not None
        app.update_plan(set_value(app.plan, ("volume", "growth_per_month"), 0.2), "growth 0 → 20 %")
        await settle(pilot)
        assert not _shorts(app)
        assert "low → high" not in screen_text(app)


def _shorts(app: PlannerApp) -> list[str]:
    return [effect.short for effect in app.screen._effects.values() if effect.short]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("high_wins", "mark"), [(True, "! "), (False, "")])
def test_an_effect_in_short_is_the_swing_and_whether_it_decides(high_wins: bool, mark: str) -> None:
    low = sample_evaluation()
    high = sample_evaluation(with_choice=False) if high_wins else low
    default = next(found for found in defaults(low, sample_plan()) if found.has_range)
    effect = effect_of(default, low, low, high)
    assert effect.decides is high_wins
    assert effect.short.startswith(mark)
    assert effect.short == "none" or "€" in effect.short


async def test_the_cursor_passes_headings_and_the_footer_says_what_enter_does(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 30)) as pilot:
        await show_place(pilot, "assumptions")
        screen = pilot.app.screen
        assert isinstance(screen, AssumptionsScreen)
        assert "Enter Edit" in screen_text(pilot.app).splitlines()[-1]
        keys = [
            "home",
            *["down"] * (screen.table.row_count + 1),
            "pageup",
            *["up"] * screen.table.row_count,
            "pagedown",
        ]
        seen = set()
        for key in keys:
            await pilot.press(key)
            seen.add(screen.table.current_key)
            assert not screen.table.cursor_row or not (screen.table.current_key or "").startswith(HEADING), key
        assert {key for key in seen if not (key or "").startswith(HEADING)} == set(screen._found)
