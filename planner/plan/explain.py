"""From a failed validation to one line a person can act on: where, what was found, what would be right."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from planner.plan.errors import PlanError, did_you_mean
from planner.plan.layout import KeyPath, Layout, dotted
from planner.plan.schema import Plan

_EXPECTED: Final = {
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "string_unicode": "text that can be written as UTF-8",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-11-23",
    "is_instance_of": "a date such as 2026-11-23",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "tuple_type": "a list",
    "greater_than_equal": "a number of {ge} or more",
    "greater_than": "a number above {gt}",
    "less_than_equal": "a number of at most {le}",
    "less_than": "a number below {lt}",
    "string_too_long": "text of at most {max_length} characters",
    "too_long": "at most {max_length} values",
    "too_short": "at least {min_length}",
}
_READABLE: Final = 1e16
_MISSPELT_FIRST: Final = {"extra_forbidden": 0}


def plan_error(error: ValidationError, data: Mapping[str, Any], layout: Layout | None = None) -> PlanError:
    """The first problem of a plan as a `PlanError`, with how many more there are."""
    problems: dict[KeyPath, Any] = {}
    for detail in error.errors(include_url=False):
        problems.setdefault(_path(detail["loc"], detail, data), detail)
    lines = {path: _line(path, layout) for path in problems}
    order = sorted(problems, key=lambda path: (_MISSPELT_FIRST.get(problems[path]["type"], 1), lines[path] or 0))
    first = order[0]
    return PlanError(
        _sentence(first, problems[first], data),
        line=lines[first],
        field=dotted(first),
        more=len(order) - 1,
    )


def _line(path: KeyPath, layout: Layout | None) -> int | None:
    return layout.line_of(path) if layout else None


def _path(location: tuple[int | str, ...], detail: Any, data: Mapping[str, Any]) -> KeyPath:
    """The location without the names pydantic gives to the branches of a union."""
    path: KeyPath = ()
    here: Any = data
    for step, part in enumerate(location):
        inside = _inside(here, part)
        is_new_key = detail["type"] == "missing" and step == len(location) - 1
        if inside is not None or is_new_key:
            path += (part,)
            here = inside
    if detail["type"] == "repeated":
        path += (detail["ctx"]["index"], detail["ctx"]["key"])
    return path


def _inside(container: Any, part: int | str) -> Any:
    if isinstance(container, Mapping):
        return container.get(part)
    if isinstance(container, (list, tuple)) and isinstance(part, int) and part < len(container):
        return container[part]
    return None


def _sentence(path: KeyPath, detail: Any, data: Mapping[str, Any]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return (
            "missing; a plan needs at least one [[workload]]"
            if path == ("workload",)
            else "missing; this key is needed"
        )
    if kind == "repeated":
        return f'found "{shortened(detail["ctx"]["found"])}" a second time, expected {detail["msg"]}'
    return f"found {described(detail['input'])}, expected {_expected(detail)}"


def _expected(detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", '"')
        known = re.findall(r'"([^"]+)"', choices)
        return choices + did_you_mean(str(detail["input"]), known)
    template = _EXPECTED.get(kind)
    if template is None:
        return str(detail["msg"])
    return template.format(**{key: _plain(value) for key, value in context.items()})


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def described(value: object) -> str:
    """A value as it stands in the file, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (int, float)):
        return (
            f"{value:_}" if abs(value) < _READABLE else f"{value:.3g}" if isinstance(value, float) else "a huge number"
        )
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (Mapping, BaseModel)):
        return "a table"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return "nothing" if value is None else type(value).__name__


def shortened(text: str, longest: int = 60) -> str:
    """The start of a text, on one line."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * longest]).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _unknown_key(path: KeyPath) -> str:
    key = str(path[-1])
    here = known_keys(path[:-1])
    if suggestion := did_you_mean(key, here):
        return f"unknown key{suggestion}"
    homes = [dotted(home) for home, keys in _tables(Plan, ()) if key in keys]
    if homes:
        places = " or ".join(f"[{home}]" if home else "the top of the file" for home in homes)
        return f"unknown key here; it belongs in {places}"
    return f"unknown key; known here: {', '.join(here)}"


def known_keys(path: KeyPath) -> tuple[str, ...]:
    """Keys that the table at `path` may have; none where any key is allowed."""
    model: type[BaseModel] | None = Plan
    for part in path:
        if model is not None and isinstance(part, str):
            model = _model_in(_fields(model).get(part))
    return tuple(_fields(model)) if model else ()


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _tables(model: type[BaseModel], path: KeyPath) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    fields = _fields(model)
    yield path, tuple(fields)
    for key, annotation in fields.items():
        if inner := _model_in(annotation):
            yield from _tables(inner, (*path, key))
