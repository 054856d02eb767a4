"""Catalogue files as frozen records: one reader from TOML tables to dataclasses, and one error that names the line.

A record class says itself what a file may hold: the keys are its fields, an absent key stands for the field's default,
and `Positive`, `Count` and `Signed` (engine/specs/catalog.py) bound its numbers. `source` and `as_of` become the
citation.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from planner.catalog.facts import ROOMS
from planner.engine.specs import Checkpoint, Citation
from planner.engine.units import LARGEST, SMALLEST
from planner.quantities import plain
from planner.records import dataclass
from planner.toml.errors import MISSING_KEY, InputError, described, did_you_mean
from planner.toml.files import decode, parse, read_bytes
from planner.toml.layout import KeyPath, dotted, scan

Reader = Callable[[object, KeyPath], Any]
RawRecords = Mapping[str, Mapping[str, object]]

_DATE = re.compile(r"(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_DATES = ("as_of", "stated_on", "from_date", "retires_on")
_LISTED = 9
"""No more names than this are listed where none is near."""


class WrongValueError(ValueError):
    """A value that does not fit the field at `path`."""

    def __init__(self, path: KeyPath, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{dotted(path)}: {problem}")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A parsed file: `rooms` maps a table name to its records, as TOML gives them."""

    path: Path
    text: str
    rooms: Mapping[str, RawRecords]

    def error(self, path: KeyPath, problem: str) -> InputError:
        """The error for one key of this file; only then is the text searched for its line."""
        quoted = tuple(f'"{part}"' if isinstance(part, str) and "." in part else part for part in path)
        return InputError(problem, path=self.path, line=scan(self.text).line_of(path), field=dotted(quoted))

    def record(self, room: str, record_id: str, raw: Mapping[str, object]) -> Any:
        """One record of this file, or the error that names its line."""
        try:
            return read_record(ROOMS[room], record_id, raw, (room, record_id))
        except WrongValueError as wrong:
            raise self.error(wrong.path, wrong.problem) from None


def read_source(path: Path) -> SourceFile:
    """Read and parse one file. Raises `InputError` when it cannot be read or is not the TOML of a catalogue."""
    try:
        return source_of(path, decode(read_bytes(path)))
    except InputError as error:
        raise error.at(path) from None


def source_of(path: Path, text: str) -> SourceFile:
    """The catalogue in a text that is, or is to be, the file `path`."""
    source = SourceFile(path, text, parse(text))
    for room, records in source.rooms.items():
        if room not in ROOMS:
            raise source.error((room,), f"unknown table{did_you_mean(room, ROOMS, _LISTED)}")
        if not isinstance(records, dict):
            raise source.error((room,), f"found {described(records)}, expected tables such as [{room}.some-id]")
        for record_id, record in records.items():
            if not isinstance(record, dict):
                raise source.error((room, record_id), f"found {described(record)}, expected a table")
    return source


def read_record(record: Any, record_id: str | None, raw: Mapping[str, object], path: KeyPath = ()) -> Any:
    """A `record` from a TOML table that stands at `path`. Raises `WrongValueError`."""
    readers, required = _readers(record)
    values: dict[str, object] = {}
    for key, found in raw.items():
        if key not in readers:
            raise WrongValueError((*path, key), f"unknown key{did_you_mean(key, readers)}")
        values[key] = readers[key](found, (*path, key))
    missing = next((key for key in required if key not in values), None)
    if missing is not None:
        raise WrongValueError((*path, missing), MISSING_KEY)
    if "source" in readers:
        values["citation"] = Citation(str(values.pop("source")), str(values.pop("as_of")))
    return record(**values) if record_id is None else record(id=record_id, **values)


@cache
def _readers(record: Any) -> tuple[Mapping[str, Reader], tuple[str, ...]]:
    """One reader for each TOML key of a record class, and the keys that must be there."""
    hints = get_type_hints(record, include_extras=True)
    readers: dict[str, Reader] = {}
    required: list[str] = []
    for field in fields(record):
        if field.name == "citation":
            readers |= {"source": _text_with_content, "as_of": _date}
            required += ["source", "as_of"]
        elif field.name != "id":
            readers[field.name] = _date if field.name in _DATES else _reader(hints[field.name], field.name)
            required += [field.name] if field.default is MISSING else []
    return readers, tuple(required)


def _reader(hint: Any, name: str) -> Reader:
    """How values of a type are read; numbers named `..._fraction` are shares."""
    kind = get_origin(hint)
    if kind is Annotated:
        kind, mark = get_args(hint)
        return _bounded(kind, mark, name)
    if kind is Literal:
        return _choice(get_args(hint))
    if kind is tuple:
        return _sequence(get_args(hint)[0], name)
    if kind is not None:  # what else has parts is `X | None`
        return _reader(next(arm for arm in get_args(hint) if arm is not NoneType), name)
    if is_dataclass(hint):
        return lambda found, path: read_record(hint, None, _typed(dict, "a table")(found, path), path)
    return _bounded(hint, "", name) if hint in (int, float) else _SCALARS[hint]


