"""Beside the ledger: what leaves the house where servers are bought, and what is paid in any case and not counted.

A purchase is paid on the first day, where the ledger writes it off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.ledger.commitments import Terms
from planner.engine.ledger.months import (
    cash_payback_month,
    cents,
    counted,
    ledger,
    monthly,
    payback_month,
    people_costs,
    rates_of,
)
from planner.engine.ledger.strategies import Contest, own_buckets
from planner.engine.names import OUTSIDE
from planner.engine.search.select import Costed
from planner.engine.specs import ServiceGap, Strategy, StrategyLedger
from planner.engine.specs.money import CashOut, LedgerReason, Payback, cheapest_of


def cash_of(
    contest: Contest, ledgers: Mapping[Strategy, StrategyLedger], terms: Terms, bought: Costed | None
) -> tuple[CashOut, ...]:
    """Of each strategy whose servers are bought, and of the chosen fleet if it were; none where nothing is."""
    cheapest, fleets = cheapest_of(ledgers, OUTSIDE), contest.fleets
    own: tuple[Strategy, ...] = ("self_host", "hybrid")
    rivals = [ledgers["api_today"], *([] if cheapest is None else [cheapest])]
    found = [
        _cash_out(contest, name, fleet.own, ledgers[name], rivals, ledgers[name].gap)
        for name in own
        if (fleet := fleets[name]) is not None and _is_bought(contest, fleet.own) and ledgers[name].distinct
    ]
    if bought is not None and fleets["hybrid"] is not None:
        twin = ledger("hybrid", own_buckets(contest, bought.own), LedgerReason("fleet"))
        twin = terms.added({"hybrid": twin})["hybrid"]
        rented = ledgers["hybrid"]
        found.append(_cash_out(contest, None, bought.own, twin, [*rivals, rented], rented.gap))
    return tuple(found)


def not_counted(contest: Contest) -> Mapping[str, Decimal]:
    """12 months of what is paid in any case, by bucket: time of engineers, and machines that are there already.

    Nothing where no own GPU can take any of the work.
    """
    context, own = contest.context, None if contest.hybrid is None else contest.hybrid.own
    if own is None and contest.self_host is None:
        return MappingProxyType({})
    left: Mapping[str, Floats] = {}
    if context.inputs.operations.people_already_paid:
        rates = rates_of(context.catalog, context.usd_per_unit)
        _, left = counted(context.inputs, people_costs(context.inputs, context.assumptions, rates))
    owned = None if own is None else context.owned.get(own.offer_id)
    if own is not None and owned is not None and owned.not_counted:
        left = {**left, "hardware": own.paid_units * owned.not_counted}
    return MappingProxyType({name: sum(map(cents, months.tolist()), Decimal(0)) for name, months in left.items()})


def _is_bought(contest: Contest, own: SelfHostedFleet) -> bool:
    """Not rented, and not there already."""
    owned = contest.context.owned.get(own.offer_id)
    return owned is not None and owned.purchase > 0


def _cash_out(
    contest: Contest,
    strategy: Strategy | None,
    own: SelfHostedFleet,
    written_off: StrategyLedger,
    rivals: Sequence[StrategyLedger],
    gap: ServiceGap | None,
) -> CashOut:
    owned, units = contest.context.owned[own.offer_id], own.paid_units
    once = cents(owned.purchase * float(units.max()))
    months = [
        month.total - cents((owned.hardware - owned.spares) * float(count))
        for month, count in zip(written_off.months, units, strict=True)
    ]
    months[0] += once
    known = [rival for rival in rivals if rival.months]
    each = {rival.strategy: monthly(rival, gap) for rival in [r for r in known if r.allowed] or known}
    paid, ours = np.array([float(month) for month in months]), monthly(written_off)
    return CashOut(
        strategy=strategy,
        paid_once=once,
        ledger=written_off.total,
        first_year=sum(months, Decimal(0)),
        paybacks=tuple(
            Payback(name, payback_month(ours, theirs), cash_payback_month(paid, theirs))
            for name, theirs in each.items()
        ),
    )
