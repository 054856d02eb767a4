"""Changing values of a plan from a screen: the plan's own edits, with a ValueError in one line where one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.plan.schema import Plan

Path = tuple[str | int, ...]
"""Keys and positions, such as ("volume", "profile") or ("workload", 0, "name")."""


def with_value(plan: Plan, path: Path, value: Any) -> Plan:
    """The plan with one value replaced; None removes it. Raises ValueError if that is no valid plan."""
    return with_values(plan, path[:-1], {str(path[-1]): value})


def with_values(plan: Plan, path: Path, values: dict[str, Any]) -> Plan:
    """The plan with several values of the table at `path` replaced at once."""
    from planner.plan.edit import set_values
    from planner.plan.errors import PlanError

    try:
        return set_values(plan, {(*path, key): _plain(value) for key, value in values.items()})
    except PlanError as error:
        raise ValueError(error.problem) from error


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value
