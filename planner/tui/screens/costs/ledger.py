"""The ledger as chart series and table lines: cumulative spending, crossings, months and their buckets."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate

from planner import quantities
from planner.engine.specs import BUCKETS, STRATEGIES, Evaluation, MonthCost, Strategy, StrategyLedger
from planner.engine.specs.names import OUTSIDE
from planner.tui.charts.canvas import Row, Segment, ascii_only
from planner.tui.charts.line_chart import Crossing, Series, crossing_in
from planner.tui.charts.palette import mark_of, name_of
from planner.tui.widgets.fact_table import Column, Line
from planner.words import labels


def possible(evaluation: Evaluation) -> list[StrategyLedger]:
    """Ledgers that have months, in the fixed order of strategies."""
    ledgers = [evaluation.ledgers[s] for s in STRATEGIES if s in evaluation.ledgers]
    return [ledger for ledger in ledgers if ledger.possible and ledger.months]


def title_of(ledger: StrategyLedger) -> str:
    """Marker and name; `×` where residency forbids it."""
    return f"{mark_of(ledger.strategy, ascii_only())} {name_of(ledger.strategy)}{forbidden_mark(ledger)}"


def cumulative(ledger: StrategyLedger) -> tuple[float, ...]:
    """Spent by the end of each month, from nothing at month 0."""
    return (0.0, *(float(total) for total in accumulate(month.total for month in ledger.months)))


def series(evaluation: Evaluation) -> tuple[Series, ...]:
    """A line a strategy."""
    return tuple(
        Series(
            f"{name_of(ledger.strategy)}{'' if ledger.allowed else ' (x)' if ascii_only() else ' ×'}",
            mark_of(ledger.strategy, ascii_only()),
            ledger.strategy,
            cumulative(ledger),
        )
        for ledger in possible(evaluation)
    )


def crossings(evaluation: Evaluation) -> tuple[Crossing, ...]:
    """Where the hybrid pays back: against the API as it is today, and against the cheapest rival without GPUs."""
    own, best = cumulative(evaluation.ledgers["hybrid"]), evaluation.cheapest(OUTSIDE)
    found: list[Crossing] = []
    if evaluation.payback_month is not None:
        found.append(crossing_in(evaluation.payback_month, own, cumulative(evaluation.ledgers["api_today"])))
    if evaluation.payback_month_best is not None and best is not None and best.strategy != "api_today":
        against = f"break-even with {mark_of(best.strategy, ascii_only())} {name_of(best.strategy)}"
        found.append(crossing_in(evaluation.payback_month_best, own, cumulative(best), against))
    return tuple(found)


def cumulative_columns(evaluation: Evaluation) -> tuple[Column, ...]:
    """Headings of the table behind the chart."""
    return (Column("month", "month", right=True, kept=True), *_strategy_columns(evaluation))


SHORT_NAMES: dict[Strategy, str] = {
    "api_today": "today",
    "api_tuned": "tuned",
    "hosted_open": "hosted",
    "self_host": "self",
    "hybrid": "hybrid",
}


def _strategy_columns(evaluation: Evaluation) -> list[Column]:
    return [
        Column(
            ledger.strategy,
            title_of(ledger),
            right=True,
            kept=True,
            brief=f"{mark_of(ledger.strategy, ascii_only())} {SHORT_NAMES[ledger.strategy]}{forbidden_mark(ledger)}",
        )
        for ledger in possible(evaluation)
    ]


def forbidden_mark(ledger: StrategyLedger) -> str:
    """`×` where residency forbids the strategy."""
    return "" if ledger.allowed else " x" if ascii_only() else " ×"


def cumulative_lines(evaluation: Evaluation) -> list[Line]:
    """Spent by the end of each month."""
    currency = evaluation.inputs.currency
    spent = [cumulative(ledger) for ledger in possible(evaluation)]
    return [
        Line(str(month), (str(month), *(quantities.money(line[month], currency) for line in spent)))
        for month in range(1, len(spent[0]) if spent else 1)
    ]


def ledger_columns(evaluation: Evaluation) -> tuple[Column, ...]:
    """Headings of the month-by-month ledger."""
    return (
        Column(
            "month",
            f"month, {quantities.CURRENCY_SYMBOLS.get(evaluation.inputs.currency, evaluation.inputs.currency)}",
            kept=True,
        ),
        *_strategy_columns(evaluation),
        Column("tokens", "tokens", right=True),
    )


def ledger_lines(evaluation: Evaluation, expanded: frozenset[str]) -> list[Line]:
    """Twelve months and their total; an expanded one is followed by its buckets."""
    ledgers = possible(evaluation)
    lines: list[Line] = []
    for i, tokens in enumerate(evaluation.months_tokens):
        months = [ledger.months[i] for ledger in ledgers]
        lines += _block(f"m{i + 1}", f"month {i + 1}", months, quantities.scaled(tokens), expanded)
    totals = [_year(ledger) for ledger in ledgers]
    return lines + _block("total", "12 months", totals, quantities.scaled(sum(evaluation.months_tokens)), expanded)


def _year(ledger: StrategyLedger) -> MonthCost:
    """The sum of the twelve months, bucket by bucket."""
    names = {name for month in ledger.months for name in month.buckets}
    buckets = {name: sum((m.buckets.get(name, Decimal(0)) for m in ledger.months), Decimal(0)) for name in names}
    return MonthCost(buckets, ledger.total)


def _block(key: str, label: str, months: list[MonthCost], tokens: str, expanded: frozenset[str]) -> list[Line]:
    is_open = key in expanded
    opener = ("v" if is_open else ">") if ascii_only() else ("▾" if is_open else "▸")
    role = "strong" if key == "total" or is_open else "text"
    head: tuple[Row, ...] = ((Segment(f"{opener} ", "muted"), Segment(label, role)),)
    amounts = tuple((Segment(_amount(month.total), role),) for month in months)
    first = Line(key, (*head, *amounts, (Segment(tokens, "muted"),)))
    if not is_open:
        return [first]
    shown = [name for name in _bucket_order(months) if any(month.buckets.get(name) for month in months)]
    return [first, *(_bucket_line(key, name, months) for name in shown)]


def _bucket_order(months: list[MonthCost]) -> list[str]:
    known = list(BUCKETS)
    extra = sorted({name for month in months for name in month.buckets} - set(known))
    return known + extra


def _bucket_line(key: str, name: str, months: list[MonthCost]) -> Line:
    amounts = tuple((Segment(_amount(month.buckets.get(name)), "muted"),) for month in months)
    return Line(f"{key}.{name}", ((Segment(f"    {labels.bucket_label(name)}", "muted"),), *amounts, ""))


def _amount(value: Decimal | None) -> str:
    """Money with cents, so that a column can be added up; the currency stands in the heading."""
    return quantities.decimals(value, 2) if value else "-"


def payback(evaluation: Evaluation) -> str:
    """When own GPUs have cost less than an API, in words that fit the title of the chart at 80 columns."""
    if not evaluation.is_self_hosting:
        return "no plan with own GPUs is cheaper"
    today, best = evaluation.payback_month, evaluation.payback_month_best
    if today is None and best is None:
        return "hybrid does not pay back within 12 months"
    if best is None:
        return f"hybrid pays back in month {today}, but only against today's API"
    than_today = "" if today in (None, best) else f" ({today} against today's API)"
    return f"hybrid pays back in month {best}{than_today}"
