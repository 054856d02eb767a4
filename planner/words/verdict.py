"""The verdict in words: headline, the fact that decided it, reasons, and what is given up and gained."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from planner.engine.names import (
    API_STRATEGIES,
    CLOSED_API_STRATEGIES,
    OWN_STRATEGIES,
    STRATEGIES,
)
from planner.engine.specs import Choice, Evaluation, Strategy, StrategyLedger, more_than
from planner.quantities import money, share, significant, tokens_a_day
from planner.words.labels import REGIONS, cost_of, marked, product_name
from planner.words.ledger_notes import cash_words, total_notes, total_words
from planner.words.reasons import inside_words, ledger_reason, why_no_choice
from planner.words.sentences import sentence, table
from planner.words.warnings import notice_words


def deciding_fact(evaluation: Evaluation) -> str:
    """The fact that decided the recommendation."""
    verdict, fact = evaluation.verdict, evaluation.verdict.fact
    if fact.kind == "inside" and any(found.because == "own_machines_only" for found in evaluation.questions):
        return sentence("legal", "although")
    return sentence(
        "facts",
        fact.kind,
        inside=_why_inside(evaluation),
        no_choice=why_no_choice(evaluation),
        yes=evaluation.yes_count,
        probability=share(verdict.probability_cheaper),
        probability_needed=share(fact.probability_needed),
        saving=share(fact.saving),
        saving_needed=share(fact.saving_needed),
    )


def _why_inside(evaluation: Evaluation) -> str:
    """Why no endpoint may take some of the work: the gate that today's API models do not pass."""
    grounds = {why.ground for why, _ in evaluation.ledgers["api_today"].reason.barred if why is not None}
    if grounds & {"inside", "region"} or (not grounds and evaluation.inputs.residency.answer == "yes"):
        return inside_words(evaluation)
    if "not_served" in grounds or evaluation.inputs.fine_tuning.answer == "yes":
        return "your own fine-tuned weights are needed and no endpoint on record serves them"
    return "no endpoint on record can take some of the work"


def _money(evaluation: Evaluation, amount: float | Decimal) -> str:
    return money(amount, evaluation.inputs.currency)


def _cost(evaluation: Evaluation, ledger: StrategyLedger) -> str:
    return cost_of(ledger, ledger.total, evaluation.inputs.currency)


def _allowed(evaluation: Evaluation, *among: Strategy) -> StrategyLedger | None:
    """The cheapest of these strategies that is allowed."""
    found = evaluation.cheapest(among)
    return found if found is not None and found.allowed else None


def _own(evaluation: Evaluation) -> StrategyLedger | None:
    """The ledger of own GPUs that the verdict stands on, else the cheapest that is allowed."""
    best = evaluation.recommended
    if best is not None and best.allowed and best.strategy in OWN_STRATEGIES:
        return best
    return _allowed(evaluation, *OWN_STRATEGIES)


def headline(evaluation: Evaluation) -> str:
    """What the verdict line says in a sentence, with the two numbers that decide it."""
    api, recommendation = _allowed(evaluation, *API_STRATEGIES), evaluation.verdict.recommendation
    own = _own(evaluation) if evaluation.choice is not None else None
    if api is None:
        return _inside_headline(evaluation, own)
    if recommendation in OWN_STRATEGIES and own is not None:
        what = "Run your own GPUs." if recommendation == "self_host" else "Run own GPUs for the base load."
        rival = "A dedicated endpoint" if api.strategy == "dedicated" else "The best API"
        return (
            f"{what} That costs {total_words(evaluation, own)}. {rival} would cost {_cost(evaluation, api)}."
            f"{_condition(evaluation)}"
        )
    if recommendation == "dedicated":
        return _dedicated_headline(evaluation) + _condition(evaluation)
    if recommendation == "hosted_open":
        return _hosted_headline(evaluation, api) + _condition(evaluation)
    return _api_headline(evaluation, api)


def _condition(evaluation: Evaluation) -> str:
    """What must be shown first where no evaluation carries the move."""
    if not any(r.provisional and r.destination != "api" for r in evaluation.routes):
        return ""
    return " First show on your own prompts that the open model is good enough."


