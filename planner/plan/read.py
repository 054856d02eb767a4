"""From a text to a plan: TOML, schema version, then the schema itself.

A failed validation becomes one line a person can act on: where, what was found, what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from planner.plan.schema import SCHEMA_VERSION, Plan
from planner.toml.errors import MISSING_KEY, InputError, described, did_you_mean, shortened
from planner.toml.files import parse
from planner.toml.layout import KeyPath, Layout, dotted, scan

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
_BARE: Final = frozenset({"float_type", "int_type", "bool_type", "date_type", "is_instance_of"})
_LONGEST_BARE: Final = 40
_MISSPELT_FIRST: Final = {"extra_forbidden": 0}


def plan_error(error: ValidationError, data: Mapping[str, Any], layout: Layout | None = None) -> InputError:
    """The first problem of a plan as an `InputError`, with how many more there are."""
    problems: dict[KeyPath, Any] = {}
    for detail in error.errors(include_url=False):
        problems.setdefault(_path(detail["loc"], detail, data), detail)
    lines = {path: layout.line_of(path) if layout else None for path in problems}
    order = sorted(problems, key=lambda path: (_MISSPELT_FIRST.get(problems[path]["type"], 1), lines[path] or 0))
    first = order[0]
    return InputError(_sentence(first, problems[first]), line=lines[first], field=dotted(first), more=len(order) - 1)


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
    if detail["type"] == "out_of_bounds":
        path += (detail["ctx"]["key"],)
    if detail["type"] == "repeated":
        path += (detail["ctx"]["index"], detail["ctx"]["key"])
    return path


def _inside(container: Any, part: int | str) -> Any:
    if isinstance(container, Mapping):
        return container.get(part)
    if isinstance(container, (list, tuple)) and isinstance(part, int) and part < len(container):
        return container[part]
    return None


def _sentence(path: KeyPath, detail: Any) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return "missing; a plan needs at least one [[workload]]" if path == ("workload",) else MISSING_KEY
    if kind == "repeated":
        return f'found "{shortened(detail["ctx"]["found"])}" a second time, expected {detail["msg"]}'
    found = detail["ctx"]["found"] if kind == "out_of_bounds" else detail["input"]
    shown, bare = "a table" if isinstance(found, BaseModel) else described(found), kind in _BARE and _is_quoted(found)
    other = _other_key(path, found) if kind == "literal_error" else ""
    return f"found {shown}, expected {_expected(detail)}{', without quotes' if bare else ''}{other}"


def _other_key(path: KeyPath, found: object) -> str:
    """Of a value that another key of the same table takes: which one, such as the scope of a residency."""
    fields = _fields(model) if (model := _model_at(path[:-1])) else {}
    takers = [key for key, kind in fields.items() if key != path[-1] and found in get_args(kind)]
    return f"; {described(found)} is for {' or '.join(takers)}" if takers else ""


def _is_quoted(found: object) -> bool:
    """A number, a date, true or false that only its quotes make a text."""
    try:
        return isinstance(found, str) and len(found) <= _LONGEST_BARE and bool(parse(f"bare = {found}"))
    except InputError:
        return False


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
    model = _model_at(path)
    return tuple(_fields(model)) if model else ()


def _model_at(path: KeyPath) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Plan
    for part in path:
        if model is not None and isinstance(part, str):
            model = _model_in(_fields(model).get(part))
    return model


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


Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""For each older schema, how its data becomes that of the next one. Schema 1 is the first."""


def migrate(data: dict[str, Any], layout: Layout, migrations: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """Data in today's schema; newer schemas are refused because their meaning is not known here."""
    version = data.get("schema")
    line = layout.line_of(("schema",))
    if version is None:
        raise InputError(f"missing; a plan starts with schema = {SCHEMA_VERSION}", line=1, field="schema")
    if type(version) is not int or version < 1:
        raise InputError(f"found {described(version)}, expected {SCHEMA_VERSION}", line=line, field="schema")
    if version > SCHEMA_VERSION:
        found, newest = described(version), SCHEMA_VERSION
        newer = f"found {found}, expected at most {newest}; a newer planner saved it, update to open it"
        raise InputError(newer, line=line, field="schema")
    while version < SCHEMA_VERSION:
        data = migrations[version](data)
        version += 1
        data["schema"] = version
    return data


def plan_from_data(data: Mapping[str, Any], layout: Layout | None = None) -> Plan:
    """A validated plan, or an `InputError` that names the line where `layout` knows it."""
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise plan_error(error, data, layout) from None


def read_plan(text: str) -> tuple[Plan, Layout]:
    """A validated plan from TOML text, and where each of its keys stands."""
    if not text.strip():
        raise InputError("the file is empty; a plan starts with schema = 1")
    data = parse(text)
    layout = scan(text)
    return plan_from_data(migrate(data, layout), layout), layout


def plan_from_text(text: str) -> Plan:
    """A validated plan from TOML text."""
    return read_plan(text)[0]
