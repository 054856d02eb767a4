"""The one door: a plan's inputs and the catalogue in, one frozen `Evaluation` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np

from planner.engine.assumptions import range_of, resolve
from planner.engine.candidates import ModelScope, Search, scopes_of, search
from planner.engine.columns import Floats
from planner.engine.demand import demand_of, load_of
from planner.engine.economy import Economy, outside_months
from planner.engine.excluded import excluded_of
from planner.engine.fleet import INFEASIBLE
from planner.engine.ledger import Buckets, Rates, live_months, people_costs
from planner.engine.options import choices_of
from planner.engine.outlook import BEST_MIX, break_even_map, break_evens, flips_of, sensitivity_of, uncertainty_of
from planner.engine.outside import market_of
from planner.engine.own import Context
from planner.engine.ownership import with_owned
from planner.engine.pricing import usd_per_unit
from planner.engine.questions import Facts, answers, winning_cases
from planner.engine.risk import DRAWS, Draws, Uncertainty, bands_of, draw, probability_cheaper, scenario_of
from planner.engine.routing import OwnRoute, routes_of
from planner.engine.selection import (
    Costed,
    bought_instead,
    by_the_hour,
    cheapest,
    cost,
    leanest,
    reference,
    rows_to_cost,
    self_hosted,
)
from planner.engine.sources import prices_used, traces_of, warnings_of
from planner.engine.specs import (
    BreakEven,
    Catalog,
    Choice,
    CostPoint,
    Demand,
    Evaluation,
    Inputs,
    Model,
    QuestionAnswer,
    RouteShare,
    ServingSettings,
    Strategy,
    StrategyLedger,
    Verdict,
)
from planner.engine.strategies import Contest, best_outside_total, economy_of, ledgers_of
from planner.engine.units import DAYS_PER_MONTH, MONTHS, WEEKS_PER_YEAR
from planner.engine.verdict import Case, own_saves, verdict_of


class NothingToPlanError(ValueError):
    """The plan has no workload, or none with any tokens."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """Everything known once the fleets are costed."""

    inputs: Inputs
    catalog: Catalog
    as_of: date
    context: Context
    contest: Contest
    found: Search | None
    costed: tuple[Costed, ...]
    out: tuple[tuple[Model, str], ...]
    bought: Costed | None
    """The chosen fleet on bought servers."""

    @property
    def chosen(self) -> Costed | None:
        return self.contest.hybrid


def evaluate(inputs: Inputs, catalog: Catalog, as_of: date, draws: int = DRAWS) -> Evaluation:
    """Runs every stage of the model. Pure: the same arguments give the same value; `draws` = 0 leaves risk out.

    Raises NothingToPlanError without any tokens, and KeyError naming an id that the catalogue does not hold.
    """
    if not inputs.workloads or sum(w.tokens_per_day for w in inputs.workloads) <= 0:
        raise NothingToPlanError("add a workload with at least one token a day")
    _check_names(inputs, catalog)
    stage = _stage(inputs, catalog, as_of)
    choice = _choice(stage)
    economy = economy_of(stage.contest)
    uncertainty = uncertainty_of(stage.contest, choice.performance if choice is not None else None)
    ledgers = ledgers_of(stage.contest)
    allowed = frozenset(s for s, found in ledgers.items() if found.possible and found.allowed)
    drawn = draw(economy, scenario_of(uncertainty, max(draws, 1)), allowed)
    banded = _with_bands(ledgers, drawn)
    if not stage.contest.hybrid_uses_gpus and ledgers["hybrid"].possible:
        outside = outside_months(economy, scenario_of(uncertainty, max(draws, 1))).sum(axis=1)
        banded["hybrid"] = _banded(ledgers["hybrid"], outside)
    return _assemble(stage, choice, economy, uncertainty, banded, drawn, allowed, draws)


def _check_names(inputs: Inputs, catalog: Catalog) -> None:
    """Raises KeyError for an id of the plan that the catalogue does not hold."""
    pins = inputs.pins
    named = [
        *(("API model", w.api_model or inputs.baseline_api, catalog.apis) for w in inputs.workloads),
        ("model", pins.model, catalog.models),
        ("model", inputs.fine_tuned_model, catalog.models),
        ("GPU", pins.gpu, catalog.gpus),
        ("engine", pins.engine, catalog.engines),
        ("currency", inputs.currency, catalog.usd_per),
    ]
    for what, id, known in named:
        if id is not None and id not in known:
            raise KeyError(f"no {what} {id!r} in the catalogue")


def _stage(inputs: Inputs, catalog: Catalog, as_of: date) -> _Stage:
    context, people = context_of(inputs, catalog, as_of)
    catalog = context.catalog
    barred = frozenset(i for i, o in enumerate(context.market.outsides) if o.best is None)
    scopes, out = scopes_of(inputs, catalog, barred)
    found = search(context, scopes, ServingSettings())
    costed = [] if found is None else [cost(context, found, position) for position in rows_to_cost(found)]
    alone = None if found is None else self_hosted(context, found, costed)
    costed += by_the_hour(context, costed)
    if alone is not None:
        alone = cheapest([alone, *by_the_hour(context, [alone], no_overflow=True)])
    contest = Contest(context, people, _hybrid(cheapest(costed), alone), alone, _why_no_self_host(inputs, scopes))
    if found is not None and not contest.hybrid_uses_gpus:
        contest = replace(contest, hybrid=reference(context, found) or contest.hybrid)
    bought = None if found is None or contest.hybrid is None else bought_instead(context, found, contest.hybrid)
    return _Stage(inputs, catalog, as_of, context, contest, found, tuple(costed), tuple(out), bought)


def _hybrid(with_overflow: Costed | None, alone: Costed | None) -> Costed | None:
    """A fleet without overflow is one way to be hybrid, so the cheaper of the two is."""
    if with_overflow is None or alone is None:
        return with_overflow or alone
    return alone if alone.own.total < with_overflow.own.total else with_overflow


def context_of(inputs: Inputs, catalog: Catalog, as_of: date) -> tuple[Context, Buckets]:
    """What every candidate shares, and what people cost; its catalogue holds what could be bought among the offers.

    Raises KeyError for a pinned offer that is neither for rent nor for sale.
    """
    assumptions = resolve(inputs, catalog)
    catalog, owned = with_owned(catalog, assumptions, inputs.currency)
    if inputs.pins.offer is not None and inputs.pins.offer not in catalog.offers:
        raise KeyError(f"no offer {inputs.pins.offer!r} in the catalogue")
    load = load_of(inputs, catalog, _day_noise_cv(inputs, catalog))
    rate = usd_per_unit(inputs.currency, catalog)
    people = people_costs(inputs, assumptions, Rates(catalog.usd_per["EUR"] / rate, 1.0 / rate))
    context = Context(
        inputs,
        catalog,
        assumptions,
        load,
        market_of(inputs, catalog, load, as_of),
        live_months(inputs, assumptions),
        float(sum(v.sum() for v in people.values())),
        rate,
        owned,
    )
    return context, people


def _day_noise_cv(inputs: Inputs, catalog: Catalog) -> float:
    if "day_noise_cv" in inputs.assumptions or inputs.profile_weights is not None:
        return range_of(inputs, catalog, "day_noise_cv").mid
    preset = catalog.presets.get(inputs.profile)
    return range_of(inputs, catalog, "day_noise_cv").mid if preset is None else preset.day_noise_cv


def _why_no_self_host(inputs: Inputs, scopes: list[ModelScope]) -> str:
    taken = {i for s in scopes for i in s.rows}
    missing = [w.name for i, w in enumerate(inputs.workloads) if i not in taken]
    if missing:
        return f"no open model may take {', '.join(missing)}"
    if not any(len(s.rows) == len(inputs.workloads) for s in scopes):
        return "no single open model may take every workload"
    return "no allowed GPU offer carries all of the work within the objectives"


def _leanest(stage: _Stage) -> Costed | None:
    if stage.found is None or stage.chosen is None:
        return None
    return leanest(stage.context, stage.found, stage.chosen)


def _options(stage: _Stage) -> tuple[Choice, ...]:
    """The chosen fleet, all that were costed, and the chosen one bought instead of rented; cheapest first."""
    if stage.found is None:
        return ()
    costed = (*stage.costed, *([stage.chosen] if stage.chosen is not None else []))
    shown = {(c.position, c.own.offer_id, c.own.hourly_id): c for c in costed}
    also = [] if stage.bought is None else [stage.bought]
    feasible = sorted((c for c in (*shown.values(), *also) if c.own.feasible), key=lambda c: c.own.total)
    return tuple(choices_of(stage.context, stage.found, feasible))


def _choice(stage: _Stage) -> Choice | None:
    if stage.chosen is None or stage.found is None:
        return None
    return choices_of(stage.context, stage.found, [stage.chosen])[0]


def _with_bands(ledgers: Mapping[Strategy, StrategyLedger], drawn: Draws) -> dict[Strategy, StrategyLedger]:
    """Sets p10, p50, p90 and the mean of the draws; hybrid without own GPUs has the bands of the best API."""
    return {name: _banded(found, drawn.totals.get(name)) for name, found in ledgers.items()}


def _banded(found: StrategyLedger, totals: Floats | None) -> StrategyLedger:
    if not found.possible or totals is None:
        return found
    p10, p50, p90 = (float(v) for v in np.quantile(totals, [0.1, 0.5, 0.9]))
    return replace(found, p10=p10, p50=p50, p90=p90, expected=float(totals.mean()))


def _assemble(
    stage: _Stage,
    choice: Choice | None,
    economy: Economy,
    uncertainty: Uncertainty,
    ledgers: dict[Strategy, StrategyLedger],
    drawn: Draws,
    allowed: frozenset[Strategy],
    draws: int,
) -> Evaluation:
    contest, inputs, catalog = stage.contest, stage.inputs, stage.catalog
    load = stage.context.load
    demand = demand_of(inputs, load, _concurrency(stage))
    routes = _routes(stage)
    large = _leanest(stage)
    points = break_evens(contest, economy, stage.chosen, large)
    verdict, questions = _verdict(stage, choice, economy, uncertainty, ledgers, drawn, allowed, routes, points, demand)
    prices = prices_used(contest, choice, large, stage.as_of)
    return Evaluation(
        inputs=inputs,
        catalog=catalog,
        as_of=stage.as_of,
        usd_per_unit=stage.context.usd_per_unit,
        demand=demand,
        questions=questions,
        yes_count=sum(q.answer == "yes" for q in questions),
        verdict=verdict,
        choice=choice,
        choice_why_none="" if choice is not None else _why_no_choice(stage),
        options=_options(stage),
        excluded=excluded_of(stage.context, stage.found, stage.out),
        options_considered=0 if stage.found is None else stage.found.candidates.columns.rows,
        options_fitting=0 if stage.found is None else stage.found.fits,
        curve=_curve(stage),
        routes=routes,
        months_tokens=tuple(float(v) for v in load.month_tokens_per_day * DAYS_PER_MONTH),
        ledgers=MappingProxyType(ledgers),
        break_even=points,
        payback_month=payback_month(ledgers),
        sensitivity=sensitivity_of(economy, uncertainty, allowed),
        risk=bands_of(drawn) if draws else None,
        break_even_map=break_even_map(contest, economy, uncertainty, stage.chosen, allowed),
        evidence=(),
        prices_used=prices,
        traces=traces_of(contest, demand, choice, points[0] if points else None),
        warnings=warnings_of(contest, choice, routes, points, prices, stage.as_of),
    )


def _concurrency(stage: _Stage) -> float | None:
    """Little's law: mean sequences in flight at today's volume, on the chosen replica."""
    if stage.chosen is None:
        return None
    rows, speed = list(stage.chosen.own.rows), stage.chosen.speed
    outputs = np.array([stage.inputs.workloads[i].output_tokens for i in rows])
    return float((stage.context.load.requests_per_s[rows] * (speed.ttft_s + outputs * speed.tpot_s)).sum())


def _routes(stage: _Stage) -> tuple[RouteShare, ...]:
    chosen = stage.chosen if stage.contest.hybrid_uses_gpus else None
    own = None if chosen is None else OwnRoute(chosen.own, chosen.scope)
    return routes_of(stage.inputs, stage.catalog, stage.context.market, own)


def _verdict(
    stage: _Stage,
    choice: Choice | None,
    economy: Economy,
    uncertainty: Uncertainty,
    ledgers: dict[Strategy, StrategyLedger],
    drawn: Draws,
    allowed: frozenset[Strategy],
    routes: tuple[RouteShare, ...],
    points: tuple[BreakEven, ...],
    demand: Demand,
) -> tuple[Verdict, tuple[QuestionAnswer, ...]]:
    assumptions = stage.context.assumptions
    facts = Facts(
        stage.inputs,
        stage.catalog,
        stage.context.load,
        demand,
        choice,
        routes,
        break_even=points[0] if points else None,
        against_best=next((p for p in points if p.api_model == BEST_MIX), None),
    )
    case = Case(
        facts=facts,
        answers=answers(facts),
        cases=(),
        ledgers=ledgers,
        probability=probability_cheaper(drawn),
        saving_needed=assumptions.saving_to_recommend_fraction,
        probability_needed=assumptions.probability_to_recommend,
        flips=flips_of(economy, uncertainty, allowed, assumptions.saving_to_recommend_fraction),
        currency=stage.inputs.currency,
        switching_cost=_switching_cost(stage),
    )
    case = replace(case, cases=winning_cases(facts, own_saves(case)))
    return verdict_of(case), case.answers


def _switching_cost(stage: _Stage) -> float:
    """One model swap in the plan's currency: evaluation and prompt work when work moves to another model."""
    assumptions, rate = stage.context.assumptions, stage.context.usd_per_unit
    week = assumptions.engineer_eur_year / WEEKS_PER_YEAR * stage.catalog.usd_per["EUR"] / rate
    return assumptions.model_swap_weeks * week


