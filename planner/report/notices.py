"""What a reader must be told beside the numbers: the engine's warnings and why a strategy is missing."""

from __future__ import annotations

from planner.engine.specs import STRATEGIES, Evaluation, StrategyLedger
from planner.report.words import STRATEGY_LABELS


def notices(evaluation: Evaluation) -> tuple[str, ...]:
    """The engine's warnings, then one line for each strategy that is not possible or not allowed."""
    lines = dict.fromkeys(evaluation.warnings)
    for strategy in STRATEGIES:
        ledger = evaluation.ledgers[strategy]
        if not ledger.possible or not ledger.allowed:
            lines[_absence(ledger)] = None
    return tuple(lines)


def _absence(ledger: StrategyLedger) -> str:
    state = "not allowed" if ledger.months else "not possible"
    return f"{ledger.strategy} ({STRATEGY_LABELS[ledger.strategy]}) is {state}: {ledger.reason}"
