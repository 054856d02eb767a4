"""Messages about a workload that has gone, or moved, by the time they arrive."""

from __future__ import annotations

import pytest
from textual.message import Message
from textual.pilot import Pilot

from planner.plan.edit import add_workload
from planner.tui.screens.questions.form import QuestionForm
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.question_row import QuestionRow
from planner.tui.widgets.workload_table import WorkloadTable
from tests.tui.conftest import MakeApp
from tests.tui.driving import field, planner, settle, until
from tests.tui.opening import sample_plan, show_place

LARGE = (120, 40)


async def with_an_added_workload(pilot: Pilot[None]) -> QuestionsScreen:
    """The questions of a plan whose last workload can be undone."""
    await show_place(pilot, "questions", sample_plan())
    app = planner(pilot)
    assert app.plan is not None
    app.update_plan(add_workload(app.plan), "added")
    await settle(pilot)
    screen = app.screen
    assert isinstance(screen, QuestionsScreen)
    return screen


@pytest.mark.parametrize(
    "message",
    [WorkloadTable.EditRequested(9), WorkloadTable.AddRequested(9), WorkloadTable.DeleteRequested(9)],
    ids=["edit", "copy", "delete"],
)
async def test_a_wish_about_a_row_that_has_gone(make_app: MakeApp, message: Message) -> None:
    async with make_app().run_test(size=LARGE) as pilot:
        screen = await with_an_added_workload(pilot)
        before = planner(pilot).plan
        screen.query_one(WorkloadTable).post_message(message)
        await settle(pilot)
        assert planner(pilot).is_running
        assert planner(pilot).plan == before
        assert screen.query(WorkloadTable)


async def test_an_answer_for_a_workload_that_was_undone_meanwhile(make_app: MakeApp) -> None:
    async with make_app().run_test(size=LARGE) as pilot:
        screen = await with_an_added_workload(pilot)
        app = planner(pilot)
        assert app.plan is not None
        screen.workload = last = len(app.plan.workload) - 1
        await until(pilot, lambda: bool(screen.query(f"#workload-{last}-name")), "the workload's form")
        name = field(pilot, f"workload-{last}-name")
        name.value = "typed at the last moment"  # its message is on its way ...
        app.action_undo()  # ... when it is taken back
        app.action_undo()  # ... and the workload goes
        await settle(pilot)
        assert app.is_running
        assert len(app.plan.workload) == last
        assert "typed at the last moment" not in [work.name for work in app.plan.workload]
        await until(pilot, lambda: bool(screen.query(WorkloadTable)), "the table")


async def test_a_workload_undone_while_its_form_is_built(make_app: MakeApp) -> None:
    async with make_app().run_test(size=LARGE) as pilot:
        screen = await with_an_added_workload(pilot)
        app = planner(pilot)
        assert app.plan is not None
        last = len(app.plan.workload) - 1
        screen.workload = last
        app.action_undo()  # before the form is there
        await settle(pilot)
        assert app.is_running
        await until(pilot, lambda: bool(screen.query(WorkloadTable)), "the table")
        assert screen.workload is None


async def test_an_answer_that_comes_when_its_form_has_gone(make_app: MakeApp) -> None:
    async with make_app().run_test(size=LARGE) as pilot:
        screen = await with_an_added_workload(pilot)
        app = planner(pilot)
        assert app.plan is not None
        last = len(app.plan.workload) - 1
        screen.workload = last
        await until(pilot, lambda: bool(screen.query(f"#workload-{last}-name")), "the workload's form")
        row = screen.query_one(f"#row-workload-{last}-name", QuestionRow)
        form = screen.query_one(QuestionForm)
        app.action_undo()
        form._submit(row, "too late", typed=True)
        await settle(pilot)
        assert app.is_running
        assert len(app.plan.workload) == last
