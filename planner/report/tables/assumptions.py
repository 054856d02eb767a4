"""Every default behind the result: value, unit, source, date, age, and whether the plan changed it.

Prices have their own tables: those a result rests on, and what has become of them since a plan was priced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from planner.engine.specs import Evaluation, PriceUsed, Range
from planner.engine.units import is_stale
from planner.quantities import dated_age, interval, signed, significant
from planner.records import dataclass
from planner.report.document import Cell, Column, Line, Row, Segment, Table, muted, tabulate
from planner.words.traces import price_label, price_value

if TYPE_CHECKING:
    from planner.plan.reprice import PriceDifference
    from planner.plan.schema import Plan

YEARLY_DAYS = 366
"""An assumption older than a year is worth another look."""
HEADING = "group:"
"""Beginning of the key of a line that heads a group."""
GROUPS = {"api": "API prices", "offer": "GPU prices", "fx": "exchange rate"}


@dataclass(frozen=True, slots=True)
class Default:
    """One number the result rests on. `path` is its place in the plan; without one it is not edited here."""

    key: str
    group: str
    label: str
    value: str
    default: str
    why: str
    source: str
    unit: str = ""
    not_drawn: str = ""
    """Why its range is not; empty where it is."""
    as_of: str = ""
    changed: bool = False
    stale: bool = False
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
    prices = (_price(evaluation, price) for price in evaluation.prices_used)
    return [*_objectives(plan), *_assumptions(evaluation, plan), *prices]


def _objectives(plan: Plan) -> list[Default]:
    from planner.plan.schema import Objectives, Quality

    first = {"objectives": Objectives(), "quality": Quality()}
    found = []
    for section, key, label, unit in _OBJECTIVES:
        value, default = (float(getattr(of, key)) for of in (getattr(plan, section), first[section]))
        found.append(
            Default(
                key=key,
                group="objectives",
                label=label,
                value=significant(value),
                default=significant(default),
                unit=unit,
                why="What an answer must keep; candidates that miss it are out.",
                source="planner default" if value == default else "your plan",
                changed=value != default,
                path=(section, key),
                estimate=Range.exactly(value),
            )
        )
    return found


_OBJECTIVES = (
    ("objectives", "ttft_ms_p95", "Time to first token, p95", "ms"),
    ("objectives", "tpot_ms", "Time per output token", "ms"),
    ("quality", "margin_fraction", "Quality gap that is still fine", "of the API score"),
)


def _assumptions(evaluation: Evaluation, plan: Plan) -> list[Default]:
    found, records = [], evaluation.catalog.assumptions.values()
    groups = list(dict.fromkeys(record.group for record in records))
    for record in sorted(records, key=lambda record: groups.index(record.group)):
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
                not_drawn=record.not_drawn,
                source="your plan" if changed else citation.source,
                as_of="" if changed else citation.as_of,
                changed=changed,
                stale=not changed and _stale(citation.as_of, evaluation.as_of, YEARLY_DAYS),
                path=("assumptions", record.id),
                estimate=value,
            )
        )
    return found


def _price(evaluation: Evaluation, price: PriceUsed) -> Default:
    value = price_value(evaluation, price)
    return Default(
        key=f"{price.kind}.{price.id}",
        group=GROUPS[price.kind],
        label=price_label(evaluation, price),
        value=value,
        default=value,
        why="A price is changed by re-pricing the plan, or in its [prices] and [offer].",
        source=price.source,
        as_of=price.as_of,
        stale=price.stale,
    )


def _stale(as_of: str, today: date, limit_days: int) -> bool:
    try:
        return is_stale(as_of, today, limit_days)
    except ValueError:
        return False


def _estimate(value: Range) -> str:
    """Mid with its range; without units, which have their own column."""
    return interval(value) if abs(value.mid) >= 1e-9 or value.low != value.high else "0"


def table(found: Sequence[Default], effects: Mapping[str, str]) -> Table:
    """A heading before each group; `effects`, by key: where there are any, they stay and others fall away first."""
    described = tabulate(
        found,
        lambda row: row.key,
        (Column("mark", " ", kept=True), _mark),
        (Column("label", "assumption", kept=True, at_most=56, least=20, ideal=34), lambda row: _strong(row, row.label)),
        (Column("value", "value [range]", right=True, kept=True, at_most=26), lambda row: _strong(row, row.value)),
        (Column("effect", "low → high", right=True), lambda row: _effect(effects.get(row.key, ""))),
        (Column("unit", "unit", kept=True, at_most=18, least=6, ideal=16), lambda row: muted(row.unit)),
        (Column("as_of", "as of"), lambda row: (Segment(row.as_of, "warn" if row.stale else "muted"),)),
        (Column("source", "source", at_most=60, least=30), lambda row: muted(row.source)),
        (Column("default", "default", right=True), lambda row: muted(row.default if row.changed else "")),
        (Column("drawn", "range in the draws", at_most=40, least=12), lambda row: muted(_drawn(row))),
    )
    columns, lines, group = described.columns, [], ""
    for default, line in zip(found, described.lines, strict=True):
        if default.group != group:
            group = default.group
            lines.append(Line(f"{HEADING}{group}", ("", muted(group.upper()), *[""] * (len(columns) - 2))))
        lines.append(line)
    if effects:
        columns = tuple(replace(c, kept=c.key in ("mark", "label", "value", "effect")) for c in columns)
    return Table(columns, tuple(lines))


def _drawn(default: Default) -> str:
    return default.not_drawn or ("drawn" if default.path[:1] == ("assumptions",) else "")


def _mark(default: Default) -> Row:
    """✎ changed by the plan, ! stale."""
    if default.changed:
        return (Segment("✎", "accent"),)
    return (Segment("!" if default.stale else " ", "warn"),)


def _strong(default: Default, text: str) -> Row:
    return (Segment(text, "strong" if default.changed else "text"),)


def _effect(effect: str) -> Row:
    return (Segment(effect, "warn" if effect.startswith("!") else "text"),)


def prices_used(evaluation: Evaluation, numbers: dict[str, int]) -> Table:
    """Every price, with its date, its age and the number of its source."""
    return tabulate(
        evaluation.prices_used,
        lambda row: f"{row.kind}.{row.id}",
        (Column("price", "price"), lambda row: price_label(evaluation, row)),
        (Column("value", "value"), lambda row: price_value(evaluation, row)),
        (Column("as_of", "as of"), _date),
        (Column("source", "source", right=True), lambda row: str(numbers[row.source])),
    )


def _date(price: PriceUsed) -> str:
    old = "" if price.age_days is None else f", {dated_age(price.as_of, price.age_days)}"
    return f"{price.as_of}{old}{', STALE' if price.stale else ''}"


def prices_changed(changes: Iterable[PriceDifference]) -> Table:
    """Old and new price of what does not cost what it did."""
    return tabulate(
        changes,
        lambda row: f"{row.kind}.{row.id}.{row.label}",
        (Column("price", "price", kept=True, at_most=30, least=28), lambda row: row.label),
        (Column("old", "was", right=True, kept=True), lambda row: _paid(row.old, "not sold")),
        (Column("new", "today", right=True, kept=True), lambda row: _paid(row.new, "no longer sold")),
        (
            Column("unit", "in"),
            lambda row: muted("" if row.new is None else row.new_unit.replace(" per 1M tokens", "/1M")),
        ),
        (Column("change", "change", right=True, kept=True), lambda row: _change(row.change_fraction)),
        (Column("note", "", kept=True, at_most=30, least=8), lambda row: muted(row.note)),
    )


def _paid(value: float | None, none: str) -> str:
    return none if value is None else significant(value, 6)


def _change(fraction: float | None) -> Cell:
    return "" if fraction is None else (Segment(f"{signed(fraction * 100)} %", "bad" if fraction > 0 else "good"),)
