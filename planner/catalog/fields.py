"""Reads TOML values into the typed fields of a frozen record, and says what would be right where one is wrong."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from planner.catalog.errors import did_you_mean
from planner.engine.specs import Checkpoint, Citation, PriceChange, PriceTier

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DATE_FIELDS = frozenset({"as_of", "from_date", "retires_on"})

Reader = Callable[[object], Any]


class WrongValueError(ValueError):
    """A value that does not fit its field; `field` is empty when the whole record is meant."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}" if field else problem)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of record is read: its class and what an absent key stands for."""

    record: Any
    """The frozen class of the record."""
    defaults: Mapping[str, object]
    signed: bool = False
    """Numbers may be negative (a price change); elsewhere a negative number is a mistake."""
    positive: frozenset[str] = frozenset()
    """Numbers that must be more than zero."""


def read_record(shape: Shape, record_id: str | None, raw: Mapping[str, object]) -> Any:
    """Build `shape.record` from a TOML table. `source` and `as_of` become its citation. Raises `WrongValueError`."""
    readers = _readers(shape.record)
    values: dict[str, object] = dict(shape.defaults)
    if "id" in readers:
        values["id"] = record_id
    for key, found in raw.items():
        reader = readers.get(key)
        if reader is None or key == "id":
            raise WrongValueError(key, f"unknown key{did_you_mean(key, [k for k in readers if k != 'id'])}")
        try:
            values[key] = reader(found)
        except WrongValueError as wrong:
            raise WrongValueError(f"{key}.{wrong.field}" if wrong.field else key, wrong.problem) from None
        _check_number(shape, key, values[key])
    missing = [key for key in readers if key not in values]
    if missing:
        raise WrongValueError("", f"{missing[0]} is missing")
    if "source" in readers:
        values["citation"] = Citation(str(values.pop("source")), str(values.pop("as_of")))
    return shape.record(**values)


def keys_of(shape: Shape) -> list[str]:
    """Keys a record of this shape may have in TOML."""
    return [key for key in _readers(shape.record) if key != "id"]


def _check_number(shape: Shape, key: str, value: object) -> None:
    if not isinstance(value, float | int) or isinstance(value, bool):
        return
    if key in shape.positive and value <= 0:
        raise WrongValueError(key, f"found {value}, should be more than 0")
    if value < 0 and not shape.signed:
        raise WrongValueError(key, f"found {value}, should not be negative")
    if key.endswith("_fraction") and not shape.signed and value > 1:
        raise WrongValueError(key, f"found {value}, should be a share between 0 and 1")


@cache
def _readers(record: Any) -> dict[str, Reader]:
    """One reader for each TOML key of a record class."""
    readers: dict[str, Reader] = {}
    for name, hint in get_type_hints(record).items():
        if hint is Citation:
            readers |= {"source": _text_with_content, "as_of": _date}
        else:
            readers[name] = _date if name in _DATE_FIELDS else _reader(hint)
    return readers


def _reader(hint: Any) -> Reader:
    if get_origin(hint) in (UnionType, Union):
        return _reader(next(arm for arm in get_args(hint) if arm is not NoneType))
    if get_origin(hint) is Literal:
        return _choice(get_args(hint))
    if get_origin(hint) is tuple:
        return _sequence(get_args(hint)[0])
    return _SCALARS[hint]


def _choice(allowed: tuple[str, ...]) -> Reader:
    def read(found: object) -> str:
        if not isinstance(found, str) or found not in allowed:
            near = did_you_mean(found, list(allowed)) if isinstance(found, str) else f"; known: {', '.join(allowed)}"
            raise WrongValueError("", f"found {found!r}{near}")
        return found

    return read


def _sequence(item: Any) -> Reader:
    if item is Checkpoint:
        return _checkpoints
    if item in _TABLES:
        return lambda found: tuple(read_record(_TABLES[item], None, _table(entry)) for entry in _array(found))
    read = _SCALARS[item]
    return lambda found: tuple(read(entry) for entry in _array(found))


def _array(found: object) -> list[object]:
    if not isinstance(found, list):
        raise WrongValueError("", f"found {found!r}, should be a list")
    return found


def _table(found: object) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise WrongValueError("", f"found {found!r}, should be a table")
    return found


def _checkpoints(found: object) -> tuple[Checkpoint, ...]:
    return tuple(Checkpoint(fmt, _text_with_content(repo)) for fmt, repo in _table(found).items())


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WrongValueError("", f"found {found!r}, should be a number")
    if not math.isfinite(found):
        raise WrongValueError("", f"found {found}, should be a finite number")
    return float(found)


def _whole(found: object) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise WrongValueError("", f"found {found!r}, should be a whole number")
    return found


def _flag(found: object) -> bool:
    if not isinstance(found, bool):
        raise WrongValueError("", f"found {found!r}, should be true or false")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise WrongValueError("", f"found {found!r}, should be text")
    return found


def _text_with_content(found: object) -> str:
    if not _text(found).strip():
        raise WrongValueError("", "found an empty text")
    return _text(found)


def _date(found: object) -> str:
    if isinstance(found, datetime.date) and not isinstance(found, datetime.datetime):
        return found.isoformat()
    if not isinstance(found, str) or not _DATE.fullmatch(found):
        raise WrongValueError("", f"found {found!r}, should be a date: 2026-11-23, 2026-11 or 2026")
    return found


_SCALARS: dict[Any, Reader] = {float: _number, int: _whole, bool: _flag, str: _text}
_NO_PRICE = {"input_usd_per_mtok": None, "output_usd_per_mtok": None, "cache_read_usd_per_mtok": None}
_TABLES: dict[Any, Shape] = {PriceTier: Shape(PriceTier, _NO_PRICE), PriceChange: Shape(PriceChange, _NO_PRICE)}
