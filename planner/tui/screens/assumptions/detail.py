"""One assumption: why it has its value, how a person types another, and what either end of its range does."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from planner import quantities
from planner.engine.specs import Evaluation, Range
from planner.engine.units import age_days
from planner.records import dataclass
from planner.report.document import Row, Rows, Segment
from planner.report.tables.assumptions import Default
from planner.report.tables.strategies import proposal
from planner.typed import parse_fraction, parse_number
from planner.words import labels
from planner.words.ledger_notes import gap_mark


def detail_rows(default: Default, today: date) -> Rows:
    """Why this value, where it comes from and how old it is."""
    rows: list[Row] = [
        (
            Segment(f"{default.label}: ", "strong"),
            Segment(f"{default.value} {default.unit}".strip()),
            Segment(f"  (default {default.default})" if default.changed else "", "muted"),
        ),
        (Segment(f"{'why':<10}", "muted"), Segment(default.why)),
    ]
    if default.not_drawn:
        rows.append((Segment(f"{'not drawn':<10}", "muted"), Segment(default.not_drawn)))
    age = f"{_age(default.as_of, today)}{': stale, look again' if default.stale else ''}"
    if default.source:
        dated = Segment(age, "warn" if default.stale else "muted")
        rows.append((Segment(f"{'source':<10}", "muted"), Segment(default.source), dated))
    return tuple(rows)


def _age(as_of: str, today: date) -> str:
    if len(as_of) < len("2026-11-23"):
        return f" · {as_of}" if as_of else ""
    try:
        return f" · {as_of}, {quantities.age(age_days(as_of, today))}"
    except ValueError:
        return f" · {as_of}"


def as_typed(value: Range) -> str:
    """A range the way it is typed: one number, or low .. mid .. high."""
    numbers_ = [quantities.plain(part, 10) for part in (value.low, value.mid, value.high)]
    return numbers_[1] if len(set(numbers_)) == 1 else " .. ".join(numbers_)


_SMALL = 1000
"""Below it a point is a decimal one: nobody groups thousands in a share or in a price of a kilowatt-hour."""


def parse_estimate(text: str, stated: Range | None = None) -> Any:
    """What a plan stores: one number, or a table of low, mid and high; `stated` tells numbers of a few units apart.

    Raises ValueError with what would be right.
    """
    small = stated is None or stated.high < _SMALL
    parts = [part for part in re.split(r"\s*(?:\.\.+|…|\bto\b|–)\s*", text.strip()) if part]
    if len(parts) not in (1, 3):
        raise ValueError("write one number (0.15), or low .. mid .. high (0.1 .. 0.15 .. 0.5)")
    values = [_parsed(part, small) for part in parts]
    if len(values) == 1:
        return values[0]
    if sorted(values) != values:
        raise ValueError("low must not be above mid, nor mid above high")
    return dict(zip(("low", "mid", "high"), values, strict=True))


def _parsed(text: str, small: bool) -> float:
    return parse_fraction(text) if text.endswith("%") else parse_number(text, small=small)


NAME = f"{'effect':<10}"


@dataclass(frozen=True, slots=True)
class Effect:
    """In full for the line under the cursor, and in short for its column."""

    row: Row
    short: str
    decides: bool = False
    """The recommendation is not the same at both ends."""


def in_words(text: str, role: str = "muted") -> Effect:
    """Where there is nothing to measure yet, or nothing that can be."""
    return Effect((Segment(NAME, "muted"), Segment(text, role)), "")


COMPUTING = in_words("computing…")


def effect_of(default: Default, now: Evaluation, low: Evaluation, high: Evaluation) -> Effect:
    """`effect  at 0.1: ▲ hybrid €72,100 (-€3,600) · at 0.5: ...`, 12-month cost of what is then recommended."""
    assert default.estimate is not None
    first = f"at {quantities.significant(default.estimate.low)}: {_result(low)}{_change(now, low)}"
    second = f"at {quantities.significant(default.estimate.high)}: {_result(high)}{_change(now, high)}"
    same = now.verdict.recommendation == low.verdict.recommendation == high.verdict.recommendation
    row = (
        Segment(NAME, "muted"),
        Segment(f"{first}  ·  {second}"),
        Segment("" if same else "  · decides the verdict", "warn"),
    )
    return Effect(row, f"{'' if same else '! '}{_swing(low, high)}", not same)


def _result(evaluation: Evaluation) -> str:
    best = evaluation.recommended
    cost = ""
    if best is not None:
        cost = f" {labels.cost_of(best, best.total, evaluation.inputs.currency)}{gap_mark(best)}"
    return f"{proposal(evaluation)}{cost}"


def _change(now: Evaluation, then: Evaluation) -> str:
    before, after = now.recommended, then.recommended
    if before is None or after is None:
        return ""
    difference = quantities.signed_money(after.total - before.total, now.inputs.currency)
    return f" ({labels.marked(difference, untested=before.untested or after.untested)})"


def _swing(low: Evaluation, high: Evaluation) -> str:
    """From the low end to the high end: what the recommended plan costs more or less in 12 months."""
    first, last = low.recommended, high.recommended
    if first is None or last is None:
        return quantities.UNKNOWN
    difference = round(last.total - first.total)
    shown = quantities.signed_money(difference, low.inputs.currency) if difference else "none"
    return labels.marked(shown, untested=bool(difference) and (first.untested or last.untested))
