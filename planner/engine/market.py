"""Where each workload goes when it is not self-hosted: as today, a better-chosen API model, a hosted open model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.engine.api_prices import PriceBook, price_book, share_after, unit_costs, unit_costs_of
from planner.engine.arrays import Floats
from planner.engine.assumptions import range_of
from planner.engine.carry import carry_of
from planner.engine.contracts import Rooms
from planner.engine.demand import Load
from planner.engine.limits import Limits, tokens_per_minute
from planner.engine.permitted import endpoint_obstacle
from planner.engine.quality import (
    api_obstacle,
    endpoint_has_passed,
    gate,
    hosted_obstacle,
    is_todays_model,
    retires_within,
    serves_own,
    stays_on_api,
)
from planner.engine.specs import ApiModel, Catalog, Inputs, Refusal, Workload
from planner.engine.tokens import tokens_of, tokens_today
from planner.engine.units import DAYS_PER_MONTH, MONTHS, MTOK
from planner.records import dataclass

ENOUGH_LEGS = 8


@dataclass(frozen=True, slots=True)
class PricedEndpoint:
    """One workload on one API model for 12 months."""

    api: ApiModel
    costs: Floats
    """(12, 5) plan currency a month by `pricing.API_BUCKETS`."""
    batched: bool
    """Goes through the batch tier."""
    provisional: bool
    """Rests on a level, not on an evaluation or on today's use."""
    adapter: bool = False
    """Serves the plan's own adapters of the model."""

    @property
    def total(self) -> float:
        return float(self.costs.sum())

    @property
    def monthly(self) -> Floats:
        """(12,)"""
        summed: Floats = self.costs.sum(axis=1)
        return summed


@dataclass(frozen=True, slots=True)
class EndpointChoices:
    """The API side of one workload. None: no allowed model of that sort."""

    workload: Workload
    today: PricedEndpoint
    tuned: PricedEndpoint | None
    """Cheapest allowed closed API model, batch tier for background work."""
    hosted: PricedEndpoint | None
    """Cheapest allowed open model hosted by somebody, as its maker published it."""
    alternatives: tuple[PricedEndpoint, ...]
    """The cheapest allowed legs, in order: a few, and one of each sort where there is one."""
    today_barred: Refusal | None
    """Why the work may not stay where it runs today; None where it may."""
    unrated: tuple[str, ...] = ()
    """Closed models that are cheaper than any that may take the work, and out only because nobody has rated them."""
    successor: ApiModel | None = None
    """What the work costs once today's model retires inside the 12 months; None: it does not, or nothing may follow."""

    meanwhile: PricedEndpoint | None = None
    """Where no endpoint may take the work: what does until own GPUs are live; None: nobody."""

    @property
    def waits(self) -> bool:
        """Nobody serves it until own GPUs are live."""
        return self.best is None and self.meanwhile is None

    @property
    def best(self) -> PricedEndpoint | None:
        """What the planner would use: the cheapest allowed, or the kind the user asked for."""
        asked = {"api": self.tuned, "hosted_open": self.hosted}.get(self.workload.route)
        return asked or next(iter(self.alternatives), None)


@dataclass(frozen=True, slots=True)
class Market:
    """Everything the API side needs, computed once for a plan."""

    book: PriceBook
    mtok_per_month: Floats
    """(W, 12) million baseline tokens."""
    outsides: tuple[EndpointChoices, ...]
    best_months: Floats
    """(W, 12) plan currency of each workload's best leg; 0 where nothing is allowed."""
    may_leave: NDArray[np.bool_]
    """(W,) has an allowed leg."""


AT_ONCE = 16
"""Workloads priced together: hundreds on thousands of endpoints would take gigabytes."""


def market_of(inputs: Inputs, catalog: Catalog, load: Load, as_of: date) -> Market:
    """Prices every workload on every allowed API model. Raises KeyError for an unknown API id of the plan."""
    used = {inputs.api_today(w) for w in inputs.workload}
    apis = [a for a in catalog.apis.values() if a.status not in ("retired", "doubtful") or a.id in used]
    rate, carry = catalog.usd_per[inputs.currency] / inputs.gross, carry_of(inputs, catalog)
    book = price_book(apis, as_of, rate, catalog.tokenizers, carry)
    volumes = load.tokens_per_day[:, None] * load.month_factor[None, :] * DAYS_PER_MONTH / MTOK
    outsides: list[EndpointChoices] = []
    most = range_of(inputs, catalog, "shared_endpoint_tokens_per_minute").mid
    limits, rooms = Limits(inputs, catalog, carry, most, {}), Rooms.of(inputs.commitment, as_of, inputs.gross)
    for start in range(0, len(inputs.workload), AT_ONCE):
        work, mtok = inputs.workload[start : start + AT_ONCE], volumes[start : start + AT_ONCE]
        today = [tokens_today(inputs, catalog, w) for w in work]
        costs = unit_costs_of(work, book, today, [tuned_batch_fraction(w) for w in work])
        costs *= mtok[:, None, :, None]
        for i, w in enumerate(work):
            sent = tokens_per_minute(w, load, start + i)
            outsides.append(_outside(w, mtok[i], costs[i], limits, rooms, sent, book, as_of))
    for group in shared_indexes(inputs):
        for i, moved in zip(group, _together([outsides[i] for i in group]), strict=True):
            outsides[i] = moved
    legs = [o.best for o in outsides]
    months = np.stack([np.zeros(MONTHS) if leg is None else leg.monthly for leg in legs])
    return Market(book, volumes, tuple(outsides), months, np.array([leg is not None for leg in legs]))


