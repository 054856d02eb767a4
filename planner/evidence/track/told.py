"""A plan held against a log, in lines for people and as values for programs.

The values, with money in `currency` and what nobody can know null:

    plan, file, as_of, currency
    planned_from the day that the plan's volumes are of
    span         first, last, days, missing: days without a line; weeks: how many
    works        name; planned: tokens_per_day (before growth), input_share, input_tokens, output_tokens, cached_share,
                 batch_share, or null for work that the plan does not have; whole, and weeks from the first on: span,
                 planned_tokens_per_day, tokens_per_day, logged, priced, unpriced_share, and volume, null where none was
                 seen: the same shares and sizes as planned, requests_per_day, models with their tokens, ...
    together     workloads that the log does not tell apart
    not_in_log   workloads of the plan
    times_planned
    flips        input, from_value, to_value, becomes, unit, factor, measured, way (1: there), passed
    beyond       input, low, high, unit, ..., measured: outside of the range of the risk
    served       null, or servers, seconds, ttft_ms, ttft_ms_p95, tpot_ms, tpot_ms_p95, output_tok_s, utilisation;
                 planned: ttft_ms_p95, tpot_ms, utilisation
    again        what to run again, in sentences
    before, after   kind, strategy, total of 12 months, line
    changed      whether the kind of the answer, or its strategy, is another: exit code 1
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from planner.engine.specs import Evaluation
from planner.evidence.track.held import Held, Turn, Work
from planner.evidence.track.weeks import Span, is_under_a_day
from planner.evidence.usage.money import APART, reconciled, unpriced
from planner.evidence.usage.read import Usage
from planner.quantities import UNKNOWN, milliseconds, money, percent, significant, volume, with_unit
from planner.words.answer import flip_words, verdict_line
from planner.words.labels import INPUT_LABELS, LEVER_LABELS
from planner.words.next_steps import next_steps
from planner.words.sentences import sentence, table
from planner.words.warnings import notice_words

Json = dict[str, Any]
MOST_WEEKS: Final = 4
"""Shown, the newest; all are in the values."""
_SHOWN: Final[Mapping[str, Callable[[float], str]]] = {
    "tokens_per_day": volume, "planned_tokens_per_day": volume, "input_share": percent, "input_tokens": significant,
    "output_tokens": significant, "cached_share": percent, "batch_share": percent,
}  # fmt: skip


def utilisation(held: Held) -> float | None:
    """What the servers wrote against what so many replicas of the plan write when they are as busy as they may be."""
    served, choice = held.served, held.before.running
    if served is None or served.output_tok_s is None or choice is None or not _runs(held.before):
        return None
    return served.output_tok_s / (served.servers * choice.performance.output_tok_s.mid)


def _runs(evaluation: Evaluation) -> bool:
    return evaluation.is_self_hosting or evaluation.at_host


def again(held: Held) -> Iterator[str]:
    """What to run again now, the first thing to do of a changed answer among it."""
    for one in held.due:
        what = one.what if one.kind == "usage" else held.before.catalog.name_of(one.what)
        yield sentence("track_again", one.kind, what=what, day=one.day)
    yield from (notice_words(held.before, notice) for notice in held.before.notices if notice.kind == "stale")
    if held.moved or any(turn.passed for turn in held.turns):
        yield sentence("track_again", "volume", what=held.file)
    if held.changed:
        yield from next_steps(held.after)[:1]


def to_json(held: Held) -> Json:
    """The documented values."""
    last = _last(held.spans[0])
    objectives, choice = held.before.inputs.objectives, held.before.running
    planned = choice.utilisation if choice is not None and _runs(held.before) else None
    asked = {"ttft_ms_p95": objectives.ttft_ms_p95, "tpot_ms": objectives.tpot_ms, "utilisation": planned}
    turns = [
        _values(turn.flip) | {"measured": turn.measured, "way": turn.way, "passed": turn.passed} for turn in held.turns
    ]
    return {
        "plan": held.before.inputs.name,
        "file": held.file,
        "as_of": held.before.as_of.isoformat(),
        "currency": held.before.inputs.currency,
        "planned_from": held.planned_from.isoformat(),
        "span": _values(held.spans[0]) | {"last": last and last.isoformat(), "weeks": len(held.spans) - 1},
        "works": [_work(work) for work in held.works],
        "together": held.together,
        "not_in_log": held.not_in_log,
        "times_planned": held.times_planned,
        "flips": turns,
        "beyond": [_values(row) | {"measured": now} for row, now in held.beyond],
        "served": held.served and _values(held.served) | {"utilisation": utilisation(held), "planned": asked},
        "again": list(again(held)),
        "before": _end(held.before),
        "after": _end(held.after),
        "changed": held.changed,
    }


def _last(span: Span) -> dt.date | None:
    return None if span.first is None else span.first + dt.timedelta(days=span.days - 1)


def _values(record: Any) -> Json:
    """Its fields under their own names, and dates as text."""
    return asdict(
        record, dict_factory=lambda pairs: {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in pairs}
    )


def _work(work: Work) -> Json:
    whole, *weeks = (_values(seen) for seen in work.seen)
    return {"name": work.name, "planned": work.planned and _values(work.planned), "whole": whole, "weeks": weeks}


def _end(evaluation: Evaluation) -> Json:
    answer = evaluation.answer
    total = None if answer.proposed is None else float(answer.proposed)
    line = verdict_line(evaluation)
    return {"kind": answer.kind, "strategy": evaluation.verdict.strategy, "total": total, "line": line}


def to_text(held: Held, usage: Usage) -> str:
    """A table a work, what is known of the servers, what turns, what to run again, and the answer twice."""
    lines = [*_head(held, usage), ""]
    for work in held.works:
        lines += [*_table(held, work), ""]
    lines += [*_around(held, usage), "", *_served(held), "", *_turns(held), ""]
    lines += [*again(held), "", sentence("track", "before", verdict_line(held.before))]
    lines += [sentence("track", "after", verdict_line(held.after))]
    lines.append(sentence("track", "changed" if held.changed else "holds"))
    return "\n".join(line for at, line in enumerate(lines) if line or lines[at - 1]) + "\n"


def _head(held: Held, usage: Usage) -> Iterator[str]:
    whole, name = held.spans[0], held.before.inputs.name
    if whole.first is None:
        yield sentence("track", "no_calendar", name, held.file, whole.days * 24)
        return
    yield sentence("track", "head", name, held.file, whole.first, _last(whole), whole.days)
    if whole.missing:
        yield sentence("track", "missing", whole.missing)
    if is_under_a_day(usage):
        yield sentence("track", "short")


def _table(held: Held, work: Work) -> Iterator[str]:
    """The plan's column, the whole log's, and the newest weeks'."""
    whole, *weeks = work.seen
    shown = [whole, *weeks[-MOST_WEEKS:]]
    days = [seen.span.first.isoformat()[5:] if seen.span.first else "" for seen in shown[1:]]
    name = sentence("track", "all") if held.together else work.name
    yield _row(name, ["planned", "measured", *days])
    for key, show in _SHOWN.items():
        of_work = key in ("tokens_per_day", "planned_tokens_per_day")
        planned = "" if key.startswith("planned") else _told(getattr(work.planned, key, None), show)
        values = [getattr(seen if of_work else seen.volume, key, None) for seen in shown]
        yield _row(f"  {table('track_rows')[key]}", [planned, *(_told(value, show) for value in values)])
    for key in ("logged", "priced"):
        values = [getattr(seen, key) for seen in shown]
        currency = held.before.inputs.currency
        amounts = [UNKNOWN if value is None else money(value, currency, cents=False) for value in values]
        yield _row(f"  {table('track_rows')[key]}", ["", *amounts])


