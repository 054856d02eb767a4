"""The one table that everything is said from: an hour, a model, a workload and a tier a line, and sizes beside it.

Its memory grows with the number of distinct lines, never with the number of requests, and any engine can make it with
one `group by`: a sum leaves out what is unknown, and is unknown where nothing is known.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, Final

from planner.evidence.usage.fields import IMPLIED
from planner.evidence.usage.rows import COUNTED, At, Counts, Row
from planner.quantities import count
from planner.records import dataclass
from planner.toml.errors import InputError

HOUR_S: Final = 3600
OCTAVE: Final = 8
"""Size buckets in one doubling: a quantile read from them is within 4 % of the exact one."""
COLUMNS: Final = ("hour_utc", "model", "workload", "batch", *COUNTED)
NO_HOUR: Final = -1
"""Hour of rows without a calendar."""
MOST_NAMES: Final = 100_000
"""Combinations of a model and a workload. A log has tens; a column with another name in each row has one a row."""

Key = tuple[int, str, str, int]
"""Hour since 1970, model, workload, and 1, 0 or -1 for a batch tier, another one, or not known."""
SizeKey = tuple[str, str, int, int]
CostKey = tuple[str, str, str, int]
"""Currency, model, workload and hour, `NO_HOUR` where that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """Sums by hour, model, workload and tier; and requests by size."""

    cells: dict[Key, Counts]
    counted: dict[SizeKey, int]
    """Requests by size, without those of `late`."""
    late: list[Callable[[dict[SizeKey, int]], None]] = field(default_factory=list)
    """What adds the sizes of blocks: most readers ask for none."""
    names: set[tuple[str, str]] = field(default_factory=set)
    """Models and workloads of the rows that were added."""

    @property
    def sizes(self) -> dict[SizeKey, int]:
        """(model, workload, bucket of input, bucket of output): requests."""
        while self.late:
            self.late.pop()(self.counted)
        return self.counted

    def add(self, row: Row) -> None:
        """One more row. Raises `InputError` where there is no end of names."""
        key = (hour_of(row), row.model, row.workload, -1 if row.batch is None else int(row.batch))
        counts, before = row.counts, self.cells.get(key)
        self.cells[key] = counts if before is None else added(before, counts)
        if before is None:
            self.names.add(key[1:3])
            if len(self.names) > MOST_NAMES:
                raise InputError(
                    f"found more than {count(MOST_NAMES)} models and workloads, expected names that many requests "
                    "share; a column of ids is neither: name another with --workload-by or --mapping"
                )
        tokens_in, tokens_out = counts[At.INPUT], counts[At.OUTPUT]
        if row.bucket_s is None and counts[At.REQUESTS] == 1 and tokens_in is not None and tokens_out is not None:
            size = (row.model, row.workload, size_bucket(tokens_in), size_bucket(tokens_out))
            self.counted[size] = self.counted.get(size, 0) + 1

    def merge(self, other: Rollup) -> None:
        """All rows of another table too."""
        for key, counts in other.cells.items():
            before = self.cells.get(key)
            self.cells[key] = counts if before is None else added(before, counts)
        for size, requests in other.counted.items():
            self.counted[size] = self.counted.get(size, 0) + requests
        self.late.extend(other.late)

    def total(self, column: int, cells: Iterable[Counts] | None = None) -> int | None:
        """A column's sum; None where nothing is known."""
        told = self.cells.values() if cells is None else cells
        known = [value for counts in told if (value := counts[column]) is not None]
        return sum(known) if known else None

    def lines(self) -> Iterator[str]:
        """As CSV, sorted by the first four columns; what is unknown is empty."""
        yield ",".join(COLUMNS)
        for (hour, model, workload, batch), counts in sorted(self.cells.items(), key=lambda item: item[0]):
            start = "" if hour == NO_HOUR else f"{instant(hour * HOUR_S):%Y-%m-%dT%H:%M:%SZ}"
            tier = {1: "true", 0: "false"}.get(batch, "")
            numbers = ("" if value is None else str(value) for value in counts)
            yield ",".join((start, _quoted(model), _quoted(workload), tier, *numbers))


