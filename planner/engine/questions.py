"""The six questions and the five winning cases, answered from the inputs and the numbers."""

from __future__ import annotations

from dataclasses import dataclass

from planner.engine.demand import Load
from planner.engine.specs import BreakEven, Catalog, Choice, Demand, Inputs, QuestionAnswer, RouteShare, WinningCase
from planner.quantities import share, tokens_a_day, volume

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
    load: Load
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


def rule_of_thumb(facts: QuestionFacts) -> tuple[float, str]:
    """Tokens/day of the article's rule for the class of the API in use, and its words."""
    api = facts.catalog.apis[facts.inputs.volume.baseline_api]
    sonnet = api.input_usd_per_mtok >= SONNET_CLASS_USD_PER_MTOK
    tokens = SONNET_CLASS_TOKENS_PER_DAY if sonnet else HAIKU_CLASS_TOKENS_PER_DAY
    return tokens, f"{tokens_a_day(tokens)} against a {'Sonnet' if sonnet else 'Haiku'}-class price"


def _volume(facts: QuestionFacts) -> QuestionAnswer:
    p95, point = facts.demand.p95_tokens_per_day, facts.break_even
    needed = point.with_people if point is not None else None
    rule, words = rule_of_thumb(facts)
    evidence = f"p95 {tokens_a_day(p95)} in the next 12 months; rule of thumb: {words}"
    if needed is None:
        return QuestionAnswer("volume", "no", "self-hosting this mix never breaks even in the range tried", evidence)
    yes = p95 >= needed
    reason = f"p95 {volume(p95)} a day {'reaches' if yes else 'is below'} your break-even of {volume(needed)}"
    best = facts.against_best.with_people if facts.against_best is not None else None
    if best is not None and best > p95 and yes:
        reason += f" against today's API; against the best API for each job it is {volume(best)}"
    if yes != (p95 >= rule):
        reason += f"; the rule of thumb ({volume(rule)}) says {'no' if yes else 'yes'}, your own mix decides"
    if facts.inputs.volume.known != "yes":
        return QuestionAnswer("volume", "unproven", f"{reason}; import 30 days of logs to be sure", evidence)
    return QuestionAnswer("volume", "yes" if yes else "no", reason, evidence)


def _quality(facts: QuestionFacts) -> QuestionAnswer:
    hosted = [r for r in facts.routes if r.destination == "self_host"]
    proven = [r for r in hosted if not r.provisional]
    evals = facts.inputs.quality.evaluation
    evidence = "; ".join(f"{e.model} against {e.api_model}: {e.prompts} prompts ({e.source})" for e in evals)
    evidence = evidence or "no evaluation on record"
    margin = share(facts.inputs.quality.margin_fraction)
    if hosted and len(proven) == len(hosted):
        return QuestionAnswer("quality", "yes", f"evaluations show the open model within {margin}", evidence)
    within = [e for e in evals if e.gap_high_fraction <= facts.inputs.quality.margin_fraction]
    if within and not hosted:
        return QuestionAnswer("quality", "yes", f"{within[0].model} is within {margin} on your prompts", evidence)
    if evals and all(e.gap_low_fraction > facts.inputs.quality.margin_fraction for e in evals):
        return QuestionAnswer("quality", "no", f"the evaluated open models miss the {margin} margin", evidence)
    if facts.inputs.quality.answer == "no":
        return QuestionAnswer("quality", "no", "you judge the work too hard for an open model", evidence)
    return QuestionAnswer("quality", "unproven", "only a paired evaluation on your own prompts settles it", evidence)


def _fine_tuning(inputs: Inputs) -> QuestionAnswer:
    if inputs.fine_tuning.answer == "yes":
        of = f" of {inputs.fine_tuning.base_model}" if inputs.fine_tuning.base_model else ""
        return QuestionAnswer("fine_tuning", "yes", f"you need your own fine-tuned weights{of}", "your answer")
    if inputs.fine_tuning.answer == "no":
        return QuestionAnswer("fine_tuning", "no", "stock weights will do", "your answer")
    return QuestionAnswer("fine_tuning", "unproven", "taken as no until you say so", "not answered")


