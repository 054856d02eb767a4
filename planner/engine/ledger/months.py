"""Twelve months, every bucket, each strategy. Rounded once, to cents, at the end; sums then hold to the cent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

import numpy as np

from planner.engine.api_prices import API_BUCKETS
from planner.engine.arrays import Floats
from planner.engine.assumptions import Assumptions
from planner.engine.fleet.ownership import Ownership
from planner.engine.market import PricedEndpoint
from planner.engine.specs import BUCKETS, Catalog, Inputs, MonthCost, ServiceGap, Strategy, StrategyLedger
from planner.engine.specs.money import WIDE, LedgerReason
from planner.engine.units import DAYS_PER_MONTH, MONTHS, WEEKS_PER_YEAR
from planner.quantities import CENT
from planner.records import dataclass

Buckets = dict[str, Floats]

WEEKS_PER_MONTH = DAYS_PER_MONTH / 7


@dataclass(frozen=True, slots=True)
class Rates:
    """Plan currency for one EUR and one USD."""

    eur: float
    usd: float


def rates_of(catalog: Catalog, usd_per_unit: float) -> Rates:
    """`usd_per_unit`: US dollars for one unit of the plan's currency."""
    return Rates(catalog.usd_per["EUR"] / usd_per_unit, 1.0 / usd_per_unit)


def live_months(inputs: Inputs, assumptions: Assumptions) -> Floats:
    """(12,) share of each month in which own GPUs can serve: after hiring, where nobody can run them, and set-up."""
    start = hiring_months(inputs, assumptions) + assumptions.setup_weeks / WEEKS_PER_MONTH
    return np.clip(np.arange(1, MONTHS + 1) - start, 0.0, 1.0)


def hiring_months(inputs: Inputs, assumptions: Assumptions) -> float:
    """Months until somebody who can run GPUs is there; 0 unless the plan says that nobody is."""
    return assumptions.hiring_delay_months if inputs.operations.gpu_experience == "no" else 0.0


def people_costs(inputs: Inputs, assumptions: Assumptions, rates: Rates) -> Buckets:
    """(12,) a bucket: what own GPUs cost beside the GPUs, in the plan's currency; what is bought with its tax."""
    live = live_months(inputs, assumptions)
    running = (live > 0).astype(float)
    salary_month = assumptions.engineer_eur_year * rates.eur / 12
    week = assumptions.engineer_eur_year * rates.eur / WEEKS_PER_YEAR
    swaps = assumptions.model_swaps_per_year / 12 * assumptions.model_swap_weeks * week
    return {
        "setup_engineering": _setup(inputs, assumptions) * week,
        "ongoing_engineering": running * assumptions.ongoing_engineer_fraction * salary_month,
        "hiring": _hiring(inputs, assumptions, rates, salary_month),
        "observability": running * assumptions.observability_usd_month * rates.usd * inputs.gross,
        "model_updates": running * swaps,
        "security": running * assumptions.security_usd_month * rates.usd,
        "storage_egress": running * assumptions.storage_egress_usd_month * rates.usd * inputs.gross,
    }


PAID_ANYWAY = ("setup_engineering", "ongoing_engineering", "model_updates")
"""Engineers' time: not counted where they are there and paid in any case."""


def counted(inputs: Inputs, people: Buckets) -> tuple[Buckets, Buckets]:
    """What the plan pays for people and tools, and what of their time is not counted."""
    if not inputs.operations.people_already_paid:
        return people, {}
    left = {name: np.zeros(MONTHS) if name in PAID_ANYWAY else months for name, months in people.items()}
    return left, {name: people[name] for name in PAID_ANYWAY if name in people}


def dedicated_costs(assumptions: Assumptions, rates: Rates) -> Buckets:
    """(12,) a bucket: what dedicated endpoints cost beside their rent. The host runs and repairs them."""
    salary_month = assumptions.engineer_eur_year * rates.eur / 12
    setup = np.zeros(MONTHS)
    setup[0] = assumptions.dedicated_setup_weeks * assumptions.engineer_eur_year * rates.eur / WEEKS_PER_YEAR
    return {
        "setup_engineering": setup,
        "ongoing_engineering": np.full(MONTHS, assumptions.dedicated_engineer_fraction * salary_month),
    }


def _setup(inputs: Inputs, assumptions: Assumptions) -> Floats:
    """(12,) weeks of set-up work in each month, from the month the people are there."""
    start = hiring_months(inputs, assumptions)
    end = start + assumptions.setup_weeks / WEEKS_PER_MONTH
    months = np.arange(MONTHS)
    overlap: Floats = np.clip(np.minimum(months + 1, end) - np.maximum(months, start), 0.0, None) * WEEKS_PER_MONTH
    return overlap


