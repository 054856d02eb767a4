"""How logs are read: what is broken, what is cancelled, what two clocks say, and that nobody's words come out."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage.read import Asked, UnknownLogError, read_usage
from planner.evidence.usage.streams import CancelledError, Watch
from planner.evidence.usage.summary import to_json
from planner.toml.errors import InputError
from tests.evidence.buckets import activity_rows, anthropic_buckets
from tests.evidence.load import MARK, as_csv, as_lines, calls, iso, put, total
from tests.evidence.requests import bedrock_rows, litellm_rows, openrouter_rows, spans, transcript
from tests.evidence.writers import MONEY, WRITERS

LOAD = calls()
DONE = [call for call in LOAD if call.ok]
FEW = LOAD[:25]


def told(path: Path, **asked: Any) -> dict[str, Any]:
    return to_json(read_usage(path, Asked(**asked)))


def rows_of(said: dict[str, Any]) -> tuple[int, int, dict[str, int]]:
    return said["rows"]["read"], said["rows"]["used"], said["rows"]["skipped"]


# What is broken.


def test_lines_that_are_cut_off_are_counted(tmp_path: Path) -> None:
    lines = as_lines(bedrock_rows(DONE)).splitlines()
    lines[3] = lines[3][:50]
    lines.append(lines[-1][:70])
    usage = read_usage(put(tmp_path / "log.jsonl", "\n".join(lines)))
    assert (usage.used, dict(usage.skipped)) == (len(DONE) - 1, {"malformed": 2})
    assert usage.problem.endswith("log.jsonl:4: not valid JSON; the line may be cut off")


def test_a_torn_row_of_a_table_is_counted(tmp_path: Path) -> None:
    text = as_csv(openrouter_rows(DONE)).rstrip("\n")
    usage = read_usage(put(tmp_path / "log.csv", text[:-60]))
    assert (usage.used, dict(usage.skipped)) == (len(DONE) - 1, {"malformed": 1})


def test_a_wrong_value_names_file_line_and_field_and_shows_no_word_of_it(tmp_path: Path) -> None:
    rows = openrouter_rows(DONE)
    rows[4]["tokens_prompt"] = f"{MARK} and more"
    usage = read_usage(put(tmp_path / "log.csv", as_csv(rows)))
    found = f"found text of {len(MARK) + 9} characters, expected a whole number of at least 0"
    assert usage.problem == f"{tmp_path}/log.csv:6: tokens_prompt: {found}"
    assert dict(usage.skipped) == {"malformed": 1}


@pytest.mark.parametrize("value", ["-5", "1e40", "NaN", "5.5", "0x10", "1_000", "１２"])
def test_numbers_that_are_none_are_malformed(value: str, tmp_path: Path) -> None:
    rows = openrouter_rows(DONE)
    rows[0]["tokens_completion"] = value
    usage = read_usage(put(tmp_path / "log.csv", as_csv(rows)))
    # NaN is how a data frame writes that it does not know
    assert dict(usage.skipped) == ({} if value in ("NaN", "１２") else {"malformed": 1})


def test_of_several_results_in_a_page_one_may_be_malformed(tmp_path: Path) -> None:
    page = json.loads(MONEY["anthropic_cost_report_json"])
    page["data"][0]["results"][0]["amount"] = MARK
    usage = read_usage(put(tmp_path / "page.json", json.dumps(page)))
    assert (usage.used, dict(usage.skipped)) == (1, {"malformed": 1})


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    rows = [{**row, "created_at": "then"} for row in openrouter_rows(DONE)]
    with pytest.raises(InputError, match=r"no record can be read.*log.csv:2: created_at: found text of 4 characters"):
        read_usage(put(tmp_path / "log.csv", as_csv(rows)))


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("empty.csv", b"", "there is nothing in it"),
        ("blank.json", b" \n\n", "there is nothing in it"),
        ("log.gz", b"\x1f\x8b\x08\x00cut", "cannot be unpacked"),
        ("log.zip", b"PK\x03\x04" + b"\0" * 50, "this zip cannot be read"),
        ("page.json", b'{"data": [{"metric": {}, "values": [[1, "2"', "not valid JSON"),
    ],
)  # fmt: skip
def test_files_that_are_none(name: str, raw: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(InputError, match=problem) as caught:
        read_usage(path)
    assert str(caught.value).startswith(str(path))


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_usage(tmp_path / "nowhere.csv")


def test_one_scrape_is_no_volume(tmp_path: Path) -> None:
    folder = WRITERS["vllm_scrapes"][0](tmp_path, FEW)
    (folder / "2026-09-07T15-00-00Z.prom").unlink()
    with pytest.raises(InputError, match="found one scrape, expected two or more"):
        read_usage(folder)


def test_two_formats_in_one_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "a.csv", as_csv(openrouter_rows(FEW)))
    put(tmp_path / "b.jsonl", as_lines(bedrock_rows(FEW)))
    with pytest.raises(InputError, match="found bedrock_invocation_log beside openrouter_activity_csv"):
        read_usage(tmp_path)


def test_what_is_no_log_in_a_folder_is_passed_over_and_said(tmp_path: Path) -> None:
    put(tmp_path / "a.csv", as_csv(openrouter_rows(FEW)))
    put(tmp_path / "notes.txt", "nothing to read here\n")
    put(tmp_path / "picture.png", "not looked at")
    assert read_usage(tmp_path).passed_over == (f"{tmp_path}/notes.txt",)


# Unknown logs.

UNKNOWN = "wann;was;rein;alt;neu;raus\n{}\n"
MAPPING = {"timestamp": "wann", "workload": "was", "input_uncached": "rein", "cached": "alt", "cache_write": "neu",
           "output": "raus", "zone": "Europe/Berlin"}  # fmt: skip


def test_an_unknown_log_names_its_columns(tmp_path: Path) -> None:
    path = put(tmp_path / "log.csv", UNKNOWN.format("19.10.2026 09:00;x;1;2;3;4"))
    with pytest.raises(UnknownLogError, match=r"columns wann, was, rein, alt, neu, raus; say .* --mapping"):
        read_usage(path)


def test_a_first_line_of_values_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UnknownLogError) as caught:
        read_usage(put(tmp_path / "log.csv", f"{MARK},12,2026-10-19\n{MARK},13,2026-10-19\n"))
    assert MARK not in str(caught.value)


def test_keys_of_an_unknown_log_are_those_that_records_share(tmp_path: Path) -> None:
    record = {"when": "2026-10-19T00:00:00Z", "prompt": 5, MARK: 3}
    with pytest.raises(UnknownLogError, match="columns when, prompt; say"):
        read_usage(put(tmp_path / "a.jsonl", as_lines([record, {"when": "2026-10-19", "prompt": 6}])))
    with pytest.raises(UnknownLogError) as caught:
        read_usage(put(tmp_path / "b.json", json.dumps({"users": {MARK: 2.5}, MARK: 1})))
    assert MARK not in str(caught.value)


def test_thousands_local_days_and_cache_beside_the_input(tmp_path: Path) -> None:
    path = put(tmp_path / "log.csv", UNKNOWN.format("19.10.2026 00:30:00;x;1.234;1.000.000;3;4"))
    said = told(path, mapping=MAPPING)
    assert said["tokens"]["input"] == 1_001_237
    assert said["span"]["first"] == "2026-10-18T22:30:00Z"
    assert said["zone"] == "Europe/Berlin"


def test_more_cached_than_input_proves_that_the_input_leaves_it_out(tmp_path: Path) -> None:
    mapping = {key.replace("input_uncached", "input"): column for key, column in MAPPING.items()}
    row = "19.10.2026 09:00;x;100;{};0;4"
    inside = UNKNOWN.format("\n".join([row.format(60), row.format(90)]))
    outside = UNKNOWN.format("\n".join([row.format(60), row.format(110)]))
    assert told(put(tmp_path / "a.csv", inside), mapping=mapping)["tokens"]["input"] == 200
    assert told(put(tmp_path / "b.csv", outside), mapping=mapping)["tokens"]["input"] == 370


def test_the_hour_that_the_clock_shows_twice(tmp_path: Path) -> None:
    """On 25 October 2026 Berlin goes from 02:59:59 back to 02:00."""
    times = ["01:30", "02:10", "02:50", "02:20", "02:55", "03:05"]
    rows = "\n".join(f"25.10.2026 {time};x;1;0;0;0" for time in times)
    usage = read_usage(put(tmp_path / "log.csv", UNKNOWN.format(rows)), Asked(mapping=MAPPING))
    hours = sorted((hour * 3600, counts[0]) for (hour, *_), counts in usage.rollup.cells.items())
    start = 1_792_882_800  # 23:00 on the 24th in UTC
    assert hours == [(start, 1), (start + 3600, 2), (start + 7200, 2), (start + 10800, 1)]


def test_a_day_that_may_be_a_month_is_told_by_another(tmp_path: Path) -> None:
    log = "wann;was;rein;alt;neu;raus\n10/11/2026 01:00;x;1;0;0;0\n{}/2026 01:00;x;1;0;0;0\n"
    american = told(put(tmp_path / "a.csv", log.format("10/19")), mapping=MAPPING)
    british = told(put(tmp_path / "b.csv", log.format("19/10")), mapping=MAPPING)
    assert american["span"]["first"] == "2026-10-10T23:00:00Z"
    assert british["span"]["first"] == "2026-10-18T23:00:00Z"
    with pytest.raises(InputError, match="no record can be read"):
        told(put(tmp_path / "c.csv", log.format("10/12")), mapping=MAPPING)


def test_a_mapping_that_names_what_is_not_there(tmp_path: Path) -> None:
    path = put(tmp_path / "log.csv", UNKNOWN.format("19.10.2026 09:00;x;1;2;3;4"))
    with pytest.raises(InputError, match="no such column"):
        read_usage(path, Asked(mapping={**MAPPING, "output": "nowhere"}))


# What counts once, and what not at all.


def test_the_gateways_own_cache_is_no_volume(tmp_path: Path) -> None:
    rows = litellm_rows(DONE)
    rows += [{**rows[0], "request_id": "x_cache_hit1.5"}, {**rows[1], "request_id": "y", "cache_hit": "True"}]
    said = told(put(tmp_path / "log.jsonl", as_lines(rows)))
    assert said["tokens"]["input"] == total(DONE, "input")
    assert said["rows"]["skipped"]["gateway_cache_hit"] == 2


def test_compaction_is_added_to_a_message(tmp_path: Path) -> None:
    line = transcript(DONE[:1])[2]
    usage = line["message"]["usage"]
    run = {"type": "compaction", "input_tokens": 1_000, "output_tokens": 50, "cache_read_input_tokens": 10}
    usage["iterations"] = [run, {**run, "type": "message"}, {**run, "type": "advisor_message"}]
    said = told(put(tmp_path / "log.jsonl", as_lines([line])))
    assert said["tokens"]["input"] == DONE[0].input + 1_010
    assert said["tokens"]["output"] == DONE[0].output + 50


def test_a_log_without_durations_has_its_ends(tmp_path: Path) -> None:
    """As LiteLLM wrote it before it had `request_duration_ms` and `status`."""
    rows = [{k: v for k, v in row.items() if k not in ("request_duration_ms", "status")} for row in litellm_rows(DONE)]
    said = told(put(tmp_path / "log.jsonl", as_lines(rows)))
    assert (said["latency_sum_ms"], said["requests"]) == (total(DONE, "latency_ms"), len(DONE))


def test_equal_calls_of_one_scope_are_two_calls(tmp_path: Path) -> None:
    export = spans(DONE[:1])[0]
    group = export["resourceSpans"][0]["scopeSpans"][0]["spans"]
    group.append({**group[0], "spanId": "other"})
    assert told(put(tmp_path / "log.jsonl", as_lines([export])))["requests"] == 2


def test_older_rows_are_left_out(tmp_path: Path) -> None:
    since = dt.date(2026, 9, 10)
    said = told(put(tmp_path / "log.csv", as_csv(openrouter_rows(LOAD))), since=since)
    late = [call for call in DONE if call.at.date() >= since]
    assert (said["requests"], said["rows"]["skipped"]) == (len(late), {"before_since": len(DONE) - len(late)})


@pytest.mark.parametrize(("by", "wanted"), [("tag", "tag-chat"), ("project", "chat"), ("model", "claude-a")])
def test_workloads_by(by: str, wanted: str, tmp_path: Path) -> None:
    assert wanted in told(put(tmp_path / "log.jsonl", as_lines(litellm_rows(LOAD))), workload_by=by)["by_workload"]


def test_keys_that_tell_workloads_apart_are_never_shown(tmp_path: Path) -> None:
    (name,) = told(put(tmp_path / "log.jsonl", as_lines(litellm_rows(DONE))), workload_by="key")["by_workload"]
    assert name.startswith("key-")
    assert MARK not in name


def test_what_a_format_cannot_tell_workloads_by(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tells workloads apart by .*, not by tag"):
        read_usage(put(tmp_path / "a.csv", as_csv(activity_rows(LOAD, "openrouter"))), Asked(workload_by="tag"))


# Cancelled, watched, hostile.


@pytest.mark.parametrize("name", ["openrouter_activity_csv", "otlp_traces", "openrouter_activity_api_json"])
def test_it_stops_when_nobody_wants_it(name: str, tmp_path: Path) -> None:
    path = WRITERS[name][0](tmp_path, LOAD)
    with pytest.raises(CancelledError):
        read_usage(path, watch=Watch(cancelled=lambda: True))


def test_it_says_how_far_it_is(tmp_path: Path) -> None:
    path = put(tmp_path / "log.csv", as_csv(openrouter_rows(DONE) * 20))
    seen: list[tuple[int, int]] = []
    read_usage(path, watch=Watch(progress=lambda done, of: seen.append((done, of))))
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_a_zip_that_unpacks_to_one_endless_line_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.evidence.usage.documents.LONGEST_LINE", 10_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", "timestamp,model,input_tokens,output_tokens\n" + "9" * 100_000)
    with pytest.raises(InputError, match="a line of more than"):
        read_usage(tmp_path / "a.zip")


def hurt(raw: bytes, draw: random.Random) -> bytes:
    """Cut, doubled, overwritten or with something strange put in."""
    at, other = sorted((draw.randrange(len(raw)), draw.randrange(len(raw))))
    strange = draw.choice([b"\0", b'"', b"{", b"]", b"-1", b"1e999", b"null", b"\xff\xfe", b",", b"\n", b"[" * 3_000])
    return draw.choice([
        raw[:at], raw[at:], raw[:at] + raw[other:], raw[:at] + strange + raw[at:], raw[:at] + strange + raw[at + 1 :],
        raw[:other] + raw[at:],
    ])  # fmt: skip


@pytest.mark.parametrize("name", [*WRITERS, *MONEY])
def test_hurt_logs_give_one_line_and_nobodys_words(name: str, tmp_path: Path) -> None:
    draw = random.Random(name)
    path = WRITERS[name][0](tmp_path, FEW) if name in WRITERS else put(tmp_path / "money", MONEY[name])
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    whole = {file: file.read_bytes() for file in files}
    for _ in range(60):
        victim = draw.choice(files)
        victim.write_bytes(hurt(whole[victim], draw))
        try:
            usage = read_usage(path)
        except InputError as error:
            said = str(error)
        else:
            said = json.dumps(to_json(usage)) + "".join(usage.rollup.lines()) + usage.problem
            assert usage.read == usage.used + sum(usage.skipped.values())
        assert MARK not in said.replace(str(tmp_path), "")
        assert len(said.splitlines()) == 1 or said.startswith("{")
        victim.write_bytes(whole[victim])


# What spreadsheets and consoles make of a log, and what stands beside it.


def test_numbers_as_a_spreadsheet_saved_them(tmp_path: Path) -> None:
    rows = openrouter_rows(DONE)
    saved = [{**row, "tokens_prompt": f"{row['tokens_prompt']:,}", "tokens_cached": f"{row['tokens_cached']},0",
              "cost_total": str(row["cost_total"]).replace(".", ",")} for row in rows]  # fmt: skip
    plain = told(put(tmp_path / "log.csv", as_csv(rows)))
    assert told(put(tmp_path / "again" / "log.csv", as_csv(saved, ";"))) == plain


def test_a_comma_at_the_end_of_every_row(tmp_path: Path) -> None:
    head, *rows = as_csv(openrouter_rows(DONE)).splitlines()
    plain = told(put(tmp_path / "log.csv", "\n".join([head, *rows])))
    assert told(put(tmp_path / "again" / "log.csv", "\n".join([head, *(f"{row},,," for row in rows)]))) == plain


def test_a_page_of_several_says_so(tmp_path: Path) -> None:
    page = {"data": litellm_rows(DONE), "page": 1, "total_pages": 2}
    assert read_usage(put(tmp_path / "one.json", json.dumps(page))).pages_missing
    put(tmp_path / "both" / "one.json", json.dumps(page))
    put(tmp_path / "both" / "two.json", json.dumps({**page, "page": 2}))
    assert not read_usage(tmp_path / "both").pages_missing


def test_sessions_before_the_first_answer_are_read_too(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", as_lines([{"type": "user", "message": {"content": MARK}}] * 3))
    put(tmp_path / "b.jsonl", as_lines(transcript(DONE[:2])))
    put(tmp_path / "settings.json", '{\n "theme": "dark"\n}')
    usage = read_usage(tmp_path)
    assert (usage.used, usage.skipped["no_usage"]) == (2, 4)
    assert usage.passed_over == (f"{tmp_path}/settings.json",)


def test_runs_that_nobody_has_priced_stand_apart(tmp_path: Path) -> None:
    line = transcript(DONE[:1])[2]
    line["message"]["usage"]["iterations"] = [{"type": "message"}, {"type": "advisor_message", "input_tokens": 9}]
    usage = read_usage(put(tmp_path / "log.jsonl", as_lines([line, line])))
    assert usage.asides == {"unsettled": 1}
    assert usage.read == usage.used + sum(usage.skipped.values()) == 2


def test_a_metric_that_counts_no_tokens(tmp_path: Path) -> None:
    series = {"metric": {"__name__": "up"}, "values": [[1_788_739_200, "1"], [1_788_742_800, "1"]]}
    usage = read_usage(put(tmp_path / "a.json", json.dumps({"data": {"resultType": "matrix", "result": [series]}})))
    assert dict(usage.skipped) == {"other_metric": 1}


def test_the_table_is_what_a_group_by_gives(tmp_path: Path) -> None:
    """Byte for byte: a sum is empty where nothing is known, lines are sorted, names with commas are quoted."""
    rows = [
        {"timestamp": "2026-09-07T01:10:00Z", "model": "b,1", "workload": "w", "input_tokens": 5, "output_tokens": 2,
         "cached_input_tokens": ""},
        {"timestamp": "2026-09-07T01:50:00Z", "model": "a", "workload": "", "input_tokens": 1, "output_tokens": 1,
         "cached_input_tokens": 1},
        {"timestamp": "2026-09-07T01:20:00Z", "model": "b,1", "workload": "w", "input_tokens": 7, "output_tokens": 0,
         "cached_input_tokens": ""},
    ]  # fmt: skip
    lines = [*read_usage(put(tmp_path / "a.csv", as_csv(rows))).rollup.lines()]
    assert lines[1:] == ["2026-09-07T01:00:00Z,a,,,1,,1,1,,,,1,,", '2026-09-07T01:00:00Z,"b,1",w,,2,,12,,,,,2,,']


def test_minutes_that_begin_with_hours_of_nothing(tmp_path: Path) -> None:
    minutes = [dt.datetime(2026, 9, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=n) for n in range(900)]
    empty = [{"starting_at": iso(at), "ending_at": iso(at), "results": []} for at in minutes]
    page = {"data": [*empty, *anthropic_buckets(DONE, 60)], "has_more": False, "next_page": None}
    said = told(put(tmp_path / "page.json", json.dumps(page)))
    assert (said["format"], said["tokens"]["input"]) == ("anthropic_usage_report_json", total(DONE, "input"))


def test_spans_that_stand_alone(tmp_path: Path) -> None:
    """As a console exporter prints them, one below the other."""
    printed = [
        json.dumps({
            "name": "chat", "context": {"trace_id": f"0x{call.id}", "span_id": "0x1"}, "parent_id": None,
            "start_time": iso(call.at), "end_time": iso(call.end), "status": {"status_code": "UNSET"},
            "attributes": {"gen_ai.operation.name": "chat", "gen_ai.response.model": call.model,
                           "gen_ai.usage.input_tokens": call.input, "gen_ai.usage.output_tokens": call.output},
            "resource": {"attributes": {"service.name": call.workload}},
        }, indent=4)
        for call in DONE
    ]  # fmt: skip
    said = told(put(tmp_path / "spans.json", "\n".join(printed)))
    assert (said["format"], said["requests"]) == ("otlp_traces", len(DONE))
    assert said["tokens"]["input"] == total(DONE, "input")
    assert said["latency_sum_ms"] == total(DONE, "latency_ms")
    assert set(said["by_workload"]) == {"chat", "mail", "agent"}


def test_scrapes_named_by_seconds(tmp_path: Path) -> None:
    folder = WRITERS["sglang_scrapes"][0](tmp_path, LOAD)
    for at, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"metrics-{1_788_739_200 + 3_600 * at}.txt")
    usage = read_usage(folder)
    assert (to_json(usage)["tokens"]["input"], usage.lasted_s) == (total(DONE, "input"), 3_600)


def test_a_mapping_of_lines_may_go_a_level_down(tmp_path: Path) -> None:
    rows = [{"at": "2026-10-19T00:00:00Z", "n": {"in": 5, "out": 2}}, {"at": "2026-10-19T01:00:00Z", "n": {"in": 1}}]
    mapping = {"timestamp": "at", "input": "n.in", "output": "n.out", "zone": "UTC"}
    said = told(put(tmp_path / "log.jsonl", as_lines(rows)), mapping=mapping)
    assert (said["tokens"]["input"], said["tokens"]["output"], said["requests"]) == (6, 2, 2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_has_another_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not an ordinary file"):
        read_usage(tmp_path / "pipe")
