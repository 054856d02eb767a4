"""A plan held against a log: every work by week beside what the plan said, what has turned, and the answer again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from planner.engine.names import OWN_MODEL
from planner.engine.rollout import rollout_of
from planner.engine.specs import Catalog, Evaluation, Flip, Sensitivity, Workload
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.evidence.track.served import Served
from planner.evidence.track.weeks import Part, Span, parts_of, spans_of
from planner.evidence.usage.into_plan import DIGITS, of_all, places_of, taken_into
from planner.evidence.usage.matching import plain_name, renamed, works_on
from planner.evidence.usage.money import finder, line_usd, words_of
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import empty_rollup
from planner.evidence.usage.rows import At
from planner.evidence.usage.statistics import tokens_of
from planner.evidence.usage.volumes import WorkloadVolume, days_of, history_of, volume_of, workloads_of
from planner.plan.edit import set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.renewal import Measured, due
from planner.plan.schema import VOLUMES, Plan
from planner.plan.write import plan_data
from planner.quantities import to_digits
from planner.records import dataclass
from planner.toml.errors import InputError

MOVED: Final = 1.2
"""A volume this much above or below the plan's is worth putting into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the plan says of a work; tokens a day before any growth."""

    tokens_per_day: float
    input_share: float
    input_tokens: float
    output_tokens: float
    cached_share: float
    batch_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One work in one span. None: the log cannot know; money is in the plan's currency."""

    span: Span
    planned_tokens_per_day: float | None
    """With the plan's growth since `planned_from`; None: the plan does not have this work."""
    tokens_per_day: float | None
    """0 where the log has lines, and none of this work."""
    volume: WorkloadVolume | None
    logged: float | None
    priced: float | None
    """At the plan's prices: of endpoints by the token, of own GPUs what the plan has a token cost there."""
    unpriced_share: float | None
    """Of the tokens, that went to models the plan has no price for, and are in neither."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one work was to do, and did: all of it first, then week by week."""

    name: str
    planned: Planned | None
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A fact that would turn the answer. `way`: how far towards it, 1 being there and below 0 away from it; None: no
    log knows."""

    flip: Flip
    measured: float | None
    way: float | None

    @property
    def passed(self) -> bool:
        return self.way is not None and self.way >= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Everything that is to be said."""

    file: str
    planned_from: dt.date
    spans: tuple[Span, ...]
    works: tuple[Work, ...]
    together: tuple[str, ...]
    """Workloads that the log does not tell apart; none where it does."""
    not_in_log: tuple[str, ...]
    times_planned: float
    """Volume of the whole plan against what was planned; work that the log does not tell as planned."""
    turns: tuple[Turn, ...]
    beyond: tuple[tuple[Sensitivity, float], ...]
    """What lies outside of the range that the risk was drawn from, with what it is."""
    due: tuple[Measured, ...]
    served: Served | None
    before: Evaluation
    after: Evaluation

    @property
    def changed(self) -> bool:
        """Whether the answer is another: its kind, or the strategy that it is."""
        ends = [(e.answer.kind, e.verdict.strategy) for e in (self.before, self.after)]
        return ends[0] != ends[1]

    @property
    def moved(self) -> bool:
        """Whether the volume is another than the plan's."""
        return not 1 / MOVED <= self.times_planned <= MOVED


def held(plan: Plan, usage: Usage, catalog: Catalog, as_of: dt.date, served: Served | None = None) -> Held:
    """The plan against the log. Raises `InputError` where the log holds no tokens, or the plan no volume."""
    before = evaluate_plan(plan, catalog, as_of)
    if not workloads_of(usage):
        raise InputError(f"{usage.format.name} tells no tokens, so there is nothing to hold", path=usage.path)
    usage, together = _by_work(usage, before)
    spans = spans_of(usage)
    grown = _grower(plan, before)
    works = _works(plan, usage, before, spans, together)
    told = {work.name for work in works} | set(together)
    left = tuple(w.name for w in before.inputs.workload if w.name not in told)
    times = _times(works, before, left, grown(spans[0]))
    after = evaluate_plan(_measured(plan, usage, catalog, before, works, together), catalog, as_of)
    growth = None if (history := history_of(usage)) is None or history.growth is None else history.growth.mid
    known = {"volume": times, "growth": growth, "cached_shift": _cached_shift(works)}
    return Held(
        file=usage.path.name,
        planned_from=planned_from(plan),
        spans=spans,
        works=works,
        together=together,
        not_in_log=left,
        times_planned=times,
        turns=tuple(_turn(flip, known.get(flip.input)) for flip in before.verdict.flips if flip.becomes is not None),
        beyond=tuple(_beyond(before.sensitivity, known)),
        due=tuple(due(plan, as_of)),
        served=served,
        before=before,
        after=after,
    )