def _bounded(kind: type, mark: str | tuple[float, float], name: str) -> Reader:
    def read(found: object, path: KeyPath) -> float:
        value: float = _SCALARS[kind](found, path)
        if isinstance(mark, tuple) and not mark[0] <= value <= mark[1]:
            raise _wrong(path, found, f"a number between {plain(mark[0])} and {plain(mark[1])}")
        if mark == "above 0" and value <= 0:
            raise _wrong(path, found, "a number above 0")
        if mark != "signed" and value < 0:
            raise _wrong(path, found, "a number of 0 or more")
        if name.endswith("_fraction") and value > 1:
            raise _wrong(path, found, "a share between 0 and 1")
        return value

    return read


def _choice(allowed: tuple[str, ...]) -> Reader:
    def read(found: object, path: KeyPath) -> str:
        if isinstance(found, str) and found in allowed:
            return found
        words = " or ".join(", ".join(f'"{word}"' for word in allowed).rsplit(", ", 1))
        raise _wrong(path, found, words + did_you_mean(str(found), allowed))

    return read


def _sequence(item: Any, name: str) -> Reader:
    if item is Checkpoint:
        return _checkpoints
    read = _reader(item, name)
    return lambda found, path: tuple(
        read(entry, (*path, index)) for index, entry in enumerate(_typed(list, "a list")(found, path))
    )


def _checkpoints(found: object, path: KeyPath) -> tuple[Checkpoint, ...]:
    """Weight format -> repository, a table with what is known of it, or a list of builds, the usual one first."""
    formats = _typed(dict, "a table")(found, path)
    return tuple(
        _checkpoint(name, build, where)
        for name, stated in formats.items()
        for build, where in (
            [(build, (*path, name, at)) for at, build in enumerate(stated)]
            if isinstance(stated, list)
            else [(stated, (*path, name))]
        )
    )


def _checkpoint(name: str, stated: object, path: KeyPath) -> Checkpoint:
    if not isinstance(stated, dict):
        return Checkpoint(name, _text_with_content(stated, path))
    found: Checkpoint = read_record(Checkpoint, None, {"format": name, **stated}, path)
    _text_with_content(found.repo, (*path, "repo"))
    needed = "stated_by" if found.file_gb is not None else "described_by" if found.layout is not None else None
    if needed is not None and not getattr(found, needed):
        raise WrongValueError((*path, needed), MISSING_KEY)
    if found.file_gb is not None and found.draft_gb >= found.file_gb:
        raise _wrong((*path, "draft_gb"), found.draft_gb, f"less than file_gb, {plain(found.file_gb)}")
    return found


def _typed(kind: type, expected: str) -> Reader:
    def read(found: object, path: KeyPath) -> Any:
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise _wrong(path, found, expected)
        return found

    return read


def _number(found: object, path: KeyPath) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong(path, found, "a number")
    if isinstance(found, float) and not math.isfinite(found):
        raise _wrong(path, found, "a finite number")
    if abs(found) > LARGEST:
        raise _wrong(path, found, f"a number of at most {plain(LARGEST)}")
    if 0 < abs(found) < SMALLEST:
        raise _wrong(path, found, f"0 or a number of at least {plain(SMALLEST)}")
    return float(found)


def _whole(found: object, path: KeyPath) -> int:
    whole: int = _typed(int, "a whole number")(found, path)
    _number(whole, path)
    return whole


def _text_with_content(found: object, path: KeyPath) -> str:
    text: str = _SCALARS[str](found, path)
    if not text.strip():
        raise _wrong(path, found, "a text that is not empty")
    return text


def _date(found: object, path: KeyPath) -> str:
    if isinstance(found, datetime.date) and not isinstance(found, datetime.datetime):
        return found.isoformat()
    if not isinstance(found, str) or not _DATE.fullmatch(found) or not _exists(found):
        raise _wrong(path, found, 'a date such as 2026-11-23, or "2026-11" or "2026" where the day is not known')
    return found


def _exists(text: str) -> bool:
    """False for a day that its month does not have."""
    try:
        return len(text) < len("2026-01-01") or bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _wrong(path: KeyPath, found: object, expected: str) -> WrongValueError:
    return WrongValueError(path, f"found {described(found)}, expected {expected}")


_SCALARS: Mapping[Any, Reader] = {
    float: _number,
    int: _whole,
    bool: _typed(bool, "true or false"),
    str: _typed(str, "text in quotes"),
}
