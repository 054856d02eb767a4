"""How sources of buckets write the load: usage interfaces, consoles, bills, counters."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.evidence.load import DAYS, MARK, START, Call, day_of, grouped, iso, naive, put, total


def anthropic_buckets(made: Sequence[Call], seconds: int) -> list[dict[str, Any]]:
    buckets: dict[int, list[dict[str, Any]]] = {}
    for (start, model, batch), group in grouped(made, seconds, "model", "batch").items():
        lives = {f"ephemeral_{life}_input_tokens": total(group, f"write_{life}") for life in ("5m", "1h")}
        buckets.setdefault(start, []).append({
            "model": model, "service_tier": "batch" if batch else "standard", "workspace_id": None,
            "uncached_input_tokens": total(group, "fresh"), "cache_creation": lives,
            "cache_read_input_tokens": total(group, "cached"), "output_tokens": total(group, "output"),
        })  # fmt: skip
    return [
        {"starting_at": iso(dt.datetime.fromtimestamp(start, dt.UTC)),
         "ending_at": iso(dt.datetime.fromtimestamp(start + seconds, dt.UTC)), "results": results}
        for start, results in sorted(buckets.items())
    ]  # fmt: skip


def openai_rows(made: Sequence[Call], seconds: int) -> list[dict[str, Any]]:
    return [
        {
            "start_time": start, "end_time": start + seconds,
            "start_time_iso": iso(dt.datetime.fromtimestamp(start, dt.UTC)), "project_id": "proj", "model": model,
            "batch": batch, "num_model_requests": float(len(group)), "input_tokens": total(group, "input"),
            "output_tokens": total(group, "output"), "input_cached_tokens": total(group, "cached"),
            "input_text_tokens": total(group, "input"), "user_id": MARK,
        }
        for (start, model, batch), group in sorted(grouped(made, seconds, "model", "batch").items())
    ]  # fmt: skip


def openai_buckets(made: Sequence[Call], seconds: int) -> list[dict[str, Any]]:
    buckets: dict[int, list[dict[str, Any]]] = {}
    for row in openai_rows(made, seconds):
        buckets.setdefault(row["start_time"], []).append({**row, "num_model_requests": int(row["num_model_requests"])})
    return [{"object": "bucket", "start_time": s, "end_time": s + seconds, "results": r} for s, r in buckets.items()]


def console_rows(made: Sequence[Call], *, old: bool = False) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (start, model, batch), group in sorted(grouped(made, 86_400, "model", "batch").items()):
        lives = {f"usage_input_tokens_cache_write_{life}": total(group, f"write_{life}") for life in ("5m", "1h")}
        rows.append({
            "usage_date_utc": day_of(start) + (" 00:00:00" if old else ""), "model_version": model, "api_key": MARK,
            "workspace": "Default", "usage_type": "batch" if batch else "standard", "context_window": "≤ 200k",
            "usage_input_tokens_no_cache": total(group, "fresh"),
            **({"usage_input_tokens_cache_write": total(group, "write")} if old else lives),
            "usage_input_tokens_cache_read": total(group, "cached"), "usage_output_tokens": total(group, "output"),
        })  # fmt: skip
    return rows


def common_rows(made: Sequence[Call]) -> list[dict[str, Any]]:
    return [
        {"timestamp": naive(dt.datetime.fromtimestamp(start, dt.UTC)), "bucket_seconds": 3600, "model": model,
         "workload": workload, "requests": len(group), "input_tokens": total(group, "input"),
         "output_tokens": total(group, "output")}
        for (start, model, workload), group in sorted(grouped(made, 3600, "model", "workload").items())
    ]  # fmt: skip


def litellm_days(made: Sequence[Call]) -> list[dict[str, Any]]:
    failed: dict[tuple[str, str], int] = {}
    for call in made:
        key = (call.at.date().isoformat(), call.model)
        failed[key] = failed.get(key, 0) + (not call.ok)
    groups = {(day_of(start), model): group for (start, model), group in grouped(made, 86_400, "model").items()}
    return [
        {"date": day, "api_key": MARK, "model": model, "prompt_tokens": total(groups.get((day, model), ()), "input"),
         "completion_tokens": total(groups.get((day, model), ()), "output"),
         "cache_read_input_tokens": total(groups.get((day, model), ()), "cached"),
         "cache_creation_input_tokens": total(groups.get((day, model), ()), "write"),
         "spend": sum(call.cost for call in groups.get((day, model), ())),
         "api_requests": len(groups.get((day, model), ())) + count,
         "successful_requests": len(groups.get((day, model), ())), "failed_requests": count}
        for (day, model), count in sorted(failed.items())
    ]  # fmt: skip


def activity_rows(made: Sequence[Call], kind: str) -> list[dict[str, Any]]:
    """OpenRouter's days, OpenAI's legacy days, Groq's hours."""
    seconds = 3600 if kind == "groq" else 86_400
    rows = []
    for (start, model, batch), group in sorted(grouped(made, seconds, "model", "batch").items()):
        told, cached, output = (total(group, key) for key in ("input", "cached", "output"))
        if kind == "openrouter":
            rows.append({"date": day_of(start), "model_permaslug": model, "requests": len(group), "usage": 0.5,
                         "prompt_tokens": told, "completion_tokens": output,
                         "reasoning_tokens": total(group, "reasoning")})  # fmt: skip
        elif kind == "groq":
            rows.append({"timestamp": start, "model": model, "num_requests": len(group), "n_context_tokens_total": told,
                         "n_non_cached_context_tokens_total": told - cached, "n_generated_tokens_total": output,
                         "cost": 0.25})  # fmt: skip
        else:
            rows.append({"aggregation_timestamp": start, "snapshot_id": model, "n_requests": len(group),
                         "request_type": "batch" if batch else "", "n_context_tokens_total": told,
                         "n_cached_context_tokens_total": cached, "n_generated_tokens_total": output,
                         "api_key_redacted": MARK})  # fmt: skip
    return rows


