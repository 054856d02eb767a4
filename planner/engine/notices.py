"""What a reader must know before trusting a result: the prices it rests on, with their age, and what is odd in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from math import ceil, log

from planner.engine import specs
from planner.engine.assumptions import range_of
from planner.engine.demand import SHORT_HISTORY_DAYS, p95_of
from planner.engine.fleet.ownership import offer_month
from planner.engine.ledger.strategies import Contest, best, best_outside_total, hosted, today, tuned
from planner.engine.limits import tokens_per_minute
from planner.engine.permitted import is_resident
from planner.engine.quality import context_needed, own_gate, retires_within
from planner.engine.search.select import Costed
from planner.engine.specs.inputs import UNSEEN
from planner.engine.specs.verdict import Impossible, Notice, OfApi, OfWork, PriceKind
from planner.engine.units import API_DAYS, FX_DAYS, MONTHS, RENT_DAYS, age_days, is_ahead, is_stale

P95_TOLERANCE = 0.01
LONGEST_P95 = 20.0
"""No p95 is more means: a twentieth of the requests would hold more than all of them."""
UNRATED_SHOWN = 2
"""Cheaper closed models that nobody has rated, named for each work."""
FAR = 2.0
"""Two answers about one volume that differ by more cannot both be meant."""


def prices_used(
    contest: Contest, choice: specs.Choice | None, large: Costed | None, as_of: date
) -> tuple[specs.PriceUsed, ...]:
    """Every price the result rests on, each once; `large`: the fleet that break-evens are reckoned with."""
    catalog = contest.context.catalog
    fleets = [c.own for c in (contest.hybrid, contest.self_host, contest.dedicated, large) if c is not None]
    ids = [choice.offer] if choice is not None else []
    ids += [id for own in fleets for id in own.offer_ids]
    offers = [catalog.offers[id] for id in dict.fromkeys(ids)]
    currencies = {contest.context.inputs.currency, *(offer.currency for offer in offers)} - {"USD"}
    return (
        *(_price("api", api.id, api.citation, as_of, API_DAYS) for api in _apis_in_use(contest)),
        *(_price("offer", offer.id, offer.citation, as_of, RENT_DAYS) for offer in offers),
        *(_price("fx", currency, catalog.fx_citation, as_of, FX_DAYS) for currency in sorted(currencies)),
    )


def _price(kind: PriceKind, id: str, cited: specs.Citation, as_of: date, limit_days: int) -> specs.PriceUsed:
    age, stale = age_days(cited.as_of, as_of), is_stale(cited.as_of, as_of, limit_days)
    return specs.PriceUsed(kind, id, cited.as_of, cited.source, age, stale)


def _apis_in_use(contest: Contest) -> list[specs.ApiModel]:
    """What any workload costs on, today or as a strategy would have it, each once."""
    legs = (pick(outside) for outside in contest.outsides for pick in (today, tuned, hosted, best))
    return list({leg.api.id: leg.api for leg in legs if leg is not None}.values())


def notices_of(
    contest: Contest,
    choice: specs.Choice | None,
    routes: tuple[specs.RouteShare, ...],
    break_even: tuple[specs.BreakEven, ...],
    prices: tuple[specs.PriceUsed, ...],
    impossible: tuple[Impossible, ...],
    as_of: date,
) -> tuple[Notice, ...]:
    """What a reader must know before trusting the result, each once."""
    found = [Notice("impossible", impossible=measured) for measured in impossible]
    found += [*_of_inputs(contest), *_of_volume(contest), *_of_evaluations(contest.context.inputs)]
    found += [*_of_today(contest), *_of_apis(contest, as_of)]
    found += [*_of_moves(contest, routes), *_of_discounts(contest, routes), *_of_limits(contest), *_of_barred(contest)]
    found += [Notice("stale", price=price) for price in prices if price.stale]
    found += [Notice("ahead", price=price, day=price.as_of) for price in prices if is_ahead(price.as_of, as_of)]
    found += [] if choice is None else _of_choice(contest, choice)
    found += [*_of_judgement(contest, routes), *_of_overrides(contest, routes), *_of_embeddings(contest, routes)]
    found += [Notice("beyond_fleet") for point in break_even[:1] if point.exceeds_capacity]
    provisional = tuple(route.workload for route in routes if route.provisional)
    found += [Notice("provisional", provisional)] if provisional else []
    return tuple(dict.fromkeys(found))


def departures(prices: Iterable[specs.PriceUsed], catalog: specs.Catalog, listed: specs.Catalog) -> Iterator[Notice]:
    """Prices of `catalog` that are far from what is `listed` under the same name, each with the factor between them."""
    for price in prices:
        pairs = zip(_amounts(price, catalog), _amounts(price, listed), strict=False)
        factor = next((own / found for own, found in pairs if _far(own, found) and found > 0), None)
        if factor is not None:
            yield Notice("departs", price=price, amount=factor)


def _amounts(price: specs.PriceUsed, catalog: specs.Catalog) -> tuple[float, ...]:
    """In dollars; nothing where the catalogue holds no such price."""
    if price.kind == "api" and (api := catalog.apis.get(price.id)):
        return api.input_usd_per_mtok, api.output_usd_per_mtok
    if price.kind == "offer" and (offer := catalog.offers.get(price.id)):
        return (offer_month(offer, catalog, 1.0) / offer.gpu_count,)
    return (catalog.usd_per[price.id],) if price.kind == "fx" and price.id in catalog.usd_per else ()


def _of_inputs(contest: Contest) -> Iterator[Notice]:
    inputs, apis = contest.context.inputs, contest.context.catalog.apis
    if inputs.volume.known != "yes":
        yield Notice("volume_estimated")
    elif (days := inputs.volume.history_days) is not None and days < SHORT_HISTORY_DAYS:
        yield Notice("short_history", amount=days)
    work = (w for w in inputs.workload if w.kind != "embedding")
    # work whose prompts are as long as its answers: nobody has measured it, it was typed
    halves = tuple(w.name for w in work if abs(w.input_tokens - w.output_tokens) < 1e-9)
    if halves:
        yield Notice("half_and_half", halves)
    for workload in inputs.workload:
        yield from _of_lengths(workload)
        factor = apis[inputs.api_today(workload)].tokenizer_factor
        if factor != 1.0:
            yield Notice("tokenizer", (workload.name,), amount=factor)


def _of_today(contest: Contest) -> Iterator[Notice]:
    """Gates that the API models in use today do not pass, each with the work that it is about."""
    missed: dict[tuple[str, specs.Refusal], list[str]] = {}
    for outside in contest.outsides:
        api = outside.today.api
        why = outside.today_barred or own_gate(contest.context.inputs, contest.context.catalog, outside.workload, api)
        if why is not None:
            missed.setdefault((api.id, why), []).append(outside.workload.name)
    for (id, why), names in missed.items():
        yield Notice("today_misses", tuple(names), api=id, why=why)
    unrated: dict[str, list[str]] = {}
    for outside in contest.outsides:
        for id in outside.unrated[:UNRATED_SHOWN]:
            unrated.setdefault(id, []).append(outside.workload.name)
    for id, names in unrated.items():
        yield Notice("not_rated", tuple(names), api=id)


def _of_lengths(w: specs.Workload) -> Iterator[Notice]:
    """Lengths of one workload that cannot all be true; at least a twentieth of the requests reach a p95."""
    for p95, mean in ((w.input_tokens_p95, w.input_tokens), (w.output_tokens_p95, w.output_tokens)):
        if p95 is not None and not mean <= p95 <= LONGEST_P95 * mean:
            yield Notice("p95_short" if p95 < mean else "p95_long", (w.name,), amount=p95, beside=mean)
    if w.max_context is not None and w.max_context < round(w.input_tokens + w.output_tokens):
        yield Notice("context_short", (w.name,), amount=w.max_context, beside=context_needed(w))


def _of_volume(contest: Contest) -> Iterator[Notice]:
    """Answers about one volume that contradict each other."""
    inputs = contest.context.inputs
    stated, reached = inputs.volume.p95_tokens_per_day, p95_of(contest.context.load)
    if stated is not None and abs(reached / stated - 1) > P95_TOLERANCE:
        yield Notice("p95_above" if stated > reached else "p95_below", amount=reached)
    months, today = inputs.volume.tokens_per_day_by_month, float(contest.context.load.tokens_per_day.sum())
    if months is None:
        return
    grown = today * (1 + inputs.volume.growth_per_month.mid) ** MONTHS
    if _far(months[0], today):
        yield Notice("months_jump", amount=months[0], beside=today)
    elif inputs.volume.growth_per_month.mid and _far(months[-1], grown):
        yield Notice("months_growth", amount=months[-1], beside=grown)


def _far(one: float, other: float) -> bool:
    return max(one, other) > FAR * min(one, other)


def _of_evaluations(inputs: specs.Inputs) -> Iterator[Notice]:
    """Gaps that would decide a gate if there were prompts enough to show them."""
    margin = inputs.quality.margin_fraction
    for e in inputs.quality.evaluation:
        seen = 1 - margin if e.gap_high_fraction <= margin < e.most_gap else 1.0
        seen = margin if e.gap_low_fraction > margin >= e.least_gap else seen
        if seen < 1:
            yield Notice("few_prompts", (e.model,), amount=e.prompts, beside=ceil(log(UNSEEN) / log(seen)))


def _of_apis(contest: Contest, as_of: date) -> Iterator[Notice]:
    for api in _apis_in_use(contest):
        if api.status == "legacy":
            yield Notice("legacy", api=api.id)
        if retires_within(api, as_of):
            after = dict.fromkeys(o.successor.name for o in contest.outsides if o.today.api is api and o.successor)
            yield Notice("retires", tuple(after), api=api.id)
        if api.status == "retired":
            yield Notice("retired", api=api.id)
        if (api.cache_read_usd_per_mtok or 0.0) > api.input_usd_per_mtok:
            yield Notice("cache_dear", api=api.id)
        if api.peak_hours_per_week:
            yield Notice("peak_hours", api=api.id)
        for change in api.changes:
            yield Notice("price_change", api=api.id, day=change.from_date)


def _of_discounts(contest: Contest, routes: tuple[specs.RouteShare, ...]) -> Iterator[Notice]:
    """Work that leaves a negotiated price, which may hang on a promised spend that no contract of the plan states."""
    told = {each.provider.casefold() for each in contest.context.inputs.commitment}
    left: dict[str, list[str]] = {}
    for route, outside in zip(routes, contest.outsides, strict=True):
        api = outside.today.api
        if api.negotiated and route.model != api.id and api.provider.casefold() not in told:
            left.setdefault(api.id, []).append(route.workload)
    for id, names in left.items():
        yield Notice("discount_left", tuple(names), api=id)


def _of_moves(contest: Contest, routes: tuple[specs.RouteShare, ...]) -> Iterator[Notice]:
    """What work loses on the way to where it goes, and what has to be told there to keep it as it is."""
    carry, said = contest.context.market.book.carry, dict[tuple[OfApi, str, float], list[str]]()
    for route, outside in zip(routes, contest.outsides, strict=True):
        id, work = route.overflow_model or route.model, outside.workload
        leg = next((leg for leg in (*outside.alternatives, outside.today) if leg.api.id == id), None)
        if leg is None:
            continue
        hits = float(carry.hits([work], [leg.api])[0, 0])
        longer = carry.longer(work, leg.api)
        if leg.adapter and contest.context.inputs.fine_tuning.adapters is None:
            said.setdefault(("adapters_only", leg.api.id, 0.0), []).append(work.name)
        if hits < 1.0 and work.cached_input_fraction > 0:
            said.setdefault(("cache_moved", leg.api.id, 100 * hits), []).append(work.name)
        if longer > 1.0:
            said.setdefault(("thinks_more", leg.api.id, longer), []).append(work.name)
        elif leg.api.thinks == "on" and longer == 1.0 and carry.kept_from_thinking(work):
            said.setdefault(("tell_not_to_think", leg.api.id, carry.thinking), []).append(work.name)
        if not (leg.api.ttft_ms_p95 and leg.api.tpot_ms) and _held_to_more(contest.context.inputs, work):
            said.setdefault(("speed_unknown", leg.api.id, 0.0), []).append(work.name)
    for (kind, id, amount), names in said.items():
        yield Notice(kind, tuple(names), api=id, amount=amount)


def _held_to_more(inputs: specs.Inputs, work: specs.Workload) -> bool:
    """Whether the plan asks of interactive work more than is asked where it says nothing."""
    usual, asked = specs.Objectives(), inputs.objectives
    stricter = asked.ttft_ms_p95 < usual.ttft_ms_p95 or asked.tpot_ms < usual.tpot_ms
    return stricter and work.latency == "interactive" and work.kind != "embedding"


def _of_limits(contest: Contest) -> Iterator[Notice]:
    """Work that is too much for an endpoint without a contract."""
    context = contest.context
    most = range_of(context.inputs, context.catalog, "shared_endpoint_tokens_per_minute").mid
    for row, work in enumerate(context.inputs.workload):
        needed = tokens_per_minute(work, context.load, row)
        if needed > most:
            yield Notice("beyond_shared", (work.name,), amount=needed, beside=most)


def of_commitments(uses: Iterable[specs.CommitmentUse], strategy: specs.Strategy | None) -> Iterator[Notice]:
    """What the recommended strategy leaves unused of a commitment."""
    for use in uses:
        if use.strategy == strategy and use.unused >= 0.5:
            kind: OfWork = "commitment_owed" if use.owed > 0 else "commitment_unused"
            yield Notice(kind, (use.name,), amount=use.owed or use.unused, beside=use.used)


def _of_barred(contest: Contest) -> Iterator[Notice]:
    barred = tuple(o.workload.name for o in contest.outsides if o.best is None)
    if barred:
        yield Notice("no_api_may", barred)
        live = contest.context.live
        if contest.hybrid is not None and live[0] < 1:
            first = next((m + 1 for m in range(MONTHS) if live[m] >= 1), 0)
            yield Notice("served_from", barred, amount=first)


def _of_choice(contest: Contest, choice: specs.Choice) -> Iterator[Notice]:
    catalog, inputs = contest.context.catalog, contest.context.inputs
    offer = catalog.offers[choice.offer]
    if not offer.is_current:
        yield Notice("offer_gone")
    elif catalog.gpus[offer.gpu_id].is_desktop:
        yield Notice("desktop")
    elif not offer.is_production:
        yield Notice("offer_market")
        if offer.market == "spot":
            rate, up = contest.context.assumptions.spot_interruptions_per_month, choice.up_fraction
            yield Notice("interrupted", amount=rate, beside=1 - up)
    if catalog.gpus[offer.gpu_id].is_geforce:
        yield Notice("geforce")
    if offer.commitment.startswith("reserved") and contest.hybrid_uses_gpus:
        yield Notice("commitment")
    if catalog.models[choice.model].commercial_use == "conditions":
        yield Notice("licence")
    interactive = contest.hybrid is not None and contest.hybrid.scope.interactive
    if interactive and choice.ttft_ms_p95 > inputs.objectives.ttft_ms_p95:
        yield Notice("slow_first_token")


def _of_judgement(contest: Contest, routes: tuple[specs.RouteShare, ...]) -> Iterator[Notice]:
    """Work on an open model although the user judged it too hard for one: residency leaves nothing else."""
    inputs = contest.context.inputs
    if inputs.quality.answer == "no":
        bound = {w.name for w in inputs.workload if is_resident(inputs, w) and w.route == "auto"}
        taken = (r for r in routes if r.destination in ("self_host", "hosted_open") and r.provisional)
        against = tuple(r.workload for r in taken if r.workload in bound)
        if against:
            yield Notice("against_judgement", against)


def _of_overrides(contest: Contest, routes: tuple[specs.RouteShare, ...]) -> Iterator[Notice]:
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


def _of_embeddings(contest: Contest, routes: tuple[specs.RouteShare, ...]) -> Iterator[Notice]:
    moved = tuple(
        outside.workload.name
        for route, outside in zip(routes, contest.outsides, strict=True)
        if outside.workload.kind == "embedding" and route.model != outside.today.api.id
    )
    if moved:
        yield Notice("embed_anew", moved)
