"""Which ledger stands for the recommendation, and which one it has to beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.engine.names import STRATEGIES, Recommendation, Strategy

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation, StrategyLedger

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
    """The cheapest ledger of any other kind; a forbidden one only where nothing allowed is left.

    A hybrid that costs the same in every month is the recommended strategy by another name, and no rival.
    """
    own, kind = recommended(evaluation), evaluation.verdict.recommendation
    same = () if own is None else _monthly(own)
    return _cheapest(evaluation, lambda ledger: FAMILY[ledger.strategy] != kind and _monthly(ledger) != same)


def _monthly(ledger: StrategyLedger) -> tuple[Decimal, ...]:
    return tuple(month.total for month in ledger.months)


def _cheapest(evaluation: Evaluation, wanted: Callable[[StrategyLedger], bool]) -> StrategyLedger | None:
    ledgers = (evaluation.ledgers[strategy] for strategy in STRATEGIES)
    found = [ledger for ledger in ledgers if ledger.months and wanted(ledger)]
    return min(found, key=lambda ledger: (not ledger.allowed, ledger.total), default=None)