def ccusage_days(made: Sequence[Call], key: str = "date") -> dict[str, Any]:
    def told(group: Sequence[Call]) -> dict[str, Any]:
        return {"inputTokens": total(group, "fresh"), "outputTokens": total(group, "output"),
                "cacheCreationTokens": total(group, "write"), "cacheReadTokens": total(group, "cached")}  # fmt: skip

    days = []
    for (start,), group in sorted(grouped(made, 86_400).items()):
        models = sorted({call.model for call in group})
        parts = [{"modelName": model, "cost": 0.0, **told([c for c in group if c.model == model])} for model in models]
        days.append({key: day_of(start), **told(group), "totalCost": 1.0, "modelBreakdowns": parts})
    every = [call for call in made if call.ok]
    return {"daily": days, "totals": told(every)}


def deepseek_rows(made: Sequence[Call]) -> list[dict[str, Any]]:
    rows = []
    for (start, model), group in grouped(made, 86_400, "model").items():
        sums = {
            "input_cache_hit_tokens": total(group, "cached"), "output_tokens": total(group, "output"),
            "input_cache_miss_tokens": total(group, "input") - total(group, "cached"), "request_count": len(group),
        }  # fmt: skip
        rows += [{"user_id": MARK, "start_time_iso": f"{day_of(start)}T00:00:00Z", "model": model, "api_key": MARK,
                  "type": kind, "price": "", "amount": amount} for kind, amount in sums.items()]  # fmt: skip
    random.Random(1).shuffle(rows)
    return rows