def is_shared_open(leg: PricedEndpoint) -> bool:
    """An open model as anybody may call it, not with adapters of one's own."""
    return leg.api.is_hosted_open and not leg.adapter


def shared_indexes(inputs: Inputs) -> list[tuple[int, ...]]:
    """Embedding workloads that run on one model today: their vectors are compared, so they move together or not."""
    groups: dict[str, list[int]] = {}
    for i, workload in enumerate(inputs.workload):
        if workload.kind == "embedding":
            groups.setdefault(inputs.api_today(workload), []).append(i)
    return [tuple(rows) for rows in groups.values()]


def _together(outsides: Sequence[EndpointChoices]) -> list[EndpointChoices]:
    """The same workloads with only the endpoints that may take all of them, the cheapest for all of them first."""
    legs = [{leg.api.id: leg for leg in outside.alternatives} for outside in outsides]
    common = [id for id in legs[0] if all(id in other for other in legs)]
    if not common:
        return list(outsides)
    order = sorted(common, key=lambda id: sum(each[id].total for each in legs))
    return [
        replace(
            outside,
            tuned=next((each[id] for id in order if not each[id].api.is_hosted_open), None),
            hosted=next((each[id] for id in order if is_shared_open(each[id])), None),
            alternatives=tuple(each[id] for id in order),
        )
        for outside, each in zip(outsides, legs, strict=True)
    ]


def tuned_batch_fraction(workload: Workload) -> float:
    """Background work can all wait for the batch tier; interactive work keeps today's share."""
    return 1.0 if workload.latency == "background" else workload.batch_fraction


def _outside(
    workload: Workload,
    mtok: Floats,
    costs: Floats,
    limits: Limits,
    rooms: Rooms,
    sent: float,
    book: PriceBook,
    as_of: date,
) -> EndpointChoices:
    """`costs`: (A, 12, 5) plan currency of all of the work on each API model, with the batch share it would have.

    `sent`: tokens a minute; what the picks take of an endpoint is not there for the next workload.
    """
    inputs, catalog = limits.inputs, limits.catalog
    baseline = catalog.apis[inputs.api_today(workload)]
    tokens = tokens_of(catalog, baseline, workload)
    as_now = _asked_as_now(workload, baseline, tokens, mtok, costs, book)
    legs, unrated = _allowed_legs(workload, limits, rooms, sent, book, costs, as_of)
    after = _successor(baseline, legs, as_of)
    if after is not None and baseline.retires_on is not None:
        gone = share_after(baseline.retires_on, as_of)[:, None]
        as_now = as_now * (1 - gone) + _asked_as_now(workload, after.api, tokens, mtok, costs, book) * gone
    choices = EndpointChoices(
        workload,
        PricedEndpoint(baseline, as_now, workload.batch_fraction > 0, provisional=False),
        tuned=next((leg for leg in legs if not leg.api.is_hosted_open), None),
        hosted=next((leg for leg in legs if is_shared_open(leg)), None),
        alternatives=tuple(legs),
        today_barred=api_obstacle(inputs, catalog, workload, baseline, as_of)
        or hosted_obstacle(inputs, workload, catalog.models.get(baseline.hf_id or "")),
        successor=None if after is None else after.api,
        unrated=unrated,
    )
    if choices.best is None and _stays_until_live(inputs, workload, baseline):
        choices = replace(choices, meanwhile=choices.today)
    for id in {leg.api.id for leg in (choices.tuned, choices.hosted, choices.best) if leg is not None}:
        limits.taken[id] = limits.taken.get(id, 0.0) + sent
    if choices.best is not None:
        rooms.take(choices.best.api.provider, choices.best.monthly)
    return choices


def _asked_as_now(
    workload: Workload, api: ApiModel, tokens: float, mtok: Floats, costs: Floats, book: PriceBook
) -> Floats:
    """(12, 5) of all the work on a model, with the batch share that it has today."""
    if tuned_batch_fraction(workload) == workload.batch_fraction:
        own: Floats = costs[book.rows[api.id]].copy()  # a view would keep the costs of all
        return own
    each: Floats = unit_costs(workload, book.only([api.id]), tokens, workload.batch_fraction)[0] * mtok[:, None]
    return each


def _stays_until_live(inputs: Inputs, workload: Workload, baseline: ApiModel) -> bool:
    """Whether work that only own GPUs may take runs on as it does today until they are live."""
    asked = inputs.operations.until_live
    return asked == "as_today" or (asked == "auto" and endpoint_obstacle(inputs, workload, baseline) is None)


