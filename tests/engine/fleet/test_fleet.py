"""The cost curve over replicas: what is served, what it costs, and that the chosen point is the cheapest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from planner.engine.fleet.curve import covering_units, limits, outcome
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer
from planner.engine.fleet.served import peak_erlangs, served_shares
from tests.engine.fleet.fleets import cases, fleet_of, load_of, offer_of, plan_fleet, refined

QUICK = settings(max_examples=60)


def brute(fleet: FleetLoad, offer: FleetOffer) -> float:
    """Cheapest 12 months over every number of products in every month, by trying them all."""
    found = outcome(fleet, offer, np.arange(int(covering_units(fleet, offer)) + 3))
    live = offer.live > 0
    monthly = np.where(live[:, None] & (found.units[None, :] == 0), INFEASIBLE, found.monthly)
    if offer.constant:
        return float((monthly.sum(axis=0) + found.units * offer.setup_fee)[1:].min()) + offer.fixed_total
    best = np.inf
    for peak in range(1, len(found.units)):
        allowed = monthly[:, : peak + 1]
        best = min(best, float(allowed.min(axis=1).sum()) + int(found.units[peak]) * offer.setup_fee)
    return best + offer.fixed_total


def total(fleet: FleetLoad, offer: FleetOffer) -> float:
    return plan_fleet(refined(fleet, offer), offer).total


@settings(QUICK, max_examples=200)
@given(cases())
def test_never_dearer_than_brute_force(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    expected = brute(fleet, offer)
    if expected >= INFEASIBLE:
        return
    assert total(fleet, offer) <= expected * 1.001 + 1e-6


@QUICK
@given(cases())
def test_one_product_more_or_fewer_in_any_month_is_never_cheaper(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    if offer.constant or offer.setup_fee:
        return
    found = plan_fleet(refined(fleet, offer), offer)
    if found.total >= INFEASIBLE:
        return
    units = np.array(found.replicas_by_month) // offer.replicas_per_unit
    for step in (-1, 1):
        for month in np.flatnonzero(offer.live > 0):
            other = int(units[month]) + step
            if other < 1:
                continue
            both = outcome(fleet, offer, np.array([0, int(units[month]), other]))
            assert both.monthly[month, 2] >= both.monthly[month, 1] * (1 - 1e-9) - 1e-6


@QUICK
@given(cases())
def test_shares_are_shares_and_grow_with_capacity(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, _ = case
    capacity = np.linspace(0, float(fleet.erlangs.sum()) * 6, 30)
    served = served_shares(fleet, capacity, capacity * 1.2)
    assert np.all((served >= 0) & (served <= 1 + 1e-9))
    work = (fleet.erlangs[:, None] * served).sum(axis=0)
    assert np.all(np.diff(work) >= -1e-9)
    assert np.all(work <= capacity * 1.2 + 1e-9)


@QUICK
@given(cases())
def test_a_spare_never_lowers_the_cost(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    without = total(fleet, replace(offer, spare=0))
    assert total(fleet, replace(offer, spare=1)) >= without * (1 - 1e-3)


@QUICK
@given(cases())
def test_a_dearer_api_never_makes_the_fleet_smaller(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    cheap = plan_fleet(refined(fleet, offer), offer)
    dear = plan_fleet(refined(replace(fleet, outside_cost=fleet.outside_cost * 2), offer), offer)
    if cheap.total < INFEASIBLE and not (fleet.resident.any() and fleet.outside_cost.any()):
        assert sum(dear.replicas_by_month) >= sum(cheap.replicas_by_month)


@QUICK
@given(cases())
def test_resident_work_never_overflows_once_live(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    found = plan_fleet(refined(fleet, offer), offer)
    if found.total < INFEASIBLE:
        whole = np.flatnonzero(offer.live == 1)
        assert np.all(found.served[fleet.resident][:, whole] > 0.995)


def test_peak_of_a_flat_load_without_noise_is_its_mean() -> None:
    fleet = fleet_of(load_of(np.ones(168)), [3.0], [100.0])
    assert peak_erlangs(fleet, np.array([True])) == pytest.approx(3.0)


def test_peak_of_a_noisy_flat_load_is_the_lognormal_quantile() -> None:
    sigma = 0.3
    fleet = fleet_of(load_of(np.ones(168), sigma), [1.0], [100.0])
    assert peak_erlangs(fleet, np.array([True])) == pytest.approx(np.exp(3.0902 * sigma - sigma**2 / 2), rel=0.02)


def test_workloads_of_one_shape_are_served_as_if_each_were_ranked_by_itself() -> None:
    """Three workloads of one shape take a short cut; a fourth of another shape, next to nothing, takes it away."""
    day = np.tile(1.05 + np.sin(np.arange(24) * np.pi / 12), 7)
    erlangs, value = [0.3, 1.1, 0.6], [900.0, 1_000.0, 4_000.0]
    alike = fleet_of(load_of(np.stack([day] * 3), 0.3), erlangs, value)
    mixed = fleet_of(load_of(np.stack([*[day] * 3, np.ones(168)]), 0.3), [*erlangs, 1e-9], [*value, 1e-9])
    capacity = np.linspace(0.0, 6.0, 25)
    expected = served_shares(mixed, capacity, capacity)[:3]
    assert served_shares(alike, capacity, capacity) == pytest.approx(expected, abs=1e-6)
    everything = np.ones(3, bool)
    assert peak_erlangs(alike, everything) == pytest.approx(peak_erlangs(mixed, np.append(everything, False)))


def test_background_fills_the_valley_before_anything_is_bought() -> None:
    """1 Erlang by day (12 h) leaves 12 h idle: a nightly job of the same size needs no second replica."""
    day = np.tile(np.repeat([0.0, 2.0], 12), 7)
    load = load_of(np.stack([day, day]))
    fleet = fleet_of(load, [0.35, 0.35], [9_000.0, 9_000.0], interactive=np.array([True, False]))
    assert plan_fleet(refined(fleet, offer_of()), offer_of()).replicas_by_month[0] == 1
    hurried = replace(fleet, deadline_hours=np.array([24.0, 1.0]))
    assert plan_fleet(refined(hurried, offer_of()), offer_of()).replicas_by_month[0] == 2


def test_an_eight_gpu_server_is_bought_whole() -> None:
    fleet = fleet_of(load_of(np.ones(168)), [0.5], [90_000.0])
    offer = offer_of(8_000.0, replicas_per_unit=8)
    assert plan_fleet(refined(fleet, offer), offer).replicas_by_month[0] == 8


def test_small_pools_run_half_empty() -> None:
    """Four slots of 5 s may only be 24 % busy (COST_THEORY section 3), so one Erlang needs more than four of them."""
    fleet = fleet_of(load_of(np.ones(168)), [1.0], [1e6])
    small, large = offer_of(slots=4.0), offer_of(slots=512.0)
    few = plan_fleet(refined(fleet, large), large).replicas_by_month[0]
    many = plan_fleet(refined(fleet, small), small).replicas_by_month[0]
    assert (few, many) == (2, 3)


def test_impatient_requests_need_more_room() -> None:
    """Short requests soon get their turn, so a second is easily kept; a prompt that leaves less needs emptier slots."""
    counts = np.array([1, 2, 4])

    def limit(patience_s: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        offer = offer_of(slots=8.0, service_s=0.3, utilisation_cap=0.99, patience_s=patience_s)
        return limits(offer, counts)

    assert np.all(limit(0.0) < limit(0.05))
    assert np.all(limit(0.05) < limit(2.0))
    assert np.array_equal(limit(2.0), limit(np.inf))


def test_nothing_is_paid_before_the_fleet_is_live() -> None:
    fleet = fleet_of(load_of(np.ones(168)), [1.0], [1e6])
    offer = offer_of(live=np.concatenate([np.zeros(4), np.ones(8)]))
    found = plan_fleet(refined(fleet, offer), offer)
    assert found.rent[:4].sum() == 0
    assert found.served[:, :4].sum() == 0
    assert found.replicas_by_month[:4] == (0, 0, 0, 0)
