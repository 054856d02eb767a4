"""The verdict as rows of text with their ways: the answer first, then everything that carries it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from planner.engine.specs import Evaluation, QuestionAnswer, Verdict3, WinningCase
from planner.report.document import Row, Rows, Segment
from planner.words import labels, reasons
from planner.words import verdict as words
from planner.words.answer import DOORS, flip_words
from planner.words.next_steps import step_words
from planner.words.sentences import as_sentence, table
from planner.words.warned import warned

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
        Entry((Segment(words.headline(evaluation), "strong"),), "answer"),
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
