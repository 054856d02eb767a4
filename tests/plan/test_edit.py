from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.plan.edit import (
    History,
    add_workload,
    duplicate_workload,
    get_value,
    move_workload,
    new_plan,
    remove_workload,
    set_value,
    set_values,
)
from planner.plan.fields import Spread
from planner.plan.inputs import to_inputs
from planner.plan.schema import Plan
from planner.plan.write import plan_data
from planner.toml.errors import PlanError
from planner.toml.layout import KeyPath
from tests.plan.texts import small_plan


def _names(plan: Plan) -> list[str]:
    return [entry.name for entry in plan.workload]


def _three() -> Plan:
    plan = small_plan()
    for name in ("b", "c"):
        plan = add_workload(plan, {"name": name})
    return plan


def test_a_value_changes_and_the_old_plan_does_not() -> None:
    plan = small_plan()
    changed = set_value(plan, ("workload", 0, "tokens_per_day"), 5e6)
    assert get_value(changed, ("workload", 0, "tokens_per_day")) == 5e6
    assert get_value(plan, ("workload", 0, "tokens_per_day")) == 6e6


def test_a_section_that_is_not_there_appears() -> None:
    changed = set_value(small_plan(), ("residency", "answer"), "yes")
    assert plan_data(changed)["residency"] == {"answer": "yes"}
    assert set_value(changed, ("assumptions", "pue"), Spread(low=1.1, mid=1.2, high=1.4)).assumptions["pue"] == Spread(
        low=1.1, mid=1.2, high=1.4
    )


def test_none_removes_a_key_and_its_default_holds_again() -> None:
    changed = set_value(small_plan(), ("volume", "growth_per_month"), None)
    assert "growth_per_month" not in plan_data(changed)["volume"]
    assert get_value(changed, ("volume", "growth_per_month")) == 0.0
    with pytest.raises(PlanError, match="missing"):
        set_value(small_plan(), ("name",), None)


def test_requests_take_the_place_of_tokens() -> None:
    changed = set_value(small_plan(), ("workload", 0, "requests_per_day"), 1000)
    assert changed.workload[0].tokens_per_day is None
    assert to_inputs(changed).workload[0].tokens_per_day == 960_000
    back = set_value(changed, ("workload", 0, "tokens_per_day"), 6e6)
    assert back == small_plan()


def test_values_that_depend_on_each_other_change_together() -> None:
    path: KeyPath = ("workload", 0, "cached_input_fraction")
    with pytest.raises(PlanError, match="at most 1"):
        set_value(set_value(small_plan(), path, 0.9), ("workload", 0, "cache_write_fraction"), 0.3)
    both = set_values(small_plan(), {path: 0.7, ("workload", 0, "cache_write_fraction"): 0.3})
    assert both.workload[0].cache_write_fraction == 0.3


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("workload", 0, "tokens_per_day"), -1, "expected a number above 0"),
        (("workload", 9, "tokens_per_day"), 1, "there is no such entry"),
        (("volume", "growht"), 1, "unknown key"),
        (("name",), "", "not empty"),
        (("name",), "a\nb", "a single line"),
        (("name",), "\ud800", "UTF-8"),
        (("currency",), "euros", "three-letter"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(path: KeyPath, value: object, problem: str) -> None:
    with pytest.raises(PlanError, match=problem) as caught:
        set_value(small_plan(), path, value)
    assert caught.value.path is None


def test_values_are_found_by_path_with_their_defaults() -> None:
    plan = small_plan()
    assert get_value(plan, ("schema",)) == 1
    assert get_value(plan, ("objectives", "ttft_ms_p95")) == 2000.0
    assert get_value(plan, ("workload", 7, "name")) is None
    assert get_value(plan, ("assumptions", "pue")) is None
    assert get_value(plan, ("offer", "price")) is None


def test_workloads_are_added_copied_moved_and_removed() -> None:
    plan = _three()
    assert _names(plan) == ["ticket classification", "b", "c"]
    assert _names(move_workload(plan, 2, 0)) == ["c", "ticket classification", "b"]
    assert _names(move_workload(plan, 0, 99)) == ["b", "c", "ticket classification"]
    assert _names(remove_workload(plan, 1)) == ["ticket classification", "c"]
    assert _names(duplicate_workload(plan, 0)) == ["ticket classification", "ticket classification 2", "b", "c"]
    assert _names(add_workload(add_workload(plan), at=0))[0] == "main workload 2"
    assert add_workload(plan, {"requests_per_day": 10.0}).workload[-1].tokens_per_day is None


def test_the_last_workload_stays() -> None:
    with pytest.raises(PlanError, match="at least one workload"):
        remove_workload(small_plan(), 0)
    with pytest.raises(PlanError, match="no such workload"):
        remove_workload(_three(), 3)


def test_a_very_long_name_is_copied_under_one_that_fits() -> None:
    plan = set_value(small_plan(), ("workload", 0, "name"), "x" * 200)
    assert len(duplicate_workload(plan, 0).workload[1].name) <= 200


def test_a_new_plan_answers_nothing_and_converts() -> None:
    inputs = to_inputs(new_plan("n", date(2026, 11, 23), "USD"))
    assert {
        inputs.quality.answer,
        inputs.fine_tuning.answer,
        inputs.operations.gpu_experience,
        inputs.volume.known,
    } == {"unknown"}
    work = inputs.workload[0]
    assert work.input_tokens / (work.input_tokens + work.output_tokens) == pytest.approx(0.91, abs=0.005)


def test_undo_and_redo_walk_through_the_states() -> None:
    first, second, third = (set_value(small_plan(), ("name",), name) for name in ("1", "2", "3"))
    history = History(first).do(second).do(third)
    assert history.undo().present == second
    assert history.undo().undo().undo().present == first
    assert history.undo().undo().redo().redo().redo().present == third
    assert not History(first).can_undo
    assert history.undo().can_redo
    assert not history.undo().do(first).can_redo


def test_keys_typed_into_one_field_are_undone_together() -> None:
    history = History(small_plan())
    for name in ("a", "ab", "abc"):
        history = history.do(set_value(small_plan(), ("name",), name), group="name")
    history = history.do(set_value(history.present, ("currency",), "USD"), group="currency")
    assert history.undo().present.name == "abc"
    assert history.undo().undo().present == small_plan()


def test_a_change_that_changes_nothing_is_no_step() -> None:
    history = History(small_plan())
    assert history.do(small_plan()) is history


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["do", "undo", "redo"]), max_size=40))
def test_history_never_loses_the_first_state(steps: list[str]) -> None:
    history = History(small_plan())
    for number, step in enumerate(steps):
        if step == "do":
            history = history.do(set_value(history.present, ("name",), f"state {number}"))
        else:
            history = history.undo() if step == "undo" else history.redo()
    while history.can_undo:
        history = history.undo()
    assert history.present == small_plan()
