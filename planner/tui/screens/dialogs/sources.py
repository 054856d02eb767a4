"""Where the numbers of a place come from: formula, inputs, source and how sure they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button

from planner.engine.specs import Evaluation, Trace
from planner.tui.charts.canvas import Row, Rows, Segment
from planner.tui.screens.dialogs.base import Dialog, flat_button
from planner.tui.widgets.notes import Notes

LABEL_CELLS = 20


class SourcesDialog(Dialog[str]):
    """Lists traces; returns the place to go to, or None for back."""

    DEFAULT_CSS = """
    SourcesDialog > #panel { width: 96; }
    SourcesDialog VerticalScroll { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
    """
    BINDINGS = [("i,q", "leave", "Back")]  # noqa: RUF012 - Textual's own type

    def __init__(self, traces: Sequence[Trace]) -> None:
        super().__init__("Where these numbers come from")
        self._traces = tuple(traces)

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True):
            notes = Notes(indent=LABEL_CELLS)
            notes.set_reactive(Notes.rows, trace_rows(self._traces))
            yield notes
        yield Horizontal(
            flat_button("Back", "esc", id="back"),
            flat_button("Answers behind them", id="questions"),
            flat_button("Assumptions behind them", id="assumptions"),
            id="buttons",
        )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(None if event.button.id == "back" else event.button.id)


def traces_of(evaluation: Evaluation, first: Sequence[str]) -> list[Trace]:
    """All traces, those whose key starts with one of `first` in front."""

    def rank(trace: Trace) -> int:
        return next((i for i, prefix in enumerate(first) if trace.key.startswith(prefix)), len(first))

    return sorted(evaluation.traces, key=rank)


def trace_rows(traces: Sequence[Trace]) -> Rows:
    """A heading and a few labelled lines each."""
    rows: list[Row] = []
    for trace in traces:
        rows.append((Segment(trace.label, "strong"),))
        rows.append(_labelled("formula", trace.formula))
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
