"""Spans of OpenTelemetry: the GenAI conventions and their older names, Traceloop's and OpenInference's.

Only calls of models count: the spans of agents and tools around them repeat their sums. Where two instrumentations
watch one call there are two spans of it, so of each trace and call one instrumentation is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from planner.evidence.usage.fields import Fields, Format, Options, told_by
from planner.evidence.usage.groups import Groups, digest
from planner.evidence.usage.rows import At, Record, Row, Skip, Unit, tried
from planner.evidence.usage.values import Paths, first, name

_GENAI: Final = "gen_ai.usage."
_OPENINFERENCE: Final = "llm.token_count."


def _keys(*names: str) -> Paths:
    """Attributes; a dot in their names goes no level down."""
    return tuple((key,) for key in names)


SPAN: Final = Fields(
    time=_keys("startTimeUnixNano", "start_time"),
    model=_keys("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "llm.response.model"),
    workload={
        "": _keys("service.name"),
        "tag": _keys("gen_ai.agent.name", "tag.tags", "service.name"),
        "project": _keys("service.namespace", "openinference.project.name", "deployment.environment.name"),
    },
    basis=_keys("scope"),
    input=_keys(_GENAI + "input_tokens", _GENAI + "prompt_tokens", _OPENINFERENCE + "prompt",
                "llm.usage.prompt_tokens"),
    cached=_keys(_GENAI + "cache_read.input_tokens", _GENAI + "cache_read_input_tokens", _GENAI + "cached_tokens",
                 _OPENINFERENCE + "prompt_details.cache_read"),
    write=_keys(_GENAI + "cache_creation.input_tokens", _GENAI + "cache_write.input_tokens",
                _GENAI + "cache_creation_input_tokens", _OPENINFERENCE + "prompt_details.cache_write"),
    output=_keys(_GENAI + "output_tokens", _GENAI + "completion_tokens", _OPENINFERENCE + "completion",
                 "llm.usage.completion_tokens"),
    reasoning=_keys(_GENAI + "reasoning.output_tokens", _GENAI + "reasoning_tokens",
                    _OPENINFERENCE + "completion_details.reasoning"),
    total=_keys("llm.usage.total_tokens", _GENAI + "total_tokens", _OPENINFERENCE + "total"),
    sees_failures=True,
)  # fmt: skip
OPERATION: Final = _keys("gen_ai.operation.name", "llm.request.type", "openinference.span.kind")
CALLS: Final = frozenset(
    {"chat", "text_completion", "generate_content", "embeddings", "completion", "llm", "embedding", "responses"}
)
AROUND: Final = ("invoke_agent", "create_agent", "execute_tool", "invoke_workflow")


_HELD: Final = Skip("held", read=0)


class Spans:
    """Exports of spans, held back until their traces are whole."""

    def __init__(self, options: Options) -> None:
        self._options, self._held = options, Groups()

    def units(self, record: Record) -> Iterator[Unit]:
        """What is no call; the calls come at the end."""
        for span, known in _spans(record):
            unit = tried(partial(self._unit, span, known))
            if unit is not _HELD:
                yield unit

    def _unit(self, span: Mapping[str, Any], known: dict[str, Any]) -> Unit:
        flat = {**known, **_attributes(span.get("attributes")), **_times(span)}
        if not _is_call(flat, span):
            return Skip("not_a_model_call")
        if _failed(span):
            return SPAN.failure(flat, self._options)
        if first(flat, SPAN.input) is None and first(flat, SPAN.output) is None:
            return Skip("no_usage")
        self._hold(span, flat)
        return _HELD

    def _hold(self, span: Mapping[str, Any], flat: Record) -> None:
        row = SPAN.row(flat, self._options)
        tokens = [*row.counts[:-1], _duration_ms(flat, self._options)]
        context = span.get("context")
        context = context if isinstance(context, dict) else {}
        trace = span.get("traceId") or context.get("trace_id")
        own = span.get("spanId") or context.get("span_id")
        parent = span.get("parentSpanId") or span.get("parent_id")
        ids = [digest(one).hex() if one else "" for one in (own, parent)]
        scope = name(flat.get("scope"))
        held = [row.seconds, tokens, row.model, row.workload, row.basis, scope, *ids]
        self._held.add(digest(trace) if trace else digest(own, row.seconds, row.model), held)

    def rest(self) -> Iterator[Unit]:
        """Of each trace the calls, once."""
        for spans in self._held.groups():
            for held, counted in zip(spans, _counted(spans), strict=True):
                seconds, tokens, model, workload, basis, *_ = held
                if counted:
                    yield Row(seconds, tuple(tokens), model=model, workload=workload, basis=basis)
                else:
                    yield Skip("duplicate_span")


def _counted(spans: list[list[Any]]) -> list[bool]:
    """Which spans of a trace count: not one within another's call, nor one that a further scope tells again.

    Of equal calls there are as many as the scope that saw most of them says.
    """
    scopes = {span[6]: span[5] for span in spans if span[6]}
    seen: Counter[tuple[Any, ...]] = Counter()
    most: Counter[tuple[Any, ...]] = Counter()
    found = []
    for span in spans:
        _, tokens, model, _, _, scope, _, parent = span
        call = (model, tokens[At.INPUT], tokens[At.OUTPUT])
        seen[*call, scope] += 1
        again = seen[*call, scope] <= most[call]
        within = parent in scopes and scopes[parent] != scope and not _told_by_parent(span, spans)
        most[call] = max(most[call], seen[*call, scope])
        found.append(not again and not within)
    return found


def _told_by_parent(span: list[Any], spans: list[list[Any]]) -> bool:
    """Whether the span around it says the same, so that one of the two is kept by the rule of equal calls."""
    around = next(other for other in spans if other[6] == span[7])
    return bool(around[1][At.INPUT] == span[1][At.INPUT] and around[1][At.OUTPUT] == span[1][At.OUTPUT])


def _spans(record: Record) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """The spans of one export, each with what holds for it from around; a span that stands alone is one, too."""
    resource = record.get("resource")
    known = _attributes(resource.get("attributes") if isinstance(resource, dict) else None)
    groups = record.get("scopeSpans") or record.get("instrumentationLibrarySpans")
    if not isinstance(groups, list):
        yield record, known
        return
    for group in groups:
        if isinstance(group, dict):
            scope = group.get("scope") or group.get("instrumentationLibrary")
            told = {"scope": scope.get("name")} if isinstance(scope, dict) else {}
            for span in group.get("spans") or ():
                if isinstance(span, dict):
                    yield span, known | told


def _attributes(found: Any) -> dict[str, Any]:
    """Names and plain values, from a list of pairs or an object."""
    if isinstance(found, dict):
        return found
    pairs = [pair for pair in found if isinstance(pair, dict)] if isinstance(found, list) else []
    return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}


def _value(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    for kind in ("intValue", "doubleValue", "stringValue", "boolValue"):
        if kind in found:
            return found[kind]
    return None


def _times(span: Mapping[str, Any]) -> dict[str, Any]:
    names = ("startTimeUnixNano", "endTimeUnixNano", "start_time", "end_time")
    return {key: span[key] for key in names if span.get(key) is not None}


def _duration_ms(flat: Record, options: Options) -> int | None:
    start, end = (first(flat, _keys(f"{edge}TimeUnixNano", f"{edge}_time")) for edge in ("start", "end"))
    if end is None:
        return None
    if isinstance(start, str) and isinstance(end, str) and start.isdigit() and end.isdigit():
        return max(0, round((int(end) - int(start)) / 1e6))
    return max(0, round(1000 * (options.clock.seconds(end, "end_time") - options.clock.seconds(start, "start_time"))))


def _is_call(flat: Record, span: Mapping[str, Any]) -> bool:
    operation = first(flat, OPERATION)
    if operation is not None:
        return str(operation).casefold() in CALLS
    if str(span.get("name", "")).startswith(AROUND):
        return False
    return first(flat, SPAN.input) is not None


def _failed(span: Mapping[str, Any]) -> bool:
    status = span.get("status")
    code = (status.get("code") or status.get("status_code")) if isinstance(status, dict) else status
    return str(code).upper() in ("2", "ERROR", "STATUS_CODE_ERROR")


FORMATS: Final = (
    Format(
        name="otlp_traces",
        keys=(*told_by("scopeSpans.spans", "instrumentationLibrarySpans.spans"),
              *(frozenset({f"attributes.genaiusage{kind}tokens"}) for kind in ("input", "prompt"))),
        names=("resource", "scopeSpans", "instrumentationLibrarySpans", "attributes", "start_time", "end_time"),
        make=Spans, unit="span", by=("tag", "project", "model"),
    ),
)  # fmt: skip
