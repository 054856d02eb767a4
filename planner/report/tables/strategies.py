"""The six strategies side by side: totals with their risk, a what-if beside the plan, and plans beside one another.

The verdict line is here too, in its roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from planner.engine.names import OWN_STRATEGIES
from planner.engine.specs import STRATEGIES, Evaluation, PriceScenario, Strategy, StrategyLedger
from planner.quantities import change_per_year, money, percent, signed, signed_money
from planner.records import dataclass
from planner.report.document import Cell, Column, Described, Row, Segment, Table, muted, tabulate
from planner.words import labels
from planner.words.answer import in_a_sentence, verdict_parts
from planner.words.ledger_notes import gap_mark, name_marks
from planner.words.reasons import ledger_reason

NONE = "–"
"""Stands where there is no amount."""


def possible(evaluation: Evaluation) -> list[StrategyLedger]:
    """Ledgers that have months, in the fixed order of strategies; each plan once."""
    ledgers = (evaluation.ledgers[s] for s in STRATEGIES if s in evaluation.ledgers)
    return [ledger for ledger in ledgers if ledger.distinct and ledger.months]


def marked(strategy: Strategy) -> str:
    """Marker and name: the colour is never the only carrier."""
    return f"{labels.STRATEGY_MARKERS[strategy]} {labels.STRATEGY_NAMES[strategy]}"


def title_of(ledger: StrategyLedger) -> str:
    """Marker and name, with what a reader must know beside its amounts."""
    return f"{marked(ledger.strategy)}{name_marks(ledger)}"


def in_colour(strategy: Strategy) -> Row:
    """Marker and name in the strategy's own colour."""
    return (Segment(marked(strategy), strategy),)


def totals(evaluation: Evaluation, ledgers: Iterable[StrategyLedger]) -> Table:
    """12-month total of each strategy, P10 to P90 of it, and its chance of being the cheapest."""
    chances = evaluation.risk.probability_cheapest if evaluation.risk is not None else {}

    def cost(ledger: StrategyLedger, amount: Decimal) -> str:
        return labels.cost_of(ledger, amount, evaluation.inputs.currency) if ledger.months else NONE

    def drawn(ledger: StrategyLedger, amount: float) -> str:
        """Without a mark: what a failed test would cost is in the draws."""
        return money(amount, evaluation.inputs.currency) if ledger.months else NONE

    def full_year(ledger: StrategyLedger) -> str:
        full = None if ledger.gap is None else ledger.gap.full_year
        return NONE if full is None else cost(ledger, full)

    return tabulate(
        ledgers,
        lambda row: row.strategy,
        (Column("strategy", "strategy", kept=True), title_of),
        (Column("p10", "P10", right=True, kept=True), lambda row: drawn(row, row.p10)),
        (Column("p50", "P50", right=True, kept=True), lambda row: drawn(row, row.p50)),
        (Column("p90", "P90", right=True, kept=True), lambda row: drawn(row, row.p90)),
        (Column("mean", "mean", right=True), lambda row: drawn(row, row.mean)),
        (Column("total", "12 months", right=True), lambda row: cost(row, row.total)),
        (Column("full_year", "full service", right=True), full_year),
        (Column("month", "a month", right=True), lambda row: cost(row, row.total / 12)),
        (
            Column("cheapest", "cheapest", right=True, kept=True),
            lambda row: percent(chances[row.strategy]) if row.strategy in chances else NONE,
        ),
        (Column("note", "note"), _note),
    )


def _note(ledger: StrategyLedger) -> str:
    if ledger.same_as is not None:
        return f"the same as {labels.STRATEGY_LABELS[ledger.same_as]}: {ledger_reason(ledger.reason)}"
    kind = "" if ledger.allowed else "not allowed: "
    return f"{kind if ledger.months else 'not possible: '}{ledger_reason(ledger.reason)}"


def what_if(now: Evaluation, then: Evaluation) -> Table:
    """12 months of each strategy as planned and as bent."""
    currency = now.inputs.currency

    def cost(evaluation: Evaluation, strategy: Strategy) -> str:
        ledger = evaluation.ledgers[strategy]
        if ledger.possible and ledger.same_as is not None:
            return f"as {labels.STRATEGY_NAMES[ledger.same_as]}"
        return (
            f"{labels.cost_of(ledger, ledger.total, currency)}{gap_mark(ledger)}" if ledger.possible else "not possible"
        )

    def change(strategy: Strategy, months: int) -> str:
        before, after = now.ledgers[strategy], then.ledgers[strategy]
        if not (before.distinct and after.distinct):
            return ""
        difference = signed_money((after.total - before.total) / 12 * months, currency)
        return labels.marked(difference, untested=before.untested or after.untested)

    return tabulate(
        STRATEGIES,
        str,
        (Column("strategy", "12 months", kept=True), in_colour),
        (Column("now", "as planned", right=True, kept=True), partial(cost, now)),
        (Column("then", "what if", right=True, kept=True), partial(cost, then)),
        (Column("change", "difference", right=True), lambda strategy: change(strategy, 12)),
        (Column("month", "a month", right=True), lambda strategy: change(strategy, 1)),
    )


class MeanMonth(NamedTuple):
    """Of a strategy in a plan that is compared, in the first plan's currency."""

    amount: Decimal
    untested: bool
    allowed: bool


