"""A volume told as money: `$8k a month`, turned into the tokens that this sum buys at the plan's prices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from planner.engine.amounts import CURRENCY_SYMBOLS
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.tui.figures import parse_number

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan

_MONTHS_PER: Final = {"month": 1.0, "mo": 1.0, "day": DAYS_PER_MONTH, "year": 1 / MONTHS, "yr": 1 / MONTHS}
_CODES: Final = {symbol: code for code, symbol in CURRENCY_SYMBOLS.items()}
_NAMED: Final = "|".join([*CURRENCY_SYMBOLS, *(re.escape(symbol) for symbol in _CODES)])
_PERIOD: Final = re.compile(rf"\s*(?:/|\ba\b|\bper\b)\s*({'|'.join(_MONTHS_PER)})\s*$", re.IGNORECASE)
_CURRENCY: Final = re.compile(rf"^\s*({_NAMED})|({_NAMED})\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MonthlyBill:
    """What a workload costs a month today."""

    amount: float
    currency: str


def read_bill(text: str) -> MonthlyBill | None:
    """`$8k a month`, `7,000 EUR/mo`, `£300 a day`; None where no currency is named, so that it is no sum of money.

    Raises ValueError where it is one, but not a good one.
    """
    period = _PERIOD.search(text)
    amount_text = text[: period.start()] if period is not None else text
    named = _CURRENCY.search(amount_text)
    if named is None:
        return None
    symbol = (named[1] or named[2]).upper()
    amount = parse_number(_CURRENCY.sub("", amount_text, count=1))
    if amount <= 0:
        raise ValueError("a bill is above zero; delete the workload if there is none")
    return MonthlyBill(amount * (_MONTHS_PER[period[1].lower()] if period else 1.0), _CODES.get(symbol, symbol))


def tokens_per_day_of(bill: MonthlyBill, plan: Plan, index: int, catalog: Catalog | None, as_of: date) -> float:
    """Tokens a day of the workload at `index` that make this bill, to four digits.

    Raises ValueError, in one line, where the prices are not known.
    """
    from planner.engine.pricing import tokens_per_day_for
    from planner.plan.convert import overlaid_catalog, to_inputs
    from planner.plan.errors import PlanError

    if catalog is None:
        raise ValueError("the prices are still being read; try again in a second")
    try:
        overlaid, inputs = overlaid_catalog(catalog, plan), to_inputs(plan)
        found = tokens_per_day_for(bill.amount, bill.currency, inputs.workloads[index], inputs, overlaid, as_of)
    except (KeyError, PlanError) as problem:
        raise ValueError(f"no price or exchange rate is known for this: {problem}; write tokens a day") from None
    if found is None:
        raise ValueError("this work costs nothing on the API it runs on; write tokens a day")
    return float(f"{found:.4g}")


def api_name(plan: Plan, index: int, catalog: Catalog | None) -> str:
    """The API model that the workload at `index` runs on today, whose prices turn its bill into tokens."""
    api = plan.workload[index].api_model or plan.volume.baseline_api
    known = catalog.apis.get(api) if catalog is not None else None
    return known.name if known is not None else api