def _why_no_choice(stage: _Stage) -> str:
    if stage.found is None:
        return "no open model may take any of the work, or no GPU offer is allowed"
    if not stage.found.fitting.size:
        return "no model fits any allowed GPU offer"
    if not stage.found.usable.size:
        return "no layout keeps the latency objectives even for one request at a time"
    return "no number of replicas satisfies the residency and redundancy rules"


def _curve(stage: _Stage) -> tuple[CostPoint, ...]:
    """Cost against replicas for the chosen candidate; point 0 is "no own GPU"."""
    chosen = stage.chosen
    if chosen is None:
        return ()
    own, found = chosen.own, chosen.own.found
    bound = any(o.best is None for o in stage.contest.outsides)
    zero = best_outside_total(stage.contest.outsides)
    volume = own.fleet.load.tokens_per_day[:, None] * own.fleet.load.month_factor[None, :]
    months, columns = np.arange(MONTHS)[None, :], own.plan.curve_columns[1:]
    rent = found.rent[months, columns].sum(axis=1)
    api = found.api[months, columns].sum(axis=1) + own.outside_total
    served = (volume[:, None, :] * found.served[:, months, columns]).sum(axis=(0, 2)) / max(float(volume.sum()), 1e-12)
    return (
        CostPoint(0, 0, zero, 0.0, 0.0, zero, 0.0, not bound),
        *(
            CostPoint(
                replicas=int(found.replicas[k]),
                offers_rented=int(found.units[k]),
                total=float(own.plan.curve_total[k]) + own.outside_total,
                gpu=float(rent[k - 1]),
                people_and_fixed=own.offer.fixed_total + int(found.units[k]) * own.offer.setup_fee,
                api=float(api[k - 1]),
                served_fraction=float(served[k - 1]),
                feasible=float(own.plan.curve_total[k]) < INFEASIBLE,
            )
            for k in range(1, len(found.units))
        ),
    )


def payback_month(ledgers: Mapping[Strategy, StrategyLedger]) -> int | None:
    """First month in which cumulative hybrid cost is no more than that of the API as it is today, or None."""
    hybrid, api = ledgers["hybrid"], ledgers["api_today"]
    if not hybrid.possible or not api.possible:
        return None
    ours, theirs = 0.0, 0.0
    for month in range(MONTHS):
        ours += float(hybrid.months[month].total)
        theirs += float(api.months[month].total)
        if ours <= theirs:
            return month + 1
    return None