def _told(value: float | None, show: Callable[[float], str]) -> str:
    return UNKNOWN if value is None else show(value)


def _row(label: str, cells: list[str]) -> str:
    return f"{label[:24]:<24}" + "".join(f"{cell:>11}" for cell in cells).rstrip()


def _around(held: Held, usage: Usage) -> Iterator[str]:
    """What does not stand in the tables: work that is missing on one side, and money that does not meet."""
    if held.together:
        yield sentence("track", "together", ", ".join(held.together))
    if extra := [work.name for work in held.works if work.planned is None]:
        yield sentence("track", "not_in_plan", ", ".join(extra))
    if held.not_in_log:
        yield sentence("track", "not_in_log", ", ".join(held.not_in_log))
    yield sentence("track", "volume", percent(held.times_planned))
    found = reconciled(usage, held.before.catalog)
    if found is not None and abs(found.apart) > APART:
        yield sentence("track", "apart", percent(abs(found.apart)), sentence("money_apart", found.rule))
    wholes = [work.seen[0] for work in held.works]
    if any(seen.priced is not None and seen.volume and seen.volume.cached_share is None for seen in wholes):
        yield sentence("track", "in_full", sentence("money_apart", "cache_unknown"))
    for work in held.works:
        if share := work.seen[0].unpriced_share:
            names = ", ".join(unpriced(usage, held.before.catalog)[:3])
            name = sentence("track", "all") if held.together else work.name
            yield sentence("track", "unpriced", name, percent(share), names)


