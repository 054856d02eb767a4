"""Logs of gateways: LiteLLM, Langfuse, Helicone, OpenRouter, and the planner's own columns.

LiteLLM's input includes cache reads and writes, and a row answered from its own response cache repeats the tokens of
the call that filled it. Langfuse keeps a map whose keys depend on what wrote it. Helicone passes on what vendors count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from planner.evidence.usage.fields import DAY_S, HOUR_S, Fields, Format, Options, flat, told_by
from planner.evidence.usage.rows import FAILED, At, Counts, Plain, Record, Skip, Unit, counts
from planner.evidence.usage.values import as_whole, at, failed_status, first, paths, sum_of, truth, unpacked

_META: Final = "metadata.usage_object."
ROLLED_UP: Final = Fields(
    time=paths("hour_utc"), bucket_s=HOUR_S, model=paths("model"), workload={"": paths("workload")},
    batch=paths("batch"), requests=paths("requests"), failed=paths("failed"), input=paths("input"),
    cached=paths("cached"), write=paths("cache_write"), write_5m=paths("cache_write_5m"),
    write_1h=paths("cache_write_1h"), output=paths("output"), reasoning=paths("reasoning"),
    latency_ms=paths("latency_sum_ms"),
)  # fmt: skip
"""The table of hours itself, as a query of `planner import usage --sql` returns it."""
LITELLM: Final = Fields(
    time=paths("startTime"), end=paths("endTime"), model=paths("model", "model_group"),
    batch=paths("metadata.batch_models", "call_type"), batch_told=False,
    workload={
        "": paths("team_id", "metadata.user_api_key_team_alias", "request_tags"),
        "tag": paths("request_tags"),
        "key": paths("metadata.user_api_key_alias", "api_key"),
        "project": paths("team_id", "organization_id"),
        "group": paths("model_group"),
    },
    input=paths("prompt_tokens"), output=paths("completion_tokens"),
    cached=paths(_META + "prompt_tokens_details.cached_tokens", _META + "cache_read_input_tokens",
                 "metadata.additional_usage_values.prompt_tokens_details.cached_tokens",
                 "metadata.additional_usage_values.cache_read_input_tokens", "cache_read_input_tokens"),
    write=paths(_META + "prompt_tokens_details.cache_creation_tokens", _META + "cache_creation_input_tokens",
                _META + "prompt_tokens_details.cache_write_tokens",
                "metadata.additional_usage_values.cache_creation_input_tokens", "cache_creation_input_tokens"),
    write_5m=paths(_META + "prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens"),
    write_1h=paths(_META + "prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens"),
    reasoning=paths(_META + "completion_tokens_details.reasoning_tokens"),
    latency_ms=paths("request_duration_ms"), cost=paths("spend"), sees_failures=True,
)  # fmt: skip
_LITELLM_DAILY: Final = Fields(
    time=paths("date"), bucket_s=DAY_S, model=paths("model", "model_group"),
    workload={"tag": paths("tag"), "key": paths("api_key"), "project": paths("team_id")},
    requests=paths("successful_requests"), failed=paths("failed_requests"),
    input=paths("prompt_tokens"), output=paths("completion_tokens"),
    cached=paths("cache_read_input_tokens"), write=paths("cache_creation_input_tokens"), cost=paths("spend"),
)  # fmt: skip
_LITELLM_SUMMARY: Final = Fields(time=paths("startTime"), bucket_s=DAY_S, cost=paths("spend"))
_PROPERTIES: Final = ("app", "App", "application", "workload", "service", "feature", "team", "project", "environment")
HELICONE: Final = Fields(
    time=paths("request_created_at", "response_created_at"), end=paths("response_created_at"),
    model=paths("model", "request_model", "response_model"),
    workload={
        "": paths(*(f"properties.{name}" for name in _PROPERTIES)),
        "tag": paths(*(f"properties.{name}" for name in _PROPERTIES)),
        "project": paths("properties.project", "organization_id"),
    },
    input=paths("prompt_tokens"), output=paths("completion_tokens"), basis=paths("provider"),
    outside_for=frozenset({"anthropic", "bedrock", "aws"}),
    cached=paths("prompt_cache_read_tokens"), write=paths("prompt_cache_write_tokens"),
    reasoning=paths("reasoning_tokens"), total=paths("total_tokens"), latency_ms=paths("latency"),
    cost=paths("cost"), cost_scale=1e9, sees_failures=True,
)  # fmt: skip
_OPENROUTER: Final = Fields(
    time=paths("created_at"), model=paths("model_permaslug", "model"),
    workload={
        "": paths("app_name"), "tag": paths("app_name"), "key": paths("api_key_name"), "project": paths("workspace_id"),
    },
    input=paths("tokens_prompt"), output=paths("tokens_completion"), cached=paths("tokens_cached"),
    reasoning=paths("tokens_reasoning"), latency_ms=paths("generation_time_ms"), cost=paths("cost_total"),
)  # fmt: skip
_OPENROUTER_DAILY: Final = Fields(
    time=paths("date"), bucket_s=DAY_S, model=paths("model_permaslug", "model"),
    workload={"project": paths("workspace_id")}, requests=paths("requests"),
    input=paths("prompt_tokens"), output=paths("completion_tokens"), reasoning=paths("reasoning_tokens"),
    cost=paths("usage"),
)  # fmt: skip
_COMMON: Final = Fields(
    time=paths("timestamp"), bucket=paths("bucket_seconds"), model=paths("model"), workload={"": paths("workload")},
    requests=paths("requests"), batch=paths("batch"), input=paths("input_tokens"), output=paths("output_tokens"),
    cached=paths("cached_input_tokens"), write=paths("cache_write_tokens"), basis=paths("provider"),
    latency_ms=paths("latency_ms"), cost=paths("cost_usd"),
)  # fmt: skip
_LANGFUSE: Final = Fields(
    time=paths("startTime"), end=paths("endTime"), model=paths("providedModelName", "model", "modelId"),
    workload={
        "": paths("traceName", "tags", "name"),
        "tag": paths("tags"),
        "project": paths("projectId", "environment"),
    },
    latency_ms=paths("latencyMs"), latency_s=paths("latency"), cost=paths("totalCost", "calculatedTotalCost"),
    sees_failures=True,
)  # fmt: skip
_USAGE: Final = paths("usageDetails", "usage")
_MODEL_CALLS: Final = frozenset({"GENERATION", "EMBEDDING"})
CACHED_KEYS: Final = (
    "input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_tokens",
    "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "input_cached", "cached_tokens",
)  # fmt: skip
WRITE_KEYS: Final = (
    "cache_creation_input_tokens", "input_cache_creation", "input_cache_write", "cache_write_input_tokens",
    "prompt_tokens_details.cache_write_tokens", "input_cache_write_tokens", "input_tokens_details.cache_write_tokens",
)  # fmt: skip
WRITES_BY_LIFE: Final = (
    ("input_cache_creation_5m", "input_cache_creation_1h"),
    ("cache_creation_ephemeral_5m_input_tokens", "cache_creation_ephemeral_1h_input_tokens"),
    ("cache_creation.ephemeral_5m_input_tokens", "cache_creation.ephemeral_1h_input_tokens"),
)
REASONING_KEYS: Final = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens", "reasoning")
NESTED_REASONING: Final = ("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")


class Langfuse(Plain):
    """Observations: calls of models count, the spans and traces around them repeat their sums."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def units(self, record: Record) -> Iterator[Unit]:
        """The row of a call."""
        if str(record.get("type") or "GENERATION").upper() not in _MODEL_CALLS:
            yield Skip("not_a_generation")
            return
        if str(record.get("level", "")).upper() == "ERROR":
            yield _LANGFUSE.failure(record, self._options)
            return
        row = _LANGFUSE.row(record, self._options)
        yield replace(row, counts=_usage(first(record, _USAGE), row.counts[At.LATENCY]))


