"""The table of a source's names as SQL over the columns of a file: what a record says, said of all records at once.

Only what a reader decides from a name (which model, which tier, whether a call failed) stays with the reader: those
texts are grouped by. A column that only a reader can make sense of is refused, and the file is read record by record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from planner.evidence.usage.fields import Fields
from planner.evidence.usage.rows import COUNTED
from planner.evidence.usage.values import EMPTY, LARGEST, Path, Paths, plain_key
from planner.records import dataclass

NUMBERS: Final = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL.*")
WHOLE: Final = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?")
MOMENTS: Final = re.compile(r"DATE|TIMESTAMP.*")
_BLANK: Final = ", ".join("'" + text.replace("'", "''") + "'" for text in sorted(EMPTY))
_PARTS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Seconds since 1970 above the first are so many parts of one, as `times.Clock` reads them."""


class NotHereError(Exception):
    """A column that only a reader can make sense of."""


@dataclass(frozen=True, slots=True)
class Expressions:
    """SQL of what is grouped by, and of what is added up."""

    keys: Mapping[Path, str]
    """Texts that a reader decides by, at the path where it looks for them."""
    seconds: str
    bad: str
    """A condition: some number is none."""
    sums: Mapping[str, str]
    """By `COUNTED`, without what is not known; input as it stands there."""
    beside: str
    """What was read from a cache and written to it, where it may stand beside the input; else empty."""
    bucket: str
    """Length of a bucket, where rows tell one."""
    cost: str


