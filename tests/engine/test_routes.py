"""Where work goes and the rule that is given for it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Catalog, Evaluation, Inputs, PairedEvaluation, Pins
from planner.evaluate import evaluate
from planner.words.warnings import notice_words
from tests.engine import plans

HUGE = 5e9
"""Tokens a day at which own GPUs pay for easy work."""


def run(inputs: Inputs, catalog: Catalog | None = None) -> Evaluation:
    return evaluate(inputs, catalog or shipped_catalog(), plans.AS_OF, draws=0)


def judged_too_hard(*workloads: Any, **sections: Any) -> Inputs:
    return plans.changed(plans.plan(*workloads), quality={"answer": "no"} | sections.pop("quality", {}), **sections)


def test_huge_easy_work_would_leave_the_api() -> None:
    inputs = plans.plan(plans.workload(tokens_per_day=HUGE, input_tokens=300, output_tokens=300))
    anywhere = plans.with_assumptions(inputs, shared_endpoint_tokens_per_minute=1e9)  # a host takes all of it
    assert run(anywhere).routes[0].destination != "api"


def test_a_no_keeps_the_work_on_a_closed_api_and_says_so() -> None:
    found = run(judged_too_hard(plans.workload(tokens_per_day=HUGE)))
    route = found.routes[0]
    assert route.destination == "api"
    assert route.rule.kind == "stays"
    assert not found.ledgers["hosted_open"].possible
    assert found.choice is None
    assert found.verdict.fact.kind == "no_model"


def test_a_no_yields_to_an_evaluation() -> None:
    passed = PairedEvaluation(None, "Qwen/Qwen3-8B", "claude-sonnet-4-6", 900, -0.01, 0.01, 0.03, "test", "2026-11-01")
    found = run(judged_too_hard(plans.workload(tokens_per_day=HUGE), quality={"evaluation": (passed,)}))
    assert found.choice is not None
    assert found.choice.model == "Qwen/Qwen3-8B"


def test_a_no_yields_to_residency_and_to_an_override() -> None:
    inside = judged_too_hard(plans.workload(), residency={"answer": "yes", "scope": "inside"})
    assert run(inside).routes[0].destination == "self_host"
    for route in ("self_host", "hosted_open"):
        found = run(judged_too_hard(plans.workload(route=route))).routes[0]
        assert (found.destination, found.overridden) == (route, True)


@pytest.mark.parametrize("route", ["self_host", "api", "hosted_open"])
@pytest.mark.parametrize("kind", ["classification", "customer_text", "agent"])
def test_an_override_is_obeyed_where_something_may_take_the_work(route: str, kind: str) -> None:
    work = plans.workload(kind=kind, route=route, level="solid", tokens_per_day=1e6)
    found = run(plans.plan(work, plans.workload("other", kind="customer_text", level="solid")))
    assert found.routes[0].destination == route
    assert found.routes[0].overridden
    assert found.routes[0].rule.kind in ("override", "obeyed")


def test_an_override_that_costs_more_says_how_much() -> None:
    found = run(plans.plan(plans.workload(route="self_host", tokens_per_day=1e6)))
    notice = next(n for n in found.notices if n.kind == "dear_override")
    without = min(found.ledgers[s].total for s in ("api_tuned", "hosted_open"))
    assert notice.amount == pytest.approx(float(found.ledgers["hybrid"].total - without), rel=1e-4)
    assert found.ledgers["hybrid"].total > found.ledgers["api_tuned"].total
    assert found.verdict.recommendation == "api"


def test_an_override_that_nothing_can_obey_is_not_called_obeyed() -> None:
    catalog = shipped_catalog()
    closed = {id: api for id, api in catalog.apis.items() if not api.is_hosted_open}
    work = plans.workload(kind="customer_text", route="hosted_open", level="solid")
    route = run(plans.plan(work), replace(catalog, apis=MappingProxyType(closed))).routes[0]
    assert (route.destination, route.overridden) == ("api", False)
    assert route.rule.kind == "not_obeyed"


def test_a_model_below_the_level_is_the_last_resort_of_an_override() -> None:
    hard = plans.plan(plans.workload(kind="reasoning", route="self_host", level="frontier"))
    found = run(hard)
    assert found.choice is not None
    assert found.catalog.models[found.choice.model].level == "expert"  # the only one of the frontier fits nowhere here
    small = {id: m for id, m in found.catalog.models.items() if m.level in ("routine", "solid")}
    stretched = run(hard, replace(shipped_catalog(), models=MappingProxyType(small)))
    assert stretched.routes[0].destination == "self_host"
    gate = stretched.routes[0].rule.gate
    assert gate is not None
    assert (gate.allowed, gate.ground) == (True, "level")


def test_peak_hours_are_in_the_price_and_in_a_warning() -> None:
    catalog = shipped_catalog()
    flash = catalog.apis["deepseek/deepseek-flash"]
    assert (flash.peak_hours_per_week, flash.peak_factor) == (35, 2)
    flat = replace(flash, peak_hours_per_week=0.0)
    work = plans.plan(plans.workload(api_model=flash.id))
    with_peak = run(work)
    without = run(work, replace(catalog, apis=MappingProxyType({**catalog.apis, flash.id: flat})))
    ratio = float(with_peak.ledgers["api_today"].total / without.ledgers["api_today"].total)
    assert ratio == pytest.approx(1 + 35 / 168, rel=1e-4)
    said = [notice_words(with_peak, n) for n in with_peak.notices if n.kind == "peak_hours" and n.api == flash.id]
    assert "DeepSeek V4.1 Flash costs 2 times as much in 35 of the week's 168 hours" in said[0]


def embedding(name: str, **changed: Any) -> Any:
    return plans.workload(name, kind="embedding", input_tokens=400, output_tokens=0.001, **changed)


def test_vectors_that_are_compared_come_from_one_model() -> None:
    """Documents in batches and queries at once: each has a cheapest endpoint of its own, and they may not use it."""
    today = "text-embedding-3-large"
    work = (
        embedding("documents", tokens_per_day=4e8, latency="background", api_model=today),
        embedding("queries", tokens_per_day=3e6, api_model=today),
    )
    found = run(plans.plan(*work))
    assert len({route.model for route in found.routes}) == 1
    alone = {run(plans.plan(w)).routes[0].alternatives[0][0] for w in work}
    assert len(alone) == 2
    assert any(n.kind == "embed_anew" for n in found.notices) == (found.routes[0].model != today)


def test_own_embeddings_never_overflow_to_another_model() -> None:
    today = "text-embedding-3-large"
    work = embedding("queries", tokens_per_day=3e9, api_model=today, route="self_host")
    route = run(plans.plan(work)).routes[0]
    assert route.destination == "self_host"
    same_weights = shipped_catalog().apis[route.overflow_model or today].hf_id == route.model
    assert route.overflow_fraction == 0 or same_weights


def test_an_override_never_breaks_residency() -> None:
    for route in ("api", "hosted_open"):
        inside = plans.plan(plans.workload(route=route), residency={"answer": "yes", "scope": "inside"})
        found = run(inside).routes[0]
        assert found.destination == "self_host"
        assert found.rule.kind == "inside"
        assert not found.overridden


def test_what_a_model_cannot_do_is_told_as_capability() -> None:
    """The fleet's model reads no images, so the work with pictures goes elsewhere and says why."""
    easy = plans.workload(tokens_per_day=HUGE, route="self_host")
    pictures = plans.workload("pictures", needs_vision=True, route="auto", tokens_per_day=1e6)
    found = run(plans.changed(plans.plan(easy, pictures), choice=Pins(model="Qwen/Qwen3-8B")))
    route = next(r for r in found.routes if r.workload == "pictures")
    assert route.destination != "self_host"
    assert route.rule.gate is not None
    assert (route.rule.kind, route.rule.gate.rule, route.rule.gate.ground) == ("gate", "capability", "images")


