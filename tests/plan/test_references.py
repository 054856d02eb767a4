"""Names that a plan uses and the catalogue does not know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.plan.edit import set_value
from planner.plan.inputs import evaluate_plan
from planner.plan.places import EXAMPLES, example_path
from planner.plan.prices import overlaid_catalog
from planner.plan.read import plan_from_data, plan_from_text
from planner.plan.references import check_currencies, check_references, unknown_references
from planner.plan.store import load
from planner.plan.write import plan_data, render
from planner.toml.errors import InputError
from planner.toml.layout import KeyPath, scan
from tests.plan.texts import SMALL, small_plan
from tests.sample_catalog import sample_catalog

OWN = {"id": "in-house", "input_per_mtok": 1.0, "output_per_mtok": 2.0, "source": "us", "as_of": "2026"}
OFFER = {
    "id": "mine",
    "provider": "Us",
    "gpu": "l40s",
    "gpu_count": 1,
    "price": 9.0,
    "currency": "EUR",
    "per": "hour",
    "source": "quote",
    "as_of": "2026",
}
EVALUATION = {
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


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_name_nothing_unknown(name: str) -> None:
    plan = load(example_path(name)).plan
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
    ],
)
def test_each_is_found_with_the_nearest_name(
    changes: Mapping[str, Any], path: tuple[str | int, ...], hint: str
) -> None:
    plan = plan_from_data({**plan_data(plan_from_text(SMALL)), **changes})
    ((where, problem),) = unknown_references(plan, shipped_catalog())
    assert where == path
    assert hint in problem


def test_a_contract_is_with_a_vendor_that_sells_something() -> None:
    """In any capitals, the plan's own endpoints counted: all that is promised to nobody would be owed."""
    deal = {"name": "deal", "kind": "spend", "amount": 5.0, "source": "s", "as_of": "2026"}

    def problems(provider: str) -> tuple[tuple[KeyPath, str], ...]:
        prices = {"api": [OWN | {"name": "In-house", "provider": "Us"}]}
        data = plan_data(plan_from_text(SMALL)) | {"commitment": [deal | {"provider": provider}], "prices": prices}
        plan = plan_from_data(data)
        return unknown_references(plan, overlaid_catalog(shipped_catalog(), plan))

    ((where, problem),) = problems("Antropic")
    assert where == ("commitment", 0, "provider")
    assert 'did you mean "Anthropic"' in problem
    assert not any(problems(vendor) for vendor in ("Anthropic", "anthropic", "Us"))


def test_the_error_names_line_and_field_and_how_many_more() -> None:
    text = SMALL.replace("[volume]", '[choice]\ngpu = "nope"\nengine = "vlm"\n\n[volume]', 1)
    with pytest.raises(InputError) as caught:
        check_references(plan_from_text(text), shipped_catalog(), scan(text))
    assert caught.value.field == "choice.gpu"
    assert caught.value.line == text[: text.index("gpu =")].count("\n") + 1
    assert caught.value.more == 1


def test_evaluating_refuses_it_before_the_engine_does() -> None:
    plan = plan_from_data(plan_data(plan_from_text(SMALL)) | {"choice": {"engine": "vlm"}})
    with pytest.raises(InputError, match=r"choice\.engine: found \"vlm\""):
        evaluate_plan(plan, shipped_catalog(), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("path", "found", "problem"),
    [
        (("choice", "gpu"), "L40s", 'a GPU of the catalogue; did you mean "l40s"?'),
        (("choice", "model"), "qwen3-32b", 'an open model of the catalogue; did you mean "Qwen/Qwen3-32B"?'),
        (("choice", "engine"), "nothing like it", "a serving engine of the catalogue; known: vllm"),
    ],
)
def test_other_names_of_a_record_lead_to_its_id(path: KeyPath, found: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        check_references(set_value(small_plan(), path, found), sample_catalog())
    assert problem in caught.value.problem


def test_names_that_the_plan_brings_itself_are_known() -> None:
    plan = plan_from_data(plan_data(small_plan()) | {"prices": {"api": [OWN]}})
    plan = set_value(plan, ("volume", "baseline_api"), "in-house")
    check_references(plan, overlaid_catalog(sample_catalog(), plan))


def test_an_evaluation_must_name_a_workload_of_the_plan() -> None:
    plan = plan_from_data(plan_data(small_plan()) | {"quality": {"evaluation": [EVALUATION]}})
    with pytest.raises(InputError, match=r"quality\.evaluation\[1\]\.workload: found \"tickets\""):
        check_references(plan, sample_catalog())


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"currency": "CHF"}, "currency"),
        ({"prices": {"api": [OWN | {"currency": "CHF"}]}}, "prices.api[1].currency"),
        ({"prices": {"offer": [OFFER | {"currency": "CHF"}]}}, "prices.offer[1].currency"),
        ({"offer": OFFER | {"currency": "CHF"}}, "offer.currency"),
    ],
)
def test_an_amount_without_a_rate_is_refused_with_its_line(extra: dict[str, Any], field: str) -> None:
    plan = plan_from_data(plan_data(small_plan()) | extra)
    text = render(plan)
    with pytest.raises(InputError, match='found "CHF", for which there is no exchange rate; known: EUR') as caught:
        check_currencies(plan, sample_catalog(), scan(text))
    assert caught.value.field == field
    assert "CHF" in text.splitlines()[(caught.value.line or 0) - 1]


def test_a_rate_of_ones_own_makes_a_currency_known() -> None:
    rate = {"fx": [{"currency": "CHF", "usd": 1.2, "source": "s", "as_of": "2026"}]}
    plan = plan_from_data(plan_data(small_plan()) | {"currency": "CHF", "prices": rate})
    check_currencies(plan, sample_catalog())
    assert evaluate_plan(plan, shipped_catalog(), date(2026, 11, 23)).inputs.currency == "CHF"
