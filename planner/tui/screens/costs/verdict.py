"""The verdict as a list, the answer first: what an entry is about opens with Enter or a click, a warning as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets.option_list import Option

from planner.engine.specs import Evaluation, QuestionAnswer, Verdict3, WinningCase
from planner.report.document import Row, Rows, Segment
from planner.tui.charts.canvas import wrap
from planner.tui.textual_fixes import SteadyList
from planner.tui.widgets.fact_table import to_content
from planner.words import labels, reasons
from planner.words import verdict as words
from planner.words.answer import DOORS, flip_words, verdict_line
from planner.words.next_steps import step_words
from planner.words.sentences import as_sentence, table
from planner.words.warnings import warned

ANSWER_ROLES = {"yes": "good", "no": "muted", "unproven": "warn"}
LABEL = 17
"""Cells before the text of a labelled line."""


class Entry(NamedTuple):
    """A row, and what it is about: `questions/volume`; empty where nothing is behind it."""

    row: Row
    door: str = ""


def verdict_rows(evaluation: Evaluation) -> Rows:
    """The rows alone."""
    return tuple(entry.row for entry in verdict_entries(evaluation))


def verdict_entries(evaluation: Evaluation) -> tuple[Entry, ...]:
    """Headline with its numbers, what would flip it, six answers, five cases, both sides, next steps, warnings."""
    steps = [(step_words(evaluation, step), DOORS[step.kind]) for step in evaluation.verdict.next_steps]
    because = _without_repeats((as_sentence(words.deciding_fact(evaluation)), *words.reasons(evaluation)))
    flips = [flip_words(flip) for flip in evaluation.verdict.flips if flip.becomes is not None]
    return (
        Entry((Segment(verdict_line(evaluation), "strong"),), "answer"),
        Entry(()),
        *_labelled("Because", ((text, "costs/ledger") for text in because)),
        *_labelled("It flips if", ((text, "costs/sensitivity") for text in flips or [table("turns")["nothing"]])),
        *_labelled("Cheapest test", steps[:1]),
        *_labelled("Rule of thumb", ((reasons.rule_of_thumb(evaluation), "costs/break-even"),)),
        Entry(()),
        Entry((Segment(f"Six questions: {evaluation.yes_count} yes", "strong"),)),
        *(_question(evaluation, question) for question in evaluation.questions),
        Entry(()),
        Entry((Segment("Five cases in which self-hosting wins", "strong"),)),
        *(_case(evaluation, case) for case in evaluation.verdict.cases),
        Entry(()),
        *_labelled("You give up", ((text, "") for text in words.gives_up(evaluation))),
        *_labelled("You gain", ((text, "") for text in words.gains(evaluation))),
        *_labelled("Next", steps),
        *_warnings(evaluation),
    )


def _labelled(label: str, texts: Iterable[tuple[str, str]]) -> list[Entry]:
    """One line a text with its door, the label on the first only."""
    shown = [(text, door) for text, door in texts if text]
    return [_line(label if i == 0 else "", text, door) for i, (text, door) in enumerate(shown)]


def _line(label: str, text: str, door: str, role: str = "text") -> Entry:
    row = (Segment(f"{label:<15}", "muted"), Segment("· ", "muted"), Segment(text, role))
    return Entry(row, door)


def _warnings(evaluation: Evaluation) -> Iterator[Entry]:
    """Those that could turn the answer stand out and come first."""
    for i, found in enumerate(warned(evaluation)):
        yield _line("" if i else "Mind", found.text, found.door, "warn" if found.loud else "muted")


def _question(evaluation: Evaluation, question: QuestionAnswer) -> Entry:
    reason, evidence = reasons.answer_reason(evaluation, question), reasons.answer_evidence(evaluation, question)
    row = _answer(question.answer, labels.QUESTION_NAMES[question.id], reason, f" ({evidence})")
    return Entry(row, f"questions/{question.id}")


def _case(evaluation: Evaluation, case: WinningCase) -> Entry:
    reason = reasons.case_reason(evaluation, case)
    return Entry(_answer("yes" if case.holds else "no", reasons.CASE_LABELS[case.id], reason, ""))


def _answer(answer: Verdict3, name: str, reason: str, tail: str) -> Row:
    return (
        Segment(f"{labels.ANSWER_MARKS[answer]} {answer:<9}", ANSWER_ROLES[answer]),
        Segment("      "),
        Segment(f"{name}: ", "strong"),
        Segment(reason),
        Segment(tail, "muted"),
    )


def _without_repeats(texts: Iterable[str]) -> list[str]:
    """The deciding fact is often the first reason as well."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.strip(" .").casefold(), text)
    return list(found.values())


WIDEST = 110
"""Cells of a line that is still read at a glance."""


class VerdictLines(SteadyList):
    """Shows an evaluation's verdict."""

    DEFAULT_CSS = """
    VerdictLines {
        background: $background; border: none; padding: 0; height: 1fr; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    VerdictLines > .option-list--option { padding: 0; }
    VerdictLines > .option-list--option-disabled { color: $foreground; }
    VerdictLines > .option-list--option-highlighted { background: $panel; text-style: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Behind it", key_display="Enter")]
    _entries: tuple[Entry, ...] = ()
    _width = 0

    def __init__(self) -> None:
        super().__init__(compact=True, markup=False)

    @property
    def door(self) -> str:
        """What the entry under the cursor is about; empty where nothing is."""
        at = self.highlighted
        return self._entries[at].door if at is not None and at < len(self._entries) else ""

    def show(self, evaluation: Evaluation) -> None:
        """Take a new verdict; the cursor stays on its line."""
        self._entries = verdict_entries(evaluation)
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        if self._width != self._room:
            self._fill()

    @property
    def _room(self) -> int:
        return min(self.scrollable_content_region.width - 1, WIDEST)

    def _fill(self) -> None:
        self._width = self._room
        if not self._entries or self._width <= 0:
            return
        at, dark = self.highlighted, self.app.current_theme.dark
        shown = (
            to_content(wrap(entry.row, self._width, LABEL if len(entry.row) > 1 else 0), dark)
            for entry in self._entries
        )
        options = [Option(text, disabled=not entry.door) for text, entry in zip(shown, self._entries, strict=True)]
        self.clear_options()
        self.add_options(options)
        self.highlighted = min(at, len(options) - 1) if at is not None else 0
