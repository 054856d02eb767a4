"""Newer prices as a dated file over the shipped catalogue: what changes, written so that a person can read why.

The file is a catalogue like a user's own, lies beside it, and is read by `catalog.load`. A record in it names the price
list behind it; a comment above the records says of each field what it was and what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from planner.catalog import load
from planner.catalog.facts import put_together
from planner.catalog.from_toml import Layer, check_catalog, overlaid, shipped_facts
from planner.catalog.records import source_of
from planner.catalog.sources.compare import NESTED, Difference, flat, on_day, told
from planner.engine.specs import ApiModel
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import locked, make_folder, resolved, write_whole


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An endpoint whose listed values cannot be true, and why."""

    api: str
    problem: str


def overlay_file(day: date) -> Path:
    """Where the price list of that day is kept."""
    return load.user_file_path().parent / f"{load.OVERLAY}{day.isoformat()}.toml"


def agreeing(
    changes: Iterable[Difference], apis: Mapping[str, ApiModel], day: date
) -> tuple[list[Difference], list[LeftOut]]:
    """The changes of endpoints that are whole and free of contradictions with them, and the endpoints left out."""
    by_api = _by_api(changes)
    wrong = {api: problem for api, found in by_api.items() if (problem := _problem(found, apis, day))}
    kept = [change for api, found in by_api.items() if api not in wrong for change in found]
    return kept, [LeftOut(api, problem) for api, problem in wrong.items()]


def _by_api(changes: Iterable[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for change in changes:
        found.setdefault(change.api, []).append(change)
    return found


def _problem(changes: list[Difference], apis: Mapping[str, ApiModel], day: date) -> str:
    path, api = overlay_file(day), changes[0].api
    try:
        layer = Layer(source_of(path, overlay_text(changes, apis, day)), day, is_price_list=True)
        catalog = put_together(overlaid(shipped_facts(), [layer]))
    except InputError as error:
        return f"{error.field.rpartition('.')[2]}: {error.problem}"
    found = ((where, problem) for where, problem in check_catalog(catalog) if where[:2] == ("apis", api))
    return next((f"{where[2]}: {problem}" for where, problem in found), "")


def overlay_text(changes: list[Difference], apis: Mapping[str, ApiModel], day: date) -> str:
    """The file: every change as a comment, then a record for each endpoint that any of them is of."""
    by_api = _by_api(changes)
    lines = [f"# {change_line(change)}" for change in changes]
    records = {api: _record(apis[api], found, day) for api, found in by_api.items()}
    head = f"# Prices that changed since the catalogue shipped, found on {day.isoformat()} by `planner catalog update`."
    return "\n".join((head, *lines, "", tomli_w.dumps({"apis": records})))


def change_line(change: Difference) -> str:
    """`id field: old -> new (source)`."""
    return f"{change.api} {change.field}: {told(change.ours)} -> {told(change.listed)} ({change.source})"


def _record(api: ApiModel, changes: list[Difference], day: date) -> dict[str, Any]:
    changed = {change.field: change.listed for change in changes}
    now = on_day(api, day)
    begun = {name: value for name, value in flat(now).items() if "[" not in name and value != getattr(api, name)}
    record: dict[str, Any] = {name: _plain(value) for name, value in (begun | changed).items() if "[" not in name}
    nested = {field.partition("[")[0] for field in changed if "[" in field}
    for name in nested | ({"changes"} if now.changes != api.changes else set()):
        record[name] = _entries(name, flat(now) | changed)
    if gone := record.get("retires_on"):
        record["status"] = "retired" if gone <= day.isoformat() else "retiring"
    sources = " and ".join(dict.fromkeys(change.source for change in changes))
    return record | {"source": f"overlay {day.isoformat()}, {sources}", "as_of": day.isoformat()}


def _entries(name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Prices within a price, from their paths; one of which nothing is left is gone."""
    found: dict[str, dict[str, Any]] = {}
    for field, value in values.items():
        base, _, rest = field.partition("[")
        if base == name and rest and value is not None:
            key, _, part = rest.partition("].")
            found.setdefault(key, {NESTED[name]: int(key) if key.isdecimal() else key})[part] = value
    return [found[key] for key in sorted(found, key=lambda key: (len(key), key))]


def _plain(value: object) -> object:
    """A value as TOML has it."""
    if isinstance(value, tuple):
        return [{name: getattr(part, name) for name in part.__slots__} for part in value]
    return value


def write_overlay(changes: list[Difference], apis: Mapping[str, ApiModel], day: date) -> Path:
    """Write the list of that day, whole, over an earlier one of the same day. Raises `InputError`."""
    path = resolved(overlay_file(day))
    make_folder(path.parent)
    with locked(path):
        write_whole(path, overlay_text(changes, apis, day).encode())
    return path
