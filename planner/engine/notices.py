"""What a reader must know before trusting the result: the prices it rests on, with their age, and what is odd in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.engine.api_prices import api_today
from planner.engine.ledger.strategies import Contest, best, best_outside_total, hosted, today, tuned
from planner.engine.quality import retires_within
from planner.engine.search.select import Costed
from planner.engine.specs import ApiModel, BreakEven, Choice, Citation, Inputs, PriceUsed, RouteShare
from planner.engine.specs.evaluation import Notice, PriceKind
from planner.engine.staleness import API_DAYS, FX_DAYS, RENT_DAYS, age_days, is_stale
from planner.engine.units import MONTHS


def prices_used(contest: Contest, choice: Choice | None, large: Costed | None, as_of: date) -> tuple[PriceUsed, ...]:
    """Every price the result rests on, each once; `large`: the fleet that break-evens are reckoned with."""
    catalog = contest.context.catalog
    fleets = [c.own for c in (contest.hybrid, contest.self_host, large) if c is not None]
    ids = [choice.offer] if choice is not None else []
    ids += [id for own in fleets for id in (own.offer_id, own.hourly_id) if id]
    offers = [catalog.offers[id] for id in dict.fromkeys(ids)]
    currencies = {contest.context.inputs.currency, *(offer.currency for offer in offers)} - {"USD"}
    return (
        *(_price("api", api.id, api.citation, as_of, API_DAYS) for api in _apis_in_use(contest)),
        *(_price("offer", offer.id, offer.citation, as_of, RENT_DAYS) for offer in offers),
        *(_price("fx", currency, catalog.fx_citation, as_of, FX_DAYS) for currency in sorted(currencies)),
    )


def _price(kind: PriceKind, id: str, cited: Citation, as_of: date, limit_days: int) -> PriceUsed:
    age, stale = age_days(cited.as_of, as_of), is_stale(cited.as_of, as_of, limit_days)
    return PriceUsed(kind, id, cited.as_of, cited.source, age, stale)


def _apis_in_use(contest: Contest) -> list[ApiModel]:
    """What any workload costs on, today or as a strategy would have it, each once."""
    legs = (pick(outside) for outside in contest.outsides for pick in (today, tuned, hosted, best))
    return list({leg.api.id: leg.api for leg in legs if leg is not None}.values())


def notices_of(
    contest: Contest,
    choice: Choice | None,
    routes: tuple[RouteShare, ...],
    break_even: tuple[BreakEven, ...],
    prices: tuple[PriceUsed, ...],
    as_of: date,
) -> tuple[Notice, ...]:
    """What a reader must know before trusting the result, each once."""
    found = [*_of_inputs(contest), *_of_apis(contest, as_of), *_of_barred(contest)]
    found += [Notice("stale", price=price) for price in prices if price.stale]
    found += [] if choice is None else _of_choice(contest, choice)
    found += [*_of_overrides(contest, routes), *_of_embeddings(contest, routes)]
    found += [Notice("beyond_fleet") for point in break_even[:1] if point.exceeds_capacity]
    provisional = tuple(route.workload for route in routes if route.provisional)
    found += [Notice("provisional", provisional)] if provisional else []
    return tuple(dict.fromkeys(found))


def _of_inputs(contest: Contest) -> Iterator[Notice]:
    inputs, apis = contest.context.inputs, contest.context.catalog.apis
    if inputs.volume.known != "yes":
        yield Notice("volume_estimated")
    halves = _half_and_half(inputs)
    if halves:
        yield Notice("half_and_half", halves)
    for workload in inputs.workload:
        factor = apis[api_today(workload, inputs)].tokenizer_factor
        if factor != 1.0:
            yield Notice("tokenizer", (workload.name,), amount=factor)


def _half_and_half(inputs: Inputs) -> tuple[str, ...]:
    """Work whose prompts are as long as its answers: nobody has measured it, it was typed."""
    work = (w for w in inputs.workload if w.kind != "embedding")
    return tuple(w.name for w in work if abs(w.input_tokens - w.output_tokens) < 1e-9)


def _of_apis(contest: Contest, as_of: date) -> Iterator[Notice]:
    for api in _apis_in_use(contest):
        if api.status == "legacy":
            yield Notice("legacy", api=api.id)
        if retires_within(api, as_of):
            after = dict.fromkeys(o.successor.name for o in contest.outsides if o.today.api is api and o.successor)
            yield Notice("retires", tuple(after), api=api.id)
        if api.status == "retired":
            yield Notice("retired", api=api.id)
        if api.peak_hours_per_week:
            yield Notice("peak_hours", api=api.id)
        for change in api.changes:
            yield Notice("price_change", api=api.id, day=change.from_date)


def _of_barred(contest: Contest) -> Iterator[Notice]:
    barred = tuple(o.workload.name for o in contest.outsides if o.best is None)
    if barred:
        yield Notice("no_api_may", barred)
        live = contest.context.live
        if live[0] < 1:
            first = next((m + 1 for m in range(MONTHS) if live[m] >= 1), 0)
            yield Notice("served_from", barred, amount=first)


def _of_choice(contest: Contest, choice: Choice) -> Iterator[Notice]:
    catalog, inputs = contest.context.catalog, contest.context.inputs
    offer = catalog.offers[choice.offer]
    if not offer.is_current:
        yield Notice("offer_gone")
    elif not offer.is_production:
        yield Notice("offer_market")
    if offer.commitment.startswith("reserved") and contest.hybrid_uses_gpus:
        yield Notice("commitment")
    if catalog.models[choice.model].commercial_use == "conditions":
        yield Notice("licence")
    interactive = contest.hybrid is not None and contest.hybrid.scope.interactive
    if interactive and choice.ttft_ms_p95 > inputs.objectives.ttft_ms_p95:
        yield Notice("slow_first_token")


def _of_overrides(contest: Contest, routes: tuple[RouteShare, ...]) -> Iterator[Notice]:
    """What sending work to own GPUs by hand costs, and where no own GPU can take what was sent."""
    fleet, outsides = contest.hybrid, contest.outsides
    asked = [w.name for w in contest.context.inputs.workload if w.route == "self_host"]
    inside = tuple(r.workload for r in routes if r.destination == "self_host" and r.workload in asked)
    left = tuple(name for name in asked if name not in inside)
    if inside and fleet is not None and all(o.best is not None for o in outsides):
        extra = fleet.own.total - best_outside_total(outsides)
        if extra > 0:
            yield Notice("dear_override", inside, amount=extra)
    if left:
        yield Notice("override_in_vain", left)


def _of_embeddings(contest: Contest, routes: tuple[RouteShare, ...]) -> Iterator[Notice]:
    moved = tuple(
        outside.workload.name
        for route, outside in zip(routes, contest.outsides, strict=True)
        if outside.workload.kind == "embedding" and route.model != outside.today.api.id
    )
    if moved:
        yield Notice("embed_anew", moved)
