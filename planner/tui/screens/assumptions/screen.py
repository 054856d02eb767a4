"""Assumptions: every default with its source and date, changed in place, reset with one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import DataTable, Input, Static

from planner.engine.specs import Catalog, Evaluation
from planner.report.document import Segment, Table
from planner.report.tables import assumptions
from planner.report.tables.assumptions import HEADING, Default
from planner.tui.dialogs.ask import AskDialog, Check
from planner.tui.open_plan.session import with_value
from planner.tui.screens.assumptions import detail
from planner.tui.screens.explained import ExplainedPlace
from planner.tui.textual_fixes import Latest
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable

if TYPE_CHECKING:
    from planner.plan.schema import Plan


class DefaultsTable(FactTable):
    """Its headings are no lines: the cursor passes all but the one at the top."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Edit", key_display="Enter")]

    def action_cursor_down(self) -> None:
        super().action_cursor_down()
        self._pass_heading(1)

    def action_cursor_up(self) -> None:
        super().action_cursor_up()
        self._pass_heading(-1)

    def action_page_down(self) -> None:
        super().action_page_down()
        self._pass_heading(1)

    def action_page_up(self) -> None:
        super().action_page_up()
        self._pass_heading(-1)

    def _pass_heading(self, step: int) -> None:
        """The first heading is the top of the list, which the keys to the top lead to as in every list."""
        if self.cursor_row and (self.current_key or "").startswith(HEADING):
            self.move_cursor(row=self.cursor_row + step)


