"""Answer: what is paid today, what is proposed, how proven it is, and what to do first; each line leads behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import OptionList, Static

from planner.engine.specs import Evaluation
from planner.report.document import Table
from planner.report.sections import View
from planner.report.tables.answer import moves
from planner.report.text import to_text
from planner.tui.flows.sources import Subject
from planner.tui.form.answers import not_yet
from planner.tui.screens.answer.behind import subject_of_line, subject_of_row
from planner.tui.screens.answer.lines import ALL_WORK, AnswerLines
from planner.tui.screens.explained import ResultPlace

QUALITY: Final = "questions/quality"
TESTS: Final = "questions/quality-tests"
"""Where a test that is asked for can be recorded, by hand or from a file."""


class AnswerScreen(ResultPlace):
    """The page that opens every report, on screen."""

    PLACE = "answer"
    TRACES_FIRST = ("api.", "choice.rent", "demand")
    ABOUT = (
        "The answer on one page: what you pay today, what is proposed instead, how well that is proven, what it takes,"
        " what would turn it, and three things to do first. ~ marks a number that rests on a test nobody has made yet."
        "\n\nEnter on a line goes to what stands behind it, i tells where its numbers come from, ctrl+g comes back."
    )
    DEFAULT_CSS = """
    AnswerScreen {
        & AnswerLines { height: 1fr; }
        & #no-answer { color: $muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_page", "Copy"),
    ]

    lines = query_one(AnswerLines)
    nothing = query_one("#no-answer", Static)

    def compose_place(self) -> Iterable[Widget]:
        yield Static("", id="no-answer")
        yield AnswerLines()

    def on_mount(self) -> None:
        self.lines.focus()

    def show(self, evaluation: Evaluation | None) -> None:
        self.lines.display = evaluation is not None
        self.strip.display = evaluation is None  # the page begins with the same line
        self.nothing.display = evaluation is None
        if evaluation is None:
            plan = self.host.plan
            self.nothing.update("Open a plan to see its answer." if plan is None else not_yet(plan))
        else:
            self.lines.show(evaluation)

    def subject(self, evaluation: Evaluation) -> Subject:
        """What the line under the cursor is about."""
        about = self.lines.current
        if about is None:
            return Subject()
        if about.row:
            return subject_of_row(evaluation, about.row)
        return subject_of_line(evaluation, about.label, about.number)

    @on(OptionList.OptionSelected)
    def _through_the_door(self) -> None:
        about = self.lines.current
        if about is not None and about.door:
            door = TESTS if about.door == QUALITY else about.door
            self.app.call_later(self.host.through, door, self.PLACE)

    @property
    def _called(self) -> str:
        path = self.host.session.origin.path
        return "" if path is None else str(path)

    def exported(self) -> tuple[tuple[str, str, Table], ...]:
        """The table of the page, whole: name, title and lines."""
        evaluation = self.host.evaluation
        return () if evaluation is None else (("answer", "each workload today and then", moves(evaluation, ALL_WORK)),)

    def action_copy_page(self) -> None:
        """The page as text, for a mail."""
        evaluation = self.host.evaluation
        if evaluation is not None:
            self.app.copy_to_clipboard(to_text(evaluation, View(called=self._called)))
            self.notify("Copied the answer", timeout=2)
