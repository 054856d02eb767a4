"""The same source in another dress: order, delimiters, line ends, packing, case, lists for lines, older headers."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage.read import Asked, read_usage
from planner.evidence.usage.summary import to_json
from tests.evidence import buckets, requests
from tests.evidence.load import as_csv, as_lines, calls, put, total
from tests.evidence.requests import flattened
from tests.evidence.writers import WRITERS

LOAD = calls()
DONE = [call for call in LOAD if call.ok]
Rows = list[dict[str, Any]]

TABLES: dict[str, Rows] = {
    "litellm_spendlogs": requests.litellm_rows(LOAD),
    "litellm_daily_spend": buckets.litellm_days(LOAD),
    "langfuse_observations": requests.langfuse_rows(LOAD),
    "helicone": requests.helicone_rows(LOAD),
    "openrouter_activity_csv": requests.openrouter_rows(LOAD),
    "openrouter_activity_api_json": buckets.activity_rows(LOAD, "openrouter"),
    "claude_console_usage_csv": buckets.console_rows(LOAD),
    "openai_usage_csv": buckets.openai_rows(LOAD, 60),
    "openai_legacy_activity_json": buckets.activity_rows(LOAD, "legacy"),
    "groq_console_json": buckets.activity_rows(LOAD, "groq"),
    "common_schema_csv": buckets.common_rows(LOAD),
    "deepseek_export_zip": buckets.deepseek_rows(LOAD),
    "focus_bill": buckets.focus_rows(LOAD),
}
"""Formats whose records are flat enough for a table."""


def quoted(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def shuffled(rows: Rows) -> Rows:
    keys = list(rows[0])
    random.Random(3).shuffle(keys)
    return [{key: row[key] for key in keys} for row in rows]


def zipped(text: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside/export.csv", text)
        packed.writestr("README.md", "not a log")
    return raw.getvalue()


DRESSES: dict[str, Callable[[Rows], bytes]] = {
    "other order": lambda rows: as_csv(shuffled(flattened(rows))).encode(),
    "semicolons": lambda rows: as_csv(flattened(rows), ";").encode(),
    "tabs": lambda rows: as_csv(flattened(rows), "\t").encode(),
    "bars": lambda rows: as_csv(flattened(rows), "|").encode(),
    "Windows, with a mark": lambda rows: b"\xef\xbb\xbf" + as_csv(flattened(rows)).replace("\n", "\r\n").encode(),
    "old line ends": lambda rows: as_csv(flattened(rows)).replace("\n", "\r").encode(),
    "two bytes a letter": lambda rows: as_csv(flattened(rows)).encode("utf-16"),
    "all in quotes": lambda rows: quoted(flattened(rows)).encode(),
    "for a spreadsheet": lambda rows: ("sep=;\n" + as_csv(flattened(rows), ";")).encode(),
    "no last line end": lambda rows: as_csv(flattened(rows)).rstrip("\n").encode(),
    "empty lines": lambda rows: ("\n\n" + as_csv(flattened(rows)) + "\n\n").encode(),
    "capitals": lambda rows: as_csv([{k.upper(): v for k, v in row.items()} for row in flattened(rows)]).encode(),
    "gzip": lambda rows: gzip.compress(as_csv(flattened(rows)).encode()),
    "zip": lambda rows: zipped(as_csv(flattened(rows))),
    "lines": lambda rows: as_lines(rows).encode(),
    "lines, packed": lambda rows: gzip.compress(as_lines(shuffled(rows)).encode()),
    "a list": lambda rows: json.dumps(rows).encode(),
    "a list, indented": lambda rows: json.dumps(rows, indent=2).encode(),
    "a list of lines": lambda rows: ("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n").encode(),
    "a page": lambda rows: json.dumps({"meta": {"page": 1}, "data": rows}).encode(),
    "a page, indented": lambda rows: json.dumps({"data": rows, "total": len(rows)}, indent=1).encode(),
    "texts for numbers": lambda rows: as_lines({k: _text(v) for k, v in row.items()} for row in rows).encode(),
}  # fmt: skip


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def told(path: Path) -> dict[str, Any]:
    said = to_json(read_usage(path))
    said["rows"].pop("unit")
    said.pop("file")
    return said


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", TABLES)
def test_another_dress_changes_nothing(name: str, dress: str, tmp_path: Path) -> None:
    plain = told(put(tmp_path / "plain.csv", as_csv(flattened(TABLES[name]))))
    path = tmp_path / "other"
    path.write_bytes(DRESSES[dress](TABLES[name]))
    assert plain["format"] == name
    assert told(path) == plain


TIMES = {
    "litellm_spendlogs": ("startTime", "endTime"),
    "langfuse_observations": ("startTime", "endTime"),
    "helicone": ("request_created_at", "response_created_at"),
    "openrouter_activity_csv": ("created_at",),
    "common_schema_csv": ("timestamp",),
}
CLOCKS: dict[str, Callable[[dt.datetime], Any]] = {
    "seconds": lambda at: at.timestamp(),
    "seconds as text": lambda at: str(at.timestamp()),
    "milliseconds": lambda at: round(at.timestamp() * 1e3),
    "microseconds": lambda at: round(at.timestamp() * 1e6),
    "nanoseconds as text": lambda at: str(round(at.timestamp() * 1e3) * 10**6),
    "another zone": lambda at: at.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).isoformat(),
    "postgres": lambda at: at.isoformat(" ").replace("+00:00", "+00"),
    "of a spreadsheet": lambda at: f"{at:%d.%m.%Y} {at.hour}:{at:%M:%S}.{at.microsecond // 1000:03}",
    "American": lambda at: f"{at:%m/%d/%Y %I:%M:%S}.{at.microsecond // 1000:03} {at:%p}",
    "British": lambda at: f"{at:%d/%m/%Y %H:%M:%S}.{at.microsecond // 1000:03}",
    "year first": lambda at: f"{at:%Y/%m/%d} {at.hour}:{at:%M:%S}.{at.microsecond // 1000:03}",
    "utc in words": lambda at: at.replace(tzinfo=None).isoformat(" ") + " UTC",
}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("name", TIMES)
def test_times_in_any_form(name: str, clock: str, tmp_path: Path) -> None:
    rows = [dict(row) for row in TABLES[name]]
    for row in rows:
        for key in TIMES[name]:
            moment = dt.datetime.fromisoformat(row[key])
            row[key] = CLOCKS[clock](moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
    assert told(put(tmp_path / "a.jsonl", as_lines(rows))) == told(put(tmp_path / "b.jsonl", as_lines(TABLES[name])))


def test_older_console_headers(tmp_path: Path) -> None:
    said = told(put(tmp_path / "old.csv", as_csv(buckets.console_rows(LOAD, old=True))))
    assert said["format"] == "claude_console_usage_csv"
    assert said["tokens"]["input"] == total(DONE, "input")
    assert (said["tokens"]["cache_write"], said["tokens"]["cache_write_5m"]) == (total(DONE, "write"), None)


def test_langfuse_from_the_store(tmp_path: Path) -> None:
    """snake_case, the duration in seconds."""
    rows = requests.langfuse_rows(LOAD, snake=True)
    for row, call in zip([row for row in rows if row["type"] == "GENERATION"], LOAD, strict=True):
        row["latency"] = call.latency_ms / 1000
    said = told(put(tmp_path / "blob.jsonl", as_lines(rows)))
    assert said == told(put(tmp_path / "ui.jsonl", as_lines(TABLES["langfuse_observations"])))


def test_spans_by_older_names_know_no_cache(tmp_path: Path) -> None:
    said = told(put(tmp_path / "spans.jsonl", as_lines(requests.spans(LOAD, old_names=True))))
    assert said["tokens"]["input"] == total(DONE, "input")
    assert said["tokens"]["cached_input"] is said["tokens"]["cache_write"] is None


def test_two_instrumentations_count_once(tmp_path: Path) -> None:
    said = told(put(tmp_path / "spans.jsonl", as_lines(requests.spans(LOAD, twice=True))))
    assert said["requests"] == len(DONE)
    assert said["tokens"]["input"] == total(DONE, "input")
    assert said["rows"]["skipped"]["duplicate_span"] == len(DONE)


def test_spans_as_one_document(tmp_path: Path) -> None:
    every = [part for export in requests.spans(LOAD) for part in export["resourceSpans"]]
    lines = told(put(tmp_path / "a.jsonl", as_lines(requests.spans(LOAD))))
    assert told(put(tmp_path / "b.json", json.dumps({"resourceSpans": every}, indent=2))) == lines


def test_ccusage_under_its_newer_key(tmp_path: Path) -> None:
    older, newer = (json.dumps(buckets.ccusage_days(LOAD, key), indent=2) for key in ("date", "period"))
    assert told(put(tmp_path / "a.json", older)) == told(put(tmp_path / "b.json", newer))


@pytest.mark.parametrize("seconds", [60, 3600, 86_400])
def test_openai_pages_and_table_agree(seconds: int, tmp_path: Path) -> None:
    page = json.dumps({"object": "page", "data": buckets.openai_buckets(LOAD, seconds), "has_more": False})
    table = told(put(tmp_path / "a.csv", as_csv(buckets.openai_rows(LOAD, seconds))))
    pages = told(put(tmp_path / "b.json", page))
    for said in (table, pages):
        said.pop("format")
    assert pages == table
    assert table["grain"] == {60: "minute", 3600: "hour", 86_400: "day"}[seconds]


def test_currencies_are_named_and_never_added(tmp_path: Path) -> None:
    euros = told(put(tmp_path / "a.csv", as_csv(buckets.focus_rows(LOAD, "EUR"))))
    assert euros["cost"]["currency"] == "EUR"
    mixed = buckets.focus_rows(LOAD)
    mixed[0]["BillingCurrency"] = "EUR"
    usage = read_usage(put(tmp_path / "b.csv", as_csv(mixed)))
    assert set(usage.cost) == {"EUR", "USD"}
    assert to_json(usage)["cost"] is None


def test_pages_that_are_missing_are_told(tmp_path: Path) -> None:
    folder = WRITERS["openai_usage_api_json"][0](tmp_path, LOAD)
    assert not read_usage(folder).pages_missing
    (folder / "page2.json").unlink()
    assert read_usage(folder).pages_missing


def test_a_day_begins_where_its_zone_says(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", as_csv(TABLES["openrouter_activity_csv"]))
    said = to_json(read_usage(path, Asked(timezone="Asia/Tokyo")))
    days: dict[str, int] = {}
    for call in DONE:
        day = (call.at + dt.timedelta(hours=9)).date().isoformat()
        days[day] = days.get(day, 0) + call.input + call.output
    assert said["zone"] == "Asia/Tokyo"
    assert said["tokens_per_day"]["observed"]["max"] == max(days.values())
    assert said["span"]["days_observed"] == len(days)
