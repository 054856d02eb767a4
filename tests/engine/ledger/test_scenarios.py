"""Price scenarios, payback and the steps that follow from them."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engine.ledger.months import payback_month
from planner.engine.names import API_STRATEGIES, OUTSIDE, SHARED_STRATEGIES
from planner.engine.specs import Evaluation, Strategy
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.words.ledger_notes import fixed_rent
from planner.words.next_steps import next_steps
from planner.words.verdict import headline, reasons
from tests.engine import plans


@pytest.mark.parametrize("name", EXAMPLES)
def test_nine_scenarios_each_with_the_cheapest_that_is_allowed(name: str) -> None:
    found = plans.evaluated(name)
    pairs = {(s.api_change_per_year, s.gpu_change_per_year) for s in found.scenarios}
    assert pairs == {(api, gpu) for api in (0.0, -0.5, -0.8) for gpu in (-0.3, 0.0, 0.4)}
    for scenario in found.scenarios:
        allowed = [t for s, t in scenario.totals.items() if found.ledgers[s].allowed]
        assert scenario.totals[scenario.cheapest] == pytest.approx(min(allowed or scenario.totals.values()))


def test_the_scenario_without_any_change_is_the_ledger() -> None:
    found = plans.evaluated("bulk-classifier")
    still = next(s for s in found.scenarios if s.api_change_per_year == s.gpu_change_per_year == 0.0)
    for strategy, total in still.totals.items():
        assert total == pytest.approx(float(found.ledgers[strategy].total), rel=0.01)
    assert still.payback_month == found.payback_month_best
    assert still.own is not None
    without = [still.totals[s] for s in API_STRATEGIES if s in still.totals and found.ledgers[s].allowed]
    assert still.saving == pytest.approx(min(without) - still.own)


@pytest.mark.parametrize("name", ["bulk-classifier", "article-1b", "claude-8k-a-month"])
def test_cheaper_apis_and_dearer_cards_never_help_own_gpus(name: str) -> None:
    """Against endpoints by the token: those by the hour of a GPU become dearer with the cards."""
    savings = {
        (s.api_change_per_year, s.gpu_change_per_year): min(s.totals[a] for a in SHARED_STRATEGIES) - s.own
        for s in plans.evaluated(name).scenarios
        if s.own is not None
    }
    assert len(savings) == 9
    for gpu in (-0.3, 0.0, 0.4):
        assert savings[0.0, gpu] >= savings[-0.5, gpu] >= savings[-0.8, gpu]
    for api in (0.0, -0.5, -0.8):
        assert savings[api, -0.3] >= savings[api, 0.0] >= savings[api, 0.4]


def paid_by(found: Evaluation, month: int, against: Strategy) -> bool:
    own, api = found.ledgers["hybrid"].months, found.ledgers[against].months
    return sum(m.total for m in own[:month]) <= sum(m.total for m in api[:month])


def test_payback_against_the_best_api_is_no_earlier_than_against_todays() -> None:
    found = plans.evaluated("bulk-classifier")
    assert found.payback_month is not None
    assert found.payback_month_best is not None
    assert found.payback_month <= found.payback_month_best
    month = found.payback_month_best
    rival = found.cheapest(OUTSIDE)
    assert rival is not None
    assert paid_by(found, month, rival.strategy)
    assert month == 1 or not paid_by(found, month - 1, rival.strategy)


def test_a_month_after_which_own_gpus_are_dearer_again_has_paid_nothing_back() -> None:
    api = np.full(12, 10.0)
    own = np.array([5.0, 20.0, 20.0, *[0.0] * 9])
    assert payback_month(own, api) == 5
    assert payback_month(np.full(12, 5.0), api) == 1
    assert payback_month(np.array([*[5.0] * 11, 100.0]), api) is None


def test_without_own_gpus_there_is_nothing_to_pay_back() -> None:
    found = plans.evaluated("claude-8k-a-month")
    assert (found.payback_month, found.payback_month_best) == (None, None)


def test_unproven_moves_are_called_so_in_the_headline() -> None:
    assert "First show on your own prompts" in headline(plans.evaluated("article-100m"))
    assert "First show on your own prompts" not in headline(plans.evaluated("bulk-classifier"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_cheapest_test_is_about_what_the_advice_rests_on(name: str) -> None:
    found = plans.evaluated(name)
    test = found.verdict.next_steps[0]
    if test.kind != "evaluate":
        return
    workload = next(w for w in found.inputs.workload if w.name == test.workload)
    if found.verdict.recommendation == "api":
        assert not found.catalog.apis[test.model].is_hosted_open
    assert test.model != (workload.api_model or found.inputs.volume.baseline_api)


def test_unknown_volume_is_measured_first() -> None:
    inputs, catalog = plans.example("claude-8k-a-month")
    guessed = evaluate(plans.changed(inputs, volume={"known": "unknown"}), catalog, plans.AS_OF, draws=0)
    assert guessed.verdict.next_steps[0].kind == "import_logs"


def test_own_hardware_is_tried_on_a_rented_card_before_it_is_bought() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    own = plans.changed(inputs, operations={"hardware": "own"}, workload=plans.scaled(inputs.workload, 2))
    found = evaluate(own, catalog, plans.AS_OF, draws=0)
    assert found.choice is not None
    assert found.choice.purchase_total > 0
    assert any("is spent on your own" in step for step in next_steps(found))
    assert found.bought is None
    assert not any("Bought instead of rented" in reason for reason in reasons(found))


def test_latency_is_not_watched_where_nobody_waits() -> None:
    steps = " ".join(next_steps(plans.evaluated("bulk-classifier")))
    assert "TTFT" not in steps
    assert "output tokens a second or more" in steps
    assert "TTFT" in " ".join(next_steps(plans.evaluated("hospital")))


def test_a_fleet_for_background_work_may_run_as_full_as_that_allows() -> None:
    choice = plans.evaluated("bulk-classifier").choice
    assert choice is not None
    assert choice.utilisation <= choice.safe_utilisation


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_fleet_carries_at_least_the_volume_of_which_it_serves_all(example: str) -> None:
    """Work that may wait for quiet hours does not count as if all of it came in the busiest one."""
    found = plans.evaluated(example)
    if found.choice is None or not found.break_even or found.choice.served_fraction < 1 - 1e-9:
        return
    busiest = max(found.demand.month_tokens_per_day)
    assert found.break_even[0].capacity_tokens_per_day >= busiest


def test_a_fixed_rent_is_said_where_scenarios_do_not_move_it() -> None:
    """The cost of own GPUs differs between rent scenarios, or the reader is told why not."""
    for example in ("hospital", "bulk-classifier", "article-1b", "claude-8k-a-month"):
        found = plans.evaluated(example)
        by_api: dict[float, set[float]] = {}
        for row in found.scenarios:
            if row.own is not None:
                by_api.setdefault(row.api_change_per_year, set()).add(round(row.own, 2))
        assert by_api
        same = all(len(costs) == 1 for costs in by_api.values())
        assert bool(fixed_rent(found)) == same, example