def _inside_headline(evaluation: Evaluation, own: StrategyLedger | None) -> str:
    why, inside = _why_inside(evaluation), evaluation.inputs.residency.answer == "yes"
    if own is None:
        return f"{why[0].upper()}{why[1:]}, and nothing that the plan permits can take the work: see the warnings."
    outside = API_STRATEGIES if inside else CLOSED_API_STRATEGIES
    extra = max(more_than(own, evaluation.ledgers[s]) for s in outside if evaluation.ledgers[s].months)
    difference = marked(_money(evaluation, abs(extra)), untested=own.untested)
    tail = f"{difference} {'more' if extra >= 0 else 'less'}"
    what = "Use own GPUs" if evaluation.verdict.recommendation == "self_host" else "Use own GPUs for the base load"
    tuned = evaluation.inputs.fine_tuning.answer == "yes"
    which = "today's API, which does not serve your weights" if tuned and not inside else "an API that may not be used"
    return f"{what}: {why}. It costs {total_words(evaluation, own)}, {tail} than {which}."


def _dedicated_headline(evaluation: Evaluation) -> str:
    """What it costs beside the best that anybody may call by the token, or where nothing may, beside own GPUs."""
    found, rival = evaluation.ledgers["dedicated"], evaluation.rival
    what = "Rent a dedicated endpoint at a host."
    if found.reason.kind == "adapters":
        what = "Let a host serve your adapters, by the token."
    against = "Nothing else is allowed."
    if rival is not None and rival.allowed:
        by = "Own GPUs" if rival.strategy in OWN_STRATEGIES else "The best endpoint by the token"
        against = f"{by} would cost {_cost(evaluation, rival)}."
    return f"{what} That costs {_cost(evaluation, found)} over 12 months. {against}"


def _hosted_headline(evaluation: Evaluation, api: StrategyLedger) -> str:
    tuned = _allowed(evaluation, "api_tuned")
    against = "No closed API is allowed."
    if tuned is not None:
        against = f"The best closed API would cost {_cost(evaluation, tuned)}."
    return f"Use open models, hosted by somebody else. That costs {_cost(evaluation, api)} over 12 months. {against}"


def _api_headline(evaluation: Evaluation, api: StrategyLedger) -> str:
    answer = evaluation.answer
    said = "batch" if answer.kind == "switch" and answer.same_models else answer.kind
    what = table("on_apis").get(said, table("on_apis")["other"])
    if evaluation.choice is None:
        total = _cost(evaluation, evaluation.recommended or api)
        volume = tokens_a_day(evaluation.demand.mean_tokens_per_day)
        why = why_no_choice(evaluation)
        return f"{what}: {why}. You use {volume}, for {total} over 12 months.{_switch(evaluation)}"
    return f"{what}. {two_numbers(evaluation)}{_switch(evaluation)}"


def two_numbers(evaluation: Evaluation) -> str:
    """The volume, mean of the next 12 months, and the one from which own GPUs would pay."""
    point, mean = evaluation.against_best, evaluation.demand.mean_tokens_per_day
    used = f"Over the next 12 months you use {tokens_a_day(mean)}."
    if point is None or point.with_people is None:
        return f"{used} Own GPUs never pay off against the best API for each job."
    times = significant(point.with_people / mean, 2)
    tail = f", {times} times as much" if point.with_people > mean else ", but not within the 12 months"
    return f"{used} Own GPUs would pay off from {tokens_a_day(point.with_people)}{tail}."


def _switch(evaluation: Evaluation) -> str:
    """What choosing a model for each job saves, where that is worth the move."""
    saving = evaluation.verdict.switch_saving
    if saving is None:
        return ""
    unproven = not evaluation.answer.is_proven
    condition = ", once your own prompts show that they are good enough" if unproven else ""
    shown = marked(_money(evaluation, saving), untested=unproven)
    return f" Choosing the API model for each job saves {shown} in 12 months{condition}."


