"""What a contract with a vendor adds to each strategy: spend that was promised and is owed unused, credits that expire.

Both count what a strategy pays that vendor; where a draw pays more or less, its vendors get as much more or less of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import TINY, Floats
from planner.engine.contracts import Deal, Deals, months_held
from planner.engine.ledger.months import cents
from planner.engine.ledger.strategies import Contest, beside
from planner.engine.names import OUTSIDE_ONLY, STRATEGIES, Side
from planner.engine.specs import MonthCost, Strategy, StrategyLedger
from planner.engine.specs.money import CommitmentUse
from planner.engine.units import MONTHS
from planner.records import dataclass

OWED, CREDIT = "commitment_owed", "credits"
ROUNDED = Decimal("0.005")
"""What a line of the ledger may be off by."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plan's commitments do to each strategy."""

    uses: tuple[CommitmentUse, ...]
    deals: Mapping[Side, Deals]
    """The contracts as each strategy meets them; empty without any."""
    buckets: Mapping[Strategy, Mapping[str, Floats]]
    """(12,) owed, and credits below zero, as the contracts have them: without tax."""
    vat: float
    """On top of them."""

    def added(self, ledgers: Mapping[Strategy, StrategyLedger]) -> dict[Strategy, StrategyLedger]:
        """The ledgers with these buckets in them, to the cent."""
        return {s: _with(found, self.buckets.get(s, {}), self.vat) for s, found in ledgers.items()}


def terms_of(contest: Contest, ledgers: Mapping[Strategy, StrategyLedger], as_of: date) -> Terms:
    """Every commitment of the plan under every strategy, with its ledger before contracts; empty without any."""
    commitments, gross = contest.context.inputs.commitment, contest.context.inputs.gross
    sides: tuple[Side, ...] = (*STRATEGIES, OUTSIDE_ONLY) if commitments else ()
    deals: dict[Side, Deals] = {}
    uses: list[CommitmentUse] = []
    buckets: dict[Strategy, dict[str, Floats]] = {}
    for side in sides:
        bills = {each.provider: _spent(contest, side, each.provider) for each in commitments}
        months = _before_contracts(ledgers, side, sum(bills.values(), np.zeros(MONTHS)))
        shares = {provider: bill / np.maximum(months, TINY) for provider, bill in bills.items()}
        deals[side] = Deals(tuple(Deal(c, months_held(c, as_of), shares[c.provider]) for c in commitments), gross)
        if side != OUTSIDE_ONLY:
            buckets[side], found = _used(side, deals[side], months)
            uses += found
    return Terms(tuple(uses), MappingProxyType(deals), buckets, contest.context.inputs.vat_not_reclaimed_fraction)


def _before_contracts(ledgers: Mapping[Strategy, StrategyLedger], side: Side, bills: Floats) -> Floats:
    """(12,) cost of a strategy by month; what these vendors are paid where that is all of it, or it has no ledger."""
    found = () if side == OUTSIDE_ONLY else ledgers[side].months
    if not found:
        return bills
    months = np.array([float(month.total) for month in found])
    return np.where(np.abs(months - bills) <= float(ROUNDED) * len(found[0].buckets), bills, months)


def _used(strategy: Strategy, deals: Deals, months: Floats) -> tuple[dict[str, Floats], list[CommitmentUse]]:
    """What is owed and what credits pay, by month, and what becomes of each contract."""
    each, uses = {OWED: np.zeros(MONTHS), CREDIT: np.zeros(MONTHS)}, []
    for deal, (commitment, used, owed) in zip(deals.each, deals.used(months), strict=True):
        is_credit = commitment.kind == "credit"
        each[CREDIT if is_credit else OWED] += -used if is_credit else owed
        promised = commitment.amount if is_credit else commitment.amount * float(deal.held.sum())
        spent = max(float(used.sum()), 0.0)  # rounding may leave less than nothing
        unused = max(promised - spent, 0.0)
        uses.append(CommitmentUse(commitment.name, strategy, spent, unused, float(owed.sum())))
    return {name: amounts for name, amounts in each.items() if amounts.any()}, uses


def _sum(buckets: Mapping[str, Floats]) -> Floats:
    total: Floats = sum(buckets.values(), np.zeros(MONTHS))
    return total


def _spent(contest: Contest, side: Side, provider: str) -> Floats:
    """(12,) what a strategy pays a vendor, with tax."""
    own = found.own if (found := contest.fleets.get(side)) is not None else None
    total, pick = np.zeros(MONTHS), contest.pick_of(side)
    for row, outside in enumerate(contest.outsides):
        leg, share = (pick(outside), np.ones(MONTHS)) if own is None else beside(own, outside, row)
        if leg is not None and leg.api.provider.casefold() == provider.casefold():
            total = total + leg.monthly * share
    return total


def _with(found: StrategyLedger, buckets: Mapping[str, Floats], vat: float) -> StrategyLedger:
    if not found.months or not buckets:
        return found
    months, rounded = [], {name: _to_the_cent(values) for name, values in buckets.items()}
    for row, month in enumerate(found.months):
        own = {name: amounts[row] for name, amounts in rounded.items()}
        tax = {"vat": month.buckets["vat"] + cents(float(_sum(buckets)[row]) * vat)} if vat else {}
        added = _paid_off({**month.buckets, **own, **tax})
        months.append(MonthCost(MappingProxyType(added), sum(added.values(), Decimal(0))))
    total = sum((month.total for month in months), Decimal(0))
    flat = float(total)
    return replace(found, months=tuple(months), total=total, p10=flat, p50=flat, p90=flat, mean=flat)


def _to_the_cent(months: Floats) -> list[Decimal]:
    """By month, so that they sum to what was agreed."""
    ends = [Decimal(0), *(cents(float(end)) for end in np.cumsum(months))]
    return [end - start for start, end in pairwise(ends)]


def _paid_off(buckets: dict[str, Decimal]) -> dict[str, Decimal]:
    """A credit that pays for everything pays the cents, too, by which rounded lines miss their sum."""
    off = ROUNDED * len(buckets)
    if not buckets.get(CREDIT) or abs(sum(buckets.values(), Decimal(0))) > off:
        return buckets
    if abs(buckets.get("vat", off + 1)) <= off:
        buckets["vat"] = Decimal("0.00")
    buckets[CREDIT] -= sum(buckets.values(), Decimal(0))
    return buckets
