"""Sizing: every candidate that fits, what it costs and carries, and why the others are out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from time import sleep
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import DataTable, Input, Static
from textual.worker import get_current_worker

from planner.engine.specs import Choice, Evaluation
from planner.report.document import Column, Rows, Segment, Table
from planner.report.tables.candidates import model_name, offer_name
from planner.tui.flows.sources import Subject
from planner.tui.open_plan.session import with_values
from planner.tui.screens.explained import ResultPlace
from planner.tui.screens.sizing.detail import LookedUp, detail_rows, look_up, pick_rows, subject_of_candidate
from planner.tui.screens.sizing.filter import SYNTAX, parse_filter
from planner.tui.screens.sizing.rows import GROUP, Candidate, Listing, dominating, found_in_words, group_line
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.words.reasons import why_no_choice

REST_S = 0.12
"""How long the cursor rests on a row before its measurements, or its remedies, are looked up."""
FOUND_FRACTION = 0.5
"""Of the width, for what was found; the filter has the rest."""
INSTEAD = "If you had your own GPUs: the plan rents none, this is what its work would take."
BRIEFLY = "of the plan on screen"
"""Said of a worker instead of its arguments: Textual would write out the whole evaluation for each one."""
UNPINNED = dict.fromkeys(("model", "weights", "kv", "gpu", "offer", "engine", "tensor_parallel", "replicas"))
SORTS_DOWN_FIRST = frozenset({"tok", "util"})


class SizingScreen(ResultPlace):
    """Table, filter line and detail pane."""

    PLACE = "sizing"
    ABOUT = (
        "This page lists every model, number format and GPU offer that could carry the work: what fits, how fast it"
        " is and what it costs. ▸ is the planner's pick, ◉ is yours, ~ means that nobody has tested the model on your"
        " prompts. Of ten measurements eight lie inside the brackets behind a speed. VRAM is the memory of a graphics"
        " card; the bar shows weights, the cache of running answers (KV), overhead, and what is free. i tells where a"
        " line's numbers come from, w what is out, why, and what would change that.\n\n"
        "Filter: model: gpu: offer: weights: kv: engine: licence: take a text; cost mtok tok ttft tpot n gpus"
        " util vram take < > =; fits, pinned, provisional are words; a minus leaves out."
    )
    DEFAULT_CSS = """
    SizingScreen {
        & #filter-line { height: 1; }
        & #filter-label { width: auto; color: $muted; }
        & #filter { width: 1fr; height: 1; border: none; padding: 0 1; background: $surface; }
        & #filter:focus { background: $panel; }
        & #found { width: auto; max-width: 60%; color: $muted; padding: 0 0 0 1; }
        & #instead { color: $warn; height: auto; }
        & #candidates { margin: 1 0 0 0; }
        & #detail { height: auto; max-height: 50%; border-top: solid $panel; scrollbar-size-vertical: 1; }
    }
    SizingScreen.-short #detail { max-height: 7; }
    SizingScreen.-short #candidates { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("escape", "leave_filter", "Table", show=False),
        Binding("s", "sort(1)", "Sort"),
        Binding("S,shift+s", "sort(-1)", "Sort back", show=False),
        Binding("r", "reverse", "Reverse", show=False),
        Binding("w", "why_not", "Why not"),
        Binding("p", "pin", "Pin"),
        Binding("u", "unpin", "Unpin"),
    ]
    table = query_one("#candidates", FactTable)
    filter_field = query_one("#filter", Input)
    found_line = query_one("#found", Static)
    notes = query_one("#detail-text", Notes)
    instead = query_one("#instead", Static)
    shows_excluded: reactive[bool] = reactive(False, init=False)
    sort_column: reactive[str] = reactive("", init=False)
    descending: reactive[bool] = reactive(False, init=False)
    _shown_candidates: dict[str, Candidate]
    _looked_up: dict[str, LookedUp]
    _left_at: dict[bool, tuple[str, bool, str | None, float]]
    """Of what fits and of what is out: sort, cursor and how far it is scrolled."""
    _listing: Listing | None = None
    _problem = _found = _grouped = ""
    _unfolded = False
    _counts = False
    """Layouts are still being costed: how many there are, and how many cost less, is not known."""

    def compose_place(self) -> Iterable[Widget]:
        self._shown_candidates, self._looked_up, self._left_at = {}, {}, {}
        with Horizontal(id="filter-line"):
            yield Static("Filter ", id="filter-label")
            yield Input(placeholder="/  gpu:h100 fits cost<2000 licence:apache", id="filter", compact=True)
            yield Static("", id="found")
        yield Static("", id="instead")
        yield FactTable(id="candidates")
        with VerticalScroll(id="detail"):
            yield Notes(id="detail-text")

    def on_mount(self) -> None:
        super().on_mount()
        self.filter_field.cursor_blink = not self.app.is_headless
        self.filter_field.tooltip = SYNTAX
        self.table.focus()

    # -- showing ------------------------------------------------------------------------------------------------

    def show(self, evaluation: Evaluation | None) -> None:
        self._looked_up.clear()
        self._listing = None if evaluation is None else Listing(evaluation)
        rents_none = evaluation is not None and not evaluation.is_self_hosting and not evaluation.at_host
        self.instead.display = rents_none
        self.instead.update(INSTEAD if rents_none else "")
        self._counts = evaluation is not None and 0 < len(evaluation.options) < evaluation.options_fitting
        self._fill()
        if evaluation is not None and evaluation.options:
            self._cost_more(evaluation)

    @work(thread=True, exclusive=True, group="every-option", exit_on_error=False, description=BRIEFLY)
    def _cost_more(self, evaluation: Evaluation) -> None:
        """The evaluation holds a few options; here every layout worth a look is costed, once the place is at rest."""
        from planner.engine.decision import every_option

        worker = get_current_worker()
        sleep(REST_S)
        more = every_option(evaluation, lambda: not worker.is_cancelled)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take_more, Listing(evaluation, more))

    def _take_more(self, listing: Listing) -> None:
        if listing.evaluation is self.host.evaluation and (listing.more or self._counts):
            self._listing, self._counts = listing, False
            self._fill()

    @on(Input.Changed, "#filter")
    def _fill(self) -> None:
        listing = self._listing
        if listing is None:
            self.table.set_table(Table())
            self.notes.rows = ()
            self.found_line.update("no plan is open")
            return
        wanted = parse_filter(self.filter_field.value)
        excluded = self.shows_excluded
        rows = listing.rows(excluded, wanted, self.sort_column, self.descending)
        self._shown_candidates = {candidate.key: candidate for candidate in rows}
        self._grouped = dominating(rows) if self._may_group() else ""
        alike = [row for row in rows if self._grouped and row.facts.texts["why"] == self._grouped]
        columns = self._columns(listing)
        lines = [group_line(columns, self._grouped, len(alike))] if alike else []
        out = {row.key for row in alike}
        lines += [listing.line(excluded, candidate) for candidate in rows if candidate.key not in out]
        self.table.set_table(Table(columns, tuple(lines)))
        self._problem = wanted.problem
        self._found = wanted.problem or found_in_words(listing, excluded, len(rows), counts=self._counts)
        self.found_line.set_class(bool(wanted.problem), "warn")
        self._say_found()
        self._detail()

    def _may_group(self) -> bool:
        """Those that are out for one reason are one line, until they are asked for, looked for or sorted."""
        is_plain = not self.filter_field.value.strip() and not self.sort_column
        return self.shows_excluded and is_plain and not self._unfolded

    def _say_found(self) -> None:
        """Of several facts the first where there is no room for all beside the filter."""
        room = round(self.size.width * FOUND_FRACTION) - 1
        self.found_line.update(Content(self._found if cell_len(self._found) <= room else self._found.split(" · ")[0]))

    def on_resize(self, event: events.Resize) -> None:
        self._say_found()

    def _columns(self, listing: Listing) -> tuple[Column, ...]:
        arrow = "↓" if self.descending else "↑"
        return tuple(
            replace(c, title=f"{c.title} {arrow}", brief=f"{c.brief} {arrow}" if c.brief else "")
            if c.key == self.sort_column
            else c
            for c in listing.columns(self.shows_excluded)
        )

    @on(DataTable.RowHighlighted, "#candidates")
    def _detail(self) -> None:
        evaluation, candidate = self.host.evaluation, self._current()
        notes = self.notes
        if evaluation is None:
            return
        if candidate is not None:
            found = self._looked_up.get(candidate.key)
            told = detail_rows(evaluation, candidate.option, found)
            if candidate.is_choice and candidate.choice is not None:
                cheaper = 0 if self._counts else self._cheaper(candidate.choice)
                told = (told[0], *pick_rows(evaluation, candidate.choice, cheaper), *told[1:])
            notes.rows = (*self._what_can_be_typed(), *told)
            if found is None:
                self._look_up(evaluation, candidate)
        elif self.table.current_key == GROUP:
            notes.rows = ((Segment(self._grouped),), (Segment("Enter lists them one by one.", "muted"),))
        else:
            notes.rows = ((Segment(self._nothing(evaluation)),),)

    def _cheaper(self, choice: Choice) -> int:
        """How many others in the list cost less a month."""
        shown = (row.choice for row in self._shown_candidates.values())
        return sum(other is not None and other.monthly_cost < choice.monthly_cost for other in shown)

    def _what_can_be_typed(self) -> Rows:
        """While a term cannot be read: what is wrong, in full, and what a filter knows."""
        if not self._problem:
            return ()
        return ((Segment(self._problem, "warn"),), (Segment(f"filter    {SYNTAX}", "muted"),))

    @work(thread=True, exclusive=True, group="row", exit_on_error=False, description=BRIEFLY)
    def _look_up(self, evaluation: Evaluation, candidate: Candidate) -> None:
        """What belongs to the row under the cursor alone; a row that the cursor only passes is not looked up."""
        worker = get_current_worker()
        sleep(REST_S)
        if not worker.is_cancelled:
            found = look_up(evaluation, candidate.option)
            if not worker.is_cancelled:
                self.app.call_from_thread(self._take_row, evaluation, candidate.key, found)

    def _take_row(self, evaluation: Evaluation, key: str, found: LookedUp) -> None:
        if evaluation is self.host.evaluation:
            self._looked_up[key] = found
            self._detail()

    def _current(self) -> Candidate | None:
        """What the cursor is on."""
        return self._shown_candidates.get(self.table.current_key or "")

    def subject(self, evaluation: Evaluation) -> Subject:
        """The candidate under the cursor; the plan's choice where the table is empty."""
        candidate = self._current()
        option = evaluation.choice if candidate is None else candidate.option
        return super().subject(evaluation) if option is None else subject_of_candidate(evaluation, option)

    def _nothing(self, evaluation: Evaluation) -> str:
        if self.filter_field.value.strip():
            return "Nothing matches. Shorten the filter, or press w for what is out and why."
        if self.shows_excluded:
            return "Nothing was left out."
        return f"Nothing fits. {why_no_choice(evaluation)} Press w for the reasons, one by one."

    def watch_shows_excluded(self, before: bool, now: bool) -> None:
        """Each of the two lists has a sort and a cursor of its own, and both are as they were left."""
        table = self.table
        self._left_at[before] = self.sort_column, self.descending, table.current_key, table.scroll_y
        column, descending, key, scrolled = self._left_at.get(now, ("", False, None, 0.0))
        self.set_reactive(SizingScreen.sort_column, column)
        self.set_reactive(SizingScreen.descending, descending)
        self._fill()
        if key is not None:
            table.select(key)
            self.call_after_refresh(table.scroll_to, y=scrolled, animate=False)

    def watch_sort_column(self) -> None:
        self._fill()

    def watch_descending(self) -> None:
        self._fill()

    # -- actions ------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Go to the filter line."""
        self.filter_field.focus()

    @on(Input.Submitted, "#filter")
    def action_leave_filter(self) -> None:
        """Back to the table; a second Escape clears the filter."""
        if not self.filter_field.has_focus:
            self.filter_field.value = ""
        self.table.focus()

    def action_why_not(self) -> None:
        """What fits, or what does not and why."""
        self.shows_excluded = not self.shows_excluded

    def action_sort(self, step: int) -> None:
        """Sort by the next column that can be sorted; after the last comes the engine's own order."""
        if self._listing is not None:
            keys = ["", *(c.key for c in self._columns(self._listing) if c.key not in ("mark", "bar"))]
            self._sort_by(keys[(keys.index(self.sort_column) + step) % len(keys)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.descending = not self.descending

    @on(DataTable.HeaderSelected, "#candidates")
    def _heading_clicked(self, event: DataTable.HeaderSelected) -> None:
        key = event.column_key.value or ""
        if key == self.sort_column:
            self.descending = not self.descending
        elif key not in ("mark", "bar"):
            self._sort_by(key)

    def _sort_by(self, key: str) -> None:
        self.set_reactive(SizingScreen.descending, key in SORTS_DOWN_FIRST)
        self.sort_column = key

    @on(DataTable.RowSelected, "#candidates")
    def action_pin(self) -> None:
        """Fix this candidate as the plan's choice; on the pinned one, let the planner choose again."""
        plan, evaluation, candidate = self.host.plan, self.host.evaluation, self._current()
        if self.table.current_key == GROUP:
            self._unfolded = True
            self._fill()
        if plan is None or evaluation is None or candidate is None:
            return
        choice = candidate.choice
        if choice is None:
            self.app.notify("It is out: it cannot be pinned.", severity="warning", timeout=3)
        elif candidate.is_pinned:
            self.action_unpin()
        else:
            catalog = evaluation.catalog
            values = {key: getattr(choice, key) for key in ("model", "weights", "kv", "gpu", "offer", "engine")}
            values["tensor_parallel"] = choice.deployment.tensor_parallel
            what = f"{model_name(catalog, choice.model)} on {offer_name(catalog, choice)}"
            self.host.update_plan(with_values(plan, ("choice",), UNPINNED | values), f"pinned {what}")

    def action_unpin(self) -> None:
        """Let the planner choose again."""
        if self.host.plan is not None:
            self.host.update_plan(with_values(self.host.plan, ("choice",), dict(UNPINNED)), "unpinned the choice")
