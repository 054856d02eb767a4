"""Which evaluation speaks for a workload, and how often the list of them is gone through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.catalog.load import shipped_catalog
from planner.engine.quality import endpoint_has_passed, evaluation_of, proven_models
from planner.engine.specs import PairedEvaluation
from planner.evaluate import evaluate
from tests.engine import plans

MODELS = ("Qwen/Qwen3-8B", "Qwen/Qwen3-32B")


def evaluation(workload: str | None, model: str, gap: float) -> PairedEvaluation:
    return PairedEvaluation(workload, model, "claude-sonnet-4-6", 500, 0.0, gap, gap, "test", "2026-11-01")


class Counted(tuple[PairedEvaluation, ...]):
    """Evaluations that know how often they were gone through."""

    rounds = 0

    def __iter__(self) -> Iterator[PairedEvaluation]:
        type(self).rounds += 1
        return super().__iter__()


def test_one_for_the_work_itself_comes_before_one_for_all_and_the_first_of_two_counts() -> None:
    held = (
        evaluation(None, MODELS[0], 0.5),
        evaluation("work", MODELS[0], 0.01),
        evaluation("work", MODELS[0], 0.02),
        evaluation("other", MODELS[1], 0.03),
        evaluation(None, MODELS[1], 0.04),
    )
    inputs, work, catalog = plans.plan(quality={"evaluation": held}), plans.workload(), shipped_catalog()
    assert [evaluation_of(inputs, work, model) for model in MODELS] == [held[1], held[4]]
    assert evaluation_of(inputs, work, "google/gemma-3-12b-it") is None
    assert proven_models(inputs, catalog, work) == MODELS
    stricter = plans.changed(inputs, quality={"margin_fraction": 0.03})
    assert proven_models(stricter, catalog, work) == MODELS[:1]
    assert proven_models(inputs, catalog, work) == MODELS


def test_a_gate_does_not_go_through_all_evaluations() -> None:
    """Workloads times models times evaluations took seconds in a plan of hundreds of each."""
    rounds = []
    for number in (10, 40):
        works = [plans.workload(f"work {i}", input_tokens=900 + i, output_tokens=60 + i) for i in range(number)]
        held = Counted(evaluation(work.name, model, 0.05) for work in works for model in MODELS)
        inputs = plans.plan(*works)
        inputs = replace(inputs, quality=replace(inputs.quality, evaluation=held))
        Counted.rounds = 0
        evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)
        rounds.append(Counted.rounds)
    assert rounds[0] == rounds[1] > 0


def test_a_closed_model_that_passed_says_nothing_of_open_ones() -> None:
    held = (evaluation("work", "gpt-6-luna", 0.01),)
    inputs, work, catalog = plans.plan(quality={"evaluation": held}), plans.workload(), shipped_catalog()
    assert proven_models(inputs, catalog, work) == ()
    assert endpoint_has_passed(inputs, work, catalog.apis["gpt-6-luna"])
    assert endpoint_has_passed(inputs, work, catalog.apis["azure/eu/gpt-6-luna"])
    answer = next(a for a in evaluate(inputs, catalog, plans.AS_OF).questions if a.id == "quality")
    assert answer.because == "no_evaluation"
