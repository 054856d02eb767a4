"""The busiest month's week: what the self-hosted work asks of the fleet, hour by hour, and what the fleet carries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.engine.own import OwnFleet
from planner.engine.specs import FleetWeek
from planner.engine.stage import Stage

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""An hour that is exactly as full as it may be is not above it."""


def fleet_week(stage: Stage) -> FleetWeek | None:
    """None where the plan sends no work to own GPUs."""
    chosen = stage.chosen if stage.contest.hybrid_uses_gpus else None
    if chosen is None:
        return None
    own = chosen.own
    month = int(np.argmax(own.plan.replicas_by_month))
    load, limit = _load(own), _limit(own)
    capacity = np.maximum(_replicas(own, month) - own.offer.spare, 0) * limit
    return FleetWeek(
        load_replicas=tuple(float(v) for v in load),
        capacity_replicas=tuple(float(v) for v in capacity),
        utilisation_limit=limit,
        hours_above=int((load > capacity * (1 + ROUNDING)).sum()),
    )


def _load(own: OwnFleet) -> Floats:
    """(168,) replicas kept busy in the month with the most volume, before anything waits or overflows."""
    fleet = own.fleet
    busy: Floats = (fleet.erlangs[:, None] * fleet.load.hours).sum(axis=0) * float(fleet.load.month_factor.max())
    return busy


def _replicas(own: OwnFleet, month: int) -> NDArray[np.int64]:
    """(168,) replicas that are paid for."""
    if own.plan.schedule is None:
        return np.full(own.fleet.load.hours.shape[1], own.plan.replicas_by_month[month])
    return np.asarray(own.plan.schedule[month, own.fleet.load.weekday].ravel(), np.int64)


def _limit(own: OwnFleet) -> float:
    """How busy a replica may be: as the queue allows, or fuller where some of the work can wait."""
    if bool(own.fleet.interactive.all()):
        return own.plan.utilisation_limit
    return max(own.offer.background_utilisation, own.plan.utilisation_limit)
