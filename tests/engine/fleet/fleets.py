"""Fleets by hand and at random, without a catalogue: loads in Erlangs, offers with a price."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.engine.demand import Load, distinct_days, noise_nodes
from planner.engine.fleet.curve import FleetOutcome, FleetPlan, all_refined, plan_fleets
from planner.engine.fleet.load import FleetLoad, FleetOffer, stacked

Floats = NDArray[np.float64]
ALWAYS = np.ones(12)


def load_of(hours: Floats, sigma: float = 0.0, growth: float = 0.0, noise: int = 9) -> Load:
    """A load whose workloads have these 168 hourly weights; volumes are set by the Erlangs of the fleet."""
    hours = np.atleast_2d(hours) / np.atleast_2d(hours).mean(axis=1, keepdims=True)
    days, share, weekday = distinct_days(hours)
    factors: Floats = np.power(1.0 + growth, np.arange(1.0, 13.0))
    distinct, of_month = np.unique(factors, return_inverse=True)
    ones = np.ones(len(hours))
    nodes = noise_nodes(sigma, noise)
    return Load(hours, nodes, ones, ones, factors, sigma, days, share, weekday, distinct, of_month.astype(np.intp))


def fleet_of(load: Load, erlangs: list[float], outside_month: list[float], **changed: Any) -> FleetLoad:
    """Interactive work that may overflow at these API costs a month for all of it, at volume factor 1."""
    count = len(erlangs)
    cost = np.array(outside_month)[:, None] * load.month_factor[None, :]
    plain: dict[str, Any] = {
        "interactive": np.ones(count, bool), "deadline_hours": np.full(count, 24.0), "resident": np.zeros(count, bool),
    }  # fmt: skip
    return FleetLoad(load=load, erlangs=np.array(erlangs), outside_cost=cost, **(plain | changed))


def offer_of(unit_month: float = 1000.0, **changed: Any) -> FleetOffer:
    """A replica with plenty of slots: the cap of utilisation binds, not the queue."""
    plain: dict[str, Any] = {
        "unit_month": unit_month, "replicas_per_unit": 1, "setup_fee": 0.0, "slots": 256.0, "service_s": 5.0,
        "variability": 1.0, "utilisation_cap": 0.7, "background_utilisation": 0.9, "burst_factor": 1.5, "spare": 0,
        "live": ALWAYS, "fixed_total": 0.0,
    }  # fmt: skip
    return FleetOffer(**(plain | changed))


@st.composite
def cases(draw: st.DrawFn, resident: bool = True) -> tuple[FleetLoad, FleetOffer]:
    """One to three workloads of any sort on any offer, from one replica to a few dozen."""
    count = draw(st.integers(1, 3))
    kinds = st.sampled_from(["flat", "day", "week", "spiky"])
    hours = np.stack([_shape(draw(kinds), draw(st.integers(0, 10_000))) for _ in range(count)])
    load = load_of(hours, draw(st.sampled_from([0.0, 0.15, 0.5])), draw(st.sampled_from([-0.1, 0.0, 0.05, 0.2])))
    erlangs = [draw(st.floats(0.01, 3.0)) for _ in range(count)]
    value = [e * draw(st.floats(200.0, 6_000.0)) for e in erlangs]
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    fleet = fleet_of(
        load, erlangs, value,
        interactive=np.array(draw(flags)),
        deadline_hours=np.array([draw(st.sampled_from([1.0, 4.0, 12.0, 24.0])) for _ in range(count)]),
        resident=np.array(draw(flags)) if resident else np.zeros(count, bool),
    )  # fmt: skip
    start = draw(st.sampled_from([0.0, 0.7, 3.5]))
    offer = offer_of(
        draw(st.floats(50.0, 5_000.0)),
        replicas_per_unit=draw(st.sampled_from([1, 1, 2, 8])),
        setup_fee=draw(st.sampled_from([0.0, 300.0])),
        slots=draw(st.sampled_from([1.0, 4.0, 16.0, 128.0])),
        service_s=draw(st.sampled_from([0.3, 5.0, 60.0])),
        variability=draw(st.sampled_from([1.0, 2.0, 5.0])),
        spare=draw(st.integers(0, 1)),
        live=np.clip(np.arange(1, 13) - start, 0.0, 1.0),
        constant=draw(st.booleans()),
        busy_month=draw(st.sampled_from([0.0, 80.0])),
    )  # fmt: skip
    return fleet, offer


def _shape(kind: str, seed: int) -> Floats:
    hour = np.arange(168)
    if kind == "flat":
        return np.ones(168)
    if kind == "day":
        return 1.05 + np.sin(hour * 2 * np.pi / 24)
    if kind == "week":
        return np.where(hour < 120, 1.0, 0.2) * (1.05 + np.sin(hour * 2 * np.pi / 24))
    return np.random.default_rng(seed).pareto(1.5, 168) + 0.01


def refined(fleet: FleetLoad, offer: FleetOffer) -> FleetOutcome:
    """`all_refined` of one fleet."""
    ((_, found, count),) = all_refined(fleet.rows(None), [offer])
    return found.row(0, count[0])


def plan_fleet(found: FleetOutcome, offer: FleetOffer) -> FleetPlan:
    """The plan of one fleet."""
    return plan_fleets(found.alone(), stacked([offer]), [len(found.units)])[0]
