"""Months that nobody serves: work that only own GPUs may take has nothing until they are live.

It is no saving. A ledger with such a gap says how long and how much, and what twelve months of full service cost; what
it is compared with leaves the same work out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.fleet.self_hosted import SelfHostedFleet, until_live
from planner.engine.ledger.strategies import Contest
from planner.engine.names import API_STRATEGIES, OWN_STRATEGIES
from planner.engine.specs import ServiceGap, Strategy, StrategyLedger
from planner.engine.specs.money import full_year
from planner.engine.units import DAYS_PER_MONTH, MONTHS


def with_gaps(contest: Contest, ledgers: Mapping[Strategy, StrategyLedger]) -> dict[Strategy, StrategyLedger]:
    """The ledgers, those of own GPUs with what they leave unserved before they are live."""
    found, fleets = dict(ledgers), contest.fleets
    for name in OWN_STRATEGIES:
        ledger, fleet = ledgers[name], fleets[name]
        if fleet is not None and ledger.possible:
            found[name] = replace(
                ledger, gap=_gap(contest, fleet.own, ledger), meanwhile=_meanwhile(contest, fleet.own)
            )
    return found


def _meanwhile(contest: Contest, own: SelfHostedFleet) -> tuple[str, ...]:
    paid = (contest.outsides[i] for i in own.rows if until_live(contest.context, i).any())
    return tuple(outside.workload.name for outside in paid)


def _gap(contest: Contest, own: SelfHostedFleet, ledger: StrategyLedger) -> ServiceGap | None:
    """None where something serves everything from the first day on."""
    rows = [i for i in own.rows if contest.outsides[i].waits]
    idle = 1 - contest.context.live
    if not rows or not idle.any():
        return None
    load = contest.context.load
    tokens = load.tokens_per_day[rows].sum() * load.month_factor * DAYS_PER_MONTH * idle
    full = int(np.count_nonzero(idle)) + 1
    return ServiceGap(
        work=tuple(contest.outsides[i].workload.name for i in rows),
        all_work=len(rows) == len(contest.outsides),
        months=float(idle.sum()),
        tokens=float(tokens.sum()),
        full_from=full,
        full_year=full_year(ledger, full),
        elsewhere=MappingProxyType({s: _elsewhere(contest, s, rows, idle) for s in API_STRATEGIES}),
    )


def unserved(ledgers: Mapping[Strategy, StrategyLedger]) -> dict[Strategy, Floats]:
    """(12,) of the work that own GPUs leave unserved, under each other strategy; nothing where they leave none."""
    gap = next((found.gap for found in ledgers.values() if found.gap is not None), None)
    return {} if gap is None else {strategy: np.array(months) for strategy, months in gap.elsewhere.items()}


def _elsewhere(contest: Contest, strategy: Strategy, rows: list[int], idle: Floats) -> tuple[float, ...]:
    """(12,) what the unserved work would cost under another strategy."""
    legs = [contest.pick_of(strategy)(contest.outsides[i]) for i in rows]
    spent = sum((leg.monthly for leg in legs if leg is not None), np.zeros(MONTHS)) * idle
    return tuple(spent.tolist())
