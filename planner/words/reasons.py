"""Why: what the answers, the winning cases, the routes and the strategies rest on, each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.engine.names import BEST_MIX
from planner.engine.questions import SONNET_CLASS_TOKENS_PER_DAY, volume_point
from planner.engine.specs import Evaluation, Kind, QuestionAnswer, RouteShare, WinningCase
from planner.engine.specs.money import LedgerReason
from planner.engine.specs.verdict import CaseId
from planner.quantities import count, percent, share, significant, tokens_a_day, volume
from planner.words.break_evens import beside
from planner.words.labels import model_name, provider_name, rival_label
from planner.words.refusals import because
from planner.words.sentences import as_sentence, sentence, table

UNTESTED: Final = "not yet tested on your prompts"
EVEN = 1.05
"""A busiest hour of less times the mean stands out from no other."""
CASE_LABELS: Final[Mapping[CaseId, str]] = table("cases")  # type: ignore[assignment]


def why_no_choice(evaluation: Evaluation) -> str:
    """What stands in the way of any own GPU; empty where one is chosen."""
    return "" if evaluation.why_no_choice is None else sentence("no_choice", evaluation.why_no_choice)


def inside_words(evaluation: Evaluation) -> str:
    """What a yes to question 5 means in this plan."""
    return f"data must stay {'in the region' if evaluation.inputs.residency.scope == 'region' else 'inside'}"


def rule_of_thumb(evaluation: Evaluation) -> str:
    """The article's volume, and against what."""
    tokens = evaluation.verdict.rule_of_thumb_tokens_per_day
    kind = "Sonnet" if tokens == SONNET_CLASS_TOKENS_PER_DAY else "Haiku"
    return f"{tokens_a_day(tokens)} against a {kind}-class price"


def answer_reason(evaluation: Evaluation, answer: QuestionAnswer) -> str:
    """Why a question is answered as it is."""
    inputs, because = evaluation.inputs, answer.because
    if because in ("reaches", "below"):
        return _volume(evaluation, because == "reaches")
    if because == "never_breaks_even":
        return f"{sentence('answers', because)}{beside(evaluation)}"
    if because == "not_answered":
        return sentence("unanswered", answer.id)
    if because == "own_weights":
        base = inputs.fine_tuning.base_model
        of = f" of {model_name(evaluation, base)}" if base else ""
        where = "" if inputs.residency.required == "inside" else ", or a host that serves your adapter"
        return f"you need your own fine-tuned weights{of}, which takes own GPUs{where}"
    return sentence(
        "answers",
        because,
        inside=inside_words(evaluation),
        margin=share(inputs.quality.margin_fraction),
        model=model_name(evaluation, answer.model),
    )


def _volume(evaluation: Evaluation, yes: bool) -> str:
    mean, rule = evaluation.demand.mean_tokens_per_day, evaluation.verdict.rule_of_thumb_tokens_per_day
    point = volume_point(evaluation.break_even)
    needed = 0.0 if point is None else point.with_people or 0.0
    reason = f"a mean of {volume(mean)} a day {'reaches' if yes else 'is below'} your break-even of {volume(needed)}"
    if second := beside(evaluation):
        reason += f" against {rival_label(evaluation, BEST_MIX)}{second}"
    if yes != (mean >= rule):
        reason += f"; the rule of thumb ({volume(rule)}) says {'no' if yes else 'yes'}, but your own mix decides"
    return reason if evaluation.inputs.volume.known == "yes" else f"{reason}; import 30 days of logs to be sure"


def answer_evidence(evaluation: Evaluation, answer: QuestionAnswer) -> str:
    """What is on record for an answer."""
    if answer.id == "volume":
        demand = evaluation.demand
        mean, p95 = tokens_a_day(demand.mean_tokens_per_day), volume(demand.p95_tokens_per_day)
        return f"mean {mean} in the next 12 months, p95 {p95}; rule of thumb: {rule_of_thumb(evaluation)}"
    if answer.id == "quality":
        evals = evaluation.inputs.quality.evaluation
        told = (
            f"{model_name(evaluation, e.model)} against {model_name(evaluation, e.api_model)}: "
            f"{count(e.prompts)} prompts ({e.source})"
            for e in evals
        )
        return "; ".join(told) or "no test on record"
    return "not answered" if answer.because == "not_answered" else "your answer"


def case_reason(evaluation: Evaluation, case: WinningCase) -> str:
    """Why one of the winning cases holds, or does not."""
    demand, choice = evaluation.demand, evaluation.choice
    if case.id == "volume":
        mean, peak = tokens_a_day(demand.mean_tokens_per_day), demand.peak_to_mean_hour
        busiest = "the same in every hour" if peak < EVEN else f"{significant(peak, 2)} times that in the busiest hour"
        return f"{mean} on average, {busiest}"
    if case.id == "residency":
        return "no API may see the data" if case.holds else "an API can meet the data rules, or that was not checked"
    if case.id == "fine_tuned":
        return "your own weights have to run somewhere" if case.holds else "no weights of your own"
    if case.id == "steady_bulk":
        return f"the GPUs would be {percent(choice.utilisation if choice is not None else 0.0)} busy"
    if choice is None:
        return "no open model chosen"
    hosts = "nobody hosts" if not case.hosts else f"{case.hosts} host{'s' if case.hosts != 1 else ''} on record for"
    return f"{hosts} {model_name(evaluation, choice.model)}"


def route_reason(evaluation: Evaluation, route: RouteShare) -> str:
    """The gate that decided where a workload goes, and that its model is not tested yet where nobody did."""
    workload = next(w for w in evaluation.inputs.workload if w.name == route.workload)
    rule, api = route.rule, evaluation.catalog.apis.get(route.model)
    said = sentence(
        "routes",
        rule.kind,
        work=as_sentence(kind_words(workload.kind)).rstrip("."),
        wanted=sentence("wanted", workload.route),
        provider=provider_name(api.provider) if api is not None else "",
    )
    why = rule.gate or rule.stays
    if why is not None:
        said = f"{said} {as_sentence(because(why))}".strip()
    if route.provisional and UNTESTED.casefold() not in said.casefold():
        said = f"{said} {as_sentence(UNTESTED)}"
    return said


def likelihood(evaluation: Evaluation) -> str:
    """How sure own GPUs are the better buy, under the one name that it has on every page."""
    return sentence("sure", "own_cheaper", share=percent(evaluation.verdict.probability_cheaper))


def kind_words(kind: Kind) -> str:
    """A kind of work in a sentence."""
    return "embedding work" if kind == "embedding" else kind.replace("_", " ")


def ledger_reason(reason: LedgerReason) -> str:
    """What a strategy consists of, or why it is not possible or not allowed."""
    barred = (
        f"{'no endpoint may take it' if why is None else because(why)} ({', '.join(work)})"
        for why, work in reason.barred
    )
    figures = {"names": ", ".join(reason.names), "barred": "; ".join(barred)}
    said = sentence("ledgers", reason.kind, **figures, fleet=reason.fleet, host=reason.host)
    if reason.fleet is None or reason.fleet.always_on is None:
        return said
    return f"{said}; {reason.fleet.always_on} are always on, the others by the hour of the week"
