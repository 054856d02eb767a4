"""Plans at the edge of what a person may type: each one gives an answer or one clear reason."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Evaluation, Inputs, Pins, Range, Volume, Workload
from planner.evaluate import NothingToPlanError, evaluate
from planner.words.verdict import headline
from tests.engine import plans
from tests.engine.ledger.test_ledger import assert_adds_up


def run(inputs: Inputs, draws: int = 0) -> Evaluation:
    found = evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=draws)
    assert_adds_up(found)
    assert headline(found)
    return found


@pytest.mark.parametrize(
    "inputs", [plans.plan(plans.workload(tokens_per_day=0.0)), plans.changed(plans.plan(), workload=())]
)
def test_nothing_to_plan(inputs: Inputs) -> None:
    with pytest.raises(NothingToPlanError, match="workload"):
        run(inputs)


def test_one_token_volumes() -> None:
    found = run(plans.plan(plans.workload(tokens_per_day=1.0, input_tokens=1.0, output_tokens=1.0)))
    assert found.verdict.recommendation == "api"
    assert found.ledgers["api_today"].total < 1


def test_a_trillion_tokens_a_day() -> None:
    """At hosted prices of a few cents own GPUs hardly pay at any volume; the fleet that carries it all is huge."""
    found = run(plans.plan(plans.workload(tokens_per_day=1e12)), draws=500)
    assert found.ledgers["api_today"].total > 10**8
    assert found.choice is not None
    assert found.choice.replicas > 50
    assert found.ledgers["self_host"].total > found.ledgers["hosted_open"].total


@pytest.mark.parametrize("growth", [-0.5, 0.0, 1.0])
def test_shrinking_and_doubling_each_month(growth: float) -> None:
    found = run(plans.plan(volume={"growth_per_month": Range(growth, growth, growth)}), draws=500)
    volumes = found.demand.month_tokens_per_day
    assert volumes[-1] == pytest.approx(50e6 * (1 + growth) ** 12)
    assert found.risk is not None
    for ledger in found.ledgers.values():
        assert not ledger.possible or ledger.p10 <= ledger.p50 <= ledger.p90


def test_twelve_explicit_months() -> None:
    months = tuple(1e6 * (m + 1) for m in range(12))
    found = run(plans.plan(volume={"tokens_per_day_by_month": months}), draws=500)
    assert found.demand.month_tokens_per_day == pytest.approx(months)
    bills = [float(m.total) for m in found.ledgers["api_today"].months]
    assert bills[5] / bills[0] == pytest.approx(6, rel=1e-3)


def test_a_month_of_nothing_in_twelve_explicit_ones() -> None:
    months = (0.0, *(5e7,) * 11)
    assert run(plans.plan(volume={"tokens_per_day_by_month": months})).ledgers["api_today"].months[0].total == 0


def test_no_offer_is_allowed() -> None:
    found = run(plans.plan(choice={"prefer_gpus": ("a-gpu-nobody-rents",)}))
    assert found.choice is None
    assert found.why_no_choice == "nothing_allowed"
    assert not found.ledgers["self_host"].possible
    assert found.verdict.recommendation in ("api", "hosted_open")


def test_unknown_api_is_named() -> None:
    with pytest.raises(KeyError, match="gpt-99"):
        run(plans.plan(volume={"baseline_api": "gpt-99"}))
    with pytest.raises(KeyError, match="gpt-98"):
        run(plans.plan(plans.workload(api_model="gpt-98")))


@pytest.mark.parametrize(
    "pins", [Pins(model="nobody/nothing"), Pins(offer="no-such-offer"), Pins(gpu="no-such-gpu"), Pins(engine="slow")]
)
def test_unknown_pins_are_named(pins: Pins) -> None:
    with pytest.raises(KeyError, match=str(pins.model or pins.offer or pins.gpu or pins.engine)):
        run(plans.plan(choice=pins))


def test_all_questions_unknown() -> None:
    empty = Inputs(name="new", currency="EUR", workload=(plans.workload(),), volume=Volume(known="unknown"))
    found = run(plans.changed(empty, choice={"prefer_gpus": plans.SMALL_SEARCH}))
    assert [q.answer for q in found.questions if q.id != "volume"] == ["unproven"] * 5
    assert found.yes_count == 0


def test_everything_resident_and_no_eu_offer() -> None:
    found = run(
        plans.plan(
            residency={"answer": "yes", "scope": "inside", "zero_retention_checked": "yes"},
            choice={"prefer_gpus": ("a10g",)},
        )
    )
    assert found.choice is None
    assert not found.ledgers["hybrid"].possible
    assert not found.ledgers["api_today"].allowed
    assert found.verdict.fact.kind == "nothing_inside"


def test_forty_workloads() -> None:
    many = tuple(plans.workload(f"work {i}", 1e6 * (i + 1), kind="extraction") for i in range(40))
    found = run(plans.plan(*many))
    assert len(found.routes) == 40
    assert sum(r.token_fraction for r in found.routes) == pytest.approx(1.0)


def test_names_in_any_script() -> None:
    name = "Übersetzung 日本語 [bold]"
    found = run(plans.plan(plans.workload(name)))
    assert found.routes[0].workload == name


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "embedding", "output_tokens": 0.0},
        {"input_tokens": 1.0, "output_tokens": 5_000.0},
        {"input_tokens": 500_000.0, "output_tokens": 10.0},
        {"cached_input_fraction": 1.0},
        {"cached_input_fraction": 0.6, "cache_write_fraction": 0.4},
        {"batch_fraction": 1.0, "latency": "background", "deadline_hours": 0.0},
        {"needs_vision": True, "kind": "vision", "route": "self_host"},
        {"max_context": 2_000_000},
    ],
)
def test_odd_workloads(changed: dict[str, Any]) -> None:
    api = "text-embedding-3-large" if changed.get("kind") == "embedding" else "claude-sonnet-4-6"
    run(plans.plan(plans.workload(**changed), volume={"baseline_api": api}))


def test_a_workload_of_zero_among_others() -> None:
    quiet: Workload = plans.workload("quiet", 0.0)
    found = run(plans.plan(plans.workload(), quiet), draws=200)
    assert found.routes[1].token_fraction == 0
