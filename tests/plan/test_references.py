from __future__ import annotations

from typing import Any

import pytest

from planner.plan.convert import overlaid_catalog
from planner.plan.edit import set_value
from planner.plan.errors import PlanError
from planner.plan.layout import KeyPath, scan
from planner.plan.reader import plan_from_data
from planner.plan.references import check_references
from planner.plan.writer import plan_data, render
from tests.plan.texts import SMALL, small_plan
from tests.sample_catalog import sample_catalog


def test_a_plan_of_known_names_passes() -> None:
    check_references(small_plan(), sample_catalog())


@pytest.mark.parametrize(
    ("path", "found", "problem"),
    [
        (
            ("volume", "baseline_api"),
            "claude-sonet-4-6",
            'an API model of the catalogue; did you mean "claude-sonnet-4-6"?',
        ),
        (("volume", "profile"), "ofice-hours", "a load profile"),
        (("choice", "gpu"), "L40s", 'a GPU of the catalogue; did you mean "l40s"?'),
        (("choice", "model"), "qwen3-32b", 'an open model of the catalogue; did you mean "Qwen/Qwen3-32B"?'),
        (("choice", "engine"), "vllmm", 'a serving engine of the catalogue; did you mean "vllm"?'),
        (("workload", 0, "api_model"), "nothing like it", "an API model of the catalogue"),
        (("choice", "prefer_gpus"), ["l40s", "l40t"], 'did you mean "l40s"?'),
        (("currency",), "CHF", "expected a currency with an exchange rate, one of: EUR"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(path: KeyPath, found: Any, problem: str) -> None:
    with pytest.raises(PlanError) as caught:
        check_references(set_value(small_plan(), path, found), sample_catalog())
    assert problem in caught.value.problem


def test_the_line_is_named_where_the_text_is_known() -> None:
    plan = set_value(small_plan(), ("assumptions", "engineer_eur_yaer"), 100_000.0)
    with pytest.raises(PlanError) as caught:
        check_references(plan, sample_catalog(), scan(render(plan)))
    assert caught.value.line == SMALL.count("\n") + 3
    assert caught.value.field == "assumptions.engineer_eur_yaer"


def test_names_that_the_plan_brings_itself_are_known() -> None:
    own = {"id": "in-house", "input_per_mtok": 1.0, "output_per_mtok": 2.0, "source": "us", "as_of": "2026"}
    plan = plan_from_data(plan_data(small_plan()) | {"prices": {"api": [own]}})
    plan = set_value(plan, ("volume", "baseline_api"), "in-house")
    check_references(plan, overlaid_catalog(sample_catalog(), plan))


def test_an_evaluation_must_name_a_workload_of_the_plan() -> None:
    entry = {
        "workload": "tickets",
        "model": "Qwen/Qwen3-32B",
        "api_model": "a",
        "prompts": 10,
        "gap_low_fraction": 0.0,
        "gap_mid_fraction": 0.0,
        "gap_high_fraction": 0.0,
        "source": "s",
        "as_of": "2026",
    }
    plan = plan_from_data(plan_data(small_plan()) | {"quality": {"evaluation": [entry]}})
    with pytest.raises(PlanError, match=r"quality\.evaluation\[1\]\.workload: found \"tickets\""):
        check_references(plan, sample_catalog())
