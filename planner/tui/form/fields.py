"""What one answer of the questionnaire is, how each kind is written in a field, and what a question of the six is.

Reading refuses in one line that says what is right. A volume may be told as money, `$8k a month`: the tokens that this
sum buys at the plan's prices, which takes the engine, so numpy, imported once somebody types such a sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from planner.engine.names import QuestionId
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.plan.fields import GrowthSpread
from planner.plan.prices import overlaid_catalog
from planner.quantities import to_digits, typed, typed_percent
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.tui.open_plan.session import FieldPath
from planner.typed import Period, parse_fraction, parse_number, read_quantity

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan


_MONTHS_PER: Final = {"day": DAYS_PER_MONTH, "month": 1.0, "year": 1 / MONTHS}
_DAYS_PER: Final = {"day": 1.0, "month": DAYS_PER_MONTH, "year": MONTHS * DAYS_PER_MONTH}


@dataclass(frozen=True, slots=True)
class MonthlyBill:
    """What a workload costs a month today."""

    amount: float
    currency: str


def read_bill(text: str) -> MonthlyBill | None:
    """`$8k a month`, `7.000 EUR/mo`, `£300 a day`; None where no currency is named, so that it is no sum of money.

    Raises ValueError where it is one, but not a good one.
    """
    found = read_quantity(text)
    if found.currency is None:
        return None
    if found.unit is not None:
        raise ValueError(f"“{text.strip()}” is money and {found.unit}; write one of the two")
    if found.value <= 0:
        raise ValueError("a bill is above zero; delete the workload if there is none")
    return MonthlyBill(found.value * _share(_MONTHS_PER, found.per or "month"), found.currency)


def _share(table: Mapping[str, float], period: Period) -> float:
    if period not in table:
        raise ValueError(f"a volume is told by the day, the month or the year, not by the {period}")
    return table[period]


def tokens_per_day_of(bill: MonthlyBill, plan: Plan, index: int, catalog: Catalog | None, as_of: date) -> float:
    """Tokens a day of the workload at `index` that make this bill, to four digits.

    Raises ValueError, in one line, where the prices are not known.
    """
    from planner.engine.api_prices import tokens_per_day_for
    from planner.plan.inputs import to_inputs

    if catalog is None:
        raise ValueError("the prices are still being read; try again in a second")
    try:
        overlaid, inputs = overlaid_catalog(catalog, plan), to_inputs(plan)
        found = tokens_per_day_for(bill.amount, bill.currency, inputs.workload[index], inputs, overlaid, as_of)
    except (KeyError, InputError) as problem:
        raise ValueError(f"no price or exchange rate is known for this: {problem}; write tokens a day") from None
    if found is None:
        raise ValueError("this work costs nothing on the API it runs on; write tokens a day")
    return to_digits(found, 4)


def api_name(plan: Plan, index: int, catalog: Catalog | None) -> str:
    """The API model that the workload at `index` runs on today, whose prices turn its bill into tokens."""
    api = plan.workload[index].api_model or plan.volume.baseline_api
    known = catalog.apis.get(api) if catalog is not None else None
    return known.name if known is not None else api


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of inverse functions between a plan's value and what stands in the field."""

    show: Callable[[Any], str]
    read: Callable[[str], Any]


def _read_text(text: str) -> str:
    if not text.strip():
        raise ValueError("a name is needed")
    return text.strip()


def _read_whole(text: str) -> int:
    value = parse_number(text)
    if value != int(value):
        raise ValueError(f"“{text.strip()}” is not a whole number; write 8192 or 8k")
    return int(value)


def _read_growth(text: str) -> Any:
    """One share, or low .. mid .. high."""
    parts = [part for part in re.split(r"\s*(?:\.\.+|…|\bto\b)\s*", text.strip()) if part]
    if len(parts) not in (1, 3):
        raise ValueError("write one growth (6 %) or low .. mid .. high (3 .. 6 .. 10 %)")
    # A lone "%" at the end of a range counts for all of it.
    if parts[-1].endswith("%"):
        parts = [part if part.endswith("%") else f"{part}%" for part in parts]
    values = [parse_fraction(part) for part in parts]
    if len(values) == 1:
        return values[0]
    if values != sorted(values):
        raise ValueError("low .. mid .. high must rise: 3 .. 6 .. 10 %")
    return GrowthSpread(low=values[0], mid=values[1], high=values[2])


def _show_growth(value: Any) -> str:
    if isinstance(value, (int, float)):
        return typed_percent(value)
    shares = [typed_percent(share).removesuffix(" %") for share in (value.low, value.mid, value.high)]
    return f"{' .. '.join(shares)} %"


@dataclass(frozen=True, slots=True)
class DailyVolume:
    """A workload's volume, in tokens or in requests a day."""

    amount: float
    in_requests: bool


def _read_volume(text: str) -> DailyVolume | MonthlyBill:
    bill = read_bill(text)
    if bill is not None:
        return bill
    found = read_quantity(text)
    if found.value <= 0:
        raise ValueError("a volume is above zero; delete the workload if there is none")
    return DailyVolume(found.value / _share(_DAYS_PER, found.per or "day"), found.unit == "requests")


def _show_volume(value: DailyVolume) -> str:
    return f"{typed(value.amount)} requests" if value.in_requests else typed(value.amount)


CODECS: Final[Mapping[str, Codec]] = {
    "text": Codec(str, _read_text),
    "number": Codec(typed, parse_number),
    "whole": Codec(typed, _read_whole),
    "fraction": Codec(typed_percent, parse_fraction),
    "growth": Codec(_show_growth, _read_growth),
    "volume": Codec(_show_volume, _read_volume),
    "answer": Codec(str, str),
    "choice": Codec(str, str),
    "flag": Codec(lambda value: "yes" if value else "no", lambda text: text == "yes"),
    "tristate": Codec(
        lambda value: "as the plan" if value is None else "yes" if value else "no",
        lambda text: None if text == "as the plan" else text == "yes",
    ),
    "pick": Codec(str, str),
}


Options = tuple[tuple[str, str], ...]

YES_NO_UNKNOWN: Final[Options] = (("yes", "yes"), ("no", "no"), ("unknown", "I don't know"))
YES_NO: Final[Options] = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it lives in the plan, how it is written, why it is asked, and what "I don't know" takes."""

    path: FieldPath
    label: str
    codec: str
    why: str
    default: Any = None
    """What "I don't know" sets."""
    default_words: str = ""
    """The default in words where the value alone would not say it."""
    optional: bool = False
    """An empty field means "not known": None in the plan."""
    options: Options = ()
    source: str = ""
    """Where a pick list comes from: "apis", "models" or "profiles"."""
    low: float | None = None
    high: float | None = None
    bounds: str = ""
    """The bounds in words, for the message that names what would be right."""
    shown_if: Callable[[Plan], bool] | None = None

    @property
    def id(self) -> str:
        """Unique name, usable as a widget id."""
        return "-".join(str(key).replace("_", "-") for key in self.path)


@dataclass(frozen=True, slots=True)
class QuestionStep:
    """One question of the six."""

    id: QuestionId
    title: str
    question: str
    why: str
    fields: tuple[Field, ...]
