"""Reads the values of a record: by path, through JSON in a cell, in the spellings that sources use.

Nothing of a value is ever shown: what stands in the wrong place may be a prompt or a key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from planner.evidence.usage.rows import FAILED, BadValueError
from planner.toml.text import printable

Path = tuple[str, ...]
Paths = tuple[Path, ...]

LARGEST: Final = 10**15
LONGEST_NAME: Final = 120
_EMPTY: Final = frozenset({"", "null", "none", "nan", "\\n", "n/a", "undefined"})
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([.,' \u00a0\u2019\u202f])[0-9]{3})(?:\1[0-9]{3})*")
_COMMA: Final = re.compile(r"(-?[0-9]+),([0-9]+)")
"""As a spreadsheet of many countries writes a fraction."""
_SECRET: Final = re.compile(
    r"(?:sk|pk|rk|hk|key|api|tok|bearer|gsk|xai)[-_ ][^\s]{16,}|[0-9a-fA-F]{24,}|[A-Za-z0-9_+/=-]{40,}"
)
_TRUE, _FALSE = frozenset({"true", "t", "1", "yes"}), frozenset({"false", "f", "0", "no"})


@lru_cache(maxsize=4096)
def plain_key(name: str) -> str:
    """A key without case and marks, so that `startTime`, `start_time` and `Start Time` are one."""
    return re.sub(r"[^0-9a-z]", "", name.casefold().lstrip("\ufeff"))


def paths(*dotted: str) -> Paths:
    """Alternatives, the first that holds something counts; a dot goes one level down."""
    return tuple(tuple(path.split(".")) for path in dotted)


def at(record: Mapping[str, Any], path: Path) -> Any:
    """The value at a path, through objects that were written as text; None where there is none."""
    here: Any = record
    for key in path:
        if isinstance(here, str):
            here = unpacked(here)
        if not isinstance(here, dict):  # of JSON: no other mapping, and asking for one takes five times as long
            return None
        here = here.get(key)
    return None if here == "" else here


@lru_cache(maxsize=64)
def unpacked(text: str) -> Any:
    """The object or list that a text is; None where it is none."""
    if text[:1] not in "{[":
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def first(record: Mapping[str, Any], alternatives: Paths) -> Any:
    """What the first of several paths holds that holds something."""
    for path in alternatives:
        found = record.get(path[0]) if len(path) == 1 else at(record, path)
        if found is not None and found != "":
            return found
    return None


def whole(record: Mapping[str, Any], alternatives: Paths, *, grouped: bool = False) -> int | None:
    """A number of tokens or requests, not negative; None where the source says none."""
    found = first(record, alternatives)
    return None if found is None else as_whole(found, alternatives[0][-1], grouped=grouped)


def as_whole(found: Any, field: str, *, grouped: bool = False) -> int | None:
    """The same of a value: 3, "3", 3.0, "3.0" and "3,000"; with `grouped` a point separates thousands, too."""
    if type(found) is int:
        value: float = found
    elif isinstance(found, str):
        text = found.strip()
        if text.isascii() and text.isdigit() and len(text) < 16:
            return int(text)
        if text.casefold() in _EMPTY:
            return None
        match = _GROUPED.fullmatch(text)
        if match and (grouped or match[1] != "."):
            text = text.replace(match[1], "")
        value = _float(_COMMA.sub(r"\1.\2", text))
    else:
        value = found if isinstance(found, float) else math.nan
    if not 0 <= value <= LARGEST or value != int(value):
        raise BadValueError(field, found, "a whole number of at least 0")
    return int(value)


def number(record: Mapping[str, Any], alternatives: Paths) -> float | None:
    """Money or seconds, of any sign; None where the source says none."""
    found = first(record, alternatives)
    if found is None or (isinstance(found, str) and found.strip().casefold() in _EMPTY):
        return None
    value = _float(_COMMA.sub(r"\1.\2", found.strip().lstrip("$€£¥"))) if isinstance(found, str) else found
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise BadValueError(alternatives[0][-1], found, "a number")
    return float(value)


def _float(text: str) -> float:
    try:
        return float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan


def truth(found: Any) -> bool | None:
    """True or false in any spelling; None where it is neither."""
    if found is None or isinstance(found, bool):
        return found
    text = str(found).strip().casefold()
    return True if text in _TRUE else False if text in _FALSE else None


def name(found: Any) -> str:
    """A name as it may be shown: on one line, short, and never a key."""
    if found is None:
        return ""
    if isinstance(found, list):
        found = next((item for item in found if isinstance(item, str) and not item.startswith("User-Agent")), "")
    if not isinstance(found, str):
        found = str(found) if isinstance(found, int) else ""
    return _shown(found)


@lru_cache(maxsize=8192)
def _shown(text: str) -> str:
    if text[:1] == "[" and isinstance(listed := unpacked(text), list):
        return name(listed)
    flat = " ".join(printable(text).split())
    if flat.casefold() in _EMPTY:
        return ""
    if _SECRET.fullmatch(flat):
        return f"key-{sha256(flat.encode()).hexdigest()[:8]}"
    return flat[:LONGEST_NAME]


def failed_status(found: Any) -> str:
    """`FAILED` where a status is not that of a success: a code of HTTP, or a word."""
    text = str(found or "").strip().casefold()
    code = int(text) if text.isascii() and text.isdigit() and len(text) == 3 else None
    failed = not 200 <= code < 300 if code is not None else text.startswith(("fail", "err", "timeout", "throttl"))
    return FAILED if failed else ""


def sum_of(values: Sequence[int | None]) -> int | None:
    """Of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
