"""The one table that everything is said from: an hour, a model, a workload and a tier a line, and sizes beside it.

Its memory grows with the number of distinct lines, never with the number of requests, and any engine can make it with
one `group by`: a sum leaves out what is unknown, and is unknown where nothing is known.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import Final

from planner.evidence.usage.rows import COUNTED, At, Counts, Row
from planner.records import dataclass

HOUR_S: Final = 3600
OCTAVE: Final = 8
"""Size buckets in one doubling: a quantile read from them is within 4 % of the exact one."""
COLUMNS: Final = ("hour_utc", "model", "workload", "batch", *COUNTED)
NO_HOUR: Final = -1
"""Hour of rows without a calendar."""

Key = tuple[int, str, str, int]
"""Hour since 1970, model, workload, and 1, 0 or -1 for a batch tier, another one, or not known."""
SizeKey = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """Sums by hour, model, workload and tier; and requests by size."""

    cells: dict[Key, Counts]
    sizes: dict[SizeKey, int]
    """(model, workload, bucket of input, bucket of output): requests."""

    def add(self, row: Row) -> None:
        """One more row."""
        hour = NO_HOUR if row.seconds is None else int(row.seconds // HOUR_S)
        key = (hour, row.model, row.workload, -1 if row.batch is None else int(row.batch))
        counts, before = row.counts, self.cells.get(key)
        self.cells[key] = counts if before is None else added(before, counts)
        tokens_in, tokens_out = counts[At.INPUT], counts[At.OUTPUT]
        if row.bucket_s is None and counts[At.REQUESTS] == 1 and tokens_in is not None and tokens_out is not None:
            size = (row.model, row.workload, size_bucket(tokens_in), size_bucket(tokens_out))
            self.sizes[size] = self.sizes.get(size, 0) + 1

    def merge(self, other: Rollup) -> None:
        """All rows of another table too."""
        for key, counts in other.cells.items():
            before = self.cells.get(key)
            self.cells[key] = counts if before is None else added(before, counts)
        for size, requests in other.sizes.items():
            self.sizes[size] = self.sizes.get(size, 0) + requests

    def total(self, column: int, cells: Iterable[Counts] | None = None) -> int | None:
        """A column's sum; None where nothing is known."""
        known = [c[column] for c in (self.cells.values() if cells is None else cells) if c[column] is not None]
        return sum(v for v in known if v is not None) if known else None

    def lines(self) -> Iterator[str]:
        """As CSV, sorted by the first four columns; what is unknown is empty."""
        yield ",".join(COLUMNS)
        for (hour, model, workload, batch), counts in sorted(self.cells.items(), key=lambda item: item[0]):
            start = "" if hour == NO_HOUR else f"{instant(hour * HOUR_S):%Y-%m-%dT%H:%M:%SZ}"
            tier = {1: "true", 0: "false"}.get(batch, "")
            numbers = ("" if value is None else str(value) for value in counts)
            yield ",".join((start, _quoted(model), _quoted(workload), tier, *numbers))


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


class Table:
    """A rollup in the making. Rows whose input may leave the cache out are kept in both readings until that is known:
    one row of a source with more cached than input decides for all of that source."""

    def __init__(self) -> None:
        self.rollup = empty_rollup()
        self._open: dict[str, tuple[Rollup, Rollup, list[bool]]] = {}

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
        for inside, outside, apart in self._open.values():
            self.rollup.merge(outside if apart[0] else inside)
        self._open.clear()
        return self.rollup


def _with_input(row: Row, tokens: int) -> Row:
    counts = (*row.counts[: At.INPUT], tokens, *row.counts[At.INPUT + 1 :])
    return Row(row.seconds, counts, row.bucket_s, row.model, row.workload, row.batch)
