"""What an assumption does to the result: the same plan at its low and at its high end."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.report import numbers, words
from planner.tui.charts.canvas import Row, Segment
from planner.tui.screens.assumptions_rows import Default
from planner.tui.strategies import contenders, spoken


def effect_row(default: Default, now: Evaluation, low: Evaluation, high: Evaluation) -> Row:
    """`effect  at 0.1: ▲ hybrid €72,100 (-€3,600) · at 0.5: ...`, 12-month cost of what is then recommended."""
    assert default.estimate is not None
    first = f"at {numbers.significant(default.estimate.low)}: {_result(low)}{_change(now, low)}"
    second = f"at {numbers.significant(default.estimate.high)}: {_result(high)}{_change(now, high)}"
    same = now.verdict.recommendation == low.verdict.recommendation == high.verdict.recommendation
    return (
        Segment(f"{'effect':<10}", "muted"),
        Segment(f"{first}  ·  {second}"),
        Segment("" if same else "  · decides the verdict", "warn"),
    )


def _result(evaluation: Evaluation) -> str:
    best, _ = contenders(evaluation)
    label = spoken(evaluation.verdict.recommendation)
    cost = "" if best is None else f" {numbers.money(best.total, evaluation.inputs.currency)}"
    return f"{words.RECOMMENDATION_MARKERS[evaluation.verdict.recommendation]} {label}{cost}"


def _change(now: Evaluation, then: Evaluation) -> str:
    before, after = contenders(now)[0], contenders(then)[0]
    if before is None or after is None:
        return ""
    return f" ({numbers.signed_money(after.total - before.total, now.inputs.currency)})"
