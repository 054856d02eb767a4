"""What a fleet may have to carry, and what a replica of it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Flags, Floats
from planner.engine.demand import Load
from planner.records import dataclass

INFEASIBLE = 1e15
"""Stands for "not allowed" in sums of money: far above any bill, still finite."""


@dataclass(frozen=True, slots=True)
class FleetLoad:
    """Work that one fleet may take. W workloads."""

    load: Load
    """Rows restricted to these workloads."""
    erlangs: Floats
    """(W,) replica-seconds per second on today's mean day; (B, W) of several fleets for the same work."""
    interactive: Flags
    deadline_hours: Floats
    resident: Flags
    """May not overflow."""
    outside_cost: Floats
    """(W, 12) plan currency a month when the whole workload goes to its API route; 0 where there is none."""

    def rows(self, which: int | NDArray[np.intp] | None) -> FleetLoad:
        """One or some of several fleets; None: the only one as one of several."""
        return replace(self, erlangs=self.erlangs[which])


@dataclass(frozen=True, slots=True)
class FleetOffer:
    """What a replica costs and how full it may run."""

    unit_month: float
    """Rent of one whole product a month, or what owning one costs while it idles; plan currency."""
    replicas_per_unit: int
    setup_fee: float
    """Plan currency for each product, once."""
    slots: float
    """Sequences one replica runs at once at the operating point."""
    service_s: float
    """Queue-free time of one mean request."""
    variability: float
    utilisation_cap: float
    background_utilisation: float
    burst_factor: float
    """Busy minute over the mean of its hour; work that may not overflow keeps this headroom."""
    spare: int
    live: Floats
    """(12,) share of each month in which the fleet serves; rent is paid in every month that is not 0."""
    fixed_total: float
    """People and other costs over 12 months that do not depend on the number of replicas."""
    constant: bool = False
    """True for commitments and purchases: the same number of replicas every month."""
    busy_month: float = 0.0
    """What one replica costs more when it is busy for a month: the power of own hardware."""
    hourly_month: float | None = None
    """Price of one whole product for a month of hours that may be switched on and off; None: not by the hour.

    Products that never stop cost `unit_month`, which may be a commitment.
    """
    patience_s: float = math.inf
    """What the p95 of the wait may be: the objective of the first token less the time of a long prompt."""
    up_fraction: float = 1.0
    """Share of the hours in which a spot machine is there and has started; 1 of any other."""
    most_units: float = math.inf
    """How many whole products there are."""
    start_up_hours: float = 0.0
    """Paid, not serving, each time a replica is switched on."""


def stacked(offers: Sequence[FleetOffer]) -> FleetOffer:
    """Several offers for the same work as one, with a column (B, 1) for each figure in which they may differ."""
    apart = (
        "unit_month", "replicas_per_unit", "setup_fee", "slots", "service_s", "constant", "busy_month", "patience_s",
        "most_units", "up_fraction",
    )  # fmt: skip
    columns: dict[str, Any] = {name: np.array([[getattr(offer, name)] for offer in offers]) for name in apart}
    return replace(offers[0], **columns)