def _successor(baseline: ApiModel, legs: Sequence[PricedEndpoint], as_of: date) -> PricedEndpoint | None:
    """Where the work goes when today's model retires inside the 12 months: the cheapest closed model that may take it,
    else the cheapest of all."""
    others = [leg for leg in legs if leg.api.id != baseline.id and not leg.adapter]
    if not retires_within(baseline, as_of) or not others:
        return None
    return next((leg for leg in others if not leg.api.is_hosted_open), others[0])


def _allowed_legs(
    workload: Workload, limits: Limits, rooms: Rooms, sent: float, book: PriceBook, costs: Floats, as_of: date
) -> tuple[list[PricedEndpoint], tuple[str, ...]]:
    """Allowed legs, cheapest first: the first few, and at least one closed and one hosted where there is any.

    What a contract pays anyway is no cost of a leg here.

    For embeddings all of them, since several workloads may have to agree on one. Second: cheaper closed models that are
    out only because nobody has rated them.
    """
    found = _Legs(workload, len(costs) if workload.kind == "embedding" else ENOUGH_LEGS)
    inputs, catalog = limits.inputs, limits.catalog
    none_open = not inputs.quality.evaluation and stays_on_api(inputs, workload) is not None
    found.missing = {False} if none_open else {True, False}
    batched = tuned_batch_fraction(workload) > 0
    for row in rooms.order([api.provider for api in book.apis], costs.sum(axis=2)):
        api = book.apis[row]
        if found.has_enough(api):
            continue
        why = api_obstacle(inputs, catalog, workload, api, as_of)
        if why is not None:
            found.note_unrated(api, why, as_of)
            continue
        if limits.obstacle(workload, api, sent):
            continue
        allowed, provisional = _open_gate(workload, inputs, catalog, api)
        cheaper = batched and bool(book.batch_factor[row] < 1)
        leg = PricedEndpoint(api, costs[row].copy(), cheaper, provisional, adapter=serves_own(inputs, api))
        if allowed:
            found.take(leg, endpoint_has_passed(inputs, workload, api), leaves=retires_within(api, as_of))
    return found.in_order(), tuple(found.unrated)


class _Legs:
    """Endpoints that may take some work, gathered from the cheapest on.

    Of two that reach its level, one without a figure does not beat one with a figure: it is taken where none has one,
    or where the user asked for its sort and none of that sort has one.
    """

    def __init__(self, workload: Workload, enough: int) -> None:
        self.asked = {"api": False, "hosted_open": True}.get(workload.route)
        self.enough = enough
        self.vectors = workload.kind == "embedding"
        """No such model has a figure: the list is of text."""
        self.missing: set[bool] = set()
        """Sorts of endpoint, hosted open or not, of which there is none yet."""
        self.known: list[PricedEndpoint] = []
        self.without_figure: list[PricedEndpoint] = []
        self.last: list[PricedEndpoint] = []
        self.rank: dict[str, int] = {}
        self.unrated: list[str] = []
        self.rated = False

    def has_enough(self, api: ApiModel) -> bool:
        return len(self.known) >= self.enough and api.is_hosted_open not in self.missing

    def note_unrated(self, api: ApiModel, why: Refusal, as_of: date) -> None:
        """A closed model that is out for want of any rating, while nothing cheaper was found, and stays on sale."""
        cheaper = not self.known and api.serves is None and not api.is_hosted_open
        if cheaper and why.ground == "level" and why.figures[0] is None and not retires_within(api, as_of):
            self.unrated.append(api.id)

    def take(self, leg: PricedEndpoint, passed: bool, *, leaves: bool) -> None:
        """`passed`: on an evaluation; `leaves`: today's model, which ends, so only where nothing else may."""
        figure = (leg.api.composite is not None or passed) and not self.vectors
        self.rank[leg.api.id] = len(self.rank)
        if leaves:
            self.last.append(leg)
        elif figure or not leg.provisional:
            self.rated = self.rated or figure
            self.known.append(leg)
            self.missing.discard(leg.api.is_hosted_open)
        else:
            self.without_figure.append(leg)

    def in_order(self) -> list[PricedEndpoint]:
        """Cheapest first."""
        others = self.without_figure
        if self.rated:
            others = [leg for leg in others if leg.api.is_hosted_open is self.asked and self.asked in self.missing]
        return sorted([*self.known, *others], key=lambda leg: self.rank[leg.api.id]) or self.last


def _open_gate(workload: Workload, inputs: Inputs, catalog: Catalog, api: ApiModel) -> tuple[bool, bool]:
    """(allowed, provisional): today's model unless its weights may not; others that are open pass their gate."""
    if hosted_obstacle(inputs, workload, catalog.models.get(api.hf_id or "")):
        return False, False
    known = api.id == inputs.api_today(workload) or is_todays_model(inputs, workload, api)
    if known or endpoint_has_passed(inputs, workload, api):
        return True, False
    if not api.is_hosted_open:
        return True, True
    if api.hf_id is None or api.hf_id not in catalog.models:
        return stays_on_api(inputs, workload) is None, True
    result = gate(inputs, catalog, workload, catalog.models[api.hf_id])
    return result.allowed, result.provisional
