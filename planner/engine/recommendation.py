"""What is recommended, the fact that decided it, what it has to beat, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from planner.engine import specs
from planner.engine.fleet.ownership import OWNED, offer_month
from planner.engine.ledger.months import monthly, payback_month
from planner.engine.names import (
    API_STRATEGIES,
    BEST_MIX,
    CLOSED_API_STRATEGIES,
    OWN_STRATEGIES,
    SHARED_STRATEGIES,
    STRATEGIES,
)
from planner.engine.permitted import is_resident, must_be_made_up, reference_of
from planner.engine.questions import VerdictInputs, rule_of_thumb, winning_cases
from planner.engine.search.eligible import offer_allowed
from planner.engine.specs.money import cheapest_of
from planner.engine.specs.verdict import Action, DecidingFact, NextStep, Test
from planner.records import dataclass

ENOUGH_YES = 4
VOLUME_INPUTS = frozenset({"volume", "growth", "cached_shift"})
PRICE_INPUTS = frozenset({"api_change_per_year", "gpu_change_per_year", "rent_level", "hardware"})
SPEED_INPUTS = frozenset({"throughput", "own_work", "headroom"})
PEOPLE_INPUTS = frozenset({"people", "start_months"})


@dataclass(frozen=True, slots=True)
class Decided:
    """The recommendation, the fact that decided it, and the strategy whose ledger stands for it."""

    recommendation: specs.Recommendation
    fact: DecidingFact
    strategy: specs.Strategy | None
    rival: specs.Strategy | None
    cases: tuple[specs.WinningCase, ...]
    planned: specs.Strategy | None
    """Whose routes are shown: the same, unless the user sent work to own GPUs that the advice would not send there."""


def decide(case: VerdictInputs, questions: Sequence[specs.QuestionAnswer]) -> Decided:
    """What is recommended. `case.routes`: of the best plan with own GPUs, whether or not it is the one that wins."""
    cases = winning_cases(case, own_saves(case))
    ready = sum(q.answer == "yes" for q in questions) >= ENOUGH_YES or any(c.holds for c in cases)
    recommendation, fact = recommend(case, ready)
    own, overridden = case.best_own, any(w.route != "auto" for w in case.inputs.workload)
    if recommendation in OWN_STRATEGIES and own is not None:
        strategy: specs.Strategy | None = own.strategy
    else:
        strategy = strategy_of(case.ledgers, recommendation, obey=overridden)
    closed = _closed(case)
    if strategy == "api_tuned" and not overridden and closed is not None:
        strategy = closed.strategy
    rival = rival_of(case.ledgers, recommendation, case.uses_own)
    sent = own is not None and any(r.overridden and r.destination == "self_host" for r in case.routes)
    return Decided(recommendation, fact, strategy, rival, cases, "hybrid" if sent else strategy)


def verdict_of(case: VerdictInputs, questions: Sequence[specs.QuestionAnswer], decided: Decided) -> specs.Verdict:
    """The recommendation with everything a person needs to check it; `case.routes`: of the strategy decided on."""
    recommendation = decided.recommendation
    return specs.Verdict(
        recommendation=recommendation,
        strategy=decided.strategy,
        rival=decided.rival,
        fact=decided.fact,
        cases=decided.cases,
        next_steps=next_steps(case, recommendation),
        flips=tuple(_turning(case, recommendation, flip) for flip in case.flips),
        probability_cheaper=case.probability,
        chance_to_pass=1.0 if decided.strategy is None else case.ledgers[decided.strategy].chance_to_pass,
        switch_saving=_switch_saving(case, decided.strategy),
        rule_of_thumb_tokens_per_day=rule_of_thumb(case.inputs, case.catalog),
    )


def _turning(case: VerdictInputs, recommendation: specs.Recommendation, flip: specs.Flip) -> specs.Flip:
    """As it is where it turns the answer; otherwise nothing in its range does."""
    if flip.becomes is None or _is_turn(case, recommendation, flip.becomes):
        return flip
    return replace(flip, to_value=None, becomes=None, factor=None)


def _is_turn(case: VerdictInputs, now: specs.Recommendation, becomes: specs.Recommendation) -> bool:
    """Not to what the plan forbids, and not from own GPUs for all of the work to own GPUs for some of it."""
    if becomes in OWN_STRATEGIES:
        return now not in OWN_STRATEGIES
    among = CLOSED_API_STRATEGIES if becomes == "api" else (becomes,)
    return becomes not in ("none", now) and case.cheapest(*among) is not None


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
            return "none", DecidingFact("nothing_inside")
        return _own_kind(case, own), DecidingFact("inside")
    if own is not None and case.uses_own and own_saves(case):
        if ready:
            return _own_kind(case, own), DecidingFact("own_cheaper")
        return _api_kind(case, api), DecidingFact("not_ready")
    kind = _api_kind(case, api)
    return kind, _why_host(case, api) if kind == "dedicated" else _why_api(case, own, api)


def _own_kind(case: VerdictInputs, own: specs.StrategyLedger) -> specs.Recommendation:
    everything = all(r.destination == "self_host" and r.overflow_fraction < 0.001 for r in case.routes)
    return "self_host" if own.strategy == "self_host" or everything else "hybrid"


def _api_kind(case: VerdictInputs, api: specs.StrategyLedger) -> specs.Recommendation:
    if api.strategy == "dedicated":
        shared = case.cheapest(*SHARED_STRATEGIES)
        return "dedicated" if shared is None or _worth_moving(case, shared, api) else _api_kind(case, shared)
    if api.strategy != "hosted_open":
        return "api"
    closed = _closed(case)
    return "hosted_open" if closed is None or _worth_moving(case, closed, api) else "api"


def _closed(case: VerdictInputs) -> specs.StrategyLedger | None:
    """The closed APIs: as today, unless that ends, or other models or the batch tier are worth the move."""
    today, best = case.cheapest("api_today"), case.cheapest(*CLOSED_API_STRATEGIES)
    if today is None or best is None or case.ending or _is_worth_switching(case, today, best):
        return best
    return today


def _is_worth_switching(case: VerdictInputs, today: specs.StrategyLedger, tuned: specs.StrategyLedger) -> bool:
    """Where the models stay what they are nothing has to be tested, and any saving is worth having."""
    same = bool(tuned.reason.names) and tuned.reason.names == today.reason.names
    return same or _worth_moving(case, today, tuned)


def _worth_moving(case: VerdictInputs, now: specs.StrategyLedger, then: specs.StrategyLedger) -> bool:
    """Moving work saves enough of the bill, and more than the move costs."""
    before, after = float(now.total), float(then.total)
    return after <= before * (1 - case.saving_needed) and before - after > case.switching_cost


def _switch_saving(case: VerdictInputs, strategy: specs.Strategy | None) -> float | None:
    """What the strategy decided on saves against the API as it is today, where that is worth the move."""
    today, best = case.cheapest("api_today"), case.cheapest(*((strategy,) if strategy is not None else ()))
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
    if case.demand.mean_tokens_per_day < point.with_people:
        return DecidingFact("below_break_even")
    return DecidingFact("set_up_not_repaid")


def _why_host(case: VerdictInputs, api: specs.StrategyLedger) -> DecidingFact:
    """Weights of one's own that a host serves, or an endpoint that is busy enough."""
    if api.reason.kind == "adapters":
        return DecidingFact("adapters_served")
    return DecidingFact("weights_at_host" if case.cheapest(*SHARED_STRATEGIES) is None else "host_cheaper")


