"""The answer's own table: each workload today and then, with what belongs to no work alone and the sum."""

from __future__ import annotations

from planner.engine.specs import Evaluation, Move
from planner.quantities import amount, currency_symbol
from planner.report.document import Column, Line, Table, tabulate
from planner.report.tables.strategies import NONE
from planner.words.answer import goes_to, only_model, proof_words
from planner.words.labels import UNPROVEN, marked, model_name

OTHERS, BESIDE, SUM = "\0others", "\0beside", "\0sum"
"""Keys of the lines that are no workload; none can have these names."""


def moves(evaluation: Evaluation, most: int) -> Table:
    """The dearest workloads of today first, at most so many; a month each, `~` where a test is still to come.

    Where all work runs on one model today no column repeats it.
    """
    answer, currency = evaluation.answer, evaluation.inputs.currency
    symbol = currency_symbol(currency)
    ranked = sorted(answer.moves, key=lambda move: -move.before)
    shown = ranked if len(ranked) <= most else ranked[: max(most - 1, 1)]

    def after(move: Move) -> str:
        return marked(amount(move.after, currency), untested=move.proof == "untested")

    table = tabulate(
        shown,
        lambda move: move.workload,
        (Column("work", "work", kept=True, at_most=26, least=12), lambda move: move.workload),
        (Column("from", "runs on", at_most=26, least=12), lambda move: model_name(evaluation, move.runs_on)),
        (Column("to", "moves to", kept=True, at_most=34, least=14), lambda move: goes_to(evaluation, move)),
        (Column("before", f"{symbol}/mo as is", right=True, kept=True), lambda move: amount(move.before, currency)),
        (Column("after", f"{symbol}/mo then", right=True, kept=True), after),
        (Column("proof", "proven", kept=True), proof_words),
    )
    whole = Table(table.columns, (*table.lines, *_rest(evaluation, ranked[len(shown) :])), total_row=True)
    return whole if only_model(evaluation) is None else whole.only("work", "to", "before", "after", "proof")


def _rest(evaluation: Evaluation, others: list[Move]) -> tuple[Line, ...]:
    """The work that is not shown one by one, people and fees, and the mean month of the ledgers."""
    answer, currency = evaluation.answer, evaluation.inputs.currency
    lines = []
    if others:
        tested = all(move.proof != "untested" for move in others)
        sums = sum(m.before for m in others), sum(m.after for m in others)
        cells = amount(sums[0], currency), marked(amount(sums[1], currency), untested=not tested)
        proof = "" if tested else f"{UNPROVEN} untested"
        name = f"{len(others)} other{'' if len(others) == 1 else 's'}"
        lines.append(Line(OTHERS, (name, "", "", *cells, proof)))
    if max(abs(answer.beside_before), abs(answer.beside_after)) >= 0.5:
        now, then = (amount(a, currency) if abs(a) >= 0.5 else "" for a in (answer.beside_before, answer.beside_after))
        lines.append(Line(BESIDE, ("people and fees", "", "", now, then, "")))
    total = NONE
    if answer.proposed is not None:
        total = marked(amount(answer.proposed / 12, currency), untested=not answer.is_proven)
    lines.append(Line(SUM, ("mean month", "", "", amount(answer.today / 12, currency), total, "")))
    return tuple(lines)
