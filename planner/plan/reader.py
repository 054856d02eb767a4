"""From bytes to a plan: encoding, TOML, schema version, then the schema itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from planner.plan.errors import PlanError
from planner.plan.explain import described, plan_error
from planner.plan.layout import Layout, scan
from planner.plan.schema import SCHEMA_VERSION, Plan

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Final[Mapping[int, Migration]] = MappingProxyType({})
"""For each older schema, how its data becomes that of the next one. Schema 1 is the first."""

_AT_LINE: Final = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_AT_END: Final = re.compile(r"\s*\(at end of document\)")


def decode(raw: bytes) -> str:
    """Text of a plan file; a byte-order mark is dropped, line ends become plain ones."""
    if b"\0" in raw:
        raise PlanError("this is not a text file; a plan is a TOML file", line=raw[: raw.index(b"\0")].count(b"\n") + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"found the byte 0x{raw[error.start]:02x}, expected text in UTF-8"
        raise PlanError(found, line=line) from None
    return text.replace("\r\n", "\n")


def parse(text: str) -> dict[str, Any]:
    """TOML data of a plan's text."""
    if not text.strip():
        raise PlanError("the file is empty; a plan starts with schema = 1")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text) from None
    except RecursionError:
        raise PlanError("not a plan: lists or tables nested too deeply") from None
    except ValueError:  # Python refuses to read integers of more than 4,300 digits
        raise PlanError("not a plan: a number in it has thousands of digits") from None


def _toml_error(message: str, text: str) -> PlanError:
    if match := _AT_LINE.search(message):
        line = int(match[1])
        return PlanError(f"not valid TOML in column {match[2]}: {_AT_LINE.sub('', message)}", line=line)
    cut = f"not valid TOML: {_AT_END.sub('', message)}; the file ends too early, it may be cut off"
    return PlanError(cut, line=text.rstrip("\n").count("\n") + 1)


def migrate(data: dict[str, Any], layout: Layout, migrations: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """Data in today's schema; newer schemas are refused because their meaning is not known here."""
    version = data.get("schema")
    line = layout.line_of(("schema",))
    if version is None:
        raise PlanError(f"missing; a plan starts with schema = {SCHEMA_VERSION}", line=1, field="schema")
    if type(version) is not int or version < 1:
        raise PlanError(f"found {described(version)}, expected {SCHEMA_VERSION}", line=line, field="schema")
    if version > SCHEMA_VERSION:
        newer = f"found {version}, expected at most {SCHEMA_VERSION}; a newer planner saved it, update to open it"
        raise PlanError(newer, line=line, field="schema")
    while version < SCHEMA_VERSION:
        data = migrations[version](data)
        version += 1
        data["schema"] = version
    return data


def plan_from_data(data: Mapping[str, Any], layout: Layout | None = None) -> Plan:
    """A validated plan, or a `PlanError` that names the line where `layout` knows it."""
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise plan_error(error, data, layout) from None


def plan_from_text(text: str) -> Plan:
    """A validated plan from TOML text."""
    data = parse(text)
    layout = scan(text)
    return plan_from_data(migrate(data, layout), layout)
