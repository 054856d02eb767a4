"""How much capacity to own when the rest overflows: published figures on real load shapes (COST_THEORY section 4)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.engine.demand import Load
from planner.engine.fleet.load import FleetLoad
from planner.engine.fleet.served import served_shares
from tests.engine.fleet.fleets import ALWAYS

DATA = Path(__file__).parents[2] / "data" / "servegen_hourly.csv"
PUBLISHED = {  # r: capacity over mean, self-hosted share, utilisation, hybrid, provision the peak, p95 and overflow
    "six_workloads": {
        0.1: (1.51, 0.92, 0.61, 0.23, 0.36, 0.27),
        0.3: (1.12, 0.84, 0.75, 0.49, 1.07, 0.75),
        0.5: (0.86, 0.74, 0.86, 0.69, 1.79, 1.23),
    },
    "client_48": {0.3: (1.39, 0.82, 0.59, 0.60, 0.85, 0.72)},
    "client_161": {0.1: (2.54, 0.47, 0.19, 0.78, 1.42, 0.99), 0.3: (0.02, 0.01, 0.30, 1.00, 4.26, 2.66)},
}
CASES = [(name, ratio) for name, rows in PUBLISHED.items() for ratio in rows]
CAPACITY = np.concatenate([[0.0], np.geomspace(1e-3, 20.0, 4_000)])


@cache
def shape(name: str) -> NDArray[np.float64]:
    """Hourly load with mean 1."""
    with DATA.open(encoding="utf-8", newline="") as file:
        values = np.array([float(row[name]) for row in csv.DictReader(file)])
    scaled: NDArray[np.float64] = values / values.mean()
    return scaled


def fleet(name: str) -> FleetLoad:
    """One interactive workload of one Erlang whose 14 days are all different."""
    days = shape(name).reshape(1, 14, 24)
    one = np.ones(1)
    load = Load(
        days[:, :7].reshape(1, 168),
        one,
        one,
        one,
        ALWAYS,
        0.0,
        days,
        np.full(14, 1 / 14),
        np.arange(7),
        one,
        np.zeros(12, np.intp),
    )
    return FleetLoad(load, one, np.ones(1, bool), np.full(1, 24.0), np.zeros(1, bool), np.ones((1, 12)))


def hybrid_costs(name: str, ratio: float, capacity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Own capacity at `ratio` of the API price per token at full load, plus what overflows; all-API = 1."""
    served = served_shares(fleet(name), capacity, capacity)[0]
    cost: NDArray[np.float64] = ratio * capacity + 1 - served
    return cost


@pytest.mark.parametrize(("name", "ratio"), CASES)
def test_published_split(name: str, ratio: float) -> None:
    capacity, share, utilisation, hybrid, peak, p95 = PUBLISHED[name][ratio]
    costs = hybrid_costs(name, ratio, CAPACITY)
    quantile = np.quantile(shape(name), [1 - ratio, 0.95])
    best = float(quantile[0])  # the newsvendor rule: add capacity while it is busy in more than `ratio` of all hours
    served = float(served_shares(fleet(name), quantile[:1], quantile[:1])[0, 0])
    assert float(hybrid_costs(name, ratio, quantile[:1])[0]) <= float(costs.min()) + 0.002
    assert best == pytest.approx(capacity, abs=0.02)
    assert served == pytest.approx(share, abs=0.02)
    assert served / best == pytest.approx(utilisation, abs=0.02)
    assert float(costs.min()) == pytest.approx(hybrid, abs=0.02)
    assert float(hybrid_costs(name, ratio, np.array([shape(name).max()]))[0]) == pytest.approx(peak, abs=0.02)
    assert float(hybrid_costs(name, ratio, quantile[1:])[0]) == pytest.approx(p95, abs=0.02)


@pytest.mark.parametrize("name", PUBLISHED)
def test_hybrid_is_never_worse_than_the_api_nor_than_the_peak(name: str) -> None:
    for ratio in (0.05, 0.2, 0.6, 0.95, 1.2):
        best = float(hybrid_costs(name, ratio, CAPACITY).min())
        assert best <= min(1.0, ratio * float(shape(name).max())) + 1e-9
        assert ratio < 1 or best == pytest.approx(1.0)  # dearer than the API at full load: never
