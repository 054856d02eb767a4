"""Large files through DuckDB: the same table as the standard library makes, byte for byte."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage import rollup, streams
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.streams import CancelledError, Watch
from planner.evidence.usage.summary import to_json
from planner.toml.errors import InputError
from tests.evidence.load import MARK, as_csv, as_lines, calls, iso, put
from tests.evidence.writers import WRITERS

duckdb = pytest.importorskip("duckdb")
embedded = pytest.importorskip("planner.evidence.usage.embedded")

LOAD = calls()
FILES = [
    "litellm_spendlogs", "langfuse_observations", "helicone", "openrouter_activity_csv", "bedrock_invocation_log",
    "otlp_traces", "common_schema_csv", "azure_llm_trace_csv", "openai_usage_csv", "burstgpt_csv", "rollup_csv",
]  # fmt: skip
ADDED_UP = {"litellm_spendlogs", "openrouter_activity_csv", "common_schema_csv", "azure_llm_trace_csv"}
"""Those that DuckDB adds up; of the others it knows the files, or nothing."""


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is a large one."""
    monkeypatch.setattr(streams, "LARGE_BYTES", 0)


@pytest.fixture
def added_up(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether DuckDB added up each file that was read."""
    seen: list[bool] = []
    whole = embedded.Large.grouped

    def grouped(self: Any, *given: Any) -> Any:
        found = whole(self, *given)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(embedded.Large, "grouped", grouped)
    return seen


def told(usage: Usage) -> tuple[list[str], dict[str, Any], dict[Any, int]]:
    return list(usage.rollup.lines()), to_json(usage), dict(usage.rollup.sizes)


def both(path: Path, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> Usage:
    """Read as a small file and as a large one; both say the same."""
    monkeypatch.setattr(streams, "LARGE_BYTES", 10**15)
    small = read_usage(path, Asked(**asked))
    monkeypatch.setattr(streams, "LARGE_BYTES", 0)
    big = read_usage(path, Asked(**asked))
    assert told(big) == told(small)
    assert big.cost_at == pytest.approx(small.cost_at)
    return big


@pytest.mark.parametrize("name", FILES)
def test_a_large_file_gives_the_same_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added_up: list[bool]
) -> None:
    both(WRITERS[name][0](tmp_path, LOAD), monkeypatch)
    assert any(added_up) == (name in ADDED_UP)


@pytest.mark.parametrize("name", ["litellm_spendlogs", "langfuse_observations", "helicone", "openrouter_activity_csv",
                                  "common_schema_csv", "azure_llm_trace_csv"])  # fmt: skip
def test_parquet_gives_the_same_table_as_the_file_it_was_made_of(name: str, tmp_path: Path) -> None:
    path = WRITERS[name][0](tmp_path, LOAD)
    raw = path.read_bytes()
    plain = put(tmp_path / f"plain{path.name.removesuffix('.gz')[path.name.index('.'):]}",
                (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode())  # fmt: skip
    reader = "read_csv" if plain.suffix == ".csv" else "read_json"
    packed = tmp_path / "logs.parquet"
    duckdb.sql(f"copy (select * from {reader}('{plain}')) to '{packed}' (format parquet)")
    found = read_usage(packed)
    assert told(found)[0::2] == told(read_usage(path))[0::2]
    assert found.unit == "row"


@pytest.mark.parametrize("by", ["tag", "key", "project", "model", "group"])
def test_workloads_are_told_apart_alike(by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both(WRITERS["litellm_spendlogs"][0](tmp_path, LOAD), monkeypatch, workload_by=by)


def test_what_is_older_is_left_out_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    since = LOAD[len(LOAD) // 2].at.date()
    found = both(WRITERS["litellm_spendlogs"][0](tmp_path, LOAD), monkeypatch, since=since, timezone="Asia/Kolkata")
    assert found.skipped["before_since"]


def own(at: int, **values: Any) -> dict[str, Any]:
    row = {"timestamp": iso(LOAD[at].at), "model": "m", "input_tokens": 100 + at, "output_tokens": 5, "batch": "true"}
    return row | values


def test_a_row_with_more_cache_than_input_decides_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [own(at, cached_input_tokens=40, provider="a") for at in range(30)]
    rows += [own(at, cached_input_tokens=40, provider="b") for at in range(30)]
    rows.append(own(31, cached_input_tokens=900, provider="a"))
    both(put(tmp_path / "own.csv", as_csv(rows)), monkeypatch)


@pytest.mark.parametrize("wrong", [-1, 2.5])
def test_a_number_that_is_none_is_a_malformed_row(
    wrong: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added_up: list[bool]
) -> None:
    rows = [own(at) for at in range(30)] + [own(31, input_tokens=wrong)]
    found = both(put(tmp_path / "own.csv", as_csv(rows)), monkeypatch)
    assert (found.read, found.used, found.skipped["malformed"]) == (31, 30, 1)
    assert added_up == [True]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("timestamp", "0026-10-19T10:00:00Z"), ("timestamp", "2926-10-19T10:00:00Z"), ("bucket_seconds", "360 0"),
     ("cost_usd", "nan"), ("latency_ms", "1e300")],
)  # fmt: skip
def test_a_value_that_no_record_may_hold_leaves_out_its_row_alone(
    field: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {"bucket_seconds": "3600", "cost_usd": "0.5", "latency_ms": "800"}
    rows = [own(at, **usual) for at in range(30)] + [own(31, **usual | {field: wrong})]
    found = both(put(tmp_path / "own.csv", as_csv(rows)), monkeypatch)
    assert (found.used, found.skipped.get("malformed", 0)) == ((31, 0) if wrong == "nan" else (30, 1))


def test_rows_that_say_they_are_one_request_tell_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [own(at, requests=1 + at % 2) for at in range(30)]
    found = both(put(tmp_path / "own.csv", as_csv(rows)), monkeypatch)
    assert sum(found.rollup.sizes.values()) == 15


@pytest.mark.parametrize("text", ["abc", "1.234.567", MARK])
def test_a_text_where_a_number_should_be_is_left_to_a_reader(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added_up: list[bool]
) -> None:
    rows = [own(at) for at in range(30)] + [own(31, input_tokens=text)]
    found = both(put(tmp_path / "own.csv", as_csv(rows)), monkeypatch)
    assert found.skipped["malformed"] == 1
    assert added_up == [False]
    assert MARK not in found.problem


@pytest.mark.parametrize(
    "when", ["19/10/2026 10:00", "1793871600", "1793871600123", "2026-10-19T12:00:00+02:00", "2026-10-19 12:0:7"]
)
def test_times_of_every_kind_are_read_alike(when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both(put(tmp_path / "own.csv", as_csv([own(at, timestamp=when) for at in range(30)])), monkeypatch)


def test_lines_of_json_are_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added_up: list[bool]) -> None:
    both(put(tmp_path / "own.jsonl", as_lines(own(at, batch=bool(at % 2)) for at in range(30))), monkeypatch)
    assert added_up == [True]


def test_a_very_large_file_tells_the_sizes_of_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "own.csv", as_csv([own(at % len(LOAD), model=f"m{at}") for at in range(2_000)]))
    monkeypatch.setattr(streams, "LARGE_BYTES", 10**15)
    small = read_usage(path)
    monkeypatch.setattr(streams, "LARGE_BYTES", 0)
    monkeypatch.setattr(embedded, "SAMPLED_FROM_BYTES", 0)
    found = read_usage(path)
    assert list(found.rollup.lines()) == list(small.rollup.lines())
    assert found.sample == embedded.SAMPLE
    assert 0 < sum(found.rollup.sizes.values()) < sum(small.rollup.sizes.values()) == 2_000


@pytest.mark.parametrize("size", [0, 10**15])
@pytest.mark.parametrize("most", [29, 30])
def test_a_column_of_ids_is_no_workload(size: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "own.csv", as_csv([own(at, workload=f"w{at}") for at in range(30)]))
    monkeypatch.setattr(streams, "LARGE_BYTES", size)
    for room in (rollup, embedded):
        monkeypatch.setattr(room, "MOST_NAMES", most)
    if most == 30:
        assert len(read_usage(path).rollup.cells) == 30
        return
    with pytest.raises(InputError, match=r"own\.csv: found more than 29 models and workloads"):
        read_usage(path)


@pytest.mark.usefixtures("large")
def test_texts_that_no_row_shares_are_left_to_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added_up: list[bool]
) -> None:
    monkeypatch.setattr(embedded, "MOST_NAMES", 29)
    usage = read_usage(put(tmp_path / "own.csv", as_csv([own(at, status=f"ok {at}") for at in range(30)])))
    assert (usage.used, added_up) == (30, [False])


@pytest.mark.usefixtures("large")
def test_whoever_cancels_waits_for_nothing(tmp_path: Path) -> None:
    path = WRITERS["openrouter_activity_csv"][0](tmp_path, LOAD)
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        read_usage(path, watch=Watch(cancelled=stop.is_set))


def test_parquet_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "logs.parquet"
    path.write_bytes(b"PAR1" + b"x" * 400)
    with pytest.raises(InputError, match="Parquet cannot be read; it may be cut off"):
        read_usage(path)


def test_without_duckdb_parquet_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "logs.parquet"
    path.write_bytes(b"PAR1" + b"x" * 400)
    monkeypatch.setattr("planner.evidence.usage.read.is_installed", lambda: False)
    with pytest.raises(InputError, match="extra logs"):
        read_usage(path)


@pytest.mark.usefixtures("large")
def test_nothing_of_a_prompt_is_in_what_is_grouped(tmp_path: Path) -> None:
    for name in sorted(ADDED_UP):
        usage = read_usage(WRITERS[name][0](tmp_path, LOAD))
        assert MARK not in "\n".join(usage.rollup.lines()) + str(to_json(usage)) + str(usage.rollup.sizes)