def _served(held: Held) -> Iterator[str]:
    """TTFT and TPOT against the objectives, utilisation against the plan's."""
    served, choice, asked = held.served, held.before.running, held.before.inputs.objectives
    if served is None:
        yield sentence("track", "no_metrics")
        return
    yield _speed("ttft", served.ttft_ms, served.ttft_ms_p95, asked.ttft_ms_p95)
    yield _speed("tpot", served.tpot_ms, served.tpot_ms_p95, asked.tpot_ms)
    if choice is None or not _runs(held.before):
        yield sentence("track", "no_replicas")
    elif (busy := utilisation(held)) is None:
        yield sentence("track", "no_time")
    else:
        said = sentence("track_served", "planned", percent(choice.utilisation))
        yield _row(table("track_served")["utilisation"], []) + f"{percent(busy)}; {said}"


def _speed(key: str, mean: float | None, p95: float | None, asked: float) -> str:
    """TTFT is asked of the p95: a mean that keeps it says nothing of that. TPOT is asked of the mean."""
    words = table("track_served")
    values = [(words[name], value) for name, value in (("mean", mean), ("p95", p95))]
    known = ", ".join(said.format(milliseconds(value)) for said, value in values if value is not None) or UNKNOWN
    judged = mean if key == "tpot" else p95
    missed = any(value is not None and value > asked for value in (judged, mean))
    kept = f": {words['missed']}" if missed else "" if judged is None else f": {words['kept']}"
    return f"{words[key]:<24}{known}; {words['objective'].format(milliseconds(asked))}{kept}"


def _turns(held: Held) -> Iterator[str]:
    """What would turn the answer, and how far that has come."""
    if not held.turns:
        yield sentence("track", "no_turns")
    for turn in held.turns:
        yield f"{flip_words(turn.flip)} {_way(turn)}".rstrip(".") + "."
    for row, now in held.beyond:
        ends = [with_unit(value, row.unit) for value in (now, row.low, row.high)]
        label = INPUT_LABELS.get(row.input, LEVER_LABELS.get(row.input, row.input))
        yield sentence("track", "beyond", label[:1].upper() + label[1:], *ends)


def _way(turn: Turn) -> str:
    """How far it has come."""
    if turn.way is None:
        return sentence("track_turns", "unknown").capitalize()
    now = with_unit(turn.measured, turn.flip.unit)
    key = "passed" if turn.passed else "near" if turn.way > 0 else "away"
    said = sentence("track_turns", key, now, percent(turn.way))
    return said[:1].upper() + said[1:]