def _kind(strategy: specs.Strategy) -> specs.Recommendation:
    """Both API strategies are one recommendation: stay, and tune."""
    return "api" if strategy == "api_today" or strategy == "api_tuned" else strategy


def strategy_of(
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger], recommendation: specs.Recommendation, *, obey: bool = False
) -> specs.Strategy | None:
    """Whose ledger stands for the recommendation: the cheapest of its kind.

    `obey`: the user sent some work elsewhere by hand, which the API as it is today leaves undone.
    """
    kind = [s for s in STRATEGIES if _kind(s) == recommendation]
    obeying = [s for s in kind if s != "api_today" and ledgers[s].possible and ledgers[s].allowed]
    found = cheapest_of(ledgers, obeying if obey and obeying else kind)
    return None if found is None else found.strategy


def rival_of(
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger], recommendation: specs.Recommendation, uses_own: bool
) -> specs.Strategy | None:
    """The cheapest strategy from the other side of the question; a forbidden one only where nothing allowed is left.

    Own GPUs are set against the best without them, an open model hosted by others against the closed APIs, a dedicated
    endpoint against what anybody may call by the token, an API against own GPUs: the two numbers that answer "should
    we self-host?". Where that side is empty, the cheapest of any other kind. Costs that are the same in every month are
    the recommended strategy by another name, and no rival.
    """
    own = strategy_of(ledgers, recommendation)
    same = [] if own is None else [month.total for month in ledgers[own].months]

    def differs(strategy: specs.Strategy) -> bool:
        return _kind(strategy) != recommendation and [month.total for month in ledgers[strategy].months] != same

    others = [s for s in STRATEGIES if differs(s)]
    shared = cheapest_of(ledgers, SHARED_STRATEGIES)
    across = _across(recommendation, uses_own, shared is not None and shared.allowed)
    sides = (cheapest_of(ledgers, (s for s in others if s in side)) for side in across)
    return next((ledger.strategy for ledger in sides if ledger is not None), None)


def _across(
    recommendation: specs.Recommendation, uses_own: bool, may_share: bool
) -> tuple[tuple[specs.Strategy, ...], ...]:
    """The strategies on the other side, the most telling first; then whatever else there is.

    A hybrid whose every route leads outside has no own GPUs to set against an API. `may_share`: some endpoint that
    anybody may call is allowed.
    """
    if recommendation in OWN_STRATEGIES:
        return (API_STRATEGIES, STRATEGIES)
    if recommendation == "hosted_open":
        return (CLOSED_API_STRATEGIES, STRATEGIES)
    if recommendation == "dedicated" and may_share:
        return (SHARED_STRATEGIES, STRATEGIES)
    return (OWN_STRATEGIES if uses_own else ("self_host",), API_STRATEGIES, STRATEGIES)


