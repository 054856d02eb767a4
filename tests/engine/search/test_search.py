"""The search drops nothing that would have won, and says why the rest is out."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.search import search
from planner.engine.specs import Catalog, Evaluation, Inputs, Pins, Refusal
from planner.evaluate import evaluate
from tests.engine import plans


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital", "claude-8k-a-month", "article-1b"])
def test_the_rough_screen_loses_no_winner(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, catalog = plans.example(name)
    screened = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    monkeypatch.setattr(search, "PROMISING", 10**9)
    everything = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    for strategy in ("hybrid", "self_host"):
        assert screened.ledgers[strategy].total <= everything.ledgers[strategy].total * 101 / 100


def test_options_come_cheapest_first_and_the_choice_is_among_them() -> None:
    found = plans.evaluated("bulk-classifier")
    costs = [o.monthly_cost for o in found.options]
    assert costs == sorted(costs)
    assert found.choice in found.options
    assert found.choice is not None
    assert found.choice.monthly_cost <= costs[0] * 1.000001


def test_everything_considered_is_counted() -> None:
    found = plans.evaluated("claude-8k-a-month")
    assert found.options_considered > found.options_fitting > len(found.options) > 10


@pytest.mark.parametrize(
    ("pins", "field", "value"),
    [
        (Pins(model="Qwen/Qwen3-8B"), "model", "Qwen/Qwen3-8B"),
        (Pins(gpu="l40s"), "gpu", "l40s"),
        (Pins(weights="fp8"), "weights", "fp8"),
        (Pins(kv="fp8"), "kv", "fp8"),
        (Pins(offer="ovh-h100-380-monthly"), "offer", "ovh-h100-380-monthly"),
        (Pins(tensor_parallel=2), "gpus_per_replica", 2),
    ],
)
def test_pins_hold_for_every_option(pins: Pins, field: str, value: object) -> None:
    found = run(plans.changed(plans.plan(choice={"prefer_gpus": ()}), choice=pins))
    rented = [o for o in found.options if not o.purchase_total]
    assert rented
    assert {getattr(o, field) for o in rented} == {value}


@pytest.mark.parametrize("pins", [Pins(weights="q4_k_m"), Pins(gpu="t4", kv="fp8"), Pins(engine="mlx-lm")])
def test_what_the_engine_does_not_start_with_is_never_an_option(pins: Pins) -> None:
    """Weights that vLLM does not serve, a cache that Ampere has no kernel for, an engine of another maker's cards."""
    found = run(plans.changed(plans.plan(choice={"prefer_gpus": ()}), choice=pins))
    assert found.options == ()
    assert found.choice is None


def test_pinned_replicas_are_kept() -> None:
    found = run(plans.plan(choice=Pins(gpu="l40s", replicas=3)))
    assert found.choice is not None
    assert found.choice.replicas == 3


def test_excluded_providers_and_marketplaces_stay_out() -> None:
    found = run(plans.plan(choice={"exclude_providers": ("RunPod",)}))
    assert all(o.provider != "RunPod" for o in found.options)
    assert all(found.catalog.offers[o.offer].is_production for o in found.options)


def test_what_misses_says_by_how_much() -> None:
    found = run(plans.plan(plans.workload(level="frontier", kind="coding"), choice={"prefer_gpus": ("l40s",)}))
    misses = [x for x in found.excluded if x.vram_gib is not None]
    assert misses
    assert all(x.short_by_gib > 0 and x.refusal == Refusal("memory", (x.short_by_gib,)) for x in misses)
    assert [x.short_by_gib for x in misses] == sorted(x.short_by_gib for x in misses)


def test_a_strict_objective_takes_slow_layouts_out() -> None:
    strict = run(plans.changed(plans.plan(), objectives={"tpot_ms": 6.0}))
    assert any(x.ground == "latency" for x in strict.excluded)
    assert all(o.tpot_ms <= 6.0 * 1.02 for o in strict.options)


def test_what_is_kept_between_evaluations_never_leaks_into_another() -> None:
    """Rows and memory are kept for the next evaluation: other lengths, pins or records must not see them."""
    plain = plans.plan(plans.workload(tokens_per_day=5e9))
    longer = plans.plan(plans.workload(tokens_per_day=5e9, input_tokens=9_000.0))
    pinned = plans.changed(plain, choice=Pins(weights="awq", kv="fp16"))
    catalog = shipped_catalog()
    offered = evaluate(plain, catalog, plans.AS_OF, draws=0).options[0].model
    heavy = replace(catalog.models[offered], kv_bytes_per_token_fp16=3e6)
    other = replace(catalog, models=MappingProxyType({**catalog.models, heavy.id: heavy}))
    cases = [(plain, catalog), (longer, catalog), (pinned, catalog), (plain, other)]
    first = [_memory_of(inputs, facts) for inputs, facts in cases]
    again = [_memory_of(inputs, facts) for inputs, facts in reversed(cases)]
    assert first == again[::-1]
    assert len({tuple(sorted(found.items())) for found in first}) == len(cases)


def _memory_of(inputs: Inputs, catalog: Catalog) -> dict[str, float]:
    found = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    return {f"{o.model} {o.weights} {o.kv} {o.offer}": o.memory.max_concurrency for o in found.options}
