"""What the plan does with own GPUs: an evaluation also holds the fleet that would be best if there were one.

Which ledger stands for the recommendation, and which one it has to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.engine.specs.names import (
    API_STRATEGIES,
    CLOSED_API_STRATEGIES,
    OWN_STRATEGIES,
    STRATEGIES,
    Recommendation,
    Strategy,
)

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation, StrategyLedger


def is_self_hosting(evaluation: Evaluation) -> bool:
    """True if any work goes to own GPUs."""
    return any(route.destination == "self_host" for route in evaluation.routes)


def planned_replicas(evaluation: Evaluation) -> int:
    """The plan's place on the curve: without a self-hosted route it rents nothing, whatever GPUs would be best."""
    return evaluation.choice.replicas if evaluation.choice is not None and is_self_hosting(evaluation) else 0


FAMILY: Mapping[Strategy, Recommendation] = MappingProxyType(
    {
        "api_today": "api",
        "api_tuned": "api",
        "hosted_open": "hosted_open",
        "self_host": "self_host",
        "hybrid": "hybrid",
    }
)
"""Both API strategies are one recommendation: stay, and tune."""


def recommended(evaluation: Evaluation) -> StrategyLedger | None:
    """The cheapest ledger of the recommended kind."""
    kind = evaluation.verdict.recommendation
    return _cheapest(evaluation, lambda ledger: FAMILY[ledger.strategy] == kind)


def best_rival(evaluation: Evaluation) -> StrategyLedger | None:
    """The cheapest ledger from the other side of the question; a forbidden one only where nothing allowed is left.

    Own GPUs are set against the best without them, an open model hosted by others against the closed APIs, an API
    against own GPUs: the two numbers that answer "should we self-host?". Where that side is empty, the cheapest of any
    other kind. Costs that are the same in every month are the recommended strategy by another name, and no rival.
    """
    own, kind = recommended(evaluation), evaluation.verdict.recommendation
    same = () if own is None else _monthly(own)

    def other(ledger: StrategyLedger, side: tuple[Strategy, ...]) -> bool:
        return ledger.strategy in side and FAMILY[ledger.strategy] != kind and _monthly(ledger) != same

    sides = (_cheapest(evaluation, partial(other, side=side)) for side in _across(evaluation))
    return next((ledger for ledger in sides if ledger is not None), None)


def likelihood_counts(evaluation: Evaluation) -> bool:
    """Whether the chance that own GPUs are cheaper has a say: not where only one side of the question is allowed."""
    rival = best_rival(evaluation)
    return rival is not None and rival.allowed


def _across(evaluation: Evaluation) -> tuple[tuple[Strategy, ...], ...]:
    """The strategies on the other side, the most telling first; then whatever else there is."""
    kind = evaluation.verdict.recommendation
    if kind in OWN_STRATEGIES:
        return (API_STRATEGIES, STRATEGIES)
    if kind == "hosted_open":
        return (CLOSED_API_STRATEGIES, STRATEGIES)
    with_own = is_self_hosting(evaluation)
    return (OWN_STRATEGIES if with_own else ("self_host",), API_STRATEGIES, STRATEGIES)


def _monthly(ledger: StrategyLedger) -> tuple[Decimal, ...]:
    return tuple(month.total for month in ledger.months)


def _cheapest(evaluation: Evaluation, wanted: Callable[[StrategyLedger], bool]) -> StrategyLedger | None:
    ledgers = (evaluation.ledgers[strategy] for strategy in STRATEGIES)
    found = [ledger for ledger in ledgers if ledger.months and wanted(ledger)]
    return min(found, key=lambda ledger: (not ledger.allowed, ledger.total), default=None)
