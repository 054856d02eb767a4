"""A report as long-format CSV: one line for each month, strategy and bucket, then totals.

Columns: month (1-12, or "total"), strategy, bucket ("total" for the sum), amount (two places), currency.
A strategy that is not possible has no lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal

from planner.engine.specs import STRATEGIES, Evaluation, StrategyLedger
from planner.quantities import fixed
from planner.report.tables.ledger import bucket_names
from planner.toml.text import printable

HEADER = ("month", "strategy", "bucket", "amount", "currency")
TOTAL = "total"
FULL_YEAR = "year_of_full_service"
"""Beside a total of which some months are not served; it is no part of it."""
_AMOUNT = re.compile(r"[+-]([^\w\s(]?[\d.,]+( ?[%kMBT])?)?")

Row = tuple[str, str, str, str, str]


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
    currency = evaluation.inputs.currency
    names = bucket_names(month for each in evaluation.ledgers.values() for month in each.months)
    sums = dict.fromkeys(names, Decimal("0.00"))
    for number, month in enumerate(ledger.months, start=1):
        for name in names:
            amount = month.buckets.get(name, Decimal("0.00"))
            sums[name] += amount
            yield (str(number), ledger.strategy, name, fixed(amount, 2), currency)
        yield (str(number), ledger.strategy, TOTAL, fixed(month.total, 2), currency)
    if ledger.months:
        for name in names:
            yield (TOTAL, ledger.strategy, name, fixed(sums[name], 2), currency)
        yield (TOTAL, ledger.strategy, TOTAL, fixed(ledger.total, 2), currency)
    if ledger.gap is not None and ledger.gap.full_year is not None:
        yield (FULL_YEAR, ledger.strategy, TOTAL, fixed(ledger.gap.full_year, 2), currency)