def _hiring(inputs: Inputs, assumptions: Assumptions, rates: Rates, salary_month: float) -> Floats:
    """(12,) recruiting in the first month, then the hired share of a salary beyond the ongoing share."""
    costs = np.zeros(MONTHS)
    if inputs.operations.gpu_experience != "no":
        return costs
    extra = max(assumptions.hired_engineer_fraction - assumptions.ongoing_engineer_fraction, 0.0)
    employed = np.clip(np.arange(1, MONTHS + 1) - hiring_months(inputs, assumptions), 0.0, 1.0)
    costs += employed * extra * salary_month
    costs[0] += assumptions.hiring_cost_eur * rates.eur
    return costs


def api_buckets(legs: Sequence[PricedEndpoint | None], share: Floats | None = None) -> Buckets:
    """(12,) a bucket of several legs; `share` (legs, 12) is what part of each leg is bought."""
    total = np.zeros((MONTHS, len(API_BUCKETS)))
    for i, leg in enumerate(legs):
        if leg is not None:
            total += leg.costs if share is None else leg.costs * share[i][:, None]
    return {name: total[:, k] for k, name in enumerate(API_BUCKETS)}


def gpu_buckets(rent: Floats, utilisation: Floats, spare_fraction: Floats) -> Buckets:
    """Splits rent (12,) into used, idle and redundancy. `utilisation` is busy over all rented replica-time."""
    spare = rent * spare_fraction
    used = np.minimum(rent * utilisation, rent - spare)
    return {"gpu_used": used, "gpu_idle": rent - spare - used, "redundancy": spare}


def hardware_buckets(owned: Ownership, units: Floats, busy_units: Floats) -> Buckets:
    """(12,) a bucket of bought servers, of which `busy_units` are at work on average."""
    return {
        "hardware": units * owned.hardware,
        "power": units * owned.idle_power + busy_units * owned.busy_power,
        "colocation": units * owned.colocation,
    }


OWN_TIME = frozenset({"setup_engineering", "ongoing_engineering", "hiring", "model_updates", "security"})
"""Salaries: all the other buckets are bought from outside."""


def with_vat(buckets: Mapping[str, Floats], inputs: Inputs) -> Mapping[str, Floats]:
    """The tax that nobody gives back as a bucket of its own: what is bought came with it."""
    if not inputs.vat_not_reclaimed_fraction:
        return buckets
    net = {name: months if name in OWN_TIME else months / inputs.gross for name, months in buckets.items()}
    bought = sum((months for name, months in net.items() if name not in OWN_TIME), np.zeros(MONTHS))
    return net | {"vat": bought * inputs.vat_not_reclaimed_fraction}


def ledger(
    strategy: Strategy, buckets: Mapping[str, Floats], reason: LedgerReason, *, allowed: bool = True
) -> StrategyLedger:
    """Rounds every bucket of every month to cents and adds up. The risk bands are set later.

    Without any bucket the strategy is not possible.
    """
    if not buckets:
        return StrategyLedger(strategy, False, False, reason, (), Decimal(0), 0.0, 0.0, 0.0, 0.0)
    months = tuple(_month({k: float(v[m]) for k, v in buckets.items()}) for m in range(MONTHS))
    total = sum((m.total for m in months), Decimal(0))
    flat = float(total)
    return StrategyLedger(strategy, True, allowed, reason, months, total, flat, flat, flat, flat)


def _month(values: Mapping[str, float]) -> MonthCost:
    rounded = {name: cents(values[name]) for name in BUCKETS if name in values}
    return MonthCost(MappingProxyType(rounded), sum(rounded.values(), Decimal(0)))


def payback_month(own: Floats, rival: Floats) -> int | None:
    """First month, from 1, from which to the end what `own` has cost so far is no more than what `rival` has.

    Both by month. None: not in these months. A month after which `own` is dearer again has paid nothing back.
    """
    dearer = np.flatnonzero(np.cumsum(own) > np.cumsum(rival))
    first = int(dearer[-1]) + 2 if dearer.size else 1
    return first if first <= len(own) else None


def monthly(found: StrategyLedger, gap: ServiceGap | None = None) -> Floats:
    """(12,) of a ledger, without the work that another one leaves unserved."""
    totals = np.array([float(month.total) for month in found.months])
    return totals if gap is None else totals - gap.elsewhere.get(found.strategy, 0.0)


def cash_payback_month(own: Floats, rival: Floats) -> int | None:
    """The same, and beyond these months as long as it takes if every one is like the last; None: never."""
    paid = payback_month(own, rival)
    saved = float(rival[-1] - own[-1])
    if paid is not None or saved <= 0:
        return paid
    return len(own) + math.ceil(float(own.sum() - rival.sum()) / saved)


def cents(value: float) -> Decimal:
    """Money to the cent, halves to even."""
    return Decimal(repr(float(value))).quantize(CENT, ROUND_HALF_EVEN, WIDE)
