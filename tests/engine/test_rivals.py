"""Which strategy stands for the recommendation, and which one it has to beat."""

from __future__ import annotations

from dataclasses import replace

from planner.engine.specs import Strategy
from tests.factories import allowing_all, recommending, sample_evaluation, with_ledgers, without_months


def test_own_gpus_are_set_against_the_best_without_them() -> None:
    """Not against own GPUs in another measure, however near: that is not what was asked."""
    evaluation = allowing_all(without_months(sample_evaluation(), "hosted_open"))
    assert evaluation.ledgers["self_host"].total < evaluation.ledgers["api_tuned"].total
    assert (evaluation.verdict.strategy, evaluation.verdict.rival) == ("hybrid", "api_tuned")
    assert evaluation.likelihood_counts


def test_an_api_is_set_against_own_gpus_where_any_can_do_it() -> None:
    """Both API strategies are one recommendation, and a hybrid that leads outside is no own GPU."""
    evaluation = sample_evaluation(with_choice=False)
    assert (evaluation.verdict.strategy, evaluation.verdict.rival) == ("api_tuned", "hosted_open")
    assert with_ledgers(evaluation, sample_evaluation().ledgers).verdict.rival == "self_host"


def test_an_open_model_hosted_by_others_is_set_against_the_closed_apis() -> None:
    assert recommending(allowing_all(sample_evaluation()), "hosted_open").verdict.rival == "api_tuned"


def test_a_forbidden_one_is_the_rival_where_its_side_has_no_other_and_chances_then_say_nothing() -> None:
    evaluation = sample_evaluation()  # residency: only own GPUs may have the data
    assert evaluation.rival is not None
    assert not evaluation.rival.allowed
    assert not evaluation.likelihood_counts
    assert allowing_all(evaluation).likelihood_counts


def test_the_same_costs_under_another_name_are_no_rival() -> None:
    evaluation = sample_evaluation()
    twin = replace(evaluation.ledgers["hybrid"], strategy="self_host")
    assert with_ledgers(evaluation, {**evaluation.ledgers, "self_host": twin}).verdict.rival == "hosted_open"


def test_without_any_ledger_there_is_neither() -> None:
    everything: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open", "self_host", "hybrid")
    evaluation = sample_evaluation(impossible=everything)
    assert evaluation.recommended is None
    assert evaluation.rival is None
