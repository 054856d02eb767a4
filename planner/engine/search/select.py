"""From the ranked candidates to fleets: which rows are costed exactly, and which of them is the cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from planner.engine.arrays import Indices
from planner.engine.fleet.load import INFEASIBLE
from planner.engine.fleet.ownership import OWNED, offer_month
from planner.engine.fleet.regions import areas_of, regions_of, united
from planner.engine.fleet.self_hosted import Context, SelfHostedFleet, Speed, Wanted, own_fleets
from planner.engine.search.eligible import ModelScope, PlacedOffer, offer_allowed
from planner.engine.search.search import Search
from planner.engine.specs import Offer, Region
from planner.records import dataclass

COSTED = 12
"""Rows costed exactly: the cheapest by the estimate ..."""
SHOWN = 8
"""... and the best of so many models, and of so many GPUs."""
WHOLE_COSTED, WHOLE_SHOWN = 8, 4
"""The same where no own GPU pays: of fleets that carry the work, each of which takes longer to cost."""
ALONE_TRIED, HOURLY_TRIED = 6, 2
"""Fleets without overflow (so many of the cheapest, so many that carry all), and fleets by the hour of the week."""


@dataclass(frozen=True, slots=True)
class Costed:
    """One candidate with its fleet."""

    position: int
    """Into `Search.fitting`."""
    scope: ModelScope
    place: PlacedOffer
    speed: Speed
    own: SelfHostedFleet


def rows_to_cost(found: Search) -> list[int]:
    """The cheapest rows by the estimate, and the cheapest of every model and of every GPU near the top."""
    return _varied(found, found.usable, COSTED, SHOWN)


def _varied(found: Search, positions: Indices, most: int, shown: int) -> list[int]:
    """The first `most` of ranked positions, and the first of each of some models and GPUs."""
    rows = found.fitting[positions]
    models = found.candidates.model_index[rows]
    gpus = np.array([p.gpu.id for p in found.places])[found.candidates.placement_index[rows]]
    chosen = dict.fromkeys(int(p) for p in positions[:most])
    for keys in (models, gpus):
        _, first = np.unique(keys, return_index=True)
        chosen |= dict.fromkeys(int(positions[i]) for i in np.sort(first)[:shown])
    return list(chosen)


def cost(
    context: Context, found: Search, positions: Sequence[int], *, no_overflow: bool = False, full: bool = False
) -> list[Costed]:
    """The cheapest fleet of each of these rows."""
    places = [found.places[found.candidates.placement_index[found.fitting[position]]] for position in positions]
    rows = [Row(p, scope_at(found, p), place, found.speed(p)) for p, place in zip(positions, places, strict=True)]
    return costed_rows(context, rows, no_overflow=no_overflow, full=full)


class Row(NamedTuple):
    """What is costed: a row of the search, perhaps on another offer."""

    position: int
    scope: ModelScope
    place: PlacedOffer
    speed: Speed
    hourly: Offer | None = None


def costed_rows(
    context: Context, rows: Sequence[Row], *, no_overflow: bool = False, full: bool = False
) -> list[Costed]:
    """The cheapest fleet of each of these rows, on its own offer."""
    wanted = [
        Wanted(
            offer=row.place.offer,
            gpus_per_replica=row.place.tensor_parallel,
            speed=row.speed,
            rows=row.scope.rows,
            tokenizer_ratios=row.scope.tokenizer_ratios,
            longer=row.scope.longer,
            no_overflow=no_overflow or _keeps_its_vectors(context, row.scope),
            hourly=row.hourly,
        )
        for row in rows
    ]
    hosts = any(row.place.offer.market in ("dedicated", "serverless") for row in rows)  # they stand where they stand
    if not hosts and any(workload.region for workload in context.inputs.workload):
        return _by_region(context, rows, wanted, full=full)
    fleets = own_fleets(context, wanted, full=full)
    return [Costed(row.position, row.scope, row.place, row.speed, own) for row, own in zip(rows, fleets, strict=True)]


def _by_region(context: Context, rows: Sequence[Row], wanted: Sequence[Wanted], *, full: bool) -> list[Costed]:
    """A fleet in each region where a candidate's work is; none of a candidate whose card is not to be had in one."""
    found = []
    for row, each in zip(rows, wanted, strict=True):
        offers = _offers_by_region(context, each)
        if offers is None:
            continue
        parts = [_part(each, offer, there) for offer, there in offers.values()]
        main = next(iter(offers.values()))[0] if offers else each.offer
        *fleets, pooled = own_fleets(context, [*parts, replace(each, offer=main)], full=full)
        named = list(zip(offers, fleets, strict=True))
        own = united(pooled, named) if named else pooled
        place = replace(row.place, offer=main, month=offer_month(main, context.catalog, context.usd_bought))
        found.append(Costed(row.position, row.scope, place, row.speed, own))
    return found


