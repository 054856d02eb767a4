"""The answer: today beside what is proposed, with its proof, its price beside the bill, and what to do first.

The one place of birth of the numbers that every page opens with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import inf, log
from typing import Final

import numpy as np

from planner.engine import specs
from planner.engine.arrays import Floats
from planner.engine.assumptions import Assumptions
from planner.engine.chance import chance_to_pass, is_todays, prompts_behind
from planner.engine.ledger.months import hiring_months
from planner.engine.names import OWN_STRATEGIES, STRATEGIES
from planner.engine.questions import VerdictInputs
from planner.engine.recommendation import comparison
from planner.engine.specs.answer import Answer, AnswerKind, AnswerStep, ByHand, Move, Proof, RunnerUp, Takes
from planner.engine.specs.money import Flip, cheapest_of, more_than
from planner.engine.specs.verdict import TESTS_OF_MODELS, NextStep
from planner.engine.units import MONTHS
from planner.records import dataclass

SHOWN = 3
"""Flips, and steps, on the page."""
HOURS: Final[Mapping[str, float]] = {
    "import_logs": 2,
    "import_newer_logs": 2,
    "evaluate": 8,
    "compare_search": 8,
    "measure_throughput": 4,
    "cache_and_batch": 8,
    "send_a_share": 12,
    "load_adapter": 12,
    "deploy_at_host": 16,
    "ask_terms": 2,
    "agree_on_people": 4,
    "fix_prices": 4,
    "rent_one": 40,
    "watch_bill": 1,
    "watch_fleet": 1,
    "check_later": 1,
    "reprice": 1,
    "stop_rule": 1,
    "loosen": 1,
    "leave_model": 8,
}
"""Work that a step takes, in hours of one person: rough orders of our own, to sort by and never shown as a promise."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What an answer needs that no stage before it has put into the verdict."""

    today: tuple[float, ...]
    """Mean month of each workload as it runs now."""
    live: Floats
    """(12,) share of each month in which own GPUs serve."""
    assumptions: Assumptions
    planned: specs.Strategy | None
    """Whose routes the plan shows: not the proposal's where the user sent work to own GPUs."""
    free: Answer | None
    """Of the same plan without anything set by hand; None where nothing is."""
    at_host: specs.Choice | None
    """The fleet of a host's dedicated endpoints."""


def without_hand(inputs: specs.Inputs) -> specs.Inputs:
    """The same plan with every route and pin left to the planner; the very same object where none is set."""
    pins = specs.Pins(
        allow_non_production=inputs.choice.allow_non_production,
        prefer_gpus=inputs.choice.prefer_gpus,
        exclude_providers=inputs.choice.exclude_providers,
    )
    if pins == inputs.choice and all(w.route == "auto" for w in inputs.workload):
        return inputs
    return replace(inputs, choice=pins, workload=tuple(replace(w, route="auto") for w in inputs.workload))


def answer_of(case: VerdictInputs, verdict: specs.Verdict, beside: Beside) -> Answer:
    """`case.routes`: of the strategy decided on."""
    strategy, ledgers = verdict.strategy, case.ledgers
    moves = _moves(case, beside.today)
    proposed = None if strategy is None else ledgers[strategy].total
    today = ledgers["api_today"]
    untested = tuple(dict.fromkeys(m.moves_to for m in moves if m.proof == "untested"))
    proven = [m.prompts for m in moves if m.proof == "proven"]
    return Answer(
        kind=_kind(verdict),
        same_models=all(m.proof == "nothing_moves" for m in moves),
        today=today.total,
        today_allowed=today.allowed,
        proposed=proposed,
        proof="untested" if untested else "proven" if proven else "nothing_moves",
        prompts=min((n for n in proven if n), default=0),
        untested=untested,
        chance_to_pass=verdict.chance_to_pass,
        saving=_whole_saving(case, strategy),
        runner_up=_runner_up(case, strategy),
        moves=moves,
        beside_before=float(today.total) / MONTHS - sum(m.before for m in moves),
        beside_after=0.0 if proposed is None else float(proposed) / MONTHS - sum(m.after for m in moves),
        takes=_takes(case, verdict, moves, beside),
        by_hand=_by_hand(case, verdict, beside),
        flips=_nearest(verdict),
        steps=_steps(case, verdict, moves),
    )


def _kind(verdict: specs.Verdict) -> AnswerKind:
    if verdict.recommendation != "api":
        return verdict.recommendation
    return "stay" if verdict.strategy == "api_today" else "switch"


