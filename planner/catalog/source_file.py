"""One catalogue file: its tables, and on which line a record or field stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.catalog.records import ROOMS
from planner.toml.errors import CatalogError, nearest_or_all

RawRecords = Mapping[str, Mapping[str, object]]
_SYNTAX = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A parsed file: `rooms` maps a table name to its records, as TOML gives them."""

    path: Path
    text: str
    rooms: Mapping[str, RawRecords]

    def line_of(self, room: str, record_id: str, field: str = "") -> int | None:
        """Line of a record, or of a field in it; None where the layout hides it (inline tables)."""
        lines = self.text.splitlines()
        header = _header(room, record_id)
        start = next((i for i, line in enumerate(lines) if header.match(line)), None)
        if start is None:
            return None
        name = re.escape(field.split(".")[0])
        key = re.compile(rf"\s*[\"']?{name}[\"']?\s*=") if field else None
        for i in range(start + 1, len(lines)):
            if lines[i].lstrip().startswith("[") or key is None:
                break
            if key.match(lines[i]):
                return i + 1
        return start + 1

    def error(self, room: str, record_id: str, field: str, problem: str) -> CatalogError:
        """The error for one record or field of this file."""
        where = f"{room}.{record_id}" + (f", {field}" if field else "")
        return CatalogError(self.path, problem, line=self.line_of(room, record_id, field), where=where)


def read_source(path: Path) -> SourceFile:
    """Read and parse one file. Raises `CatalogError` when it cannot be read or is not the TOML of a catalogue."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise CatalogError(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise CatalogError(path, f"is not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, error) from None
    source = SourceFile(path, text, data)
    _check_layout(source, data)
    return source


def _syntax_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> CatalogError:
    message = str(error)
    at = _SYNTAX.search(message)
    line = text.count("\n") + 1 if at is None or at["line"] is None else int(at["line"])
    return CatalogError(path, f"is not valid TOML: {_SYNTAX.sub('', message)}", line=line)


def _check_layout(source: SourceFile, data: Mapping[str, object]) -> None:
    for room, records in data.items():
        if room not in ROOMS:
            raise CatalogError(source.path, f"unknown table '{room}'{nearest_or_all(room, list(ROOMS))}", where=room)
        if not isinstance(records, dict):
            raise CatalogError(source.path, f"should be tables of records, such as [{room}.some-id]", where=room)
        for record_id, record in records.items():
            if not isinstance(record, dict):
                problem = f"found {record!r}, should be a table [{room}.{record_id}]"
                raise CatalogError(source.path, problem, where=f"{room}.{record_id}")


def _header(room: str, record_id: str) -> re.Pattern[str]:
    name = re.escape(record_id)
    return re.compile(rf"\s*\[\s*{re.escape(room)}\s*\.\s*(?:{name}|\"{name}\"|'{name}')\s*\]")