def _part(wanted: Wanted, offer: Offer, rows: tuple[int, ...]) -> Wanted:
    """A candidate with only some of its work, on another offer of the same cards."""
    at = [wanted.rows.index(row) for row in rows]
    ratios, longer = (tuple(each[k] for k in at) for each in (wanted.tokenizer_ratios, wanted.output_factors))
    return replace(wanted, offer=offer, rows=rows, tokenizer_ratios=ratios, longer=longer)


def _offers_by_region(context: Context, wanted: Wanted) -> dict[Region, tuple[Offer, tuple[int, ...]]] | None:
    """(offer, work) for each region, that with the most work first; None where one has none with the same cards.

    The candidate's own offer where it stands there, else the cheapest that may be used.
    """
    inputs, catalog = context.inputs, context.catalog
    same = [
        offer
        for offer in catalog.offers.values()
        if (offer.gpu_id, offer.gpu_count) == (wanted.offer.gpu_id, wanted.offer.gpu_count)
        and (offer.market == "spot") == (wanted.offer.market == "spot")
        and (offer.commitment == OWNED) == (wanted.offer.commitment == OWNED)
        and (offer.id == wanted.offer.id or offer_allowed(inputs, catalog, offer))
    ]
    same.sort(key=lambda o: (o.id != wanted.offer.id, offer_month(o, catalog, context.usd_bought)))
    found: dict[Region, tuple[Offer, tuple[int, ...]]] = {}
    for region, rows in regions_of(inputs, wanted.rows).items():
        there = next((offer for offer in same if region in areas_of(offer)), None)
        if there is None:
            return None
        found[region] = there, rows
    work = {r: sum(inputs.workload[i].tokens_per_day for i in rows) for r, (_, rows) in found.items()}
    return {region: found[region] for region in sorted(found, key=lambda r: -work[r])}


def _keeps_its_vectors(context: Context, scope: ModelScope) -> bool:
    """True for embeddings that no endpoint in use serves with the same weights: another's vectors are no substitute."""
    if not scope.model.is_embedding:
        return False
    legs = [context.market.outsides[i].best for i in scope.rows]
    return any(leg is None or leg.api.hf_id != scope.model.id for leg in legs)


def cheapest(costed: Sequence[Costed]) -> Costed | None:
    """The cheapest feasible one."""
    return min((c for c in costed if c.own.feasible), key=lambda c: c.own.total, default=None)


def pays(context: Context, costed: Costed) -> bool:
    """Whether this fleet is worth having beside the endpoints: it costs less, or some of its work has nowhere to go."""
    outsides = context.market.outsides
    if any(outside.best is None for outside in outsides):
        return True
    if any(outsides[i].workload.route == "self_host" for i in costed.scope.rows):
        return True
    return costed.own.total < outside_total(context)


def none_can_pay(context: Context, found: Search) -> bool:
    """Whether people alone cost more than the endpoints: then no fleet need be costed to know that none pays.

    False where some of the work has nowhere else to go, or where one model could take everything without overflow,
    which is a strategy of its own.
    """
    everything = len(context.inputs.workload)
    if any(w.route == "self_host" for w in context.inputs.workload):
        return False
    if any(len(scope.rows) == everything or scope.model.is_embedding for scope in found.scopes):
        return False
    return context.fixed_total >= outside_total(context)


def footings(context: Context, found: Search, positions: Sequence[int]) -> list[Costed]:
    """Rows as they are compared with others: the cheapest fleet where it pays, else the one that carries the work.

    Where it does not pay its cheapest fleet is a single replica beside an API, which compares with nothing.
    """
    best = cost(context, found, positions)
    beside = [c.position for c in best if not pays(context, c)]
    whole = {c.position: c for c in cost(context, found, beside, full=True)}
    return [whole.get(c.position, c) for c in best]


def references(context: Context, found: Search) -> list[Costed]:
    """Fleets that would carry as much of the work as an open model may take, where no own GPU pays."""
    positions = _varied(found, found.covering, WHOLE_COSTED, WHOLE_SHOWN)
    return cost(context, found, positions, full=True)


def self_hosted(context: Context, found: Search, costed: Sequence[Costed]) -> Costed | None:
    """The cheapest fleet that takes every workload without overflow, among the models that may take them all."""
    everything = len(context.inputs.workload)
    able = [c.position for c in sorted(costed, key=lambda c: c.own.total) if len(c.scope.rows) == everything]
    covering = [int(p) for p in found.covering if len(scope_at(found, int(p)).rows) == everything][:ALONE_TRIED]
    positions = dict.fromkeys([*able[:ALONE_TRIED], *covering])
    return cheapest(cost(context, found, list(positions), no_overflow=True))


