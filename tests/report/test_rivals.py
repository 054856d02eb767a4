"""Which strategy stands for the recommendation, and which one it has to beat."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from planner.engine.specs import Evaluation, Strategy, StrategyLedger
from planner.report.rivals import best_rival, recommended
from tests.factories import sample_evaluation


def _with_twin(evaluation: Evaluation, of: Strategy, named: Strategy) -> Evaluation:
    twin = replace(evaluation.ledgers[of], strategy=named)
    return replace(evaluation, ledgers=MappingProxyType({**evaluation.ledgers, named: twin}))


def _name(ledger: StrategyLedger | None) -> Strategy | None:
    return None if ledger is None else ledger.strategy


def test_the_recommended_kind_and_the_cheapest_other_one_that_is_allowed() -> None:
    evaluation = sample_evaluation()
    assert _name(recommended(evaluation)) == "hybrid"
    assert _name(best_rival(evaluation)) == "self_host"


def test_both_api_strategies_are_one_recommendation() -> None:
    evaluation = sample_evaluation(with_choice=False)
    assert _name(recommended(evaluation)) == "api_tuned"
    assert _name(best_rival(evaluation)) == "hosted_open"


def test_a_forbidden_one_is_the_rival_only_where_nothing_else_is_left() -> None:
    evaluation = sample_evaluation(impossible=["self_host"])
    rival = best_rival(evaluation)
    assert _name(rival) == "hosted_open"
    assert rival is not None
    assert not rival.allowed


def test_the_same_costs_under_another_name_are_no_rival() -> None:
    evaluation = _with_twin(sample_evaluation(), of="hybrid", named="self_host")
    assert _name(best_rival(evaluation)) == "hosted_open"


def test_without_any_ledger_there_is_neither() -> None:
    everything: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open", "self_host", "hybrid")
    evaluation = sample_evaluation(impossible=everything)
    assert recommended(evaluation) is None
    assert best_rival(evaluation) is None
