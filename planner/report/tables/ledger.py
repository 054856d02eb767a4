"""The ledger month by month and bucket by bucket, and what is spent by the end of each month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import accumulate

from planner import quantities
from planner.engine.specs import BUCKETS, CashOut, Evaluation, MonthCost, Payback, Strategy, StrategyLedger
from planner.quantities import decimals, scaled
from planner.report.document import Column, Line, Segment, Table, muted, tabulate
from planner.report.tables import strategies
from planner.report.tables.strategies import NONE, possible, title_of
from planner.words.labels import STRATEGY_MARKERS, UNPROVEN, bucket_label, cost_of, marked
from planner.words.ledger_notes import cash_month, rival_name, written_off_month

SHORT_NAMES: dict[Strategy, str] = {
    "api_today": "today",
    "api_tuned": "tuned",
    "hosted_open": "hosted",
    "dedicated": "host",
    "self_host": "self",
    "hybrid": "hybrid",
}
AT_LEAST = 5
"""Strategies beside one another on the smallest screen."""
Amount = Callable[[Decimal | None], str]


def cents(amount: Decimal | None) -> str:
    """Money with cents, so that a column can be added up; the currency stands in the heading."""
    return decimals(amount, 2) if amount else NONE


def whole(currency: str) -> Amount:
    """Money as a report has it."""
    return lambda amount: quantities.money(amount, currency) if amount else NONE


def strategy_columns(ledgers: Sequence[StrategyLedger]) -> tuple[Column, ...]:
    """A column a strategy, with a name of one word where there is little room; of more than five the dearest may go."""
    spare = max(ledgers[1:], key=lambda ledger: ledger.total) if len(ledgers) > AT_LEAST else None
    return tuple(
        Column(
            ledger.strategy,
            title_of(ledger),
            right=True,
            kept=ledger is not spare,
            brief=f"{STRATEGY_MARKERS[ledger.strategy]} {SHORT_NAMES[ledger.strategy]}"
            f"{'' if ledger.allowed else ' ×'}{' *' if ledger.gap else ''}{f' {UNPROVEN}' if ledger.untested else ''}",
        )
        for ledger in ledgers
    )


def months(evaluation: Evaluation, amount: Amount, expanded: frozenset[str] | None = None) -> Table:
    """Twelve months and their total; an expanded one is followed by its buckets. None: nothing can be expanded."""
    ledgers, currency = possible(evaluation), evaluation.inputs.currency
    lines: list[Line] = []
    for i, tokens in enumerate(evaluation.months_tokens):
        costs = [ledger.months[i] for ledger in ledgers]
        lines += _block(f"m{i + 1}", f"month {i + 1}", costs, ledgers, tokens, amount, expanded)
    total = sum(evaluation.months_tokens)
    lines += _block("total", "12 months", [year(ledger) for ledger in ledgers], ledgers, total, amount, expanded)
    title = f"month, {quantities.currency_symbol(currency)}"
    columns = (Column("month", title, kept=True), *strategy_columns(ledgers), Column("tokens", "tokens", right=True))
    return Table(columns, tuple(lines), total_row=expanded is None)


def _block(
    key: str,
    label: str,
    months: list[MonthCost],
    ledgers: Sequence[StrategyLedger],
    tokens: float,
    amount: Amount,
    expanded: frozenset[str] | None,
) -> list[Line]:
    is_open = expanded is not None and key in expanded
    role = "strong" if key == "total" or is_open else "text"
    opener = "" if expanded is None else "▾ " if is_open else "▸ "
    amounts = (
        (Segment(marked(amount(month.total), untested=ledger.untested and key == "total"), role),)
        for month, ledger in zip(months, ledgers, strict=True)
    )
    first = Line(key, ((Segment(opener, "muted"), Segment(label, role)), *amounts, muted(scaled(tokens))))
    if not is_open:
        return [first]
    return [
        first,
        *(
            Line(f"{key}.{name}", (muted(f"    {bucket_label(name)}"), *map(muted, _amounts(months, name, amount)), ""))
            for name in _spent(months)
        ),
    ]


def year(ledger: StrategyLedger) -> MonthCost:
    """The sum of the twelve months, bucket by bucket."""
    buckets: dict[str, Decimal] = {}
    for month in ledger.months:
        for name, amount in month.buckets.items():
            buckets[name] = buckets.get(name, Decimal(0)) + amount
    return MonthCost(buckets, ledger.total)


def bucket_names(months: Iterable[MonthCost]) -> list[str]:
    """Every bucket of these months: the known ones in their order, then any other."""
    used = {name for month in months for name in month.buckets}
    return [*(name for name in BUCKETS if name in used), *sorted(used - set(BUCKETS))]


def _spent(months: Sequence[MonthCost]) -> list[str]:
    """Buckets in which there is anything."""
    return [name for name in bucket_names(months) if any(month.buckets.get(name) for month in months)]


def _amounts(months: Iterable[MonthCost], name: str, amount: Amount) -> tuple[str, ...]:
    return tuple(amount(month.buckets.get(name)) for month in months)


def buckets(evaluation: Evaluation) -> Table:
    """12-month sum of every bucket, strategies side by side."""
    ledgers = possible(evaluation)
    years = [year(ledger) for ledger in ledgers]
    columns = (Column("bucket", "bucket, 12 months"), *strategy_columns(ledgers))
    untested = [ledger.untested for ledger in ledgers]
    return _by_bucket(columns, years, _spent(years), whole(evaluation.inputs.currency), untested)


def by_month(evaluation: Evaluation, ledger: StrategyLedger, first: int, last: int) -> Table:
    """Every bucket of one strategy from the month after `first` to `last`."""
    columns = (Column("bucket", "bucket"), *(Column(str(i), f"M{i}", right=True) for i in range(first + 1, last + 1)))
    months = ledger.months[first:last]
    untested = [ledger.untested] * len(months)
    return _by_bucket(columns, months, _spent(ledger.months), whole(evaluation.inputs.currency), untested)


def _by_bucket(
    columns: tuple[Column, ...],
    months: Sequence[MonthCost],
    names: list[str],
    amount: Amount,
    untested: Sequence[bool],
) -> Table:
    lines = [Line(name, (bucket_label(name), *_amounts(months, name, amount))) for name in names]
    sums = (marked(amount(month.total), untested=mark) for month, mark in zip(months, untested, strict=True))
    return Table(columns, (*lines, Line("sum", ("Sum", *sums))), total_row=True)


def cumulative(ledger: StrategyLedger) -> tuple[float, ...]:
    """Spent by the end of each month, from nothing at month 0."""
    return (0.0, *(float(total) for total in accumulate(month.total for month in ledger.months)))


def spent_so_far(evaluation: Evaluation) -> Table:
    """Spent by the end of each month, strategies side by side."""
    ledgers, currency = possible(evaluation), evaluation.inputs.currency
    spent = [cumulative(ledger) for ledger in ledgers]
    lines = (
        Line(
            str(month),
            (str(month), *(cost_of(of, line[month], currency) for of, line in zip(ledgers, spent, strict=True))),
        )
        for month in range(1, len(spent[0]) if spent else 1)
    )
    return Table((Column("month", "month", right=True, kept=True), *strategy_columns(ledgers)), tuple(lines))


def cash(evaluation: Evaluation) -> Table:
    """A line for every strategy with bought servers and every rival of it."""
    rows = [(found, payback) for found in evaluation.cash for payback in found.paybacks]

    def money(amount: Decimal) -> str:
        return quantities.money(amount, evaluation.inputs.currency)

    def ledger(row: tuple[CashOut, Payback]) -> str:
        untested = evaluation.ledgers[row[0].strategy or "hybrid"].untested
        return marked(money(row[0].ledger), untested=untested)

    def name(row: tuple[CashOut, Payback]) -> str:
        return "bought instead" if row[0].strategy is None else strategies.marked(row[0].strategy)

    return tabulate(
        rows,
        lambda row: f"{row[0].strategy}-{row[1].against}",
        (Column("strategy", "servers bought", kept=True), name),
        (Column("once", "paid once", right=True, kept=True), lambda row: money(row[0].paid_once)),
        (Column("ledger", "12 months, written off", right=True), ledger),
        (Column("first_year", "first year, cash", right=True, kept=True), lambda row: money(row[0].first_year)),
        (Column("against", "against"), lambda row: rival_name(row[1])),
        (Column("written_off", "paid back, written off", right=True), lambda row: written_off_month(row[1])),
        (Column("cash", "paid back, cash", right=True, kept=True), lambda row: cash_month(row[1])),
    )
