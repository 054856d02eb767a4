"""What would change a no: each way is taken, and then the candidate must be in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.measured.row import Skip
from planner.engine.names import Basis, CaveatKind, Ground, OptionGround, QuestionId
from planner.engine.quality import API_LEANING
from planner.engine.specs import (
    STRATEGIES,
    Evaluation,
    ExcludedOption,
    Inputs,
    PairedEvaluation,
    Pins,
    RequestShape,
    Route,
    Workload,
)
from planner.engine.specs.evaluation import RouteRule
from planner.engine.specs.money import LedgerReason
from planner.engine.specs.verdict import Because, CaseId, DecidingFact, NextStep, NoChoice, Notice
from planner.evaluate import evaluate
from planner.words import next_steps, refusals, remedies
from planner.words.refusals import refusal_trace
from planner.words.sentences import table
from planner.words.traces import Trace
from tests.engine.plans import AS_OF, changed, evaluated, example, plan, workload

EXAMPLES = ("article-100m", "bulk-classifier", "claude-8k-a-month", "coding-agent", "embeddings", "fine-tuned-8b")


def ways(evaluation: Evaluation, option: ExcludedOption) -> str:
    return "; or ".join(refusals.ways_in(evaluation, option))


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, shipped_catalog(), AS_OF, draws=0)


def out_of(evaluation: Evaluation, ground: str) -> list[ExcludedOption]:
    return [option for option in evaluation.excluded if option.ground == ground]


def first(evaluation: Evaluation, ground: str) -> ExcludedOption:
    found = out_of(evaluation, ground)
    assert found, f"nothing is out because of {ground}"
    return found[0]


def is_out(evaluation: Evaluation, option: ExcludedOption) -> bool:
    """Whether the model as such is still out for the same reason."""
    return any(other.model == option.model for other in out_of(evaluation, option.ground))


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, text
    return int(found[1].replace(",", ""))


def words_of(closed: object) -> set[str]:
    """The words of a closed set, of its parts too."""
    return {word for part in get_args(closed) for word in (words_of(part) or {part})}


def kinds_of(record: type) -> set[str]:
    """The kinds that a value may be of."""
    return words_of(get_type_hints(record)["kind"])


def test_every_ground_has_a_rule_and_ways() -> None:
    assert set(refusals._RULES) == set(get_args(OptionGround))


def test_every_reason_has_a_sentence() -> None:
    grounds = [name for group in (*get_args(Ground), Basis) for name in get_args(group)]
    assert sorted([*table("grounds"), *refusals._COMPOSED]) == sorted(grounds)
    assert sorted([*table("caveats"), *refusals._COMPOSED_CAVEATS]) == sorted(get_args(CaveatKind))
    assert set(table("skipped")) == kinds_of(Skip)
    assert set(table("rules")) == set(get_args(OptionGround))
    assert set(table("ways")) == {ground for ground, rule in refusals._RULES.items() if rule.ways is None}
    assert set(table("on_api")) == {"", *API_LEANING}


def test_every_kind_of_value_has_a_sentence() -> None:
    assert set(table("facts")) == kinds_of(DecidingFact)
    assert set(table("routes")) == kinds_of(RouteRule)
    assert set(table("ledgers")) == kinds_of(LedgerReason)
    assert sorted({*table("steps"), *next_steps._COMPOSED} - {"batch_tier"}) == sorted(kinds_of(NextStep))
    assert set(table("notices")) == kinds_of(Notice) - {"stale"}
    assert set(table("cases")) == set(get_args(CaseId))
    assert set(table("no_choice")) == set(get_args(NoChoice))
    assert set(table("wanted")) == set(get_args(Route))
    assert list(table("strategies")) == list(STRATEGIES)
    assert set(table("gives_up")) == set(table("gains")) == {"api", "hosted_open", "dedicated", "own"}
    composed = {"reaches", "below", "not_answered", "own_weights"}
    assert set(table("answers")) == words_of(Because) - composed
    assert set(table("unanswered")) < set(get_args(QuestionId))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_no_of_the_examples_says_what_would_change_it_and_where_it_comes_from(name: str) -> None:
    evaluation = evaluated(name)
    for option in evaluation.excluded[::7]:
        assert refusals.ways_in(evaluation, option), option
        trace = refusal_trace(evaluation, option)
        assert trace.source, option
        assert all(value for _, value in trace.inputs), trace
        assert dict(trace.inputs)["out because"] == refusals.because(option.refusal)


def figures(trace: Trace) -> dict[str, str]:
    return dict(trace.inputs)


def test_memory_is_told_as_planner_size_tells_it() -> None:
    evaluation = evaluated("claude-8k-a-month")
    for option in out_of(evaluation, "memory")[::13]:
        memory = remedies.memory_of(evaluation, option)
        assert memory is not None
        assert not memory.fits
        assert memory.short_by_gib == pytest.approx(option.short_by_gib)
        replica, shape = remedies.deployment_of(evaluation, option), option.shape
        assert shape is not None
        told_by_size = tuple(remedies.remedy_words(replica, shape, remedy) for remedy in memory.remedies)
        assert refusals.ways_in(evaluation, option)[: len(memory.remedies)] == told_by_size
        told = figures(refusal_trace(evaluation, option))
        needed, usable = (float(told[name].split()[0]) for name in ("needed", "usable"))
        assert needed - usable == pytest.approx(option.short_by_gib, abs=0.11 + 0.005 * needed)


def test_more_gpus_than_any_allowed_offer_has_are_named_with_the_answer_that_hides_them() -> None:
    evaluation = evaluated("claude-8k-a-month")
    told = [ways(evaluation, option) for option in out_of(evaluation, "memory")]
    wider = [text for text in told if "of these GPUs (tensor" in text]
    assert wider
    assert all("known has" in text or "your answers leave at most" in text for text in wider)


def test_gpus_that_answers_hide_are_there_once_these_are_changed() -> None:
    evaluation = evaluated("claude-8k-a-month")
    hidden = [o for o in out_of(evaluation, "memory") if "your answers leave at most" in ways(evaluation, o)]
    assert hidden
    for option in hidden:
        text = ways(evaluation, option)
        has = number(r"has (\d+) of these GPUs, your answers", text)
        open_to = changed(
            evaluation.inputs,
            operations={"hardware": "either" if "consider bought GPUs" in text else "rent"},
            choice={"allow_non_production": "allow spot" in text},
        )
        assert f"known has {has}" in ways(replace(evaluation, inputs=open_to), option)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"operations": {"hardware": "own"}}, "consider rented GPUs"),
        ({"choice": {"exclude_providers": ("Lambda",)}}, "no ban on Lambda"),
    ],
)
def test_the_answer_that_hides_an_offer_is_named(sections: dict[str, Any], words: str) -> None:
    every = shipped_catalog().offers.values()
    offer = next(o for o in every if (o.provider, o.market, o.in_eu) == ("Lambda", "production", False))
    assert words in " and ".join(remedies._hidden_by(plan(**sections), offer))
    assert words not in " and ".join(remedies._hidden_by(plan(), offer))


def test_objectives_as_loose_as_it_says_let_it_in() -> None:
    tight = plan(workload(), objectives={"tpot_ms": 3.0, "ttft_ms_p95": 60.0})
    evaluation = run(tight)
    option = first(evaluation, "latency")
    text = ways(evaluation, option)
    ttft, tpot = tight.objectives.ttft_ms_p95, tight.objectives.tpot_ms
    if "TPOT objective" in text:
        tpot = number(r"TPOT objective of at least ([\d,]+)", text) + 1.0
    if "TTFT objective" in text:
        ttft = number(r"TTFT objective \(p95\) of at least ([\d,]+)", text) + 1.0
    assert (ttft, tpot) != (tight.objectives.ttft_ms_p95, tight.objectives.tpot_ms)
    loose = run(changed(tight, objectives={"ttft_ms_p95": ttft, "tpot_ms": tpot}))
    same = [(o.model, o.weights, o.kv, o.offer, o.gpus_per_replica) for o in out_of(loose, "latency")]
    assert (option.model, option.weights, option.kv, option.offer, option.gpus_per_replica) not in same


def test_work_that_nobody_waits_for_has_no_latency_to_miss() -> None:
    tight = plan(workload(latency="background"), objectives={"tpot_ms": 3.0, "ttft_ms_p95": 60.0})
    assert not out_of(run(tight), "latency")


def test_below_the_level_until_evaluated_asked_for_less_or_pinned() -> None:
    hard = plan(workload(level="solid"), volume={"baseline_api": "claude-haiku-4-5"})
    evaluation = run(hard)
    option = next(o for o in out_of(evaluation, "level") if o.model == "openai/gpt-oss-120b")
    text = ways(evaluation, option)
    assert "evaluate it on 200 of your own prompts of work: within 10 % lets it in" in text
    assert "work judged routine instead of solid" in text
    assert "pin this model" in text
    passed = PairedEvaluation("work", option.model, "claude-haiku-4-5", 200, 0.0, 0.01, 0.02, "test", "2026-11")
    for other in (
        changed(hard, quality={"evaluation": (passed,)}),
        changed(hard, workload=(workload(level="routine"),)),
        changed(hard, choice=Pins(model=option.model)),
    ):
        assert not any(o.model == option.model and not o.gpu for o in run(other).excluded)


def test_a_model_of_unknown_level_is_not_told_to_be_judged_by_it() -> None:
    evaluation = run(plan(workload(level="solid")))
    option = next(o for o in out_of(evaluation, "level") if evaluation.catalog.models[o.model].level is None)
    assert "judged" not in ways(evaluation, option)


def test_untested_until_it_passes_too() -> None:
    inputs, catalog = example("bulk-classifier")
    evaluation = evaluated("bulk-classifier")
    option = first(evaluation, "untested")
    assert figures(refusal_trace(evaluation, option))["passed so far"] in refusals.because(option.refusal)
    assert "of your own prompts of " + option.workload in ways(evaluation, option)
    passed = replace(inputs.quality.evaluation[0], model=option.model)
    tested = evaluate(
        changed(inputs, quality={"evaluation": (*inputs.quality.evaluation, passed)}), catalog, AS_OF, draws=0
    )
    assert not is_out(tested, option)


def test_a_failed_evaluation_passes_with_the_gap_it_names() -> None:
    model = "Qwen/Qwen3-8B"
    failed = PairedEvaluation("work", model, "claude-sonnet-4-6", 80, 0.12, 0.155, 0.192, "our own", "2026-11")
    inputs = plan(workload(), quality={"evaluation": (failed,)})
    evaluation = run(inputs)
    option = first(evaluation, "evaluated")
    trace = refusal_trace(evaluation, option)
    assert figures(trace)["gap"] == "15.5 % [12.0 % to 19.2 %]"
    assert (trace.source, trace.as_of) == ("our own", "2026-11")
    gap = number(r"gap of at least (\d+) %", ways(evaluation, option))
    assert not is_out(run(changed(inputs, quality={"margin_fraction": gap / 100})), option)


@pytest.mark.parametrize("quality", ["no", "unknown"])
def test_work_kept_on_the_api_goes_by_hand_or_by_answer(quality: str) -> None:
    inputs = plan(workload(), quality={"answer": quality})
    if quality == "unknown":
        inputs = changed(inputs, workload=(workload(kind="customer_text"),))
    evaluation = run(inputs)
    option = first(evaluation, "on_api")
    assert ("question 2" in ways(evaluation, option)) == (quality == "no")
    assert "by hand in Routing" in ways(evaluation, option)
    by_hand = changed(inputs, workload=(replace(inputs.workload[0], route="self_host"),))
    assert not out_of(run(by_hand), "on_api")


def test_a_shorter_request_passes_the_context() -> None:
    long = plan(workload(max_context=100_000))
    evaluation = run(long)
    option = first(evaluation, "context")
    limit = number(r"within ([\d,]+) tokens", ways(evaluation, option))
    assert figures(refusal_trace(evaluation, option))["needed"] == "100,000 tokens"
    assert not is_out(run(plan(workload(max_context=limit))), option)


def test_licences_name_what_they_forbid() -> None:
    evaluation = run(plan(workload(), residency={"company_in_eu": True}))
    use, eu = first(evaluation, "licence"), first(evaluation, "licence_eu")
    assert "no answer in the plan changes this" in ways(evaluation, use)
    assert figures(refusal_trace(evaluation, use))["commercial use"].startswith("forbidden")
    assert "Company in the EU?" in ways(evaluation, eu)
    assert figures(refusal_trace(evaluation, eu))["companies in the EU"] == "excluded"
    assert not is_out(run(plan(workload())), eu)
    assert refusal_trace(evaluation, eu).source == evaluation.catalog.models[eu.model].citation.source


def test_work_set_to_stay_is_what_keeps_everything_out() -> None:
    stays = run(plan(workload(route="api")))
    option = first(stays, "route")
    assert "by hand" in ways(stays, option)
    assert not out_of(run(plan(workload())), "route")


def test_images_and_embeddings_are_about_the_kind_of_work() -> None:
    seen = run(plan(workload(needs_vision=True)))
    assert ways(seen, first(seen, "images")) == "work without images"
    evaluation = evaluated("embeddings")
    option = first(evaluation, "generates")
    assert figures(refusal_trace(evaluation, option))["kind of work"] == "embedding"


def test_a_tensor_parallel_pin_is_named_where_it_is_in_the_way() -> None:
    evaluation = evaluated("claude-8k-a-month")
    option = next(o for o in out_of(evaluation, "memory") if "of these GPUs (tensor" in ways(evaluation, o))
    small = replace(option, gpus_per_replica=1, shape=RequestShape(900.0, 60.0, 0.0, 4096))
    pinned = replace(evaluation, inputs=changed(evaluation.inputs, choice=Pins(tensor_parallel=1)))
    offers = [o for o in evaluation.catalog.offers.values() if o.gpu_id == option.gpu and o.is_production]
    assert ("take the pin off tensor parallel 1" in ways(pinned, small)) == any(o.gpu_count > 1 for o in offers)


def test_the_work_is_found_by_its_name() -> None:
    evaluation = evaluated("bulk-classifier")
    found: Workload | None = remedies.work_of(evaluation.inputs, first(evaluation, "untested"))
    assert found in evaluation.inputs.workload
