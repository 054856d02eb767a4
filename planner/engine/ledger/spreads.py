"""The ranges that are drawn: the plan's own where it states them, the catalogue's assumptions otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from math import exp, hypot, log, log1p

import numpy as np

from planner.engine import specs
from planner.engine.assumptions import Assumptions, range_of
from planner.engine.fleet.curve import limits
from planner.engine.fleet.ownership import PRICE_KEYS, server_month
from planner.engine.fleet.self_hosted import Context, SelfHostedFleet
from planner.engine.ledger.months import WEEKS_PER_MONTH, dedicated_costs, people_costs, rates_of
from planner.engine.ledger.moved import LEAST, output_spread, part_of, tokens_spread, weighted
from planner.engine.ledger.strategies import Contest
from planner.engine.specs import Range
from planner.engine.units import DAYS_PER_MONTH, age_days
from planner.records import dataclass

AS_PLANNED = Range.exactly(1.0)
PEOPLE_KEYS = (
    "engineer_eur_year", "ongoing_engineer_fraction", "hired_engineer_fraction", "hiring_cost_eur",
    "model_swaps_per_year", "model_swap_weeks", "observability_usd_month", "security_usd_month",
    "storage_egress_usd_month",
)  # fmt: skip
"""What people and running are made of; when they start, and the work of setting up, is drawn by itself."""
WATCHING_KEYS = ("engineer_eur_year", "dedicated_setup_weeks", "dedicated_engineer_fraction")
"""The same of a host's endpoints."""
OLDEST_MONTHS = 12.0
"""A price that is older says no less of today's rent than one of a year."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Low / likely / high of everything that all strategies share; as likely above its likely value as below."""

    volume: Range
    growth: Range
    api_change_per_year: Range
    """Of the same quality, by moving on to successors: work on today's model keeps its list price."""
    gpu_change_per_year: Range
    throughput: Range
    own_work: Range
    headroom: Range
    throughput_gain: Range
    people: Range
    start_months: Range
    cached_shift: Range
    exchange: Range
    rent_level: Range
    hardware: Range


def uncertainty_of(contest: Contest, performance: specs.Performance | None, as_of: date | None = None) -> Uncertainty:
    """Everything that is drawn for a plan; `as_of`: the day up to which a rent ages, None where none does."""
    inputs, catalog = contest.context.inputs, contest.context.catalog
    known, explicit = inputs.volume.known == "yes", inputs.volume.tokens_per_day_by_month is not None
    return Uncertainty(
        volume=Range(0.8, 1.0, 1.25) if known else Range(0.5, 1.0, 2.0),
        growth=Range.exactly(0.0) if explicit else inputs.volume.growth_per_month,
        api_change_per_year=range_of(inputs, catalog, "api_price_change_per_year"),
        gpu_change_per_year=range_of(inputs, catalog, "gpu_price_change_per_year"),
        throughput=performance.spread if performance is not None else AS_PLANNED,
        own_work=_own_work(contest),
        headroom=_headroom(contest),
        throughput_gain=range_of(inputs, catalog, "throughput_gain_per_year"),
        people=_people(contest),
        start_months=_start(contest),
        cached_shift=_cached(contest),
        exchange=_exchange(contest),
        rent_level=_rent_level(contest, as_of),
        hardware=_hardware(contest),
    )


def joint(parts: Iterable[Range]) -> Range:
    """A factor that is the product of independent ones: the deviations of their logarithms add as their squares."""
    mid, down, up = 1.0, 0.0, 0.0
    for part in parts:
        mid *= part.mid
        down, up = hypot(down, log(part.mid / part.low)), hypot(up, log(part.high / part.mid))
    return Range(mid * exp(-down), mid, mid * exp(up))


def _ends(contest: Contest, keys: Sequence[str], cost: Callable[[Assumptions], float]) -> Range:
    """Factor of `cost` where each of these assumptions moves through its own range, independently of the others.

    As straight lines through the likely value and the further end: a life of hardware bends a little, others do not.
    """
    context, base = contest.context, cost(contest.context.assumptions)
    down = up = 0.0
    for key in keys if base > 0 else ():
        spread = range_of(context.inputs, context.catalog, key)
        below, above = spread.low - spread.mid, spread.high - spread.mid
        furthest = max(below, above, key=abs)
        if furthest:
            moved = cost(replace(context.assumptions, **{key: spread.mid + furthest})) - base
            for end in (moved * below / furthest, moved * above / furthest):
                down, up = hypot(down, min(end, 0.0)), hypot(up, max(end, 0.0))
    return Range(max(1 - down / base, LEAST), 1.0, 1 + up / base) if base > 0 else AS_PLANNED


def _people(contest: Contest) -> Range:
    """Factor of all that people and running cost."""
    context = contest.context
    rates = rates_of(context.catalog, context.usd_per_unit)

    def cost(a: Assumptions) -> float:
        return float(np.sum(list(people_costs(context.inputs, a, rates).values())))

    return AS_PLANNED if contest.hybrid is None else _ends(contest, PEOPLE_KEYS, cost)


