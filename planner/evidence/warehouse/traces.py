"""Tables of traces: Langfuse's observations and the spans of OpenTelemetry, where a call may be told more than once.

Their rows are put into columns of plain names first, so that what decides about a call can be said once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.evidence.usage import gateways, telemetry
from planner.evidence.usage.values import Paths
from planner.evidence.warehouse.dialects import Dialect, keyed, quoted
from planner.evidence.warehouse.query import Columns
from planner.toml.errors import InputError

_LANGFUSE_BY: Final = {"": "name", "project": "project_id", "model": "provided_model_name"}


def _select(columns: Mapping[str, str], source: str) -> str:
    return f"select {', '.join(f'{sql} as {name}' for name, sql in columns.items())} from {source}"


def told_apart(workload_by: str, by: Mapping[str, object]) -> None:
    """Raises `InputError` for what the rows of a table do not tell."""
    if workload_by not in by:
        said = ", ".join(filter(None, by)) or "nothing"
        raise InputError(f"this table tells workloads apart by {said}, not by {workload_by}", field="--workload-by")


def langfuse(dialect: Dialect, table: str, workload_by: str) -> Columns:
    """Calls of models only; what `input` holds is decided as for a file (`gateways._usage`)."""
    told_apart(workload_by, _LANGFUSE_BY)  # tags stand with the traces, in a table of their own
    moment = {name: dialect.moment.format(quoted(dialect, name)) for name in ("start_time", "end_time")}
    text = {name: f"upper({dialect.text.format(quoted(dialect, name))})" for name in ("type", "level")}
    inner = {
        "c_start": moment["start_time"], "c_end": moment["end_time"], "c_kind": text["type"], "c_level": text["level"],
        "c_model": quoted(dialect, "provided_model_name"), "c_workload": quoted(dialect, _LANGFUSE_BY[workload_by]),
        **_usage_map(dialect),
    }  # fmt: skip
    told, cache = "coalesce(c_input, c_told, c_prompt)", "(coalesce(c_cached, 0) + coalesce(c_write, 0))"
    came = "case when c_output is null then c_came else c_output + coalesce(c_reasoning, 0) end"
    out, total = f"coalesce({came}, 0)", "coalesce(c_total, -1)"
    guess = "c_input is null and (c_told is null or c_details is not null)"
    inside = f"{cache} <= {told} and {total} <> {told} + {cache} + {out} and ({guess} or {total} = {told} + {out})"
    seconds = dialect.seconds.format
    return Columns(
        time="c_start",
        model="c_model",
        workload="c_workload",
        input=f"case when {cache} = 0 or ({inside}) then {told} else {told} + {cache} end",
        cached="c_cached",
        cache_write="c_write",
        output=came,
        reasoning="case when c_output is null then coalesce(c_reasoning, c_thought) else c_reasoning end",
        latency_sum_ms=f"1000 * ({seconds('c_end')} - {seconds('c_start')})",
        failed="c_level = 'ERROR'",
        left_out="c_kind not in ('GENERATION', 'EMBEDDING')",
        source=f"({_select(inner, table)}) as observed",
    )


def _usage_map(dialect: Dialect) -> dict[str, str]:
    """What the map of an observation says, as whole numbers."""

    def used(*keys: str) -> str:
        return dialect.whole.format(keyed(dialect, "usage_details", keys))

    lives = [[used(key) for key in pair] for pair in gateways.WRITES_BY_LIFE]
    known = "case when {0} is not null or {1} is not null then coalesce({0}, 0) + coalesce({1}, 0) end"
    return {
        "c_input": used("input"),
        "c_told": used("input_tokens"),
        "c_prompt": used("prompt_tokens", "promptTokens"),
        "c_details": used("input_tokens_details.cached_tokens", "input_tokens_details.cache_write_tokens"),
        "c_cached": used(*gateways.CACHED_KEYS),
        "c_write": f"coalesce({', '.join((used(*gateways.WRITE_KEYS), *(known.format(*pair) for pair in lives)))})",
        "c_output": used("output"),
        "c_came": used("completion_tokens", "completionTokens", "output_tokens"),
        "c_reasoning": used(*gateways.REASONING_KEYS),
        "c_thought": used(*gateways.NESTED_REASONING),
        "c_total": used("total", "total_tokens", "totalTokens"),
    }


def otel(dialect: Dialect, table: str, workload_by: str) -> Columns:
    """Calls of models, each once: agents and tools around them repeat their sums, and a second instrumentation tells
    the same call again (`telemetry._counted`). Of the rows of one scope, one proves for all how it counts its cache."""
    cache = "(coalesce(c_cached, 0) + coalesce(c_write, 0))"
    settled = f"coalesce(c_total in (c_input + c_came, {cache} + c_input + c_came), false)"
    open_row = f"c_failed = 0 and {cache} > coalesce(c_input, 0) and not {settled}"
    apart = f"max(case when {open_row} then 1 else 0 end) over (partition by c_scope) = 1"
    return Columns(
        time="c_at",
        model="c_model",
        workload="c_workload",
        input=(
            f"case when {cache} = 0 then c_input when {settled} then c_total - c_came "
            f"when {apart} then coalesce(c_input, 0) + {cache} else c_input end"
        ),
        cached="c_cached",
        cache_write="c_write",
        output="c_came",
        reasoning="c_reasoning",
        latency_sum_ms="c_lasted / 1e6",
        failed="c_failed = 1",
        source=f"(\n{_once(_calls(dialect, table, workload_by))}\n) as calls",
    )


def _once(calls: str) -> str:
    """Of equal calls of a trace as many as the scope says that saw most of them, and none within another scope's."""
    call = "c_failed, c_trace, c_model, c_input, c_came"
    order = "order by c_ended, c_span"
    within = (
        "a.c_scope <> t.c_scope and a.c_span = t.c_parent and t.c_parent <> '' "
        "and not (a.c_input = coalesce(t.c_input, -1) and a.c_came = coalesce(t.c_came, -1))"
    )
    around = {
        "c_scope": "min(c_scope)", "c_input": "min(coalesce(c_input, -1))", "c_came": "min(coalesce(c_came, -1))",
    }  # fmt: skip
    return (
        f"with every_call as (\n{calls}\n),\n"
        f"numbered as (select *, row_number() over (partition by {call}, c_scope {order}) as c_nth from every_call),\n"
        f"told as (select *, row_number() over (partition by {call}, c_nth {order}) as c_again from numbered),\n"
        f"around as ({_select({'c_trace': 'c_trace', 'c_span': 'c_span', **around}, 'every_call')}\n"
        "  where c_failed = 0 group by c_trace, c_span)\n"
        "select t.* from told t left join around a on a.c_trace = t.c_trace and a.c_span = t.c_parent\n"
        f"where t.c_failed = 1 or (t.c_again = 1 and not coalesce({within}, false))"
    )


