"""The one door: a plan's inputs and the catalogue in, one frozen `Evaluation` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import numpy as np

from planner.engine import decision, specs
from planner.engine.answer import Beside, answer_of, led_by_tests, without_hand
from planner.engine.arrays import quantiles
from planner.engine.article import claims_of
from planner.engine.demand import demand_of
from planner.engine.ledger import risk
from planner.engine.ledger.cash import cash_of, not_counted
from planner.engine.ledger.commitments import terms_of
from planner.engine.ledger.economy import Economy
from planner.engine.ledger.particular import Particular, particulars_of, rises_of
from planner.engine.ledger.sensitivity import break_even_map, break_evens, flips_of, host_break_even, levers, tried
from planner.engine.ledger.service import unserved, with_gaps
from planner.engine.ledger.spreads import Uncertainty, uncertainty_of
from planner.engine.ledger.strategies import economy_of, ledgers_of, merged
from planner.engine.measured.nearest import nearest
from planner.engine.names import OUTSIDE, OUTSIDE_ONLY, Side
from planner.engine.notices import notices_of, of_commitments, prices_used
from planner.engine.quality import retires_within
from planner.engine.questions import VerdictInputs, answers
from planner.engine.recommendation import decide, payback_of, verdict_of
from planner.engine.search.options import excluded_of
from planner.engine.search.select import Costed
from planner.engine.specs.answer import Answer
from planner.engine.units import DAYS_PER_MONTH, MONTHS, WEEKS_PER_YEAR
from planner.records import dataclass


class NothingToPlanError(ValueError):
    """The plan has no workload, or none with any tokens."""


def evaluate(inputs: specs.Inputs, catalog: specs.Catalog, as_of: date, draws: int = risk.DRAWS) -> specs.Evaluation:
    """Runs every stage of the model. Pure: the same arguments give the same value; `draws` = 0 leaves risk out but for
    the few that the verdict needs to know how sure it is.

    Raises NothingToPlanError without any tokens, and KeyError naming an id that the catalogue does not hold.
    """
    if not inputs.workload or sum(w.tokens_per_day for w in inputs.workload) <= 0:
        raise NothingToPlanError("add a workload with at least one token a day")
    decision.check_names(inputs, catalog)
    stage = decision.costed_plan(inputs, catalog, as_of)
    run, free = _run(stage, draws), without_hand(inputs)
    found = _assemble(stage, run, None if free is inputs else _answer_alone(free, catalog, as_of, draws))
    left = tuple(of_commitments(run.uses, found.verdict.strategy))
    return replace(
        found,
        claims=claims_of(found),
        commitments=run.uses,
        notices=found.notices + left,
        cash=run.cash,
        not_counted=not_counted(stage.contest),
    )


def _answer_alone(inputs: specs.Inputs, catalog: specs.Catalog, as_of: date, draws: int) -> Answer:
    """The answer of a plan that is asked for nothing else, such as the map, the notices or the evidence."""
    stage = decision.costed_plan(inputs, catalog, as_of)
    return _judged(stage, _run(stage, draws), None).answer


@dataclass(frozen=True, slots=True)
class _Run:
    """The six strategies of one plan, exact and over the draws."""

    shown: decision.Shown
    demand: specs.Demand
    points: tuple[specs.BreakEven, ...]
    large: Costed | None
    """The fleet that break-evens are reckoned with."""
    economy: Economy
    uncertainty: Uncertainty
    ledgers: dict[specs.Strategy, specs.StrategyLedger]
    """With their bands."""
    drawn: risk.Draws
    sides: Mapping[specs.Strategy, Side]
    """What of the draws each ledger is about."""
    allowed: frozenset[specs.Strategy]
    sensitivity: tuple[specs.Sensitivity, ...]
    scenarios: tuple[specs.PriceScenario, ...]
    flips: tuple[specs.Flip, ...]
    draws: int
    uses: tuple[specs.CommitmentUse, ...]
    cash: tuple[specs.CashOut, ...]


def _run(stage: decision.CostedPlan, draws: int) -> _Run:
    shown, large = decision.shown_of(stage), decision.large_fleet(stage)
    plain = ledgers_of(stage.contest)
    terms = terms_of(stage.contest, plain, stage.as_of)
    ledgers = with_gaps(stage.contest, merged(terms.added(plain)))
    economy = replace(economy_of(stage.contest), deals=terms.deals, unserved=unserved(ledgers))
    speed = None if shown.chosen is None else shown.chosen.performance
    uncertainty = uncertainty_of(stage.contest, speed, stage.as_of)
    allowed = frozenset(s for s, found in ledgers.items() if found.possible and found.allowed)
    ends, moved = risk.ends_of(uncertainty), levers(uncertainty)
    asked = [risk.neutral(uncertainty), risk.price_scenarios(uncertainty)]
    asked += [risk.one_at_a_time(uncertainty, ends), risk.one_at_a_time(uncertainty, tried(moved))]
    likely, priced, swung, levered = risk.draw_each(economy, asked, allowed)
    if terms.deals:
        likely = risk.draw_each(risk.without_deals(economy), asked[:1], allowed)[0]
    # hybrid without own GPUs is everything outside
    sides: dict[specs.Strategy, Side] = {name: name for name in ledgers}
    sides |= {} if stage.contest.hybrid_uses_gpus else {"hybrid": OUTSIDE_ONLY}
    apart = _apart(stage, economy.strategies, plain, ledgers, sides)
    drawn = risk.draw_apart(economy, risk.scenario_of(uncertainty, draws or risk.FEW), likely, apart)
    banded = _with_bands(ledgers, drawn, sides, apart.particulars, decision.untested_in(stage))
    return _Run(
        shown=shown,
        demand=demand_of(stage.inputs, stage.context.load, decision.concurrency_of(stage)),
        points=break_evens(stage.contest, economy, stage.chosen, large),
        large=large,
        economy=economy,
        uncertainty=uncertainty,
        ledgers=banded,
        drawn=drawn,
        sides=sides,
        allowed=allowed,
        sensitivity=risk.tornado(swung, ends),
        scenarios=risk.scenarios_of(priced, _same_plans(stage, ledgers)),
        flips=flips_of(levered, moved, stage.context.assumptions.saving_to_recommend_fraction),
        draws=draws,
        uses=terms.uses,
        cash=cash_of(stage.contest, banded, terms, stage.bought),
    )


def _same_plans(
    stage: decision.CostedPlan, ledgers: Mapping[specs.Strategy, specs.StrategyLedger]
) -> dict[specs.Strategy, float]:
    """The totals of what the price scenarios are of: of a hybrid only where it has own GPUs, as theirs always has."""
    own = stage.contest.hybrid_uses_gpus
    return {name: float(found.total) for name, found in ledgers.items() if found.possible and (own or name != "hybrid")}


def _apart(
    stage: decision.CostedPlan,
    drawn: Sequence[specs.Strategy],
    plain: Mapping[specs.Strategy, specs.StrategyLedger],
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger],
    sides: Mapping[specs.Strategy, Side],
) -> risk.Apart:
    """What sets the strategies apart in the draws; `plain`: their ledgers before contracts."""
    return risk.Apart(
        particulars=particulars_of(stage.contest, drawn, stage.as_of),
        rises=rises_of(stage.contest),
        planned={sides[name]: float(found.total) for name, found in plain.items() if found.possible},
        same_as={sides[name]: sides[found.same_as] for name, found in ledgers.items() if found.same_as is not None},
    )


def _with_bands(
    ledgers: Mapping[specs.Strategy, specs.StrategyLedger],
    draws: risk.Draws,
    sides: Mapping[specs.Strategy, Side],
    particulars: Mapping[Side, Particular],
    untested: frozenset[specs.Strategy],
) -> dict[specs.Strategy, specs.StrategyLedger]:
    """Sets p10, p50, p90 and the mean of the draws, how likely the models of each pass, and whether any is untested."""
    drawn = {name: draws.of(sides[name])[0] for name, found in ledgers.items() if found.possible}
    bands = quantiles(np.array(list(drawn.values())), (0.1, 0.5, 0.9)).tolist()
    banded = {
        name: replace(
            ledgers[name],
            p10=low,
            p50=mid,
            p90=high,
            mean=float(drawn[name].mean()),
            chance_to_pass=particulars[sides[name]].chance,
            untested=name in untested,
        )
        for name, (low, mid, high) in zip(drawn, bands, strict=True)
    }
    return {name: banded.get(name, found) for name, found in ledgers.items()}


def _assemble(stage: decision.CostedPlan, run: _Run, free: Answer | None) -> specs.Evaluation:
    contest, choice = stage.contest, run.shown.chosen
    judged = _judged(stage, run, free)
    prices = prices_used(contest, choice, run.large, stage.as_of)
    return specs.Evaluation(
        inputs=stage.inputs,
        catalog=stage.catalog,
        as_of=stage.as_of,
        usd_per_unit=stage.context.usd_per_unit,
        demand=run.demand,
        questions=judged.questions,
        verdict=judged.verdict,
        answer=judged.answer,
        planned=judged.planned,
        routes=judged.routes,
        choice=choice,
        why_no_choice=decision.why_no_choice(stage),
        options=run.shown.options,
        excluded=excluded_of(stage.context, stage.found, stage.out),
        options_considered=0 if stage.found is None else stage.found.candidates.rows,
        options_fitting=0 if stage.found is None else stage.found.fits,
        curve=decision.curve_points(stage),
        months_tokens=tuple((stage.context.load.month_tokens_per_day * DAYS_PER_MONTH).tolist()),
        ledgers=MappingProxyType(run.ledgers),
        break_even=run.points,
        bought=run.shown.bought,
        dedicated=run.shown.dedicated,
        dedicated_break_even=host_break_even(contest, run.economy),
        sensitivity=run.sensitivity,
        risk=_risk(run) if run.draws else None,
        break_even_map=break_even_map(contest, run.economy, run.uncertainty, stage.chosen, run.allowed),
        evidence=_evidence(stage.catalog, choice),
        prices_used=prices,
        notices=notices_of(contest, choice, judged.routes, run.points, prices, stage.impossible, stage.as_of),
        scenarios=run.scenarios,
        without_stalest=decision.without_stalest(stage),
        week=decision.fleet_week(stage, judged.planned),
        payback_month=_payback(run, judged.routes, "api_today"),
        payback_month_best=_payback(run, judged.routes, *OUTSIDE),
    )


def _payback(run: _Run, routes: tuple[specs.RouteShare, ...], *against: specs.Strategy) -> int | None:
    """Month from which own GPUs stay no dearer than the cheapest of these; None where no work goes there."""
    uses_own = any(route.destination == "self_host" for route in routes)
    return payback_of(run.ledgers, *against) if uses_own else None


def _risk(run: _Run) -> specs.RiskBands:
    distinct = frozenset(s for s, found in run.ledgers.items() if found.distinct)
    return risk.bands_of(run.drawn, distinct, run.sides)


def _evidence(catalog: specs.Catalog, choice: specs.Choice | None) -> tuple[specs.Evidence, ...]:
    """Public measurements nearest to the choice at its own mean request."""
    if choice is None or not choice.deployment.writes:
        return ()
    speed = choice.performance
    osl = speed.output_tok_s.mid / speed.requests_s.mid
    shape = specs.RequestShape(speed.total_tok_s.mid / speed.requests_s.mid - osl, osl)
    return nearest(catalog, choice.deployment, shape, speed.concurrency)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is advised; what is shown is what is priced."""

    verdict: specs.Verdict
    questions: tuple[specs.QuestionAnswer, ...]
    answer: Answer
    planned: specs.Strategy | None
    """Whose routes are shown."""
    routes: tuple[specs.RouteShare, ...]


