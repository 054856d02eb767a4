"""What the report says: the verdict and its grounds."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import BreakEven, Evaluation, Flip, StrategyLedger
from planner.engine.specs.names import OWN_STRATEGIES
from planner.report.document import Bullets, Paragraph, Section, Table
from planner.report.rivals import best_rival, likelihood_counts, recommended
from planner.words.labels import (
    ANSWER_MARKS,
    QUESTIONS,
    RECOMMENDATION_LABELS,
    RECOMMENDATION_MARKERS,
    STRATEGY_LABELS,
    STRATEGY_MARKERS,
    yes_words,
)


def strip(evaluation: Evaluation) -> str:
    """The answer in one line: recommendation, 12-month cost of the best two, probability, yes-count."""
    verdict = evaluation.verdict
    own, rival = recommended(evaluation), best_rival(evaluation)
    parts = [f"{RECOMMENDATION_MARKERS[verdict.recommendation]} {RECOMMENDATION_LABELS[verdict.recommendation]}"]
    parts[0] += "" if own is None else f"  {_cost(evaluation, own)} / 12 mo"
    if rival is not None:
        note = "" if rival.allowed else " (not allowed)"
        parts.append(
            f"vs {STRATEGY_MARKERS[rival.strategy]} {STRATEGY_LABELS[rival.strategy]} {_cost(evaluation, rival)}{note}"
        )
    if verdict.recommendation in OWN_STRATEGIES and likelihood_counts(evaluation):
        parts.append(f"{quantities.percent(verdict.probability_cheaper)} likely cheaper")
    parts.append(yes_words(evaluation))
    return "  ".join(parts)


def _cost(evaluation: Evaluation, ledger: StrategyLedger) -> str:
    return quantities.money(ledger.total, evaluation.inputs.currency)


def lead(evaluation: Evaluation) -> tuple[str, ...]:
    """The headline, then the fact that decides."""
    verdict = evaluation.verdict
    fact = verdict.deciding_fact
    return (
        (verdict.headline, f"Deciding fact: {fact}") if fact and fact not in verdict.headline else (verdict.headline,)
    )


def deciding(evaluation: Evaluation) -> Section:
    """The two numbers that decide, the reasons, and the cheapest way to be surer."""
    verdict, demand = evaluation.verdict, evaluation.demand
    rows = [("You run, mean of 12 months", quantities.tokens_per_day(demand.mean_tokens_per_day))]
    rows += [("Own GPUs pay from", _break_even_text(row)) for row in _deciding_break_evens(evaluation)]
    said = (("Rule of thumb", verdict.rule_of_thumb), ("Cheapest test", verdict.cheapest_test))
    notes = tuple(Paragraph(f"{label}: {text}") for label, text in said if text)
    return Section("Two numbers decide", (Table(("", ""), tuple(rows), "ll"), Bullets(verdict.reasons), *notes))


def _deciding_break_evens(evaluation: Evaluation) -> tuple[BreakEven, ...]:
    """Against today's API model, and against whatever is no catalogue entry: the best API for each job."""
    apis, baseline = evaluation.catalog.apis, evaluation.inputs.volume.baseline_api
    return tuple(row for row in evaluation.break_even if row.api_model == baseline or row.api_model not in apis)


def _break_even_text(row: BreakEven) -> str:
    against = f" against {row.api_model}"
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
            f"{question.reason} ({question.evidence})" if question.evidence else question.reason,
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
        (flip.label, quantities.with_unit(flip.from_value, flip.unit), _flip_to(flip), _becomes(flip))
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
    rows = tuple((case.label, "✓ holds" if case.holds else "✗ no", case.reason) for case in evaluation.verdict.cases)
    return Section("Five cases in which self-hosting wins", (Table(("Case", "Here", "Because"), rows, "lll"),))


def trade(evaluation: Evaluation) -> Section:
    """What self-hosting costs and brings besides money."""
    verdict = evaluation.verdict
    blocks = (
        Paragraph("You give up:"),
        Bullets(verdict.gives_up),
        Paragraph("You gain:"),
        Bullets(verdict.gains),
    )
    return Section("Give up and gain", blocks)


def next_steps(evaluation: Evaluation) -> Section:
    """What to do on Monday."""
    return Section("Next steps", (Bullets(evaluation.verdict.next_steps, numbered=True),))
