from __future__ import annotations

from hypothesis import given, settings

from planner.plan.diff import differences
from planner.plan.edit import add_workload, remove_workload, set_value, set_values
from planner.plan.schema import Plan
from tests.plan.texts import plans, small_plan


def test_equal_plans_do_not_differ() -> None:
    assert differences(small_plan(), small_plan()) == ()


def test_each_changed_key_is_one_difference_with_both_values() -> None:
    new = set_values(
        small_plan(),
        {
            ("volume", "growth_per_month"): {"low": 0.0, "mid": 0.05, "high": 0.1},
            ("workload", 0, "tokens_per_day"): 7e6,
            ("residency", "answer"): "yes",
            ("volume", "profile"): None,
        },
    )
    found = {difference.key: (difference.old, difference.new) for difference in differences(small_plan(), new)}
    assert found == {
        "volume.growth_per_month": (0.06, {"low": 0.0, "mid": 0.05, "high": 0.1}),
        "volume.profile": ("office-hours", None),
        "workload.ticket classification.tokens_per_day": (6e6, 7e6),
        "residency.answer": (None, "yes"),
    }


def test_a_moved_workload_is_no_difference() -> None:
    plan = add_workload(small_plan(), {"name": "b"})
    assert differences(plan, plan.model_copy(update={"workload": plan.workload[::-1]})) == ()


def test_a_workload_that_is_gone_is_named_key_by_key() -> None:
    plan = add_workload(small_plan(), {"name": "b"})
    gone = differences(plan, remove_workload(plan, 0))
    assert {difference.path[1] for difference in gone} == {"ticket classification"}
    assert all(difference.new is None for difference in gone)


def test_lines_read_like_a_text_comparison() -> None:
    (difference,) = differences(small_plan(), set_value(small_plan(), ("volume", "growth_per_month"), 0.08))
    assert difference.lines() == ("- volume.growth_per_month = 0.06", "+ volume.growth_per_month = 0.08")


@settings(max_examples=60)
@given(plans, plans)
def test_the_same_keys_differ_in_both_directions(one: Plan, other: Plan) -> None:
    there = differences(one, other)
    back = differences(other, one)
    assert len(there) == len(back)
    assert bool(there) == any(difference.lines() for difference in back)


def test_an_evaluation_that_names_its_workload_is_told_key_by_key() -> None:
    entry = {
        "workload": "support",
        "model": "Qwen/Qwen3-32B",
        "api_model": "claude-sonnet-4-6",
        "prompts": 200,
        "gap_low_fraction": 0.01,
        "gap_mid_fraction": 0.02,
        "gap_high_fraction": 0.05,
        "source": "own prompts",
        "as_of": "2026-11",
    }
    plan = small_plan()
    found = differences(plan, set_value(plan, ("quality", "evaluation"), [entry]))
    assert any(change.path[-1] == "workload" and change.new == "support" for change in found)
    assert all(change.path[:2] == ("quality", "evaluation") for change in found)
