"""Large files and Parquet, added up by DuckDB (extra `logs`): the same table as a reader makes, from a few lines of it.

DuckDB groups by the hour and by every text that a reader decides by. The reader then sees each combination of texts
once, and says what it is; the numbers are added up where they are.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.evidence.usage.detect import Detected, format_of
from planner.evidence.usage.documents import Found
from planner.evidence.usage.expressions import MOMENTS, Columns, Expressions, NotHereError, expressions, literal, quoted
from planner.evidence.usage.fields import FlatReader, Format
from planner.evidence.usage.rollup import HOUR_S, MOST_NAMES, OCTAVE, Block
from planner.evidence.usage.rows import BEFORE, MALFORMED, Reader, Row, Skip, tried
from planner.evidence.usage.streams import CancelledError, Part, Watch, is_by_name, is_packed
from planner.evidence.usage.times import EARLIEST, LATEST
from planner.evidence.usage.values import Path as KeyPath
from planner.evidence.usage.values import plain_key
from planner.records import dataclass
from planner.toml.errors import InputError

if TYPE_CHECKING:
    import duckdb

LOOK_S: Final = 0.05
"""Between two looks at whether somebody still waits."""
SAMPLED_FROM_BYTES: Final = 200_000_000
"""A file with more, a quarter of it where packed, tells the sizes of one request in `SAMPLE`: memory stays flat."""
SAMPLE: Final = 16
_PEEKED: Final = 2 * MOST_NAMES
"""Rows that tell first whether there is an end of combinations: adding up one a row would fill the memory."""
_PACKED: Final = 1024
"""Above any size bucket: three of them make one number."""
_FETCHED_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as DuckDB reads it."""

    sql: str
    """What stands after `from`."""
    is_large: bool
    unit: str


def source_of(path: Path, shape: str, delimiter: str, *, packed: bool) -> Source:
    """How DuckDB reads a file of a shape. Raises `NotHereError` for one that it cannot."""
    name, packing = literal(str(path)), ", compression='gzip'" if packed else ""
    is_large = path.stat().st_size > SAMPLED_FROM_BYTES / (4 if packed or shape == "parquet" else 1)
    if shape == "parquet":
        return Source(f"read_parquet({name})", is_large, "row")
    if shape == "table":
        settings = f"delim={literal(delimiter)}, header=true, dateformat='%Y-%m-%d', sample_size=20480"
        return Source(f"read_csv({name}, {settings}{packing})", is_large, "csv row")
    if shape == "lines":
        kept = "format='newline_delimited', sample_size=20480"
        return Source(f"read_json({name}, {kept}{packing})", is_large, "line")
    raise NotHereError(shape)


class Engine:
    """One connection in memory: times in UTC, no bar over the screen, nothing fetched or installed."""

    def __init__(self, watch: Watch) -> None:
        import duckdb

        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        self._watch, self._errors = watch, duckdb.Error
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(config=settings)
        for setting in ("TimeZone='UTC'", "enable_progress_bar=false", "preserve_insertion_order=false"):
            self.connection.execute(f"set {setting}")

    def run(self, sql: str) -> None:
        """Run it; while it runs somebody may cancel it. Raises `CancelledError`, and `NotHereError` where it fails."""
        failed: list[Exception] = []

        def work() -> None:
            try:
                self.connection.execute(sql)
            except self._errors as error:
                failed.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        import numpy  # noqa: F401 - its columns come as arrays of it, and it can be loaded while they are made

        while thread.is_alive():
            thread.join(LOOK_S)
            if self._watch.cancelled():
                self.connection.interrupt()
                thread.join()
                raise CancelledError
        if failed:
            raise NotHereError(type(failed[0]).__name__) from None

    def refuse_more(self, most: int, rows: str) -> None:
        """Raises `NotHereError` where a query gives more different rows than so many."""
        self.run(f"select count(*) from (select distinct * from ({rows}))")
        if self.connection.fetchall()[0][0] > most:
            raise NotHereError("combinations")

    def types(self, source: str) -> dict[str, str]:
        """The columns of a file, and their types."""
        self.run(f"describe select * from {source}")
        return {str(name): str(type) for name, type, *_ in self.connection.fetchall()}


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """A file as the table of hours takes it."""

    units: Sequence[Row | Skip]
    """What each combination of texts is, once, with the records that it stands for: for counts of rows and money."""
    block: Block
    last_s: float | None
    paid: Sequence[tuple[int, int, float]]
    """(place in `units`, hour, money in the currency of that row)."""
    sample: int
    """Sizes are those of one request in so many."""


