"""From a field's text to the next plan: reading, bounds, and the words that say what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.plan.edit import get_value
from planner.tui.form.fields import CODECS, DailyVolume, Field
from planner.tui.open_plan.session import with_value

if TYPE_CHECKING:
    from planner.plan.schema import Plan


def answer_in(plan: Plan, field: Field) -> Any:
    """The field's value in the plan."""
    if field.codec == "volume":
        entry = get_value(plan, field.path[:-1])
        in_requests = entry.requests_per_day is not None
        return DailyVolume(entry.requests_per_day if in_requests else entry.tokens_per_day, in_requests)
    return get_value(plan, field.path)


def is_about(plan: Plan, field: Field) -> bool:
    """False for a field of a workload that the plan does not have, or has no longer."""
    return field.path[0] != "workload" or int(field.path[1]) < len(plan.workload)


def with_answer(plan: Plan, field: Field, value: Any) -> Plan:
    """The plan with the field answered. Raises ValueError in one line where that plan would not be valid."""
    path = field.path
    if isinstance(value, DailyVolume):
        path = (*path[:-1], "requests_per_day" if value.in_requests else "tokens_per_day")
        value = value.amount
    return with_value(plan, path, value)


def read_answer(field: Field, text: str) -> Any:
    """What the text means. Raises ValueError that names what would be right."""
    if field.optional and not text.strip():
        return None
    value = CODECS[field.codec].read(text)
    if field.codec in ("number", "whole", "fraction") and not _within(field, value):
        raise ValueError(f"“{text.strip()}” is out of range: {field.bounds}")
    return value


def _within(field: Field, value: float) -> bool:
    return (field.low is None or value >= field.low) and (field.high is None or value <= field.high)


def show_answer(field: Field, value: Any) -> str:
    """The value as it stands in the field."""
    return "" if value is None and field.codec != "tristate" else CODECS[field.codec].show(value)


def change_words(field: Field, before: Any, after: Any) -> str:
    """`growth a month 6 → 8 %`: what the edit was, for undo and for the panel."""
    old, new = in_words(field, before), in_words(field, after)
    if old.endswith(" %") and new.endswith(" %"):
        old = old.removesuffix(" %")
    return f"{_in_a_sentence(field.label)} {old} → {new}"


def _in_a_sentence(label: str) -> str:
    """Lower case at the front, but GPU stays GPU."""
    label = label.rstrip("?")
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def in_words(field: Field, value: Any) -> str:
    """The value as people say it: an option's label, a default's words, the text otherwise."""
    shown = show_answer(field, value)
    return dict(field.options).get(shown, shown) or field.default_words or "none"


def can_be_unknown(field: Field) -> bool:
    """True where "I don't know" has a stated answer to take."""
    return field.optional or field.default is not None or field.codec == "tristate"


def unknown_words(field: Field) -> str:
    """What "I don't know" takes, in words; empty where the question cannot be skipped."""
    return (field.default_words or in_words(field, field.default)) if can_be_unknown(field) else ""
