"""How sources of single requests write the load: gateways, traces of calls, transcripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.evidence.load import MARK, Call, iso, naive


def litellm_rows(made: Iterable[Call]) -> list[dict[str, Any]]:
    return [
        {
            "request_id": f"chatcmpl-{call.id}", "call_type": "acompletion", "api_key": f"sk-{MARK}",
            "spend": call.cost, "prompt_tokens": call.input, "completion_tokens": call.output,
            "startTime": naive(call.at), "endTime": naive(call.end), "request_duration_ms": call.latency_ms,
            "model": call.model, "metadata": _litellm_usage(call) if call.ok else {"status": "failure"},
            "cache_hit": "None", "team_id": call.workload, "request_tags": [f"tag-{call.workload}"],
            "status": "success" if call.ok else "failure", "messages": {"content": MARK}, "response": MARK,
        }
        for call in made
    ]  # fmt: skip


def _litellm_usage(call: Call) -> dict[str, Any]:
    lives = {"ephemeral_5m_input_tokens": call.write_5m, "ephemeral_1h_input_tokens": call.write_1h}
    details = {"cached_tokens": call.cached, "cache_creation_tokens": call.write, "cache_creation_token_details": lives}
    usage = {"prompt_tokens_details": details, "completion_tokens_details": {"reasoning_tokens": call.reasoning}}
    return {"usage_object": usage, "user_api_key": MARK}


def flattened(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As a table holds it: objects as text."""
    return [{k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()} for row in rows]


def langfuse_rows(made: Iterable[Call], *, snake: bool = False) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for call in made:
        row = {
            "id": call.id, "traceId": f"tr-{call.id}", "traceName": call.workload, "type": "GENERATION",
            "startTime": iso(call.at), "endTime": iso(call.end), "level": "DEFAULT" if call.ok else "ERROR",
            "providedModelName": call.model, "usageDetails": _langfuse_usage(call) if call.ok else {},
            "totalCost": call.cost, "latencyMs": call.latency_ms, "input": MARK, "output": MARK,
            "statusMessage": MARK,
        }  # fmt: skip
        rows.append(row)
        if call.workload == "agent":
            rows.append({**row, "id": f"{call.id}-span", "type": "SPAN"})
    if snake:
        rows = [{_snake(key): value for key, value in row.items() if key != "latencyMs"} for row in rows]
    return rows


def _langfuse_usage(call: Call) -> dict[str, int]:
    if call.workload == "mail":
        return {
            "prompt_tokens": call.input, "input_cached_tokens": call.cached, "completion_tokens": call.output,
            "total_tokens": call.input + call.output, "completion_tokens_details.reasoning_tokens": call.reasoning,
        }  # fmt: skip
    if call.workload == "chat":
        return {
            "input": call.fresh, "input_cache_read": call.cached, "input_cache_creation_5m": call.write_5m,
            "input_cache_creation_1h": call.write_1h, "output": call.output, "total": call.input + call.output,
        }  # fmt: skip
    return {"input": call.fresh, "cache_read_input_tokens": call.cached, "cache_creation_input_tokens": call.write,
            "cache_creation_ephemeral_5m_input_tokens": call.write_5m, "output": call.output,
            "cache_creation_ephemeral_1h_input_tokens": call.write_1h, "total": call.input + call.output}  # fmt: skip


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def helicone_rows(made: Iterable[Call]) -> list[dict[str, Any]]:
    return [
        {
            "request_id": call.id, "request_created_at": iso(call.at), "response_created_at": iso(call.end),
            "latency": call.latency_ms, "status": 200 if call.ok else 429,
            "prompt_tokens": (call.input if call.model.startswith("gpt") else call.fresh) if call.ok else None,
            "completion_tokens": call.output if call.ok else None,
            "prompt_cache_read_tokens": call.cached, "prompt_cache_write_tokens": call.write,
            "reasoning_tokens": call.reasoning, "model": call.model,
            "provider": "OPENAI" if call.model.startswith("gpt") else "ANTHROPIC",
            "properties": json.dumps({"app": call.workload, "note": MARK}), "cost": round(call.cost * 1e9),
            "request_body": MARK,
        }
        for call in made
    ]  # fmt: skip