def by_the_hour(context: Context, costed: Sequence[Costed], *, no_overflow: bool = False) -> list[Costed]:
    """The best few again, with products that follow the hour of the week where their cards are sold by the hour.

    Either all of them by the hour, at the cheapest such offer, or a base of the offer itself with hours of the same
    provider above it.
    """
    if any(workload.region for workload in context.inputs.workload):
        return []  # each region has an hour of its own
    if not no_overflow and context.fixed_total >= outside_total(context):
        return []  # people alone cost more than the best API: no schedule can pay
    rows = []
    for best in sorted((c for c in costed if c.own.feasible), key=lambda c: c.own.total)[:HOURLY_TRIED]:
        for base, hourly in _hourly_pairs(context, best.place):
            place = replace(best.place, offer=base, month=offer_month(base, context.catalog, context.usd_bought))
            rows.append(Row(best.position, best.scope, place, best.speed, hourly))
    return [again for again in costed_rows(context, rows, no_overflow=no_overflow) if again.own.hourly_id]


def without(context: Context, costed: Sequence[Costed], chosen: Costed, offer_id: str) -> Costed | None:
    """The cheapest fleet that does without an offer: another that was costed, or the same one at the next provider."""
    place = chosen.place
    others = [
        (offer_month(o, context.catalog, context.usd_per_unit), o)
        for o in context.catalog.offers.values()
        if o.id != offer_id
        and (o.gpu_id, o.gpu_count) == (place.offer.gpu_id, place.offer.gpu_count)
        and offer_allowed(context.inputs, context.catalog, o)
    ]
    found = [c for c in costed if offer_id not in (c.own.offer_id, c.own.hourly_id)]
    if others:
        month, offer = min(others, key=lambda other: other[0])
        twin = Row(chosen.position, chosen.scope, replace(place, offer=offer, month=month), chosen.speed)
        found += costed_rows(context, [twin], full=not pays(context, chosen))
    return cheapest(found)


def outside_total(context: Context) -> float:
    """12 months with no own GPU; endless where some work has no endpoint."""
    legs = [o.best for o in context.market.outsides]
    return sum(INFEASIBLE if leg is None else leg.total for leg in legs)


def _hourly_pairs(context: Context, place: PlacedOffer) -> list[tuple[Offer, Offer]]:
    """(what never stops, what is switched) for the cards of one place."""
    catalog, rate = context.catalog, context.usd_bought
    same = [
        o
        for o in catalog.offers.values()
        if o.per == "hour"
        and (o.gpu_id, o.gpu_count) == (place.offer.gpu_id, place.offer.gpu_count)
        and o.commitment == "on-demand"
        and offer_allowed(context.inputs, catalog, o)
    ]
    if not same:
        return []
    cheapest = min(same, key=lambda o: offer_month(o, catalog, rate))
    beside = [o for o in same if o.provider == place.offer.provider and o.id != cheapest.id]
    return [(cheapest, cheapest), *((place.offer, o) for o in beside[:1] if place.offer.per != "hour")]


def leanest(context: Context, found: Search, chosen: Costed) -> Costed:
    """The replica that carries the same workloads for the least rent at full load: what a large fleet would be of."""
    rows = found.fitting[found.usable]
    same = np.array([s.rows == chosen.scope.rows for s in found.scopes])[found.candidates.model_index[rows]]
    if not same.any():
        return chosen
    p, place = found.points.prediction, found.candidates.placement_index[rows]
    rent = np.array([x.month / x.replicas_per_unit for x in found.places])[place]
    index = list(chosen.own.rows)
    workloads = [context.inputs.workload[i] for i in index]
    per_s = context.load.requests_per_s[index]
    prompt = float((per_s * [w.input_tokens * (1 - w.cached_input_fraction) for w in workloads]).sum())
    generated = float((per_s * [w.output_tokens for w in workloads]).sum())
    work = prompt * p.prefill_s_per_token[found.usable] + generated * p.decode_s_per_token[found.usable]
    at = int(np.argmin(np.where(same, rent * work, np.inf)))
    return next(iter(cost(context, found, [int(found.usable[at])])), chosen)


def bought_instead(context: Context, chosen: Costed) -> Costed | None:
    """The same replica on bought servers with the same cards, the cheapest; None: it is bought, or none is known."""
    if chosen.place.offer.id in context.owned:
        return None
    twins = []
    for id in context.owned:
        offer = context.catalog.offers[id]
        fits = offer.gpu_id == chosen.place.gpu.id and offer.gpu_count % chosen.place.tensor_parallel == 0
        if fits and offer.is_production and not offer.already_paid and id != chosen.place.offer.id:
            place = replace(chosen.place, offer=offer, month=offer.price)
            twins.append(Row(chosen.position, chosen.scope, place, chosen.speed))
    return cheapest(costed_rows(context, twins, full=not pays(context, chosen)))


def scope_at(found: Search, position: int) -> ModelScope:
    """The model of the row at `fitting[position]`, with the work that it may take."""
    return found.scopes[int(found.candidates.model_index[int(found.fitting[position])])]
