"""The rollup where the rows are: every engine that runs here answers with the table that the standard library makes."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from planner.cli.grammar import SQL_DIALECTS, SQL_SOURCES
from planner.cli.main import main
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.summary import to_json
from planner.evidence.warehouse.dialects import DIALECTS, literal, quoted
from planner.evidence.warehouse.read import Wanted, fetched, printed
from planner.evidence.warehouse.sources import SOURCES
from planner.evidence.warehouse.via import Connection, connected
from planner.toml.errors import InputError
from tests.evidence.load import MARK, as_csv, calls, put
from tests.evidence.requests import flattened, helicone_rows, litellm_rows, openrouter_rows
from tests.evidence.writers import WRITERS

LOAD = calls()
MAPPING = {"timestamp": "created_at", "model": "model_permaslug", "workload": "app_name", "input": "tokens_prompt",
           "cached": "tokens_cached", "output": "tokens_completion"}  # fmt: skip
LITELLM = Wanted("litellm", "spend")
OWN = Wanted("mapping", "own rows", MAPPING)
_POSTGRES = Path("/usr/lib/postgresql")


def own_csv(folder: Path) -> Path:
    """The load with the columns that the mapping names."""
    rows = [{key: row[key] for key in MAPPING.values()} for row in openrouter_rows(LOAD)]
    return put(folder / "own.csv", as_csv(rows))


def spend_csv(folder: Path) -> Path:
    return put(folder / "spend.csv", as_csv(flattened(litellm_rows(LOAD))))


def wanted_of(folder: Path) -> list[tuple[Wanted, Usage]]:
    """What is asked of each engine, and what the standard library says."""
    own = read_usage(own_csv(folder), Asked(mapping=MAPPING))
    return [(LITELLM, read_usage(WRITERS["litellm_spendlogs"][0](folder, LOAD))), (OWN, own)]


def agree(connection: Connection, folder: Path, inside: str = "") -> None:
    """`inside`: of which the tables are, with a point."""
    for wanted, usage in wanted_of(folder):
        found = fetched(replace(wanted, table=inside + wanted.table), connection)
        assert list(found.rollup.lines()) == list(usage.rollup.lines())
        assert found.rollup.sizes == usage.rollup.sizes
        assert MARK not in "\n".join(found.rollup.lines()) + str(to_json(found))


def test_what_the_command_offers_is_what_there_is() -> None:
    assert tuple(DIALECTS) == SQL_DIALECTS
    assert SOURCES == SQL_SOURCES


@pytest.mark.parametrize("dialect", SQL_DIALECTS)
@pytest.mark.parametrize("source", SQL_SOURCES)
def test_a_query_is_printed_for_every_source_and_engine(source: Any, dialect: Any) -> None:
    text = printed(Wanted(source, "a.b", MAPPING), DIALECTS[dialect])
    assert text.endswith(";\n")
    assert text.count("(") == text.count(")")
    for column in ("hour_utc", "requests", "failed", "cache_write_1h", "latency_sum_ms"):
        assert column in text
    for text_of_prompts in ("messages", "response", "input_body", "select *"):
        assert f'"{text_of_prompts}"' not in text


@pytest.mark.parametrize("name", ['a"b', "a`b", "a\\b", "a'; drop table x; --", "it's"])
@pytest.mark.parametrize("dialect", SQL_DIALECTS)
def test_names_stay_names_whatever_they_hold(name: str, dialect: Any) -> None:
    found = DIALECTS[dialect]
    inside = quoted(found, name)[1:-1]
    mark = found.quote
    assert mark not in inside.replace(mark * 2, "").replace(f"\\{mark}", "")
    text = literal(found, name)[1:-1].replace("\\\\", "").replace("\\'", "").replace("''", "")
    assert "'" not in text


@contextmanager
def a_duckdb(folder: Path) -> Iterator[str]:
    duckdb = pytest.importorskip("duckdb")
    path = folder / "logs.db"
    with duckdb.connect(str(path)) as made:
        made.sql(f"create table spend as select * from read_csv('{spend_csv(folder)}')")
        made.sql(f"create table \"own rows\" as select * from read_csv('{own_csv(folder)}')")
    yield f"duckdb:{path}"


def test_duckdb_agrees(tmp_path: Path) -> None:
    with a_duckdb(tmp_path) as uri, connected(uri) as connection:
        agree(connection, tmp_path)
        with pytest.raises(InputError, match="the engine says"):
            connection.run("create table more (a int)")


def test_helicone_and_its_vendors_agree(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = put(tmp_path / "helicone.csv", as_csv(flattened(helicone_rows(LOAD))))
    with duckdb.connect(str(tmp_path / "logs.db")) as made:
        made.sql(f"create table helicone as select * from read_csv('{path}')")
    with connected(f"duckdb:{tmp_path / 'logs.db'}") as connection:
        found = fetched(Wanted("helicone", "helicone"), connection)
    assert list(found.rollup.lines()) == list(read_usage(WRITERS["helicone"][0](tmp_path, LOAD)).rollup.lines())


def postgres_binaries() -> Path | None:
    found = sorted(_POSTGRES.glob("*/bin/initdb")) if _POSTGRES.is_dir() else []
    return found[-1].parent if found else None


@contextmanager
def a_postgres() -> Iterator[str]:
    """A server of its own, on a socket in a folder: it listens to nobody else."""
    binaries = postgres_binaries()
    assert binaries is not None
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it does not run as root
    with tempfile.TemporaryDirectory() as made:  # a socket's path is short, and that of a test may not be
        data = Path(made, "data")
        data.mkdir()
        if as_user:
            Path(made).chmod(0o755)
            shutil.chown(data, "postgres")
        settings = f"-k {data} -c listen_addresses='' -c timezone=America/New_York"

        def run(name: str, *options: str) -> None:
            line = [*as_user, str(binaries / name), "-D", str(data), *options]
            done = subprocess.run(line, capture_output=True, text=True, check=False, cwd="/")
            assert done.returncode == 0, done.stdout + done.stderr

        run("initdb", "-A", "trust", "-U", "planner", "--no-sync")
        # Its output goes to a file: it would keep a pipe of ours open.
        run("pg_ctl", "-o", settings, "-w", "-l", str(data / "log"), "start")
        try:
            yield f"postgresql:///postgres?host={data}&user=planner"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


@pytest.mark.engine
@pytest.mark.skipif(find_spec("psycopg") is None or postgres_binaries() is None, reason="needs PostgreSQL and psycopg")
def test_postgres_agrees(tmp_path: Path) -> None:
    import psycopg

    types = {"prompt_tokens": "int", "completion_tokens": "int", "spend": "float8", "startTime": "timestamp(3)",
             "endTime": "timestamp(3)", "metadata": "jsonb", "request_tags": "jsonb", "tokens_prompt": "int",
             "tokens_cached": "int", "tokens_completion": "int", "created_at": "timestamp"}  # fmt: skip
    with a_postgres() as uri:
        with psycopg.connect(uri, autocommit=True) as made:
            for name, path in (("spend", spend_csv(tmp_path)), ("own rows", own_csv(tmp_path))):
                text = path.read_text()
                head = next(csv.reader(io.StringIO(text)))
                columns = ", ".join(f'"{column}" {types.get(column, "text")}' for column in head)
                made.execute(f'create table "{name}" ({columns})')
                with made.cursor().copy(f'copy "{name}" from stdin with (format csv, header)') as into:
                    into.write(text)
        with connected(uri) as connection:
            agree(connection, tmp_path)
            with pytest.raises(InputError, match="read-only"):
                connection.run("create table more (a int)")


@pytest.mark.engine
@pytest.mark.skipif(find_spec("chdb") is None, reason="needs chdb")
def test_clickhouse_agrees(tmp_path: Path) -> None:
    """In a process of its own: it keeps threads that no test may leave behind."""
    script = f"""
