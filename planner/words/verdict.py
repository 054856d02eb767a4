"""The verdict in words: headline, reasons, what is given up and gained, what to do next.

The verdict with everything a person needs to check it.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.engine.questions import rule_of_thumb
from planner.engine.recommendation import VerdictInputs, own_saves, recommend, why_inside, worth_moving
from planner.engine.specs import Recommendation, Strategy, Verdict
from planner.engine.specs.names import API_STRATEGIES, CLOSED_API_STRATEGIES
from planner.quantities import money, tokens_a_day
from planner.words.next_steps import cheapest_test, next_steps
from planner.words.refusals import said

GIVES_UP = {
    "api": (
        "control over where prompts go and how long they are kept",
        "a fixed price: list prices and models change without you",
        "your own fine-tuned weights, unless the provider trains and hosts them",
    ),
    "hosted_open": (
        "the best closed models for the moved work, until an evaluation says you do not need them",
        "a single vendor: rate limits, quality of the quantisation and uptime differ by host",
        "control over where prompts go, as with any API",
    ),
    "own": (
        "the newest frontier models for the moved work",
        "elastic capacity: bursts wait or go to an API",
        "somebody else's on-call: outages, drivers and security patches are yours",
        "free model upgrades: every swap costs evaluation and prompt work",
        "engineering weeks that would go into the product",
        "a bill that shrinks when the load does: idle GPUs cost the same",
    ),
}
GAINS = {
    "api": (
        "no fixed cost and no people on call",
        "the newest models the day they appear",
        "capacity for bursts without planning",
    ),
    "hosted_open": (
        "open-model prices without GPUs, people or idle time",
        "the same weights elsewhere if a host fails or raises prices",
        "a way back: own GPUs can serve the same model later",
    ),
    "own": (
        "data that stays on machines you control",
        "a marginal token that costs nothing until the fleet is full",
        "latency and rate limits that only depend on you",
        "weights that do not change unless you change them",
        "your own fine-tunes and adapters",
        "a price you know for as long as you rent",
    ),
}


def headline(case: VerdictInputs, recommendation: Recommendation) -> str:
    """The verdict in one sentence with the two numbers that decide it."""
    own, api = case.best_own, case.best_api
    if api is None:
        return _inside_headline(case, recommendation)
    if recommendation in ("hybrid", "self_host") and own is not None:
        what = "Run your own GPUs." if recommendation == "self_host" else "Go hybrid: own GPUs for the base load."
        return (
            f"{what} Two numbers decide it: {money(own[1], case.currency)} over 12 months "
            f"against {money(api[1], case.currency)} for the best API.{_condition(case)}"
        )
    if recommendation == "hosted_open":
        return _hosted_headline(case, api[1]) + _condition(case)
    return _api_headline(case, api)


def _condition(case: VerdictInputs) -> str:
    """What must be shown first where no evaluation carries the move."""
    if not any(r.provisional and r.destination != "api" for r in case.facts.routes):
        return ""
    return " Provisional: first show on your own prompts that the open model is good enough."


def _inside_headline(case: VerdictInputs, recommendation: Recommendation) -> str:
    own, why = case.best_own, why_inside(case)
    if own is None:
        return f"{why[0].upper()}{why[1:]}, but nothing in the catalogue can take the work: see the warnings."
    outside = API_STRATEGIES if case.facts.inputs.residency.answer == "yes" else CLOSED_API_STRATEGIES
    reference = min(float(x.total) for x in case.ledgers.values() if x.strategy in outside and x.months)
    extra = own[1] - reference
    tail = f"{money(abs(extra), case.currency)} {'more' if extra >= 0 else 'less'}"
    what = "Self-host" if recommendation == "self_host" else "Go hybrid"
    which = (
        "an API that may not be used"
        if case.facts.inputs.residency.answer == "yes"
        else "today's API, which does not serve your weights"
    )
    return f"{what}: {why}. It costs {money(own[1], case.currency)} over 12 months, {tail} than {which}."


def _hosted_headline(case: VerdictInputs, total: float) -> str:
    tuned = case.total("api_tuned")
    against = f"{money(tuned, case.currency)} for the best closed API" if tuned is not None else "no allowed closed API"
    return (
        f"Use open models, hosted by somebody else. Two numbers decide it: {money(total, case.currency)} "
        f"over 12 months against {against}."
    )


def _api_headline(case: VerdictInputs, api: tuple[Strategy, float]) -> str:
    point = case.facts.against_best
    volume = tokens_a_day(case.facts.demand.mean_today_tokens_per_day)
    if case.facts.choice is None and all(r.destination == "api" for r in case.facts.routes):
        return (
            f"Stay on an API: no open model may take any of the work. You run {volume}, for "
            f"{money(api[1], case.currency)} over 12 months.{_switch(case, api[1])}"
        )
    if point is None or point.with_people is None:
        tail = f"you run {volume}; own GPUs never pay against the best API for each job"
    else:
        tail = (
            f"you run {volume}; against the best API for each job own GPUs pay from {tokens_a_day(point.with_people)}"
        )
    return f"Stay on an API. Two numbers decide it: {tail}.{_switch(case, api[1])}"


def _switch(case: VerdictInputs, then: float) -> str:
    """What choosing a model for each job saves, where that is worth the move."""
    today = case.total("api_today")
    if today is None or not worth_moving(case, today, then):
        return ""
    saved = money(today - then, case.currency)
    unproven = any(r.provisional for r in case.facts.routes)
    condition = ", once your own prompts show that they are good enough" if unproven else ""
    return f" Choosing the API model for each job saves {saved} in 12 months{condition}."


def reasons(case: VerdictInputs, recommendation: Recommendation, fact: str) -> tuple[str, ...]:
    """What speaks for it, the deciding fact first, then every strategy with its cost."""
    found = [fact[0].upper() + fact[1:] + "."]
    for name, label in (
        ("api_today", "API as today"),
        ("api_tuned", "API, model chosen for each job"),
        ("hosted_open", "Open models hosted by somebody else"),
        ("self_host", "All on own GPUs"),
        ("hybrid", "Hybrid"),
    ):
        found.append(f"{label}: {_ledger_words(case, name)}.")  # type: ignore[arg-type]
    found.append(f"{case.yes_count} of 6 answers are yes; four make it worth evaluating seriously.")
    if recommendation == "api":
        found += _open_routes(case)
    if recommendation in ("hybrid", "self_host") and any(r.provisional for r in case.facts.routes):
        found.append("Some routes are provisional: no evaluation on your own prompts is on record yet.")
    return (*found, *_fleet_words(case))


def _open_routes(case: VerdictInputs) -> Iterator[str]:
    """Why the cheapest endpoint of some job is an open one although the advice is to stay."""
    open_work = [r.workload for r in case.facts.routes if r.destination == "hosted_open"]
    hybrid, api = case.total("hybrid"), case.best_api
    if open_work and hybrid is not None and api is not None and hybrid < api[1]:
        yield (
            f"The routes name the cheapest endpoint of each job; that {', '.join(open_work)} could go to an open model "
            f"hosted by somebody else saves {money(api[1] - hybrid, case.currency)} in 12 months, "
            "not worth another vendor by itself."
        )


def _fleet_words(case: VerdictInputs) -> Iterator[str]:
    """How the fleet is run, and what buying it instead would cost."""
    choice, bought = case.facts.choice, case.bought
    if choice is None or not any(r.destination == "self_host" for r in case.facts.routes):
        return
    if choice.schedule:
        yield (
            f"The fleet follows the hour of the week: {choice.always_on} always on, up to {max(choice.schedule)} in "
            f"the busiest hour, paid by the hour."
        )
    if bought is not None:
        repaid = f", paid back in {bought.purchase_repaid_months:,.0f} months" if bought.purchase_repaid_months else ""
        yield (
            f"Bought instead of rented the same GPUs come to {money(12 * bought.monthly_cost, case.currency)} over 12 "
            f"months, written off as assumed; {money(bought.purchase_total, case.currency)} once{repaid}."
        )


def _ledger_words(case: VerdictInputs, name: Strategy) -> str:
    found = case.ledgers[name]
    if not found.possible:
        return f"not possible ({said(found.reason)})"
    bracket = "" if found.allowed else f", not allowed ({said(found.reason)})"
    return f"{money(float(found.total), case.currency)} over 12 months{bracket}"


__all__ = ["VerdictInputs", "own_saves", "verdict_of"]


def verdict_of(case: VerdictInputs) -> Verdict:
    """The verdict with everything a person needs to check it."""
    recommendation, fact = recommend(case)
    side = recommendation if recommendation in ("api", "hosted_open") else "own"
    return Verdict(
        recommendation=recommendation,
        headline=headline(case, recommendation),
        reasons=reasons(case, recommendation, fact),
        deciding_fact=fact,
        cases=case.cases,
        gives_up=GIVES_UP[side],
        gains=GAINS[side],
        next_steps=next_steps(case, recommendation),
        flips=case.flips,
        probability_cheaper=case.probability,
        cheapest_test=cheapest_test(case, recommendation),
        rule_of_thumb=rule_of_thumb(case.facts)[1],
    )