def watching_spread(contest: Contest) -> Range:
    """Factor of what people do for a host's endpoints."""
    context = contest.context
    rates = rates_of(context.catalog, context.usd_per_unit)

    def cost(a: Assumptions) -> float:
        return float(np.sum(list(dedicated_costs(a, rates).values())))

    return _ends(contest, WATCHING_KEYS, cost)


def _start(contest: Contest) -> Range:
    """Months by which own GPUs serve earlier or later than planned: set-up, and hiring where somebody has to be."""
    inputs, catalog = contest.context.inputs, contest.context.catalog
    weeks = range_of(inputs, catalog, "setup_weeks").times(1 / WEEKS_PER_MONTH)
    hiring = range_of(inputs, catalog, "hiring_delay_months")
    if inputs.operations.gpu_experience != "no":
        hiring = Range.exactly(0.0)
    down = hypot(weeks.mid - weeks.low, hiring.mid - hiring.low)
    return Range(-down, 0.0, hypot(weeks.high - weeks.mid, hiring.high - hiring.mid))


def _own_work(contest: Contest) -> Range:
    """Work that the fleet's model makes of the same text: its tokens, and the length of its answers, by their time."""
    chosen = contest.hybrid
    if chosen is None:
        return AS_PLANNED
    context, parts, seconds = contest.context, [], []
    for position, row in enumerate(chosen.own.rows):
        workload = context.inputs.workload[row]
        ratio, longer = chosen.scope.tokenizer_ratios[position], chosen.scope.longer[position]
        spent = chosen.speed.seconds_per_request(workload, ratio, longer)
        prompt = chosen.speed.seconds_per_request(workload, ratio, 0.0)
        answer = 1 - prompt / spent if spent > 0 else 0.0
        tokens = tokens_spread(context.inputs, context.catalog, workload, chosen.scope.model)
        output = output_spread(context.inputs, context.catalog, workload, chosen.scope.model, longer)
        parts.append(joint([tokens, part_of(output, answer)]))
        seconds.append(float(context.load.requests_per_s[row]) * spent)
    return weighted(parts, seconds)


def _headroom(contest: Contest) -> Range:
    """Capacity of a replica at the safe utilisation, relative to the planned: arrivals may come in thicker clumps."""
    if contest.hybrid is None:
        return AS_PLANNED
    own, context = contest.hybrid.own, contest.context
    spread = range_of(context.inputs, context.catalog, "arrival_variability")
    if spread.low == spread.high:
        return AS_PLANNED
    count = np.array([max(own.plan.replicas_by_month)])
    clumps = (spread.high, spread.mid, spread.low)
    low, mid, high = (float(limits(replace(own.offer, variability=v), count)[0]) for v in clumps)
    return Range(min(low, mid) / mid, 1.0, max(high, mid) / mid) if low > 0 else AS_PLANNED


def _cached(contest: Contest) -> Range:
    """Points by which every cached share may differ, within what the work leaves room for."""
    context = contest.context
    stated, work = range_of(context.inputs, context.catalog, "cached_input_shift_fraction"), context.inputs.workload
    if not any(w.cached_input_fraction > 0 for w in work):
        return Range.exactly(0.0)
    room = min(1 - w.cached_input_fraction - w.cache_write_fraction for w in work)
    least = min(w.cached_input_fraction for w in work)
    low, mid, high = (min(max(value, -least), room) for value in (stated.low, stated.mid, stated.high))
    return Range(low, mid, high)


def _exchange(contest: Contest) -> Range:
    change = range_of(contest.context.inputs, contest.context.catalog, "exchange_change_fraction")
    return Range(1 + change.low, 1 + change.mid, 1 + change.high)


def _rent_level(contest: Contest, as_of: date | None) -> Range:
    return AS_PLANNED if contest.hybrid is None else rent_spread(contest.context, contest.hybrid.own, as_of)


def rent_spread(context: Context, own: SelfHostedFleet, as_of: date | None) -> Range:
    """What a fleet's rent may have become since its price was seen: the older, the wider, in either direction."""
    rented = [id for id in (own.offer_id, own.hourly_id) if id and id not in context.owned]
    if as_of is None or not rented:
        return AS_PLANNED
    drift = range_of(context.inputs, context.catalog, "rent_drift_per_month").mid
    days = max(age_days(context.catalog.offers[id].citation.as_of, as_of) for id in rented)
    wide = exp(log1p(drift) * min(days / DAYS_PER_MONTH, OLDEST_MONTHS))
    return Range(1 / wide, 1.0, wide)


def _hardware(contest: Contest) -> Range:
    """Factor of what bought servers cost a month."""
    if contest.hybrid is None or contest.hybrid.own.offer_id not in contest.context.owned:
        return AS_PLANNED
    context, id = contest.context, contest.hybrid.own.offer_id

    def cost(a: Assumptions) -> float:
        return server_month(id, context.catalog, a, context.inputs.currency, context.owned[id])

    return _ends(contest, PRICE_KEYS, cost)
