"""The tables in which tools keep their calls, with the columns and types of their own migrations, and rows for them.

Langfuse: `observations` of its ClickHouse migrations 0002 and 0008. Helicone: `request_response_rmt` of migration 41
and those that add to it. OpenTelemetry: the table of traces of the collector's ClickHouse exporter. What no query
looks at, indexes and codecs are left out; a text of a prompt stands where each keeps one.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.evidence.load import MARK, Call
from tests.evidence.requests import helicone_rows, langfuse_rows, spans

Rows = list[dict[str, Any]]

CLICKHOUSE: dict[str, str] = {
    "langfuse": """create table observations (
        id String, trace_id String, project_id String, type LowCardinality(String),
        parent_observation_id Nullable(String), environment LowCardinality(String) default 'default',
        start_time DateTime64(3), end_time Nullable(DateTime64(3)), name String,
        metadata Map(LowCardinality(String), String), level LowCardinality(String), status_message Nullable(String),
        input Nullable(String), output Nullable(String), provided_model_name Nullable(String),
        provided_usage_details Map(LowCardinality(String), UInt64), usage_details Map(LowCardinality(String), UInt64),
        cost_details Map(LowCardinality(String), Decimal64(12)), total_cost Nullable(Decimal64(12)),
        event_ts DateTime64(3), is_deleted UInt8
    ) engine = ReplacingMergeTree(event_ts, is_deleted) partition by toYYYYMM(start_time)
    primary key (project_id, type, toDate(start_time)) order by (project_id, type, toDate(start_time), id)""",
    "helicone": """create table request_response_rmt (
        response_id Nullable(UUID), response_created_at Nullable(DateTime64(3)), latency Nullable(Int64), status Int64,
        completion_tokens Nullable(Int64), prompt_tokens Nullable(Int64), prompt_cache_write_tokens Nullable(Int64),
        prompt_cache_read_tokens Nullable(Int64), reasoning_tokens Nullable(Int64), model LowCardinality(String),
        request_id UUID, request_created_at DateTime64(3), user_id LowCardinality(String), organization_id UUID,
        provider LowCardinality(String), properties Map(LowCardinality(String), String),
        scores Map(LowCardinality(String), Int64), request_body String default '', response_body String default '',
        updated_at DateTime64(3, 'UTC') default now()
    ) engine = ReplacingMergeTree(updated_at) partition by toYYYYMM(request_created_at)
    primary key (organization_id, provider, model, user_id, request_created_at, request_id)
    order by (organization_id, provider, model, user_id, request_created_at, request_id)""",
    "otel": """create table otel_traces (
        Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
        SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
        ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ScopeVersion String,
        SpanAttributes Map(LowCardinality(String), String), Duration UInt64, StatusCode LowCardinality(String),
        StatusMessage String
    ) engine = MergeTree partition by toDate(Timestamp)
    order by (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)""",
}


def observations(exported: Iterable[Mapping[str, Any]]) -> Rows:
    """The rows that Langfuse's table holds for what its export to a bucket shows."""
    return [
        {
            "id": row["id"], "trace_id": row["trace_id"], "project_id": "p1", "type": row["type"],
            "start_time": row["start_time"], "end_time": row["end_time"], "name": row["name"], "level": row["level"],
            "provided_model_name": row["provided_model_name"], "usage_details": row["usage_details"],
            "total_cost": row["total_cost"], "input": MARK, "output": MARK, "event_ts": row["end_time"],
            "is_deleted": 0,
        }
        for row in exported
    ]  # fmt: skip


def langfuse_export(made: Sequence[Call]) -> Rows:
    """As its export to a bucket shows the load: the name of an observation, and usage under flat keys."""
    rows = langfuse_rows(made, snake=True)
    return [{**{key: v for key, v in row.items() if key != "trace_name"}, "name": row["trace_name"]} for row in rows]


def helicone_table(exported: Iterable[Mapping[str, Any]]) -> Rows:
    """The rows of Helicone's table: ids are UUIDs, properties a map."""
    rows = []
    for row in exported:
        kept = {key: row[key] for key in (
            "response_created_at", "latency", "status", "completion_tokens", "prompt_tokens", "model",
            "prompt_cache_write_tokens", "prompt_cache_read_tokens", "reasoning_tokens", "request_created_at",
            "provider",
        )}  # fmt: skip
        rows.append({
            **kept, "request_id": str(uuid.uuid5(uuid.NAMESPACE_URL, row["request_id"])), "user_id": "u",
            "organization_id": str(uuid.UUID(int=1)), "properties": json.loads(row["properties"]),
            "request_body": MARK, "response_body": MARK,
        })  # fmt: skip
    return rows


def otel_table(exports: Iterable[Mapping[str, Any]]) -> Rows:
    """The rows that the collector's exporter writes of exports: every attribute a text."""
    rows = []
    for export in exports:
        for resource in export["resourceSpans"]:
            around = _attributes(resource["resource"])
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
                    moment = dt.datetime.fromtimestamp(start // 10**9, dt.UTC).replace(tzinfo=None)
                    rows.append({
                        "Timestamp": f"{moment.isoformat(' ')}.{start % 10**9:09}", "TraceId": span["traceId"],
                        "SpanId": span["spanId"], "ParentSpanId": span.get("parentSpanId", ""),
                        "SpanName": span["name"], "ServiceName": around.get("service.name", ""),
                        "ResourceAttributes": around, "ScopeName": scope["scope"]["name"],
                        "SpanAttributes": _attributes(span), "Duration": end - start,
                        "StatusCode": ("Unset", "Ok", "Error")[span["status"].get("code", 0)],
                        "StatusMessage": span["status"].get("message", ""),
                    })  # fmt: skip
    return rows


def _attributes(holder: Mapping[str, Any]) -> dict[str, str]:
    return {pair["key"]: str(next(iter(pair["value"].values()))) for pair in holder["attributes"]}


def written(source: str, made: Sequence[Call]) -> tuple[Rows, Rows]:
    """The load as the tool's own export file has it, and as its table holds it."""
    if source == "langfuse":
        exported = langfuse_export(made)
        return exported, observations(exported)
    if source == "helicone":
        exported = helicone_rows(made)
        return exported, helicone_table(exported)
    exported = spans(made, twice=True)
    return exported, otel_table(exported)