from pathlib import Path
from chdb.session import Session
from planner.evidence.warehouse.via import connected
from tests.evidence.test_warehouse import agree, own_csv, spend_csv
folder = Path({str(tmp_path)!r})
with Session(str(folder / "store")) as made:
    made.query("create database logs engine = Atomic")
    for name, path in (("spend", spend_csv(folder)), ("own rows", own_csv(folder))):
        made.query(f"create table logs.`{{name}}` engine = MergeTree order by tuple() "
                   f"as select * from file('{{path}}', CSVWithNames)")
with connected(f"chdb:{{folder / 'store'}}") as connection:
    agree(connection, folder, "logs.")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.engine
@pytest.mark.skipif(find_spec("pyspark") is None, reason="needs pyspark and Java")
def test_spark_agrees(tmp_path: Path) -> None:
    """Two local workers, in a process of their own."""
    script = f"""
from pathlib import Path
from pyspark.sql import SparkSession
from planner.evidence.warehouse.via import connected
from tests.evidence.test_warehouse import agree, own_csv, spend_csv
folder = Path({str(tmp_path)!r})
local = SparkSession.builder.master("local[2]").config("spark.driver.host", "127.0.0.1")
spark = local.config("spark.driver.bindAddress", "127.0.0.1").config("spark.ui.enabled", "false").getOrCreate()
for name, path in (("spend", spend_csv(folder)), ("own rows", own_csv(folder))):
    rows = spark.read.csv(str(path), header=True, inferSchema=True, multiLine=True, escape='"')
    rows.createOrReplaceTempView(f"`{{name}}`")
with connected("spark:local[2]") as connection:
    agree(connection, folder)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("mysql://root:hunter2@host/db", "no engine is known"),
        ("nothing", "no engine is known"),
        ("postgresql://me:hunter2@127.0.0.1:1/db", "the engine says|needs the package"),
    ],
)
def test_an_address_that_does_not_answer_is_said_without_its_password(uri: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught, connected(uri):
        pass
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_answer_of_a_printed_query_is_read_like_any_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert main(["import", "usage", "--sql", "duckdb", "--of", "litellm", "--table", "spend"]) == 0
    query = capsys.readouterr().out
    with a_duckdb(tmp_path) as uri, duckdb.connect(uri.removeprefix("duckdb:")) as made:
        asked = query.partition("\n")[2].strip().rstrip(";")  # without what is to be set first
        made.sql(f"copy ({asked}) to '{tmp_path}/answer.csv'")
    found = read_usage(tmp_path / "answer.csv")
    assert list(found.rollup.lines()) == list(read_usage(spend_csv(tmp_path)).rollup.lines())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (["--sql", "trino"], "needs --mapping and --table"),
        ([], "names no log"),
        (["x.csv", "--sql", "trino", "--of", "otel"], "although the rows are elsewhere"),
    ],
)
def test_what_does_not_go_together_is_refused(
    line: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "usage", *line]) == 2
    assert problem in capsys.readouterr().err