def _judged(stage: decision.CostedPlan, run: _Run, free: Answer | None) -> _Judged:
    """`free`: the answer without anything set by hand, where something is."""
    case = _case(stage, run)
    questions = answers(case)
    decided = decide(case, questions)
    shown = replace(case, routes=decision.routes_of_stage(stage, decided.planned))
    verdict = verdict_of(shown, questions, decided)
    beside = Beside(
        today=tuple(outside.today.total / MONTHS for outside in stage.contest.outsides),
        live=stage.context.live,
        assumptions=stage.context.assumptions,
        planned=decided.planned,
        free=free,
        at_host=run.shown.dedicated,
    )
    advised = shown
    if decided.strategy != decided.planned:
        advised = replace(case, routes=decision.routes_of_stage(stage, decided.strategy))
    answer = answer_of(advised, verdict, beside)
    return _Judged(led_by_tests(verdict, answer), questions, answer, decided.planned, shown.routes)


def _case(stage: decision.CostedPlan, run: _Run) -> VerdictInputs:
    assumptions = stage.context.assumptions
    return VerdictInputs(
        inputs=stage.inputs,
        catalog=stage.catalog,
        demand=run.demand,
        choice=run.shown.chosen,
        routes=decision.routes_of_stage(stage, "hybrid"),
        break_even=run.points,
        ledgers=run.ledgers,
        probability=risk.probability_cheaper(run.drawn),
        saving_needed=assumptions.saving_to_recommend_fraction,
        probability_needed=assumptions.probability_to_recommend,
        switching_cost=_switching_cost(stage),
        flips=run.flips,
        deciders=tuple(s for s in run.sensitivity if s.changes_sign),
        ending=frozenset(
            outside.workload.name
            for outside in stage.contest.outsides
            if retires_within(outside.today.api, stage.as_of)
        ),
    )


def _switching_cost(stage: decision.CostedPlan) -> float:
    """One model swap in the plan's currency: evaluation and prompt work when work moves to another model.

    Nothing where the people who do it are paid anyway.
    """
    if stage.inputs.operations.people_already_paid:
        return 0.0
    assumptions, rate = stage.context.assumptions, stage.context.usd_per_unit
    week = assumptions.engineer_eur_year / WEEKS_PER_YEAR * stage.catalog.usd_per["EUR"] / rate
    return assumptions.model_swap_weeks * week
