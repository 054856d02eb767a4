"""What coding agents leave behind: the transcripts of Claude Code, and the days that ccusage makes of them.

A message is written several times while it streams, and again where a side chain or a resumed session replays it: the
copy with the largest total counts, once for each message and request. Texts are passed over and never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from planner.evidence.usage.fields import DAY_S, Fields, Format, Options, told_by
from planner.evidence.usage.groups import Groups, digest
from planner.evidence.usage.rollup import added
from planner.evidence.usage.rows import Aside, At, Counts, Plain, Record, Row, Skip, Unit
from planner.evidence.usage.times import Clock
from planner.evidence.usage.values import at, first, name, paths

_USAGE: Final = ("message", "usage")
_MESSAGE: Final = Fields(
    time=paths("timestamp"), model=paths("message.model"), workload={"project": paths("cwd")},
    input=paths("message.usage.input_tokens"), outside=True,
    cached=paths("message.usage.cache_read_input_tokens"), write=paths("message.usage.cache_creation_input_tokens"),
    write_5m=paths("message.usage.cache_creation.ephemeral_5m_input_tokens"),
    write_1h=paths("message.usage.cache_creation.ephemeral_1h_input_tokens"),
    output=paths("message.usage.output_tokens"), cost=paths("costUSD"),
)  # fmt: skip
_DAY: Final = Fields(
    time=paths("date", "period"), bucket_s=DAY_S, model=paths("modelName"),
    input=paths("inputTokens"), outside=True, cached=paths("cacheReadTokens"), write=paths("cacheCreationTokens"),
    output=paths("outputTokens"), cost=paths("cost", "totalCost"),
)  # fmt: skip
_RUN: Final = Fields(
    input=paths("input_tokens"), outside=True, cached=paths("cache_read_input_tokens"),
    write=paths("cache_creation_input_tokens"), output=paths("output_tokens"),
)  # fmt: skip
_NO_OPTIONS: Final = Options(Clock())
_OWN_RUNS: Final = ("message", None)
_COMPACTION: Final = "compaction"
_SYNTHETIC: Final = "<synthetic>"


class Transcripts:
    """Lines of sessions. What is no answer of a model carries no usage."""

    def __init__(self, options: Options) -> None:
        self._options, self._held = options, Groups()

    def units(self, record: Record) -> Iterator[Unit]:
        """Held back until all copies are known, where the message has a name."""
        usage = at(record, _USAGE)
        if not isinstance(usage, dict) or not usage:
            yield Skip("no_usage")
            return
        if at(record, ("message", "model")) == _SYNTHETIC:
            yield Skip("synthetic_model")
            return
        row = _MESSAGE.row(record, self._options)
        workload = name(PurePath(row.workload).name) if self._options.workload_by == "project" else row.workload
        tokens, unsettled = _with_compaction((None, *row.counts[1:]), usage)
        message, request = at(record, ("message", "id")), record.get("requestId")
        side = bool(record.get("isSidechain"))
        held = [row.seconds, (1, *tokens[1:]), row.model, workload, row.cost, side, unsettled]
        if message is None:
            yield from _once(held)
        else:
            self._held.add(digest(message, request), held)

    def rest(self) -> Iterator[Unit]:
        """The copy that counts of each message; the others are duplicates. It came when the first of them came."""
        for copies in self._held.groups():
            best = max(copies, key=lambda copy: (_size(copy[1]), not copy[5]))
            yield from _once([min(copy[0] for copy in copies), *best[1:]])
            if len(copies) > 1:
                yield Skip("duplicate", read=len(copies) - 1)


def _once(held: list[Any]) -> Iterator[Unit]:
    seconds, tokens, model, workload, cost, _, unsettled = held
    money = "" if cost is None else "USD"
    yield Row(seconds, tuple(tokens), model=model, workload=workload, cost=cost, currency=money)
    if unsettled:
        yield Aside("unsettled", unsettled)


def _size(tokens: list[int | None]) -> int:
    return (tokens[At.INPUT] or 0) + (tokens[At.OUTPUT] or 0)


def _with_compaction(tokens: Counts, usage: Record) -> tuple[Counts, int]:
    """The counts with those of compaction runs, which lie outside the message's; and how many runs of other kinds there
    were, such as advisors and fall-backs, whose price nobody has settled."""
    listed = usage.get("iterations")
    runs = [run for run in listed if isinstance(run, dict)] if isinstance(listed, list) else []
    for run in runs:
        if run.get("type") == _COMPACTION:
            tokens = added(tokens, _RUN.row(run, _NO_OPTIONS).counts)
    return tokens, sum(run.get("type") not in (*_OWN_RUNS, _COMPACTION) for run in runs)


class Days(Plain):
    """A day of ccusage; its models where they add up to it. Its totals over all days are passed over."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def units(self, record: Record) -> Iterator[Unit]:
        """One record a day, whatever its number of models."""
        day = _DAY.row(record, self._options, None)
        models = [
            _DAY.row({**model, "date": first(record, _DAY.time)}, self._options, None)
            for model in record.get("modelBreakdowns") or ()
            if isinstance(model, dict)
        ]
        whole_day = models and sum(_size(list(row.counts)) for row in models) == _size(list(day.counts))
        for number, row in enumerate(models if whole_day else [day]):
            yield replace(row, read=int(number == 0))


FORMATS: Final = (
    Format(
        name="claude_code_transcripts",
        keys=told_by("timestamp message.usage.input_tokens"),
        names=("timestamp", "message", "requestId", "isSidechain", "cwd", "costUSD"),
        make=Transcripts,
        unit="line",
        by=("project", "model"),
        folder=True,
    ),
    Format(
        name="ccusage_json",
        keys=told_by(
            "inputTokens outputTokens cacheReadTokens date", "inputTokens outputTokens cacheReadTokens period"
        ),
        names=(*_DAY.names(), "modelBreakdowns"),
        make=Days,
        unit="item",
        zone="",
        by=("model",),
    ),
)
