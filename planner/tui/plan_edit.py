"""Reading and changing single values of a plan by path; a change is validated like a file, and never half-made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

    from planner.plan.schema import Plan

Path = tuple[str | int, ...]
"""Keys and positions, such as ("volume", "profile") or ("workload", 0, "name")."""


def value_at(plan: BaseModel, path: Path) -> Any:
    """The value at `path`."""
    found: Any = plan
    for key in path:
        found = found[key] if isinstance(key, int) else getattr(found, key)
    return found


def with_value(plan: Plan, path: Path, value: Any) -> Plan:
    """The plan with one value replaced; None removes it. Raises ValueError, in one line, if that is no valid plan."""
    return with_values(plan, path[:-1], {str(path[-1]): value})


def with_values(plan: Plan, path: Path, values: dict[str, Any]) -> Plan:
    """The plan with several values of the table at `path` replaced at once."""

    def replace(data: dict[str, Any]) -> None:
        table: Any = data
        for key in path:
            table = table[key] if isinstance(key, int) else table.setdefault(key, {})
        table.update({key: _plain(value) for key, value in values.items()})
        for key in [key for key, value in table.items() if value is None]:
            del table[key]

    return _edited(plan, replace)


def with_workload(plan: Plan, like: int | None) -> Plan:
    """The plan with one more workload: a copy of the one at `like`, or a fresh one."""

    def add(data: dict[str, Any]) -> None:
        rows = data["workload"] = list(data["workload"])
        entry = dict(rows[like]) if like is not None else fresh_workload()
        entry["name"] = _free_name(entry["name"], {row["name"].casefold() for row in rows})
        rows.insert(len(rows) if like is None else like + 1, entry)

    return _edited(plan, add)


def without_workload(plan: Plan, index: int) -> Plan:
    """The plan without the workload at `index`. Raises ValueError for the last one."""
    if len(plan.workload) == 1:
        raise ValueError("a plan needs at least one workload; edit this one instead")

    def remove(data: dict[str, Any]) -> None:
        data["workload"] = [row for place, row in enumerate(data["workload"]) if place != index]

    return _edited(plan, remove)


def fresh_workload() -> dict[str, Any]:
    """A workload to start from: a guess that its name says should be replaced."""
    return {
        "name": "new workload",
        "kind": "other",
        "tokens_per_day": 1_000_000.0,
        "input_tokens": 1_000.0,
        "output_tokens": 300.0,
    }


def blank_plan(name: str, created: date) -> Plan:
    """A plan in which nothing is answered yet: one guessed workload, every question on "I don't know"."""
    from planner.plan.reader import plan_from_data

    return plan_from_data(
        {
            "schema": 1,
            "name": name,
            "created": created,
            "volume": {"known": "unknown"},
            "workload": [fresh_workload() | {"name": "all our requests"}],
        }
    )


def _edited(plan: Plan, change: Callable[[dict[str, Any]], None]) -> Plan:
    from planner.plan.errors import PlanError
    from planner.plan.reader import plan_from_data
    from planner.plan.writer import plan_data

    data = plan_data(plan)
    change(data)
    try:
        return plan_from_data(data)
    except PlanError as error:
        raise ValueError(error.problem) from error


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


def _free_name(name: str, taken: set[str]) -> str:
    if name.casefold() not in taken:
        return name
    count = 2
    while f"{name} {count}".casefold() in taken:
        count += 1
    return f"{name} {count}"