class Large:
    """A file that DuckDB opens by its name."""

    def __init__(self, part: Part, found: Detected, watch: Watch) -> None:
        """Raises `InputError` where Parquet cannot be read."""
        self._described: dict[str, str] = {}
        if not is_by_name(part):
            raise InputError("Parquet is read from a file of its own; unpack it first")
        self._engine, self._part = Engine(watch), part
        self._source = source_of(part.path, found.shape, found.delimiter, packed=is_packed(part.path))
        self.unit, self.found = self._source.unit, found
        if found.shape == "parquet":
            names = self._types()
            keys = frozenset(map(plain_key, names))
            self.found = Detected("parquet", keys, format_of(keys), tuple(names))

    def _types(self) -> dict[str, str]:
        """The columns and their types, asked for once. Raises `InputError` where Parquet cannot be read."""
        try:
            self._described = self._described or self._engine.types(self._source.sql)
        except NotHereError:
            raise InputError("this Parquet cannot be read; it may be cut off") from None
        return self._described

    def grouped(self, form: Format, reader: Reader | None, workload_by: str, since_s: float | None) -> Grouped | None:
        """The file, added up; None where it has to be read record by record. Raises `CancelledError`."""
        if not (form.added_up and isinstance(reader, FlatReader) and reader.is_utc):
            return None
        try:
            self._described = self._described or self._engine.types(self._source.sql)
            found = expressions(reader.fields, form.looks_at, workload_by, Columns(self._described))
            sample = SAMPLE if self._source.is_large else 1
            self._engine.refuse_more(MOST_NAMES, _texts(self._source, found))
            self._engine.run(_groups(self._source, found, since_s, sample))
            return _Combinations(self._engine, found, reader).grouped(sample)
        except NotHereError:
            return None

    def records(self, form: Format) -> Iterator[Found]:
        """The records of a file that has to be read one by one: only the columns that its reader looks at."""
        wanted, shown = {plain_key(name) for name in form.names}, []
        for name, type in self._types().items():
            if plain_key(name) in wanted:
                column = quoted(name)
                held = f"epoch_us({column}) / 1e6" if MOMENTS.fullmatch(type) else column
                held = f"cast({held} as double)" if type.startswith("DECIMAL") else held
                shown.append(f"{held} as {column}")
        found = self._engine.connection.execute(f"select {', '.join(shown) or '1 as none'} from {self._source.sql}")
        names = [column[0] for column in found.description or ()]
        number = 0
        while batch := found.fetchmany(_FETCHED_AT_ONCE):
            for values in batch:
                number += 1
                yield Found(dict(zip(names, values, strict=True)), number)


def _texts(source: Source, found: Expressions) -> str:
    """What the first rows are grouped by."""
    texts = ", ".join(f"{sql} as k{at}" for at, sql in enumerate(found.keys.values()))
    return f"select {texts or '1'} from {source.sql} limit {_PEEKED}"


def _groups(source: Source, found: Expressions, since_s: float | None, sample: int) -> str:
    """A line an hour and combination of texts, kept in memory as `groups`."""
    seconds, given, output = found.seconds, found.sums.get("input", "null"), found.sums.get("output", "null")
    early = f"{seconds} < {since_s!r}" if since_s is not None else "false"
    beside = found.beside or "0"
    told = [(found.bucket, "is null"), (found.sums.get("requests"), "= 1")]
    single = " and ".join(f"{sql} {is_single}" for sql, is_single in told if sql) or "true"
    sampled = f" and hash({seconds}) % {sample} = 0" if sample > 1 else ""
    sizes = [_bucket(given), _bucket(output), _bucket(f"{given} + {beside}") if found.beside else "0"]
    packed = " + ".join(f"{_PACKED**at} * ({sql} + 1)" for at, sql in enumerate(sizes))
    rows = {
        "hour": f"cast(floor({seconds} / {HOUR_S}) as integer)",
        "moment": seconds,
        "early": early,
        "bad": f"{found.bad} or not coalesce({seconds} >= {EARLIEST} and {seconds} < {LATEST}, false)",
        "proof": f"{beside} > coalesce({given}, 0)" if found.beside else "false",
        "size": f"case when {single} and {given} is not null and {output} is not null{sampled} then {packed} end",
        "beside": beside,
        "cost": found.cost or "null",
        **{f"k{at}": sql for at, sql in enumerate(found.keys.values())},
        **found.sums,
    }
    texts = "".join(f", k{at}" for at in range(len(found.keys)))
    sums = "".join(f", cast(sum({name}) as bigint) as {name}" for name in found.sums)
    return (
        f"create or replace temp table groups as select early, bad, proof, hour{texts}, count(*) as n, "
        f"min(moment) as first_s, max(moment) as last_s, cast(sum(beside) as bigint) as beside, sum(cost) as cost, "
        f"list(size) filter (size is not null) as sizes{sums} "
        f"from (select {', '.join(f'{sql} as {name}' for name, sql in rows.items())} from {source.sql}) group by all"
    )


