"""Changes to a plan, each giving a new validated plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from planner.plan.fields import LONGEST_NAME, Spread
from planner.plan.read import plan_from_data
from planner.plan.schema import SCHEMA_VERSION, VOLUMES, Plan
from planner.plan.write import plan_data
from planner.toml.errors import InputError
from planner.toml.layout import KeyPath, dotted

NEW_WORKLOAD: Final[Mapping[str, Any]] = {
    "name": "main workload",
    "kind": "other",
    "input_tokens": 2_000.0,
    "output_tokens": 200.0,
    "cached_input_fraction": 0.0,
    "batch_fraction": 0.0,
    "latency": "interactive",
    "route": "auto",
}
"""Input-heavy on purpose: the median of 258 public client traces is 91 % input (ServeGen, arXiv 2505.09999).

No volume and no level: a verdict comes from what somebody told, and nothing cheaper is good enough by default."""


def new_plan(name: str, created: dt.date, currency: str = "EUR") -> Plan:
    """A plan with one workload and every question open: each takes its stated default until it is answered."""
    return plan_from_data(
        {
            "schema": SCHEMA_VERSION,
            "name": name,
            "created": created,
            "currency": currency,
            "volume": {
                "known": "unknown",
                "growth_per_month": 0.0,
                "profile": "office-hours",
                "baseline_api": "claude-sonnet-4-6",
            },
            "workload": [dict(NEW_WORKLOAD)],
            "quality": {"answer": "unknown"},
            "fine_tuning": {"answer": "unknown"},
            "operations": {"gpu_experience": "unknown", "hiring_budget": "unknown"},
            "residency": {"answer": "unknown", "zero_retention_checked": "unknown"},
            "rebenchmark": {"answer": "unknown"},
        }
    )


def get_value(plan: Plan, path: KeyPath) -> Any:
    """The value at a key path of the file, its default where the file does not say; None where there is none."""
    here: Any = plan
    for part in path:
        if isinstance(part, int):
            here = here[part] if part < len(here) else None
        elif isinstance(here, Mapping):
            here = here.get(part)
        else:
            here = getattr(here, "schema_version" if part == "schema" else part, None)
        if here is None:
            return None
    return here


def set_value(plan: Plan, path: KeyPath, value: Any) -> Plan:
    """The plan with one value changed; None removes the key, so that its default holds again."""
    return set_values(plan, {path: value})


def set_values(plan: Plan, values: Mapping[KeyPath, Any]) -> Plan:
    """The plan with several values changed at once, for those that are only valid together.

    Telling the volume of a work in one way removes the others.
    """
    data = plan_data(plan)
    for path, value in values.items():
        _put(data, path, _plain(value))
    return plan_from_data(data)


def _put(data: dict[str, Any], path: KeyPath, value: Any) -> None:
    here: Any = data
    for position, part in enumerate(path[:-1]):
        here = _step(here, path, position, part)
    key = path[-1]
    if isinstance(key, int):
        here[key] = value
    elif value is None:
        here.pop(key, None)
    else:
        here[key] = value
        for other in VOLUMES if key in VOLUMES else ():
            if other != key:
                here.pop(other, None)


def _step(here: Any, path: KeyPath, position: int, part: str | int) -> Any:
    """The container one step further down, as a copy that may be changed; tables appear as they are needed."""
    if isinstance(part, int):
        if not isinstance(here, list) or part >= len(here):
            raise InputError("there is no such entry", field=dotted(path[: position + 1]))
    else:
        here.setdefault(part, [] if isinstance(path[position + 1], int) else {})
    here[part] = list(here[part]) if isinstance(here[part], (list, tuple)) else dict(here[part])
    return here[part]


def _plain(value: Any) -> Any:
    return {"low": value.low, "mid": value.mid, "high": value.high} if isinstance(value, Spread) else value


def add_workload(plan: Plan, values: Mapping[str, Any] | None = None, at: int | None = None) -> Plan:
    """The plan with one more workload, at the end or before position `at`; a name of its own is found for it."""
    entry = {**NEW_WORKLOAD, **(values or {})}
    entry["name"] = _free_name(plan, str(entry["name"]))
    entries = _workloads(plan)
    entries.insert(len(entries) if at is None else at, entry)
    return plan_from_data(plan_data(plan) | {"workload": entries})


def _free_name(plan: Plan, wanted: str) -> str:
    taken = {entry.name.casefold() for entry in plan.workload}
    name, count = wanted, 2
    while name.casefold() in taken:
        name, count = f"{wanted[: LONGEST_NAME - 5]} {count}", count + 1
    return name


def _workloads(plan: Plan) -> list[dict[str, Any]]:
    return list(plan_data(plan)["workload"])


def duplicate_workload(plan: Plan, index: int) -> Plan:
    """The plan with a copy of one workload behind it."""
    return add_workload(plan, _workload_at(plan, index), index + 1)


def _workload_at(plan: Plan, index: int) -> dict[str, Any]:
    entries = _workloads(plan)
    if not 0 <= index < len(entries):
        raise InputError("there is no such workload", field=dotted(("workload", index)))
    return entries[index]


def remove_workload(plan: Plan, index: int) -> Plan:
    """The plan without one workload; the last one stays, because a plan is about some work."""
    _workload_at(plan, index)
    if len(plan.workload) == 1:
        raise InputError("a plan needs at least one workload; change this one instead", field="workload")
    entries = _workloads(plan)
    del entries[index]
    return plan_from_data(plan_data(plan) | {"workload": entries})
