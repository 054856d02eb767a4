"""Which strategy stands for the recommendation, and which one it has to beat."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from planner.engine.specs import Evaluation, Strategy, StrategyLedger
from planner.report.rivals import best_rival, likelihood_counts, recommended
from planner.report.sections.answer import strip
from tests.factories import allowing_all, sample_evaluation, without_months


def _with_twin(evaluation: Evaluation, of: Strategy, named: Strategy) -> Evaluation:
    twin = replace(evaluation.ledgers[of], strategy=named)
    return replace(evaluation, ledgers=MappingProxyType({**evaluation.ledgers, named: twin}))


def _name(ledger: StrategyLedger | None) -> Strategy | None:
    return None if ledger is None else ledger.strategy


def test_own_gpus_are_set_against_the_best_without_them() -> None:
    """Not against own GPUs in another measure, however near: that is not what was asked."""
    evaluation = allowing_all(without_months(sample_evaluation(), "hosted_open"))
    assert _name(recommended(evaluation)) == "hybrid"
    assert evaluation.ledgers["self_host"].total < evaluation.ledgers["api_tuned"].total
    assert _name(best_rival(evaluation)) == "api_tuned"
    assert likelihood_counts(evaluation)


def test_an_api_is_set_against_own_gpus_where_any_can_do_it() -> None:
    """Both API strategies are one recommendation, and a hybrid that leads outside is no own GPU."""
    evaluation = sample_evaluation(with_choice=False)
    assert _name(recommended(evaluation)) == "api_tuned"
    assert _name(best_rival(evaluation)) == "hosted_open"
    possible = replace(evaluation, ledgers=sample_evaluation().ledgers)
    assert _name(best_rival(replace(possible, verdict=evaluation.verdict))) == "self_host"


def test_an_open_model_hosted_by_others_is_set_against_the_closed_apis() -> None:
    evaluation = allowing_all(sample_evaluation())
    hosted = replace(evaluation, verdict=replace(evaluation.verdict, recommendation="hosted_open"))
    assert _name(best_rival(hosted)) == "api_tuned"


def test_a_forbidden_one_is_the_rival_where_its_side_has_no_other_and_chances_then_say_nothing() -> None:
    evaluation = sample_evaluation()  # residency: only own GPUs may have the data
    rival = best_rival(evaluation)
    assert rival is not None
    assert not rival.allowed
    assert not likelihood_counts(evaluation)
    assert "likely cheaper" not in strip(evaluation)
    assert "likely cheaper" in strip(allowing_all(evaluation))


def test_the_same_costs_under_another_name_are_no_rival() -> None:
    evaluation = _with_twin(sample_evaluation(), of="hybrid", named="self_host")
    assert _name(best_rival(evaluation)) == "hosted_open"


def test_without_any_ledger_there_is_neither() -> None:
    everything: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open", "self_host", "hybrid")
    evaluation = sample_evaluation(impossible=everything)
    assert recommended(evaluation) is None
    assert best_rival(evaluation) is None
