"""Questions: six steps, one question each, with the running answer beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.getters import query_one
from textual.reactive import reactive
from textual.widget import Widget

from planner.plan.edit import add_workload, duplicate_workload, remove_workload, set_value
from planner.plan.volumes import untold
from planner.plan.write import plan_data
from planner.toml.errors import InputError
from planner.tui.flows.sources import Subject, subject_of
from planner.tui.form.answers import unknown_words
from planner.tui.form.fields import Field
from planner.tui.form.questions import STEPS, workload_fields
from planner.tui.screens.explained import ExplainedPlace
from planner.tui.screens.questions.form import QuestionForm
from planner.tui.widgets.answer_panel import AnswerPanel, StepBar
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.question_row import QuestionRow
from planner.tui.widgets.test_list import READ, TestList
from planner.tui.widgets.workload_table import WorkloadTable

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.drafts import Typed
    from planner.plan.schema import Plan

WORKLOADS_WORDS = "Enter opens a workload: what it runs on, and what it costs ($8k a month), its requests or tokens."


def _missing(plan: Plan | None) -> str:
    """Which work has no volume yet: there is no verdict before."""
    names = [f"“{plan.workload[index].name}”" for index in untold(plan)] if plan is not None else []
    if not names:
        return ""
    several = f" and {len(names) - 1} more have" if len(names) > 1 else " has"
    return f"{names[0]}{several} no volume yet: what it costs, its requests or its tokens. Your verdict appears here."


class QuestionsScreen(ExplainedPlace):
    """The six questions. The form is rebuilt for each step; answers live in the plan, so nothing is lost."""

    PLACE = "questions"
    ABOUT = (
        "Six questions decide whether self-hosting an open model is worth a serious look: four or more yes. Every "
        "answer may be “I don't know” (^o): it takes a stated default and the verdict says what to find out. The "
        "panel on the right shows what your last answer changed; after question 6, Next shows the verdict. Numbers "
        "may be typed as 6M, 1.2k, 6_000_000 or 50 %."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "Next"),
        Binding("ctrl+b", "previous", "Back"),
        Binding("i,ctrl+t", "sources", "Where from", show=False),
        Binding("escape", "close_workload", "Back to the table", show=False),
        *(Binding(str(n), f"jump({n - 1})", "That question", show=False) for n in range(1, len(STEPS) + 1)),
    ]
    hint = query_one(Hint)
    panel = query_one(AnswerPanel)
    bar = query_one(StepBar)
    holder = query_one("#form", VerticalScroll)
    _at: int | None = None
    """The question on screen, None for the form of a workload."""
    _row = 0
    """Of the table of workloads, where the cursor was when a form took its place."""
    step: reactive[int] = reactive(0, init=False)
    workload: reactive[int | None] = reactive(None, init=False)
    """Position of the workload whose form is open."""

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[int, tuple[str, float]] = {}
        """Of each question seen of this plan: the field that had the focus, and how far it was scrolled."""
        self._opening = ""

    def compose_place(self) -> Iterable[Widget]:
        yield StepBar()
        with Horizontal(id="ask"):
            with Vertical(id="left"):
                yield VerticalScroll(id="form", can_focus=False)
                yield Hint()
            with Vertical(id="aside"):
                yield AnswerPanel()

    def on_mount(self) -> None:
        self.watch(self.app, "plan", self._plan_changed, init=False)
        self.watch(self.app, "catalog", self._plan_changed, init=False)

    def on_screen_resume(self) -> None:
        if not self.query(QuestionForm):
            self.call_later(self._build)

    async def watch_step(self) -> None:
        self.set_reactive(QuestionsScreen.workload, None)
        await self._build()

    async def watch_workload(self) -> None:
        await self._build()

    def _leave(self) -> None:
        """Note where the focus was, to be there again on the way back; the form of a workload begins at its name."""
        shown, focused = self._at, self.focused
        if shown is not None and focused is not None and focused.id is not None:
            self._left[shown] = focused.id, self.holder.scroll_y
        self._at = self.step if self.workload is None else None
        if self.workload is not None:
            self._row = self.workload

    def _enter(self, form: QuestionForm) -> None:
        """Put the focus where it was, else where answering starts."""
        wanted, scrolled = self._left.get(self.step, ("", 0.0)) if self.workload is None else ("", 0.0)
        found = next((each for each in form.query(f"#{wanted}") if each.focusable), None) if wanted else None
        if found is None:
            form.focus_first()
        else:
            self.set_focus(found, scroll_visible=False)
            self.call_after_refresh(self.holder.scroll_to, y=scrolled, animate=False)  # once it is laid out

    async def _build(self) -> None:
        self._leave()
        await self.holder.remove_children()
        plan = self.host.plan
        if plan is None:
            return
        if self.workload is not None and self.workload >= len(plan.workload):
            self.set_reactive(QuestionsScreen.workload, None)
        form = self._step_form(plan) if self.workload is None else self._workload_form(plan, self.workload)
        await self.holder.mount(form)
        if self.host.plan is not plan:  # another plan was opened, or an edit undone, while the form came up
            await self._plan_changed()
        self.bar.current = self.step
        self._explain(STEPS[self.step].why, "")
        self.show(self.host.evaluation)
        self._enter(form)

    def _step_form(self, plan: Plan) -> QuestionForm:
        step = STEPS[self.step]
        extra = (WorkloadTable(plan, self._row),) if step.id == "volume" else ()
        below = (TestList(plan, self.host.catalog),) if step.id == "quality" else ()
        last = "  ^n: answer" if step is STEPS[-1] else ""
        return QuestionForm(f"{step.question}{last}", step.fields, plan, extra, step.plain, below)

    def _workload_form(self, plan: Plan, index: int) -> QuestionForm:
        heading = f"Workload {index + 1} of {len(plan.workload)}   Esc, then a: the next one"
        return QuestionForm(heading, workload_fields(index), plan)

    async def _plan_changed(self) -> None:
        plan = self.host.plan
        if self._opening != self.host.session.draft_key:
            self._opening, self._row = self.host.session.draft_key, 0
            self._left.clear()
        if plan is None or not self.query(QuestionForm):
            return
        if self.workload is not None and self.workload >= len(plan.workload):
            self.workload = None
            return
        self.query_one(QuestionForm).take(plan)
        for tests in self.query(TestList):
            tests.take(plan, self.host.catalog)
        if self.host.evaluation is None:  # what is missing may have changed, and no result will come to say so
            self.show(None)
        else:
            self._show_workloads(plan)

    def _show_workloads(self, plan: Plan) -> None:
        apis = self.host.catalog.apis if self.host.catalog is not None else {}
        for table in self.query(WorkloadTable):
            table.take(plan, apis, None if self.host.computing else self.host.evaluation)

    def show(self, evaluation: Evaluation | None) -> None:
        plan = self.host.plan
        if plan is not None:
            self._show_workloads(plan)
        note = _missing(plan) or ("Computing…" if self.host.computing else self.host.error)
        self.panel.show(evaluation, STEPS[self.step].id, self.host.change, note)
        if evaluation is not None and not self.host.computing:
            for form in self.query(QuestionForm):
                form.echo(evaluation)
        self.bar.answers = {a.id: a.answer for a in evaluation.questions} if evaluation else {}

    def help_words(self) -> str:
        """Why the field with the focus is asked, and the question, in full: a small screen cuts it elsewhere."""
        focused = self.focused
        rows = [node for node in focused.ancestors_with_self if isinstance(node, QuestionRow)] if focused else []
        field = f"{rows[0].field.label}: {self._skip_words(rows[0].field)} {rows[0].field.why}\n\n" if rows else ""
        step = STEPS[self.step]
        return f"{field}{step.question} {step.why}\n\n{self.ABOUT}"

    def help_rest(self) -> str:
        """What F1 says below the keys: the answer so far in full, for which there may be no room."""
        return self.panel.content.plain

    def subject(self, evaluation: Evaluation) -> Subject:
        """The numbers that the question on screen is answered by."""
        return subject_of(evaluation, self.PLACE, STEPS[self.step].id)

    @on(QuestionRow.Entered)
    def _entered(self, event: QuestionRow.Entered) -> None:
        if event.row.has_focus_within:  # it has moved on, and the word of a row below it may come first
            self._explain(event.row.field.why, self._skip_words(event.row.field))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, WorkloadTable):
            self._explain(STEPS[self.step].why, WORKLOADS_WORDS)

    @staticmethod
    def _skip_words(field: Field) -> str:
        words = unknown_words(field)
        return f"If you skip this (^o): {words}." if words else ""

    def _explain(self, why: str, skip: str) -> None:
        # What "I don't know" takes comes first: on a small screen the reason may be cut.
        self.hint.words = f"{skip}  {why}" if skip else why

    def action_next(self) -> None:
        """The next question; after the last one, the answer."""
        if self.step < len(STEPS) - 1:
            self.step += 1
        else:
            self.app.call_later(self.host.action_go, "answer")

    def action_previous(self) -> None:
        """The question before."""
        if self.workload is not None:
            self.workload = None
        elif self.step > 0:
            self.step -= 1

    def action_jump(self, step: int) -> None:
        """Straight to a question."""
        if step == self.step:
            self.workload = None
        self.step = step

    def action_close_workload(self) -> None:
        """From a workload's form back to the table."""
        self.workload = None

    async def reveal(self, target: str) -> None:
        """Show a question by its id, a field by its own, or `workload-2` in its form."""
        number = target.removeprefix("workload-")
        plan = self.host.plan
        index = int(number) if number.isdigit() and plan is not None and int(number) < len(plan.workload) else None
        names = [{step.id, f"{step.id}-tests", *(field.id for field in step.fields)} for step in STEPS]
        step = 0 if index is not None else next((i for i, known in enumerate(names) if target in known), self.step)
        self.set_reactive(QuestionsScreen.step, step)
        self.set_reactive(QuestionsScreen.workload, index)
        await self._build()
        if target in {str(step.id) for step in STEPS}:
            inside = self.query("QuestionForm *")
            self.set_focus(next((each for each in self.focus_chain if each in inside), None))
        for control in self.query(f"#{target}"):
            if not all(node.display for node in control.ancestors_with_self if isinstance(node, Widget)):
                self.query_one(QuestionForm).unfold(True)
            control.focus()

    def keep_typed(self) -> None:
        """Take what was typed into the plan."""
        for form in self.query(QuestionForm):
            form.keep_typed()

    def unanswered(self) -> Typed:
        """What was typed and is no answer."""
        return tuple(pair for form in self.query(QuestionForm) for pair in form.unanswered())

    @on(TestList.Wanted)
    def _another_test(self, event: TestList.Wanted) -> None:
        self.app.call_later(self.app.run_action, "import_file" if event.how == READ else "record_test")

    @on(TestList.DeleteRequested)
    def _delete_test(self, event: TestList.DeleteRequested) -> None:
        plan = self.host.plan
        if plan is not None and event.index < len(plan.quality.evaluation):
            kept = [entry for at, entry in enumerate(plan_data(plan)["quality"]["evaluation"]) if at != event.index]
            self.host.update_plan(set_value(plan, ("quality", "evaluation"), kept), "a test taken out")

    # The plan may have changed since a row was pointed at.

    @on(WorkloadTable.EditRequested)
    def _edit_workload(self, event: WorkloadTable.EditRequested) -> None:
        if self._has_workload(event.index):
            self.workload = event.index

    def _has_workload(self, index: int) -> bool:
        return self.host.plan is not None and index < len(self.host.plan.workload)

    @on(WorkloadTable.AddRequested)
    def _add_workload(self, event: WorkloadTable.AddRequested) -> None:
        plan = self.host.plan
        if plan is None or (event.like is not None and not self._has_workload(event.like)):
            return
        changed = add_workload(plan) if event.like is None else duplicate_workload(plan, event.like)
        index = len(plan.workload) if event.like is None else event.like + 1
        self.host.update_plan(changed, f"workload “{changed.workload[index].name}” added")
        self.workload = index

    @on(WorkloadTable.DeleteRequested)
    def _delete_workload(self, event: WorkloadTable.DeleteRequested) -> None:
        plan = self.host.plan
        if plan is None or not self._has_workload(event.index):
            return
        name = plan.workload[event.index].name
        try:
            changed = remove_workload(plan, event.index)
        except InputError as error:
            self.notify(error.problem, severity="warning", markup=False)
        else:
            self.host.update_plan(changed, f"workload “{name}” deleted")
            self.notify(f"“{name}” deleted; ctrl+z brings it back", markup=False)
