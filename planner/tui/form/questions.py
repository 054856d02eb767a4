"""The questionnaire: six steps, each with its fields, and the form behind a line of the first.

All of it stands in `questions.toml`, words, reasons and stated defaults; nothing about a question lives elsewhere. One
builder (`screens.questions.form`) makes widgets and validators from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from planner.tui.form.fields import YES_NO, YES_NO_UNKNOWN, Field, QuestionStep
from planner.tui.open_plan.session import FieldPath

if TYPE_CHECKING:
    from planner.plan.schema import Plan

_COMMON: Final[Mapping[str, dict[str, Any]]] = {
    "answer": {"options": YES_NO_UNKNOWN, "default": "unknown"},
    "flag": {"options": YES_NO},
}
"""What all fields of a kind have."""
_TABLE: Final = tomllib.loads((files("planner.tui.form") / "questions.toml").read_text("utf-8"))


def _field(table: Mapping[str, Any], path: FieldPath) -> Field:
    given = _COMMON.get(table["codec"], {}) | dict(table) | {"path": path}
    if "options" in table:
        given["options"] = tuple((value, label) for value, label in table["options"])
    if "usual" in table:
        given["usual"] = tuple(table["usual"])
    if "shown_if" in table:
        given["shown_if"] = _is_yes(*table["shown_if"].split("."))
    return Field(**given)


def _is_yes(section: str, key: str) -> Callable[[Plan], bool]:
    return lambda plan: bool(getattr(getattr(plan, section), key) == "yes")


def _step(table: Mapping[str, Any]) -> QuestionStep:
    fields = tuple(_field(field, tuple(field["path"].split("."))) for field in table["fields"])
    return QuestionStep(**(dict(table) | {"fields": fields}))


STEPS: Final[tuple[QuestionStep, ...]] = tuple(_step(table) for table in _TABLE["question"])


def workload_fields(index: int) -> tuple[Field, ...]:
    """Fields of the form that edits the workload at `index`."""
    return tuple(_field(table, ("workload", index, table["path"])) for table in _TABLE["workload"])