def reasons(evaluation: Evaluation) -> tuple[str, ...]:
    """What speaks for it, the deciding fact first, then every strategy with its cost."""
    fact, recommendation = deciding_fact(evaluation), evaluation.verdict.recommendation
    found = [fact[0].upper() + fact[1:] + "."]
    found += [_ledger_words(evaluation, name) for name in STRATEGIES]
    found += [*total_notes(evaluation), *_ends(evaluation)]
    yes = evaluation.yes_count
    found.append(f"{yes} of 6 answers {'is' if yes == 1 else 'are'} yes; four make it worth evaluating seriously.")
    if recommendation == "api":
        found += _open_routes(evaluation)
    if recommendation in OWN_STRATEGIES and any(r.provisional for r in evaluation.routes):
        found.append("Some of the work moves to models that nobody has tested on your prompts yet.")
    if evaluation.verdict.chance_to_pass < 1:
        found.append(sentence("sure", "untested", chance=share(evaluation.verdict.chance_to_pass)))
    own = _own(evaluation) if evaluation.verdict.fact.kind == "not_sure" else None
    if own is not None and own.chance_to_pass < 1:
        found.append(sentence("sure", "untested_own", chance=share(own.chance_to_pass)))
    return (*found, *_fleet_words(evaluation))


def untested(evaluation: Evaluation) -> tuple[str, ...]:
    """How likely the models of each strategy pass, where nobody has tested some of them; none where all are known."""
    labels = table("strategies")
    each = [
        f"{share(found.chance_to_pass)} ({labels[name]})"
        for name, found in evaluation.ledgers.items()
        if found.distinct and found.chance_to_pass < 1
    ]
    return (sentence("sure", "untested_each", chances=", ".join(each)),) if each else ()


def _ends(evaluation: Evaluation) -> Iterator[str]:
    """An API model of today that ends inside the 12 months: staying as it is cannot be the answer."""
    today = {evaluation.inputs.api_today(work) for work in evaluation.inputs.workload}
    for notice in evaluation.notices:
        if notice.kind == "retires" and notice.api in today:
            yield notice_words(evaluation, notice)


def _open_routes(evaluation: Evaluation) -> Iterator[str]:
    """What an open model for some job would save although the advice is to stay."""
    hosted, advised = _allowed(evaluation, "hosted_open"), evaluation.recommended
    if hosted is not None and advised is not None and hosted.total < advised.total:
        saving = marked(_money(evaluation, advised.total - hosted.total), untested=hosted.untested or advised.untested)
        yield (
            "Open models hosted by somebody else, where they are the cheapest, would save another "
            f"{saving} in 12 months. That alone is not worth another vendor."
        )


def _fleet_words(evaluation: Evaluation) -> Iterator[str]:
    """How the fleet is run, and what buying it instead would cost."""
    choice = evaluation.choice
    if choice is None or not evaluation.is_self_hosting:
        return
    if choice.schedule:
        yield (
            f"The fleet follows the hour of the week: {choice.always_on} always on, up to {max(choice.schedule)} in "
            f"the busiest hour, paid by the hour."
        )
    if choice.regions:
        yield sentence("service", "regions", parts="; ".join(region_words(evaluation, choice)))
    yield from (cash_words(evaluation, found) for found in evaluation.cash)


def region_words(evaluation: Evaluation, choice: Choice) -> Iterator[str]:
    """What stands in each region."""
    for part in choice.regions:
        offer = evaluation.catalog.offers[part.offer]
        yield sentence(
            "service",
            "region" if part.spare_replicas else "region_without_spare",
            region=REGIONS[part.region],
            replicas=part.replicas,
            spare=part.spare_replicas,
            offer=product_name(offer),
        )


def _ledger_words(evaluation: Evaluation, name: Strategy) -> str:
    found, label = evaluation.ledgers[name], table("strategies")[name]
    if not found.possible:
        return f"{label}: not possible ({ledger_reason(found.reason)})."
    bracket = "" if found.allowed else f", not allowed ({ledger_reason(found.reason)})"
    if found.same_as is not None:
        return f"{label}: the same as “{table('strategies')[found.same_as]}” ({ledger_reason(found.reason)})."
    return f"{label}: {total_words(evaluation, found)}{bracket}."


def gives_up(evaluation: Evaluation) -> tuple[str, ...]:
    """What the recommendation costs besides money."""
    return tuple(table("gives_up").get(_side(evaluation), ()))


def gains(evaluation: Evaluation) -> tuple[str, ...]:
    """What it brings besides money."""
    return tuple(table("gains").get(_side(evaluation), ()))


def _side(evaluation: Evaluation) -> str:
    recommendation = evaluation.verdict.recommendation
    return "own" if recommendation in OWN_STRATEGIES else recommendation