def openrouter_rows(made: Iterable[Call]) -> list[dict[str, Any]]:
    return [
        {
            "generation_id": f"gen-{call.id}", "created_at": naive(call.at), "cost_total": call.cost,
            "tokens_prompt": call.input, "tokens_completion": call.output, "tokens_reasoning": call.reasoning,
            "tokens_cached": call.cached, "model_permaslug": call.model, "generation_time_ms": call.latency_ms,
            "app_name": call.workload, "user": MARK,
        }
        for call in made
        if call.ok
    ]  # fmt: skip


def bedrock_rows(made: Iterable[Call]) -> list[dict[str, Any]]:
    rows = []
    for call in made:
        told = {"inputTokenCount": call.fresh, "cacheReadInputTokenCount": call.cached,
                "cacheWriteInputTokenCount": call.write} if call.ok else {}  # fmt: skip
        rows.append({
            "schemaType": "ModelInvocationLog", "timestamp": iso(call.at), "modelId": call.model,
            "requestMetadata": {"app": call.workload}, "input": {"inputBodyJson": {"note": MARK}, **told},
            "output": {"outputBodyJson": MARK, **({"outputTokenCount": call.output} if call.ok else {})},
            **({} if call.ok else {"errorCode": "ThrottlingException"}),
        })  # fmt: skip
    return rows


def spans(made: Iterable[Call], *, old_names: bool = False, twice: bool = False) -> list[dict[str, Any]]:
    """Exports of OpenTelemetry, one call each; the agent's calls stand within a span that repeats their sums."""
    exports: list[dict[str, Any]] = []
    for call in made:
        told = _span_values(call, old_names)
        span: dict[str, Any] = {
            "traceId": call.id, "spanId": f"s{call.id}", "name": f"chat {call.model}",
            "startTimeUnixNano": str(round(call.at.timestamp() * 1000) * 10**6),
            "endTimeUnixNano": str(round(call.end.timestamp() * 1000) * 10**6),
            "attributes": [{"key": key, "value": value} for key, value in told.items()],
            "status": {} if call.ok else {"code": 2, "message": MARK},
        }  # fmt: skip
        around = {**span, "spanId": f"a{call.id}", "name": f"invoke_agent {MARK}", "attributes": [
            {"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}, *span["attributes"][1:]
        ]}  # fmt: skip
        scopes = [{"scope": {"name": "one"}, "spans": [span, *([around] if call.workload == "agent" else [])]}]
        if twice and call.ok:
            scopes.append({"scope": {"name": "two"}, "spans": [{**span, "spanId": f"t{call.id}"}]})
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": call.workload}}]}
        exports.append({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]})
    return exports


def _span_values(call: Call, old_names: bool) -> dict[str, dict[str, str]]:
    names = ("prompt_tokens", "completion_tokens") if old_names else ("input_tokens", "output_tokens")
    counts = dict(zip(names, (call.input, call.output), strict=True))
    if not old_names:
        counts |= {"cache_read.input_tokens": call.cached, "cache_creation.input_tokens": call.write,
                   "reasoning.output_tokens": call.reasoning}  # fmt: skip
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": call.model, "gen_ai.prompt": MARK}
    values = {f"gen_ai.usage.{key}": {"intValue": str(value)} for key, value in counts.items()} if call.ok else {}
    return {**{key: {"stringValue": value} for key, value in said.items()}, **values}


def transcript(made: Iterable[Call]) -> list[dict[str, Any]]:
    """Lines of a session: each answer in part, whole, and again in a side chain."""
    lines: list[dict[str, Any]] = [{"type": "summary", "summary": MARK}]
    for call in made:
        if not call.ok:
            continue
        lives = {"ephemeral_5m_input_tokens": call.write_5m, "ephemeral_1h_input_tokens": call.write_1h}
        usage: dict[str, Any] = {
                 "input_tokens": call.fresh, "cache_creation_input_tokens": call.write, "cache_creation": lives,
                 "cache_read_input_tokens": call.cached, "output_tokens": call.output}  # fmt: skip
        message: dict[str, Any] = {
            "id": f"msg_{call.id}",
            "model": call.model,
            "content": [{"text": MARK}],
            "usage": usage,
        }
        line = {"type": "assistant", "timestamp": iso(call.at), "requestId": f"req_{call.id}", "isSidechain": False,
                "message": message, "cwd": f"/home/{MARK}/demo"}  # fmt: skip
        part = {**line, "message": {**message, "usage": {**usage, "output_tokens": 1}}}
        lines += [part, line, {**line, "isSidechain": True}]
    return lines
