"""The six questions and the five winning cases, answered from the inputs and the numbers."""

from __future__ import annotations

from dataclasses import dataclass

from planner.engine.specs import BreakEven, Catalog, Choice, Demand, Inputs, QuestionAnswer, RouteShare, WinningCase
from planner.engine.specs.evaluation import Because

STEADY_UTILISATION = 0.70
VERY_HIGH_TOKENS_PER_DAY = 100e6
"""The article's largest sensible band starts at 100M tokens a day."""
SONNET_CLASS_TOKENS_PER_DAY = 5e6
HAIKU_CLASS_TOKENS_PER_DAY = 20e6
SONNET_CLASS_USD_PER_MTOK = 2.0
"""Input price from which a model counts as Sonnet-class for the rule of thumb."""


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """What the answers rest on."""

    inputs: Inputs
    catalog: Catalog
    demand: Demand
    choice: Choice | None
    routes: tuple[RouteShare, ...]
    break_even: BreakEven | None
    """Against the API model in use today."""
    against_best: BreakEven | None
    """Against the cheapest allowed endpoint of every workload."""


def answers(facts: QuestionFacts) -> tuple[QuestionAnswer, ...]:
    """All six, in their order."""
    return (
        _volume(facts),
        _quality(facts),
        _fine_tuning(facts.inputs),
        _operations(facts.inputs),
        _residency(facts.inputs),
        _rebenchmark(facts.inputs),
    )


def rule_of_thumb(inputs: Inputs, catalog: Catalog) -> float:
    """Tokens a day of the article's rule for the class of the API in use."""
    sonnet = catalog.apis[inputs.volume.baseline_api].input_usd_per_mtok >= SONNET_CLASS_USD_PER_MTOK
    return SONNET_CLASS_TOKENS_PER_DAY if sonnet else HAIKU_CLASS_TOKENS_PER_DAY


def _volume(facts: QuestionFacts) -> QuestionAnswer:
    point = facts.break_even
    if point is None or point.with_people is None:
        return QuestionAnswer("volume", "no", "never_breaks_even")
    yes = facts.demand.p95_tokens_per_day >= point.with_people
    because: Because = "reaches" if yes else "below"
    if facts.inputs.volume.known != "yes":
        return QuestionAnswer("volume", "unproven", because)
    return QuestionAnswer("volume", "yes" if yes else "no", because)


def _quality(facts: QuestionFacts) -> QuestionAnswer:
    hosted = [r for r in facts.routes if r.destination == "self_host"]
    evals, margin = facts.inputs.quality.evaluation, facts.inputs.quality.margin_fraction
    if hosted and not any(r.provisional for r in hosted):
        return QuestionAnswer("quality", "yes", "passed")
    within = [e for e in evals if e.gap_high_fraction <= margin]
    if within and not hosted:
        return QuestionAnswer("quality", "yes", "within", within[0].model)
    if evals and all(e.gap_low_fraction > margin for e in evals):
        return QuestionAnswer("quality", "no", "missed")
    if facts.inputs.quality.answer == "no":
        return QuestionAnswer("quality", "no", "too_hard")
    return QuestionAnswer("quality", "unproven", "no_evaluation")


def _fine_tuning(inputs: Inputs) -> QuestionAnswer:
    if inputs.fine_tuning.answer == "unknown":
        return QuestionAnswer("fine_tuning", "unproven", "not_answered")
    because: Because = "own_weights" if inputs.fine_tuning.answer == "yes" else "stock_weights"
    return QuestionAnswer("fine_tuning", inputs.fine_tuning.answer, because)


def _operations(inputs: Inputs) -> QuestionAnswer:
    if inputs.operations.gpu_experience == "yes":
        return QuestionAnswer("operations", "yes", "experience")
    if inputs.operations.hiring_budget == "yes":
        return QuestionAnswer("operations", "yes", "hiring")
    if inputs.operations.gpu_experience == "no":
        return QuestionAnswer("operations", "no", "nobody")
    return QuestionAnswer("operations", "unproven", "not_answered")


def _residency(inputs: Inputs) -> QuestionAnswer:
    if inputs.residency.answer == "no":
        return QuestionAnswer("residency", "no", "api_may_see")
    if inputs.residency.answer == "unknown":
        return QuestionAnswer("residency", "unproven", "not_answered")
    if inputs.residency.zero_retention_checked == "yes":
        return QuestionAnswer("residency", "yes", "endpoints_checked")
    return QuestionAnswer("residency", "unproven", "endpoints_unchecked")


def _rebenchmark(inputs: Inputs) -> QuestionAnswer:
    if inputs.rebenchmark.answer == "unknown":
        return QuestionAnswer("rebenchmark", "unproven", "not_answered")
    because: Because = "will_rebenchmark" if inputs.rebenchmark.answer == "yes" else "no_rebenchmark"
    return QuestionAnswer("rebenchmark", inputs.rebenchmark.answer, because)


def winning_cases(facts: QuestionFacts, saves: bool) -> tuple[WinningCase, ...]:
    """The five cases in which self-hosting wins, each with whether it holds here."""
    inputs, demand, choice = facts.inputs, facts.demand, facts.choice
    high = demand.mean_tokens_per_day >= VERY_HIGH_TOKENS_PER_DAY and demand.peak_to_mean_hour <= 2.0
    inside = inputs.residency.required == "inside" and inputs.residency.zero_retention_checked == "yes"
    return (
        WinningCase("volume", high and saves),
        WinningCase("residency", inside),
        WinningCase("fine_tuned", inputs.fine_tuning.answer == "yes"),
        WinningCase("steady_bulk", choice is not None and choice.utilisation >= STEADY_UTILISATION),
        _unhosted(facts),
    )


def _unhosted(facts: QuestionFacts) -> WinningCase:
    """Only a model that is asked for by name counts: the planner itself never picks one for being rare."""
    if facts.choice is None:
        return WinningCase("unhosted", False)
    found = (api for api in facts.catalog.apis.values() if api.hf_id == facts.choice.model)
    hosts = sum(api.status != "retired" for api in found)
    asked = facts.inputs.choice.model is not None or facts.inputs.fine_tuning.answer == "yes"
    return WinningCase("unhosted", asked and not hosts, hosts)
