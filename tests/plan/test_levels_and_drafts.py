"""What a plan leaves open: the level of its work is that of today's model, and no volume means no verdict."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.quality import level_of_today, level_reaches
from planner.plan.edit import add_workload, new_plan, set_value, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.read import plan_from_text
from planner.plan.schema import Plan
from planner.plan.volumes import untold
from planner.plan.write import render
from planner.toml.errors import InputError
from tests.tui.conftest import AS_OF

CATALOG = shipped_catalog()


def _billed(api: str, **said: object) -> Plan:
    told = {"bill": {"amount": 5_000.0, "currency": "EUR", "per": "month"}, "api_model": api, **said}
    return set_values(new_plan("Bill", AS_OF), {("workload", 0, key): value for key, value in told.items()})


@pytest.mark.parametrize("api", ["gpt-5.4", "gpt-4.1-mini", "claude-sonnet-4-6"])
def test_a_level_that_is_not_stated_is_that_of_todays_model(api: str) -> None:
    level = CATALOG.apis[api].level
    assert evaluate_plan(_billed(api), CATALOG, AS_OF).inputs.workload[0].level == level
    assert evaluate_plan(_billed(api, level="basic"), CATALOG, AS_OF).inputs.workload[0].level == "basic"


def test_a_model_that_is_not_rated_is_taken_to_do_what_the_best_at_its_price_does() -> None:
    unrated = next(api.id for api in CATALOG.apis.values() if api.level is None and api.status == "active")
    inputs = evaluate_plan(_billed(unrated), CATALOG, AS_OF).inputs
    assert inputs.workload[0].level == level_of_today(inputs, CATALOG, inputs.workload[0])


@pytest.mark.parametrize("api", ["gpt-5.4", "gpt-4.1-mini", "claude-sonnet-4-6", "claude-haiku-4-5"])
def test_no_default_sends_work_to_a_lesser_class(api: str) -> None:
    evaluation = evaluate_plan(_billed(api), CATALOG, AS_OF)
    today = CATALOG.apis[api].level
    assert today is not None
    for route in evaluation.routes:
        found = CATALOG.apis.get(route.model) or CATALOG.models.get(route.model)
        assert found is None or route.model == api or level_reaches(found.level, today)


def test_a_level_that_is_left_open_stays_open_in_the_file() -> None:
    plan = _billed("gpt-5.4")
    assert "level" not in render(plan)
    assert plan_from_text(render(plan)) == plan
    lowered = set_value(plan, ("workload", 0, "level"), "routine")
    assert 'level = "routine"' in render(lowered)
    assert set_value(lowered, ("workload", 0, "level"), None) == plan


def test_a_draft_may_leave_a_volume_open_and_then_has_no_verdict() -> None:
    blank = new_plan("Blank", AS_OF)
    assert untold(blank) == (0,)
    assert plan_from_text(render(blank)) == blank
    with pytest.raises(InputError, match="“main workload” has no volume yet") as refused:
        evaluate_plan(blank, CATALOG, AS_OF)
    assert refused.value.field == "workload[1]"
    half = add_workload(_billed("gpt-5.4"), {"name": "invoices"})
    assert untold(half) == (1,)
    with pytest.raises(InputError, match="“invoices” has no volume yet"):
        evaluate_plan(half, CATALOG, AS_OF)
    told = set_value(half, ("workload", 1, "requests_per_day"), 100.0)
    assert untold(told) == ()
    assert evaluate_plan(told, CATALOG, AS_OF).inputs.workload[1].tokens_per_day > 0