def _by_work(usage: Usage, evaluation: Evaluation) -> tuple[Usage, tuple[str, ...]]:
    """The log by the workloads of the plan, and those of them that it cannot tell apart.

    Where no name in it is one of the plan's, its models say which work it is: that which runs on them, or is to; else
    it is all of the plan.
    """
    moves = evaluation.answer.moves
    if {plain_name(v.name) for v in workloads_of(usage)} & {plain_name(move.workload) for move in moves}:
        return usage, ()
    pairs = {(work, model) for _, model, work, _ in usage.rollup.cells}
    of = works_on((model for _, model in pairs), [(m.workload, (m.runs_on, m.moves_to)) for m in moves])
    if any(of.values()) and all(len(works) < 2 for works in of.values()):
        return renamed(usage, {pair: of[pair[1]][0] for pair in pairs if of[pair[1]]}), ()
    found = tuple(m.workload for m in moves if any(m.workload in works for works in of.values()))
    works = found or tuple(m.workload for m in moves)
    return renamed(usage, dict.fromkeys(pairs, ", ".join(works))), works if len(works) > 1 else ()


def _works(
    plan: Plan, usage: Usage, evaluation: Evaluation, spans: tuple[Span, ...], together: tuple[str, ...]
) -> tuple[Work, ...]:
    entries, volumes = plan_data(plan)["workload"], workloads_of(usage)
    places = places_of(entries, volumes)
    price, grown = _pricer(evaluation), _grower(plan, evaluation)
    found = []
    for name, parts in parts_of(usage, spans[0].first).items():
        plans = [evaluation.inputs.workload[places[name]]] if name in places else []
        plans = [w for w in evaluation.inputs.workload if w.name in together] if together else plans
        planned = _planned(plans) if plans else None
        seen = []
        for at, span in enumerate(spans):
            then = None if planned is None else planned.tokens_per_day * grown(span)
            seen.append(_seen(name, parts.get(at), span, then, evaluation, price))
        found.append(Work(plans[0].name if len(plans) == 1 else name, planned, tuple(seen)))
    return tuple(sorted(found, key=lambda work: -(work.seen[0].tokens_per_day or 0.0)))


def _planned(works: Sequence[Workload]) -> Planned:
    """Of one work, or of several by their tokens."""
    tokens = math.fsum(w.tokens_per_day for w in works)
    requests = [w.tokens_per_day / (w.input_tokens + w.output_tokens) for w in works]
    told = [n * w.input_tokens for n, w in zip(requests, works, strict=True)]
    cached = [n * w.cached_input_fraction for n, w in zip(told, works, strict=True)]
    return Planned(
        tokens_per_day=tokens,
        input_share=sum(told) / tokens,
        input_tokens=sum(told) / sum(requests),
        output_tokens=(tokens - sum(told)) / sum(requests),
        cached_share=sum(cached) / sum(told) if sum(told) else 0.0,
        batch_share=sum(w.batch_fraction * w.tokens_per_day for w in works) / tokens,
    )


Priced = tuple[float | None, float | None]
Pricer = Callable[[Part], Priced]


def _seen(
    name: str, part: Part | None, span: Span, planned: float | None, evaluation: Evaluation, price: Pricer
) -> Seen:
    nothing = 0.0 if part is None and span.is_known else None
    part = part or Part(empty_rollup(), {})
    known = any(tokens_of(counts) for counts in part.rollup.cells.values())
    volume = volume_of(name, part.rollup, span.days) if known else None
    priced, unpriced = price(part)
    return Seen(
        span=span,
        planned_tokens_per_day=planned,
        tokens_per_day=nothing if volume is None else volume.tokens_per_day,
        volume=volume,
        logged=_logged(part.logged, evaluation),
        priced=priced,
        unpriced_share=unpriced,
    )


def planned_from(plan: Plan) -> dt.date:
    """The day that the plan's volumes are of: the middle of the newest log in it, else the day it was made."""
    ends = [(e.last, e.first) for e in plan.evidence if e.kind == "usage"]
    days = [(last, first) for last, first in ends if isinstance(last, dt.date) and isinstance(first, dt.date)]
    if not days:
        return plan.created
    last, first = max(days)
    return first + (last - first) / 2


def _grower(plan: Plan, evaluation: Evaluation) -> Callable[[Span], float]:
    """The plan's volume in the middle of a span, against that of the day it was told; 1 without a calendar."""
    start, volume, demand = planned_from(plan).toordinal() + 0.5, evaluation.inputs.volume, evaluation.demand

    def grown(span: Span) -> float:
        if span.middle is None:
            return 1.0
        months = max(-float(MONTHS), min((span.middle - start) / DAYS_PER_MONTH, float(MONTHS)))
        if volume.tokens_per_day_by_month is not None:
            at = max(0, min(int(months), MONTHS - 1))
            return demand.month_tokens_per_day[at] / demand.mean_today_tokens_per_day
        return float((1 + volume.growth_per_month.mid) ** months)

    return grown


