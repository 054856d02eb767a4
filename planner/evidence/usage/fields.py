"""From the names that a source gives its fields to a row: most formats are a table of names and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Final

from planner.evidence.usage.rows import BEFORE, FAILED, FAILURE, Aside, Plain, Reader, Record, Row, Skip, Unit, counts
from planner.evidence.usage.times import Clock
from planner.evidence.usage.values import Path, Paths, first, name, number, paths, plain_key, sum_of, truth, whole
from planner.records import dataclass

HOUR_S: Final = 3600
DAY_S: Final = 86_400
IMPLIED: Final = 0
"""Length of buckets that a source does not state: all its times stand on whole days, hours or minutes."""
BY_MODEL: Final = "model"
NO_MARKS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What a caller says about a source."""

    clock: Clock
    workload_by: str = ""
    """Empty: as is usual for the source; else tag, model, key or project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Where a source keeps what: alternatives of dotted paths, the first that holds something counts."""

    time: Paths = ()
    end: Paths = ()
    bucket: Paths = ()
    """Length of a bucket in seconds."""
    bucket_s: int | None = None
    """Length of every bucket; None: single requests, or as `bucket` and `end` say."""
    model: Paths = ()
    workload: Mapping[str, Paths] = field(default_factory=dict)
    """By what may tell workloads apart; that of the empty name is taken unless somebody says otherwise."""
    batch: Paths = ()
    batch_told: bool = True
    """False: what is not said to be of a batch tier may be of one."""
    requests: Paths = ()
    failed: Paths = ()
    input: Paths = ()
    outside: bool = False
    """What was read from a cache and written to it stands beside the input, not inside."""
    basis: Paths | None = None
    """Names of who counted: whether the cache stands inside is not stated, and decided for each of them by its rows."""
    outside_for: frozenset[str] = frozenset()
    """Those whose cache stands beside the input, unless a row shows otherwise."""
    uncached: Paths = ()
    cached: Paths = ()
    write: Paths = ()
    write_5m: Paths = ()
    write_1h: Paths = ()
    output: Paths = ()
    beside: Paths = ()
    """Output that stands beside `output`, such as reasoning."""
    reasoning: Paths = ()
    total: Paths = ()
    """Input and output, which tells whether the cache stands inside."""
    latency_ms: Paths = ()
    latency_s: Paths = ()
    cost: Paths = ()
    cost_scale: float = 1.0
    """Parts of a unit of the currency."""
    currency: Paths = ()
    money: str = "USD"
    """Currency where no field says one."""
    grouped: bool = False
    """A point or comma before three digits separates thousands."""
    sees_failures: bool = False

    def names(self) -> tuple[str, ...]:
        """The keys of a record that are looked at, as they are spelt here."""
        every = (getattr(self, field) for field in _PATHS)
        nested = [*every, *self.workload.values()]
        return tuple(dict.fromkeys(path[0] for group in nested for path in group or ()))

    def row(self, record: Record, options: Options, requests: int | None = 1) -> Row:
        """The row of a record; `requests` where no field holds them. Raises `BadValueError`."""
        seconds, bucket_s = self._when(record, options)
        cost = number(record, self.cost) if self.cost else None
        basis, tokens = self._tokens(record)
        told = whole(record, self.requests) if self.requests else requests
        told = requests if told is None and bucket_s is None else told
        failed = whole(record, self.failed) if self.failed else 0 if self.sees_failures else None
        return Row(
            seconds=seconds,
            counts=counts(requests=told, failed=failed, latency_ms=self._latency(record, options.clock), **tokens),
            bucket_s=bucket_s,
            model=name(first(record, self.model)) if self.model else "",
            workload=self._workload(record, options),
            batch=self._tier(record),
            cost=None if cost is None else cost / self.cost_scale,
            currency="" if cost is None else self._currency(record),
            basis=basis,
            cache_outside=basis is not None and basis.casefold() in self.outside_for,
        )

    def failure(self, record: Record, options: Options) -> Skip:
        """A call that failed: counted apart, in its hour."""
        seconds, bucket_s = self._when(record, options)
        model = name(first(record, self.model)) if self.model else ""
        workload = self._workload(record, options)
        return Skip(FAILED, Row(seconds, FAILURE, bucket_s, model, workload))

    def _when(self, record: Record, options: Options) -> tuple[float | None, int | None]:
        if not self.time:
            return None, self.bucket_s
        seconds = options.clock.seconds(first(record, self.time), self.time[0][-1])
        if self.bucket and (told := whole(record, self.bucket)) is not None:
            return seconds, told
        if self.bucket_s == IMPLIED and self.end and (end := first(record, self.end)) is not None:
            return seconds, max(0, round(options.clock.seconds(end, self.end[0][-1]) - seconds))
        return seconds, self.bucket_s

    def _tokens(self, record: Record) -> tuple[str | None, dict[str, int | None]]:
        grouped = self.grouped

        def read(where: Paths) -> int | None:
            return whole(record, where, grouped=grouped) if where else None

        told, cached, output = read(self.input), read(self.cached), read(self.output)
        write_5m, write_1h, write = read(self.write_5m), read(self.write_1h), read(self.write)
        write = sum_of((write_5m, write_1h)) if write is None else write
        if self.beside and output is not None:
            output += read(self.beside) or 0
        basis = None
        if self.basis is not None:
            basis, told = self._settled(record, told, sum_of((cached, write)) or 0, output or 0)
        elif self.outside:
            told = sum_of((told, cached, write))
        if cached is None and told is not None and (uncached := read(self.uncached)) is not None:
            cached = max(0, told - uncached)
        return basis, {
            "input_tokens": told, "cached": cached, "write": write, "write_5m": write_5m, "write_1h": write_1h,
            "output": output, "reasoning": read(self.reasoning),
        }  # fmt: skip

    def _settled(self, record: Record, told: int | None, cache: int, output: int) -> tuple[str | None, int | None]:
        """Whose rows decide, and the input; nobody's where this row says it itself, by its total."""
        total = whole(record, self.total) if self.total and told is not None and cache else None
        if told is not None and total is not None and total in (told + output, told + cache + output):
            return None, total - output
        return name(first(record, self.basis or ())), told

    def _latency(self, record: Record, clock: Clock) -> int | None:
        if self.latency_ms and (found := number(record, self.latency_ms)) is not None:
            return max(0, round(found))
        if self.latency_s and (found := number(record, self.latency_s)) is not None:
            return max(0, round(1000 * found))
        if self.end and self.bucket_s is None and (end := first(record, self.end)) is not None:
            lasted = clock.seconds(end, self.end[0][-1]) - clock.seconds(first(record, self.time), self.time[0][-1])
            return max(0, round(1000 * lasted))
        return None

    def _workload(self, record: Record, options: Options) -> str:
        if options.workload_by == BY_MODEL:
            return name(first(record, self.model)) if self.model else ""
        return name(first(record, self.workload.get(options.workload_by, ())))

    def _tier(self, record: Record) -> bool | None:
        tier = _tier(first(record, self.batch)) if self.batch else None
        return tier if tier or self.batch_told else None

    def _currency(self, record: Record) -> str:
        found = first(record, self.currency) if self.currency else None
        return found.strip().upper()[:3] if isinstance(found, str) else self.money


