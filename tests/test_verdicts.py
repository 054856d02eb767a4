"""The example plans get the answer an expert would give, for the reason an expert would give."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from planner.engine.names import API_STRATEGIES
from planner.engine.specs import Evaluation, PairedEvaluation
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.words import verdict as words
from planner.words.answer import verdict_line
from tests.engine import plans
from tests.evaluations import inside

EXPECTED = {
    "article-1m": "api",
    "article-10m": "api",
    "article-100m": "hosted_open",
    "article-1b": "hosted_open",
    "claude-8k-a-month": "api",
    "coding-agent": "api",
    "embeddings": "api",
    "bulk-classifier": "hybrid",
    "hospital": "self_host",
    "fine-tuned-8b": "dedicated",
}


def total(found: Evaluation, name: str) -> float:
    return float(found.ledgers[name].total)  # type: ignore[index]


@pytest.mark.parametrize("name", EXAMPLES)
def test_recommendation(name: str) -> None:
    assert plans.evaluated(name).verdict.recommendation == EXPECTED[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_verdict_is_complete(name: str) -> None:
    found = plans.evaluated(name)
    assert len(words.headline(found)) < 260
    assert len(set(words.reasons(found))) == len(words.reasons(found)) >= 7
    assert len(found.verdict.cases) == 5
    assert words.gives_up(found)
    assert words.gains(found)
    assert len(found.verdict.next_steps) >= 2
    assert len(found.verdict.flips) >= 5


def test_a_million_tokens_a_day_stay_on_the_api_by_orders_of_magnitude() -> None:
    found = plans.evaluated("article-1m")
    assert total(found, "self_host") > 10 * total(found, "api_today")
    assert found.verdict.probability_cheaper == 0.0


def test_resident_data_stay_inside_and_the_price_of_that_is_said() -> None:
    found = plans.evaluated("hospital")
    assert total(found, "self_host") > total(found, "api_today")
    assert not found.ledgers["api_today"].allowed
    assert found.planned is not None
    own, gap = found.ledgers[found.planned], found.ledgers[found.planned].gap
    assert gap is not None, "nobody serves it until somebody is hired"
    assert gap.full_year is not None
    rivals = [found.ledgers[name].months[gap.full_from - 1 :] for name in API_STRATEGIES]
    extra = gap.full_year - min(sum((month.total for month in months), Decimal(0)) for months in rivals) * 12 / len(
        own.months[6:]
    )
    assert f"{extra:,.0f}" in words.headline(found)
    assert all(r.destination == "self_host" for r in found.routes if r.workload != "staff handbook")


def test_bulk_work_wins_on_own_gpus_surely_and_on_evidence() -> None:
    found = plans.evaluated("bulk-classifier")
    best_without = min(total(found, name) for name in ("api_today", "api_tuned", "hosted_open"))
    assert total(found, "hybrid") < 0.75 * best_without
    assert found.verdict.probability_cheaper > 0.75
    assert found.choice is not None
    assert found.choice.utilisation > 0.6
    assert next(q for q in found.questions if q.id == "quality").answer == "yes"
    assert found.payback_month is not None
    assert found.payback_month <= 6


def test_own_adapters_go_to_a_host_that_serves_them_by_the_token() -> None:
    found = plans.evaluated("fine-tuned-8b")
    assert {r.model for r in found.routes} == {"wandb/meta-llama/Llama-3.1-8B-Instruct"}
    assert {r.destination for r in found.routes} == {"dedicated"}
    assert found.choice is not None
    assert found.choice.model == "meta-llama/Llama-3.1-8B-Instruct"
    assert total(found, "dedicated") < 0.3 * total(found, "self_host")
    assert next(c for c in found.verdict.cases if c.id == "fine_tuned").holds


def test_whole_weights_of_ones_own_go_to_a_dedicated_endpoint() -> None:
    inputs, catalog = plans.example("fine-tuned-8b")
    found = evaluate(plans.changed(inputs, fine_tuning={"adapters": 0}), catalog, plans.AS_OF, draws=2_000)
    assert found.verdict.recommendation == "dedicated"
    assert found.verdict.rival in ("self_host", "hybrid")
    assert found.dedicated is not None
    assert {r.offer for r in found.routes} == {found.dedicated.offer}
    assert catalog.offers[found.dedicated.offer].market == "dedicated"
    assert total(found, "dedicated") < total(found, "self_host")


def test_own_weights_run_on_own_gpus_where_data_must_stay() -> None:
    found = inside("fine-tuned-8b")
    assert found.verdict.recommendation == "self_host"
    assert not found.ledgers["dedicated"].possible


def test_the_8k_team_saves_most_by_choosing_the_model_for_each_job() -> None:
    found = plans.evaluated("claude-8k-a-month")
    assert total(found, "api_tuned") < 0.2 * total(found, "api_today")
    assert found.recommended is not None
    saved = total(found, "api_today") - float(found.recommended.total)
    assert found.verdict.switch_saving == pytest.approx(saved)
    assert next(r for r in found.routes if r.workload == "returns agent").destination == "api"


def test_a_tenth_of_the_bulk_volume_does_not_pay() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    less = tuple(replace(w, tokens_per_day=w.tokens_per_day / 10) for w in inputs.workload)
    found = evaluate(plans.changed(inputs, workload=less), catalog, plans.AS_OF, draws=2_000)
    assert found.verdict.recommendation in ("api", "hosted_open")


def test_an_evaluation_that_fails_takes_the_model_out() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    failed = PairedEvaluation(None, "Qwen/Qwen3-8B", "claude-haiku-5-5", 2_000, 0.15, 0.2, 0.25, "test", "2026-11-02")
    found = evaluate(plans.changed(inputs, quality={"evaluation": (failed,)}), catalog, plans.AS_OF, draws=0)
    assert found.choice is None or found.choice.model != "Qwen/Qwen3-8B"
    assert "evaluated" in [x.ground for x in found.excluded if x.model == "Qwen/Qwen3-8B"]


def test_evidence_for_one_model_keeps_untested_ones_out() -> None:
    found = plans.evaluated("bulk-classifier")
    assert {o.model for o in found.options} == {"Qwen/Qwen3-8B"}
    assert "untested" in [x.ground for x in found.excluded]


def test_a_passed_evaluation_of_an_api_model_counts_whatever_its_level() -> None:
    inputs, catalog = plans.example("claude-8k-a-month")
    passed = PairedEvaluation(
        "returns agent", "claude-haiku-5-5", "claude-sonnet-4-6", 500, -0.02, 0.01, 0.04, "test", "2026-11-02"
    )
    found = evaluate(plans.changed(inputs, quality={"evaluation": (passed,)}), catalog, plans.AS_OF, draws=0)
    route = next(r for r in found.routes if r.workload == "returns agent")
    assert (route.model, route.provisional) == ("claude-haiku-5-5", False)


def test_flips_name_values_that_really_flip() -> None:
    """The volume at which the bulk example's recommendation changes lies between a tenth and all of it."""
    flip = next(f for f in plans.evaluated("bulk-classifier").verdict.flips if f.input == "volume")
    assert flip.factor is not None
    assert 0.1 < flip.factor < 1.0
    assert flip.becomes in ("api", "hosted_open")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_curve_names_no_sum_that_only_stands_for_forbidden_and_holds_the_plan(name: str) -> None:
    found = plans.evaluated(name)
    assert all(point.total < 1e12 for point in found.curve)
    assert found.choice is not None
    chosen = [p.total for p in found.curve if p.replicas == found.choice.replicas]
    if any(route.destination == "self_host" for route in found.routes):
        assert chosen == [pytest.approx(found.choice.monthly_cost * 12)]
        assert min(p.total for p in found.curve if p.feasible) == pytest.approx(chosen[0])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sentence_and_the_line_say_the_same(name: str) -> None:
    """Nobody is told to stay on the API by one and to switch models by the other."""
    found = plans.evaluated(name)
    said, line = words.headline(found).casefold(), verdict_line(found)
    for start, opening in (("SWITCH MODELS", "switch models"), ("STAY AS YOU ARE", "stay as you are")):
        assert line.startswith(start) == said.startswith(opening), (line, said)
