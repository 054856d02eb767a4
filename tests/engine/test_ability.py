"""What may take work by what is known of it: figures, skills, the model in use, and the chance that it passes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.chance import chance_to_pass
from planner.engine.names import LEVELS
from planner.engine.quality import gate, level_of_today
from planner.engine.search.eligible import scopes_of
from planner.engine.specs import Evaluation, Inputs, PairedEvaluation, Workload
from planner.evaluate import evaluate
from tests.engine import plans

CATALOG = shipped_catalog()
NEMO = "mistralai/Mistral-Nemo-Instruct-2407"


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, CATALOG, plans.AS_OF, draws=0)


def open_models_offered(found: Evaluation) -> set[str | None]:
    """Models that hosts may serve the first workload with, whichever strategy is recommended."""
    hosts = (found.catalog.apis[id] for id, _ in found.routes[0].alternatives)
    return {host.hf_id for host in hosts if host.is_hosted_open}


def passed(model: str, gap: float = 0.01, today: str = "claude-sonnet-4-6") -> PairedEvaluation:
    return PairedEvaluation(None, model, today, 2000, gap - 0.01, gap, gap + 0.01, "test", "2026-11-01")


def with_today(api: str, *work: Workload) -> Inputs:
    return plans.plan(*work, volume={"baseline_api": api})


def rated(id: str) -> bool:
    return (CATALOG.models.get(id) or CATALOG.apis[id]).composite is not None


@pytest.mark.parametrize("level", ["basic", "routine", "solid", "expert"])
@pytest.mark.parametrize("today", ["gpt-4o-mini", "gpt-4.1-mini", "claude-haiku-4-5", "claude-sonnet-4-6"])
def test_a_model_without_a_figure_wins_no_job_from_one_with_a_figure(level: str, today: str) -> None:
    found = run(with_today(today, plans.workload(level=level)))
    route = found.routes[0]
    assert route.model == today or rated(route.model)
    assert found.choice is None or rated(found.choice.model)
    assert NEMO not in {id for id, _ in route.alternatives}


def test_one_without_a_figure_wins_after_an_evaluation() -> None:
    inputs = plans.changed(with_today("gpt-4.1-mini", plans.workload()), quality={"evaluation": (passed(NEMO),)})
    found = run(inputs)
    assert NEMO in open_models_offered(found)


def test_where_none_has_a_figure_the_level_decides() -> None:
    kept = {id: replace(api, composite=None) for id, api in CATALOG.apis.items()}
    models = {id: replace(model, composite=None) for id, model in CATALOG.models.items()}
    catalog = replace(CATALOG, apis=MappingProxyType(kept), models=MappingProxyType(models))
    found = evaluate(with_today("gpt-4.1-mini", plans.workload()), catalog, plans.AS_OF, draws=0)
    assert open_models_offered(found)


def test_own_gpus_run_models_without_a_figure_only_where_no_other_fits() -> None:
    inputs = with_today("gpt-5.2", plans.workload(route="self_host"))
    scopes, out = scopes_of(inputs, CATALOG)
    assert all(scope.model.composite is not None for scope in scopes)
    assert any(why.ground == "no_figure" for model, why in out if model.id == NEMO)
    unrated = {id: m for id, m in CATALOG.models.items() if m.composite is None or m.total_params_b > 400}
    few = replace(CATALOG, models=MappingProxyType(unrated))
    found = evaluate(plans.changed(inputs, choice={"prefer_gpus": ("l40s",)}), few, plans.AS_OF, draws=0)
    assert found.choice is not None
    assert found.catalog.models[found.choice.model].composite is None


@pytest.mark.parametrize(
    ("today", "model", "ground"),
    [
        ("claude-sonnet-4-6", "Qwen/Qwen3.8-27B", "reaches"),  # 71.8 against 71.0
        ("claude-sonnet-4-6", "Qwen/Qwen3.5-27B", "below_today"),  # 67.6: 3.4 points
        ("claude-haiku-5-5", "Qwen/Qwen3.8-Flash-Next", "reaches"),  # 73.4 against 75.3
        ("claude-haiku-5-5", "Qwen/Qwen3.8-27B", "below_today"),  # 71.8
        ("claude-haiku-4-5", "openai/gpt-oss-120b", "reaches"),  # 61.5 against 63.6
        ("claude-haiku-4-5", "meta-llama/Llama-3.3-70B-Instruct", "below_today"),  # 55.1
        ("claude-haiku-4-5", NEMO, "below_today"),  # no figure: at least 52, as routine begins
        ("gpt-4o-mini", NEMO, "reaches"),  # at least 52 against 54.0
        ("gpt-5.2", NEMO, "reaches"),  # neither is known
        ("claude-opus-4-8", "zai-org/GLM-5.3", "reaches"),  # 74.5 against a frontier that begins at 76
        ("claude-opus-5-5", "zai-org/GLM-5.3", "below_today"),  # 84.7
        ("claude-opus-5-5", "Qwen/Qwen3.8-27B", "below_today"),
    ],
)
def test_a_challenger_is_not_known_to_be_worse_than_the_model_in_use(today: str, model: str, ground: str) -> None:
    inputs = with_today(today, plans.workload())
    assert gate(inputs, CATALOG, inputs.workload[0], CATALOG.models[model]).ground == ground


def test_the_margin_is_an_assumption_and_an_evaluation_comes_before_it() -> None:
    inputs = with_today("claude-sonnet-4-6", plans.workload())
    model, work = CATALOG.models["Qwen/Qwen3.5-27B"], inputs.workload[0]
    wider = plans.with_assumptions(inputs, composite_margin_points=4.0)
    assert gate(wider, CATALOG, work, model).ground == "reaches"
    tested = plans.changed(inputs, quality={"evaluation": (passed(model.id),)})
    assert gate(tested, CATALOG, work, model).ground == "proven"


def test_work_that_may_not_stay_is_judged_by_its_level_alone() -> None:
    inputs = plans.changed(
        with_today("claude-sonnet-4-6", plans.workload()), residency={"answer": "yes", "scope": "inside"}
    )
    assert gate(inputs, CATALOG, inputs.workload[0], CATALOG.models["openai/gpt-oss-120b"]).ground == "reaches"


def test_a_hosted_model_that_passed_is_used_though_its_level_is_below() -> None:
    model = "meta-llama/Llama-3.3-70B-Instruct"
    inputs = plans.changed(
        with_today("claude-sonnet-4-6", plans.workload(level="solid")), quality={"evaluation": (passed(model),)}
    )
    assert model in open_models_offered(run(inputs))


def test_code_completion_goes_to_models_that_fill_in_the_middle() -> None:
    found = run(with_today("gpt-4.1-mini", plans.workload(kind="code_completion", text="code")))
    fit = {id for id, m in CATALOG.models.items() if m.fill_in_middle}
    assert fit
    for id, _ in found.routes[0].alternatives:
        assert id == "gpt-4.1-mini" or CATALOG.apis[id].fill_in_middle
    assert found.choice is None or found.choice.model in fit
    assert any(n.kind == "today_misses" and n.why is not None and n.why.ground == "fill_in" for n in found.notices)


@pytest.mark.parametrize("kind", ["agent", "coding_agent"])
def test_agents_that_write_code_are_held_back_like_other_agents(kind: str) -> None:
    inputs = with_today("claude-sonnet-4-6", plans.workload(kind=kind, level="solid"))
    assert gate(inputs, CATALOG, inputs.workload[0], CATALOG.models["Qwen/Qwen3.8-27B"]).ground == "on_api"


def test_work_of_the_kind_vision_needs_a_model_that_sees() -> None:
    inputs = with_today("gpt-4o-mini", plans.workload(kind="vision"))
    assert gate(inputs, CATALOG, inputs.workload[0], CATALOG.models["openai/gpt-oss-120b"]).ground == "images"


def test_cheaper_closed_models_that_nobody_rated_are_named() -> None:
    unrated = replace(CATALOG.apis["gpt-6-luna"], composite=None, level=None)
    catalog = replace(CATALOG, apis=MappingProxyType({**CATALOG.apis, unrated.id: unrated}))
    inputs = with_today("claude-sonnet-4-6", plans.workload(level="solid"))
    found = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    named = [n for n in found.notices if n.kind == "not_rated"]
    assert unrated.id in [n.api for n in named]
    for notice in named:
        api = catalog.apis[notice.api]
        assert (api.level, api.is_hosted_open) == (None, False)
        assert api.input_usd_per_mtok < 0.2


CHANCES = {"above": (0.8, 0.9, 0.97), "level": (0.6, 0.75, 0.9), "below": (0.15, 0.35, 0.6), "unknown": (0.3, 0.5, 0.8)}


@pytest.mark.parametrize(
    ("today", "model", "expected"),
    [
        ("claude-sonnet-4-6", "zai-org/GLM-5.3", "above"),
        ("claude-sonnet-4-6", "Qwen/Qwen3.8-27B", "level"),
        ("claude-sonnet-4-6", "Qwen/Qwen3.5-27B", "below"),
        ("claude-sonnet-4-6", NEMO, "unknown"),
        ("gpt-4o-mini", "Qwen/Qwen3.8-27B", "above"),
        ("gpt-5.2", "Qwen/Qwen3.8-27B", "unknown"),
    ],
)
def test_the_chance_to_pass_follows_from_the_gap(today: str, model: str, expected: str) -> None:
    inputs = with_today(today, plans.workload())
    found = chance_to_pass(inputs, CATALOG, inputs.workload[0], CATALOG.models[model])
    assert (found.low, found.mid, found.high) == CHANCES[expected]
    own = plans.with_assumptions(inputs, **{f"chance_{expected}": 0.42})
    assert chance_to_pass(own, CATALOG, inputs.workload[0], CATALOG.models[model]).mid == 0.42


def test_what_is_in_use_or_has_passed_passes_and_what_failed_does_not() -> None:
    work, model = plans.workload(), CATALOG.models["Qwen/Qwen3-8B"]
    inputs = with_today("claude-sonnet-4-6", work)
    cloud = CATALOG.apis["aws-bedrock/eu.anthropic.claude-sonnet-4-6"]
    assert chance_to_pass(inputs, CATALOG, work, cloud).mid == 1.0
    for gap, chance in ((0.02, 1.0), (0.4, 0.0)):
        tested = plans.changed(inputs, quality={"evaluation": (passed(model.id, gap),)})
        assert chance_to_pass(tested, CATALOG, work, model).mid == chance
        host = next(a for a in CATALOG.apis.values() if a.hf_id == model.id)
        assert chance_to_pass(tested, CATALOG, work, host).mid == chance


def test_a_model_that_nobody_rated_is_taken_for_as_good_as_what_is_sold_at_its_price() -> None:
    """Else a lesser model would be a saving by default."""
    catalog = shipped_catalog()
    unrated = [a for a in catalog.apis.values() if a.level is None and not a.is_embedding and not a.is_hosted_open]
    assert unrated
    for api in unrated:
        inputs = plans.plan(plans.workload(), volume={"baseline_api": api.id})
        level = level_of_today(inputs, catalog, inputs.workload[0])
        rated = [a for a in catalog.apis.values() if a.level is not None and not a.is_hosted_open]
        fair = {a.level for a in rated if a.input_usd_per_mtok <= api.input_usd_per_mtok} or {"solid"}
        assert level in fair
        assert all(LEVELS.index(other) <= LEVELS.index(level) for other in fair)