def _moves(case: VerdictInputs, today: Iterable[float]) -> tuple[Move, ...]:
    works = {w.name: w for w in case.inputs.workload}
    found = []
    for route, before in zip(case.routes, today, strict=True):
        proof, prompts = _proof(case, works[route.workload], route)
        found.append(
            Move(
                workload=route.workload,
                runs_on=case.inputs.api_today(works[route.workload]),
                moves_to=route.model,
                destination=route.destination,
                before=before,
                after=route.monthly_cost,
                proof=proof,
                prompts=prompts,
                batch_tier=route.batch_tier,
                chance=1.0 if proof != "untested" else _chance(case, works[route.workload], route.model),
            )
        )
    return tuple(found)


def _called(case: VerdictInputs, id: str) -> specs.ApiModel | specs.Model:
    return case.catalog.apis.get(id) or case.catalog.models[id]


def _chance(case: VerdictInputs, work: specs.Workload, model: str) -> float:
    return chance_to_pass(case.inputs, case.catalog, work, _called(case, model)).mid


def _proof(case: VerdictInputs, work: specs.Workload, route: specs.RouteShare) -> tuple[Proof, int]:
    """How well it is known that the model does the work, and on how many prompts."""
    if not route.model:
        return "nothing_moves", 0
    if route.provisional:
        return "untested", 0
    model = _called(case, route.model)
    if is_todays(case.inputs, case.catalog, work, model):
        return "nothing_moves", 0
    return "proven", prompts_behind(case.inputs, work, model)


def _runner_up(case: VerdictInputs, strategy: specs.Strategy | None) -> RunnerUp | None:
    same = OWN_STRATEGIES if strategy in OWN_STRATEGIES else (strategy,)
    others = [s for s in STRATEGIES if s not in (*same, "api_today") and _is_another(case, strategy, s)]
    found = cheapest_of(case.ledgers, others)
    if found is None or not found.allowed:
        return None
    return RunnerUp(found.strategy, found.total, not found.untested)


def _is_another(case: VerdictInputs, strategy: specs.Strategy | None, other: specs.Strategy) -> bool:
    """Not today's, and not the proposed, by another name."""
    months = [[m.total for m in case.ledgers[s].months] for s in ("api_today", strategy) if s is not None]
    return [m.total for m in case.ledgers[other].months] not in months


def _takes(case: VerdictInputs, verdict: specs.Verdict, moves: tuple[Move, ...], beside: Beside) -> Takes:
    """Own GPUs take people and time; a host's endpoint a little of both; other models only a test each."""
    assumptions, strategy = beside.assumptions, verdict.strategy
    new = {m.moves_to for m in moves if m.proof != "nothing_moves"}
    own = strategy in OWN_STRATEGIES and any(m.destination == "self_host" for m in moves)
    at_host = strategy == "dedicated" and beside.at_host is not None
    fleet = case.choice if own else beside.at_host if at_host else None
    live = np.flatnonzero(beside.live > 0)
    setup, people = 0.0, 0.0
    if own:
        setup, people = assumptions.setup_weeks, assumptions.ongoing_engineer_fraction
    elif at_host:
        setup, people = assumptions.dedicated_setup_weeks, assumptions.dedicated_engineer_fraction
    return Takes(
        swap_weeks=len(new) * assumptions.model_swap_weeks,
        swap_cost=len(new) * case.switching_cost,
        setup_weeks=setup,
        engineer_fraction=people,
        hiring_months=hiring_months(case.inputs, assumptions) if own else 0.0,
        hiring_cost=_hiring(case, strategy) if own else 0.0,
        gpus=0 if fleet is None else fleet.replicas * fleet.gpus_per_replica,
        gpu="" if fleet is None else fleet.gpu,
        start_month=(int(live[0]) + 1 if live.size else None) if own else 1,
    )


def _hiring(case: VerdictInputs, strategy: specs.Strategy | None) -> float:
    months = () if strategy is None else case.ledgers[strategy].months
    return float(sum((month.buckets["hiring"] for month in months), Decimal(0)))


def _by_hand(case: VerdictInputs, verdict: specs.Verdict, beside: Beside) -> ByHand | None:
    free, planned = beside.free, beside.planned or verdict.strategy
    if free is None or free.proposed is None or planned is None or not case.ledgers[planned].possible:
        return None
    total, pins = case.ledgers[planned].total, case.inputs.choice
    if total == free.proposed and planned == verdict.strategy:
        return None
    fixed = (pins.model, pins.weights, pins.kv, pins.gpu, pins.offer, pins.engine)
    return ByHand(
        works=tuple(w.name for w in case.inputs.workload if w.route != "auto"),
        pins=tuple(id for id in fixed if id),
        total=total,
        proven=not case.ledgers[planned].untested,
        free_kind=free.kind,
        free_total=free.proposed,
        free_proven=free.is_proven,
    )