def _usage(found: Any, latency_ms: int | None) -> Counts:
    """What a map of usage says. `input` leaves the cache out, `prompt_tokens` and `input_tokens` with details do not;
    where the map holds a total, that decides. Writes by their life repeat the sum of writes where that stands there."""
    usage = _flat(found)

    def read(*keys: str) -> int | None:
        value = next((usage[key] for key in keys if usage.get(key) is not None), None)
        return None if value is None else as_whole(value, keys[0])

    told, inside = read("input"), False
    if told is None:
        told, inside = read("input_tokens"), any(key.startswith("input_tokens_details") for key in usage)
    if told is None:
        told, inside = read("prompt_tokens", "promptTokens"), True
    output, completion = read("output"), read("completion_tokens", "completionTokens", "output_tokens")
    cached, write = read(*CACHED_KEYS), read(*WRITE_KEYS)
    if write is None:
        write = next((s for pair in WRITES_BY_LIFE if (s := sum_of([read(key) for key in pair])) is not None), None)
    reasoning = read(*REASONING_KEYS)
    if output is None:
        output, reasoning = completion, read(*NESTED_REASONING) if reasoning is None else reasoning
    elif reasoning is not None:
        output += reasoning
    beside = sum_of((cached, write)) or 0
    total = read("total", "total_tokens", "totalTokens")
    if told is not None and beside and not _is_inside(told, beside, output or 0, total, inside):
        told += beside
    return counts(1, told, output, cached, write, reasoning=reasoning, latency_ms=latency_ms, failed=0)