def _operations(inputs: Inputs) -> QuestionAnswer:
    if inputs.operations.gpu_experience == "yes":
        return QuestionAnswer("operations", "yes", "your team has run GPUs in production", "your answer")
    if inputs.operations.hiring_budget == "yes":
        return QuestionAnswer("operations", "yes", "no experience, but a budget to hire", "your answer")
    if inputs.operations.gpu_experience == "no":
        return QuestionAnswer("operations", "no", "nobody can run GPUs and there is no budget to hire", "your answer")
    return QuestionAnswer("operations", "unproven", "say who would be on call", "not answered")


def _residency(inputs: Inputs) -> QuestionAnswer:
    if inputs.residency.answer == "no":
        return QuestionAnswer("residency", "no", "an API may see the data", "your answer")
    if inputs.residency.answer == "unknown":
        return QuestionAnswer("residency", "unproven", "taken as no: ask legal before you rely on it", "not answered")
    if inputs.residency.zero_retention_checked == "yes":
        return QuestionAnswer(
            "residency", "yes", "data must stay inside; zero-retention endpoints were checked and do not satisfy",
            "your answer",
        )  # fmt: skip
    return QuestionAnswer(
        "residency", "unproven", "data must stay inside, but check zero-retention and EU endpoints first", "your answer"
    )


def _rebenchmark(inputs: Inputs) -> QuestionAnswer:
    if inputs.rebenchmark.answer == "yes":
        return QuestionAnswer("rebenchmark", "yes", "you will re-benchmark every six months", "your answer")
    if inputs.rebenchmark.answer == "no":
        return QuestionAnswer(
            "rebenchmark", "no", "models age in months; without re-tests the gap grows", "your answer"
        )
    return QuestionAnswer("rebenchmark", "unproven", "taken as no", "not answered")


def winning_cases(facts: QuestionFacts, saves: bool) -> tuple[WinningCase, ...]:
    """The five cases in which self-hosting wins, each with whether it holds here."""
    return (
        _case_volume(facts, saves),
        _case_residency(facts.inputs),
        _case_fine_tuned(facts.inputs),
        _case_steady(facts),
        _case_unhosted(facts),
    )


def _case_volume(facts: QuestionFacts, saves: bool) -> WinningCase:
    mean = facts.demand.mean_tokens_per_day
    high = mean >= VERY_HIGH_TOKENS_PER_DAY and facts.demand.peak_to_mean_hour <= 2.0
    holds = high and saves
    reason = f"{tokens_a_day(mean)} on average, busiest hour {facts.demand.peak_to_mean_hour:.1f}x the mean"
    return WinningCase("volume", "very high, steady volume", holds, reason)


def _case_residency(inputs: Inputs) -> WinningCase:
    holds = (
        inputs.residency.answer == "yes"
        and inputs.residency.required == "inside"
        and inputs.residency.zero_retention_checked == "yes"
    )
    reason = "no API may see the data" if holds else "an API can meet the data rules, or that was not checked"
    return WinningCase("residency", "data residency no API can meet", holds, reason)


def _case_fine_tuned(inputs: Inputs) -> WinningCase:
    holds = inputs.fine_tuning.answer == "yes"
    reason = "your own weights have to run somewhere" if holds else "no weights of your own"
    return WinningCase("fine_tuned", "own fine-tuned weights", holds, reason)


def _case_steady(facts: QuestionFacts) -> WinningCase:
    used = facts.choice.utilisation if facts.choice is not None else 0.0
    holds = used >= STEADY_UTILISATION
    return WinningCase(
        "steady_bulk",
        "predictable bulk at 70 % utilisation or more",
        holds,
        f"the fleet would be {share(used)} busy",
    )


def _case_unhosted(facts: QuestionFacts) -> WinningCase:
    label = "a model nobody hosts"
    if facts.choice is None:
        return WinningCase("unhosted", label, False, "no open model chosen")
    hosts = [a for a in facts.catalog.apis.values() if a.hf_id == facts.choice.model and a.status != "retired"]
    pinned = facts.inputs.choice.model is not None or facts.inputs.fine_tuning.answer == "yes"
    holds = pinned and not hosts
    reason = f"{len(hosts)} hosted price{'s' if len(hosts) != 1 else ''} on record for {facts.choice.model}"
    return WinningCase("unhosted", label, holds, reason)
