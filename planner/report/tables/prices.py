"""The prices a result rests on, and what has become of them since a plan was priced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.engine.specs import Evaluation, PriceUsed
from planner.quantities import age, signed, significant
from planner.report.document import Cell, Column, Segment, Table, muted, tabulate
from planner.words.traces import price_label, price_value

if TYPE_CHECKING:
    from planner.plan.reprice import PriceDifference


def used(evaluation: Evaluation, numbers: dict[str, int]) -> Table:
    """Every price, with its date, its age and the number of its source."""
    return tabulate(
        evaluation.prices_used,
        lambda row: f"{row.kind}.{row.id}",
        (Column("price", "price"), lambda row: price_label(evaluation, row)),
        (Column("value", "value"), lambda row: price_value(evaluation, row)),
        (Column("as_of", "as of"), _date),
        (Column("source", "source", right=True), lambda row: str(numbers[row.source])),
    )


def _date(price: PriceUsed) -> str:
    old = "" if price.age_days is None else f", {age(price.age_days)}"
    return f"{price.as_of}{old}{' STALE' if price.stale else ''}"


def changed(changes: Iterable[PriceDifference]) -> Table:
    """Old and new price of what does not cost what it did."""
    return tabulate(
        changes,
        lambda row: f"{row.kind}.{row.id}.{row.label}",
        (Column("price", "price", kept=True, at_most=30, least=28), lambda row: row.label),
        (Column("old", "was", right=True, kept=True), lambda row: _price(row.old, "not sold")),
        (Column("new", "today", right=True, kept=True), lambda row: _price(row.new, "no longer sold")),
        (
            Column("unit", "in"),
            lambda row: muted("" if row.new is None else row.new_unit.replace(" per 1M tokens", "/1M")),
        ),
        (Column("change", "change", right=True, kept=True), lambda row: _change(row.change_fraction)),
        (Column("note", "", kept=True, at_most=30, least=8), lambda row: muted(row.note)),
    )


def _price(value: float | None, none: str) -> str:
    return none if value is None else significant(value, 6)


def _change(fraction: float | None) -> Cell:
    return "" if fraction is None else (Segment(f"{signed(fraction * 100)} %", "bad" if fraction > 0 else "good"),)
