"""What a log says, in lines for people: what was read and skipped, span, tokens, money, and what to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.engine.demand import measured_spread
from planner.engine.specs import Catalog, Range
from planner.evidence.usage.into_plan import Taken
from planner.evidence.usage.money import APART, reconciled, unpriced
from planner.evidence.usage.notes import notes
from planner.evidence.usage.read import Usage
from planner.evidence.usage.summary import to_json, unknown_cache_share
from planner.evidence.usage.volumes import History
from planner.quantities import count, money, percent, volume
from planner.words.sentences import sentence

_MOST_LISTED: Final = 20
_TOKENS: Final = ("input", "cached_input", "cache_write", "output", "reasoning")
_LABELS: Final = {"cached_input": "cached", "cache_write": "cache writes"}


def to_text(usage: Usage, catalog: Catalog) -> str:
    """The summary, its money by the catalogue's prices, and its notes."""
    said = to_json(usage)
    return "\n".join([*_lines(usage, said), *_money_lines(usage, catalog), *notes(usage, said)]) + "\n"


def taken_lines(taken: Taken) -> Iterator[str]:
    """What became of a plan's workloads, and what the days say of the next twelve months."""
    known = taken.matched
    yield from (sentence("usage_into", "matched", called, work) for called, work in known.taken.items())
    for key, names in (("updated", taken.updated), ("added", taken.added), ("untouched", taken.untouched)):
        if names:
            yield sentence("usage_into", key, ", ".join(names))
    for called, works in known.perhaps.items():
        if called in taken.added:
            yield sentence("usage_into", "perhaps", called, ", ".join(works))
    if taken.history is not None:
        yield _history_line(taken.history)


def _history_line(history: History) -> str:
    """What the days say, and how much the shortness of the history leaves open."""
    growth = sentence("usage_into", "no_growth") if history.growth is None else _growth(history.growth)
    low, _, high = measured_spread(history.days)
    p95 = f"{volume(history.p95 * low)} to {volume(history.p95 * high)}"
    return sentence("usage_into", "history", history.days, p95, volume(history.p95), growth=growth)


def _growth(growth: Range) -> str:
    return sentence("usage_into", "growth", growth.mid, growth.low, growth.high)


def _lines(usage: Usage, said: Mapping[str, Any]) -> Iterator[str]:
    """The summary."""
    rows = said["rows"]
    yield f"{said['file']}: {said['format']}, by {said['grain']}"
    reasons = ", ".join(f"{count(n)} {reason.replace('_', ' ')}" for reason, n in rows["skipped"].items() if n)
    skipped = f"; skipped: {reasons}" if reasons else ""
    yield f"  rows       {count(rows['read'])} read ({rows['unit']}), {count(rows['used'])} used{skipped}"
    if usage.problem:
        yield f"             first malformed: {usage.problem}"
    yield from _span_lines(said)
    failed = "" if said["failed_requests"] is None else f", {count(said['failed_requests'])} failed"
    yield f"  requests   {count(said['requests'])}{failed}"
    tokens = [f"{_LABELS.get(key, key)} {_told(said['tokens'][key])}" for key in _TOKENS]
    yield f"  tokens     {', '.join(tokens)}"
    if said["tokens_per_day"] is not None:
        day = said["tokens_per_day"]["calendar"]
        yield f"  a day      {volume(day['mean'])} mean, {volume(day['p95'])} p95, {volume(day['max'])} at most"
    if (share := unknown_cache_share(usage.rollup)) is not None:
        yield f"  cache      unknown for {percent(share)} of the input"
    yield from _group_lines("models", said["by_model"])
    yield from _group_lines("workloads", said["by_workload"])


def _span_lines(said: Mapping[str, Any]) -> Iterator[str]:
    span = said["span"]
    if span is None or span["first"] is None:
        return
    gaps = span["missing_days"]
    missing = f"; missing: {', '.join(gaps[:_MOST_LISTED])}" if gaps else ", none missing"
    yield f"  span       {span['first']} to {span['last']}, {count(span['days_observed'])} days{missing}"
    yield f"  zone       {said['zone'] or 'not stated'}"


def _told(tokens: int | None) -> str:
    return "unknown" if tokens is None else count(tokens)


def _group_lines(title: str, groups: Mapping[str, Any] | None) -> Iterator[str]:
    ranked = sorted((groups or {}).items(), key=lambda item: -(item[1]["input"] or 0))
    for name, sums in ranked[:_MOST_LISTED]:
        yield f"  {title:<10} {name or '(none)'}: {_told(sums['input'])} in, {_told(sums['output'])} out"
        title = ""
    if len(ranked) > _MOST_LISTED:
        yield f"             and {count(len(ranked) - _MOST_LISTED)} more"


def _money_lines(usage: Usage, catalog: Catalog) -> Iterator[str]:
    """Money as logged and by the catalogue, and the models that it has no price for."""
    for currency, amount in usage.cost.items():
        yield f"  money      {money(amount, currency, cents=True)} as logged"
    found = reconciled(usage, catalog)
    if found is not None:
        sums = f"{money(found.catalogue_usd, 'USD', cents=True)} at the catalogue's list prices"
        off = abs(found.apart) > APART
        why = f", {percent(abs(found.apart))} apart: {sentence('money_apart', found.rule)}" if off else ", within 5 %"
        yield f"             {sums} against {money(found.logged_usd, 'USD', cents=True)} logged{why}"
    if missing := unpriced(usage, catalog):
        yield f"  no price   {', '.join(missing[:_MOST_LISTED])}"