def hour_of(row: Row) -> int:
    """Since 1970, of a row."""
    return NO_HOUR if row.seconds is None else int(row.seconds // HOUR_S)


def empty_rollup() -> Rollup:
    """A table without lines."""
    return Rollup({}, {})


def added(one: Counts, other: Counts) -> Counts:
    """Column by column; what is unknown on one side is what the other knows."""
    return tuple([b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True)])


def size_bucket(tokens: int) -> int:
    """The eighth of an octave that a size falls into; -1 for 0."""
    return round(OCTAVE * math.log2(tokens)) if tokens > 0 else -1


def bucket_tokens(bucket: int) -> float:
    """The size that a bucket stands for."""
    return 0.0 if bucket < 0 else 2.0 ** (bucket / OCTAVE)


def instant(seconds: float) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Many rows that were added up elsewhere: a line an hour of each combination of names."""

    rows: Sequence[Row | None]
    """Of each combination what its rows are, without their numbers; None: nothing that is counted here."""
    lines: Mapping[str, Any]
    """Columns of numbers: `nr` of the combination, `hour`, `n` of rows, `beside` and `proof` of the cache, and sums by
    `COUNTED`, masked where unknown."""
    sizes: Callable[[], Iterable[tuple[int, int, int, int, int]]]
    """(nr, bucket of the input, of the output, of the input with the cache beside it, requests)."""

    def proves(self) -> Iterator[tuple[str, bool]]:
        """Each basis, and whether a row of it holds more cache than input."""
        for at, row in enumerate(self.rows):
            if row is not None and row.basis is not None:
                yield row.basis, row.cache_outside or bool(self.lines["proof"][self.lines["nr"] == at].any())

    def fold(self, rollup: Rollup, apart: Mapping[str, bool]) -> None:
        """Into the table; `apart`: of each basis, whether its cache stands beside the input."""
        for at, row in enumerate(self.rows):
            if row is not None:
                own = self.lines["nr"] == at
                columns = [self._column(name, row, own, apart.get(row.basis or "", False)) for name in COUNTED]
                tier = -1 if row.batch is None else int(row.batch)
                hours = self.lines["hour"][own].tolist()
                for hour, found in zip(hours, zip(*columns, strict=True), strict=True):
                    key = (hour, row.model, row.workload, tier)
                    before = rollup.cells.setdefault(key, found)
                    if before is not found:
                        rollup.cells[key] = added(before, found)
        rollup.late.append(partial(self._add_sizes, dict(apart)))

    def _add_sizes(self, apart: Mapping[str, bool], into: dict[SizeKey, int]) -> None:
        for at, given, output, beside, requests in self.sizes():
            row = self.rows[at]
            if row is not None and row.counts[At.REQUESTS] == 1:
                size = (row.model, row.workload, beside if apart.get(row.basis or "", False) else given, output)
                into[size] = into.get(size, 0) + requests

    def _column(self, name: str, row: Row, own: Any, is_apart: bool) -> list[int | None]:
        """A column of the rollup, for the lines of one combination."""
        each = row.counts[COUNTED.index(name)]
        lines = self.lines
        if row.counts[:2] == (0, 1):  # failed calls: as many as there are rows, and no tokens
            return lines["n"][own].tolist() if name == "failed" else [each] * int(own.sum())
        if name not in lines:
            found: list[int | None] = (each * lines["n"][own]).tolist() if each else [each] * int(own.sum())
            return found
        sums = lines[name][own]
        sums = sums + lines["beside"][own] if name == "input" and is_apart else sums
        known: list[int | None] = sums.tolist()  # None where it is masked
        return known


class Table:
    """A rollup in the making. Rows whose input may leave the cache out are kept in both readings until that is known:
    one row of a source with more cached than input decides for all of that source."""

    def __init__(self) -> None:
        self.rollup = empty_rollup()
        self._open: dict[str, tuple[Rollup, Rollup, list[bool]]] = {}
        self._blocks: list[Block] = []

    def add_block(self, block: Block) -> None:
        """Many rows at once."""
        self._blocks.append(block)

    def add(self, row: Row) -> None:
        """One more row."""
        counts = row.counts
        beside = (counts[At.CACHED] or 0) + (counts[At.WRITE] or 0)
        if row.basis is None or not beside:
            self.rollup.add(row)
            return
        if row.basis not in self._open:
            self._open[row.basis] = (empty_rollup(), empty_rollup(), [row.cache_outside])
        inside, outside, apart = self._open[row.basis]
        told = counts[At.INPUT] or 0
        apart[0] = apart[0] or beside > told
        inside.add(row)
        outside.add(_with_input(row, told + beside))

    def done(self) -> Rollup:
        """The table, with every question settled by what the rows proved."""
        decided = {basis: apart[0] for basis, (_, _, apart) in self._open.items()}
        for block in self._blocks:
            for basis, apart in block.proves():
                decided[basis] = decided.get(basis, False) or apart
        for block in self._blocks:
            block.fold(self.rollup, decided)
        for basis, (inside, outside, _) in self._open.items():
            self.rollup.merge(outside if decided[basis] else inside)
        self._open.clear()
        self._blocks.clear()
        return self.rollup


def _with_input(row: Row, tokens: int) -> Row:
    counts = (*row.counts[: At.INPUT], tokens, *row.counts[At.INPUT + 1 :])
    return Row(row.seconds, counts, row.bucket_s, row.model, row.workload, row.batch)


class Tally:
    """What is counted beside the table."""

    def __init__(self) -> None:
        self.read = self.used = 0
        self.problem = ""
        self.since_s: float | None = None
        self.first_s: float | None = None
        self.last_s: float | None = None
        self.shapes: Counter[str] = Counter()
        self.cost: dict[CostKey, float] = {}
        self._begins, self._ends = math.inf, -math.inf
        self._shortest: int | None = None
        self._implied = self._single = False
        self._step = 86_400

    def add(self, row: Row) -> None:
        """One row of volume."""
        self.read += row.read
        self.used += row.read
        if row.lasts is not None:
            self._begins, self._ends = min(self._begins, row.lasts[0]), max(self._ends, row.lasts[1])
        if row.cost is not None:
            self.pay(row, hour_of(row), row.cost)
        at = row.seconds
        if at is None:
            return
        self.first_s = at if self.first_s is None or at < self.first_s else self.first_s
        self.last_s = at if self.last_s is None or at > self.last_s else self.last_s
        self.length(row)

    def pay(self, row: Row, hour: int, amount: float) -> None:
        """Money of such a row in an hour."""
        of = (row.currency, row.model, row.workload, hour)
        self.cost[of] = self.cost.get(of, 0.0) + amount

    def until(self, last_s: float | None) -> None:
        """Rows were added up as far as this moment."""
        if last_s is not None:
            self.last_s = last_s if self.last_s is None else max(last_s, self.last_s)

    def length(self, row: Row) -> None:
        """How long the buckets are."""
        at = row.seconds
        if at is None:
            return
        if row.bucket_s is None:
            self._single = True
        elif row.bucket_s == IMPLIED:
            while self._step > 60 and at % self._step:
                self._step = 3600 if self._step > 3600 else 60
            self._implied = True
        elif self._shortest is None or row.bucket_s < self._shortest:
            self._shortest = row.bucket_s

    @property
    def unit(self) -> str:
        """What a record is called: as most are."""
        return self.shapes.most_common(1)[0][0] if self.shapes else "line"

    @property
    def lasted_s(self) -> float | None:
        """From the first row to the last, of a source without a calendar."""
        return self._ends - self._begins if self._ends >= self._begins else None

    @property
    def grain_s(self) -> int | None:
        """Length of the shortest bucket."""
        if self._shortest is not None:
            return self._shortest
        return self._step if self._implied and not self._single else None
