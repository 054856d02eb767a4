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
from planner.evidence.warehouse.dialects import Dialect, keyed, literal, path_in_json, quoted
from planner.evidence.warehouse.query import Columns
from planner.evidence.warehouse.traces import langfuse, otel, told_apart

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
REPLACING: Final = frozenset({"langfuse", "helicone"})
"""Whose tables in ClickHouse are of the engine ReplacingMergeTree."""
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
        return _mapped(dialect, table, mapping or {}, workload_by)
    if source in ("litellm", "helicone"):
        flat = _litellm if source == "litellm" else _helicone
        return flat(dialect, workload_by, has)
    return (langfuse if source == "langfuse" else otel)(dialect, table, workload_by)


class _Table:
    """The fields of a record, as SQL over the columns that its table has."""

    def __init__(
        self, fields: Fields, dialect: Dialect, has: frozenset[str] | None, workload_by: str, in_map: str = ""
    ) -> None:
        """`in_map`: a column that ClickHouse holds as a map where others hold JSON."""
        self._fields, self._dialect, self._has, self._by = fields, dialect, has, workload_by
        self._in_map = in_map if dialect.name == "clickhouse" else ""

    def text(self, paths: Paths) -> str:
        """The first of several that holds something, as text; empty where the table has none of them."""
        found = [self._text(path) for path in paths if self._has is None or path[0] in self._has]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})" if found else ""

    def _text(self, path: Path) -> str:
        dialect, name = self._dialect, quoted(self._dialect, path[0])
        inside = path[1:] if len(path) > 1 and path[0] in _IN_JSON else ()
        if inside and path[0] == self._in_map:
            return keyed(dialect, path[0], inside)
        if inside:
            return f"nullif({dialect.json.format(name, path_in_json(dialect, inside))}, '')"
        return f"nullif({dialect.text.format(name)}, '')"

    def columns(self, failed: str = "", left_out: str = "", latency: str = "") -> Columns:
        """All of them."""
        f, text = self._fields, self.text
        told_apart(self._by, {"": (), **f.workload, "model": f.model})
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
    """Where the cache stands is told by who counted: one row of a vendor decides for all of them."""
    table = _Table(gateways.HELICONE, dialect, has or _HELICONE_HAS, workload_by, in_map="properties")
    failed = _has_failed(dialect, table.text((("status",),)))
    found = table.columns(failed)
    beside, whole = _sum(dialect, [found.cached, found.cache_write]), dialect.whole.format(found.input)
    vendor = f"lower({table.text((('provider',),))})"
    proof = f"case when coalesce({failed}, false) then 0 when {beside} > coalesce({whole}, 0) then 1 else 0 end"
    known = ", ".join(f"'{name}'" for name in sorted(gateways.HELICONE.outside_for))
    apart = f"({vendor} in ({known}) or max({proof}) over (partition by {vendor}) = 1)"
    return replace(
        found, input=f"case when {apart} and {beside} > 0 then coalesce({whole}, 0) + {beside} else {whole} end"
    )


def _mapped(dialect: Dialect, name: str, mapping: Mapping[str, str], workload_by: str) -> Columns:
    """Where `input` is named, one row with more cache than input says that the cache stands beside it in all."""
    table = _Table(mapped_fields(mapping), dialect, None, workload_by)
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
