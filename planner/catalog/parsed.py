"""The shipped catalogue as data/parsed.json: the facts of the TOML, read in 7 ms instead of 64.

The TOML stays the source. Installing or building the package makes this file from it (`python -m planner.catalog` does
the same), and it is read beside the TOML. So nothing is written while the planner runs: there is no cache folder to
find, to lock or to clean, an installation that is read-only is as quick as any, and so is the first run.

Its first line has the size and the CRC-32 of each source, of the fields that records have, and of the rest of the file.
Where one does not fit, because the TOML was edited, the file is damaged or there is none, the TOML is read as if this
file had never been. It notices a change and wards off no attack; SHA-256 would take 3 ms, and 3 MB for OpenSSL.

Who makes a file that fits can state wrong facts and no more: its values become fields of the records named here, and
what cannot become one is a damaged file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from planner.catalog.facts import DATA, ROOMS, Facts, parse_calibration
from planner.engine.specs import (
    CacheLayers,
    Checkpoint,
    Citation,
    GroupBytes,
    Measurement,
    MemorySize,
    ParameterGroups,
    PeakHours,
    PriceChange,
    PriceTier,
)

NAME = "parsed.json"
_RECORDS: tuple[Any, ...] = (
    *ROOMS.values(),
    Measurement,
    Citation,
    Checkpoint,
    PriceTier,
    PriceChange,
    CacheLayers,
    GroupBytes,
    ParameterGroups,
    MemorySize,
    PeakHours,
)
_SOURCES = (*(f"{room}.toml" for room in ROOMS), "calibration.toml", "measurements.csv")


def read_parsed(folder: Path = DATA) -> Facts | None:
    """The facts, or None where there is no file that fits the TOML beside it."""
    try:
        digest, _, body = (folder / NAME).read_bytes().partition(b"\n")
        if digest != _digest(folder, body):
            return None
        held = json.loads(body)
        return Facts(
            rooms={room: {record.id: record for record in _read(shape, held[room])} for room, shape in ROOMS.items()},
            measurements=tuple(_read(Measurement, held["measurements"])),
            calibration=parse_calibration(held["calibration"]),
        )
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None


def parsed_form(facts: Facts, calibration: Mapping[str, Any], folder: Path = DATA) -> bytes:
    """What the file should hold, with the calibration as in TOML: a line a record, so that a new price changes one."""
    tables = {**{room: held.values() for room, held in facts.rooms.items()}, "measurements": facts.measurements}
    parts = [
        f'"calibration": {_json(calibration)}',
        *(f'"{name}": [\n{_rows(records)}\n]' for name, records in tables.items()),
    ]
    body = ("{" + ",\n".join(parts) + "}\n").encode()
    return _digest(folder, body) + b"\n" + body


def _digest(folder: Path, body: bytes) -> bytes:
    fields = "\n".join(" ".join(record.__slots__) for record in _RECORDS).encode()
    parts = (*((folder / source).read_bytes() for source in _SOURCES), fields, body)
    return b" ".join(b"%x-%08x" % (len(part), crc32(part)) for part in parts)


_TABLES: dict[str, Callable[[Any], Any]] = {
    "aliases": tuple,
    "amd_architectures": tuple,
    "cache": lambda held: tuple(CacheLayers(*values) for values in held),
    "changes": lambda held: tuple(_record(PriceChange, values) for values in held),
    "checkpoints": lambda held: tuple(_checkpoint(values) for values in held),
    "citation": lambda values: _record(Citation, values),
    "formats": tuple,
    "models": tuple,
    "parameters": lambda values: values and ParameterGroups(*values),
    "peak_hours": lambda held: tuple(_record(PeakHours, values) for values in held),
    "same_as": tuple,
    "sizes": lambda held: tuple(_record(MemorySize, values) for values in held),
    "tiers": lambda held: tuple(_record(PriceTier, values) for values in held),
    "vendors": tuple,
    "weekday": tuple,
}
"""Fields that are no plain value, and what makes them from lists."""


def _read(cls: Any, rows: Sequence[list[Any]]) -> Iterable[Any]:
    """The records of one table: values in the order of the fields."""
    made = [(at, _TABLES[name]) for at, name in enumerate(cls.__slots__) if name in _TABLES]
    for values in rows:
        for at, make in made:
            values[at] = make(values[at])
        yield _record(cls, values)


def _record(cls: Any, values: list[Any]) -> Any:
    return cls(**dict(zip(cls.__slots__, values, strict=True)))


_LAYOUT = Checkpoint.__slots__.index("layout")


def _checkpoint(values: list[Any]) -> Checkpoint:
    """Most say no more than format and repository, so fields at the end that are as by default are left out."""
    if len(values) > _LAYOUT and values[_LAYOUT]:
        values[_LAYOUT] = GroupBytes(*values[_LAYOUT])
    return Checkpoint(*values)


def _without_defaults(checkpoint: Checkpoint) -> list[Any]:
    values, plain = _values_of(checkpoint), _values_of(Checkpoint("", ""))
    while len(values) > 2 and values[-1] == plain[len(values) - 1]:
        values.pop()
    return values


def _rows(records: Iterable[Any]) -> str:
    return ",\n".join(_json(_values(record)) for record in records)


def _values(held: Any) -> Any:
    """Plain values and lists, of which `_read` makes the same again."""
    if isinstance(held, tuple):
        return [_values(value) for value in held]
    if isinstance(held, Checkpoint):
        return _without_defaults(held)
    return _values_of(held) if hasattr(held, "__slots__") else held


def _values_of(record: Any) -> list[Any]:
    return [_values(getattr(record, name)) for name in record.__slots__]


def _json(held: Any) -> str:
    return json.dumps(held, ensure_ascii=False, allow_nan=False)
