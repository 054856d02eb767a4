"""The week of a fleet: load and capacity in replicas."""

from __future__ import annotations

import pytest

from planner.engine.specs import Evaluation
from tests.engine.plans import evaluated
from tests.evaluations import TUNED, inside


def test_no_fleet_has_no_week() -> None:
    assert evaluated("article-1m").week is None


def test_the_mean_load_is_what_the_fleet_serves_and_what_overflows() -> None:
    found = inside(TUNED)
    choice, week = found.choice, found.week
    assert choice is not None
    assert week is not None
    busy = choice.utilisation * sum(choice.replicas_by_month) / sum(1 for r in choice.replicas_by_month if r)
    growth = max(found.demand.month_tokens_per_day) / found.demand.mean_tokens_per_day
    assert sum(week.load_replicas) / 168 == pytest.approx(busy * growth / choice.served_fraction, rel=0.1)


@pytest.mark.parametrize("name", [TUNED, "hospital", "bulk-classifier"])
def test_capacity_is_the_serving_replicas_at_their_safe_load(name: str) -> None:
    found: Evaluation = inside(name) if name == TUNED else evaluated(name)
    choice, week = found.choice, found.week
    assert choice is not None
    assert week is not None
    serving = [n - choice.spare_replicas for n in choice.schedule or (choice.replicas,) * 168]
    assert week.capacity_replicas == pytest.approx([n * week.utilisation_limit for n in serving])
    pairs = zip(week.load_replicas, week.capacity_replicas, strict=True)
    assert week.hours_above == sum(load > capacity + 1e-9 for load, capacity in pairs)
    assert week.utilisation_limit >= choice.safe_utilisation
