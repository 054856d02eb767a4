"""Products switched by the hour, against every schedule there is on small cases."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engine.fleet.curve import FleetPlan, limits
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer
from planner.engine.fleet.schedule import scheduled
from tests.engine.fleet.fleets import cases, fleet_of, load_of, offer_of, plan_fleet, refined

BLOCK = 6
BLOCKS = 24 // BLOCK


def plan_of(fleet: FleetLoad, offer: FleetOffer) -> FleetPlan:
    return scheduled(fleet, offer, plan_fleet(refined(fleet, offer), offer))


def brute_month(fleet: FleetLoad, offer: FleetOffer, most: int) -> float:
    """Cheapest month over all numbers of products in each block of the day and all sizes of the base, from scratch."""
    load = fleet.load.days[0, 0].reshape(BLOCKS, BLOCK)[:, 0] * float(fleet.erlangs[0])
    value = float(fleet.outside_cost[0, 0]) / float(fleet.erlangs[0])
    assert offer.hourly_month is not None
    units = np.array([c for c in product(range(most + 1), repeat=BLOCKS) if max(c) > 0])
    capacity = np.maximum(units - offer.spare, 0) * limits(offer, units.ravel()).reshape(units.shape)
    over = np.maximum(load[None, :, None] * fleet.load.noise - capacity[..., None], 0)
    lost = over.mean(axis=(1, 2)) * value
    best = np.inf
    for base in range(most + 1):
        above = np.maximum(units - base, 0)
        ups = np.maximum(np.roll(above, -1, axis=1) - above, 0).sum(axis=1) * 730 / 24
        hours = above.mean(axis=1) + ups * offer.start_up_hours / 730
        best = min(best, float((base * offer.unit_month + hours * offer.hourly_month + lost).min()))
    return best


@st.composite
def small(draw: st.DrawFn) -> tuple[FleetLoad, FleetOffer]:
    """One interactive workload with four blocks a day on at most three products."""
    blocks = [draw(st.floats(0.0, 1.0)) for _ in range(BLOCKS)]
    hours = np.tile(np.repeat(np.array(blocks) + 1e-3, BLOCK), 7)
    erlangs = draw(st.floats(0.05, 0.9))
    fleet = fleet_of(
        load_of(hours, draw(st.sampled_from([0.0, 0.3]))), [erlangs], [erlangs * draw(st.floats(500, 6000))]
    )
    hourly = draw(st.floats(300.0, 2_500.0))
    offer = offer_of(
        hourly * draw(st.sampled_from([1.0, 0.7, 0.4])),
        hourly_month=hourly,
        start_up_hours=draw(st.sampled_from([0.0, 0.1, 0.5])),
        slots=draw(st.sampled_from([4.0, 256.0])),
        spare=draw(st.integers(0, 1)),
    )
    return fleet, offer


@settings(max_examples=200)
@given(small())
def test_never_dearer_than_every_schedule_there_is(case: tuple[FleetLoad, FleetOffer]) -> None:
    fleet, offer = case
    """The API alone is one of the choices: where nothing pays, the least bad fleet need not be the very least."""
    found, alone = plan_of(fleet, offer).total, float(fleet.outside_cost.sum())
    assert min(found, alone) <= min(12 * brute_month(fleet, offer, 3), alone) * 1.001 + 1e-6


@settings(max_examples=40)
@given(cases(), st.floats(0.8, 2.0))
def test_a_schedule_is_never_dearer_and_keeps_the_rules(case: tuple[FleetLoad, FleetOffer], ratio: float) -> None:
    fleet, plain = case
    by_the_hour = {"hourly_month": plain.unit_month * ratio, "start_up_hours": 0.1}
    offer = offer_of(**({n: getattr(plain, n) for n in FleetOffer.__slots__} | by_the_hour))
    fixed = plan_fleet(refined(fleet, plain), plain)
    found = plan_of(fleet, offer)
    assert found.total <= fixed.total
    if found.total < INFEASIBLE:
        assert np.all((found.served >= 0) & (found.served <= 1 + 1e-9))
        whole = np.flatnonzero(offer.live == 1)
        assert np.all(found.served[fleet.resident][:, whole] > 0.99)
        assert np.all(np.array(found.replicas_by_month)[offer.live > 0] >= 1)


def office(**changed: Any) -> tuple[FleetLoad, FleetOffer]:
    """Eight busy hours on five days; an hour costs what a month's hour does."""
    day = np.concatenate([np.zeros(9), np.ones(8), np.zeros(7)])
    week = np.concatenate([np.tile(day, 5), np.zeros(48)]) + 1e-6
    fleet = fleet_of(load_of(week), [0.4], [9_000.0])
    return fleet, offer_of(1_000.0, **({"hourly_month": 1_000.0} | changed))


def test_office_hours_are_paid_by_the_hour() -> None:
    fleet, offer = office()
    found = plan_of(fleet, offer)
    assert found.schedule is not None
    assert found.rent[0] == pytest.approx(3 * 1_000 * 40 / 168, rel=0.01)  # three replicas, 40 of 168 hours
    weekday, weekend = fleet.load.weekday[0], fleet.load.weekday[6]
    assert found.schedule[0, weekday, 12] == 3
    assert found.schedule[0, weekend].max() == 0


def test_start_up_time_is_paid() -> None:
    fleet, offer = office(start_up_hours=1.0)
    assert plan_of(fleet, offer).rent[0] == pytest.approx(3 * 1_000 * 45 / 168, rel=0.01)  # five more hours a week


def test_a_commitment_carries_the_base_and_hours_the_peak() -> None:
    """Screening curve: reserved where it is busy more than the ratio of the two prices, on demand above."""
    day = np.concatenate([np.full(12, 1.0), np.full(12, 3.0)])
    fleet = fleet_of(load_of(np.tile(day, 7)), [1.4], [60_000.0])
    found = plan_of(fleet, offer_of(600.0, hourly_month=1_000.0))
    assert found.schedule is not None
    assert found.always_on[0] == 1  # 0.7 Erlangs at night and 2.1 by day: one replica, then three
    assert found.rent[0] == pytest.approx(600 + 2 * 1_000 / 2)


def test_a_cheap_commitment_beats_switching() -> None:
    fleet, offer = office(hourly_month=6_000.0)
    assert plan_of(fleet, offer).schedule is None


def test_background_work_takes_the_hours_it_needs() -> None:
    """A fifth of a replica's work with a day's patience needs a few hours a day, not a machine all month."""
    fleet = fleet_of(load_of(np.ones(168)), [0.2], [5_000.0], interactive=np.zeros(1, bool))
    found = plan_of(fleet, offer_of(1_000.0, hourly_month=1_000.0))
    assert found.rent[0] <= 1_000 / 3
    assert found.served[0, 0] > 0.99
