"""Every format: how the load is written in it, and what it can know."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.evidence.buckets import (
    activity_rows,
    anthropic_buckets,
    ccusage_days,
    claude_code_days,
    common_rows,
    console_rows,
    deepseek_rows,
    focus_rows,
    litellm_days,
    openai_buckets,
    openai_rows,
    range_series,
    scrapes,
)
from tests.evidence.load import MARK, START, Call, as_csv, as_lines, naive, put
from tests.evidence.requests import (
    bedrock_rows,
    flattened,
    helicone_rows,
    langfuse_rows,
    litellm_rows,
    openrouter_rows,
    spans,
    transcript,
)

Knows = frozenset[str]
Writer = Callable[[Path, Sequence[Call]], Path]
TOKENS = frozenset({"input", "output"})
CACHE = TOKENS | {"cached"}
WRITES = CACHE | {"cache_write"}
LIVES = WRITES | {"cache_write_5m", "cache_write_1h"}
CALLS = frozenset({"requests"})
CALENDAR = frozenset({"days"})


def _page(rows: Any) -> str:
    return json.dumps({"data": rows, "has_more": False, "next_page": None})


def _file(name: str, text: Callable[[Sequence[Call]], str]) -> Writer:
    return lambda folder, made: put(folder / name, text(made))


def _pages(folder: Path, buckets: list[dict[str, Any]]) -> Path:
    half = len(buckets) // 2
    put(folder / "pages" / "page1.json", json.dumps({"data": buckets[:half], "has_more": True, "next_page": "p2"}))
    put(folder / "pages" / "page2.json", json.dumps({"data": buckets[half:], "has_more": False}))
    return folder / "pages"


def _zip(folder: Path, made: Sequence[Call]) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as packed:
        text = as_csv(deepseek_rows(made)).replace("\n", "\r\n")
        packed.writestr("amount-2026-09.csv", b"\xef\xbb\xbf" + text.encode())
        cost = {
            "start_time_iso": "2026-09-07T00:00:00Z",
            "model": "x",
            "wallet_type": "N",
            "cost": 1.5,
            "currency": "CNY",
        }
        packed.writestr("cost-2026-09.csv", as_csv([cost]))
    return path


def _claude(folder: Path, made: Sequence[Call]) -> Path:
    lines, half = transcript(made), len(made)
    put(folder / "projects" / "demo" / "one.jsonl", as_lines(lines[:half]) + '{"type":"assistant","message":')
    put(folder / "projects" / "demo" / "one" / "subagents" / "two.jsonl", as_lines(lines[half:]))
    put(folder / "projects" / "demo" / "three.jsonl", as_lines([{"type": "user", "message": {"content": MARK}}]))
    return folder / "projects"


_HOURLY, _FULL = CALLS | CALENDAR, CALLS | CALENDAR | {"failed", "latency", "workloads"}
_PAID = _FULL | {"reasoning", "cost"}
_TRACE_CSV = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
WRITERS: dict[str, tuple[Writer, Knows]] = {
    "litellm_spendlogs": (
        _file("logs.csv.gz", lambda made: as_csv(flattened(litellm_rows(made)))), LIVES | _PAID),
    "litellm_daily_spend": (
        _file("days.csv", lambda made: as_csv(litellm_days(made))), WRITES | CALLS | CALENDAR | {"failed", "cost"}),
    "langfuse_observations": (
        _file("observations.jsonl", lambda made: as_lines(langfuse_rows(made))), WRITES | _PAID),
    "helicone": (
        _file("helicone.jsonl.gz", lambda made: as_lines(helicone_rows(made))), WRITES | _PAID),
    "openrouter_activity_csv": (
        _file("activity.csv", lambda made: as_csv(openrouter_rows(made))),
        CACHE | CALLS | CALENDAR | {"reasoning", "latency", "workloads", "cost"}),
    "openrouter_activity_api_json": (
        _file("activity.json", lambda made: json.dumps({"data": activity_rows(made, "openrouter")})),
        TOKENS | CALLS | CALENDAR | {"reasoning"}),
    "bedrock_invocation_log": (
        _file("bedrock.jsonl.gz", lambda made: as_lines(bedrock_rows(made)).rstrip()),
        WRITES | CALLS | CALENDAR | {"failed", "workloads"}),
    "otlp_traces": (
        _file("spans.jsonl", lambda made: as_lines(spans(made))), WRITES | _FULL | {"reasoning"}),
    "claude_code_transcripts": (_claude, LIVES | CALLS | CALENDAR),
    "ccusage_json": (_file("ccusage.json", lambda made: json.dumps(ccusage_days(made), indent=2)), WRITES | CALENDAR),
    "anthropic_usage_report_json": (
        lambda folder, made: _pages(folder, anthropic_buckets(made, 3600)), LIVES | CALENDAR | {"batch"}),
    "anthropic_claude_code_report_json": (
        _file("claude_code.json", lambda made: _page(claude_code_days(made))), WRITES | CALENDAR),
    "claude_console_usage_csv": (
        _file("console.csv", lambda made: "\ufeff" + as_csv(console_rows(made))), LIVES | CALENDAR | {"batch"}),
    "openai_usage_api_json": (
        lambda folder, made: _pages(folder, openai_buckets(made, 3600)), CACHE | _HOURLY | {"batch"}),
    "openai_usage_csv": (
        _file("completions.csv", lambda made: as_csv(openai_rows(made, 86_400))), CACHE | _HOURLY | {"batch"}),
    "openai_legacy_activity_json": (
        _file("legacy.json", lambda made: json.dumps({"object": "list", "data": activity_rows(made, "legacy")})),
        CACHE | _HOURLY | {"batch"}),
    "groq_console_json": (
        _file("groq.json", lambda made: json.dumps({"data": activity_rows(made, "groq")})), CACHE | _HOURLY),
    "deepseek_export_zip": (_zip, CACHE | _HOURLY),
    "focus_bill": (_file("bill.csv", lambda made: as_csv(focus_rows(made))), LIVES | CALENDAR),
    "common_schema_csv": (
        _file("hourly.csv", lambda made: as_csv(common_rows(made))), TOKENS | _HOURLY | {"workloads"}),
    "azure_llm_trace_csv": (
        _file("azure.csv", lambda made: "TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(
            f"{naive(c.at)}0000,{c.input},{c.output}" for c in made if c.ok)), TOKENS | _HOURLY),
    "burstgpt_csv": (
        _file("burst.csv", lambda made: _TRACE_CSV + "".join(
            f"{(c.at - START).total_seconds()},GPT-4,{c.input + 9 * (not c.ok)},{c.output},9,API log\n" for c in made)),
        TOKENS | CALLS | {"failed"}),
    "mooncake_trace_jsonl": (
        _file("mooncake.jsonl", lambda made: as_lines(
            {"timestamp": round((c.at - START).total_seconds() * 1000), "input_length": c.input,
             "output_length": c.output, "hash_ids": [1, 2]} for c in made if c.ok)), TOKENS | CALLS),
    "prometheus_range_json": (
        _file("range.json", lambda made: json.dumps(range_series(made))), CACHE | _HOURLY),
    "vllm_scrapes": (lambda folder, made: scrapes(folder / "vllm", "vllm", made), CACHE | CALLS),
    "sglang_scrapes": (lambda folder, made: scrapes(folder / "sglang", "sglang", made), CACHE | CALLS),
}  # fmt: skip
"""Of every format that tells tokens."""

MONEY: dict[str, str] = {
    "claude_console_cost_csv": as_csv([
        {"usage_date_utc": "2026-09-07", "model": "Claude A", "token_type": kind, "cost_usd": 1.25, "api_key": MARK}
        for kind in ("input_no_cache", "output")
    ]),
    "anthropic_cost_report_json": _page([{
        "starting_at": "2026-09-07T00:00:00Z", "ending_at": "2026-09-08T00:00:00Z",
        "results": [{"amount": "125.0", "currency": "USD", "description": MARK}] * 2,
    }]),
    "openai_costs_json": _page([{
        "object": "bucket", "start_time": 1_788_739_200, "end_time": 1_788_825_600,
        "results": [{"object": "organization.costs.result", "amount": {"value": 1.25, "currency": "usd"}}] * 2,
    }]),
    "litellm_spend_summary": json.dumps(
        [{"startTime": "2026-09-07", "spend": 2.5, "users": {MARK: 2.5}, "models": {}}]
    ),
}  # fmt: skip
"""Of every format that tells money alone: $2.50 on 7 September."""
