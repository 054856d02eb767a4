"""Every default behind the result as table lines: value, unit, source, date, age, and whether the plan changed it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from planner import quantities
from planner.engine.specs import Evaluation, PriceUsed, Range
from planner.engine.staleness import age_days, is_stale
from planner.quantities import parse_number
from planner.records import dataclass
from planner.tui.charts.canvas import Row, Rows, Segment, ascii_only
from planner.tui.widgets.fact_table import Column, Line
from planner.words.traces import price_label, price_value

if TYPE_CHECKING:
    from planner.plan.schema import Plan

YEARLY_DAYS = 366
"""An assumption older than a year is worth another look."""
GROUPS = {"api": "API prices", "offer": "GPU prices", "fx": "exchange rate"}


@dataclass(frozen=True, slots=True)
class Default:
    """One number the result rests on. `path` is its place in the plan; without one it is not edited here."""

    key: str
    group: str
    label: str
    value: str
    default: str
    unit: str
    why: str
    source: str
    as_of: str
    changed: bool
    stale: bool
    path: tuple[str, ...] = ()
    estimate: Range | None = None

    @property
    def has_range(self) -> bool:
        """Whether there are two ends to try."""
        return self.estimate is not None and self.estimate.low != self.estimate.high

    def matches(self, needle: str) -> bool:
        """True if every word occurs somewhere in the line; `changed` and `stale` are words too."""
        marks = f"{'changed' if self.changed else ''} {'stale' if self.stale else ''}"
        text = f"{self.key} {self.group} {self.label} {self.unit} {self.source} {self.why} {marks}".casefold()
        return all(word in text for word in needle.casefold().split())


def defaults(evaluation: Evaluation, plan: Plan) -> list[Default]:
    """Objectives, then the economics group by group, then the prices that were used."""
    return [*_objectives(plan), *_assumptions(evaluation, plan), *_prices(evaluation)]


def _objectives(plan: Plan) -> list[Default]:
    from planner.plan.schema import Objectives, Quality

    first, quality = Objectives(), Quality()
    rows = (
        ("ttft_ms_p95", ("objectives", "ttft_ms_p95"), "Time to first token, p95", first.ttft_ms_p95, "ms"),
        ("tpot_ms", ("objectives", "tpot_ms"), "Time per output token", first.tpot_ms, "ms"),
        (
            "margin_fraction",
            ("quality", "margin_fraction"),
            "Quality gap that is still fine",
            quality.margin_fraction,
            "of the API score",
        ),
    )
    found = []
    for key, path, label, default, unit in rows:
        value = float(getattr(getattr(plan, path[0]), path[1]))
        found.append(
            Default(
                key=key,
                group="objectives",
                label=label,
                value=_number(value),
                default=_number(default),
                unit=unit,
                why="What an answer must keep; candidates that miss it are out.",
                source="planner default" if value == default else "your plan",
                as_of="",
                changed=value != default,
                stale=False,
                path=path,
                estimate=Range.exactly(value),
            )
        )
    return found


def _assumptions(evaluation: Evaluation, plan: Plan) -> list[Default]:
    found = []
    for record in evaluation.catalog.assumptions.values():
        usual = Range(record.low, record.mid, record.high)
        changed = record.id in plan.assumptions
        value = evaluation.inputs.assumptions.get(record.id, usual)
        citation = record.citation
        found.append(
            Default(
                key=record.id,
                group=record.group,
                label=record.label,
                value=_estimate(value),
                default=_estimate(usual),
                unit=record.unit,
                why=record.why,
                source="your plan" if changed else citation.source,
                as_of="" if changed else citation.as_of,
                changed=changed,
                stale=not changed and _stale(citation.as_of, evaluation.as_of, YEARLY_DAYS),
                path=("assumptions", record.id),
                estimate=value,
            )
        )
    return found


def _prices(evaluation: Evaluation) -> list[Default]:
    return [_price(evaluation, price) for price in evaluation.prices_used]


def _price(evaluation: Evaluation, price: PriceUsed) -> Default:
    value = price_value(evaluation, price)
    return Default(
        key=f"{price.kind}.{price.id}",
        group=GROUPS[price.kind],
        label=price_label(evaluation, price),
        value=value,
        default=value,
        unit="",
        why="A price is changed by re-pricing the plan, or in its [prices] and [offer].",
        source=price.source,
        as_of=price.as_of,
        changed=False,
        stale=price.stale,
    )


def _stale(as_of: str, today: date, limit_days: int) -> bool:
    try:
        return is_stale(as_of, today, limit_days)
    except ValueError:
        return False


def _estimate(value: Range) -> str:
    """Mid with its range; without units, which have their own column."""
    return quantities.interval(value) if abs(value.mid) >= 1e-9 or value.low != value.high else "0"


def _number(value: float) -> str:
    return quantities.significant(value)


COLUMNS = (
    Column("mark", " ", kept=True),
    Column("label", "assumption", kept=True, at_most=56, least=20, ideal=34),
    Column("value", "value [range]", right=True, kept=True, at_most=26),
    Column("effect", "low → high", right=True),
    Column("unit", "unit", kept=True, at_most=18, least=6, ideal=16),
    Column("as_of", "as of"),
    Column("source", "source", at_most=60, least=12),
    Column("default", "default", right=True),
)


def columns(with_effects: bool) -> tuple[Column, ...]:
    """Where effects were asked for, their column stays and others fall away first."""
    if not with_effects:
        return COLUMNS
    return tuple(replace(c, kept=c.key in ("mark", "label", "value", "effect")) for c in COLUMNS)


def line_of(default: Default, effect: str = "") -> Line:
    """One row; `*` changed by the plan, `!` stale."""
    return Line(
        default.key,
        (
            _mark(default),
            (Segment(default.label, "strong" if default.changed else "text"),),
            (Segment(default.value, "strong" if default.changed else "text"),),
            (Segment(effect, "warn" if effect.startswith("!") else "text"),),
            (Segment(default.unit, "muted"),),
            (Segment(default.as_of, "warn" if default.stale else "muted"),),
            (Segment(default.source, "muted"),),
            (Segment(default.default if default.changed else "", "muted"),),
        ),
    )


def _mark(default: Default) -> Row:
    if default.changed:
        return (Segment("*" if ascii_only() else "✎", "accent"),)
    return (Segment("!" if default.stale else " ", "warn"),)


def group_line(group: str) -> Line:
    """A heading among the rows."""
    return Line(f"group:{group}", ("", (Segment(group.upper(), "muted"),), *[""] * (len(COLUMNS) - 2)))


def lines(found: list[Default], effects: Mapping[str, str]) -> list[Line]:
    """Rows with a heading before each group; `effects` by the key of the default."""
    shown: list[Line] = []
    group = ""
    for default in found:
        if default.group != group:
            group = default.group
            shown.append(group_line(group))
        shown.append(line_of(default, effects.get(default.key, "")))
    return shown


def detail_rows(default: Default, today: date) -> Rows:
    """Why this value, where it comes from and how old it is."""
    rows: list[Row] = [
        (
            Segment(f"{default.label}: ", "strong"),
            Segment(f"{default.value} {default.unit}".strip()),
            Segment(f"  (default {default.default})" if default.changed else "", "muted"),
        ),
        (Segment(f"{'why':<10}", "muted"), Segment(default.why)),
    ]
    age = f"{_age(default.as_of, today)}{': stale, look again' if default.stale else ''}"
    if default.source:
        rows.append(
            (
                Segment(f"{'source':<10}", "muted"),
                Segment(default.source),
                Segment(age, "warn" if default.stale else "muted"),
            )
        )
    return tuple(rows)


def _age(as_of: str, today: date) -> str:
    if len(as_of) < len("2026-11-23"):
        return f" · {as_of}" if as_of else ""
    try:
        return f" · {as_of}, {quantities.age(age_days(as_of, today))}"
    except ValueError:
        return f" · {as_of}"


def as_typed(value: Range) -> str:
    """A range the way it is typed: one number, or low .. mid .. high."""
    numbers_ = [quantities.plain(part, 10) for part in (value.low, value.mid, value.high)]
    return numbers_[1] if len(set(numbers_)) == 1 else " .. ".join(numbers_)


def parse_estimate(text: str) -> Any:
    """What a plan stores: one number, or a table of low, mid and high. Raises ValueError with what would be right."""
    parts = [part for part in re.split(r"\s*(?:\.\.+|…|\bto\b|–)\s*", text.strip()) if part]
    if len(parts) not in (1, 3):
        raise ValueError("write one number (0.15), or low .. mid .. high (0.1 .. 0.15 .. 0.5)")
    values = [_parsed(part) for part in parts]
    if len(values) == 1:
        return values[0]
    if sorted(values) != values:
        raise ValueError("low must not be above mid, nor mid above high")
    return dict(zip(("low", "mid", "high"), values, strict=True))


def _parsed(text: str) -> float:
    return parse_number(text.removesuffix("%")) / 100 if text.endswith("%") else parse_number(text)
