"""Usage and costs as the vendors of models tell them: Anthropic, OpenAI, DeepSeek, Groq, Bedrock.

Field names of Anthropic, OpenAI and Bedrock: their specifications; of the consoles: headers of exports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.evidence.usage.fields import DAY_S, IMPLIED, Fields, Format, Options, flat, told_by
from planner.evidence.usage.rows import FAILED, Plain, Record, Row, Skip, Unit, counts, tried
from planner.evidence.usage.values import first, paths, whole

EMPTY: Final = "empty_bucket"
_ANTHROPIC: Final = Fields(
    time=paths("starting_at"), end=paths("ending_at"), bucket_s=IMPLIED,
    model=paths("model"), batch=paths("service_tier"),
    workload={"key": paths("api_key_id"), "project": paths("workspace_id")},
    input=paths("uncached_input_tokens"), outside=True,
    cached=paths("cache_read_input_tokens"),
    write_5m=paths("cache_creation.ephemeral_5m_input_tokens"),
    write_1h=paths("cache_creation.ephemeral_1h_input_tokens"),
    write=paths("cache_creation_input_tokens"),
    output=paths("output_tokens"),
)  # fmt: skip
_ANTHROPIC_COST: Final = Fields(
    time=paths("starting_at"), end=paths("ending_at"), bucket_s=IMPLIED,
    cost=paths("amount"), cost_scale=100, currency=paths("currency"),
)  # fmt: skip
_CLAUDE_CODE: Final = Fields(
    time=paths("date"), bucket_s=DAY_S, model=paths("model"),
    workload={"key": paths("actor.api_key_name", "actor.email_address")},
    input=paths("tokens.input"), outside=True, cached=paths("tokens.cache_read"), write=paths("tokens.cache_creation"),
    output=paths("tokens.output"),
    cost=paths("estimated_cost.amount"), cost_scale=100, currency=paths("estimated_cost.currency"),
)  # fmt: skip
_CONSOLE: Final = Fields(
    time=paths("usage_date_utc"), bucket_s=DAY_S, model=paths("model_version", "model"), batch=paths("usage_type"),
    workload={"key": paths("api_key"), "project": paths("workspace")},
    input=paths("usage_input_tokens_no_cache"), outside=True,
    cached=paths("usage_input_tokens_cache_read"), write=paths("usage_input_tokens_cache_write"),
    write_5m=paths("usage_input_tokens_cache_write_5m"), write_1h=paths("usage_input_tokens_cache_write_1h"),
    output=paths("usage_output_tokens"),
)  # fmt: skip
_CONSOLE_COST: Final = Fields(time=paths("usage_date_utc"), bucket_s=DAY_S, cost=paths("cost_usd"))
_OPENAI: Final = Fields(
    time=paths("start_time", "start_time_iso"), end=paths("end_time", "end_time_iso"), bucket_s=IMPLIED,
    model=paths("model"), batch=paths("batch"),
    workload={"key": paths("api_key_id"), "project": paths("project_id")},
    requests=paths("num_model_requests"),
    input=paths("input_tokens"), uncached=paths("input_uncached_tokens"),
    cached=paths("input_cached_tokens"), write=paths("input_cache_write_tokens"), output=paths("output_tokens"),
)  # fmt: skip
_OPENAI_COST: Final = Fields(
    time=paths("start_time", "start_time_iso"), end=paths("end_time", "end_time_iso"), bucket_s=IMPLIED,
    cost=paths("amount.value", "amount_value"), currency=paths("amount.currency", "amount_currency"),
)  # fmt: skip
_OPENAI_LEGACY: Final = Fields(
    time=paths("aggregation_timestamp"), bucket_s=IMPLIED, model=paths("snapshot_id"), batch=paths("request_type"),
    workload={"key": paths("api_key_name"), "project": paths("project_name", "project_id")},
    requests=paths("n_requests"), input=paths("n_context_tokens_total"),
    cached=paths("n_cached_context_tokens_total"), output=paths("n_generated_tokens_total"),
)  # fmt: skip
_GROQ: Final = Fields(
    time=paths("timestamp"), bucket_s=IMPLIED, model=paths("model"), requests=paths("num_requests"),
    input=paths("n_context_tokens_total"), uncached=paths("n_non_cached_context_tokens_total"),
    output=paths("n_generated_tokens_total"), cost=paths("cost"),
)  # fmt: skip
_BEDROCK: Final = Fields(
    time=paths("timestamp"), model=paths("modelId"),
    workload={
        "": paths("requestMetadata.app", "requestMetadata.application", "requestMetadata.workload",
                  "requestMetadata.service", "requestMetadata.team", "requestMetadata.project"),
        "project": paths("requestMetadata.project", "accountId"),
    },
    input=paths("input.inputTokenCount"), outside=True,
    cached=paths("input.cacheReadInputTokenCount", "input.cacheReadInputTokens",
                 "output.outputBodyJson.usage.cacheReadInputTokens"),
    write=paths("input.cacheWriteInputTokenCount", "input.cacheWriteInputTokens",
                "output.outputBodyJson.usage.cacheWriteInputTokens"),
    output=paths("output.outputTokenCount"), sees_failures=True,
)  # fmt: skip
_DEEPSEEK: Final = Fields(
    time=paths("start_time_iso"), bucket_s=DAY_S, model=paths("model"), workload={"key": paths("api_key_name")},
    cost=paths("cost"), currency=paths("currency"),
)  # fmt: skip
_DEEPSEEK_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "input_cache_hit_tokens": ("input_tokens", "cached"),
    "input_cache_miss_tokens": ("input_tokens",),
    "input_tokens": ("input_tokens",),
    "output_tokens": ("output",),
    "request_count": ("requests",),
}


class Buckets(Plain):
    """Buckets of time with results inside, as usage and cost interfaces give them: a result is a record."""

    def __init__(self, options: Options, fields: Fields, inside: str = "results") -> None:
        self._options, self._fields, self._inside = options, fields, inside

    def units(self, record: Record) -> Iterator[Unit]:
        """A row for each result; a bucket without any is no record."""
        results = record.get(self._inside)
        if results is None:
            yield self._fields.row(record, self._options, None)
            return
        bucket = {key: value for key, value in record.items() if key != self._inside}
        for result in results if isinstance(results, list) else ():
            yield tried(lambda result=result: self._fields.row(bucket | result, self._options, None))  # type: ignore[misc]


class DeepSeek(Plain):
    """The long format of DeepSeek's export: four records make one bucket; the costs stand in files beside them."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def units(self, record: Record) -> Iterator[Unit]:
        """One sum of one kind, or what a day cost."""
        row = _DEEPSEEK.row(record, self._options, None)
        kind = record.get("type")
        if kind is None:
            yield Row(row.seconds, counts(), DAY_S, cost=row.cost, currency=row.currency, read=0)
            return
        columns = _DEEPSEEK_COUNTS.get(str(kind))
        if columns is None:
            yield Skip("other_kind")
            return
        amount = whole(record, paths("amount"))
        told: dict[str, Any] = dict.fromkeys(columns, amount)
        if kind == "input_cache_miss_tokens":
            told["cached"] = 0
        yield Row(row.seconds, counts(**told), DAY_S, row.model, row.workload)


