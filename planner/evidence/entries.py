"""Lists of a plan's entries, with those of a file in place of what the plan had from it before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from planner.plan.edit import get_value
from planner.plan.read import plan_from_data
from planner.plan.schema import Plan
from planner.plan.write import identity, plan_data
from planner.records import dataclass
from planner.toml.layout import KeyPath

Entry = Mapping[str, Any]
EVIDENCE: KeyPath = ("evidence",)


def day_or(text: str | None, other: dt.date) -> dt.date:
    """The day that a file states; another where it states none."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return other


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a plan keeps of a file that was read into it."""

    kind: str
    file: str
    day: dt.date
    rows_read: int
    rows_skipped: int
    summary: Mapping[str, float | str]

    def entry(self) -> Entry:
        """As the plan's section has it."""
        return {
            "kind": self.kind,
            "file": self.file[:200],
            "imported": self.day,
            "rows_read": self.rows_read,
            "rows_skipped": self.rows_skipped,
            "summary": dict(self.summary),
        }


def with_entries(plan: Plan, new: Mapping[KeyPath, Sequence[Entry]]) -> Plan:
    """The plan with these entries; those that people would call the same (`IDENTITY`) make room for them."""
    data = plan_data(plan)
    for path, entries in new.items():
        names = [identity(path, entry) for entry in entries]
        here = data
        for key in path[:-1]:
            here = here.setdefault(str(key), {})
        kept = [
            old for old in get_value(plan, path) and here.get(str(path[-1]), ()) if identity(path, old) not in names
        ]
        here[str(path[-1])] = [*kept, *map(dict, entries)]
    return plan_from_data(data)
