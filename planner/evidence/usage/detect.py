"""Which log a file is: told by the set of its keys, never by their order, from its first 64 kB."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Literal

from planner.evidence.usage import agents, gateways, others, serving, telemetry, vendors
from planner.evidence.usage.documents import CONTAINERS, JsonText, key_paths
from planner.evidence.usage.fields import Format
from planner.evidence.usage.streams import PARQUET
from planner.evidence.usage.values import plain_key
from planner.records import dataclass
from planner.toml.errors import InputError

FORMATS: Final = (
    *vendors.FORMATS, *agents.FORMATS, *telemetry.FORMATS, *serving.FORMATS, *gateways.FORMATS, *others.FORMATS,
)  # fmt: skip
"""In the order in which they are tried."""
Shape = Literal["lines", "json", "table", "scrape", "parquet", "empty"]
_INSIDE: Final = tuple(f"{plain_key(name)}." for name in CONTAINERS)
_SCRAPE: Final = re.compile(r"^(?:# (?:HELP|TYPE) |(?:vllm|sglang):\w+(?:\{|\s))", re.MULTILINE)
_DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_NAME: Final = 48
_NAME: Final = re.compile(r"[^\W\d][\w.-]*(?: [\w.()%/-]+){0,3}")
"""Letters, digits and few marks, in at most four words."""
_VALUE: Final = re.compile(r"[\d.,:/ TZ+-]*\d[\d.,:/ TZ+-]*")
"""A number, a date or a time, and no name."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The shape of a file, its keys, and the format they tell; None where they tell none."""

    shape: Shape
    keys: frozenset[str]
    format: Format | None = None
    header: tuple[str, ...] = ()
    """Names of a table's columns, as they stand there."""
    delimiter: str = ""
    skip: int = 0
    """Lines of a table before its first record."""

    names: tuple[str, ...] = ()
    """Of the columns, or of the keys of the first record, as they may be shown."""

    @property
    def fingerprint(self) -> str:
        """What a mapping is remembered by: the names of the columns, in any order."""
        names = sorted({plain_key(name) for name in self.header} or self.keys)
        return sha256("\n".join(names).encode()).hexdigest()[:16]


def detect(text: str, raw: bytes, *, cut: bool) -> Detected:
    """What the beginning of a file tells; `cut`: the file goes on behind it."""
    if raw.startswith(PARQUET):
        return Detected("parquet", frozenset())
    start = text.lstrip("\ufeff\x1e \t\r\n")
    if not start:
        return Detected("empty", frozenset())
    if start[0] in "{[":
        lines = start[0] == "{" and _is_lines(start, cut)
        keys = _keys_of(start.splitlines() if lines else [start])
        form = format_of(keys)
        return Detected("lines" if lines else "json", keys, form, names=() if form else _record_names(start))
    if _SCRAPE.search(start):
        keys = frozenset(name for name in ("vllm", "sglang") if re.search(rf"^{name}:", start, re.MULTILINE))
        return Detected("scrape", keys, format_of(keys))
    return _table(text)


def _is_lines(start: str, cut: bool) -> bool:
    """Whether every line is a record: the first is whole, or a later one is while the first is not just a brace."""
    head, *rest = start.split("\n", 20)
    if not rest and cut:  # a line longer than what is looked at: a page that holds lists, or one long record
        keys = key_paths(head)
        return not any(key.startswith(_INSIDE) for key in keys)
    return head.strip() != "{" and any(_is_json(line) for line in (head, *rest))


def _is_json(line: str) -> bool:
    try:
        return line[:1] == "{" and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _keys_of(texts: Iterable[str]) -> frozenset[str]:
    """Keys of records: what a page wraps them in is taken off."""
    found: set[str] = set()
    for text in texts:
        found |= key_paths(text)
    return frozenset(_unwrapped(key) for key in found)


def _unwrapped(key: str) -> str:
    for prefix in _INSIDE:
        if key.startswith(prefix):
            return _unwrapped(key.removeprefix(prefix))
    return key


def _table(text: str) -> Detected:
    """The first line that holds columns, cut at the mark that gives a known set of them, else the most."""
    lines = text.splitlines()[:50]
    for number, line in enumerate(lines):
        if not line.strip(" \ufeff,;\t") or line.lower().startswith("sep="):
            continue
        best = Detected("table", frozenset())
        for delimiter in _DELIMITERS:
            cells = tuple(cell.strip().lstrip("\ufeff") for cell in next(csv.reader([line], delimiter=delimiter)))
            keys = frozenset(map(plain_key, cells))
            found = Detected("table", keys, format_of(keys), cells, delimiter, number + 1)
            if found.format is not None:
                return found
            best = found if len(cells) > len(best.header) else best
        return replace(best, names=_column_names(best, lines[number + 1 :]))
    return Detected("empty", frozenset())


def _column_names(found: Detected, rest: list[str]) -> tuple[str, ...]:
    """The columns of a table, where the first line is surely a header: as wide as the next one, names above values and
    none of them a value further down. Anything else may be a row, and a row may hold anything."""
    below = [*csv.reader([line for line in rest if line.strip()], delimiter=found.delimiter)]
    alike = bool(below) and len(below[0]) == len(found.header) > 1 and any(map(_is_value, below[0]))
    held = {cell for cells in below for cell in cells}
    return found.header if alike and all(_is_name(n) and n not in held for n in found.header if n) else ()


def _is_value(text: str) -> bool:
    return bool(_VALUE.fullmatch(text.strip()))


def _record_names(text: str) -> tuple[str, ...]:
    """The keys that the first two records share: of one record alone a key may be anything, the name of a user, say."""
    found = JsonText(io.StringIO(text)).records()
    try:
        one, other = next(found).record, next(found).record
    except (InputError, StopIteration):
        return ()
    return tuple(key for key in one if key in other and _is_name(key))


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and bool(_NAME.fullmatch(text)) and not _VALUE.fullmatch(text)


def format_of(keys: frozenset[str]) -> Format | None:
    """The first format that all keys of one of its sets are there for."""
    return next((form for form in FORMATS if any(wanted <= keys for wanted in form.keys)), None)


class Renamed:
    """The keys of records under the names that a reader knows, whatever their case and marks."""

    def __init__(self, names: Iterable[str]) -> None:
        known = {plain_key(name): name for name in names}

        def named(key: str) -> str:
            return known.get(plain_key(key), key)

        self._name: Callable[[str], str] = lru_cache(maxsize=4096)(named)

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record."""
        name = self._name
        return {name(key): value for key, value in record.items()}