def _calls(dialect: Dialect, table: str, workload_by: str) -> str:
    def named(column: str) -> str:
        return f"coalesce({dialect.text.format(quoted(dialect, column))}, '')"

    def said(paths: Paths, column: str = "SpanAttributes") -> str:
        return keyed(dialect, column, [path[-1] for path in paths])

    span, trace, service = telemetry.SPAN, named("TraceId"), named("ServiceName")
    model = said(span.model)
    by = {"": service, "tag": f"coalesce({said((('gen_ai.agent.name',),))}, {service})", "model": model}
    by["project"] = said(span.workload["project"], "ResourceAttributes")
    told_apart(workload_by, by)
    at, lasted = dialect.moment.format(quoted(dialect, "Timestamp")), quoted(dialect, "Duration")
    failed = f"lower({named('StatusCode')}) in ('2', 'error', 'status_code_error')"
    tokens = {name: dialect.whole.format(said(paths)) for name, paths in (
        ("c_input", span.input), ("c_came", span.output), ("c_cached", span.cached), ("c_write", span.write),
        ("c_reasoning", span.reasoning), ("c_total", span.total),
    )}  # fmt: skip
    inner = {
        "c_trace": f"case when {trace} = '' then {named('SpanId')} else {trace} end", "c_span": named("SpanId"),
        "c_parent": named("ParentSpanId"), "c_scope": named("ScopeName"), "c_at": at, "c_lasted": lasted,
        "c_ended": f"{dialect.seconds.format(at)} + {lasted} / 1e9", "c_model": model, "c_workload": by[workload_by],
        "c_failed": f"case when {failed} then 1 else 0 end", **tokens,
    }  # fmt: skip
    operation, name = said(telemetry.OPERATION), named("SpanName")
    around = " or ".join(f"{name} like '{start}%'" for start in telemetry.AROUND)
    calls = ", ".join(f"'{each}'" for each in sorted(telemetry.CALLS))
    given, came = said(span.input), said(span.output)
    is_call = (
        f"case when {operation} is not null then lower({operation}) in ({calls}) "
        f"else not ({around}) and {given} is not null end"
    )
    used = f"({failed} or {given} is not null or {came} is not null)"
    return f"{_select(inner, table)}\nwhere {is_call} and {used}"
