"""The vectorised economy says what the ledger says, and moves the way it must."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest

from planner.engine.decision import costed_plan
from planner.engine.ledger.drawn import DrawnInputs
from planner.engine.ledger.economy import months_of
from planner.engine.ledger.risk import mid_scenario, scenario_of
from planner.engine.ledger.spreads import Uncertainty, uncertainty_of
from planner.engine.ledger.strategies import Contest, economy_of, ledgers_of
from planner.engine.names import API_STRATEGIES
from planner.engine.specs import Range
from planner.engine.units import MONTHS
from planner.plan.places import EXAMPLES
from tests.engine import plans

CONSTANT = {"api_change_per_year": 0.0, "gpu_change_per_year": 0.0, "throughput": 1.0}


@cache
def contest(name: str) -> Contest:
    inputs, catalog = plans.example(name)
    return costed_plan(inputs, catalog, plans.AS_OF).contest


def at_mid(name: str, **changed: Any) -> DrawnInputs:
    return mid_scenario(uncertainty_of(contest(name), None), **(CONSTANT | changed))


@pytest.mark.parametrize("name", EXAMPLES)
def test_agrees_with_the_ledger_at_likely_values_and_constant_prices(name: str) -> None:
    months, _ = months_of(economy_of(contest(name)), at_mid(name))
    for strategy, ledger in ledgers_of(contest(name)).items():
        if not ledger.possible or (strategy == "hybrid" and not contest(name).hybrid_uses_gpus):
            continue
        expected = [float(m.total) for m in ledger.months]
        assert months[strategy].sum() == pytest.approx(sum(expected), rel=0.01), strategy
        assert len(expected) == MONTHS


@pytest.mark.parametrize("name", EXAMPLES)
def test_without_own_gpus_hybrid_is_the_cheapest_endpoint_of_each_job(name: str) -> None:
    found = contest(name)
    if found.hybrid_uses_gpus:
        return
    outside = months_of(economy_of(found), at_mid(name))[1].sum()
    assert outside == pytest.approx(float(ledgers_of(found)["hybrid"].total), rel=0.01)


@pytest.mark.parametrize("name", ["bulk-classifier", "claude-8k-a-month", "article-1b"])
def test_more_volume_never_lowers_a_bill_and_dearer_prices_never_lower_it(name: str) -> None:
    economy = economy_of(contest(name))
    volumes = np.geomspace(0.05, 20, 40)
    for strategy, months in months_of(economy, at_mid(name, volume=volumes))[0].items():
        totals = months.sum(axis=0)
        assert np.all(np.diff(totals) >= -0.01 * totals[:-1]), strategy
    for key in ("api_change_per_year", "gpu_change_per_year", "people"):
        moved, _ = months_of(economy, at_mid(name, **{key: np.linspace(0.0, 2.0, 9)}))
        assert all(np.all(np.diff(m.sum(axis=0)) >= -1e-6) for m in moved.values())


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital"])
def test_faster_replicas_never_cost_more(name: str) -> None:
    found, _ = months_of(economy_of(contest(name)), at_mid(name, throughput=np.linspace(0.5, 2.0, 16)))
    totals = found["hybrid"].sum(axis=0)
    assert np.all(np.diff(totals) <= 0.01 * totals[:-1])


def test_draws_keep_to_their_ranges_and_to_their_seed() -> None:
    uncertainty = uncertainty_of(contest("hospital"), None)
    first, again = scenario_of(uncertainty, 5_000), scenario_of(uncertainty, 5_000)
    for name in (f.name for f in fields(Uncertainty)):
        spread: Range = getattr(uncertainty, name)
        drawn = getattr(first, name)
        assert np.array_equal(drawn, getattr(again, name))
        assert drawn.min() >= spread.low - 1e-9
        assert drawn.max() <= spread.high + 1e-9


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital", "article-1m"])
def test_probabilities_and_bands(name: str) -> None:
    found = plans.evaluated(name)
    assert found.risk is not None
    assert sum(found.risk.probability_cheapest.values()) == pytest.approx(1.0)
    assert 0 <= found.verdict.probability_cheaper <= 1
    for ledger in found.ledgers.values():
        assert not ledger.possible or ledger.p10 <= ledger.p50 <= ledger.p90
    for bands in found.risk.cumulative.values():
        assert all(low <= mid <= high for low, mid, high in bands)
        assert all(np.diff([b[1] for b in bands]) >= -1e-6)


def test_the_map_says_what_own_gpus_save_against_none_and_none_against_own() -> None:
    """In the plan's own corner of the map as in the middle of its draws, and never one fleet against another."""
    found = plans.evaluated("bulk-classifier")
    grid = found.break_even_map
    assert grid is not None
    column = int(np.argmin(np.abs(np.log(np.array(grid.volumes_tokens_per_day) / found.demand.mean_tokens_per_day))))
    row = int(np.argmin(np.abs(np.array(grid.output_fractions) - (1 - found.demand.input_fraction))))
    assert grid.cells[row][column] == "hybrid"
    saved = 1 - found.ledgers["hybrid"].p50 / min(found.ledgers[s].p50 for s in API_STRATEGIES)
    assert abs(grid.saving_fraction[row][column] - saved) < 0.1
    assert saved > 0.1  # of one fleet against the other it would be a few per cent
    assert all(0 <= saving < 1 for line in grid.saving_fraction for saving in line)


def test_where_only_one_side_is_allowed_the_map_says_what_the_next_best_costs_more() -> None:
    grid = plans.evaluated("hospital").break_even_map
    assert grid is not None
    assert {cell for line in grid.cells for cell in line} <= {"self_host", "hybrid"}
    assert max(saving for line in grid.saving_fraction for saving in line) < 0.5
