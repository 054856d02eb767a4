"""`planner import usage`: what a usage log says, printed, and put into a plan where one is named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, format_of, is_written, say
from planner.cli.plans import find_plan
from planner.engine.demand import measured_spread
from planner.engine.specs import Catalog, Range
from planner.evidence.usage import mapping as mappings
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.money import APART, reconciled, unpriced
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.streams import Watch
from planner.evidence.usage.summary import grain_of, to_json, unknown_cache_share
from planner.evidence.usage.volumes import History
from planner.plan.inputs import evaluate_plan
from planner.plan.places import is_example
from planner.plan.prices import with_result
from planner.plan.store import load, save
from planner.plan.volumes import untold
from planner.quantities import count, money, percent, volume
from planner.report.values import as_json
from planner.toml.errors import InputError
from planner.words.sentences import sentence

if TYPE_CHECKING:
    from planner.evidence.warehouse.read import Wanted

_SAY_EVERY: Final = 0.05
_MOST_LISTED: Final = 20
_TOKENS: Final = ("input", "cached_input", "cache_write", "output", "reasoning")
_LABELS: Final = {"cached_input": "cached", "cache_write": "cache writes"}


def run(args: argparse.Namespace) -> int:
    """Read, say, and put into the plan."""
    given = None if args.mapping is None else mappings.read_mapping(args.mapping)
    if args.sql:
        return _print_query(args, given)
    asked = Asked(
        workload_by=args.workload_by or "",
        timezone=args.timezone,
        since=args.since,
        mapping=given,
        remembered=mappings.remembered,
    )
    catalog = load_catalog(args)
    usage = _elsewhere(args, given) if args.via else _read(args, asked)
    if given is not None and usage.fingerprint:
        mappings.remember(usage.fingerprint, given)
    if args.into is not None:
        _into(args, usage, catalog)
    if is_written(args.rollup):
        deliver("\n".join(usage.rollup.lines()) + "\n", args.rollup, args, args.source)
    said = to_json(usage)
    notes = [*_notes(usage, said)]
    if format_of(args) == "json":
        for note in notes:
            say(f"planner: {note}")
        deliver(as_json(said), args.output, args, args.source)
    else:
        lines = [*_lines(usage, said), *_money_lines(usage, catalog), *notes]
        deliver("\n".join(lines) + "\n", args.output, args, args.source)
    return 0


def _into(args: argparse.Namespace, usage: Usage, catalog: Catalog) -> None:
    """Put the log into the plan, with the answer that it gives now, and say on stderr what became of it."""
    path = find_plan(args.into, args)
    if is_example(path):
        raise InputError("this is an example; copy it and name the copy", path=path, field="--into")
    loaded = load(path)
    taken = taken_into(loaded.plan, usage, catalog, date.today())
    plan = (
        taken.plan if untold(taken.plan) else with_result(taken.plan, evaluate_plan(taken.plan, catalog, as_of(args)))
    )
    save(plan, path, loaded.digest)
    for key, names in (("updated", taken.updated), ("added", taken.added), ("untouched", taken.untouched)):
        if names:
            say(sentence("usage_into", key, ", ".join(names)))
    if taken.history is not None:
        say(_history_line(taken.history))
    say(f"wrote {path}")


def _history_line(history: History) -> str:
    """What the days say, and how much the shortness of the history leaves open."""
    growth = sentence("usage_into", "no_growth") if history.growth is None else _growth(history.growth)
    low, _, high = measured_spread(history.days)
    p95 = f"{volume(history.p95 * low)} to {volume(history.p95 * high)}"
    return sentence("usage_into", "history", history.days, p95, volume(history.p95), growth=growth)


def _growth(growth: Range) -> str:
    return sentence("usage_into", "growth", growth.mid, growth.low, growth.high)


def _read(args: argparse.Namespace, asked: Asked) -> Usage:
    if args.source is None:
        raise InputError("names no log; expected a file, a folder, -, or --via with where the rows are", field="FILE")
    return read_usage(args.source, asked, Watch(progress=_progress()))


def _wanted(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> Wanted:
    """Rows of a warehouse, as the options name them."""
    if args.of == "mapping" and (mapping is None or args.table is None):
        raise InputError("a table of your own needs --mapping and --table", field="--of")
    if args.source is not None:
        raise InputError("names a log although the rows are elsewhere", field="FILE")
    from planner.evidence.warehouse.read import Wanted

    return Wanted(args.of, args.table or "", mapping, args.workload_by or "")


def _print_query(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> int:
    from planner.evidence.warehouse.dialects import DIALECTS
    from planner.evidence.warehouse.read import printed

    deliver(printed(_wanted(args, mapping), DIALECTS[args.sql]), args.output, args)
    return 0


def _elsewhere(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> Usage:
    from planner.evidence.warehouse.read import fetched
    from planner.evidence.warehouse.via import connected

    wanted = _wanted(args, mapping)
    with connected(args.via) as connection:
        return fetched(wanted, connection)


def _progress() -> Any:
    """A line that is written over on a terminal, and nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda done, total: None
    shown = [0.0]

    def progress(done: int, total: int) -> None:
        share = done / total if total else 1.0
        if share - shown[0] >= _SAY_EVERY:
            shown[0] = share
            sys.stderr.write(f"\rread {percent(min(share, 1.0))} ")
            sys.stderr.write("\r\x1b[K" if share >= 1 else "")
            sys.stderr.flush()

    return progress


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


def _notes(usage: Usage, said: Mapping[str, Any]) -> Iterator[str]:
    """What must be said with the figures."""
    form, grain = usage.format, grain_of(usage)
    if form.note:
        yield sentence("usage", form.note)
    if usage.pages_missing:
        yield sentence("usage", "pages_missing")
    yield from (sentence("usage", what, number) for what, number in usage.asides.items())
    if usage.passed_over:
        yield sentence("usage", "passed_over", len(usage.passed_over), ", ".join(usage.passed_over[:3]))
    if len(usage.cost) > 1:
        amounts = ", ".join(money(amount, currency, cents=True) for currency, amount in usage.cost.items())
        yield sentence("usage", "several_currencies", amounts)
    if grain == "total":
        yield sentence("usage", "rate_only", (usage.lasted_s or 0.0) / 3600)
    elif not form.calendar:
        yield sentence("usage", "no_calendar")
    elif grain == "day" and said["tokens_per_day"] is not None:
        yield sentence("usage", "no_hours" if said["zone"] else "local_days")
    if not usage.used:
        yield sentence("usage", "no_volume")
    if said["requests"] is None and said["tokens"]["input"] is not None:
        yield sentence("usage", "no_requests")
