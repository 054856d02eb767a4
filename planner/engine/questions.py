"""The six questions and the five winning cases, answered from the inputs and the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.engine import specs
from planner.engine.names import BEST_MIX
from planner.engine.specs.money import cheapest_of
from planner.engine.specs.verdict import Because
from planner.records import dataclass

STEADY_UTILISATION = 0.70
VERY_HIGH_TOKENS_PER_DAY = 100e6
"""The article's largest sensible band starts at 100M tokens a day."""
SONNET_CLASS_TOKENS_PER_DAY = 5e6
HAIKU_CLASS_TOKENS_PER_DAY = 20e6
SONNET_CLASS_USD_PER_MTOK = 2.0
"""Input price from which a model counts as Sonnet-class for the rule of thumb."""


@dataclass(frozen=True, slots=True)
class VerdictInputs:
    """What the answers and the verdict weigh."""

    inputs: specs.Inputs
    catalog: specs.Catalog
    demand: specs.Demand
    choice: specs.Choice | None
    routes: tuple[specs.RouteShare, ...]
    break_even: tuple[specs.BreakEven, ...]
    """Against the API model in use today first."""
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger]
    probability: float
    saving_needed: float
    probability_needed: float
    switching_cost: float
    """One model swap: what moving work to another endpoint costs once."""
    flips: tuple[specs.Flip, ...]
    deciders: tuple[specs.Sensitivity, ...]
    """Inputs within whose range own GPUs begin or cease to be cheaper, the largest swing first."""
    ending: frozenset[str] = frozenset()
    """Work whose model of today is switched off inside the 12 months: it cannot stay as it is."""

    def cheapest(self, *among: specs.Strategy) -> specs.StrategyLedger | None:
        """The cheapest possible and allowed strategy of these."""
        found = cheapest_of(self.ledgers, among)
        return found if found is not None and found.allowed else None

    @property
    def best_api(self) -> specs.StrategyLedger | None:
        """Cheapest allowed strategy without own GPUs."""
        return self.cheapest(*specs.API_STRATEGIES)

    @property
    def best_own(self) -> specs.StrategyLedger | None:
        """Cheapest strategy with own GPUs."""
        return self.cheapest(*specs.OWN_STRATEGIES) if self.choice is not None else None

    @property
    def uses_own(self) -> bool:
        return any(r.destination == "self_host" for r in self.routes)


def answers(case: VerdictInputs) -> tuple[specs.QuestionAnswer, ...]:
    """All six, in their order."""
    return (
        _volume(case),
        _quality(case),
        _as_said("fine_tuning", case.inputs.fine_tuning.answer, "own_weights", "stock_weights"),
        _operations(case.inputs),
        _residency(case.inputs),
        _as_said("rebenchmark", case.inputs.rebenchmark.answer, "will_rebenchmark", "no_rebenchmark"),
    )


def rule_of_thumb(inputs: specs.Inputs, catalog: specs.Catalog) -> float:
    """Tokens a day of the article's rule for the class of the API in use."""
    sonnet = catalog.apis[inputs.volume.baseline_api].input_usd_per_mtok >= SONNET_CLASS_USD_PER_MTOK
    return SONNET_CLASS_TOKENS_PER_DAY if sonnet else HAIKU_CLASS_TOKENS_PER_DAY


def _volume(case: VerdictInputs) -> specs.QuestionAnswer:
    """The mean of the 12 months against a break-even in mean tokens, and that against the best alternative to own GPUs:
    a peak day pays for no fleet, and today's price is not what own GPUs have to beat where work may move."""
    point = volume_point(case.break_even)
    if point is None or point.with_people is None:
        return specs.QuestionAnswer("volume", "no", "never_breaks_even")
    yes = case.demand.mean_tokens_per_day >= point.with_people
    because: Because = "reaches" if yes else "below"
    if case.inputs.volume.known != "yes":
        return specs.QuestionAnswer("volume", "unproven", because)
    return specs.QuestionAnswer("volume", "yes" if yes else "no", because)


def volume_point(points: Sequence[specs.BreakEven]) -> specs.BreakEven | None:
    """The break-even that question 1 asks about: against the best mix, else against the API in use today."""
    return next((p for p in points if p.api_model == BEST_MIX), next(iter(points), None))


