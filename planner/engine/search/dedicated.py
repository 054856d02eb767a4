"""Dedicated endpoints: replicas that a host runs for one customer, sized like own GPUs and paid while they are up.

Only replicas that the search has found anyway are looked at: what a card does does not depend on who runs it.
"""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Floats, Indices
from planner.engine.fleet.load import INFEASIBLE
from planner.engine.fleet.ownership import offer_month
from planner.engine.fleet.self_hosted import Context
from planner.engine.permitted import machine_permitted
from planner.engine.search.eligible import TENSOR_PARALLEL, PlacedOffer
from planner.engine.search.search import Search
from planner.engine.search.select import Costed, Row, cheapest, costed_rows, scope_at
from planner.engine.specs import Catalog, Inputs, Offer

TRIED, CARDS = 3, 6
"""Replicas costed exactly: the cheapest by an estimate, and the cheapest on each of some cards."""
Hosts = dict[tuple[str, int, bool], PlacedOffer]
"""The cheapest endpoint by card, GPUs of a replica, and whether only the maker's own weights run there."""


def hosted(context: Context, found: Search) -> Costed | None:
    """The cheapest fleet of dedicated endpoints; None: none is allowed, or none costs less than the endpoints by token.

    `context`: with what people and months dedicated endpoints take.
    """
    if any(w.route == "self_host" for w in context.inputs.workload):
        return None
    hosts = _hosts(context)
    rows, places = _rows(found, hosts)
    if not rows.size:
        return None
    full, estimate = _estimates(context, found, rows, places)
    without = sum(INFEASIBLE if o.best is None else o.best.total for o in context.market.outsides)
    promising = np.flatnonzero(full < without)
    order = promising[np.argsort(estimate[promising], kind="stable")].tolist()
    each_card = {places[k].gpu.id: k for k in reversed(order)}
    tried = sorted({*order[:TRIED], *sorted(each_card.values(), key=order.index)[:CARDS]}, key=order.index)
    wanted = [_row(found, int(rows[k]), places[k]) for k in tried]
    best = cheapest(costed_rows(context, wanted))
    return best if best is not None and best.own.total < without else None


def is_allowed(inputs: Inputs, catalog: Catalog, offer: Offer) -> bool:
    """Whether residency, the plan's own weights, the pins and the preferences allow this endpoint."""
    pins, own = inputs.choice, inputs.fine_tuning
    sold = offer.market == "dedicated" or (offer.market == "serverless" and pins.allow_non_production)
    if not sold or not machine_permitted(inputs, offer) or offer.gpu_id not in catalog.gpus:
        return False
    if pins.offer is not None and catalog.offers[pins.offer].market == "dedicated" and offer.id != pins.offer:
        return False
    if (pins.gpu is not None and offer.gpu_id != pins.gpu) or offer.provider in pins.exclude_providers:
        return False
    if pins.prefer_gpus and offer.gpu_id not in pins.prefer_gpus:
        return False
    if own.answer == "yes" and not offer.own_weights:
        return False
    return own.answer != "yes" or offer.most_adapters is None or (own.adapters or 0) <= offer.most_adapters


def _hosts(context: Context) -> Hosts:
    catalog, best = context.catalog, Hosts()
    for offer in catalog.offers.values():
        if is_allowed(context.inputs, catalog, offer):
            for gpus in TENSOR_PARALLEL:
                if gpus == offer.gpu_count or offer.gpu_count < gpus <= (offer.most_gpus or 0):
                    month = offer_month(offer, catalog, context.usd_bought) * gpus / offer.gpu_count
                    key = offer.gpu_id, gpus, offer.native_weights_only
                    if key not in best or month < best[key].month:
                        best[key] = PlacedOffer(offer, catalog.gpus[offer.gpu_id], gpus, month)
    return best


def _rows(found: Search, hosts: Hosts) -> tuple[Indices, list[PlacedOffer]]:
    """Positions of usable replicas that a host has, each with the cheapest place that takes its weights."""
    c, rows = found.candidates, found.fitting[found.usable]
    formats = np.array([[f == m.native_format for f in c.formats] for m in c.models])
    native = formats[c.model_index[rows], c.format_index[rows]]
    by_place = [[hosts.get((p.gpu.id, p.tensor_parallel, only)) for only in (False, True)] for p in found.places]
    cheapest_of = [
        [any_weights, min((p for p in (any_weights, own) if p is not None), key=lambda p: p.month, default=None)]
        for any_weights, own in by_place
    ]
    has = np.array([[place is not None for place in pair] for pair in cheapest_of])
    at = np.flatnonzero(has[c.placement_index[rows], native.astype(np.intp)])
    taken = zip(c.placement_index[rows[at]].tolist(), native[at].tolist(), strict=True)
    places = [place for k, own in taken if (place := cheapest_of[k][own]) is not None]
    return found.usable[at], places


def _estimates(context: Context, found: Search, rows: Indices, places: list[PlacedOffer]) -> tuple[Floats, Floats]:
    """(rows,) 12 months of the plan if every replica were up only while it works, and with whole replicas."""
    p, screen = found.points.prediction, found.screen
    scope = found.candidates.model_index[found.fitting[rows]]
    work = (
        screen.tokens_s[scope, 0] * p.prefill_s_per_token[rows] + screen.tokens_s[scope, 1] * p.decode_s_per_token[rows]
    )
    month = np.array([place.month for place in places])
    factor = context.load.month_factor
    spent = (work[:, None] * factor).sum(axis=1) * month
    limit = context.assumptions.safe_utilisation_interactive
    whole = np.maximum(work[:, None] * factor / limit, 1.0).sum(axis=1) * month
    rest = screen.elsewhere[scope] + context.fixed_total
    return spent + rest, whole + rest


def _row(found: Search, position: int, place: PlacedOffer) -> Row:
    hourly = place.offer if place.offer.scales_to_zero else None
    return Row(position, scope_at(found, position), place, found.speed(position), hourly)
