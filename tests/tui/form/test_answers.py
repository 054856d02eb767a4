"""The questionnaire against the plan: every field reads what it shows, and refuses with what would be right."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from planner.engine.specs import Hardware
from planner.plan.edit import new_plan, set_value
from planner.plan.inputs import to_inputs
from planner.plan.schema import Plan
from planner.tui.form.answers import (
    answer_in,
    can_be_unknown,
    change_words,
    read_answer,
    show_answer,
    unknown_words,
    with_answer,
)
from planner.tui.form.fields import Field
from planner.tui.form.questions import STEPS, workload_fields

FIELDS = [field for step in STEPS for field in step.fields] + list(workload_fields(0))


@pytest.fixture
def plan() -> Plan:
    return set_value(new_plan("Test", date(2026, 11, 23)), ("workload", 0, "tokens_per_day"), 6e6)


def named(name: str) -> Field:
    return next(field for field in FIELDS if field.id == name)


@pytest.mark.parametrize(
    ("field", "offered"),
    [(field, value) for field in FIELDS for value, _ in field.options],
    ids=lambda each: each if isinstance(each, str) else each.id,
)
def test_a_plan_takes_whatever_may_be_chosen(field: Field, offered: str, plan: Plan) -> None:
    value = read_answer(field, offered)
    assert answer_in(with_answer(plan, field, value), field) == value


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.id)
def test_what_a_field_shows_it_reads_back(field: Field, plan: Plan) -> None:
    value = answer_in(plan, field)
    assert read_answer(field, show_answer(field, value)) == value


@pytest.mark.parametrize("field", [field for field in FIELDS if can_be_unknown(field)], ids=lambda field: field.id)
def test_i_do_not_know_is_a_valid_answer_and_says_what_it_takes(field: Field, plan: Plan) -> None:
    assert answer_in(with_answer(plan, field, field.default), field) == field.default
    assert unknown_words(field)


def test_all_questions_of_the_six_may_be_skipped() -> None:
    assert [field.id for step in STEPS for field in step.fields if not can_be_unknown(field)] == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.id)
def test_every_field_gives_its_reason(field: Field) -> None:
    assert len(field.why) > 20


def test_six_steps_in_the_order_of_the_questions() -> None:
    assert [step.id for step in STEPS] == [
        "volume",
        "quality",
        "fine_tuning",
        "operations",
        "residency",
        "rebenchmark",
    ]


def test_volume_in_requests_replaces_volume_in_tokens(plan: Plan) -> None:
    field = named("workload-0-volume")
    changed = with_answer(plan, field, read_answer(field, "12k requests"))
    assert (changed.workload[0].requests_per_day, changed.workload[0].tokens_per_day) == (12_000, None)
    back = with_answer(changed, field, read_answer(field, "6M"))
    assert (back.workload[0].requests_per_day, back.workload[0].tokens_per_day) == (None, 6e6)


def test_growth_may_be_a_range(plan: Plan) -> None:
    field = named("volume-growth-per-month")
    changed = with_answer(plan, field, read_answer(field, "3 .. 6 .. 10 %"))
    assert show_answer(field, answer_in(changed, field)) == "3 .. 6 .. 10 %"


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("volume-growth-per-month", "10 .. 6 .. 3 %", "must rise"),
        ("volume-growth-per-month", "1 .. 2", "low .. mid .. high"),
        ("workload-0-volume", "0", "above zero"),
        ("workload-0-cached-input-fraction", "140 %", "between 0 and 100 %"),
        ("workload-0-max-context", "8.5", "whole number"),
        ("workload-0-name", "  ", "a name is needed"),
        ("objectives-tpot-ms", "-1", "above zero"),
    ],
)
def test_a_wrong_answer_names_what_would_be_right(name: str, text: str, right: str) -> None:
    with pytest.raises(ValueError, match=right):
        read_answer(named(name), text)


def test_what_only_the_whole_plan_can_refuse_comes_in_one_line(plan: Plan) -> None:
    half = with_answer(plan, named("workload-0-cached-input-fraction"), 0.6)
    with pytest.raises(ValueError, match="at most 1") as refusal:
        with_answer(half, named("workload-0-cache-write-fraction"), 0.6)
    assert "\n" not in str(refusal.value)


def test_a_change_is_told_like_a_person_would() -> None:
    assert change_words(named("workload-0-cached-input-fraction"), 0.3, 0.5) == "cached input 30 → 50 %"
    assert change_words(named("rebenchmark-answer"), "unknown", "yes") == "re-benchmark I don't know → yes"
    assert change_words(named("volume-p95-tokens-per-day"), None, 9e6) == "p95 tokens a day computed → 9M"


def test_where_the_gpus_come_from_is_asked_with_the_operations(plan: Plan) -> None:
    asked = next(field for field in STEPS[3].fields if field.id == "operations-hardware")
    changed = with_answer(plan, asked, "own")
    assert to_inputs(changed).operations.hardware == "own"
    assert {value for value, _ in asked.options} == set(get_args(Hardware))
    assert change_words(asked, "rent", "own") == "GPUs come from rented → own"
