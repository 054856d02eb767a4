"""Runs a rollup where the logs are, read-only, through that engine's own driver: only the table of hours comes back.

A driver is what its owner has installed: psycopg, clickhouse-connect or chdb, pyspark, duckdb. An address may hold a
password: it is passed on and never shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from planner.evidence.warehouse.dialects import DIALECTS, Dialect, Name
from planner.records import dataclass
from planner.toml.errors import InputError

Result = tuple[list[str], list[tuple[Any, ...]]]
"""Names of the columns, and the rows."""
Run = Callable[[str], Result]

SCHEMES: Final[Mapping[str, Name]] = MappingProxyType(
    {
        "duckdb": "duckdb",
        "postgres": "postgres",
        "postgresql": "postgres",
        "clickhouse": "clickhouse",
        "clickhouses": "clickhouse",
        "chdb": "clickhouse",
        "sc": "spark",
        "spark": "spark",
    }
)
"""What an address may begin with, and how that engine writes SQL."""
_EXPECTED: Final = (
    "postgresql://user@host/db, clickhouse://host/db, duckdb:file.db, chdb:folder, sc://host or spark:local[2]"
)


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """An engine that answers."""

    dialect: Dialect
    run: Run
    """Raises `InputError` with what the engine says, without the address."""


@contextmanager
def connected(uri: str) -> Iterator[Connection]:
    """The engine behind an address. Raises `InputError` for one that nothing here can open."""
    scheme = uri.partition(":")[0].lower()
    dialect = DIALECTS[SCHEMES[scheme]] if scheme in SCHEMES else None
    if dialect is None or ":" not in uri:
        raise InputError(f"no engine is known by what it begins with, expected {_EXPECTED}", field="--via")
    opens = {"postgres": _postgres, "duckdb": _duckdb, "spark": _spark, "clickhouse": _clickhouse}
    with ExitStack() as stack:
        with _said(uri):
            run = stack.enter_context(_chdb(uri) if scheme == "chdb" else opens[dialect.name](uri))
        yield Connection(dialect, _careful(run, uri))


def _careful(run: Run, uri: str) -> Run:
    def careful(sql: str) -> Result:
        with _said(uri):
            return run(sql)

    return careful


@contextmanager
def _said(uri: str) -> Iterator[None]:
    """What a driver raises, in one line and without the address and its password."""
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        missing = (error.name or "its driver").partition(".")[0]
        raise InputError(f"needs the package {missing}, which is not installed", field="--via") from None
    except Exception as error:  # each driver has its own
        text = " ".join(str(error).split())
        parts = urlsplit(uri)
        for secret in filter(None, (uri, parts.netloc, parts.password, parts.password and unquote(parts.password))):
            text = text.replace(secret, "...")
        raise InputError(f"the engine says: {text[:300]}", field="--via") from None


@contextmanager
def _postgres(uri: str) -> Iterator[Run]:
    psycopg = import_module("psycopg")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        connection.execute(DIALECTS["postgres"].begin)

        def run(sql: str) -> Result:
            found = connection.execute(sql.encode())
            return [column.name for column in found.description or ()], found.fetchall()

        yield run


@contextmanager
def _duckdb(uri: str) -> Iterator[Run]:
    duckdb = import_module("duckdb")
    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "enable_external_access": "false"}
    connection = duckdb.connect(_path(uri), read_only=True, config=settings)
    try:
        connection.execute(DIALECTS["duckdb"].begin)

        def run(sql: str) -> Result:
            found = connection.execute(sql)
            return [column[0] for column in found.description or ()], found.fetchall()

        yield run
    finally:
        connection.close()


@contextmanager
def _clickhouse(uri: str) -> Iterator[Run]:
    clickhouse_connect = import_module("clickhouse_connect")
    parts = urlsplit(uri)
    client = clickhouse_connect.get_client(
        host=parts.hostname or "localhost",
        port=parts.port or 0,
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or "default",
        secure=parts.scheme == "clickhouses",
        settings={"readonly": 1},
    )
    try:

        def run(sql: str) -> Result:
            found = client.query(sql)
            return list(found.column_names), list(found.result_rows)

        yield run
    finally:
        client.close()


@contextmanager
def _chdb(uri: str) -> Iterator[Run]:
    session = import_module("chdb.session")
    with session.Session(_path(uri)) as connection:

        def run(sql: str) -> Result:
            found = json.loads(str(connection.query(sql, "JSONCompact")))
            return [column["name"] for column in found["meta"]], [tuple(row) for row in found["data"]]

        yield run


@contextmanager
def _spark(uri: str) -> Iterator[Run]:
    builder = import_module("pyspark.sql").SparkSession.builder
    remote = uri.lower().startswith("sc://")
    builder = builder.remote(uri) if remote else builder.master(uri.partition(":")[2] or "local[2]")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    session.sql(DIALECTS["spark"].begin)

    def run(sql: str) -> Result:
        found = session.sql(sql)
        return list(found.columns), [tuple(row) for row in found.collect()]

    yield run


def _path(uri: str) -> str:
    """The file or folder of an address: duckdb:file.db and duckdb:///file.db alike."""
    rest = uri.partition(":")[2]
    return rest[2:] if rest.startswith("///") else rest.removeprefix("//")
