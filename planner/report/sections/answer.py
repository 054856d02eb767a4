"""What the report says: the verdict and its grounds."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import BreakEven, Evaluation, Flip, StrategyLedger
from planner.engine.specs.names import OWN_STRATEGIES
from planner.report.document import Bullets, Paragraph, Section, Table
from planner.words import next_steps as steps
from planner.words import reasons
from planner.words import verdict as words
from planner.words.labels import (
    ANSWER_MARKS,
    LEVER_LABELS,
    QUESTIONS,
    RECOMMENDATION_LABELS,
    RECOMMENDATION_MARKERS,
    STRATEGY_LABELS,
    STRATEGY_MARKERS,
    api_label,
    yes_words,
)


def strip(evaluation: Evaluation) -> str:
    """The answer in one line: recommendation, 12-month cost of the best two, probability, yes-count."""
    verdict = evaluation.verdict
    own, rival = evaluation.recommended, evaluation.rival
    parts = [f"{RECOMMENDATION_MARKERS[verdict.recommendation]} {RECOMMENDATION_LABELS[verdict.recommendation]}"]
    parts[0] += "" if own is None else f"  {_cost(evaluation, own)} / 12 mo"
    if rival is not None:
        note = "" if rival.allowed else " (not allowed)"
        parts.append(
            f"vs {STRATEGY_MARKERS[rival.strategy]} {STRATEGY_LABELS[rival.strategy]} {_cost(evaluation, rival)}{note}"
        )
    if verdict.recommendation in OWN_STRATEGIES and evaluation.likelihood_counts:
        parts.append(f"{quantities.percent(verdict.probability_cheaper)} likely cheaper")
    parts.append(yes_words(evaluation))
    return "  ".join(parts)


def _cost(evaluation: Evaluation, ledger: StrategyLedger) -> str:
    return quantities.money(ledger.total, evaluation.inputs.currency)


def lead(evaluation: Evaluation) -> tuple[str, ...]:
    """The headline, then the fact that decides."""
    said, fact = words.headline(evaluation), words.deciding_fact(evaluation)
    return (said,) if fact in said else (said, f"Deciding fact: {fact}")


def deciding(evaluation: Evaluation) -> Section:
    """The two numbers that decide, the reasons, and the cheapest way to be surer."""
    rows = [("You run, mean of 12 months", quantities.tokens_per_day(evaluation.demand.mean_tokens_per_day))]
    rows += [("Own GPUs pay from", _break_even_text(row)) for row in _deciding_break_evens(evaluation)]
    blocks = (
        Table(("", ""), tuple(rows), "ll"),
        Bullets(words.reasons(evaluation)),
        Paragraph(f"Rule of thumb: {reasons.rule_of_thumb(evaluation)}"),
        Paragraph(f"Cheapest test: {steps.step_words(evaluation, evaluation.verdict.next_steps[0])}"),
    )
    return Section("Two numbers decide", blocks)


def _deciding_break_evens(evaluation: Evaluation) -> tuple[BreakEven, ...]:
    """Against today's API model, and against whatever is no catalogue entry: the best API for each job."""
    apis, baseline = evaluation.catalog.apis, evaluation.inputs.volume.baseline_api
    return tuple(row for row in evaluation.break_even if row.api_model == baseline or row.api_model not in apis)


def _break_even_text(row: BreakEven) -> str:
    against = f" against {api_label(row.api_model)}"
    if row.with_people is None:
        return "no volume in range" + against
    beyond = ", with a larger fleet than the one below" if row.exceeds_capacity else ""
    return f"{quantities.tokens_per_day(row.with_people)}{against}, people included{beyond}"


def questions(evaluation: Evaluation) -> Section:
    """The six answers with their reason."""
    rows = tuple(
        (
            str(number),
            QUESTIONS[question.id],
            f"{ANSWER_MARKS[question.answer]} {question.answer}",
            f"{reasons.answer_reason(evaluation, question)} ({reasons.answer_evidence(evaluation, question)})",
        )
        for number, question in enumerate(evaluation.questions, start=1)
    )
    line = Paragraph(
        f"{evaluation.yes_count} of 6 are yes. Four or more: worth evaluating seriously; fewer: default to the API."
    )
    return Section("Six questions", (Table(("#", "Question", "Answer", "Because"), rows, "rlll"), line))


def flips(evaluation: Evaluation) -> Section:
    """For each key input the nearest value at which the recommendation changes."""
    rows = tuple(
        (LEVER_LABELS[flip.input], quantities.with_unit(flip.from_value, flip.unit), _flip_to(flip), _becomes(flip))
        for flip in evaluation.verdict.flips
    )
    table = Table(("Input", "Now", "Flips at", "Becomes"), rows, "lrrl")
    return Section("What would flip it", (table,) if rows else ())


def _flip_to(flip: Flip) -> str:
    if flip.to_value is None:
        return "none in range"
    told = flip.factor is None or flip.unit in ("x", "fraction", "points")
    return quantities.with_unit(flip.to_value, flip.unit) + ("" if told else f" ({quantities.factor(flip.factor)})")


def _becomes(flip: Flip) -> str:
    return "" if flip.becomes is None else RECOMMENDATION_LABELS[flip.becomes].lower()


def cases(evaluation: Evaluation) -> Section:
    """The five cases in which self-hosting wins."""
    rows = tuple(
        (reasons.CASE_LABELS[case.id], "✓ holds" if case.holds else "✗ no", reasons.case_reason(evaluation, case))
        for case in evaluation.verdict.cases
    )
    return Section("Five cases in which self-hosting wins", (Table(("Case", "Here", "Because"), rows, "lll"),))


def trade(evaluation: Evaluation) -> Section:
    """What self-hosting costs and brings besides money."""
    blocks = (
        Paragraph("You give up:"),
        Bullets(words.gives_up(evaluation)),
        Paragraph("You gain:"),
        Bullets(words.gains(evaluation)),
    )
    return Section("Give up and gain", blocks)


def next_steps(evaluation: Evaluation) -> Section:
    """What to do on Monday."""
    return Section("Next steps", (Bullets(steps.next_steps(evaluation), numbered=True),))