_PATHS: Final = (
    "time", "end", "bucket", "model", "batch", "requests", "failed", "input", "basis", "uncached", "cached", "write",
    "write_5m", "write_1h", "output", "beside", "reasoning", "total", "latency_ms", "latency_s", "cost", "currency",
)  # fmt: skip


def _tier(found: Any) -> bool | None:
    """Whether a tier is the batch tier: told as true or false, or by name."""
    if found is None or isinstance(found, bool):
        return found
    text = str(found).strip().casefold()
    told = truth(text)
    return "batch" in text if told is None else told


Check = Callable[[Record], str]
"""Why a record carries no volume; empty where it does, `FAILED` where the call failed."""


class FlatReader(Plain):
    """One record, one row, by a table of names; `check` sorts out what is no volume."""

    def __init__(self, fields: Fields, options: Options, check: Check | None, requests: int | None) -> None:
        self.fields, self._options, self._check, self._requests = fields, options, check, requests
        self.is_utc = options.clock.zone is dt.UTC
        """False: a time without a zone is of a local clock, and only in their order do records tell its two hours."""

    def units(self, record: Record) -> Iterable[Unit]:
        """The row, or why there is none."""
        reason = self._check(record) if self._check else ""
        if reason == FAILED:
            return (self.fields.failure(record, self._options),)
        if reason:  # an empty bucket still says how long buckets are
            row = None if self.fields.bucket_s is None else self.fields.row(record, self._options, None)
            return (Skip(reason, row),)
        return (self.fields.row(record, self._options, self._requests),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of log: what it is told by, and what reads it."""

    name: str
    keys: tuple[frozenset[str], ...]
    """Sets of keys, by dotted path without case and marks; a record with all of one set is of this format."""
    names: tuple[str, ...]
    """Keys that its reader looks at, as it spells them."""
    make: Callable[[Options], Reader]
    unit: str = ""
    """What one record is called; empty: by the kind of file."""
    zone: str = "UTC"
    """Empty: not stated by the source."""
    by: tuple[str, ...] = ()
    """What may tell its workloads apart."""
    counted: tuple[str, ...] = ()
    """Reasons that are reported even where no record has them."""
    note: str = ""
    """Key of what must be said of it, in the words of the command."""
    calendar: bool = True
    """False: its times begin at nothing that is stated, so there are no days and no hours."""
    looks_at: Mapping[Path, str] = field(default_factory=dict)
    """What a check of its records looks at; where only one part of a text matters, that part."""
    added_up: bool = False
    """Its check looks at texts alone, so that an engine may group by them and add up the rest."""
    folder: bool = False
    """A folder's other files are of it too: some hold nothing that tells a format."""


def told_by(*sets: str) -> tuple[frozenset[str], ...]:
    """Sets of keys, written with blanks between."""
    return tuple(frozenset(".".join(map(plain_key, path.split("."))) for path in keys.split()) for keys in sets)


def flat(
    name: str,
    keys: tuple[frozenset[str], ...],
    fields: Fields,
    *,
    check: Check | None = None,
    looks_at: tuple[str, ...] = (),
    marks: Mapping[str, str] = NO_MARKS,
    requests: int | None = 1,
    **settings: Any,
) -> Format:
    """A format whose records are rows."""
    return Format(
        name=name,
        keys=keys,
        names=(*fields.names(), *(path.split(".")[0] for path in looks_at)),
        looks_at={paths(path)[0]: marks.get(path, "") for path in looks_at},
        make=lambda options: FlatReader(fields, options, check, requests),
        by=tuple(key for key in (*fields.workload, BY_MODEL) if key),
        **settings,
    )


def held_back(unit: Unit, since_s: float | None) -> Unit:
    """The unit, or a skip where it lies before the day that was asked for."""
    if isinstance(unit, Aside):
        return unit
    row = unit if isinstance(unit, Row) else unit.row
    early = since_s is not None and row is not None and row.seconds is not None and row.seconds < since_s
    return Skip(BEFORE, read=unit.read) if early else unit
