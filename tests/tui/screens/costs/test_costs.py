"""Costs: what the ledger adds up to, where lines cross, tabs built when opened, and the verdict in words."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Tab, Tabs

from planner.engine.specs import BUCKETS
from planner.report.document import plain_cell
from planner.report.tables import deciding, ledger, strategies
from planner.tui.charts.canvas import plain
from planner.tui.places import spot_of
from planner.tui.screens.costs import chart_values
from planner.tui.screens.costs.panes import CostPane, scenarios_in_words
from planner.tui.screens.costs.screen import PANES, CostsScreen
from planner.tui.screens.costs.verdict import VerdictLines, verdict_entries, verdict_rows
from planner.tui.widgets.chart import CumulativeChart
from planner.tui.widgets.fact_table import FactTable
from planner.words.warnings import warned
from tests.factories import sample_evaluation, without_months
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, screen_text, settle, until
from tests.tui.opening import show_place


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "")) if text != "–" else Decimal(0)


async def open_tab(pilot: Pilot[None], name: str) -> str:
    """Go to a tab of Costs, which is on screen."""
    pilot.app.screen.query_one(Tabs).active = name
    await pilot.pause()
    await settle(pilot)
    return screen_text(pilot.app)


def test_buckets_add_up_to_their_month_and_months_to_the_total() -> None:
    evaluation = sample_evaluation()
    every = frozenset({"total", *(f"m{month}" for month in range(1, 13))})
    found = {
        line.key: [plain_cell(cell) for cell in line.cells]
        for line in ledger.months(evaluation, ledger.cents, every).lines
    }
    for column in range(1, 6):
        for key in every:
            parts = [cells[column] for name, cells in found.items() if name.startswith(f"{key}.")]
            assert sum(map(amount, parts)) == amount(found[key][column])
        months = sum(amount(found[f"m{month}"][column]) for month in range(1, 13))
        assert months == amount(found["total"][column])


def test_a_bucket_that_is_nothing_everywhere_is_left_out() -> None:
    found = [line.key for line in ledger.months(sample_evaluation(), ledger.cents, frozenset({"m2"})).lines]
    shown = [key.removeprefix("m2.") for key in found if key.startswith("m2.")]
    assert "gpu_idle" in shown
    assert "hardware" not in shown
    assert shown == [name for name in BUCKETS if name in shown]


def test_the_lines_start_at_nothing_and_end_at_the_totals() -> None:
    evaluation = sample_evaluation()
    for line in chart_values.series(evaluation):
        strategy = evaluation.ledgers[line.role]  # type: ignore[index]
        assert line.values[0] == 0
        assert line.values[-1] == pytest.approx(float(strategy.total))


def test_break_even_month_is_the_engines_payback_month() -> None:
    evaluation = sample_evaluation()
    first, *others = chart_values.crossings(evaluation)
    assert (first.label, first.month) == ("break-even", evaluation.payback_month)
    assert [crossing.label for crossing in others] == []
    without = without_months(evaluation, "hosted_open")
    labels = [crossing.label for crossing in chart_values.crossings(without)]
    assert labels == ["break-even", "break-even with ○ API tuned"]
    assert chart_values.crossings(without_months(evaluation, "hybrid")) == ()


def test_forbidden_strategies_are_marked_and_impossible_ones_left_out() -> None:
    evaluation = without_months(sample_evaluation(), "self_host")
    names = [line.name for line in chart_values.series(evaluation)]
    assert names == ["API today ×", "API tuned ×", "hosted open ×", "hybrid"]


def test_break_even_says_what_follows() -> None:
    found = {line.key: list(map(plain_cell, line.cells)) for line in deciding.break_even(sample_evaluation()).lines}
    assert found["claude-sonnet-4-6"][1:5] == ["19 M", "51.3 M", "pays: 2.5x the break-even", "128 M"]
    assert "more GPUs" in found["claude-haiku-4-5"][3]
    assert found["aws-bedrock/qwen.qwen3-32b-v1:0"][1:3] == ["never", "never"]


def test_the_verdict_has_every_part() -> None:
    text = "\n".join(plain(verdict_rows(sample_evaluation())))
    for part in (
        "OWN GPUS FOR THE BASE LOAD  €123,565 → ~€78,257 a year",
        "Because        · Own GPUs cost less even with people and idle time",
        "Your volume becomes 0.4 times what it is: then an API.",
        "Six questions: 4 yes",
        "? unproven       Quality: only a test on your own prompts",
        "Five cases in which self-hosting wins",
        "✗ no             own fine-tuned weights",
        "You give up    · quality: the newest frontier models",
        "You gain       · data that stays on machines",
        "Next           · Import 30 days of usage logs",
        "Mind           · ",
    ):
        assert part in text


SAYS = {
    "ledger": "break-even: month",
    "break-even": "with people",
    "sensitivity": "decides",
    "risk": "cheapest",
    "map": "this plan",
    "verdict": "OWN GPUS FOR THE BASE LOAD  €123,565",
    "what-if": "verdict unchanged",
    "scenarios": "in 9 of 9: whatever prices do",
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_tab_shows_its_content(make_app: MakeApp, size: tuple[int, int]) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=size) as pilot:
        await show_place(pilot, "costs")
        for tab, says in SAYS.items():
            assert says in await open_tab(pilot, tab)


async def test_panes_are_built_when_first_opened(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        assert [pane.id for pane in pilot.app.screen.query(CostPane)] == ["pane-ledger"]
        await pilot.press("4")
        await pilot.pause()
        assert {pane.id for pane in pilot.app.screen.query(CostPane)} == {"pane-ledger", "pane-risk"}
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert pilot.app.screen.query_one(Tabs).active == "sensitivity"
        for _ in PANES:
            await pilot.press("right_square_bracket")
        assert pilot.app.screen.query_one(Tabs).active == "sensitivity"


async def test_a_month_expands_into_its_buckets_and_closes(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        ledger = pilot.app.screen.query_one("#ledger", FactTable)
        ledger.focus()
        assert ledger.row_count == 13
        await pilot.press("enter")
        await pilot.pause()
        assert "Set-up engineering" in screen_text(pilot.app)
        assert ledger.current_key == "m1"
        await pilot.press("down", "enter")  # a bucket closes its month as well
        await pilot.pause()
        assert ledger.row_count == 13
        await pilot.press("x")
        await pilot.pause()
        assert ledger.row_count > 13 * 5


async def test_the_cursor_reads_values_off_the_chart(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(160, 45)) as pilot:
        await show_place(pilot, "costs")
        chart = pilot.app.screen.query_one(CumulativeChart)
        chart.focus()
        await pilot.press("home", "right", "right")
        await pilot.pause()
        spent = ledger.cumulative(evaluation.ledgers["hybrid"])[2]
        assert f"hybrid €{spent:,.0f}" in screen_text(pilot.app)
        await pilot.click(CumulativeChart, offset=(chart.size.width - 22, 5))
        assert chart.month == 12


async def test_zoom_leaves_the_dearest_out_and_says_so(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        chart = pilot.app.screen.query_one(CumulativeChart)
        chart.focus()
        await pilot.press("z")
        assert "zoomed: API today × left out" in screen_text(pilot.app)
        assert len(chart.shown) == 4
        await pilot.press("z", "z", "z")
        assert len(chart.shown) == 5


async def test_every_chart_has_its_table(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        for tab in ("ledger", "sensitivity", "risk", "map"):
            await open_tab(pilot, tab)
            before = len(pilot.app.screen.query(FactTable))
            await pilot.press("t")
            await pilot.pause()
            tables = pilot.app.screen.query(FactTable)
            assert len(tables) > before
            assert all(table.lines for table in tables)


async def test_without_a_self_hosted_option_nothing_breaks(make_app: MakeApp) -> None:
    nothing = sample_evaluation(with_choice=False, with_risk=False)
    async with make_app(evaluator=lambda *_: nothing).run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        for tab in PANES:
            assert await open_tab(pilot, tab)


def test_nine_scenarios_say_who_is_cheapest_and_how_often() -> None:
    evaluation = sample_evaluation()
    found = strategies.scenarios(evaluation).rows
    assert len(found) == 9
    assert found[0][:3] == ("unchanged", "-30 %", "▲ hybrid")
    turned = tuple(
        replace(each, cheapest="api_tuned") if each.api_change_per_year == -0.8 else each
        for each in evaluation.scenarios
    )
    assert plain(scenarios_in_words(turned)) == (
        "Cheapest: ▲ hybrid in 6 of 9, ○ API tuned in 3 of 9: so it depends on which way prices go.",
    )
    assert "No scenarios" in plain(scenarios_in_words(()))[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_tab_is_in_view_and_opens_by_mouse(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "costs")
        for name in PANES:
            tab = pilot.app.screen.query_one(f"Tab#{name}", Tab)
            assert tab.region.right <= size[0]
            await pilot.click(f"Tab#{name}")
            await pilot.pause()
            assert pilot.app.screen.query_one(Tabs).active == name


async def test_a_tab_with_no_table_to_bring_out_offers_none(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        offered = {}
        for tab in PANES:
            offered[tab] = "Table/chart" in (await open_tab(pilot, tab)).splitlines()[-1]
        assert offered == {tab: tab not in ("break-even", "verdict", "what-if") for tab in PANES}


@pytest.mark.parametrize(
    ("today", "best", "said"),
    [
        (1, 3, "hybrid pays back in month 3 (1 against today's API)"),
        (2, 2, "hybrid pays back in month 2"),
        (11, None, "hybrid pays back in month 11, but only against today's API"),
        (None, None, "hybrid does not pay back within 12 months"),
    ],
)
def test_the_ledger_says_when_own_gpus_pay_back(today: int | None, best: int | None, said: str) -> None:
    evaluation = replace(sample_evaluation(), payback_month=today, payback_month_best=best)
    assert chart_values.payback(evaluation) == said
    assert len(f"Spent so far, € · {said}") <= 78


async def test_the_longest_title_of_the_ledger_is_whole_at_80_columns(make_app: MakeApp) -> None:
    evaluation = replace(sample_evaluation(), payback_month=10, payback_month_best=12)
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        line = next(line for line in screen_text(pilot.app).splitlines() if "Spent so far" in line)
        assert line.rstrip().endswith(chart_values.payback(evaluation))


async def test_a_result_that_comes_while_a_tab_is_being_built(make_app: MakeApp) -> None:
    evaluation = sample_evaluation()
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        screen = pilot.app.screen
        assert isinstance(screen, CostsScreen)
        screen.query_one(Tabs).active = "break-even"
        while not any(pane.is_mounted for pane in screen.query("#pane-break-even")):
            screen.show(evaluation)
            await asyncio.sleep(0)
        await until(pilot, lambda: "with people" in screen_text(pilot.app), "what the tab shows")


@pytest.mark.parametrize("click", [False, True])
async def test_a_warning_opens_what_it_is_about(make_app: MakeApp, click: bool) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await open_tab(pilot, "verdict")
        lines = app.screen.query_one(VerdictLines)
        entries = verdict_entries(sample_evaluation())
        doors = {entry.row[-1].text: entry.door for entry in entries if entry.row}
        for warning in warned(sample_evaluation()):
            assert doors[warning.text] == warning.door
        last = len(entries) - 1
        lines.highlighted = last
        wanted = spot_of(entries[last].door).place
        await pilot.pause()
        if click:
            await pilot.click(lines, offset=(20, lines.size.height - 1))
        else:
            lines.focus()
            await pilot.press("enter")
        await in_place(pilot, wanted)
        await pilot.press("ctrl+g")
        await in_place(pilot, "costs")


async def test_every_key_belongs_to_what_is_on_screen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        screen = pilot.app.screen
        number = {name: str(place) for place, name in enumerate(PANES, start=1)}
        for before, after in itertools.product(("what-if", "verdict"), PANES):
            for name in (before, after):
                await pilot.press(number[name])
                await pilot.pause()
            for active in screen.active_bindings.values():
                hidden = [n.id for n in active.node.ancestors_with_self if not getattr(n, "display", True)]
                assert not hidden, f"{active.binding.description} of {before} on {after}"
