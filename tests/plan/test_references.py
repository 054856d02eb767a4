"""Names that a plan uses and the catalogue does not know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from planner.catalog.loader import shipped_catalog
from planner.plan.errors import PlanError
from planner.plan.evaluating import evaluate_plan
from planner.plan.layout import scan
from planner.plan.places import EXAMPLES, example_path
from planner.plan.reader import plan_from_data, plan_from_text
from planner.plan.references import check_references, unknown_references
from planner.plan.store import load
from planner.plan.writer import plan_data
from tests.plan.texts import SMALL


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_name_nothing_unknown(name: str) -> None:
    plan = load(example_path(name)).plan
    from planner.plan.convert import overlaid_catalog

    assert unknown_references(plan, overlaid_catalog(shipped_catalog(), plan)) == ()


@pytest.mark.parametrize(
    ("changes", "path", "hint"),
    [
        ({"volume": {"baseline_api": "claude-sonnt-4-6"}}, ("volume", "baseline_api"), "claude-sonnet-4-6"),
        ({"volume": {"profile": "ofice-hours"}}, ("volume", "profile"), "office-hours"),
        ({"choice": {"gpu": "nvidia"}}, ("choice", "gpu"), ""),
        ({"choice": {"prefer_gpus": ["l40s", "h10-sxm"]}}, ("choice", "prefer_gpus", 1), "h100-sxm"),
        ({"choice": {"weights": "fp9"}}, ("choice", "weights"), "fp8"),
        ({"fine_tuning": {"base_model": "Qwen/Qwen3-32"}}, ("fine_tuning", "base_model"), "Qwen/Qwen3-32B"),
        ({"assumptions": {"no_such": 1.0}}, ("assumptions", "no_such"), ""),
        ({"currency": "XYZ"}, ("currency",), ""),
    ],
)
def test_each_is_found_with_the_nearest_name(
    changes: Mapping[str, Any], path: tuple[str | int, ...], hint: str
) -> None:
    plan = plan_from_data({**plan_data(plan_from_text(SMALL)), **changes})
    (found,) = unknown_references(plan, shipped_catalog())
    assert found.path == path
    assert hint in found.problem


def test_the_error_names_line_and_field_and_how_many_more() -> None:
    text = SMALL.replace("[volume]", '[choice]\ngpu = "nope"\nengine = "vlm"\n\n[volume]', 1)
    with pytest.raises(PlanError) as caught:
        check_references(plan_from_text(text), shipped_catalog(), scan(text))
    assert caught.value.field == "choice.gpu"
    assert caught.value.line == text[: text.index("gpu =")].count("\n") + 1
    assert caught.value.more == 1


def test_evaluating_refuses_it_before_the_engine_does() -> None:
    plan = plan_from_data(plan_data(plan_from_text(SMALL)) | {"choice": {"engine": "vlm"}})
    with pytest.raises(PlanError, match=r"choice\.engine: found \"vlm\""):
        evaluate_plan(plan, shipped_catalog(), date(2026, 11, 23))