def plans(months: Sequence[tuple[str, dict[Strategy, MeanMonth | None]]], currency: str) -> Table:
    """Mean month of each strategy in each plan, by the plan's letter, and its change from the first."""
    base = months[0][1]
    described: list[Described[Strategy]] = [(Column("strategy", "a month"), marked)]
    for letter, costs in months:
        described.append((Column(letter, letter, right=True), partial(_or_none, costs, currency)))
        if costs is not base:
            change = Column(f"{letter}-", f"{letter} - {months[0][0]}", right=True)
            described.append((change, partial(_change, base, costs, currency)))
    return tabulate(STRATEGIES, str, *described)


def _or_none(costs: Mapping[Strategy, MeanMonth | None], currency: str, strategy: Strategy) -> str:
    cost = costs[strategy]
    if cost is None:
        return NONE
    shown = labels.marked(money(cost.amount, currency), untested=cost.untested)
    return shown if cost.allowed else f"{labels.NOT_ALLOWED} {shown}"


def _change(
    base: Mapping[Strategy, MeanMonth | None], costs: Mapping[Strategy, MeanMonth | None], currency: str, of: Strategy
) -> str:
    before, after = base[of], costs[of]
    if before is None or after is None:
        return NONE
    difference = signed_money(after.amount - before.amount, currency)
    return labels.marked(difference, untested=before.untested or after.untested)


def in_scenarios(evaluation: Evaluation) -> tuple[Strategy, ...]:
    """The strategies that the price scenarios cost."""
    return tuple(name for name in STRATEGIES if any(name in found.totals for found in evaluation.scenarios))


def scenarios(evaluation: Evaluation) -> Table:
    """What 12 months cost in every price scenario, dearest API prices first; `◀` is the cheapest that is allowed."""

    def cost(amount: float | None, cheapest: bool, untested: bool) -> str:
        shown = NONE
        if amount is not None:
            shown = labels.marked(money(amount, evaluation.inputs.currency), untested=untested)
        return f"{shown} ◀" if cheapest else f"{shown}  "  # so that the figures stay below one another

    def of(strategy: Strategy) -> Described[PriceScenario]:
        # the hybrid of the scenarios has at least one own GPU, and its own name where that of the plan has none
        name = marked(strategy) if strategy != "hybrid" or evaluation.is_hybrid else f"{marked(strategy)}, own GPUs"
        column, untested = Column(strategy, name, right=True), evaluation.ledgers[strategy].untested
        return column, lambda row: cost(row.totals.get(strategy), row.cheapest == strategy, untested)

    own = any(evaluation.ledgers[s].untested for s in OWN_STRATEGIES)

    return tabulate(
        evaluation.scenarios,
        lambda row: f"{signed(row.api_change_per_year, 2)}{signed(row.gpu_change_per_year, 2)}",
        (Column("api", "API prices, a year", kept=True), lambda row: _yearly(row.api_change_per_year)),
        (Column("gpu", "GPU rent, a year", kept=True), lambda row: _yearly(row.gpu_change_per_year)),
        (Column("cheapest", "cheapest", kept=True), lambda row: in_colour(row.cheapest)),
        *map(of, in_scenarios(evaluation)),
        (Column("own", "own GPUs", right=True), lambda row: cost(row.own, row.cheapest in OWN_STRATEGIES, own)),
        (Column("payback", "pays back", right=True), lambda row: _payback(row.payback_month)),
    )


def _yearly(fraction: float) -> str:
    return change_per_year(fraction).removesuffix(" a year")


def _payback(month: int | None) -> Cell:
    return muted("no") if month is None else f"month {month}"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the strip that may flash on its own: in full, and in fewer and fewer cells."""

    key: str
    texts: tuple[str, ...]
    role: str = "text"

    def text(self, level: int) -> str:
        """The wording at a level of brevity."""
        return self.texts[min(level, len(self.texts) - 1)]


def proposal_mark(evaluation: Evaluation) -> str:
    """The sign of what is proposed."""
    best = evaluation.recommended
    name = evaluation.verdict.recommendation if best is None else best.strategy
    return next((mark for each, mark in labels.STRATEGY_MARKERS.items() if each == name), labels.NOWHERE)


def proposal(evaluation: Evaluation) -> str:
    """What is proposed with its sign, in a sentence: `○ switch models`."""
    return f"{proposal_mark(evaluation)} {in_a_sentence(evaluation)}"


def strip_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """The verdict line, the part that matters most first, each in its role."""
    best, answer, mark = evaluation.recommended, evaluation.answer, proposal_mark(evaluation)
    roles = {
        "headline": "accent" if best is None else f"bold:{best.strategy}",
        "best": "strong",
        "proof": "warn" if best is None or not answer.is_proven else "good",
        "other": "muted",
    }
    said = verdict_parts(evaluation)
    return tuple(
        Part(key, tuple(f"{mark} {text}" for text in texts) if key == "headline" else texts, roles[key])
        for key, texts in said
    )


def year_words(ledger: StrategyLedger, currency: str) -> str:
    """The total of 12 months; where not all of them are served, of how many it is."""
    cost, served = labels.cost_of(ledger, ledger.total, currency), gap_mark(ledger)
    return f"{cost} for{served}" if served else f"{cost} / 12 mo"
