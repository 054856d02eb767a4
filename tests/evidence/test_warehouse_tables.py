"""Queries against the tables that the tools themselves have, and in the words of engines that do not run here.

BigQuery, Snowflake and Trino are parsed each in its own dialect, carried over to DuckDB and run there.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.summary import to_json
from planner.evidence.warehouse.dialects import DIALECTS
from planner.evidence.warehouse.read import Wanted, fetched, printed
from planner.evidence.warehouse.via import Connection, connected
from planner.toml.errors import InputError
from tests.evidence.load import MARK, as_csv, as_lines, calls, put
from tests.evidence.requests import flattened, litellm_rows, openrouter_rows
from tests.evidence.tables import CLICKHOUSE, Rows, written
from tests.evidence.test_warehouse import MAPPING, a_postgres, postgres_binaries

LOAD = calls()
SOURCES = ("langfuse", "helicone", "otel")
TIMES = frozenset({
    "start_time", "end_time", "event_ts", "startTime", "endTime", "request_created_at", "response_created_at",
    "created_at", "Timestamp",
})  # fmt: skip


def rows_of(source: str, folder: Path) -> tuple[Usage, Rows]:
    """What the standard library says of the tool's own export, and the rows of its table."""
    if source == "litellm":
        rows = litellm_rows(LOAD)
        return read_usage(put(folder / "export.csv", as_csv(flattened(rows)))), rows
    if source == "mapping":
        rows = [{key: row[key] for key in MAPPING.values()} for row in openrouter_rows(LOAD)]
        return read_usage(put(folder / "export.csv", as_csv(rows)), Asked(mapping=MAPPING)), rows
    exported, rows = written(source, LOAD)
    return read_usage(put(folder / "export.jsonl", as_lines(exported))), rows


def agree(source: str, connection: Connection, folder: Path, table: str) -> None:
    usage, _ = rows_of(source, folder)
    found = fetched(Wanted(source, table), connection)  # type: ignore[arg-type]
    assert list(found.rollup.lines()) == list(usage.rollup.lines())
    assert found.rollup.sizes == usage.rollup.sizes
    assert MARK not in "\n".join(found.rollup.lines()) + str(to_json(found))


def clickhouse(source: str, folder: Path) -> None:
    """Every row of a table that replaces stands twice: it is counted once."""
    session = import_module("chdb.session")
    _, rows = rows_of(source, folder)
    path, name = put(folder / "rows.jsonl", as_lines(rows)), CLICKHOUSE[source].split()[2]
    with session.Session(str(folder / "store")) as made:
        made.query("create database logs engine = Atomic")
        made.query(CLICKHOUSE[source].replace(name, f"logs.{name}", 1))
        for _ in range(1 + ("Replacing" in CLICKHOUSE[source])):
            settings = "settings date_time_input_format = 'best_effort'"
            made.query(f"insert into logs.{name} from infile '{path}' {settings} format JSONEachRow")
    with connected(f"chdb:{folder / 'store'}") as connection:
        agree(source, connection, folder, f"logs.{name}")


def spark(source: str, folder: Path) -> None:
    """Two local workers; attributes are maps, properties are text."""
    session = import_module("pyspark.sql").SparkSession

    _, rows = rows_of(source, folder)
    in_map = "string" if source == "helicone" else "map<string, string>"
    types = {key: kind_of(key, value, in_map) for key, value in rows[0].items()}
    schema = ", ".join(f"`{key}` {type}" for key, type in types.items())
    schema = schema.replace("varchar", "string").replace("double precision", "double")
    path = put(folder / "rows.jsonl", as_lines(flattened(rows) if in_map == "string" else rows))
    local = session.builder.master("local[2]").config("spark.driver.host", "127.0.0.1")
    local = local.config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.session.timeZone", "UTC")
    made = local.config("spark.ui.enabled", "false").getOrCreate()
    made.read.schema(schema).json(str(path)).createOrReplaceTempView("calls")
    with connected("spark:local[2]") as connection:
        agree(source, connection, folder, "calls")


