"""Money: five strategies over 12 months, break-even, sensitivity."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from planner import quantities
from planner.engine.specs import (
    BUCKETS,
    STRATEGIES,
    BreakEven,
    Evaluation,
    MonthCost,
    PriceScenario,
    Sensitivity,
    Strategy,
    StrategyLedger,
)
from planner.engine.specs.names import API_STRATEGIES, OWN_STRATEGIES
from planner.report.document import Chart, Paragraph, Section, Table
from planner.words.labels import INPUT_LABELS, MONTH_NOTE, STRATEGY_LABELS, STRATEGY_MARKERS, api_label, bucket_label
from planner.words.reasons import ledger_reason


def totals(evaluation: Evaluation) -> Section:
    """12-month total of every strategy with its band."""
    rows = tuple(_total_row(evaluation, evaluation.ledgers[strategy]) for strategy in STRATEGIES)
    headers = ("Strategy", "12 months", "Monthly", "P10–P90", "Note")
    return Section(
        "Twelve months by strategy", (Table(headers, rows, "lrrrl"), Paragraph(MONTH_NOTE), *_chance(evaluation))
    )


def _total_row(evaluation: Evaluation, ledger: StrategyLedger) -> tuple[str, ...]:
    currency = evaluation.inputs.currency
    name = f"{STRATEGY_MARKERS[ledger.strategy]} {STRATEGY_LABELS[ledger.strategy]}"
    if not ledger.months:
        return (name, "–", "–", "–", f"not possible: {ledger_reason(ledger.reason)}")
    band = f"{quantities.money(ledger.p10, currency)}–{quantities.money(ledger.p90, currency)}"
    note = f"{'' if ledger.allowed else 'not allowed: '}{ledger_reason(ledger.reason)}"
    return (name, quantities.money(ledger.total, currency), quantities.money(ledger.total / 12, currency), band, note)


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
    falling = risk.likely_api_change_per_year
    if falling >= 0:
        return (chance,)
    words = (
        "Totals keep to list prices and to the likely value of every input. The draws let API prices fall, most likely "
        f"by {quantities.percent(-falling)} a year, and own GPUs need more people than planned; so a band may lie to "
        "one side of its total."
    )
    return chance, Paragraph(words)


def months(evaluation: Evaluation) -> Section:
    """Month by month: tokens, each strategy, and the payback month."""
    shown = [s for s in STRATEGIES if evaluation.ledgers[s].months]
    rows = [_month_row(evaluation, shown, number) for number in range(len(evaluation.months_tokens))]
    rows.append(_sum_row(evaluation, shown))
    headers = ("Month", "Tokens", *(f"{STRATEGY_MARKERS[s]} {_short(s)}" for s in shown))
    return Section(
        "Month by month",
        (
            Chart("cumulative", "Cumulative cost of each strategy"),
            Table(headers, tuple(rows), "r" * len(headers), total_row=True),
            Paragraph(_payback(evaluation)),
        ),
    )


def _payback(evaluation: Evaluation) -> str:
    if not evaluation.is_self_hosting:
        return "Payback: nothing to pay back, no own GPU is cheaper."
    today, best = evaluation.payback_month, evaluation.payback_month_best
    if today is None and best is None:
        return "Payback: none in 12 months."
    return f"Payback of hybrid: {_in_month(today)} against the API as today, {_in_month(best)} against the best API."


def _in_month(month: int | None) -> str:
    return "not in 12 months" if month is None else f"month {month}"


def _short(strategy: Strategy) -> str:
    return "Hosted open" if strategy == "hosted_open" else STRATEGY_LABELS[strategy]


def _month_row(evaluation: Evaluation, shown: list[Strategy], index: int) -> tuple[str, ...]:
    currency = evaluation.inputs.currency
    costs = (quantities.money(evaluation.ledgers[s].months[index].total, currency) for s in shown)
    return (str(index + 1), quantities.scaled(evaluation.months_tokens[index]), *costs)


def _sum_row(evaluation: Evaluation, shown: list[Strategy]) -> tuple[str, ...]:
    currency = evaluation.inputs.currency
    costs = (quantities.money(evaluation.ledgers[s].total, currency) for s in shown)
    return ("Sum", quantities.scaled(sum(evaluation.months_tokens)), *costs)


def buckets(evaluation: Evaluation) -> Section:
    """12-month sum of every bucket, strategies side by side."""
    shown = [s for s in STRATEGIES if evaluation.ledgers[s].months]
    rows = [_bucket_row(evaluation, shown, name) for name in _names_in_use(evaluation, shown)]
    rows.append(("Sum", *(quantities.money(evaluation.ledgers[s].total, evaluation.inputs.currency) for s in shown)))
    headers = ("Bucket, 12 months", *(f"{STRATEGY_MARKERS[s]} {_short(s)}" for s in shown))
    return Section("Where the money goes", (Table(headers, tuple(rows), "l" + "r" * len(shown), total_row=True),))


def _names_in_use(evaluation: Evaluation, shown: list[Strategy]) -> list[str]:
    return [name for name in bucket_names(evaluation) if any(_bucket_sum(evaluation.ledgers[s], name) for s in shown)]


def bucket_names(evaluation: Evaluation) -> list[str]:
    """Every bucket of the ledgers: the known ones in their order, then any other."""
    used = {name for ledger in evaluation.ledgers.values() for month in ledger.months for name in month.buckets}
    return [*(name for name in BUCKETS if name in used), *sorted(used - set(BUCKETS))]


def _bucket_sum(ledger: StrategyLedger, name: str) -> Decimal:
    return sum((month.buckets.get(name, Decimal(0)) for month in ledger.months), Decimal(0))


def _bucket_row(evaluation: Evaluation, shown: list[Strategy], name: str) -> tuple[str, ...]:
    sums = (_bucket_sum(evaluation.ledgers[s], name) for s in shown)
    return (bucket_label(name), *(_amount(value, evaluation.inputs.currency) for value in sums))


def _amount(value: Decimal, currency: str) -> str:
    return quantities.money(value, currency) if value else "–"


def ledger(evaluation: Evaluation) -> Section:
    """Every bucket of the recommended strategy, month by month, in two halves that fit a terminal."""
    chosen = evaluation.recommended
    if chosen is None:
        return Section("Ledger", ())
    halves = tuple(_half(evaluation, chosen, first) for first in range(0, len(chosen.months), 6))
    return Section(f"Ledger of {STRATEGY_LABELS[chosen.strategy].lower()}", halves)


def _half(evaluation: Evaluation, chosen: StrategyLedger, first: int) -> Table:
    currency, part = evaluation.inputs.currency, chosen.months[first : first + 6]
    names = [name for name in bucket_names(evaluation) if _bucket_sum(chosen, name)]

    def row(label: str, amount: Callable[[MonthCost], Decimal]) -> tuple[str, ...]:
        return (label, *(_amount(amount(month), currency) for month in part))

    def of_bucket(name: str) -> Callable[[MonthCost], Decimal]:
        return lambda month: month.buckets.get(name, Decimal(0))

    rows = [row(bucket_label(name), of_bucket(name)) for name in names]
    rows.append(row("Sum", lambda month: month.total))
    headers = ("Bucket", *(f"M{first + offset}" for offset in range(1, len(part) + 1)))
    return Table(headers, tuple(rows), "l" + "r" * len(part), total_row=True)


def scenarios(evaluation: Evaluation) -> Section:
    """Every API price scenario with every rent scenario: what each strategy then costs."""
    if not evaluation.scenarios:
        return Section("Scenarios", ())
    apis = [s for s in API_STRATEGIES if s in evaluation.scenarios[0].totals]
    headers = (
        "API prices",
        "GPU rent",
        *(f"{STRATEGY_MARKERS[s]} {_short(s)}" for s in apis),
        "■ Own GPUs",
        "Pays back",
    )
    rows = tuple(_scenario_row(evaluation, row, apis) for row in evaluation.scenarios)
    note = Paragraph(
        "Changes a year; API prices are those of work of the same quality. ◀ is the cheapest that is allowed; own GPUs "
        "pay back against the best API."
    )
    return Section("If prices move: 12 months", (Table(headers, rows, "r" * len(headers)), note))


def _scenario_row(evaluation: Evaluation, row: PriceScenario, apis: Sequence[Strategy]) -> tuple[str, ...]:
    def cell(value: float | None, cheapest: bool) -> str:
        money = "–" if value is None else quantities.money(value, evaluation.inputs.currency)
        return f"{money} ◀" if cheapest else money

    return (
        quantities.percent(row.api_change_per_year),
        quantities.percent(row.gpu_change_per_year),
        *(cell(row.totals[s], row.cheapest == s) for s in apis),
        cell(row.own, row.cheapest in OWN_STRATEGIES),
        "no" if row.payback_month is None else f"month {row.payback_month}",
    )


BREAK_EVEN_TITLE = "Break-even volume, same mix and shape"


def break_even(evaluation: Evaluation) -> Section:
    """Volume from which own GPUs pay, against each API model."""
    rows = tuple(_break_even_row(evaluation, row) for row in evaluation.break_even)
    if not rows:
        return Section(BREAK_EVEN_TITLE, ())
    table = Table(("Against", "Hardware only", "With people", ""), rows, "lrrl")
    beyond = next((row for row in evaluation.break_even if row.exceeds_capacity), None)
    if beyond is None:
        return Section(BREAK_EVEN_TITLE, (table,))
    carries = quantities.tokens_per_day(beyond.capacity_tokens_per_day)
    note = f"The fleet sized for this plan carries {carries} without overflow; from there on it takes a larger one."
    return Section(BREAK_EVEN_TITLE, (table, Paragraph(note)))


def _break_even_row(evaluation: Evaluation, row: BreakEven) -> tuple[str, ...]:
    api = evaluation.catalog.apis.get(row.api_model)
    note = "with a larger fleet" if row.exceeds_capacity else ""
    return (api.name if api else api_label(row.api_model), _volume(row.hardware_only), _volume(row.with_people), note)


def _volume(value: float | None) -> str:
    return "never in range" if value is None else quantities.tokens_per_day(value)


def sensitivity(evaluation: Evaluation) -> Section:
    """One input at a time: what the hybrid then saves in 12 months."""
    rows = tuple(_sensitivity_row(evaluation, row) for row in evaluation.sensitivity)
    headers = ("Input", "From low to high", "Saves at low", "Saves at high", "")
    table = Table(headers, rows, "llrrl")
    return Section("Sensitivity: saving of hybrid against the best API strategy", (table,) if rows else ())


def _sensitivity_row(evaluation: Evaluation, row: Sensitivity) -> tuple[str, ...]:
    currency = evaluation.inputs.currency
    span = f"{quantities.with_unit(row.low, row.unit)} to {quantities.with_unit(row.high, row.unit)}"
    if row.unit not in ("fraction", "points", "x"):
        span = f"{quantities.scaled(row.low)} to {quantities.scaled(row.high)} {row.unit}".strip()
    mark = "decides the sign" if row.changes_sign else ""
    low, high = (quantities.signed_money(value, currency) for value in (row.saving_low, row.saving_high))
    return (INPUT_LABELS[row.input], span, low, high, mark)


def break_even_map(evaluation: Evaluation) -> Section:
    """Cheapest strategy over volume (down) and output share (across); the plan's own cell in brackets."""
    grid = evaluation.break_even_map
    if grid is None or not grid.cells:
        return Section("Map", ())
    volume, share = evaluation.demand.mean_tokens_per_day, 1 - evaluation.demand.input_fraction
    here = (_nearest(grid.output_fractions, share), _nearest(grid.volumes_tokens_per_day, volume))
    shares = range(len(grid.output_fractions))
    rows = tuple(
        (quantities.tokens_per_day(tokens), *(_cell(grid.cells[row][column], (row, column) == here) for row in shares))
        for column, tokens in enumerate(grid.volumes_tokens_per_day)
    )
    headers = ("Volume", *(quantities.percent(fraction).replace(" ", "") for fraction in grid.output_fractions))
    used = {strategy for row in grid.cells for strategy in row}
    legend = ", ".join(f"{STRATEGY_MARKERS[s]} {STRATEGY_LABELS[s].lower()}" for s in STRATEGIES if s in used)
    table = Table(headers, rows, "r" * len(headers))
    return Section(
        "Map: cheapest strategy by volume and output share", (table, Paragraph(f"{legend}; [ ] is this plan."))
    )


def _nearest(values: Sequence[float], wanted: float) -> int:
    return min(range(len(values)), key=lambda place: abs(math.log(max(values[place], 1e-9) / max(wanted, 1e-9))))


def _cell(strategy: Strategy, here: bool) -> str:
    return f"[{STRATEGY_MARKERS[strategy]}]" if here else f" {STRATEGY_MARKERS[strategy]} "
