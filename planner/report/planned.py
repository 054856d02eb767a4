"""What the plan does with own GPUs: an evaluation also holds the fleet that would be best if there were one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation


def is_self_hosting(evaluation: Evaluation) -> bool:
    """True if any work goes to own GPUs."""
    return any(route.destination == "self_host" for route in evaluation.routes)


def planned_replicas(evaluation: Evaluation) -> int:
    """The plan's place on the curve: without a self-hosted route it rents nothing, whatever GPUs would be best."""
    return evaluation.choice.replicas if evaluation.choice is not None and is_self_hosting(evaluation) else 0