def _nearest(verdict: specs.Verdict) -> tuple[Flip, ...]:
    """Those that turn the answer, the smallest change first; what has no factor behind those that have one."""
    turning = [flip for flip in verdict.flips if flip.becomes is not None]
    turning.sort(key=lambda f: abs(log(f.factor)) if f.factor is not None and f.factor > 0 else inf)
    return tuple(turning[:SHOWN])


def _steps(case: VerdictInputs, verdict: specs.Verdict, moves: tuple[Move, ...]) -> tuple[AnswerStep, ...]:
    """What has a date, then what is worth most for an hour; without money between them, in the verdict's order."""
    found = [
        *_leaving(case, moves),
        *_earning(case, moves, float(_whole_saving(case, verdict.strategy))),
        *(_valued(step, case, verdict) for step in verdict.next_steps),
    ]
    seen: dict[tuple[str, str], AnswerStep] = {}
    for step in found:
        alike = (step.step.kind, step.step.model)
        if alike not in seen or seen[alike].saving < step.saving:
            seen[alike] = step
    ranked = sorted(seen.values(), key=lambda s: (not s.step.before, -s.saving / s.hours))
    return tuple(ranked[:SHOWN])


def led_by_tests(verdict: specs.Verdict, answer: Answer) -> specs.Verdict:
    """The verdict's steps, the answer's own tests before the rest: what is tested first is one thing everywhere."""
    tests = tuple(s.step for s in answer.steps if s.step.kind in TESTS_OF_MODELS)
    rest = tuple(s for s in verdict.next_steps if s.kind not in TESTS_OF_MODELS)
    logs = rest[:1] if rest[:1] and rest[0].kind == "import_logs" else ()  # an unknown volume is measured before all
    return replace(verdict, next_steps=(*logs, *tests, *rest[len(logs) :])) if tests else verdict


def _leaving(case: VerdictInputs, moves: tuple[Move, ...]) -> list[AnswerStep]:
    """Away from what is switched off inside the 12 months, where no test has to be done by that day."""
    found: dict[str, list[str]] = {}
    for move in moves:
        if move.workload in case.ending and move.proof != "untested" and move.moves_to not in ("", move.runs_on):
            found.setdefault(move.runs_on, []).append(move.workload)
    return [
        AnswerStep(
            NextStep("leave_model", works[0], api, works=tuple(works), before=_ends(case, works)),
            0.0,
            HOURS["leave_model"],
        )
        for api, works in found.items()
    ]


def _ends(case: VerdictInputs, works: Iterable[str]) -> str:
    """The first day on which a model that some of them run on is switched off; empty: none is."""
    days = [case.catalog.apis[case.inputs.api_today(w)].retires_on for w in case.inputs.workload
            if w.name in works and w.name in case.ending]  # fmt: skip
    return min((day for day in days if day is not None), default="")


def _earning(case: VerdictInputs, moves: tuple[Move, ...], whole: float) -> list[AnswerStep]:
    """What earns each part of the saving: a test for each untested model, on the work where most rests on it; a share
    of the traffic for what is proven and stays outside; the batch tier where the models stay."""
    routes = {route.workload: route for route in case.routes}
    works = {work.name: work for work in case.inputs.workload}
    ranked, found = sorted(moves, key=lambda m: -m.saving), []
    for move in ranked:
        alike = [m for m in ranked if m.moves_to == move.moves_to and m.proof == move.proof]
        if move.proof == "untested":
            step = comparison(case, routes[move.workload], works[move.workload], move.moves_to)
        elif move.proof == "proven" and move.destination in ("api", "hosted_open"):
            step = NextStep("send_a_share", move.workload, move.moves_to)
        elif move.proof == "nothing_moves" and move.saving > 0 and move.destination == "api":
            step, alike = NextStep("cache_and_batch"), [m for m in ranked if m.proof == "nothing_moves"]
        else:
            continue
        # people are paid for replicas as a whole: no work saves more than all of it does
        rests = max(min(sum(m.saving for m in alike), whole), 0.0)
        names = tuple(m.workload for m in alike)
        before = _ends(case, names) if move.proof == "untested" else ""
        found.append(AnswerStep(replace(step, works=names, before=before), rests, HOURS[step.kind]))
    return found


def _valued(step: NextStep, case: VerdictInputs, verdict: specs.Verdict) -> AnswerStep:
    """A step of the verdict: what own GPUs or a host's save in all, people included, is earned by trying them."""
    tried = step.kind in ("rent_one", "deploy_at_host", "load_adapter") and verdict.strategy is not None
    saving = float(_whole_saving(case, verdict.strategy)) if tried else 0.0
    return AnswerStep(step, max(saving, 0.0), HOURS[step.kind])


def _whole_saving(case: VerdictInputs, strategy: specs.Strategy | None) -> Decimal:
    """Against today, people included."""
    return Decimal(0) if strategy is None else -more_than(case.ledgers[strategy], case.ledgers["api_today"])