class AssumptionsScreen(ExplainedPlace):
    """Search line, table, and why the value under the cursor is what it is."""

    PLACE = "assumptions"
    ABOUT = (
        "Every default behind the result: value and range, unit, source and date. ✎ is changed by this plan, ! is older"
        " than it should be.\n\n"
        "Edit takes one number (0.15, 15 %, 110k), or low .. mid .. high. Effect computes the plan at both ends of the"
        " range, F does so for every line; ! marks what decides the verdict. Reset gives the default back."
    )
    DEFAULT_CSS = """
    AssumptionsScreen {
        & #search-line { height: 1; }
        & #search-label { width: auto; color: $muted; }
        & #search { width: 1fr; height: 1; border: none; padding: 0 1; background: $surface; }
        & #search:focus { background: $panel; }
        & #count { width: auto; color: $muted; padding: 0 0 0 1; }
        & #defaults { margin: 1 0 0 0; }
        & #reason { border-top: solid $panel; max-height: 10; }
    }
    AssumptionsScreen.-short #defaults { margin: 0; }
    AssumptionsScreen.-short #reason { max-height: 6; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search"),
        Binding("escape", "leave_search", "Table", show=False),
        Binding("x", "reset", "Reset"),
        Binding("f", "effect", "Effect"),
        Binding("F", "all_effects", "Effects"),
        Binding("i,ctrl+t", "sources", "Where from", show=False),
    ]
    table = query_one("#defaults", FactTable)
    search = query_one("#search", Input)
    count = query_one("#count", Static)
    notes = query_one("#reason", Notes)
    _found: dict[str, Default]
    _effects: dict[str, detail.Effect]
    _asked: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self._latest = Latest(self, "effect")

    def compose_place(self) -> Iterable[Widget]:
        self._found, self._effects = {}, {}
        with Horizontal(id="search-line"):
            yield Static("Search ", id="search-label")
            yield Input(placeholder="/  people, EUR, changed, stale…", id="search", compact=True)
            yield Static("", id="count")
        yield DefaultsTable(id="defaults")
        yield Notes(id="reason")

    def on_mount(self) -> None:
        super().on_mount()
        self.search.cursor_blink = not self.app.is_headless
        self.table.focus()

    # -- showing ------------------------------------------------------------------------------------------------

    def show(self, evaluation: Evaluation | None) -> None:
        self._effects.clear()
        self._asked = ()
        self._fill()

    @on(Input.Changed, "#search")
    def _fill(self) -> None:
        evaluation, plan = self.host.evaluation, self.host.plan
        table = self.table
        if evaluation is None or plan is None:
            table.set_table(Table())
            self.count.update("no plan is open")
            self.notes.rows = ()
            return
        everything = assumptions.defaults(evaluation, plan)
        matching = [default for default in everything if default.matches(self.search.value)]
        self._found = {default.key: default for default in matching}
        effects = {key: effect.short for key, effect in self._effects.items() if effect.short}
        table.set_table(assumptions.table(matching, effects))
        if (table.current_key or HEADING).startswith(HEADING) and matching:
            table.select(matching[0].key)
        self.count.update(Content(f"{len(matching)} of {len(everything)} · {self._progress(everything)}"))
        self._explain()

    def _progress(self, everything: list[Default]) -> str:
        """How far the effects are, while they are computed; else what deserves a look."""
        left = sum(self._open(key) for key in self._asked)
        if left:
            return f"effects: {len(self._asked) - left} of {len(self._asked)}"
        changed = sum(default.changed for default in everything)
        stale = sum(default.stale for default in everything)
        return f"{changed} changed · {stale} stale"

    @on(DataTable.RowHighlighted, "#defaults")
    def _explain(self) -> None:
        default = self._current()
        if default is not None:
            effect = self._effects.get(default.key)
            measured = () if effect is None else (effect.row,)
            self.notes.rows = (*detail.detail_rows(default, self.host.as_of), *measured)
        elif not self._found and self.host.evaluation is not None:
            self.notes.rows = ((Segment("Nothing matches. Escape, twice, clears the search.", "muted"),),)

    def _current(self) -> Default | None:
        return self._found.get(self.table.current_key or "")

    def reveal(self, key: str) -> None:
        """Put the cursor on a line."""
        self.search.value = ""
        self._fill()
        self.table.select(key)
        self.table.focus()

    # -- actions ------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Go to the search line."""
        self.search.focus()

    @on(Input.Submitted, "#search")
    def action_leave_search(self) -> None:
        """Back to the table; a second Escape clears the search."""
        if not self.search.has_focus:
            self.search.value = ""
        self.table.focus()

    @on(DataTable.RowSelected, "#defaults")
    def action_edit(self) -> None:
        """Change the value under the cursor for this plan."""
        default = self._current()
        if default is None:
            self.app.notify("This heads a group: choose a line below it.", timeout=3)
            return
        if not default.path or default.estimate is None:
            self.app.notify(default.why, title=default.label, timeout=4, markup=False)
            return
        single = default.path[0] != "assumptions"
        about = f"{default.unit} · default {default.default}".removeprefix(" · ")
        label = about if single else f"{about} · one number, or low .. mid .. high"
        dialog = AskDialog(
            default.label, label, detail.as_typed(default.estimate), _check(default, single), accept="Change"
        )
        self.host.ask_about_plan(dialog, partial(self._change, default))

    def _change(self, default: Default, text: str) -> None:
        plan = self.host.plan
        if plan is None or default.estimate is None:
            return
        try:
            changed = with_value(plan, default.path, detail.parse_estimate(text, default.estimate))
        except ValueError as error:
            self.app.notify(str(error), title=default.label, severity="error", markup=False)
            return
        self.host.update_plan(changed, f"{default.label}: {default.value} → {text}")

    def action_effect(self) -> None:
        """Evaluate the plan at both ends of the range under the cursor."""
        default = self._current()
        if default is None:
            self.app.notify("This heads a group: choose a line below it.", timeout=3)
        elif not default.has_range:
            self.app.notify("It has no range: change it and see.", timeout=3)
        else:
            self._start([default])

    def action_all_effects(self) -> None:
        """The same for every line on screen, one after the other; a search makes it fewer."""
        self._start([found for found in self._found.values() if found.has_range and self._open(found.key)])

    def _open(self, key: str) -> bool:
        """Not measured yet."""
        return self._effects.get(key, detail.COMPUTING) is detail.COMPUTING

    def _start(self, wanted: list[Default]) -> None:
        plan, catalog, now = self.host.plan, self.host.catalog, self.host.evaluation
        if plan is not None and catalog is not None and now is not None and wanted:
            self._asked = tuple(default.key for default in wanted)
            self._effects |= {self._asked[0]: detail.COMPUTING}
            self._fill()
            self._latest.ask(partial(self._measure, wanted, plan, catalog, now))

    def _measure(self, wanted: list[Default], plan: Plan, catalog: Catalog, now: Evaluation) -> Callable[[], None]:
        """In a thread: each effect is shown as it comes, until the plan changes."""
        for default in wanted:
            if self.host.evaluation is now:
                effect = self._effect(default, plan, catalog, now)
                self.app.call_from_thread(self._measured, default.key, now, effect)
        return self._explain

    def _effect(self, default: Default, plan: Plan, catalog: Catalog, now: Evaluation) -> detail.Effect:
        assert default.estimate is not None
        try:
            low, high = (
                self.host.evaluator(with_value(plan, default.path, value), catalog, self.host.as_of)
                for value in (default.estimate.low, default.estimate.high)
            )
        except Exception as problem:  # an end of the range may be no valid plan, or none that can be evaluated
            return detail.in_words(str(problem) or type(problem).__name__, "warn")
        return detail.effect_of(default, now, low, high)

    def _measured(self, key: str, now: Evaluation, effect: detail.Effect) -> None:
        if self.host.evaluation is now:
            self._effects[key] = effect
            self._fill()

    def action_reset(self) -> None:
        """Back to the default."""
        default, plan = self._current(), self.host.plan
        if default is not None and plan is not None and default.changed:
            self.host.update_plan(with_value(plan, default.path, None), f"{default.label}: back to the default")


def _check(default: Default, single: bool) -> Check:
    def problem(text: str) -> str:
        try:
            value = detail.parse_estimate(text, default.estimate)
        except ValueError as error:
            return str(error)
        return "write one number" if single and isinstance(value, dict) else ""

    return problem