@pytest.mark.engine
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("engine", "package"), [("clickhouse", "chdb"), ("spark", "pyspark")])
def test_the_tables_of_their_tools_agree(engine: str, package: str, source: str, tmp_path: Path) -> None:
    """In a process of its own: they keep threads that no test may leave behind."""
    if find_spec(package) is None:
        pytest.skip(f"needs {package}")
    of = f"from pathlib import Path; from tests.evidence.test_warehouse_tables import {engine} as run"
    script = f"{of}; run({source!r}, Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def kind_of(key: str, value: object, in_map: str) -> str:
    if isinstance(value, dict | list):
        return in_map
    if key in TIMES:
        return "timestamp"
    return "bigint" if isinstance(value, int) else "double precision" if isinstance(value, float) else "varchar"


def duckdb_with(rows: Rows, folder: Path, in_map: str) -> Any:
    """A base with the table `calls`. `in_map`: the type of what is an object."""
    duckdb = pytest.importorskip("duckdb")
    made = duckdb.connect(str(folder / "logs.db"))
    made.execute("set TimeZone = 'UTC'")
    path = put(folder / "rows.jsonl", as_lines(rows))
    types = {key: kind_of(key, value, in_map) for key, value in rows[0].items()}
    made.execute(f"create table calls as select * from read_json('{path}', format = 'nd', columns = {types})")
    return made


@pytest.mark.parametrize("source", ["langfuse", "otel"])
def test_duckdb_takes_maps(source: str, tmp_path: Path) -> None:
    duckdb_with(rows_of(source, tmp_path)[1], tmp_path, "map(varchar, varchar)").close()
    with connected(f"duckdb:{tmp_path / 'logs.db'}") as connection:
        agree(source, connection, tmp_path, "calls")


@pytest.mark.engine
@pytest.mark.skipif(find_spec("psycopg") is None or postgres_binaries() is None, reason="needs PostgreSQL and psycopg")
def test_postgres_takes_jsonb(tmp_path: Path) -> None:
    import psycopg
    from psycopg.types.json import Jsonb

    with a_postgres() as uri:
        for source in SOURCES:
            rows = rows_of(source, tmp_path)[1]
            columns = ", ".join(f'"{key}" {kind_of(key, value, "jsonb")}' for key, value in rows[0].items())
            filled = f"insert into {source} select * from jsonb_populate_recordset(null::{source}, %s)"
            with psycopg.connect(uri, autocommit=True) as made:
                made.execute(f"create table {source} ({columns})".encode())
                made.execute(filled.encode(), [Jsonb(rows)])
            with connected(uri) as connection:
                agree(source, connection, tmp_path, source)


@pytest.mark.engine
@pytest.mark.skipif(find_spec("sqlglot") is None, reason="needs sqlglot")
@pytest.mark.parametrize("source", ["litellm", "mapping", *SOURCES])
@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "trino"])
def test_what_is_carried_over_to_duckdb_agrees(dialect: Any, source: Any, tmp_path: Path) -> None:
    sqlglot = import_module("sqlglot")
    usage, rows = rows_of(source, tmp_path)
    # A VARIANT of Snowflake gives its text without quotes where JSON of DuckDB keeps them.
    is_map = (dialect == "trino" and source in ("langfuse", "otel")) or (dialect == "snowflake" and source == "otel")
    query = printed(Wanted(source, "calls", MAPPING), DIALECTS[dialect])
    (told,) = sqlglot.transpile(query, read=dialect, write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    with duckdb_with(rows, tmp_path, "map(varchar, varchar)" if is_map else "json") as made:
        made.execute("create macro with_timezone(moment, zone) as timezone(zone, moment)")  # Trino's
        made.execute(f"copy ({told}) to '{tmp_path}/answer.csv'")
    assert list(read_usage(tmp_path / "answer.csv").rollup.lines()) == list(usage.rollup.lines())


@pytest.mark.parametrize(
    ("source", "by"),
    [("langfuse", "tag"), ("langfuse", "key"), ("helicone", "key"), ("otel", "key"), ("mapping", "tag")],
)
def test_what_a_table_does_not_tell_is_refused(source: Any, by: str) -> None:
    with pytest.raises(InputError, match=f"not by {by}"):
        printed(Wanted(source, "calls", MAPPING, by), DIALECTS["clickhouse"])


@pytest.mark.parametrize(("table", "last"), [("", True), ("other.observations", True), ("copies", False)])
def test_the_last_of_several_rows_is_asked_for_where_the_tool_keeps_them(table: str, last: bool) -> None:
    assert ('observations" final' in printed(Wanted("langfuse", table), DIALECTS["clickhouse"])) == last
    assert " final" not in printed(Wanted("langfuse", table), DIALECTS["postgres"])
