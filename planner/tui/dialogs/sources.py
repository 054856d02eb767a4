"""Where the numbers of a place come from: formula, inputs, source and how sure they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, OptionList
from textual.widgets.option_list import Option

from planner.engine.specs import Evaluation
from planner.report.document import Row, Rows, Segment
from planner.tui.dialogs.ask import Dialog, flat_button
from planner.tui.flows.sources import Link, Subject, assumptions_of, links_of
from planner.tui.textual_fixes import SteadyList
from planner.tui.widgets.document_view import Notes
from planner.words.refusals import REFUSAL
from planner.words.traces import Trace, traces_of

if TYPE_CHECKING:
    from planner.plan.schema import Plan

LABEL_CELLS = 20


class SourcesDialog(Dialog[Link]):
    """Lists traces and the ways to what is behind them; returns the way taken, or None for back."""

    DEFAULT_CSS = """
    SourcesDialog > #panel { width: 96; }
    SourcesDialog VerticalScroll { height: auto; max-height: 20; scrollbar-size-vertical: 1; }
    SourcesDialog.-short VerticalScroll { max-height: 8; }
    SourcesDialog OptionList {
        height: auto; max-height: 6; background: $panel; border: none; padding: 0; margin: 1 0 0 0;
        scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    SourcesDialog OptionList > .option-list--option-highlighted { background: $surface; color: $foreground; }
    SourcesDialog OptionList:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
    """
    BINDINGS = [("i,q", "leave", "Back")]  # noqa: RUF012 - Textual's own type

    def __init__(self, traces: Sequence[Trace], subject: str = "", links: Sequence[Link] = ()) -> None:
        super().__init__(f"Where this comes from: {subject}" if subject else "Where these numbers come from")
        self._traces, self._links = tuple(traces), tuple(links)

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True):
            notes = Notes(indent=LABEL_CELLS)
            notes.set_reactive(Notes.rows, trace_rows(self._traces))
            yield notes
        if self._links:
            ways = (Option(Content(f"→ {link.label}")) for link in self._links)
            yield SteadyList(*ways, compact=True, markup=False)
        yield Horizontal(
            flat_button("Back", "esc", id="cancel"),
            flat_button("All answers", id="questions"),
            flat_button("All assumptions", id="assumptions"),
            id="buttons",
        )

    def on_mount(self) -> None:
        first = self.query(SteadyList).first() if self._links else self.query_one(VerticalScroll)
        first.focus()

    @on(OptionList.OptionSelected)
    def _followed(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._links[event.option_index])

    @on(Button.Pressed, "#questions")
    def _to_answers(self) -> None:
        self.dismiss(Link("questions", "", ""))

    @on(Button.Pressed, "#assumptions")
    def _to_assumptions(self) -> None:
        self.dismiss(Link("assumptions", "", ""))


def sources_of(plan: Plan, evaluation: Evaluation, subject: Subject, first: Sequence[str] = ()) -> SourcesDialog:
    """The dialog about a number: its own traces, the assumptions it rests on, then everything else."""
    keys = {trace.key for trace in subject.own}
    traces = [trace for trace in ranked_traces(evaluation, (*subject.traces, *first)) if trace.key not in keys]
    if subject.instead_of:
        traces = [trace for trace in traces if not trace.key.startswith(subject.instead_of)]
    mine = sum(trace.key.startswith(subject.traces) for trace in traces) if subject.traces else 0
    traces[mine:] = [*assumptions_of(evaluation, subject), *([] if subject.alone else traces[mine:])]
    return SourcesDialog([*subject.own, *traces], subject.name, links_of(evaluation, plan, subject))


def ranked_traces(evaluation: Evaluation, first: Sequence[str]) -> list[Trace]:
    """All traces, those whose key starts with one of `first` in front."""

    def rank(trace: Trace) -> int:
        return next((i for i, prefix in enumerate(first) if trace.key.startswith(prefix)), len(first))

    return sorted(traces_of(evaluation), key=rank)


def trace_rows(traces: Sequence[Trace]) -> Rows:
    """A heading and a few labelled lines each."""
    rows: list[Row] = []
    for trace in traces:
        rows.append((Segment(trace.label, "strong"),))
        if trace.formula:
            rows.append(_labelled("rule" if trace.key == REFUSAL else "formula", trace.formula))
        rows += [_labelled(name, value) for name, value in trace.inputs]
        if trace.source:
            rows.append(_labelled("source", f"{trace.source}{', ' if trace.as_of else ''}{trace.as_of}", "muted"))
        if trace.uncertainty:
            rows.append(_labelled("how sure", trace.uncertainty, "muted"))
        rows.append(())
    return tuple(rows[:-1]) or ((Segment("This plan has no traced numbers yet.", "muted"),),)


def _labelled(label: str, text: str, role: str = "text") -> Row:
    width = LABEL_CELLS
    shown = label if len(label) < width else f"{label[: width - 2]}…"
    return (Segment(f"{shown:<{width}}", "muted"), Segment(text, role))
