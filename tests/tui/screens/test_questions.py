"""The questions as painted: what has the focus is seen, hints stay where they are, Back leads to where one was."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from planner.catalog.load import shipped_catalog
from planner.plan.drafts import recover_drafts
from planner.plan.edit import add_workload
from planner.plan.inputs import evaluate_plan
from planner.plan.schema import Plan
from planner.plan.store import save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.pick import Item, PickDialog, found_by
from planner.tui.form.questions import STEPS
from planner.tui.places import Spot
from planner.tui.screens.questions.form import QuestionForm
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.question_row import PickField, QuestionRow
from planner.tui.widgets.workload_table import WorkloadTable
from tests.tui.conftest import MakeApp
from tests.tui.driving import drafted, field, screen_text, settle, type_into, until
from tests.tui.opening import sample_plan, show_place
from tests.tui.typing import press

SIZES = [(80, 24), (100, 30), (120, 40)]


def _place(pilot: Pilot[None]) -> QuestionsScreen:
    assert isinstance(pilot.app.screen, QuestionsScreen)
    return pilot.app.screen


async def _at_step(pilot: Pilot[None], step: int) -> None:
    place = _place(pilot)
    place.action_jump(step)
    await pilot.pause()
    await until(pilot, lambda: place.bar.current == step and bool(place.query(QuestionForm)), "the question")
    await settle(pilot)


async def _each_field_is_seen(pilot: Pilot[None]) -> None:
    """With the focus on one field after the other: its line is painted, whole, above the hint, which does not move."""
    place = _place(pilot)
    hint = place.query_one(Hint)
    stands = hint.region
    assert stands.height >= 3
    for row in [row for row in place.query(QuestionRow) if row.display]:
        control = next(each for each in row.query("*") if each.focusable)
        control.focus()
        await pilot.pause()
        holder = place.holder.region
        await until(pilot, partial(_stands_in, holder, control), f"{row.field.label} in the form")
        _is_painted(pilot, control, row.field.label)
        assert hint.region == stands, row.field.label
        words = " ".join(screen_text(pilot.app).replace("│", " ").split())
        assert "If you skip this (^o)" in words or row.field.why.split()[0] in words, row.field.label


def _says(app: PlannerApp, words: str) -> bool:
    return words in screen_text(app)


def _at_rest(holder: Widget) -> bool:
    return not holder.app.animator.is_being_animated(holder, "scroll_y")


def _stands_in(holder: Region, control: Widget) -> bool:
    return holder.contains_region(control.region)


def _is_painted(pilot: Pilot[None], control: Widget, words: str) -> None:
    lines = screen_text(pilot.app).splitlines()[control.region.y : control.region.bottom]
    assert any(words[:18] in line for line in lines), (words, lines)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_field_with_the_focus_is_always_seen(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await show_place(pilot, "questions")
        for step in range(len(STEPS)):
            await _at_step(pilot, step)
            await _each_field_is_seen(pilot)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_so_is_every_field_of_a_workload_folded_and_not(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-name")), "the workload's form")
        await settle(pilot)
        await _each_field_is_seen(pilot)
        _place(pilot).query_one(QuestionForm).unfold(True)
        await pilot.pause()
        await _each_field_is_seen(pilot)


def _many() -> Plan:
    plan = sample_plan()
    for number in range(12):
        plan = add_workload(plan, {"name": f"work {number:02}", "tokens_per_day": 1e6})
    return plan


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_so_is_the_line_of_the_table_that_has_the_cursor(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        plan = _many()
        await show_place(pilot, "questions", plan)
        names = [work.name for work in plan.workload]
        table = app.screen.query_one(WorkloadTable)
        for key, wanted in (("down", [*names[1:], table.ADD]), ("up", names[::-1])):
            for name in wanted:
                await pilot.press(key)
                assert table.has_focus
                await until(pilot, partial(_says, app, name[:17]), name)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_back_leads_to_where_one_was(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await show_place(pilot, "questions", _many())
        table = app.screen.query_one(WorkloadTable)
        table.move_cursor(row=9)
        await press(pilot, "<enter>")
        await until(pilot, lambda: bool(app.screen.query("#workload-9-name")), "the workload's form")
        await press(pilot, "<escape>")
        await until(pilot, lambda: bool(app.screen.query(WorkloadTable)), "the table again")
        await settle(pilot)
        table = app.screen.query_one(WorkloadTable)
        assert table.has_focus
        assert table.cursor_row == 9
        assert table.table.rows[9][0] in screen_text(app)
        for name, step in (("volume-known", 0), ("objectives-tpot-ms", 3)):
            await _at_step(pilot, step)
            app.screen.query_one(f"#{name}").focus()
            await pilot.pause()
            holder = _place(pilot).holder
            await until(pilot, partial(_at_rest, holder), "no scrolling")
            scrolled = holder.scroll_y
            await press(pilot, "<ctrl+n>")
            await until(pilot, lambda step=step: _place(pilot).bar.current == step + 1, "the next")  # type: ignore[misc]
            await settle(pilot)
            await press(pilot, "<ctrl+b>")
            await until(pilot, lambda step=step: _place(pilot).bar.current == step, "the one before")  # type: ignore[misc]
            await settle(pilot)
            control = app.screen.query_one(f"#{name}")
            assert control.has_focus
            await until(pilot, partial(_at_rest, holder), "no scrolling")
            assert holder.scroll_y == scrolled
            assert _place(pilot).holder.region.contains_region(control.region)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_list_opens_once_and_shows_its_lines(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=size) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-name")), "the workload's form")
        for name in ("kind", "level", "api-model"):
            control = app.screen.query_one(f"#workload-0-{name}", PickField)
            control.focus()
            await pilot.pause()
            control.action_open()
            control.action_open()
            await until(pilot, lambda: isinstance(app.screen, PickDialog), "the list")
            await pilot.pause()
            dialog = app.screen
            assert isinstance(dialog, PickDialog)
            assert dialog.focused is not None, "at once"
            last = dialog.options.option_count - 1
            for at in (0, last // 2, last):
                dialog.options.highlighted = at
                words = str(dialog.options.get_option_at_index(at).prompt).strip("✓ ")[:12]
                await until(pilot, partial(_says, app, words), words)
            await press(pilot, "<escape>")
            await until(pilot, lambda: len(app.screen_stack) == 1, "one list, and no other below it")
            assert control.has_focus


ITEMS = [
    Item("gpt-5.4-mini", "GPT-5.4 mini", "$0.75 / $4.5  OpenAI"),
    Item("gpt-5.4", "GPT-5.4", "$2.5 / $15  OpenAI"),
    Item("deepseek-r1", "DeepSeek-R1", "$1.35 / $5.4  aws"),
    Item("gpt-4.1-mini", "GPT-4.1 mini", "$0.4 / $1.6  OpenAI"),
    Item("claude-sonnet-4-6", "Claude Sonnet 4.6", "$3 / $15  Anthropic"),
    Item("kimi", "Kimi K2.5.4x", ""),
]


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [
        ("", "gpt-5.4-mini", 6),
        ("5.4", "gpt-5.4", 4),
        ("GPT 5.4", "gpt-5.4", 2),
        ("gpt-5.4", "gpt-5.4", 2),
        ("5.4 mini", "gpt-5.4-mini", 1),
        ("4.1-mini", "gpt-4.1-mini", 1),
        ("t 4.6", "claude-sonnet-4-6", 1),
        ("sonnet-4-6", "claude-sonnet-4-6", 1),
        ("anthropic", "claude-sonnet-4-6", 1),
        ("nothing like it", None, 0),
    ],
)
def test_a_model_is_found_by_any_part_of_its_name(text: str, first: str | None, count: int) -> None:
    found = found_by(ITEMS, text)
    assert len(found) == count
    assert (found[0].id if found else None) == first


async def test_in_a_short_list_a_letter_goes_to_what_begins_with_it(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-name")), "the workload's form")
        app.screen.query_one("#workload-0-level").focus()
        await pilot.pause()
        await press(pilot, "e<enter>")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the form")
        assert app.plan is not None
        assert app.plan.workload[0].level == "expert"
        field(pilot, "workload-0-name").focus()
        await pilot.pause()
        app.screen.query_one("#workload-0-level").focus()
        await press(pilot, "a<enter>")
        await until(pilot, lambda: app.plan is not None and app.plan.workload[0].level is None, "as today's model")


def typed_in_drafts(profiles: Path) -> list[str]:
    return [text for draft in recover_drafts(profiles) for _, text in draft.typed]


async def test_leaving_with_a_text_that_is_no_answer_asks_and_keeps_it(make_app: MakeApp, profiles: Path) -> None:
    """It never rested, so the plan is as it was opened: the text alone would be lost."""
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: bool(app.screen.query("#volume-growth-per-month")), "the form")
        assert not app.session.dirty
        before = app.screen.query_one("#volume-growth-per-month", Input).value
        await type_into(pilot, "volume-growth-per-month", "8x")
        await app.action_quit()
        await until(pilot, lambda: len(app.screen_stack) > 1, "the question whether to save")
        assert typed_in_drafts(profiles) == ["8x"]
        await drafted(pilot)  # what rests by itself knows of it, too
        assert typed_in_drafts(profiles) == ["8x"]
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the form")
        await type_into(pilot, "volume-growth-per-month", before)
        await app.action_quit()
        await until(pilot, lambda: not app.workers, "the end of leaving")
    assert recover_drafts(profiles) == ()


async def test_opening_another_plan_keeps_a_text_that_is_no_answer(make_app: MakeApp, profiles: Path) -> None:
    mine, other = profiles / "mine.toml", profiles / "other.toml"
    for path in (mine, other):
        save(sample_plan(), path)
    app = make_app(open_path=mine, open_at=Spot("questions"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: bool(app.screen.query("#volume-growth-per-month")), "the form")
        await type_into(pilot, "volume-growth-per-month", "8x")
        app.run_flow(partial(app.filing.open_path, other))
        await until(pilot, lambda: app.session.origin.path == other, "the other plan")
        await drafted(pilot)
    assert [(draft.origin, draft.typed[0][1]) for draft in recover_drafts(profiles)] == [(mine, "8x")]
