"""A rollup that a warehouse made, as if a file had been read."""

from __future__ import annotations

from collections.abc import Mapping

from planner.evidence.usage.read import Usage, rolled_up
from planner.evidence.usage.rollup import SizeKey
from planner.evidence.usage.values import name
from planner.evidence.warehouse.dialects import Dialect, quoted
from planner.evidence.warehouse.query import Columns, rollup_query, sizes_query
from planner.evidence.warehouse.sources import REPLACING, TABLES, Source, columns_of
from planner.evidence.warehouse.via import Connection
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of which table."""

    source: Source
    table: str = ""
    """Empty: as the tool itself calls it; parts of a name stand between dots."""
    mapping: Mapping[str, str] | None = None
    workload_by: str = ""

    def sql_name(self, dialect: Dialect) -> str:
        """The table, quoted part by part. ClickHouse keeps a row of these tools until it has merged the later ones of
        the same id: `final` leaves only the last, and is an error for the table of another engine."""
        parts = (self.table or TABLES[self.source]).split(".")
        latest = dialect.name == "clickhouse" and self.source in REPLACING and parts[-1] == TABLES[self.source]
        return ".".join(quoted(dialect, part) for part in parts) + " final" * latest

    def columns(self, dialect: Dialect, has: frozenset[str] | None = None) -> Columns:
        """What its rows hold; `has`: the columns that there are, where that is known."""
        return columns_of(self.source, dialect, self.sql_name(dialect), self.mapping, self.workload_by, has)


def printed(wanted: Wanted, dialect: Dialect) -> str:
    """The query, to be run by whoever may; its answer, saved as CSV, is read like any log."""
    begin = f"-- First, in the same session: {dialect.begin};\n" if dialect.begin else ""
    return f"{begin}{rollup_query(dialect, wanted.sql_name(dialect), wanted.columns(dialect))};\n"


def fetched(wanted: Wanted, connection: Connection) -> Usage:
    """The table of hours and the sizes, from the engine that holds the rows. Raises `InputError`."""
    dialect, table = connection.dialect, wanted.sql_name(connection.dialect)
    there, _ = connection.run(f"select * from {table} where 1 = 0")
    columns = wanted.columns(dialect, frozenset(there))
    names, rows = connection.run(rollup_query(dialect, table, columns))
    _, counted = connection.run(sizes_query(dialect, table, columns))
    sizes: dict[SizeKey, int] = {}
    for model, workload, given, output, requests in counted:
        key = (name(model), name(workload), int(given), int(output))
        sizes[key] = sizes.get(key, 0) + int(requests)
    return rolled_up(
        wanted.table or TABLES[wanted.source], (dict(zip(names, map(_plain, row), strict=True)) for row in rows), sizes
    )


def _plain(value: object) -> object:
    """A number as an engine returns it, as one of Python's: sums are decimals in some."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
