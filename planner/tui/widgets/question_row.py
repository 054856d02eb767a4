"""One field of the questionnaire: label, control, and what is wrong with the answer while it is wrong."""

from __future__ import annotations

from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from planner.tui.answering import read_answer, show_answer
from planner.tui.question_field import Field
from planner.tui.widgets.choice_field import ChoiceField
from planner.tui.widgets.pick_field import PickField

CHOSEN = frozenset({"answer", "choice", "flag", "tristate"})


class QuestionRow(Vertical):
    """Builds the control that fits the field, validates what is typed, and reports only what is valid."""

    DEFAULT_CSS = """
    QuestionRow {
        height: auto;
        & Horizontal { height: 1; }
        & .label { width: 19; color: $muted; text-wrap: nowrap; text-overflow: ellipsis; }
        &:focus-within .label { color: $foreground; }
        & Input { width: 1fr; max-width: 44; padding: 0 1; background: $surface; }
        & Input:focus { background: $panel; }
        & Input.-wrong { background: $error 25%; }
        & .problem { display: none; padding: 0 0 0 19; color: $bad; height: auto; }
        & .problem.-shown { display: block; }
        & .problem.-told { display: block; color: $muted; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    class Answered(Message):
        """A valid answer that differs from the plan's was given."""

        def __init__(self, row: QuestionRow, value: Any) -> None:
            super().__init__()
            self.row, self.value = row, value

    class Left(Message):
        """The focus has left the row: what was typed is one answer now."""

    class Entered(Message):
        """The focus is on this row."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, field: Field, value: Any, label: str = "") -> None:
        super().__init__(id=f"row-{field.id}")
        self.field = field
        self.value = value
        self._label = label

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.field.label), classes="label")
            yield self._control()
        yield Static("", classes="problem")

    def _control(self) -> Widget:
        shown = show_answer(self.field, self.value)
        if self.field.codec in CHOSEN:
            return ChoiceField(self.field.options, shown, id=self.field.id)
        if self.field.codec == "pick":
            return PickField(shown, self._label, id=self.field.id)
        return Input(shown, placeholder=self.field.default_words, id=self.field.id, compact=True, select_on_focus=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = not self.app.is_headless

    def take(self, value: Any, label: str = "") -> None:
        """Show the plan's value, unless that is what the user is typing right now."""
        changed, self.value = value != self.value, value
        shown = show_answer(self.field, value)
        for choice in self.query(ChoiceField):
            choice.value = shown
        for pick in self.query(PickField):
            pick.value, pick.label = shown, label
        for field in self.query(Input):
            if changed and not self._means(field.value, value):
                self._write(field, shown)

    def _means(self, text: str, value: Any) -> bool:
        try:
            return bool(read_answer(self.field, text) == value)
        except ValueError:
            return False

    def _write(self, field: Input, text: str) -> None:
        with self.prevent(Input.Changed):
            field.value = text
        self.refuse("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            value = read_answer(self.field, event.value)
        except ValueError as problem:
            self.refuse(str(problem))
        else:
            self.refuse("")
            self._answer(value)

    @on(ChoiceField.Answered)
    def _chosen(self, event: ChoiceField.Answered) -> None:
        event.stop()
        self._answer(read_answer(self.field, event.value))

    def _answer(self, value: Any) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Answered(self, value))

    def refuse(self, problem: str) -> None:
        """Say what is wrong below the field; what was typed stays. An empty problem clears it."""
        line = self.query_one(".problem", Static)
        line.update(Content(problem))
        line.set_class(bool(problem), "-shown")
        line.remove_class("-told")
        for field in self.query(Input):
            field.set_class(bool(problem), "-wrong")

    def remark(self, words: str) -> None:
        """Say below the field what was understood, until the next letter."""
        line = self.query_one(".problem", Static)
        line.update(Content(words))
        line.add_class("-told")

    @property
    def wrong(self) -> bool:
        """True while the field holds something that is not in the plan."""
        return self.query_one(".problem", Static).has_class("-shown")

    def on_descendant_focus(self) -> None:
        self.post_message(self.Entered(self.field))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        for field in self.query(Input):
            if not self.wrong:
                self._write(field, show_answer(self.field, self.value))
        self.post_message(self.Left())
