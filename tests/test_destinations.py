"""No sentence sends prompts or work where the plan's own gates forbid: every example under every gate.

What is permitted is worked out here anew, in plain words, from the catalogue alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from planner.engine.specs import ApiModel, Evaluation, Inputs, Offer, Workload
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.report.tables.answer import moves
from planner.report.tables.routes import alternative_name
from planner.words import next_steps, refusals, verdict, warnings
from planner.words.answer import facts, verdict_line
from planner.words.reasons import answer_reason
from tests.engine import plans
from tests.evaluations import TUNED, without_room

YES = {"answer": "yes", "zero_retention_checked": "yes", "company_in_eu": True}
TUNED_8B = {"answer": "yes", "base_model": "meta-llama/Llama-3.1-8B-Instruct"}
GATES: Final[Mapping[str, Mapping[str, Any]]] = {
    "as it is": {},
    "inside": {"residency": {**YES, "scope": "inside"}},
    "inside, any market": {"residency": {**YES, "scope": "inside"}, "choice": {"allow_non_production": True}},
    "inside, own machines": {"residency": {**YES, "scope": "inside"}, "operations": {"hardware": "own"}},
    "inside, a pin abroad": {"residency": {**YES, "scope": "inside"}, "choice": {"offer": "any abroad"}},
    "region": {"residency": {**YES, "scope": "region"}},
    "region, any market": {"residency": {**YES, "scope": "region"}, "choice": {"allow_non_production": True}},
    "no open models": {"quality": {"answer": "no", "evaluation": ()}},
    "adapters": {"fine_tuning": TUNED_8B},
    "whole weights, region": {"fine_tuning": {**TUNED_8B, "adapters": 0}, "residency": {**YES, "scope": "region"}},
    "too many adapters": {"fine_tuning": {**TUNED_8B, "adapters": 5_000}},
    "bans": {"choice": {"exclude_providers": ("LeaderGPU", "RunPod", "Hetzner")}},
}
PAIRS = [(example, gate) for example in EXAMPLES for gate in GATES]


@cache
def under(example: str, gate: str) -> Evaluation:
    inputs, catalog = plans.example(example)
    sections = dict(GATES[gate])
    if "offer" in sections.get("choice", {}):
        abroad = next(o for o in catalog.offers.values() if o.market == "production" and not o.in_eu)
        sections["choice"] = {"offer": abroad.id}
    return evaluate(plans.changed(inputs, **sections), catalog, plans.AS_OF, draws=40)


def resident(inputs: Inputs, work: Workload) -> bool:
    return inputs.residency.answer == "yes" and work.resident is not False


def may_receive(inputs: Inputs, work: Workload, api: ApiModel) -> bool:
    return not resident(inputs, work) or (inputs.residency.scope == "region" and api.in_eu)


def may_hold(inputs: Inputs, offer: Offer) -> bool:
    if offer.provider in inputs.choice.exclude_providers:
        return False
    if offer.market == "dedicated" and not holds_weights(inputs, offer):
        return False
    if inputs.residency.answer != "yes" or offer.commitment == "owned":
        return True
    if inputs.residency.scope == "inside" and offer.market in ("serverless", "dedicated"):
        return False
    return offer.in_eu and offer.market not in ("community", "marketplace")


def holds_weights(inputs: Inputs, offer: Offer) -> bool:
    """Whether a host's endpoint takes the plan's own weights, and as many adapters."""
    own = inputs.fine_tuning
    return own.answer != "yes" or (offer.own_weights and (own.adapters or 0) <= (offer.most_adapters or 10**9))


def serves(inputs: Inputs, found: Evaluation, api: ApiModel) -> bool:
    """Whether an endpoint by the token serves the weights that the plan needs: the open model, or adapters of it."""
    own, host = inputs.fine_tuning, found.catalog.adapters.get(api.id)
    if own.answer != "yes" or own.base_model is None:
        return True
    if host is None or api.hf_id != own.base_model or own.adapters == 0:
        return False
    return (own.adapters or 1) <= (host.most_adapters or 10**9)


def licensed(inputs: Inputs, found: Evaluation, model: str) -> bool:
    known = found.catalog.models.get(model)
    if known is None:
        return True
    return known.commercial_use != "no" and (known.eu_allowed or not inputs.residency.company_in_eu)


def said(found: Evaluation) -> Iterator[str]:
    """All that the report, the answer for programs and the pages of the app say, a sentence or cell each."""
    yield from to_markdown(found).splitlines()
    for audience in ("", "cfo", "engineer"):  # of the answer page, each line whole
        yield from (fact.text for fact in facts(found, audience))
    yield verdict_line(found)
    yield from (" ".join(row) for row in moves(found, len(found.routes)).rows)
    yield from strings(to_json(found, "x", None))
    yield from next_steps.next_steps(found)
    yield from (verdict.headline(found), *verdict.reasons(found), *verdict.gives_up(found), *verdict.gains(found))
    yield from warnings.notices(found)
    for route in found.routes:
        yield from (alternative_name(found, where) for where, _ in route.alternatives)
    for option in found.excluded:
        yield from refusals.ways_in(found, option)


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in ("source", "sources", "citation"):
                yield from strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from strings(value)


def offending(found: Evaluation) -> list[str]:
    inputs, catalog = found.inputs, found.catalog
    today = {inputs.api_today(work) for work in inputs.workload}
    endpoints = [
        api
        for api in catalog.apis.values()
        if api.id not in today and not any(may_receive(inputs, work, api) for work in inputs.workload)
    ]
    hosts = {o.provider for o in catalog.offers.values()}
    hosts -= {o.provider for o in catalog.offers.values() if may_hold(inputs, o)}
    names = {api.id for api in endpoints} | {api.name for api in endpoints if not api.is_hosted_open} | hosts
    names -= {catalog.apis[id].name for id in today}
    if not names:
        return []
    # "Claude Haiku 5.5 (EU, Bedrock)" is permitted where "Claude Haiku 5.5" is not: the longest name counts
    known = names | {api.name for api in catalog.apis.values()}
    pattern = re.compile(
        "|".join(rf"(?<![\w./-]){re.escape(n)}(?![\w-])" for n in sorted(known, key=len, reverse=True))
    )
    return [f"{n}: {line}" for line in said(found) for n in pattern.findall(line) if n in names]


@pytest.mark.parametrize(("example", "gate"), PAIRS)
def test_no_sentence_names_a_destination_that_a_gate_forbids(example: str, gate: str) -> None:
    assert offending(under(example, gate)) == []


@pytest.mark.parametrize(("example", "gate"), PAIRS)
def test_what_the_engine_decided_passes_every_gate(example: str, gate: str) -> None:
    found = under(example, gate)
    inputs, catalog = found.inputs, found.catalog
    works = {w.name: w for w in inputs.workload}
    for route in found.routes:
        work = works[route.workload]
        for id in (*(where for where, _ in route.alternatives), route.model, route.overflow_model or ""):
            if id in catalog.apis:
                assert may_receive(inputs, work, catalog.apis[id]), (route.workload, id)
                assert licensed(inputs, found, catalog.apis[id].hf_id or ""), id
                assert serves(inputs, found, catalog.apis[id]), id
        assert licensed(inputs, found, route.model)
        if route.destination == "dedicated":
            host = catalog.offers[route.offer] if route.offer else catalog.apis[route.model]
            assert may_hold(inputs, host) if isinstance(host, Offer) else serves(inputs, found, host)
        tuned = inputs.fine_tuning.answer == "yes"  # weights of one's own are no open model as published
        if gate == "no open models" and work.route == "auto" and not resident(inputs, work) and not tuned:
            assert route.destination in ("api", "none")
            assert not (route.model in catalog.apis and catalog.apis[route.model].is_hosted_open)
    choices = [c for c in (found.choice, found.bought, found.dedicated, *found.options) if c is not None]
    assert all(may_hold(inputs, catalog.offers[c.offer]) and licensed(inputs, found, c.model) for c in choices)
    assert all(may_hold(inputs, catalog.offers[p.id]) for p in found.prices_used if p.kind == "offer")


@pytest.mark.parametrize(("example", "gate"), PAIRS)
def test_a_next_step_sends_prompts_only_where_they_may_go(example: str, gate: str) -> None:
    found = under(example, gate)
    inputs, catalog = found.inputs, found.catalog
    works = {w.name: w for w in inputs.workload}
    for step in found.verdict.next_steps:
        told = next_steps.step_words(found, step)
        asked = [works[step.workload]] if step.workload else list(inputs.workload)
        if step.offer:
            assert may_hold(inputs, catalog.offers[step.offer])
        for id in (step.reference, step.model):
            if id in catalog.apis:
                assert all(may_receive(inputs, work, catalog.apis[id]) for work in asked)
        uses_prompts = step.kind in ("evaluate", "compare_search", "rent_one", "measure_throughput")
        if uses_prompts and inputs.residency.scope == "inside" and any(resident(inputs, w) for w in asked):
            assert "synthetic or de-identified" in told
            assert "your own prompts" not in told
            assert "real traffic" not in told
        for work in asked:
            api = catalog.apis[inputs.api_today(work)]
            if uses_prompts and step.workload and not may_receive(inputs, work, api):
                assert api.id not in told
                assert "people" in told


@pytest.mark.parametrize(("example", "gate"), PAIRS)
def test_a_recommendation_can_be_built(example: str, gate: str) -> None:
    found = under(example, gate)
    best = found.recommended
    if found.verdict.recommendation == "none":
        assert best is None
        assert not any(ledger.allowed and ledger.possible for ledger in found.ledgers.values())
    else:
        assert best is not None
        assert best.possible
        assert best.allowed


def test_the_walk_finds_what_a_gate_forbids() -> None:
    """It can fail: the same report read under a gate that it was not made for."""
    free = under("claude-8k-a-month", "as it is")
    assert offending(free) == []
    bound = under("claude-8k-a-month", "inside").inputs
    assert offending(replace(free, inputs=bound))
    banned = replace(free.inputs, choice=replace(free.inputs.choice, exclude_providers=("LeaderGPU",)))
    rented = under("bulk-classifier", "as it is")
    assert offending(replace(rented, inputs=replace(rented.inputs, choice=banned.choice)))


def test_a_pin_does_not_take_bound_data_abroad() -> None:
    found = under("hospital", "inside, a pin abroad")
    assert (found.choice, found.verdict.recommendation) == (None, "none")
    assert {route.destination for route in found.routes if route.workload != "staff handbook"} == {"none"}


def test_todays_api_is_told_where_it_breaks_the_plans_own_gates() -> None:
    inputs, catalog = plans.example("claude-8k-a-month")
    region = under("claude-8k-a-month", "region")
    told = [n for n in region.notices if n.kind == "today_misses" and n.why is not None and n.why.ground == "region"]
    assert [n.api for n in told] == [inputs.volume.baseline_api]
    ends = evaluate(plans.changed(inputs, volume={"baseline_api": "claude-sonnet-4-5"}), catalog, plans.AS_OF, draws=0)
    assert any("retires on" in line for line in verdict.reasons(ends))


@pytest.mark.parametrize("p95", [3e6, 1.2e6])
def test_a_prompt_longer_than_every_window_goes_nowhere(p95: float) -> None:
    work = plans.workload(input_tokens=3e5, input_tokens_p95=p95, output_tokens=500, tokens_per_day=3e9)
    found = evaluate(plans.plan(work), plans.example("hospital")[1], plans.AS_OF, draws=0)
    for id in (found.routes[0].model, *(where for where, _ in found.routes[0].alternatives)):
        api = found.catalog.apis.get(id)
        assert api is None or (api.context_window or 0) >= p95
    assert not found.ledgers["api_today"].allowed
    assert found.verdict.recommendation == "none"


def test_a_card_too_small_for_ones_own_weights_is_no_reason_to_run_it() -> None:
    found = without_room(TUNED)
    assert (found.choice, found.verdict.recommendation) == (None, "none")
    assert [step.kind for step in found.verdict.next_steps] == ["loosen", "reprice"]
    assert "nothing that the plan permits" in verdict.headline(found)


def test_own_weights_may_go_to_a_host_that_serves_them_unless_data_stay_inside() -> None:
    for gate, host in (("as it is", True), ("inside", False)):
        found = under(TUNED, gate)
        answer = next(q for q in found.questions if q.id == "fine_tuning")
        assert ("a host that serves your adapter" in answer_reason(found, answer)) is host


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_volume_question_weighs_means_against_the_best_alternative(example: str) -> None:
    found = under(example, "as it is")
    answer = next(q for q in found.questions if q.id == "volume")
    point = found.against_best or found.break_even[0]
    pays = point.with_people is not None and found.demand.mean_tokens_per_day >= point.with_people
    assert (answer.because == "reaches") is pays
    if found.against_best is not None and point.with_people is not None:
        assert found.catalog.name_of(found.inputs.volume.baseline_api) in answer_reason(found, answer)