def _flat(found: Any) -> dict[str, Any]:
    """A map of usage with what lies inside it under dotted keys, as some exports write it from the start."""
    usage = unpacked(found) if isinstance(found, str) else found
    if not isinstance(usage, dict):
        return {}
    inner = {f"{key}.{part}": v for key, held in usage.items() if isinstance(held, dict) for part, v in held.items()}
    return usage | inner


def _is_inside(told: int, beside: int, output: int, total: int | None, guess: bool) -> bool:
    return beside <= told and total != told + beside + output and (guess or total == told + output)


def _litellm(record: Record) -> str:
    if failed_status(record.get("status") or at(record, ("metadata", "status"))):
        return FAILED
    if truth(record.get("cache_hit")) or "_cache_hit" in str(record.get("request_id", "")):
        return "gateway_cache_hit"
    return ""


def _by_status(record: Record) -> str:
    return failed_status(record.get("status"))


_STATUS: Final = ("status",)
_HELICONE_REST: Final = "prompt_tokens completion_tokens provider"

FORMATS: Final = (
    flat("rollup_csv", told_by("hour_utc model workload requests input output latency_sum_ms"), ROLLED_UP),
    flat("litellm_spendlogs", told_by("request_id call_type prompt_tokens startTime"), LITELLM, check=_litellm,
         looks_at=("request_id", "cache_hit", "status", "metadata.status"),
        marks={"request_id": "_cache_hit"}, added_up=True, counted=(FAILED,)),
    flat("litellm_daily_spend", told_by("date prompt_tokens api_requests", "date prompt_tokens successful_requests"),
         _LITELLM_DAILY, note="own_cache_inside"),
    flat("litellm_spend_summary", told_by("startTime spend models"), _LITELLM_SUMMARY, requests=None, note="no_tokens"),
    Format(
        name="langfuse_observations",
        keys=told_by("traceId startTime usageDetails", "traceId startTime usage", "startTime type usageDetails"),
        names=(*_LANGFUSE.names(), "type", "level", "usageDetails", "usage"), make=Langfuse,
        by=("tag", "project", "model"),
    ),
    flat("helicone", told_by(f"request_created_at {_HELICONE_REST}", f"response_created_at {_HELICONE_REST}"),
         HELICONE, check=_by_status, looks_at=_STATUS),
    flat("openrouter_activity_csv", told_by("generation_id created_at tokens_prompt tokens_completion"), _OPENROUTER,
         added_up=True),
    flat("openrouter_activity_api_json", told_by("date model_permaslug prompt_tokens requests"), _OPENROUTER_DAILY),
    flat("common_schema_csv", told_by("timestamp model input_tokens output_tokens"), _COMMON, check=_by_status,
         looks_at=_STATUS, added_up=True),
)  # fmt: skip
