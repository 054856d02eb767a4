"""Which entry of a list became which: by name first, then by position among those whose name changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from planner.plan.errors import PlanError
from planner.plan.layout import KeyPath, Layout, scan
from planner.plan.reader import parse
from planner.plan.schema import Plan
from planner.plan.writer import plan_data

IDENTITY: Final[Mapping[KeyPath, tuple[str, ...]]] = {
    ("workload",): ("name",),
    ("quality", "evaluation"): ("workload", "model", "api_model"),
    ("prices", "api"): ("id",),
    ("prices", "offer"): ("id",),
    ("prices", "fx"): ("currency",),
    ("benchmark",): ("model", "gpu", "engine"),
    ("evidence",): ("kind", "file"),
}
"""Lists of tables in a plan file, and the keys by which people tell their entries apart."""


def identity(path: KeyPath, entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """What names one entry of the list at `path`."""
    return tuple(entry.get(key) for key in IDENTITY[path])


def became(path: KeyPath, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Position in `new` for each position in `old` that is still there."""
    free = {index: identity(path, entry) for index, entry in enumerate(new)}
    pairs: dict[int, int] = {}
    for index, entry in enumerate(old):
        wanted = identity(path, entry)
        match = next((place for place, name in free.items() if name == wanted), None)
        if match is not None:
            pairs[index] = match
            del free[match]
    if len(old) == len(new):
        pairs |= dict(zip([index for index in range(len(old)) if index not in pairs], free, strict=True))
    return pairs


def entries(data: Mapping[str, Any], path: KeyPath) -> Sequence[Mapping[str, Any]]:
    """The list of tables at `path`, empty where there is none."""
    here: Any = data
    for key in path:
        here = here.get(key, ()) if isinstance(here, Mapping) else ()
    return here if isinstance(here, (list, tuple)) else ()


def carried(layout: Layout, old: Mapping[str, Any], new: Mapping[str, Any]) -> Layout:
    """The layout of an old text as it applies to new data: entries that moved take their comments with them."""
    moves = {path: became(path, entries(old, path), entries(new, path)) for path in IDENTITY}
    comments = {moved: note for path, note in layout.comments.items() if (moved := _moved(path, moves)) is not None}
    lines = {moved: line for path, line in layout.lines.items() if (moved := _moved(path, moves)) is not None}
    return replace(layout, comments=comments, lines=lines)


def _moved(path: KeyPath, moves: Mapping[KeyPath, Mapping[int, int]]) -> KeyPath | None:
    for length in (1, 2):
        index = path[length] if len(path) > length else None
        if path[:length] in moves and isinstance(index, int):
            place = moves[path[:length]].get(index)
            return None if place is None else (*path[:length], place, *path[length + 1 :])
    return path


def layout_for(plan: Plan, text: str | None) -> Layout | None:
    """Comments of an earlier text, moved to where this plan has the entries they belong to."""
    if text is None:
        return None
    try:
        return carried(scan(text), parse(text), plan_data(plan))
    except PlanError:
        return None