def _bucket(tokens: str) -> str:
    return f"case when {tokens} > 0 then cast(round({OCTAVE} * log2({tokens})) as bigint) else -1 end"


class _Combinations:
    """The combinations of texts in `groups`: a reader says of each what it is."""

    def __init__(self, engine: Engine, found: Expressions, reader: FlatReader) -> None:
        self._engine, self._found, self._reader = engine, found, reader
        texts = [f"k{at}" for at in range(len(found.keys))]
        self._names = ", ".join(("early", "bad", *texts))
        self._same = " and ".join(f"g.{name} is not distinct from c.{name}" for name in ("early", "bad", *texts))

    def grouped(self, sample: int) -> Grouped:
        """The file, read."""
        run, connection = self._engine.run, self._engine.connection
        run(
            "create or replace temp table combinations as select row_number() over () - 1 as nr, * from (select "
            f"{self._names}, sum(n) as n, min(first_s) as first_s, max(last_s) as last_s, sum(cost) as cost "
            "from groups group by all)"
        )
        self._engine.refuse_more(MOST_NAMES, "select nr from combinations")
        units, last_s = [], None
        for _, early, bad, *texts, count, first_s, last, cost in connection.sql(
            "from combinations order by nr"
        ).fetchall():
            unit = self._unit(texts, int(count), first_s, cost, early=early, bad=bad)
            units.append(unit)
            if isinstance(unit, Row) and last is not None:
                last_s = last if last_s is None else max(last, last_s)
        return Grouped(units, self._block(units), last_s, self._paid(), sample)

    def _paid(self) -> list[tuple[int, int, float]]:
        """Money by combination and hour."""
        if not self._found.cost:
            return []
        found = self._engine.connection.sql(
            f"select c.nr, g.hour, sum(g.cost) / {self._reader.fields.cost_scale} from groups g "
            f"join combinations c on {self._same} where g.cost is not null group by all order by all"
        )
        return found.fetchall()

    def _unit(
        self,
        texts: Sequence[str | None],
        count: int,
        first_s: float | None,
        cost: float | None,
        *,
        early: bool,
        bad: bool,
    ) -> Row | Skip:
        if early or bad:
            reason = MALFORMED if bad else BEFORE
            return Skip(reason, read=count, problem="a time or a number in it is none" if bad else "")
        record: dict[str, Any] = {}
        for path, text in zip(self._found.keys, texts, strict=True):
            _put(record, path, text)
        _put(record, self._reader.fields.time[0], first_s)
        if cost is not None:
            _put(record, self._reader.fields.cost[0], cost)
        unit = tried(lambda: next(iter(self._reader.units(record))))
        assert isinstance(unit, Row | Skip)
        return replace(unit, read=count)

    def _block(self, units: Sequence[Row | Skip]) -> Block:
        """The lines of every combination that is volume or a failed call, as columns."""
        join = f"from groups g join combinations c on {self._same}"
        sums = ", ".join(f"g.{name}" for name in self._found.sums)
        self._engine.run(
            f"create or replace temp table lines as select c.nr, g.hour, g.proof, g.n, g.beside, {sums} {join}"
        )
        lines = self._engine.connection.sql("from lines").fetchnumpy()
        rows = [unit if isinstance(unit, Row) else unit.row for unit in units]
        return Block(rows, lines, partial(self._sizes, f"c.nr, unnest(g.sizes) as size {join}"))

    def _sizes(self, every: str) -> Iterator[tuple[int, int, int, int, int]]:
        """As `Block` has them, once somebody asks: a summary needs none."""
        found = self._engine.connection.sql(f"select nr, size, count(*) as n from (select {every}) group by all")
        columns = found.fetchnumpy()
        buckets = (bucket.tolist() for bucket in _unpacked(columns["size"]))
        return zip(columns["nr"].tolist(), *buckets, columns["n"].tolist(), strict=True)


def _put(record: dict[str, Any], path: KeyPath, value: object) -> None:
    """Set the value at a path, where a reader looks for it."""
    for key in path[:-1]:
        record = record.setdefault(key, {})
    record[path[-1]] = value


def _unpacked(sizes: Any) -> tuple[Any, Any, Any]:
    """(n,) buckets of the input, of the output, and of the input with the cache beside it."""
    return sizes % _PACKED - 1, sizes // _PACKED % _PACKED - 1, sizes // _PACKED**2 - 1
