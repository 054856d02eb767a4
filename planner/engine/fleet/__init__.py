"""How many replicas: one cost curve from "API only" (no replica) to "no overflow".

Load of a workload is counted in Erlangs: replica-seconds of work per second, so prompts and generated tokens are both
counted. Interactive work beyond the safe capacity of an hour overflows to its API route; background work waits within
its deadline for idle capacity first; resident work may never overflow. When several workloads share a fleet, the one
whose overflow would cost most per Erlang is served first, which is optimal for a fluid.
"""

from planner.engine.fleet.curve import FleetOutcome, covering_units, limits, outcome, refined
from planner.engine.fleet.load import INFEASIBLE, FleetLoad, FleetOffer
from planner.engine.fleet.planning import FleetPlan, plan_fleet
from planner.engine.fleet.schedule import scheduled
from planner.engine.fleet.serving import PEAK_QUANTILE, peak_erlangs, served_shares

__all__ = [
    "INFEASIBLE",
    "PEAK_QUANTILE",
    "FleetLoad",
    "FleetOffer",
    "FleetOutcome",
    "FleetPlan",
    "covering_units",
    "limits",
    "outcome",
    "peak_erlangs",
    "plan_fleet",
    "refined",
    "scheduled",
    "served_shares",
]