def _logged(money: Mapping[str, float], evaluation: Evaluation) -> float | None:
    """In the plan's currency; None where none was logged, or in one without a rate."""
    rates = [evaluation.catalog.usd_per.get(currency) for currency in money]
    if not money or None in rates:
        return None
    usd = sum(amount * (rate or 0.0) for amount, rate in zip(money.values(), rates, strict=True))
    return usd / evaluation.usd_per_unit


def _pricer(evaluation: Evaluation) -> Pricer:
    """What a part of a log costs at the plan's prices, and the share of its tokens without a price."""
    find = finder(evaluation.catalog.apis.values())
    inside = [m.moves_to for m in evaluation.answer.moves if m.destination in ("self_host", "dedicated")]
    own = {words_of(id) for id in (*inside, OWN_MODEL) if id not in evaluation.catalog.apis}
    replica = rollout_of(evaluation).replica if inside else None

    def price(part: Part) -> Priced:
        usd, without, whole = 0.0, 0, 0
        for key, counts in part.rollup.cells.items():
            tokens = tokens_of(counts) or 0
            whole += tokens
            if replica is not None and key[1] not in evaluation.catalog.apis and words_of(key[1]) in own:
                usd += (counts[At.INPUT] or 0) * replica.usd_per_input_token
                usd += (counts[At.OUTPUT] or 0) * replica.usd_per_output_token
            elif find(key[1]) is not None:
                usd += line_usd(key, counts, find)
            else:
                without += tokens
        if not whole:
            return None, None
        return (None if without == whole else usd / evaluation.usd_per_unit), without / whole

    return price


def _times(works: Sequence[Work], evaluation: Evaluation, left: Sequence[str], growth: float) -> float:
    """All that is used against all that was planned for that time."""
    kept = growth * sum(w.tokens_per_day for w in evaluation.inputs.workload if w.name in left)
    planned = kept + sum(work.seen[0].planned_tokens_per_day or 0.0 for work in works)
    return (kept + sum(work.seen[0].tokens_per_day or 0.0 for work in works)) / planned


def _cached_shift(works: Sequence[Work]) -> float | None:
    """Points of the input that more came from a cache than planned, by tokens; None where nobody knows."""
    sums = [0.0, 0.0]
    for work in works:
        volume = work.seen[0].volume
        if volume is not None and volume.cached_share is not None and work.planned is not None:
            told = volume.tokens_per_day * (volume.input_share or 0.0)
            sums = [sums[0] + told * (volume.cached_share - work.planned.cached_share), sums[1] + told]
    return sums[0] / sums[1] if sums[1] else None


def _turn(flip: Flip, measured: float | None) -> Turn:
    """Multiples by their logarithm: twice and half are as far."""
    if measured is None or flip.to_value is None or flip.to_value == flip.from_value:
        return Turn(flip, measured, None)
    ends = (flip.from_value, flip.to_value, measured)
    start, end, now = map(math.log, ends) if flip.unit == "x" and min(ends) > 0 else ends
    return Turn(flip, measured, (now - start) / (end - start))


def _beyond(rows: Sequence[Sensitivity], known: Mapping[str, float | None]) -> list[tuple[Sensitivity, float]]:
    found = [(row, known.get(row.input)) for row in rows]
    return [(row, now) for row, now in found if now is not None and not row.low <= now <= row.high]


def _measured(
    plan: Plan, usage: Usage, catalog: Catalog, before: Evaluation, works: tuple[Work, ...], together: tuple[str, ...]
) -> Plan:
    """A copy of the plan with what was measured. Of work that the log does not tell apart only the volume is known."""
    if not together:
        return taken_into(plan, usage, catalog, before.as_of).plan
    seen = works[0].seen[0]
    times = (seen.tokens_per_day or 0.0) / (works[0].planned.tokens_per_day if works[0].planned else 1.0)
    tokens = {w.name: w.tokens_per_day for w in before.inputs.workload if w.name in together}
    entries: list[dict[str, Any]] = [dict(entry) for entry in plan_data(plan)["workload"]]
    for entry in entries:
        if entry["name"] in together:
            for key in VOLUMES:
                entry.pop(key, None)
            entry["tokens_per_day"] = to_digits(tokens[entry["name"]] * times, DIGITS)
    values = {("workload",): entries, ("volume", "known"): "yes", **of_all(history_of(usage), days_of(usage))}
    return set_values(plan, values)
