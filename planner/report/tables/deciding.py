"""What decides: from which volume own GPUs pay, what moves it and flips it, the answers, and who is cheapest where."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from planner.engine.specs import BreakEven, BreakEvenMap, Evaluation, Flip, QuestionAnswer
from planner.quantities import factor, fixed, percent, scaled, signed_money, with_unit
from planner.report.document import Column, Line, Row, Segment, Table, tabulate
from planner.report.tables.strategies import marked
from planner.words import labels
from planner.words.break_evens import deciding_break_evens, today_label
from planner.words.reasons import CASE_LABELS, answer_evidence, answer_reason, case_reason


def break_even(evaluation: Evaluation) -> Table:
    """A line an API model; volumes are tokens a day of the same mix and shape."""
    run = evaluation.demand.mean_tokens_per_day
    return tabulate(
        best_first(evaluation),
        lambda row: row.api_model,
        (
            Column("api", "against", kept=True, at_most=36, least=18, ideal=26),
            lambda row: api_name(evaluation, row.api_model),
        ),
        (Column("hardware", "hardware only", right=True), lambda row: _volume(row.hardware_only)),
        (Column("people", "with people", right=True, kept=True), lambda row: _volume(row.with_people)),
        (Column("verdict", "so", kept=True, at_most=44, least=24, ideal=36), lambda row: _so(row, run)),
        (Column("run", "you use", right=True), lambda _: scaled(run)),
        (Column("capacity", "fleet carries", right=True), lambda row: scaled(row.capacity_tokens_per_day)),
    )


def best_first(evaluation: Evaluation) -> tuple[BreakEven, ...]:
    """The break-even, then the one against today's, then the others."""
    deciding = [row for _, row in deciding_break_evens(evaluation)]
    return (*deciding, *(row for row in evaluation.break_even if row not in deciding))


def api_name(evaluation: Evaluation, api: str) -> str:
    """Name of an API model, with who runs it where anybody could; of today's, that it is."""
    found = evaluation.catalog.apis.get(api)
    if api == evaluation.inputs.volume.baseline_api:
        return today_label(evaluation)
    if found is None:
        return labels.rival_label(evaluation, api)
    return f"{found.name} ({labels.provider_name(found.provider)})" if found.is_hosted_open else found.name


def _volume(tokens: float | None) -> str:
    return "never" if tokens is None else scaled(tokens)


def _so(found: BreakEven, run: float) -> Row:
    """What follows; the volume at which own GPUs pay may ask for more of them than this fleet has."""
    if found.with_people is None:
        return (Segment("own GPUs never pay", "muted"),)
    more = ", more GPUs" if found.exceeds_capacity else ""
    if run >= found.with_people:
        return (Segment(f"pays: {factor(run / found.with_people)} the break-even", "good"), Segment(more))
    return (Segment(f"pays at {factor(found.with_people / run)} your volume{more}"),)


def sensitivity(evaluation: Evaluation) -> Table:
    """One input at a time: what own GPUs save in 12 months at its low and at its high value."""
    currency, untested = evaluation.inputs.currency, evaluation.ledgers["hybrid"].untested

    def saving(amount: float) -> str:
        return labels.marked(signed_money(amount, currency), untested=untested)

    return tabulate(
        evaluation.sensitivity,
        lambda row: row.input,
        (Column("input", "input", kept=True, at_most=40, least=14), lambda row: labels.INPUT_LABELS[row.input]),
        (Column("low", "low", right=True, kept=True), lambda row: with_unit(row.low, row.unit)),
        (Column("saving_low", "saves then", right=True, kept=True), lambda row: saving(row.saving_low)),
        (Column("high", "high", right=True, kept=True), lambda row: with_unit(row.high, row.unit)),
        (
            Column("saving_high", "saves then", right=True, kept=True),
            lambda row: saving(row.saving_high),
        ),
        (Column("decides", "decides", kept=True), lambda row: "yes" if row.changes_sign else ""),
    )


def flips(evaluation: Evaluation) -> Table:
    """For each key input the nearest value at which the recommendation changes."""
    return tabulate(
        evaluation.verdict.flips,
        lambda row: row.input,
        (
            Column("input", "the verdict flips if", kept=True, at_most=44, least=16),
            lambda row: labels.LEVER_LABELS[row.input],
        ),
        (Column("from", "now", right=True, kept=True), lambda row: with_unit(row.from_value, row.unit)),
        (Column("to", "at", right=True, kept=True), lambda row: with_unit(row.to_value, row.unit)),
        (Column("factor", "factor", right=True), lambda row: "" if row.factor is None else factor(row.factor)),
        (Column("becomes", "and becomes", kept=True), _becomes),
    )


def _becomes(flip: Flip) -> str:
    if flip.becomes is None:
        return ""
    mark = next((mark for name, mark in labels.STRATEGY_MARKERS.items() if name == flip.becomes), "")
    return f"{mark} {labels.BECOMES[flip.becomes]}".strip()  # which of the APIs it would be is not looked for


def questions(evaluation: Evaluation) -> Table:
    """The six answers with their reason."""

    def because(row: QuestionAnswer) -> str:
        return f"{answer_reason(evaluation, row)} ({answer_evidence(evaluation, row)})"

    return tabulate(
        enumerate(evaluation.questions, start=1),
        lambda row: row[1].id,
        (Column("number", "#", right=True), lambda row: str(row[0])),
        (Column("question", "question"), lambda row: labels.QUESTIONS[row[1].id]),
        (Column("answer", "answer"), lambda row: f"{labels.ANSWER_MARKS[row[1].answer]} {row[1].answer}"),
        (Column("because", "because"), lambda row: because(row[1])),
    )


def cases(evaluation: Evaluation) -> Table:
    """The five cases in which self-hosting wins."""
    return tabulate(
        evaluation.verdict.cases,
        lambda row: row.id,
        (Column("case", "case"), lambda row: CASE_LABELS[row.id]),
        (Column("here", "here"), lambda row: "✓ holds" if row.holds else "✗ no"),
        (Column("because", "because"), lambda row: case_reason(evaluation, row)),
    )


def cheapest(evaluation: Evaluation, grid: BreakEvenMap, brief: bool = False) -> Table:
    """Cheapest strategy and its saving against the best from the other side, by volume and output share.

    `brief` leaves marks alone, which fit a page; the plan's own one is in brackets.
    """
    share = _nearest(grid.output_fractions, 1 - evaluation.demand.input_fraction)
    volume = _nearest(grid.volumes_tokens_per_day, evaluation.demand.mean_tokens_per_day)

    def cell(i: int, j: int) -> str:
        strategy = grid.cells[j][i]
        if not brief:
            saving = percent(grid.saving_fraction[j][i])
            return f"{marked(strategy)} {labels.marked(saving, untested=evaluation.ledgers[strategy].untested)}"
        mark = labels.STRATEGY_MARKERS[strategy]
        return f"[{mark}]" if (i, j) == (volume, share) else f" {mark} "

    columns = (
        Column("volume", "tokens a day", right=True, kept=True),
        *(Column(fixed(s, 4), percent(s).replace(" ", ""), right=True) for s in grid.output_fractions),
    )
    lines = (
        Line(fixed(tokens), (scaled(tokens), *(cell(i, j) for j in range(len(grid.output_fractions)))))
        for i, tokens in enumerate(grid.volumes_tokens_per_day)
    )
    return Table(columns, tuple(lines))


def _nearest(values: Sequence[float], wanted: float) -> int:
    return min(range(len(values)), key=lambda place: abs(log(max(values[place], 1e-9) / max(wanted, 1e-9))))