def payback_of(ledgers: Mapping[specs.Strategy, specs.StrategyLedger], *against: specs.Strategy) -> int | None:
    """When the hybrid, which is the fleet that the plan would run, has paid itself back against the cheapest of these.

    The first month from which to the end all that was spent is no more than what the rival would have cost by then.
    None: not within the 12 months.
    """
    rival, own = cheapest_of(ledgers, against), ledgers["hybrid"]
    if rival is None or not own.possible:
        return None
    return payback_month(monthly(own), monthly(rival, own.gap))


def next_steps(case: VerdictInputs, recommendation: specs.Recommendation) -> tuple[NextStep, ...]:
    """What to do, the cheapest test first."""
    steps = [cheapest_test(case, recommendation)]
    if recommendation in OWN_STRATEGIES and case.choice is not None:
        steps += [_on_card("rent_one", case, case.choice), NextStep("watch_fleet"), NextStep("stop_rule")]
    elif recommendation == "dedicated":
        steps += [*_at_host(case), NextStep("ask_terms"), NextStep("watch_bill")]
    elif recommendation == "hosted_open":
        moved = [r for r in case.routes if r.destination == "hosted_open"]
        steps += [NextStep("send_a_share", r.workload, r.model) for r in moved[:1]]
        steps += [NextStep("ask_terms"), NextStep("watch_bill")]
    elif recommendation == "none":
        steps = [NextStep("loosen")]
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
    if SPEED_INPUTS.intersection(deciding) and case.choice is not None:
        return _on_card("measure_throughput", case, case.choice)
    if PEOPLE_INPUTS.intersection(deciding):
        return NextStep("agree_on_people")
    return NextStep("fix_prices" if PRICE_INPUTS.intersection(deciding) else "check_later")


def _largest_untested(case: VerdictInputs, recommendation: specs.Recommendation) -> NextStep | None:
    """The largest workload that the advice moves to a model which no evaluation carries yet, with that model."""
    inputs = case.inputs
    for route in sorted(case.routes, key=lambda r: -r.token_fraction):
        workload = next(w for w in inputs.workload if w.name == route.workload)
        model = _advised(case, route, recommendation)
        if route.provisional and model != inputs.api_today(workload):
            return comparison(case, route, workload, model)
    return None


def comparison(case: VerdictInputs, route: specs.RouteShare, workload: specs.Workload, model: str) -> NextStep:
    """Prompts of one workload through the advised model, beside today's where those prompts may go there."""
    inputs, bound = case.inputs, is_resident(case.inputs, workload)
    here = route.destination == "self_host" and bound and case.choice is not None
    return NextStep(
        kind="compare_search" if workload.kind == "embedding" else "evaluate",
        workload=workload.name,
        model=model,
        reference=reference_of(inputs, case.catalog, workload),
        offer=_card_offer(case, case.choice) if here and case.choice is not None else "",
        bound=bound and route.destination == "self_host",
        made_up=must_be_made_up(inputs, workload),
    )


def _on_card(kind: Action | Test, case: VerdictInputs, choice: specs.Choice) -> NextStep:
    """A test on one card of the chosen fleet, at a host that may have it."""
    inputs = case.inputs
    return NextStep(
        kind=kind,
        offer=_card_offer(case, choice),
        bound=any(is_resident(inputs, w) for w in inputs.workload),
        made_up=any(must_be_made_up(inputs, w) for w in inputs.workload),
    )


def _at_host(case: VerdictInputs) -> list[NextStep]:
    """The host that the largest route goes to, with the model that it serves; none where a hand keeps work from it."""
    routes = sorted((r for r in case.routes if r.destination == "dedicated"), key=lambda r: -r.token_fraction)
    bound = any(is_resident(case.inputs, w) for w in case.inputs.workload)
    return [
        NextStep("deploy_at_host" if r.offer else "load_adapter", r.workload, r.model, offer=r.offer, bound=bound)
        for r in routes[:1]
    ]


def _card_offer(case: VerdictInputs, choice: specs.Choice) -> str:
    """Where one such card may be rented: the chosen offer, else the cheapest permitted one; empty: nowhere."""
    catalog, inputs = case.catalog, case.inputs
    if catalog.offers[choice.offer].commitment != OWNED:
        return choice.offer
    rented = replace(
        inputs, operations=replace(inputs.operations, hardware="rent"), choice=replace(inputs.choice, offer=None)
    )
    found = [o for o in catalog.offers.values() if o.gpu_id == choice.gpu and offer_allowed(rented, catalog, o)]
    return min(found, key=lambda o: offer_month(o, catalog, 1.0)).id if found else ""


def _advised(case: VerdictInputs, route: specs.RouteShare, recommendation: specs.Recommendation) -> str:
    """The model of a route, or the cheapest closed one where the advice is to stay with those and no hand sends it."""
    if recommendation != "api" or route.destination != "hosted_open" or route.overridden:
        return route.model
    apis = case.catalog.apis
    return next((id for id, _ in route.alternatives if id in apis and not apis[id].is_hosted_open), route.model)
