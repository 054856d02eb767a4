"""What is recommended, the fact that decided it, what it has to beat, and what to do next.

What a reader must know before trusting it: the prices it rests on, with their age, and what is odd in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import ceil, log

import numpy as np

from planner.engine import specs
from planner.engine.demand import p95_of
from planner.engine.ledger.months import payback_month
from planner.engine.ledger.strategies import Contest, best, best_outside_total, hosted, today, tuned
from planner.engine.names import API_STRATEGIES, BEST_MIX, CLOSED_API_STRATEGIES, OWN_STRATEGIES, STRATEGIES
from planner.engine.quality import context_needed, own_gate, retires_within
from planner.engine.questions import VerdictInputs, rule_of_thumb, winning_cases
from planner.engine.search.select import Costed
from planner.engine.specs.inputs import UNSEEN
from planner.engine.specs.money import cheapest_of
from planner.engine.specs.verdict import DecidingFact, Impossible, NextStep, Notice, PriceKind
from planner.engine.units import API_DAYS, FX_DAYS, MONTHS, RENT_DAYS, age_days, is_ahead, is_stale

ENOUGH_YES = 4
P95_TOLERANCE = 0.01
LONGEST_P95 = 20.0
"""No p95 is more means: a twentieth of the requests would hold more than all of them."""
FAR = 2.0
"""Two answers about one volume that differ by more cannot both be meant."""
VOLUME_INPUTS = frozenset({"volume", "growth", "cached_shift"})
PRICE_INPUTS = frozenset({"api_change_per_year", "gpu_change_per_year"})


def verdict_of(case: VerdictInputs, questions: Sequence[specs.QuestionAnswer]) -> specs.Verdict:
    """The recommendation with everything a person needs to check it."""
    cases = winning_cases(case, own_saves(case))
    ready = sum(q.answer == "yes" for q in questions) >= ENOUGH_YES or any(c.holds for c in cases)
    recommendation, fact = recommend(case, ready)
    return specs.Verdict(
        recommendation=recommendation,
        strategy=strategy_of(case.ledgers, recommendation),
        rival=rival_of(case.ledgers, recommendation, case.uses_own),
        fact=fact,
        cases=cases,
        next_steps=next_steps(case, recommendation),
        flips=case.flips,
        probability_cheaper=case.probability,
        switch_saving=_switch_saving(case),
        rule_of_thumb_tokens_per_day=rule_of_thumb(case.inputs, case.catalog),
    )


def own_saves(case: VerdictInputs) -> bool:
    """Own GPUs save enough, surely enough, against the best strategy without them."""
    own, api = case.best_own, case.best_api
    if own is None or api is None:
        return own is not None
    needed = float(api.total) * (1 - case.saving_needed)
    return float(own.total) <= needed and case.probability >= case.probability_needed


def recommend(case: VerdictInputs, ready: bool) -> tuple[specs.Recommendation, DecidingFact]:
    """The recommendation and the fact that decided it; `ready`: the answers or a winning case speak for own GPUs."""
    own, api = case.best_own, case.best_api
    if api is None:
        if own is None:
            return "self_host", DecidingFact("nothing_inside")
        return _own_kind(case, own), DecidingFact("inside")
    if own is not None and case.uses_own and own_saves(case):
        if ready:
            return _own_kind(case, own), DecidingFact("own_cheaper")
        return _api_kind(case, api), DecidingFact("not_ready")
    return _api_kind(case, api), _why_api(case, own, api)


def _own_kind(case: VerdictInputs, own: specs.StrategyLedger) -> specs.Recommendation:
    everything = all(r.destination == "self_host" and r.overflow_fraction < 0.001 for r in case.routes)
    return "self_host" if own.strategy == "self_host" or everything else "hybrid"


def _api_kind(case: VerdictInputs, api: specs.StrategyLedger) -> specs.Recommendation:
    if api.strategy != "hosted_open":
        return "api"
    closed = case.cheapest(*CLOSED_API_STRATEGIES)
    return "hosted_open" if closed is None or _worth_moving(case, closed, api) else "api"


def _worth_moving(case: VerdictInputs, now: specs.StrategyLedger, then: specs.StrategyLedger) -> bool:
    """Moving work saves enough of the bill, and more than the move costs."""
    before, after = float(now.total), float(then.total)
    return after <= before * (1 - case.saving_needed) and before - after > case.switching_cost


def _switch_saving(case: VerdictInputs) -> float | None:
    today, best = case.cheapest("api_today"), case.best_api
    if today is None or best is None or not _worth_moving(case, today, best):
        return None
    return float(today.total) - float(best.total)


def _why_api(case: VerdictInputs, own: specs.StrategyLedger | None, api: specs.StrategyLedger) -> DecidingFact:
    point = next((row for row in case.break_even if row.api_model == BEST_MIX), None)
    if case.choice is None:
        return DecidingFact("no_model")
    if own is not None and case.uses_own and own.total < api.total:
        saving = 1 - float(own.total) / float(api.total)
        return DecidingFact("not_sure", saving, case.saving_needed, case.probability_needed)
    if point is None or point.with_people is None:
        return DecidingFact("never_pays")
    if case.demand.mean_today_tokens_per_day < point.with_people:
        return DecidingFact("below_break_even")
    return DecidingFact("set_up_not_repaid")


def _kind(strategy: specs.Strategy) -> specs.Recommendation:
    """Both API strategies are one recommendation: stay, and tune."""
    return "api" if strategy == "api_today" or strategy == "api_tuned" else strategy


def strategy_of(
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger], recommendation: specs.Recommendation
) -> specs.Strategy | None:
    """Whose ledger stands for the recommendation: the cheapest of its kind."""
    found = cheapest_of(ledgers, (s for s in STRATEGIES if _kind(s) == recommendation))
    return None if found is None else found.strategy


def rival_of(
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger], recommendation: specs.Recommendation, uses_own: bool
) -> specs.Strategy | None:
    """The cheapest strategy from the other side of the question; a forbidden one only where nothing allowed is left.

    Own GPUs are set against the best without them, an open model hosted by others against the closed APIs, an API
    against own GPUs: the two numbers that answer "should we self-host?". Where that side is empty, the cheapest of any
    other kind. Costs that are the same in every month are the recommended strategy by another name, and no rival.
    """
    own = strategy_of(ledgers, recommendation)
    same = [] if own is None else [month.total for month in ledgers[own].months]

    def differs(strategy: specs.Strategy) -> bool:
        return _kind(strategy) != recommendation and [month.total for month in ledgers[strategy].months] != same

    others = [s for s in STRATEGIES if differs(s)]
    sides = (cheapest_of(ledgers, (s for s in others if s in side)) for side in _across(recommendation, uses_own))
    return next((ledger.strategy for ledger in sides if ledger is not None), None)


def _across(recommendation: specs.Recommendation, uses_own: bool) -> tuple[tuple[specs.Strategy, ...], ...]:
    """The strategies on the other side, the most telling first; then whatever else there is.

    A hybrid whose every route leads outside has no own GPUs to set against an API.
    """
    if recommendation in OWN_STRATEGIES:
        return (API_STRATEGIES, STRATEGIES)
    if recommendation == "hosted_open":
        return (CLOSED_API_STRATEGIES, STRATEGIES)
    return (OWN_STRATEGIES if uses_own else ("self_host",), API_STRATEGIES, STRATEGIES)


def payback_of(ledgers: Mapping[specs.Strategy, specs.StrategyLedger], *against: specs.Strategy) -> int | None:
    """When the hybrid, which is the fleet that the plan would run, has paid itself back against the cheapest of these.

    The first month from which to the end all that was spent is no more than what the rival would have cost by then.
    None: not within the 12 months.
    """
    rival, own = cheapest_of(ledgers, against), ledgers["hybrid"]
    if rival is None or not own.possible:
        return None
    return payback_month(*(np.array([float(m.total) for m in found.months]) for found in (own, rival)))


def next_steps(case: VerdictInputs, recommendation: specs.Recommendation) -> tuple[NextStep, ...]:
    """What to do, the cheapest test first."""
    steps = [cheapest_test(case, recommendation)]
    if recommendation in OWN_STRATEGIES and case.choice is not None:
        steps += [NextStep("rent_one"), NextStep("watch_fleet"), NextStep("stop_rule")]
    elif recommendation == "hosted_open":
        moved = [r for r in case.routes if r.destination == "hosted_open"]
        steps += [NextStep("send_a_share", r.workload, r.model) for r in moved[:1]]
        steps += [NextStep("ask_terms"), NextStep("watch_bill")]
    else:
        steps += [NextStep("cache_and_batch"), NextStep("watch_bill")]
    return (*steps, NextStep("reprice"))


def cheapest_test(case: VerdictInputs, recommendation: specs.Recommendation) -> NextStep:
    """The cheapest measurement that would settle it: logs, then prompts, then two hours of a card."""
    deciding = [s.input for s in case.deciders]
    if case.inputs.volume.known != "yes":
        return NextStep("import_logs")
    untested = _largest_untested(case, recommendation)
    if untested is not None:
        return untested
    if deciding and deciding[0] in VOLUME_INPUTS:
        return NextStep("import_newer_logs")
    if "throughput" in deciding and case.choice is not None:
        return NextStep("measure_throughput")
    if "people" in deciding:
        return NextStep("agree_on_people")
    return NextStep("fix_prices" if PRICE_INPUTS.intersection(deciding) else "check_later")


def _largest_untested(case: VerdictInputs, recommendation: specs.Recommendation) -> NextStep | None:
    """The largest workload that the advice moves to a model which no evaluation carries yet, with that model."""
    inputs = case.inputs
    for route in sorted(case.routes, key=lambda r: -r.token_fraction):
        workload = next(w for w in inputs.workload if w.name == route.workload)
        model = _advised(case, route, recommendation)
        if route.provisional and model != inputs.api_today(workload):
            return NextStep("compare_search" if workload.kind == "embedding" else "evaluate", workload.name, model)
    return None


def _advised(case: VerdictInputs, route: specs.RouteShare, recommendation: specs.Recommendation) -> str:
    """The model of a route, or the cheapest closed one where the advice is to stay with those."""
    if recommendation != "api" or route.destination != "hosted_open":
        return route.model
    apis = case.catalog.apis
    return next((id for id, _ in route.alternatives if id in apis and not apis[id].is_hosted_open), route.model)


def prices_used(
    contest: Contest, choice: specs.Choice | None, large: Costed | None, as_of: date
) -> tuple[specs.PriceUsed, ...]:
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
    found += [*_of_apis(contest, as_of), *_of_barred(contest)]
    found += [Notice("stale", price=price) for price in prices if price.stale]
    found += [Notice("ahead", price=price) for price in prices if is_ahead(price.as_of, as_of)]
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
        why = own_gate(inputs, workload, apis[inputs.api_today(workload)])
        if why is not None:
            yield Notice("today_misses", (workload.name,), api=inputs.api_today(workload), why=why)


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


def _of_barred(contest: Contest) -> Iterator[Notice]:
    barred = tuple(o.workload.name for o in contest.outsides if o.best is None)
    if barred:
        yield Notice("no_api_may", barred)
        live = contest.context.live
        if live[0] < 1:
            first = next((m + 1 for m in range(MONTHS) if live[m] >= 1), 0)
            yield Notice("served_from", barred, amount=first)


def _of_choice(contest: Contest, choice: specs.Choice) -> Iterator[Notice]:
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
