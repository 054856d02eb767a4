"""The shell: stale results, errors, help, sizes, themes."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planner.engine.specs import Catalog, Evaluation, PriceUsed
from planner.engine.units import age_days, is_stale
from planner.plan.edit import new_plan, set_value
from planner.plan.schema import Plan
from planner.plan.store import save
from planner.report.tables.strategies import strip_parts
from planner.tui.app import PlannerApp
from planner.tui.dialogs.compare import RepriceDialog
from planner.tui.dialogs.help import HelpDialog
from planner.tui.widgets.bars import VerdictStrip, price_words, strip_line
from planner.words.labels import STRATEGY_MARKERS, UNPROVEN
from tests.factories import allowing_all, sample_evaluation, without_months
from tests.tui.conftest import AS_OF, MakeApp, small_engine
from tests.tui.driving import in_place, screen_text, settle, shown, until, verdict


async def open_fresh(app: object, pilot: object, tokens: float = 1e6) -> Plan:
    plan = set_value(new_plan("Test", AS_OF), ("workload", 0, "tokens_per_day"), tokens)
    await app.filing.open_new(plan)  # type: ignore[attr-defined]
    return plan


async def test_a_stale_result_never_wins(make_app: MakeApp) -> None:
    gate = threading.Event()
    seen: list[float] = []

    def slow_at_first(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
        tokens = plan.workload[0].tokens_per_day or 0.0
        seen.append(tokens)
        if tokens == 1e6:
            gate.wait(10)
        return small_engine(plan, catalog, as_of)

    app = make_app(evaluator=slow_at_first)
    async with app.run_test(size=(80, 24)) as pilot:
        plan = await open_fresh(app, pilot)
        await until(pilot, lambda: bool(seen), "the first run")
        for tokens in (2e6, 3e6, 50e6):
            app.update_plan(set_value(plan, ("workload", 0, "tokens_per_day"), tokens), "more")
        assert app.computing
        gate.set()
        await settle(pilot)
        assert app.evaluation is not None
        assert app.evaluation.inputs.workload[0].tokens_per_day == 50e6
        assert "OWN GPUS" in verdict(pilot)
    assert seen == [1e6, 50e6], "what was typed meanwhile is evaluated once"


async def test_a_failing_evaluation_is_told_and_the_app_lives(make_app: MakeApp) -> None:
    def fails(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
        raise ValueError("volume.baseline_api: there is no API model “x”")

    app = make_app(evaluator=fails)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_fresh(app, pilot)
        await settle(pilot)
        assert "! volume.baseline_api: there is no API model “x”" in screen_text(app)
        app.evaluator = small_engine
        app.update_plan(new_plan("Another", AS_OF), "mended")
        await settle(pilot)
        assert "KEEP YOUR MODELS" in screen_text(app)


async def test_what_changed_flashes_once(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        plan = await open_fresh(app, pilot)
        await settle(pilot)
        strip = app.screen.query_one(VerdictStrip)
        assert strip.changed == frozenset()
        app.update_plan(set_value(plan, ("workload", 0, "tokens_per_day"), 2e6), "more")
        await settle(pilot)
        assert "best" in strip.changed
        assert "headline" not in strip.changed
        await until(pilot, lambda: not strip.changed, "calm again")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_strip_fits_and_keeps_what_matters(width: int) -> None:
    line = strip_line(strip_parts(sample_evaluation()), frozenset(), width - 4).plain
    assert len(line) <= width - 4
    assert "OWN GPUS" in line
    assert STRATEGY_MARKERS["hybrid"] in line
    assert "€" in line
    if width >= 80:
        assert "→" in line
        assert "untested" in line


def test_a_recommendation_that_nothing_carries_says_so() -> None:
    parts = strip_parts(without_months(sample_evaluation(), "hybrid"))
    assert [part.text(0) for part in parts][:2] == ["▲ OWN GPUS FOR THE BASE LOAD", "€123,565 a year today"]


async def test_help_names_the_place_and_its_keys(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_fresh(app, pilot)
        await in_place(pilot, "questions")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog), "help")
        assert "Six questions" in screen_text(app)
        await pilot.press("escape")
        await in_place(pilot, "questions")


async def test_too_small_is_said_and_nothing_is_lost(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        plan = await open_fresh(app, pilot)
        await in_place(pilot, "questions")
        notice = app.screen.query_one("#too-small")
        assert not shown(notice)
        await pilot.resize_terminal(50, 15)
        await until(pilot, lambda: shown(notice), "the notice")
        assert "60 × 20" in screen_text(app)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: not shown(notice), "the place again")
        assert app.plan == plan


@pytest.mark.parametrize("theme", ["planner-dark", "planner-light", "textual-light", "nord", "ansi-dark"])
async def test_every_theme_paints(make_app: MakeApp, theme: str) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await open_fresh(app, pilot)
        await settle(pilot)
        assert "KEEP YOUR MODELS" in screen_text(app)


async def test_a_broken_catalogue_is_told_on_the_strip(make_app: MakeApp) -> None:
    def broken() -> Catalog:
        raise ValueError("catalog.toml:3: apis.mine: price missing")

    app = make_app(catalog=broken)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.error), "the error")
        assert "catalog.toml:3" in screen_text(app)


async def test_while_typing_goes_on_the_strip_follows(make_app: MakeApp) -> None:
    gates = {tokens: threading.Event() for tokens in (1e6, 2e6, 50e6)}

    def gated(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
        gates[plan.workload[0].tokens_per_day or 0.0].wait(10)
        return small_engine(plan, catalog, as_of)

    app = make_app(evaluator=gated)
    async with app.run_test(size=(80, 24)) as pilot:
        plan = await open_fresh(app, pilot)
        gates[1e6].set()
        await settle(pilot)
        app.update_plan(set_value(plan, ("workload", 0, "tokens_per_day"), 2e6), "two", group="volume")
        await until(pilot, lambda: app.computing and not app._recomputer._scheduled, "the run of 2M")
        app.update_plan(set_value(plan, ("workload", 0, "tokens_per_day"), 50e6), "fifty", group="volume")
        gates[2e6].set()
        await until(pilot, lambda: tokens_shown(app) == 2e6, "the result of a moment ago")
        assert app.computing
        gates[50e6].set()
        await settle(pilot)
        assert tokens_shown(app) == 50e6


def tokens_shown(app: PlannerApp) -> float:
    assert app.evaluation is not None
    return app.evaluation.inputs.workload[0].tokens_per_day


async def test_undo_waits_while_a_dialog_asks(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        plan = await open_fresh(app, pilot)
        app.update_plan(set_value(plan, ("name",), "Other"), "renamed")
        await settle(pilot)
        await pilot.press("f1", "ctrl+z")
        assert app.plan is not None
        assert app.plan.name == "Other"
        await pilot.press("escape", "ctrl+z")
        assert app.plan.name == "Test"


async def test_an_opened_plan_keeps_its_prices_and_says_which_changed(make_app: MakeApp, profiles: Path) -> None:
    catalog = sample_evaluation().catalog
    api = catalog.apis[sample_evaluation().inputs.volume.baseline_api]
    price = {
        "id": api.id,
        "input_per_mtok": api.input_usd_per_mtok * 2,
        "output_per_mtok": api.output_usd_per_mtok * 2,
        "source": "an older list",
        "as_of": date(2026, 5, 1),
    }
    path = profiles / "old.toml"
    save(set_value(new_plan("Old prices", AS_OF), ("prices", "api"), [price]), path)
    app = make_app(open_path=path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        await until(pilot, lambda: "different today" in screen_text(app), "the notice")
        assert app.plan is not None
        before = app.plan
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RepriceDialog), "the dialog")
        await until(pilot, lambda: f"{api.name}, input" in screen_text(app), "the prices")
        await pilot.press("enter")  # the focus is on keeping the old prices
        await in_place(pilot, "questions")
        assert app.plan == before
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RepriceDialog), "the dialog")
        await pilot.press("right", "enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan.prices.api[0].input_per_mtok == api.input_usd_per_mtok
        assert app.session.dirty


async def test_the_dirty_mark_survives_a_long_name(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.filing.open_new(new_plan("A very long name of a plan that goes on and on and on, as names do", AS_OF))
        await settle(pilot)
        first = screen_text(app).splitlines()[0]
        assert "… *" in first
        assert "stale" in first
        assert len(first) <= 80


def said(evaluation: Evaluation) -> str:
    """The strip in full."""
    return " ".join(part.text(0) for part in strip_parts(evaluation))


def test_the_strip_says_today_then_proof_and_the_next_best() -> None:
    """Nothing is next best where nothing else is allowed."""
    barred = sample_evaluation()
    assert "next best" not in said(barred)
    assert "next best" in said(allowing_all(barred))
    assert f"{UNPROVEN}€78,257 a year" in said(barred)
    assert "passes your test (untested)" in said(barred)


async def test_each_place_says_once_that_it_is_settled(make_app: MakeApp) -> None:
    settled: list[str] = []
    app: PlannerApp = make_app(settled=lambda: settled.append(app.current_mode))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_fresh(app, pilot)
        await settle(pilot)
        await until(pilot, lambda: settled == ["questions"], "the questions")
        await pilot.press("f7")
        await until(pilot, lambda: settled == ["questions", "costs"], "the costs")
        assert app.plan is not None
        app.update_plan(set_value(app.plan, ("volume", "growth_per_month"), 0.01), "grown")
        await settle(pilot)
        await pilot.press("f3")
        await in_place(pilot, "questions")
        await settle(pilot)
        await until(pilot, lambda: not app.screen._callbacks, "what waits for the next paint")
        assert settled == ["questions", "costs"]


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        (["2026-11-20", "2026-11-21"], "prices from 2026-11-20"),
        (["2026-09-14", "2026"], "2 of 2 prices stale, oldest seen 70 days ago"),
        (["2026", "2025-12"], "2 of 2 prices stale, seen on no known day"),
    ],
)
def test_the_age_of_a_price_is_that_of_a_known_day(as_of: list[str], told: str) -> None:
    found = sample_evaluation()
    prices = tuple(
        PriceUsed("api", f"a{place}", day, "source", age_days(day, AS_OF), is_stale(day, AS_OF, 30))
        for place, day in enumerate(as_of)
    )
    assert price_words(replace(found, prices_used=prices)) == (told, "stale" in told)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("words", ["ctrl+g goes back to Answer.", "Written long: " + "word " * 40])
async def test_a_notice_leaves_the_bars_of_keys_in_sight(make_app: MakeApp, size: tuple[int, int], words: str) -> None:
    app = make_app()
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_fresh(app, pilot)
        await settle(pilot)
        before = screen_text(app).splitlines()
        app.notify(words, timeout=60)
        await until(pilot, lambda: words[:12] in screen_text(app), "the notice")
        after = screen_text(app).splitlines()
        assert after[-2:] == before[-2:]
        changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        assert len(changed) <= 2 + len(words) // 30
