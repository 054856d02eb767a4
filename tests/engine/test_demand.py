from __future__ import annotations

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.demand import demand_of, load_of, month_factors, noise_nodes, sigma_of_cv
from planner.engine.specs import Range
from tests.engine import plans


def test_growth_compounds_from_the_first_month() -> None:
    factors = month_factors(plans.plan(), 0.1)
    assert factors[0] == pytest.approx(1.1)
    assert factors[-1] == pytest.approx(1.1**12)


def test_noise_keeps_the_volume() -> None:
    for sigma in (0.0, 0.2, 1.0):
        assert noise_nodes(sigma, 9).mean() == pytest.approx(1.0)
    assert sigma_of_cv(0.25) == pytest.approx(0.2462, abs=1e-4)


def test_every_preset_has_mean_one_and_its_stated_peak() -> None:
    for preset in shipped_catalog().presets.values():
        weights = np.array(preset.weights)
        assert weights.mean() == pytest.approx(1.0)
        assert weights.max() == pytest.approx(preset.peak_to_mean, rel=0.01)


def test_p95_of_the_year_follows_growth_shape_and_noise() -> None:
    flat = plans.plan(volume={"profile": "flat", "day_noise_cv": 0.0})
    load = load_of(flat, shipped_catalog(), 0.0)
    assert demand_of(flat, load).p95_tokens_per_day == pytest.approx(50e6)
    noisy = demand_of(flat, load_of(plans.changed(flat, volume={"day_noise_cv": 0.3}), shipped_catalog(), 0.0))
    assert noisy.p95_tokens_per_day == pytest.approx(50e6 * np.exp(1.645 * 0.2936 - 0.2936**2 / 2), rel=0.02)
    growing = plans.changed(flat, volume={"growth_per_month": Range(0.0, 0.05, 0.1)})
    found = demand_of(growing, load_of(growing, shipped_catalog(), 0.0))
    assert found.p95_range.low < found.p95_range.mid < found.p95_range.high


def test_a_typed_p95_sets_the_noise() -> None:
    typed = plans.plan(volume={"profile": "flat", "p95_tokens_per_day": 90e6})
    found = demand_of(typed, load_of(typed, shipped_catalog(), 0.1))
    assert found.p95_tokens_per_day == pytest.approx(90e6, rel=0.01)


def test_an_unknown_volume_widens_the_range() -> None:
    guess = plans.plan(volume={"known": "unknown"})
    found = demand_of(guess, load_of(guess, shipped_catalog(), 0.1)).p95_range
    assert found.low == pytest.approx(found.mid / 2)
    assert found.high == pytest.approx(found.mid * 2)


def test_requests_and_shares() -> None:
    found = demand_of(plans.plan(), load_of(plans.plan(), shipped_catalog(), 0.1))
    assert found.requests_per_day == pytest.approx(50e6 / 960)
    assert found.input_fraction == pytest.approx(900 / 960)


def test_distinct_days_stand_for_the_whole_week() -> None:
    load = load_of(plans.plan(), shipped_catalog(), 0.1)
    assert load.days.shape == (1, 2, 24)  # office hours: weekdays and weekends
    assert load.day_share.sum() == pytest.approx(1.0)
    assert np.array_equal(load.days[0, load.weekday].ravel(), load.hours[0])


def test_concurrency_is_arrivals_times_time_in_flight() -> None:
    """Little's law on the chosen replica, at today's volume."""
    found = plans.evaluated("article-100m")
    assert found.choice is not None
    speed = found.choice.performance
    work = found.inputs.workload[0]
    in_flight_s = (speed.ttft_ms.mid + work.output_tokens * speed.tpot_ms.mid) / 1000
    expected = work.requests_per_day / 86_400 * in_flight_s
    assert found.demand.concurrency_mean == pytest.approx(expected, rel=0.01)