class Columns:
    """The columns of a file, found by any spelling of their names."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = {plain_key(name): (name, type) for name, type in types.items()}

    def text(self, path: Path) -> str:
        """A value as text, NULL where it is empty; NULL too where there is no such column."""
        found = self._types.get(plain_key(path[0]))
        if found is None:
            return ""
        name, type = quoted(found[0]), found[1]
        if len(path) > 1:
            inside = "$" + "".join(f'."{key}"' for key in path[1:])
            held = name if type in ("VARCHAR", "JSON") else f"cast(to_json({name}) as varchar)"
            return f"nullif(try(json_extract_string({held}, {literal(inside)})), '')"
        if type == "VARCHAR":
            return f"nullif({name}, '')"
        return (
            f"cast({name} as varchar)" if "[" not in type and "(" not in type else f"cast(to_json({name}) as varchar)"
        )

    def is_whole(self, path: Path) -> bool:
        """Whether a column holds whole numbers and nothing else, or is not there."""
        found = self._types.get(plain_key(path[0]))
        return found is None or (len(path) == 1 and WHOLE.fullmatch(found[1]) is not None)

    def number(self, path: Path) -> str:
        """A value as a number. Raises `NotHereError` for a column of text: who knows how it writes them."""
        found = self._types.get(plain_key(path[0]))
        if found is None:
            return ""
        if len(path) > 1:
            return f"try_cast({self.text(path)} as double)"
        if not NUMBERS.fullmatch(found[1]):
            if found[1] == "VARCHAR":
                raise NotHereError(path[0])
            return "null" if found[1] == '"NULL"' else self._refused(path)
        # What is written as nan is no number that somebody knew.
        return f"nullif({quoted(found[0])}, 'nan')" if found[1] in ("FLOAT", "DOUBLE") else quoted(found[0])

    def _refused(self, path: Path) -> str:
        raise NotHereError(path[0])

    def seconds(self, paths: Paths) -> str:
        """A moment since 1970 in UTC. Raises `NotHereError` where it is written as text."""
        for path in paths:
            found = self._types.get(plain_key(path[0])) if len(path) == 1 else None
            if found is None:
                continue
            name, type = quoted(found[0]), found[1]
            if MOMENTS.fullmatch(type):
                return f"(epoch_us({name}) / 1e6)"
            if NUMBERS.fullmatch(type):
                cases = " ".join(f"when {name} > {above} then {name} / {parts}" for above, parts in _PARTS)
                return f"(case {cases} else cast({name} as double) end)"
        raise NotHereError(paths[0][-1] if paths else "time")


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def expressions(fields: Fields, looks_at: Mapping[Path, str], workload_by: str, columns: Columns) -> Expressions:
    """What the fields say of a file with these columns. `looks_at`: what a check of records looks at, as `Format` has
    it. Raises `NotHereError`."""
    read = _Reading(fields, columns)
    workload = fields.workload.get(workload_by, ())
    named = [fields.model, workload, fields.batch, fields.basis or (), fields.currency, fields.bucket]
    keys = {alternatives[0]: read.text(alternatives) for alternatives in named if alternatives}
    for path, mark in looks_at.items():
        text = columns.text(path)
        if mark and text:
            text = f"case when contains({text}, {literal(mark)}) then {literal(mark)} end"
        keys[path] = text
    return Expressions(
        keys={path: sql for path, sql in keys.items() if sql},
        seconds=columns.seconds(fields.time),
        bad=read.bad(),
        sums=read.sums(),
        beside=read.beside() if fields.basis is not None else "",
        bucket=read.text(fields.bucket),
        cost=read.number(fields.cost),
    )


class _Reading:
    """The numbers of a row, as `Fields` reads them from a record."""

    def __init__(self, fields: Fields, columns: Columns) -> None:
        if fields.total or fields.uncached or fields.bucket_s is not None:
            raise NotHereError("total")
        self._fields, self._columns = fields, columns

    def text(self, paths: Paths) -> str:
        """The first of several that holds something."""
        return _first(self._columns.text(path) for path in paths)

    def number(self, paths: Paths) -> str:
        """The first of several numbers."""
        return _first(self._columns.number(path) for path in paths)

    def is_whole(self, paths: Paths) -> bool:
        """Whether no fraction can be in it."""
        return all(self._columns.is_whole(path) for path in paths)

    def bad(self) -> str:
        """Whether a number is none: of tokens or requests one below zero, a fraction, or a text inside JSON; of money
        or time one beyond all bounds."""
        f = self._fields
        whole = [
            f.input,
            f.output,
            f.cached,
            f.write,
            f.write_5m,
            f.write_1h,
            f.reasoning,
            f.beside,
            f.requests,
            f.failed,
        ]
        found = [_is_bad(self, paths) for paths in whole if paths]
        found += [_is_none(self, paths) for paths in (f.cost, f.latency_ms, f.latency_s) if paths]
        return " or ".join(filter(None, found)) or "false"

    def beside(self) -> str:
        """Tokens of the cache that may stand beside the input."""
        told = [sql for sql in (self.number(self._fields.cached), self._write()) if sql]
        return " + ".join(f"coalesce({sql}, 0)" for sql in told)

    def _write(self) -> str:
        f = self._fields
        lives = [sql for sql in (self.number(f.write_5m), self.number(f.write_1h)) if sql]
        both = " + ".join(f"coalesce({sql}, 0)" for sql in lives)
        known = " or ".join(f"{sql} is not null" for sql in lives)
        return _first((self.number(f.write), f"case when {known} then {both} end" if lives else ""))

    def _lasted(self) -> str:
        """Milliseconds from the start to the end, where the file has both. Raises `NotHereError`."""
        if not self._fields.end or not any(self._columns.text(path) for path in self._fields.end):
            return ""
        return f"1000 * ({self._columns.seconds(self._fields.end)} - {self._columns.seconds(self._fields.time)})"

    def _in_whole_ms(self, latency: str) -> str:
        f = self._fields
        whole = self.is_whole(f.latency_ms) and not self.number(f.latency_s)
        rounded = latency if whole and latency == self.number(f.latency_ms) else f"round_even({latency}, 0)"
        return latency and f"greatest({rounded}, 0)"

    def sums(self) -> dict[str, str]:
        """What a row adds to each column of the rollup."""
        f, number = self._fields, self.number
        given, output, requests = number(f.input), number(f.output), number(f.requests)
        if requests:  # a row that is no bucket is one request, whether a column says so or not
            bucket = self.text(f.bucket)
            requests = f"coalesce({requests}, {f'case when {bucket} is null then 1 end' if bucket else '1'})"
        if f.outside:
            parts = [sql for sql in (given, number(f.cached), self._write()) if sql]
            known = " or ".join(f"{sql} is not null" for sql in parts)
            given = f"case when {known} then {' + '.join(f'coalesce({sql}, 0)' for sql in parts)} end" if parts else ""
        if f.beside and output and (more := number(f.beside)):
            output = f"{output} + coalesce({more}, 0)"
        spent, slow = number(f.latency_ms), number(f.latency_s)
        latency = _first((spent, f"1000 * {slow}" if slow else "", self._lasted()))
        found = dict(zip(COUNTED, (
            requests, number(f.failed), given, number(f.cached), number(f.write_5m), number(f.write_1h),
            self._write(), output, number(f.reasoning), self._in_whole_ms(latency),
        ), strict=True))  # fmt: skip
        return {name: sql for name, sql in found.items() if sql}


def _first(found: Iterable[str]) -> str:
    known = [sql for sql in found if sql]
    return known[0] if len(known) == 1 else f"coalesce({', '.join(known)})" if known else ""


def _is_none(read: _Reading, paths: Paths) -> str:
    number = read.number(paths)
    return f"coalesce(not (abs({number}) <= {LARGEST}), false)" if number else ""


def _is_bad(read: _Reading, paths: Paths) -> str:
    number, text = read.number(paths), read.text(paths)
    if not number:
        return ""
    inside = any(len(path) > 1 for path in paths)
    part = "" if read.is_whole(paths) else f" or {number} <> floor({number})"
    wrong = f"({number} < 0 or {number} > {LARGEST}{part})"
    if inside:
        wrong = f"({wrong} or ({number} is null and lower(trim({text})) not in ({_BLANK})))"
    return f"coalesce({wrong}, false)"
