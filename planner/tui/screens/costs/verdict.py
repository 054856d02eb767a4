"""The verdict as rows of text: the answer first, then everything that carries it."""

from __future__ import annotations

from collections.abc import Iterable

from planner import quantities
from planner.engine.specs import Evaluation, Flip, QuestionAnswer, Verdict3, WinningCase
from planner.report.document import Row, Rows, Segment
from planner.words import labels, reasons
from planner.words import verdict as words
from planner.words.answer import verdict_line
from planner.words.next_steps import next_steps
from planner.words.warnings import notice_lines

ANSWER_ROLES = {"yes": "good", "no": "muted", "unproven": "warn"}


def verdict_rows(evaluation: Evaluation) -> Rows:
    """Headline with its two numbers, what would flip it, six answers, five cases, both sides, next steps."""
    steps = next_steps(evaluation)
    return (
        (Segment(verdict_line(evaluation), "strong"),),
        (),
        *_labelled("Because", _without_repeats((words.deciding_fact(evaluation), *words.reasons(evaluation)))),
        *_labelled(
            "It flips if",
            [_flip(flip) for flip in evaluation.verdict.flips if flip.becomes is not None]
            or ["nothing in the ranges tried"],
        ),
        *_labelled("Cheapest test", steps[:1]),
        *_labelled("Rule of thumb", (reasons.rule_of_thumb(evaluation),)),
        (),
        (Segment(f"Six questions: {evaluation.yes_count} yes", "strong"),),
        *(_question(evaluation, question) for question in evaluation.questions),
        (),
        (Segment("Five cases in which self-hosting wins", "strong"),),
        *(_case(evaluation, case) for case in evaluation.verdict.cases),
        (),
        *_labelled("You give up", words.gives_up(evaluation)),
        *_labelled("You gain", words.gains(evaluation)),
        *_labelled("Next", steps),
        *_labelled("Mind", notice_lines(evaluation), "warn"),
    )


def _labelled(label: str, texts: Iterable[str], role: str = "text") -> list[Row]:
    """One line a text, the label on the first only."""
    return [
        (Segment(f"{label if i == 0 else '':<15}", "muted"), Segment("· ", "muted"), Segment(text, role))
        for i, text in enumerate(text for text in texts if text)
    ]


def _question(evaluation: Evaluation, question: QuestionAnswer) -> Row:
    reason, evidence = reasons.answer_reason(evaluation, question), reasons.answer_evidence(evaluation, question)
    return _answer(question.answer, labels.QUESTION_NAMES[question.id], reason, f" ({evidence})")


def _case(evaluation: Evaluation, case: WinningCase) -> Row:
    reason = reasons.case_reason(evaluation, case)
    return _answer("yes" if case.holds else "no", reasons.CASE_LABELS[case.id], reason, "")


def _answer(answer: Verdict3, name: str, reason: str, tail: str) -> Row:
    return (
        Segment(f"{labels.ANSWER_MARKS[answer]} {answer:<9}", ANSWER_ROLES[answer]),
        Segment("      "),
        Segment(f"{name}: ", "strong"),
        Segment(reason),
        Segment(tail, "muted"),
    )


def _flip(flip: Flip) -> str:
    assert flip.becomes is not None
    if flip.unit == "x":
        change = quantities.with_unit(flip.to_value, flip.unit)
    else:
        change = f"{quantities.low_end(flip.from_value, flip.unit)} → {quantities.with_unit(flip.to_value, flip.unit)}"
        change += f" (x{quantities.significant(flip.factor, 2)})" if flip.factor is not None else ""
    return f"{labels.LEVER_LABELS[flip.input]}: {change}, then {labels.BECOMES[flip.becomes]}"


def _without_repeats(texts: Iterable[str]) -> list[str]:
    """The deciding fact is often the first reason as well."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.strip(" .").casefold(), text)
    return list(found.values())
