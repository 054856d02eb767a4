"""A report as long-format CSV: one line for each month, strategy and bucket, then totals.

Columns: month (1-12, or "total"), strategy, bucket ("total" for the sum), amount (two places), currency; then what a
pivot filters by: is_sum ("yes" for the sum of other lines: without those each amount stands once), same_as (the
strategy of which this one is the same plan under another name, else empty), allowed, untested (no test on the user's
prompts carries it), plan and as_of. A strategy that is not possible has no lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from planner.engine.specs import STRATEGIES, Evaluation, StrategyLedger
from planner.quantities import fixed
from planner.report.tables.ledger import bucket_names
from planner.toml.text import printable

HEADER = (
    *("month", "strategy", "bucket", "amount", "currency"),
    *("is_sum", "same_as", "allowed", "untested", "plan", "as_of"),
)
TOTAL = "total"
FULL_YEAR = "year_of_full_service"
"""Beside a total of which some months are not served; it is no part of it."""
_AMOUNT = re.compile(r"[+-]([^\w\s(]?[\d.,]+( ?[%kMBT])?)?")

Row = tuple[str, ...]


def safe_cell(text: str) -> str:
    """Text for one cell: a spreadsheet would run what begins with one of these marks; an apostrophe makes it text.

    An amount stays as it is: -3, +12.5 %, -€4,000.
    """
    text = printable(text)  # first: what cannot be seen would hide the mark, and be taken out later
    runs = text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _AMOUNT.fullmatch(text)
    return f"'{text}" if runs else text


def to_csv(evaluation: Evaluation) -> str:
    """Every bucket of every month and strategy; sums of buckets equal the total lines to the cent."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for strategy in STRATEGIES:
        writer.writerows(_rows(evaluation, evaluation.ledgers[strategy]))
    return buffer.getvalue()


def _rows(evaluation: Evaluation, ledger: StrategyLedger) -> Iterator[Row]:
    names = bucket_names(month for each in evaluation.ledgers.values() for month in each.months)
    strategy, currency = ledger.strategy, evaluation.inputs.currency
    marks = (
        ledger.same_as or "",
        _yes_no(ledger.allowed),
        _yes_no(ledger.untested),
        safe_cell(evaluation.inputs.name),
        evaluation.as_of.isoformat(),
    )
    for month, bucket, amount in _amounts(ledger, names):
        is_sum = _yes_no(TOTAL in (month, bucket) or month == FULL_YEAR)
        yield (month, strategy, bucket, fixed(amount, 2), currency, is_sum, *marks)


def _yes_no(holds: bool) -> str:
    return "yes" if holds else "no"


def _amounts(ledger: StrategyLedger, names: Sequence[str]) -> Iterator[tuple[str, str, Decimal]]:
    """Month, bucket and amount; after the buckets of a month their sum, after the months theirs."""
    sums = dict.fromkeys(names, Decimal("0.00"))
    for number, month in enumerate(ledger.months, start=1):
        for name in names:
            amount = month.buckets.get(name, Decimal("0.00"))
            sums[name] += amount
            yield str(number), name, amount
        yield str(number), TOTAL, month.total
    if ledger.months:
        yield from ((TOTAL, name, sums[name]) for name in names)
        yield TOTAL, TOTAL, ledger.total
    if ledger.gap is not None and ledger.gap.full_year is not None:
        yield FULL_YEAR, TOTAL, ledger.gap.full_year
