"""What the rows of a source say in the columns of the rollup: tables of gateways, and one that a mapping describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

from planner.evidence.usage import gateways
from planner.evidence.usage.fields import Fields
from planner.evidence.usage.others import mapped_fields
from planner.evidence.usage.values import Path, Paths
from planner.evidence.warehouse.dialects import Dialect, literal, path_in_json, quoted
from planner.evidence.warehouse.query import Columns

Source = Literal["litellm", "langfuse", "helicone", "otel", "mapping"]
SOURCES: Final = ("litellm", "langfuse", "helicone", "otel", "mapping")
TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "litellm": "LiteLLM_SpendLogs",
        "langfuse": "observations",
        "helicone": "request_response_rmt",
        "otel": "otel_traces",
    }
)
"""As the tool itself calls it; a copy of it elsewhere is named by whoever asks."""
_LITELLM_HAS: Final = frozenset({
    "request_id", "startTime", "endTime", "model", "prompt_tokens", "completion_tokens", "metadata",
    "request_tags", "team_id", "api_key", "status", "cache_hit",
})  # fmt: skip
_HELICONE_HAS: Final = frozenset({
    "request_created_at", "model", "prompt_tokens", "completion_tokens", "prompt_cache_read_tokens",
    "prompt_cache_write_tokens", "reasoning_tokens", "provider", "properties", "status", "latency", "organization_id",
})  # fmt: skip
_IN_JSON: Final = frozenset({"metadata", "properties"})
_FAILED_WORDS: Final = ("fail", "err", "timeout", "throttl")
_TRUE: Final = "('true', 't', '1', 'yes')"
_MODEL_CALLS: Final = ("chat", "text_completion", "generate_content", "embeddings", "completion")
_OTEL_INPUT: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OTEL_OUTPUT: Final = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_OTEL_CACHED: Final = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
_OTEL_WRITE: Final = (
    "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
)  # fmt: skip


def columns_of(
    source: Source,
    dialect: Dialect,
    table: str,
    mapping: Mapping[str, str] | None = None,
    workload_by: str = "",
    has: frozenset[str] | None = None,
) -> Columns:
    """The columns of a source; `table`: SQL that stands after `from`; `mapping`: of one that somebody describes; `has`:
    the columns that the table has, None: those of every release."""
    if source == "mapping":
        return _mapped(dialect, table, mapping or {})
    if source in ("litellm", "helicone"):
        flat = _litellm if source == "litellm" else _helicone
        return flat(dialect, workload_by, has)
    return (_langfuse if source == "langfuse" else _otel)(dialect, workload_by)


class _Table:
    """The fields of a record, as SQL over the columns that its table has."""

    def __init__(self, fields: Fields, dialect: Dialect, has: frozenset[str] | None, workload_by: str) -> None:
        self._fields, self._dialect, self._has, self._by = fields, dialect, has, workload_by

    def text(self, paths: Paths) -> str:
        """The first of several that holds something, as text; empty where the table has none of them."""
        found = [self._text(path) for path in paths if self._has is None or path[0] in self._has]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})" if found else ""

    def _text(self, path: Path) -> str:
        dialect, name = self._dialect, quoted(self._dialect, path[0])
        inside = path[1:] if len(path) > 1 and path[0] in _IN_JSON else ()
        if inside:
            return f"nullif({dialect.json.format(name, path_in_json(dialect, inside))}, '')"
        return f"nullif({dialect.text.format(name)}, '')"

    def columns(self, failed: str = "", left_out: str = "", latency: str = "") -> Columns:
        """All of them."""
        f, text = self._fields, self.text
        given, cached, write = text(f.input), text(f.cached), text(f.write)
        return Columns(
            time=self.moment(),
            model=text(f.model),
            workload=text(f.model if self._by == "model" else f.workload.get(self._by, ())),
            batch=self._tier(),
            requests=text(f.requests) or "1",
            input=self._with_cache(given, cached, write) if f.outside else given,
            cached=cached,
            cache_write_5m=text(f.write_5m),
            cache_write_1h=text(f.write_1h),
            cache_write=write,
            output=text(f.output),
            reasoning=text(f.reasoning),
            latency_sum_ms=latency or text(f.latency_ms),
            failed=failed,
            left_out=left_out,
        )

    def _tier(self) -> str:
        """Whether it went through the batch tier: told as true or false, or by name."""
        told = self.text(self._fields.batch)
        if not told:
            return ""
        other = "'false'" if self._fields.batch_told else "''"
        found = f"lower({told})"
        return (
            f"case when {told} is null then '' when {found} in {_TRUE} or {found} like '%batch%' then 'true' "
            f"else {other} end"
        )

    def _with_cache(self, *tokens: str) -> str:
        return _sum(self._dialect, [sql for sql in tokens if sql])

    def moment(self) -> str:
        """Its time, in UTC."""
        return self._dialect.moment.format(quoted(self._dialect, self._fields.time[0][0]))


def _sum(dialect: Dialect, tokens: list[str]) -> str:
    """Of what is known."""
    whole = [dialect.whole.format(sql) for sql in tokens]
    known = " or ".join(f"{sql} is not null" for sql in tokens)
    return f"case when {known} then {' + '.join(f'coalesce({sql}, 0)' for sql in whole)} end"


def _has_failed(dialect: Dialect, status: str) -> str:
    """A status that is not that of a success: a word, or a code of HTTP."""
    words = " or ".join(f"lower({status}) like '{word}%'" for word in _FAILED_WORDS)
    code = dialect.whole.format(
        f"case when length({status}) = 3 and {status} between '100' and '599' then {status} end"
    )
    return f"({words} or {code} < 200 or {code} >= 300)"


def _litellm(dialect: Dialect, workload_by: str, has: frozenset[str] | None) -> Columns:
    table = _Table(gateways.LITELLM, dialect, has or _LITELLM_HAS, workload_by)
    status, hit = table.text((("status",), ("metadata", "status"))), table.text((("cache_hit",),))
    left_out = f"(lower({hit}) = 'true' or {table.text((('request_id',),))} like '%\\_cache\\_hit%')"
    end, start = (dialect.seconds.format(dialect.moment.format(quoted(dialect, n))) for n in ("endTime", "startTime"))
    left_out = left_out.replace("\\_", "_")  # a name with other marks in these places is none of LiteLLM's
    return table.columns(_has_failed(dialect, status), left_out, f"1000 * ({end} - {start})")


def _helicone(dialect: Dialect, workload_by: str, has: frozenset[str] | None) -> Columns:
    table = _Table(gateways.HELICONE, dialect, has or _HELICONE_HAS, workload_by)
    found = table.columns(_has_failed(dialect, table.text((("status",),))))
    beside = _sum(dialect, [found.cached, found.cache_write])
    whole = dialect.whole.format(found.input)
    apart = f"lower({table.text((('provider',),))}) in ('anthropic', 'bedrock', 'aws') or {beside} > {whole}"
    return replace(found, input=f"case when {apart} then {whole} + coalesce({beside}, 0) else {whole} end")


def _mapped(dialect: Dialect, name: str, mapping: Mapping[str, str]) -> Columns:
    """Where `input` is named, one row with more cache than input says that the cache stands beside it in all."""
    table = _Table(mapped_fields(mapping), dialect, None, "")
    failed = _has_failed(dialect, table.text(((mapping["status"],),))) if "status" in mapping else ""
    found = table.columns(failed)
    cache = [sql for sql in (found.cached, found.cache_write) if sql]
    if "input" in mapping and cache:
        whole, beside = dialect.whole.format(found.input), _sum(dialect, cache)
        proof = f"(select max(case when {beside} > {whole} then 1 else 0 end) from {name})"
        found = replace(found, input=f"case when {proof} = 1 then {whole} + coalesce({beside}, 0) else {whole} end")
    if (zone := mapping.get("zone", "UTC")).upper() not in ("UTC", "Z"):
        return replace(found, time=dialect.from_zone.format(table.moment(), literal(dialect, zone)))
    return found


def _keyed(dialect: Dialect, column: str, keys: tuple[str, ...]) -> str:
    """The first key of a map that holds something."""
    name = quoted(dialect, column)
    found = [f"nullif({dialect.text.format(dialect.map_key.format(name, literal(dialect, key)))}, '')" for key in keys]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _langfuse(dialect: Dialect, workload_by: str) -> Columns:
    """Calls of models only; `input` leaves the cache out, unless the total says otherwise."""

    def used(*keys: str) -> str:
        return dialect.whole.format(_keyed(dialect, "usage_details", keys))

    cached, write = used(*gateways.CACHED_KEYS), used(*gateways.WRITE_KEYS)
    reasoning, output = used(*gateways.REASONING_KEYS), used("output", "completion_tokens", "output_tokens")
    given, total = used("input"), used("total")
    came = f"coalesce({output}, 0) + coalesce({reasoning}, 0)"
    beside = f"coalesce({cached}, 0) + coalesce({write}, 0)"
    told = (
        f"case when {given} is null then {used('input_tokens', 'prompt_tokens')} "
        f"when {total} = {given} + {came} and {beside} <= {given} then {given} else {given} + {beside} end"
    )
    by = {"": "name", "tag": "tags", "project": "project_id"}.get(workload_by, "provided_model_name")
    level, kind = (f"upper({dialect.text.format(quoted(dialect, name))})" for name in ("level", "type"))
    start, end = (dialect.moment.format(quoted(dialect, name)) for name in ("start_time", "end_time"))
    return Columns(
        time=start,
        model=quoted(dialect, "provided_model_name"),
        workload=quoted(dialect, by),
        input=told,
        cached=cached,
        cache_write=write,
        output=f"case when {output} is null and {reasoning} is null then null else {came} end",
        reasoning=reasoning,
        latency_sum_ms=f"1000 * ({dialect.seconds.format(end)} - {dialect.seconds.format(start)})",
        failed=f"{level} = 'ERROR'",
        left_out=f"{kind} not in ('GENERATION', 'EMBEDDING')",
    )


def _otel(dialect: Dialect, workload_by: str) -> Columns:
    """Spans of calls of models; agents and tools around them repeat their sums."""

    def said(*keys: str) -> str:
        return _keyed(dialect, "SpanAttributes", keys)

    given, cached, write = said(*_OTEL_INPUT), said(*_OTEL_CACHED), said(*_OTEL_WRITE)
    whole = dialect.whole.format
    beside = f"coalesce({whole(cached)}, 0) + coalesce({whole(write)}, 0)"
    model = said("gen_ai.response.model", "gen_ai.request.model")
    operations = ", ".join(f"'{name}'" for name in _MODEL_CALLS)
    return Columns(
        time=dialect.moment.format(quoted(dialect, "Timestamp")),
        model=model,
        workload=model if workload_by == "model" else quoted(dialect, "ServiceName"),
        input=f"case when {beside} > {whole(given)} then {whole(given)} + {beside} else {whole(given)} end",
        cached=cached,
        cache_write=write,
        output=said(*_OTEL_OUTPUT),
        reasoning=said("gen_ai.usage.reasoning.output_tokens"),
        latency_sum_ms=f"{quoted(dialect, 'Duration')} / 1e6",
        failed=f"lower({dialect.text.format(quoted(dialect, 'StatusCode'))}) like '%error'",
        left_out=(
            f"({given} is null and {said(*_OTEL_OUTPUT)} is null) "
            f"or coalesce({said('gen_ai.operation.name')}, 'chat') not in ({operations})"
        ),
    )
