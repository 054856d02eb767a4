"""What is to be measured again after six months."""

from __future__ import annotations

import datetime as dt

import pytest

from planner.plan.edit import new_plan, set_values
from planner.plan.renewal import AGAIN_DAYS, due, is_due, last_measured
from planner.plan.schema import Plan

MADE = dt.date(2026, 1, 10)
EVALUATION = {
    "model": "Qwen/Qwen3-8B", "api_model": "gpt-5.4", "prompts": 200, "gap_low_fraction": 0.0,
    "gap_mid_fraction": 0.01, "gap_high_fraction": 0.02, "source": "own",
}  # fmt: skip


def measured(**days: dt.date | str) -> Plan:
    values: dict[tuple[str, ...], object] = {}
    if "evaluation" in days:
        values["quality", "evaluation"] = [{**EVALUATION, "as_of": days["evaluation"]}]
    if "usage" in days:
        values["evidence",] = [
            {"kind": "usage", "file": "log.csv", "imported": MADE, "rows_read": 1, "last": days["usage"]}
        ]
    return set_values(new_plan("p", MADE), values)  # type: ignore[arg-type]


def test_a_day_is_due_after_six_months_and_not_before() -> None:
    assert not is_due("2026-01-10", MADE + dt.timedelta(AGAIN_DAYS))
    assert is_due("2026-01-10", MADE + dt.timedelta(AGAIN_DAYS + 1))
    assert not is_due("2026-01", dt.date(2026, 1, 31) + dt.timedelta(AGAIN_DAYS))
    assert not is_due("2027-01-10", MADE)


@pytest.mark.parametrize(
    ("days", "newest"),
    [
        ({}, "2026-01-10"),
        ({"evaluation": dt.date(2025, 3, 1)}, "2025-03-01"),
        ({"evaluation": "2026-02", "usage": dt.date(2025, 12, 31)}, "2026-02"),
        ({"usage": dt.date(2026, 5, 1), "evaluation": dt.date(2026, 4, 1)}, "2026-05-01"),
    ],
)
def test_the_newest_of_all_counts(days: dict[str, dt.date | str], newest: str) -> None:
    assert last_measured(measured(**days)) == newest


def test_only_what_is_old_is_due() -> None:
    plan = measured(usage=dt.date(2026, 5, 1), evaluation=dt.date(2025, 4, 1))
    assert [(one.kind, one.what) for one in due(plan, dt.date(2026, 6, 1))] == [("evaluation", "Qwen/Qwen3-8B")]
    assert [one.kind for one in due(plan, dt.date(2027, 6, 1))] == ["evaluation", "usage"]
