"""Money: six strategies over 12 months, break-even, sensitivity."""

from __future__ import annotations

from planner import quantities
from planner.engine.names import API_STRATEGIES
from planner.engine.specs import STRATEGIES, Evaluation
from planner.report.document import Chart, Paragraph, Section
from planner.report.tables import deciding, strategies
from planner.report.tables import ledger as months_of
from planner.words.labels import MONTH_NOTE, STRATEGY_LABELS, UNPROVEN_NOTE
from planner.words.ledger_notes import fixed_rent, total_notes
from planner.words.sentences import sentence
from planner.words.verdict import untested


def totals(evaluation: Evaluation) -> Section:
    """12-month total of every strategy with its band."""
    table = strategies.totals(evaluation, (evaluation.ledgers[strategy] for strategy in STRATEGIES))
    full = ("full_year",) if any(found.gap for found in evaluation.ledgers.values()) else ()
    shown = table.only("strategy", "total", *full, "month", "p10", "p90", "note")
    unproven = (UNPROVEN_NOTE,) if any(found.untested for found in evaluation.ledgers.values()) else ()
    notes = map(Paragraph, (*unproven, *total_notes(evaluation)))
    return Section("Twelve months by strategy", (shown, *notes, Paragraph(MONTH_NOTE), *_chance(evaluation)))


def _chance(evaluation: Evaluation) -> tuple[Paragraph, ...]:
    risk = evaluation.risk
    if risk is None:
        return ()
    parts = [
        f"{STRATEGY_LABELS[strategy]} {quantities.percent(chance)}"
        for strategy, chance in sorted(risk.probability_cheapest.items(), key=lambda item: -item[1])
        if chance > 0
    ]
    chance = Paragraph(f"Chance of being cheapest over {quantities.count(risk.draws)} draws: {', '.join(parts)}.")
    return chance, *(Paragraph(line) for line in untested(evaluation))


def months(evaluation: Evaluation) -> Section:
    """Month by month: each strategy, tokens, and the payback month."""
    return Section(
        "Month by month",
        (
            Chart("cumulative", "Cumulative cost of each strategy"),
            months_of.months(evaluation, months_of.whole(evaluation.inputs.currency)),
            Paragraph(_payback(evaluation)),
        ),
    )


def bought(evaluation: Evaluation) -> Section:
    """Servers in cash beside what is written off."""
    return Section("Servers bought, in cash", (months_of.cash(evaluation),) if evaluation.cash else ())


def _payback(evaluation: Evaluation) -> str:
    if not evaluation.is_self_hosting:
        return "Payback: nothing to pay back, no own GPU is cheaper."
    today, best = evaluation.payback_month, evaluation.payback_month_best
    if today is None and best is None:
        return "Payback: none in 12 months."
    against = f"{_in_month(today)} against the API as today, {_in_month(best)} against the best without own GPUs"
    return f"Payback of hybrid: {against}."


def _in_month(month: int | None) -> str:
    return "not in 12 months" if month is None else f"month {month}"


def buckets(evaluation: Evaluation) -> Section:
    """12-month sum of every bucket, strategies side by side."""
    return Section("Where the money goes", (months_of.buckets(evaluation),))


def ledger(evaluation: Evaluation) -> Section:
    """Every bucket of the recommended strategy, month by month, in two halves that fit a terminal."""
    chosen = evaluation.recommended
    if chosen is None:
        return Section("Ledger", ())
    last = len(chosen.months)
    halves = (months_of.by_month(evaluation, chosen, first, min(first + 6, last)) for first in range(0, last, 6))
    return Section(f"Ledger of {STRATEGY_LABELS[chosen.strategy].lower()}", tuple(halves))


def scenarios(evaluation: Evaluation) -> Section:
    """Every API price scenario with every rent scenario: what each strategy then costs."""
    if not evaluation.scenarios:
        return Section("Scenarios", ())
    apis = [strategy for strategy in strategies.in_scenarios(evaluation) if strategy in API_STRATEGIES]
    if len(apis) > MOST_APIS:
        apis.remove("api_today")
    table = strategies.scenarios(evaluation).only("api", "gpu", *apis, "own", "payback")
    note = Paragraph(
        "API prices are those of work of the same quality. ◀ is the cheapest that is allowed; own GPUs pay back "
        "against the best without them."
    )
    fixed = map(Paragraph, fixed_rent(evaluation))
    return Section("If prices move: 12 months", (table, note, *fixed))


MOST_APIS = 3
"""As many as fit a terminal; of more, the API as it is today is the one that nobody would choose."""
BREAK_EVEN_TITLE = "Break-even volume in tokens a day, same mix and shape"


def break_even(evaluation: Evaluation) -> Section:
    """Volume from which own GPUs pay, against each API model."""
    if not evaluation.break_even:
        return Section(BREAK_EVEN_TITLE, ())
    table = deciding.break_even(evaluation).only("api", "hardware", "people", "verdict")
    beyond = next((row for row in evaluation.break_even if row.exceeds_capacity), None)
    if beyond is None:
        return Section(BREAK_EVEN_TITLE, (table,))
    carries = quantities.tokens_per_day(beyond.capacity_tokens_per_day)
    note = (
        f"All replicas of the fleet sized for this plan together carry {carries} of this plan's mix without "
        "overflow; from there on it takes a larger one."
    )
    return Section(BREAK_EVEN_TITLE, (table, Paragraph(note)))


def sensitivity(evaluation: Evaluation) -> Section:
    """One input at a time: what own GPUs then save in 12 months, also those that the plan does not rent."""
    if not evaluation.sensitivity:
        return Section("Sensitivity", ())
    table = deciding.sensitivity(evaluation)
    if evaluation.is_hybrid:
        return Section("Sensitivity: saving of hybrid against the best without own GPUs", (table,))
    note = Paragraph(sentence("service", "at_least_one"))
    return Section("Sensitivity: what own GPUs would save against the best without", (table, note))


def break_even_map(evaluation: Evaluation) -> Section:
    """Cheapest strategy over volume (down) and output share (across); the plan's own cell in brackets."""
    grid = evaluation.break_even_map
    if grid is None or not grid.cells:
        return Section("Map", ())
    used = {strategy for row in grid.cells for strategy in row}
    legend = ", ".join(strategies.marked(s) for s in STRATEGIES if s in used)
    table = deciding.cheapest(evaluation, grid, brief=True)
    return Section(
        "Map: cheapest strategy by volume and output share", (table, Paragraph(f"{legend}; [ ] is this plan."))
    )
