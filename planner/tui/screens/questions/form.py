"""The builder: widgets and validators for a list of fields. One form is mounted at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from planner.tui.dialogs.pick import PickDialog
from planner.tui.form import answers
from planner.tui.form.fields import Field
from planner.tui.host import HostOf
from planner.tui.widgets.question_row import PickField, QuestionRow

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.drafts import Typed
    from planner.plan.schema import Plan


class MoreLine(Static, can_focus=True):
    """What is folded away, in one line with its present values; Enter unfolds it and folds it again."""

    DEFAULT_CSS = """
    MoreLine { height: auto; color: $muted; }
    MoreLine:focus { background: $panel; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "unfold", "More")]

    class Toggled(Message):
        """To be unfolded, or folded."""

    def show(self, words: str, is_open: bool) -> None:
        """The words where it is folded; opened, the fields say it."""
        line = Content("▾ less" if is_open else f"▸ more: {words}")
        if self.content != line:  # else the screen would be laid out anew for every answer
            self.update(line)

    def action_unfold(self) -> None:
        """Unfold or fold."""
        self.post_message(self.Toggled())

    def on_click(self) -> None:
        self.action_unfold()


class QuestionForm(Vertical):
    """Rows for `fields` of the open plan: valid answers go to the app as edits, invalid ones stay where they are."""

    DEFAULT_CSS = """
    QuestionForm { height: auto; }
    QuestionForm #heading { text-style: bold; margin: 0 0 1 0; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("ctrl+o", "unknown", "Don't know"),
    ]
    host = HostOf()

    def __init__(
        self,
        heading: str,
        fields: Sequence[Field],
        plan: Plan,
        extra: Iterable[Widget] = (),
        plain: str = "",
        below: Iterable[Widget] = (),
    ) -> None:
        """`plain`: the heading in everyday words, below it; `extra`: widgets above the fields, `below` them."""
        super().__init__()
        self._plain = plain
        # The plan at hand, which has all these fields: by the time of mounting another may be open.
        self._heading, self._fields, self._plan, self._extra = heading, tuple(fields), plan, tuple(extra)
        self._below = tuple(below)
        self._first_values: dict[str, object] = {}
        self._opening = ""
        """Which opening of a plan the rows are about."""
        self._unfolded = False

    def compose(self) -> ComposeResult:
        plain = ("\n" + self._plain, "not bold") if self._plain else ""
        yield Static(Content.assemble(self._heading, plain), id="heading")
        yield from self._extra
        self._opening = self.host.session.draft_key
        for field in self._fields:
            if field is self._first_folded():
                yield MoreLine(id="more")
            yield self._row(field, self._plan)
        yield from self._below

    def on_mount(self) -> None:
        self._show_more(self._plan)

    def _first_folded(self) -> Field | None:
        return next((field for field in self._fields if field.more), None)

    def _show_more(self, plan: Plan) -> None:
        folded = self._first_folded()
        for line in self.query(MoreLine):
            if folded is not None and answers.is_about(plan, folded):
                line.show(answers.more_words(plan.workload[int(folded.path[1])]), self._unfolded)

    def unfold(self, is_open: bool) -> None:
        """Show what is folded away, or fold it again."""
        self._unfolded = is_open
        plan = self.host.plan
        if plan is not None:
            self._show_more(plan)
            for row in self.query(QuestionRow):
                row.display = self._is_shown(row.field, plan)

    @on(MoreLine.Toggled)
    def _toggle(self, event: MoreLine.Toggled) -> None:
        event.stop()
        self.unfold(not self._unfolded)

    def _is_shown(self, field: Field, plan: Plan) -> bool:
        return (self._unfolded or not field.more) and (field.shown_if is None or field.shown_if(plan))

    def _row(self, field: Field, plan: Plan) -> QuestionRow:
        value = answers.answer_in(plan, field)
        label = self._label(field, value, plan)
        row = QuestionRow(field, value, label, plan.currency, self._open_list, self._objection)
        row.display = self._is_shown(field, plan)
        return row

    def _objection(self, field: Field, value: object) -> str:
        plan = self.host.plan
        if plan is None or not answers.is_about(plan, field):
            return ""
        return answers.objection(field, value, plan, self.host.evaluation)

    def _label(self, field: Field, value: object, plan: Plan) -> str:
        return answers.label_of(field, value, plan, self.host.catalog) if field.codec == "pick" else ""  # type: ignore[arg-type]

    def take(self, plan: Plan) -> None:
        """Show the plan's answers in every row but the one being typed in.

        That one is ahead of the plan: while an answer was on its way, more letters came, and they must stay.
        """
        another, self._opening = self._opening != self.host.session.draft_key, self.host.session.draft_key
        self._show_more(plan)
        for row in self.query(QuestionRow):
            if another:
                row.drop()
            if not answers.is_about(plan, row.field):  # the form is about to be replaced
                continue
            row.display = self._is_shown(row.field, plan)
            if row.field.id != self.host.session.group or not row.has_focus_within:
                value = answers.answer_in(plan, row.field)
                row.take(value, self._label(row.field, value, plan))

    def echo(self, evaluation: Evaluation) -> None:
        """Say below a volume what it comes to, and of a p95 what it contradicts, now that the plan was evaluated."""
        inputs = evaluation.inputs
        for row in self.query(QuestionRow):
            if row.field.path == answers.P95:
                row.remark(answers.told_of_p95(evaluation))
            elif row.field.codec == "volume" and int(row.field.path[1]) < len(inputs.workload):
                work = inputs.workload[int(row.field.path[1])]
                row.remark(answers.echo_of(work, inputs, self.host.catalog))

    def action_page(self, step: int) -> None:
        """Put the focus a page of the form further, on the last field at most: it is always seen."""
        height = self.query_ancestor(VerticalScroll).size.height
        controls = [w for w in self.query("*") if w.focusable and w.region.height]
        focused = self.screen.focused
        if focused not in controls:
            return
        here = controls.index(focused)
        further = controls[here + 1 :] if step > 0 else controls[:here][::-1]
        reached = [w for w in further if abs(w.region.y - focused.region.y) <= height]
        for target in reached[-1:] or further[:1]:
            target.focus()

    def focus_first(self) -> None:
        """Put the focus where answering starts."""
        target = next((w for w in self.query("*") if w.focusable), None)
        if target is not None:
            target.focus()

    @on(QuestionRow.Answered)
    def _answered(self, event: QuestionRow.Answered) -> None:
        event.stop()
        if event.value == event.row.value:  # else it was taken, and taken back, before this message came
            self._submit(event.row, event.value, typed=True)

    def _submit(self, row: QuestionRow, value: object, typed: bool = False) -> None:
        plan = self.host.plan
        if plan is None or not answers.is_about(plan, row.field):
            return
        # Letters of one field are one edit, told from the value it had when the focus came.
        now = answers.answer_in(plan, row.field)
        before = self._first_values.setdefault(row.field.id, now) if typed else now
        try:
            changed = answers.with_answer(plan, row.field, value)
        except ValueError as problem:
            row.value = answers.answer_in(plan, row.field)
            row.refuse(str(problem))
        else:
            if row.field.codec == "volume" and changed.volume.known != plan.volume.known:
                self.notify(answers.BILLS_ARE_KNOWN, timeout=6)
            self.host.update_plan(
                changed, answers.change_words(row.field, before, value), row.field.id if typed else ""
            )

    def keep_typed(self) -> None:
        """Take what stands in the field with the focus into the plan, before the message about it has come.

        The app is about to end.
        """
        row = self._focused_row()
        if row is not None:
            before = row.value
            row.hear()
            if row.value != before:
                self._submit(row, row.value, typed=True)

    def unanswered(self) -> Typed:
        """What is no answer, field by field, to be kept as it is."""
        return tuple((row.field.label, row.text) for row in self.query(QuestionRow) if row.wrong)

    @on(QuestionRow.Left)
    def _left(self, event: QuestionRow.Left) -> None:
        event.stop()
        self._first_values.clear()
        self.host.session.seal()

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        row = self._focused_row()
        if row is None or row.enter():
            self.screen.focus_next()

    def _open_list(self, field: PickField) -> PickDialog | None:
        """Show what may be picked; with an answer the focus goes on to the next field, as after a text."""
        row, plan = field.query_ancestor(QuestionRow), self.host.plan
        if plan is None or self.app.screen is not self.screen:
            return None

        def picked(value: str) -> None:
            self._submit(row, value or None)
            if self.screen.focused is field:
                self.screen.focus_next()

        items = answers.items_for(row.field, plan, self.host.catalog)
        how = answers.HOW_TO_ADD.get(row.field.source, "")
        dialog = PickDialog(row.field.label, row.field.why, items, field.value, how)
        self.host.ask_about_plan(dialog, picked)
        return dialog

    def action_unknown(self) -> None:
        """Take the stated default for the field that has the focus."""
        row = self._focused_row()
        if row is not None and answers.can_be_unknown(row.field):
            row.drop()
            self._submit(row, row.field.default)
        else:
            self.notify("This needs an answer; if it is a guess, say so under “These volumes are”.", timeout=3)

    def _focused_row(self) -> QuestionRow | None:
        focused = self.screen.focused
        ancestors = focused.ancestors_with_self if focused is not None else ()
        return next((node for node in ancestors if isinstance(node, QuestionRow)), None)