def _quality(case: VerdictInputs) -> specs.QuestionAnswer:
    hosted = [r for r in case.routes if r.destination == "self_host"]
    # A closed model that passed is good enough for the work, and says nothing of open ones.
    evals = [e for e in case.inputs.quality.evaluation if case.catalog.is_open(e.model)]
    margin = case.inputs.quality.margin_fraction
    if hosted and not any(r.provisional for r in hosted):
        return specs.QuestionAnswer("quality", "yes", "passed")
    within = [e for e in evals if e.most_gap <= margin]
    if within and not hosted:
        return specs.QuestionAnswer("quality", "yes", "within", within[0].model)
    if evals and all(e.least_gap > margin for e in evals):
        return specs.QuestionAnswer("quality", "no", "missed")
    if case.inputs.quality.answer == "no":
        return specs.QuestionAnswer("quality", "no", "too_hard")
    return specs.QuestionAnswer("quality", "unproven", "no_evaluation")


def _as_said(id: specs.QuestionId, answer: specs.Answer, yes: Because, no: Because) -> specs.QuestionAnswer:
    """A question that only the user can answer."""
    if answer == "unknown":
        return specs.QuestionAnswer(id, "unproven", "not_answered")
    return specs.QuestionAnswer(id, answer, yes if answer == "yes" else no)


def _operations(inputs: specs.Inputs) -> specs.QuestionAnswer:
    if inputs.operations.gpu_experience == "yes":
        return specs.QuestionAnswer("operations", "yes", "experience")
    if inputs.operations.hiring_budget == "yes":
        return specs.QuestionAnswer("operations", "yes", "hiring")
    if inputs.operations.gpu_experience == "no":
        return specs.QuestionAnswer("operations", "no", "nobody")
    return specs.QuestionAnswer("operations", "unproven", "not_answered")


def _residency(inputs: specs.Inputs) -> specs.QuestionAnswer:
    if inputs.residency.answer == "no":
        return specs.QuestionAnswer("residency", "no", "api_may_see")
    if inputs.residency.answer == "unknown":
        return specs.QuestionAnswer("residency", "unproven", "not_answered")
    if inputs.residency.zero_retention_checked == "yes":
        return specs.QuestionAnswer("residency", "yes", "endpoints_checked")
    if inputs.residency.zero_retention_checked == "unknown":
        return specs.QuestionAnswer("residency", "unproven", "endpoints_unchecked")
    if inputs.residency.required == "region":
        return specs.QuestionAnswer("residency", "no", "endpoint_accepted")
    # which endpoint legal accepts is not on record, so it opens no gate that "own machines" closes
    return specs.QuestionAnswer("residency", "unproven", "own_machines_only")


def winning_cases(case: VerdictInputs, saves: bool) -> tuple[specs.WinningCase, ...]:
    """The five cases in which self-hosting wins, each with whether it holds here."""
    inputs, demand, choice = case.inputs, case.demand, case.choice
    high = demand.mean_tokens_per_day >= VERY_HIGH_TOKENS_PER_DAY and demand.peak_to_mean_hour <= 2.0
    inside = inputs.residency.required == "inside" and inputs.residency.zero_retention_checked == "yes"
    return (
        specs.WinningCase("volume", high and saves),
        specs.WinningCase("residency", inside),
        specs.WinningCase("fine_tuned", inputs.fine_tuning.answer == "yes"),
        specs.WinningCase("steady_bulk", choice is not None and choice.utilisation >= STEADY_UTILISATION),
        _unhosted(case),
    )


def _unhosted(case: VerdictInputs) -> specs.WinningCase:
    """Only a model that is asked for by name counts: the planner itself never picks one for being rare."""
    if case.choice is None:
        return specs.WinningCase("unhosted", False)
    found = (api for api in case.catalog.apis.values() if api.hf_id == case.choice.model)
    hosts = sum(api.status != "retired" for api in found)
    asked = case.inputs.choice.model is not None or case.inputs.fine_tuning.answer == "yes"
    return specs.WinningCase("unhosted", asked and not hosts, hosts)
