"""What a contract with a vendor adds to each strategy: spend that was promised and is owed unused, credits that expire.

Both count what a strategy pays that vendor at likely values; the draws keep these amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.contracts import months_held
from planner.engine.ledger.months import cents
from planner.engine.ledger.strategies import Contest, beside
from planner.engine.names import STRATEGIES
from planner.engine.specs import MonthCost, Strategy, StrategyLedger
from planner.engine.specs.inputs import Commitment
from planner.engine.specs.money import CommitmentUse
from planner.engine.units import MONTHS
from planner.records import dataclass

OWED, CREDIT = "commitment_owed", "credits"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plan's commitments do to each strategy."""

    uses: tuple[CommitmentUse, ...]
    buckets: Mapping[Strategy, Mapping[str, Floats]]
    """(12,) owed, and credits below zero, as the contracts have them: without tax."""
    vat: float
    """On top of them."""

    def flat(self) -> Mapping[Strategy, Floats]:
        """(12,) money a month on top of each strategy."""
        return MappingProxyType({s: _sum(each) * (1 + self.vat) for s, each in self.buckets.items()})

    def added(self, ledgers: Mapping[Strategy, StrategyLedger]) -> dict[Strategy, StrategyLedger]:
        """The ledgers with these buckets in them, to the cent."""
        return {s: _with(found, self.buckets.get(s, {}), self.vat) for s, found in ledgers.items()}


def terms_of(contest: Contest, as_of: date) -> Terms:
    """Every commitment of the plan under every strategy; empty without any."""
    commitments = contest.context.inputs.commitment
    uses: list[CommitmentUse] = []
    buckets: dict[Strategy, dict[str, Floats]] = {}
    for strategy in STRATEGIES if commitments else ():
        each = {OWED: np.zeros(MONTHS), CREDIT: np.zeros(MONTHS)}
        for commitment in commitments:
            spent, held = _spent(contest, strategy, commitment.provider), months_held(commitment, as_of)
            used, owed = _settled(commitment, spent * held, held)
            each[CREDIT if commitment.kind == "credit" else OWED] += -used if commitment.kind == "credit" else owed
            promised = commitment.amount if commitment.kind == "credit" else commitment.amount * float(held.sum())
            unused = max(promised - float(used.sum()), 0.0)
            uses.append(CommitmentUse(commitment.name, strategy, float(used.sum()), unused, float(owed.sum())))
        buckets[strategy] = {name: months for name, months in each.items() if months.any()}
    return Terms(tuple(uses), buckets, contest.context.inputs.vat_not_reclaimed_fraction)


def _sum(buckets: Mapping[str, Floats]) -> Floats:
    total: Floats = sum(buckets.values(), np.zeros(MONTHS))
    return total


def _settled(commitment: Commitment, spent: Floats, held: Floats) -> tuple[Floats, Floats]:
    """(12,) used and owed: a credit is used up in order, a shortfall of spend is owed monthly or at its end."""
    if commitment.kind == "credit":
        used: Floats = np.diff(np.minimum(np.cumsum(spent), commitment.amount), prepend=0.0)
        return used, np.zeros(MONTHS)
    promised = commitment.amount * held
    if commitment.settled == "month":
        return np.minimum(spent, promised), np.maximum(promised - spent, 0.0)
    owed = np.zeros(MONTHS)
    if held.any():
        owed[np.flatnonzero(held)[-1]] = max(float((promised - spent).sum()), 0.0)
    return np.diff(np.minimum(np.cumsum(spent), promised.sum()), prepend=0.0), owed


def _spent(contest: Contest, strategy: Strategy, provider: str) -> Floats:
    """(12,) what a strategy pays a vendor, without tax."""
    costed = {
        "self_host": contest.self_host,
        "hybrid": contest.hybrid if contest.hybrid_uses_gpus else None,
        "dedicated": contest.dedicated,
    }
    own = found.own if (found := costed.get(strategy)) is not None else None
    total, pick = np.zeros(MONTHS), contest.pick_of(strategy)
    for row, outside in enumerate(contest.outsides):
        leg, share = (pick(outside), np.ones(MONTHS)) if own is None else beside(own, outside, row)
        if leg is not None and leg.api.provider.casefold() == provider.casefold():
            total = total + leg.monthly * share
    return total / contest.context.inputs.gross


def _with(found: StrategyLedger, buckets: Mapping[str, Floats], vat: float) -> StrategyLedger:
    if not found.months or not buckets:
        return found
    months = []
    for row, month in enumerate(found.months):
        own = {name: cents(float(values[row])) for name, values in buckets.items()}
        tax = {"vat": month.buckets["vat"] + cents(float(_sum(buckets)[row]) * vat)} if vat else {}
        added = MappingProxyType({**month.buckets, **own, **tax})
        months.append(MonthCost(added, sum(added.values(), Decimal(0))))
    total = sum((month.total for month in months), Decimal(0))
    flat = float(total)
    return replace(found, months=tuple(months), total=total, p10=flat, p50=flat, p90=flat, mean=flat)