def _openai_empty(record: Record) -> str:
    """A bucket without usage has only its times."""
    told = first(record, paths("input_tokens", "num_model_requests", "output_tokens"))
    return EMPTY if told is None else ""


def _bedrock_failed(record: Record) -> str:
    output = first(record, paths("output.outputTokenCount", "input.inputTokenCount"))
    return FAILED if record.get("errorCode") or output is None else ""


def _pages(title: str, keys: tuple[frozenset[str], ...], fields: Fields, inside: str = "results") -> Format:
    return Format(
        name=title,
        keys=keys,
        names=(*fields.names(), inside),
        make=lambda options: Buckets(options, fields, inside),
        unit="result",
        by=(*fields.workload, "model"),
    )


_TIMES: Final = "start_time end_time start_time_iso end_time_iso"

FORMATS: Final = (
    _pages("anthropic_cost_report_json", told_by("starting_at results.amount results.currency"), _ANTHROPIC_COST),
    # Pages of minutes may begin with hundreds of empty buckets.
    _pages("anthropic_usage_report_json",
           told_by("starting_at results.uncached_input_tokens", "starting_at ending_at results"), _ANTHROPIC),
    _pages("anthropic_claude_code_report_json", told_by("date model_breakdown.tokens"), _CLAUDE_CODE,
           "model_breakdown"),
    flat("claude_console_usage_csv",
         told_by("usage_date_utc usage_output_tokens usage_input_tokens_no_cache",
                 "usage_date_utc usage_output_tokens usage_input_tokens_cache_write"),
         _CONSOLE, requests=None),
    flat("claude_console_cost_csv", told_by("usage_date_utc token_type cost_usd"), _CONSOLE_COST, requests=None),
    _pages("openai_costs_json", told_by("start_time results.amount.value"), _OPENAI_COST),
    _pages("openai_usage_api_json",
           told_by("start_time results.num_model_requests results.input_tokens", "object start_time end_time results"),
           _OPENAI),
    flat("openai_usage_csv",
         told_by("start_time num_model_requests input_tokens", "start_time_iso num_model_requests input_tokens",
                 _TIMES),
         _OPENAI, check=_openai_empty, requests=None),
    flat("groq_console_json", told_by("timestamp num_requests n_context_tokens_total"), _GROQ, requests=None),
    flat("openai_legacy_activity_json",
         told_by("aggregation_timestamp n_context_tokens_total n_generated_tokens_total"), _OPENAI_LEGACY,
         requests=None),
    flat("bedrock_invocation_log", told_by("schemaType modelId timestamp"), _BEDROCK, check=_bedrock_failed,
         looks_at=("errorCode",)),
    Format(
        name="deepseek_export_zip",
        keys=told_by("start_time_iso type amount model", "start_time_iso wallet_type cost currency"),
        names=(*_DEEPSEEK.names(), "type", "amount", "wallet_type"), make=DeepSeek, unit="amount row",
        by=("key", "model"),
    ),
)  # fmt: skip
