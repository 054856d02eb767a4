"""A file of somebody else's tool: read once, told apart by its content, its fields asked for by name.

Nothing that such a file holds as text is ever shown in a complaint: it may be a prompt, an answer or a key.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from planner.quantities import written
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import decode, parse_json, read_bytes

LARGEST_FILE_BYTES: Final = 128 * 2**20
"""A run of 20,000 requests with all its texts."""
_MOST_JSON: Final = 2 * 10**7
LARGEST_NUMBER: Final = 1e19
"""Nanoseconds since 1970 are 2e18."""
_LONGEST_NAME: Final = 120
_VERSION: Final = re.compile(r"v?\d[\w.+-]{0,40}")
_DAY: Final = re.compile(r"\s*((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\d)")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: `records` are the objects of a JSON or JSONL file with the line each begins in, else empty."""

    path: Path
    text: str
    records: tuple[tuple[int | None, Any], ...] = ()

    @property
    def name(self) -> str:
        return self.path.name

    def fields(self) -> Iterator[Fields]:
        """Every record that is an object; anything else is refused."""
        for line, record in self.records:
            if not isinstance(record, Mapping):
                raise InputError(f"found {kind_of(record)}, expected an object", path=self.path, line=line)
            yield Fields(record, self.path, line)

    def first(self) -> Mapping[str, Any]:
        """The first record, empty where there is no object."""
        record = self.records[0][1] if self.records else None
        return record if isinstance(record, Mapping) else {}

    def rows(self, delimiter: str = ",") -> list[tuple[int, list[str]]]:
        """Cells of a table by line, blank lines left out."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=delimiter)
        try:
            return [(reader.line_num, row) for row in reader if row]
        except csv.Error:
            raise InputError("this line is no row of a table", path=self.path, line=reader.line_num) from None


def read_document(path: Path) -> Document:
    """The file with its JSON where it is JSON. Raises `InputError` with file and line."""
    return document_of(read_bytes(path, LARGEST_FILE_BYTES), path)


def document_of(raw: bytes, path: Path) -> Document:
    """The same from bytes that were read already."""
    try:
        text = decode(raw)
        if not text.strip():
            raise InputError("found nothing, expected the result of a tool")
        return Document(path, text, tuple(_records(text)))
    except InputError as error:
        raise error.at(path) from None


def _records(text: str) -> Iterator[tuple[int | None, Any]]:
    if text.lstrip()[:1] not in ("{", "["):
        return
    try:
        data = parse_json(text, _MOST_JSON)
    except InputError as error:
        if "Extra data" not in error.problem:
            raise
        yield from _lines(text)
        return
    if isinstance(data, list):
        yield from ((None, each) for each in data)
    else:
        yield (None, data)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, parse_json(line, _MOST_JSON)
            except InputError as error:
                error.line = number
                raise


def kind_of(value: object) -> str:
    """What a value is, never what it says; a number is shown."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return written(value) if -LARGEST_NUMBER < value < LARGEST_NUMBER else "a number beyond all bounds"
    return "text" if isinstance(value, str) else "an object" if isinstance(value, Mapping) else "a list"


def _ungrouped(text: str) -> str:
    """1,234.5 without its comma."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a file, its values found by dotted names (`metrics.ttft_ms.mean`)."""

    data: Any
    path: Path
    line: int | None = None

    def get(self, name: str) -> Any:
        """The value, None where any part of the way is missing."""
        if isinstance(self.data, Mapping) and name in self.data:
            return self.data[name]
        here = self.data
        for part in name.split("."):
            if isinstance(here, Mapping):
                here = here.get(part)
            elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
                here = here[int(part)]
            else:
                return None
        return here

    def number(self, name: str, least: float = 0.0) -> float | None:
        """A finite number of at least `least`; None where the file has none. Text that is a number counts."""
        value = self.get(name)
        if value is None or value == "":
            return None
        found = value
        if isinstance(value, str):
            try:
                found = float(_ungrouped(value.strip()))
            except ValueError:
                raise self.wrong(name, value, "a number") from None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.wrong(name, value, "a number")
        if isinstance(found, float) and math.isnan(found):
            return None
        if not least <= found <= LARGEST_NUMBER:
            raise self.wrong(name, found, f"a number of {written(least)} or more")
        return float(found)

    def text(self, name: str) -> str | None:
        """A name; None where the file has none. A text too long for a name is not one."""
        value = self.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER:
            return str(value)
        return value.strip() if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST_NAME else None

    def version(self, name: str) -> str | None:
        """The text of a release; None where it is anything else."""
        text = self.text(name)
        return text if text and _VERSION.fullmatch(text) else None

    def day(self, name: str) -> str | None:
        """The day of a date or of a moment, as 2026-11-28; None where it is anything else."""
        text = self.get(name)
        found = _DAY.match(text) if isinstance(text, str) else None
        return found[1] if found else None

    def inside(self, name: str) -> Fields:
        """An object within it; an empty one where there is none."""
        value = self.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(name, value, "an object")
        return Fields(value or {}, self.path, self.line)

    def listed(self, name: str) -> list[Any]:
        """A list within it, whatever it holds; empty where there is none."""
        value = self.get(name)
        if value is not None and not isinstance(value, list):
            raise self.wrong(name, value, "a list")
        return value or []

    def list_of(self, name: str) -> list[Fields]:
        """The objects of a list within it."""
        value = self.get(name)
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self.wrong(name, value, "a list of objects")
        return [Fields(each, self.path, self.line) for each in value]

    def wrong(self, name: str, value: object, expected: str) -> InputError:
        """The complaint about a field."""
        return InputError(f"found {kind_of(value)}, expected {expected}", path=self.path, line=self.line, field=name)


def table_rows(document: Document, header: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> Iterator[Fields]:
    """Rows of a table as fields by the names of its header; a row with too few or too many cells is refused."""
    for line, cells in rows:
        if len(cells) != len(header):
            problem = f"found {len(cells)} cells, expected {len(header)}"
            raise InputError(problem, path=document.path, line=line)
        yield Fields(dict(zip(header, cells, strict=True)), document.path, line)