def test_work_bound_to_the_region_may_be_sent_to_an_endpoint_there() -> None:
    bound = plans.plan(
        plans.workload(route="hosted_open", tokens_per_day=HUGE), residency={"answer": "yes", "scope": "region"}
    )
    found = run(bound)
    assert found.routes[0].destination == "hosted_open"
    assert found.catalog.apis[found.routes[0].model].in_eu


def test_no_plan_breaks_on_its_way_to_a_report() -> None:
    """Own weights, embeddings and routes by hand at once: no fleet takes it all, and the report says so."""
    work = (
        plans.workload("easy", level="routine", latency="background"),
        embedding("vectors", route="hosted_open", api_model="text-embedding-3-small"),
        plans.workload("sent", route="api", latency="background"),
    )
    found = run(plans.plan(*work, fine_tuning={"answer": "yes", "base_model": "Qwen/Qwen3-8B"}))
    assert not found.ledgers["hybrid"].possible
    assert found.payback_month is None


def test_a_move_by_hand_to_an_untested_model_is_tested_first() -> None:
    """Also where the advice for the rest is to stay with the vendors of today."""
    inputs = plans.plan(plans.workload("kept", 1e5, level="frontier"), plans.workload("sent", route="hosted_open"))
    found = evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)
    sent = found.routes[1]
    assert (found.verdict.recommendation, sent.overridden, sent.provisional) == ("api", True, True)
    step = next(step for step in found.verdict.next_steps if step.workload == "sent")
    assert (step.kind, step.model) == ("evaluate", sent.model)