def claude_code_days(made: Sequence[Call]) -> list[dict[str, Any]]:
    rows = []
    for (start, model), group in sorted(grouped(made, 86_400, "model").items()):
        tokens = {"input": total(group, "fresh"), "output": total(group, "output"),
                  "cache_read": total(group, "cached"), "cache_creation": total(group, "write")}  # fmt: skip
        parts = [{"model": model, "tokens": tokens, "estimated_cost": {"currency": "USD", "amount": 200}}]
        rows.append({"date": f"{day_of(start)}T00:00:00Z", "actor": {"email_address": MARK}, "model_breakdown": parts})
    return rows


def focus_rows(made: Sequence[Call], currency: str = "USD") -> list[dict[str, Any]]:
    meters = {"fresh": "Input Tokens", "cached": "Cache Read Input Tokens", "write_5m": "Cache Write Input Tokens 5m",
              "write_1h": "Cache Write Input Tokens 1h", "output": "Output Tokens"}  # fmt: skip
    rows = [
        {"ChargePeriodStart": f"{day_of(start)}T00:00:00Z", "BilledCost": 0.5, "BillingCurrency": currency,
         "ConsumedQuantity": total(group, field) / 1000, "ConsumedUnit": "1K tokens", "ServiceName": "Models",
         "SkuMeter": f"Model {model} {meter}", "Tags": MARK}
        for (start, model), group in sorted(grouped(made, 86_400, "model").items())
        for field, meter in meters.items()
    ]  # fmt: skip
    other: dict[str, Any] = {
        "ConsumedQuantity": 24,
        "ConsumedUnit": "Hours",
        "ServiceName": "Machines",
        "SkuMeter": "vm hours",
    }
    return [*rows, {**rows[0], **other}]


def range_series(made: Sequence[Call]) -> dict[str, Any]:
    """Counters of one engine a model, sampled every hour; in the middle they begin anew."""
    names = {"prompt_tokens": "input", "generation_tokens": "output", "prefix_cache_hits": "cached"}
    first = int(START.timestamp())
    hours = range(first, first + DAYS * 86_400 + 1, 3600)
    result = []
    for model in sorted({call.model for call in made}):
        own = [call for call in made if call.ok and call.model == model]
        for metric, field in {**names, "request_success": ""}.items():
            level, values, sums = 1_000, [], dict.fromkeys(hours, 0)
            for call in own:
                sums[int(call.at.timestamp()) // 3600 * 3600] += getattr(call, field) if field else 1
            for hour in hours:
                level = 0 if hour == first + 4 * 86_400 else level
                level += sums.get(hour - 3600, 0)
                values.append([hour, str(level)])
            labels = {"__name__": f"vllm:{metric}_total", "model_name": model, "engine": "0"}
            result.append({"metric": labels, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def scrape(engine: str, sums: dict[str, int]) -> str:
    """The text of /metrics."""
    lines = []
    for metric, value in sums.items():
        lines += [f"# HELP {engine}:{metric}_total {MARK}", f"# TYPE {engine}:{metric}_total counter"]
        lines += [f'{engine}:{metric}_total{{engine="0",model_name="m"}} {float(value)}']
        lines += [f'{engine}:{metric}_created{{engine="0",model_name="m"}} 1.7925e+09']
    return "\n".join(lines) + "\n"


def scrapes(folder: Path, engine: str, made: Sequence[Call]) -> Path:
    """Two scrapes, nine hours apart, with the load between them."""
    own = [call for call in made if call.ok]
    names = {"vllm": ("prompt_tokens", "generation_tokens", "prefix_cache_hits", "request_success"),
             "sglang": ("prompt_tokens", "generation_tokens", "cached_tokens", "num_requests")}[engine]  # fmt: skip
    sums = dict(zip(names, (total(own, "input"), total(own, "output"), total(own, "cached"), len(own)), strict=True))
    put(folder / "2026-09-07T06-00-00Z.prom", scrape(engine, dict.fromkeys(names, 500)))
    put(folder / "2026-09-07T15-00-00Z.prom", scrape(engine, {name: 500 + value for name, value in sums.items()}))
    return folder
