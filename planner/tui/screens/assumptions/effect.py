"""What an assumption does to the result: the same plan at its low and at its high end."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import Evaluation
from planner.records import dataclass
from planner.tui.charts.canvas import Row, Segment
from planner.tui.screens.assumptions.rows import Default
from planner.tui.strategies import spoken
from planner.words import labels

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
    label = spoken(evaluation.verdict.recommendation)
    cost = "" if best is None else f" {quantities.money(best.total, evaluation.inputs.currency)}"
    return f"{labels.RECOMMENDATION_MARKERS[evaluation.verdict.recommendation]} {label}{cost}"


def _change(now: Evaluation, then: Evaluation) -> str:
    before, after = now.recommended, then.recommended
    if before is None or after is None:
        return ""
    return f" ({quantities.signed_money(after.total - before.total, now.inputs.currency)})"


def _swing(low: Evaluation, high: Evaluation) -> str:
    """From the low end to the high end: what the recommended plan costs more or less in 12 months."""
    first, last = low.recommended, high.recommended
    if first is None or last is None:
        return quantities.UNKNOWN
    difference = round(last.total - first.total)
    return quantities.signed_money(difference, low.inputs.currency) if difference else "none"
