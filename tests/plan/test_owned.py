"""Plans whose GPUs are bought: what the app can pin, a file can hold; nothing of it is taken for a rent."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.fleet.ownership import OWNED, owned_ids
from planner.engine.specs import Evaluation
from planner.plan.edit import set_value
from planner.plan.inputs import evaluate_plan
from planner.plan.places import examples_dir
from planner.plan.prices import frozen_offer, with_result
from planner.plan.reprice import reprice
from planner.plan.schema import Plan
from planner.plan.store import load, save
from planner.toml.errors import InputError
from tests.engine.plans import AS_OF

CATALOG = shipped_catalog()


@pytest.fixture(scope="module")
def bought() -> tuple[Plan, Evaluation]:
    plan = set_value(load(examples_dir() / "bulk-classifier.toml").plan, ("operations", "hardware"), "own")
    return plan, evaluate_plan(plan, CATALOG, AS_OF)


def test_a_server_that_could_be_bought_can_be_pinned(bought: tuple[Plan, Evaluation]) -> None:
    plan, evaluation = bought
    assert evaluation.choice is not None
    assert evaluation.choice.offer in owned_ids(CATALOG)
    for name in owned_ids(CATALOG)[:3]:
        pinned = evaluate_plan(set_value(plan, ("choice", "offer"), name), CATALOG, AS_OF)
        assert {option.offer for option in pinned.options} <= {name}
    with pytest.raises(InputError, match="an offer of the catalogue"):
        evaluate_plan(set_value(plan, ("choice", "offer"), "own-3x-abacus"), CATALOG, AS_OF)


def test_what_is_bought_is_not_kept_as_a_rent_nor_missed_when_prices_are_compared(
    bought: tuple[Plan, Evaluation], tmp_path: Path
) -> None:
    plan, evaluation = bought
    assert evaluation.choice is not None
    saved = save(with_result(plan, evaluation), tmp_path / "bought.toml").plan
    assert saved.offer is None
    assert [price for price in saved.prices.offer if price.commitment == OWNED] == []
    again = evaluate_plan(saved, CATALOG, AS_OF)
    assert again.choice is not None
    assert again.choice.offer == evaluation.choice.offer
    assert not [change for change in reprice(saved, CATALOG, AS_OF).changes if change.kind == "offer"]


def test_a_file_that_took_what_is_bought_for_a_rent_is_mended_by_repricing(bought: tuple[Plan, Evaluation]) -> None:
    plan, evaluation = bought
    assert evaluation.choice is not None
    frozen = frozen_offer(evaluation.catalog.offers[evaluation.choice.offer], AS_OF)
    repriced = reprice(plan.model_copy(update={"offer": frozen}), CATALOG, AS_OF)
    assert not [change for change in repriced.changes if change.kind == "offer"]
    assert repriced.plan.offer is None
