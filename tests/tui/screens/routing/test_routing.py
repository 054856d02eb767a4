"""Routing: where work goes and why, overriding it, the curve and the week."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from planner.plan.edit import new_plan
from planner.report.document import plain_cell
from planner.report.tables.routes import BURSTS, routes, week
from planner.tui.charts.canvas import plain
from planner.tui.dialogs.pick import PickDialog
from planner.tui.screens.routing.screen import detail_rows
from planner.tui.widgets.chart import ChartPane
from planner.tui.widgets.fact_table import FactTable
from tests.evaluations import MARKUP_NAME
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import planner, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place


def cells(key: str, **settings: object) -> list[str]:
    found = routes(sample_evaluation(**settings)).lines  # type: ignore[arg-type]
    return [plain_cell(cell) for cell in next(line for line in found if line.key == key).cells]


def test_a_line_says_where_why_and_how_much() -> None:
    assert cells("ticket triage") == [
        "ticket triage",
        "70 %",
        "■ self-host: Qwen3 32B",
        "~ Classification suits own GPUs. Its level is solid, and the work needs routine;"
        " not yet tested on your prompts.",
        "~2,450",
        "42 %",
        "○ Claude Haiku 4.5 2,890",
    ]
    where, why = cells("draft replies")[2:4]
    assert where == "● Claude Sonnet 4.6"
    assert why.startswith("Text that customers read stays on the API")


def test_bursts_have_a_line_with_their_rule() -> None:
    assert cells(BURSTS)[:4] == ["bursts", "2.8 %", "○ Claude Haiku 4.5", "Peaks that the 2 GPUs cannot take."]
    assert "may not" not in "".join(plain(detail_rows(sample_evaluation(), BURSTS)))
    assert all(line.key != BURSTS for line in routes(sample_evaluation(with_choice=False)).lines)


def test_months_without_gpus_are_part_of_the_burst_rule() -> None:
    evaluation = sample_evaluation()
    assert evaluation.choice is not None
    waiting = replace(evaluation, choice=replace(evaluation.choice, replicas_by_month=(0,) * 4 + (3,) * 8))
    rule = plain_cell(next(line for line in routes(waiting).lines if line.key == BURSTS).cells[3])
    assert rule.startswith("All of it in months 1-4, when no GPU runs yet; then peaks")


def test_the_plan_rents_nothing_where_no_work_is_self_hosted() -> None:
    evaluation = sample_evaluation()
    assert evaluation.planned_replicas == 3
    outside = replace(evaluation, routes=tuple(r for r in evaluation.routes if r.destination != "self_host"))
    assert outside.planned_replicas == 0


def test_the_week_as_a_table_marks_what_is_above_the_capacity() -> None:
    evaluation = sample_evaluation()
    load = evaluation.week
    assert load is not None
    cells = [plain_cell(cell) for line in week(evaluation).lines for cell in line.cells[1:]]
    assert len(cells) == 168
    assert sum(cell.endswith("!") for cell in cells) == load.hours_above
    assert "!" not in "".join(
        plain_cell(cell) for line in week(replace(evaluation, week=None)).lines for cell in line.cells
    )


async def test_the_screen_shows_table_curve_and_week(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        text = screen_text(pilot.app)
        for part in ("◂ the plan", "● API only", "■ self-host", "× not allowed", "Mon", "capacity", "~ unproven"):
            assert part in text


async def choose(pilot: Pilot[None], option: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the dialog")
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(option)
    await pilot.press("enter")
    await settle(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_override_a_route_and_give_it_back(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "routing")
        app = planner(pilot)
        await pilot.press("down", "o")
        await choose(pilot, "self_host")
        assert app.plan is not None
        assert [work.route for work in app.plan.workload] == ["auto", "self_host", "auto"]
        await pilot.press("a")
        await settle(pilot)
        assert [work.route for work in app.plan.workload] == ["auto"] * 3
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert [work.route for work in app.plan.workload] == ["auto", "self_host", "auto"]


async def test_bursts_cannot_be_overridden_but_are_explained(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        pilot.app.screen.query_one("#routes", FactTable).select(BURSTS)
        await pilot.press("o")
        assert not isinstance(pilot.app.screen, PickDialog)
        assert "Work that must stay inside never overflows" in screen_text(pilot.app)


async def test_t_turns_charts_into_tables_and_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        assert len(pilot.app.screen.query(FactTable)) == 1
        await pilot.press("t")
        await pilot.pause()
        tables = pilot.app.screen.query_one("#curve", ChartPane).query_one(FactTable)
        assert [line.key for line in tables.lines] == ["0", "1", "2", "3", "4", "5"]
        assert "12 months" in screen_text(pilot.app)
        await pilot.press("t")
        await pilot.pause()
        assert "◂ the plan" in screen_text(pilot.app)


async def test_names_are_never_markup(make_app: MakeApp) -> None:
    evaluation = sample_evaluation(first_workload=MARKUP_NAME)
    async with make_app(evaluator=lambda *_: evaluation).run_test(size=(160, 40)) as pilot:
        await show_place(pilot, "routing", sample_plan(first_workload=MARKUP_NAME))
        assert "[bold]x[/]" in screen_text(pilot.app)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the dialog")
        assert "[bold]x[/]" in screen_text(pilot.app)


async def test_an_answer_about_a_plan_that_is_not_open_any_more_changes_nothing(make_app: MakeApp) -> None:
    """Another plan, asked for before, opened behind the dialog."""
    async with make_app().run_test(size=(80, 24), notifications=True) as pilot:
        await show_place(pilot, "routing")
        app = planner(pilot)
        await pilot.press("down", "o")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the dialog")
        blank = new_plan("Other", AS_OF)
        await app.filing.open_new(blank)
        await choose(pilot, "self_host")
        await until(pilot, lambda: "Another plan was opened" in screen_text(app), "why nothing happened")
        assert app.plan == blank
