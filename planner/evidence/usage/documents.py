"""Records out of text: lines of JSON, JSON of any size, tables, and the text of a Prometheus scrape, one at a time.

A page of JSON is walked element by element, so that a list of millions takes the memory of one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.evidence.usage.values import plain_key
from planner.records import dataclass
from planner.toml.errors import InputError

LONGEST_LINE: Final = 64 * 2**20
CHUNK: Final = 65_536
CONTAINERS: Final = ("data", "daily", "resourceSpans", "result", "rows", "items", "observations", "records", "Records")
"""Keys under which a page holds its records."""
_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[\s,\ufeff\x1e]*")
_SAMPLE: Final = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})?[ \t]+([^\s#]+)(?:[ \t]+(-?[0-9]+))?")
_LABEL: Final = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One record and the line it begins at; `problem` where it is none."""

    record: Mapping[str, Any]
    line: int
    problem: str = ""
    inside: bool = False
    """It stood in a list."""
    head: bool = False
    """Not a record but what a page says of itself."""


def json_lines(text: io.TextIOWrapper) -> Iterator[Found]:
    """One record a line, or a page a line. A line that is cut off is told, not refused."""
    for line, content in _lines(text):
        stripped = content.strip("\ufeff\x1e \t\r\n")
        if not stripped:
            continue
        try:
            value = json.loads(stripped)
        except (ValueError, RecursionError):
            yield Found({}, line, "not valid JSON; the line may be cut off")
            continue
        yield from _unwrapped(value, line)


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), start=1):
        if len(content) >= LONGEST_LINE:
            raise InputError(f"a line of more than {LONGEST_LINE // 2**20} MB, expected one record a line", line=line)
        yield line, content


def _unwrapped(value: Any, line: int) -> Iterator[Found]:
    """The records of one JSON value."""
    if isinstance(value, list):
        for item in value:
            yield _record(item, line, inside=True)
        return
    if isinstance(value, dict):
        holder = value
        if isinstance(value.get("data"), dict) and isinstance(value["data"].get("result"), list):
            holder = value["data"]
        for key in CONTAINERS:
            if isinstance(holder.get(key), list):
                yield from _unwrapped(holder[key], line)
                yield Found({k: v for k, v in value.items() if not isinstance(v, list | dict)}, line, head=True)
                return
    yield _record(value, line)


def _record(value: Any, line: int, inside: bool = False) -> Found:
    if isinstance(value, dict):
        return Found(value, line, inside=inside)
    return Found({}, line, "found something else, expected a record in braces", inside=inside)


class JsonText:
    """JSON values of a text, one after another, and the elements of lists inside them without the list."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text, self._buffer, self._at, self._line, self._ended = text, "", 0, 1, False

    def records(self) -> Iterator[Found]:
        """Every record. Raises `InputError` where the text stops being JSON."""
        while self._next():
            if self._buffer[self._at] == "[":
                yield from self._elements()
            elif self._buffer[self._at] == "{":
                yield from self._members(nested=False)
            else:
                raise self._broken("expected a list or an object")

    def _elements(self) -> Iterator[Found]:
        self._at += 1
        while self._must() != "]":
            line = self._here()
            yield _record(self._value(), line, inside=True)
        self._at += 1

    def _members(self, nested: bool) -> Iterator[Found]:
        """The records in an object's lists; the object itself where it has no such list."""
        self._at += 1
        line, head, walked = self._here(), {}, False
        while self._must() != "}":
            key = self._key()
            opens = self._must()
            if opens == "[" and key in CONTAINERS:
                yield from self._elements()
                walked = True
            elif opens == "{" and key == "data" and not nested:
                for found in self._members(nested=True):
                    if found.head:
                        head["data"], walked = found.record, walked or "resultType" in found.record
                    else:
                        walked = True
                        yield found
            else:
                head[key] = self._value()
        self._at += 1
        yield Found(head, line, head=walked or nested)

    def _key(self) -> str:
        key = self._value()
        if not isinstance(key, str) or self._must() != ":":
            raise self._broken("expected a key")
        self._at += 1
        return key

    def _value(self) -> Any:
        """The value here, whole."""
        self._must()
        want = CHUNK
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
                if end < len(self._buffer) or self._ended:
                    break
            except RecursionError:
                raise self._broken("nested too deeply") from None
            except ValueError:
                if self._ended or len(self._buffer) - self._at > LONGEST_LINE:
                    raise self._broken("it may be cut off") from None
            self._fill(want)
            want *= 2
        self._at = end
        return value

    def _must(self) -> str:
        """The next character that counts."""
        if not self._next():
            raise self._broken("it ends too early, it may be cut off")
        return self._buffer[self._at]

    def _next(self) -> bool:
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return True
            if self._ended:
                return False
            self._fill(CHUNK)

    def _fill(self, want: int) -> None:
        """More text; what was read is let go."""
        self._line += self._buffer.count("\n", 0, self._at)
        more = self._text.read(want)
        self._ended = not more
        self._buffer, self._at = self._buffer[self._at :] + more, 0

    def _here(self) -> int:
        return self._line + self._buffer.count("\n", 0, self._at)

    def _broken(self, why: str) -> InputError:
        return InputError(f"not valid JSON: {why}", line=self._here())


def table(text: io.TextIOWrapper, delimiter: str, header: tuple[str, ...], skip: int) -> Iterator[Found]:
    """One record a line of a table, under the names of `header`; `skip` lines stand before the first."""
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader((content for _, content in _lines(text)), delimiter=delimiter)
    width = len(header)
    try:
        for number, cells in enumerate(reader):
            if number < skip or not cells:
                continue
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if len(cells) == width:
                yield Found(dict(zip(header, cells, strict=True)), reader.line_num)
            elif any(cells):
                problem = f"found {len(cells)} columns, expected {width}"
                yield Found({}, reader.line_num, problem)
    except csv.Error as error:
        raise InputError(f"not a table: {error}", line=reader.line_num) from None


def samples(text: io.TextIOWrapper) -> Iterator[Found]:
    """Metrics of a scrape, as {name, labels, value}."""
    for line, content in _lines(text):
        if content.startswith("#") or not content.strip():
            continue
        match = _SAMPLE.match(content)
        if match is None:
            yield Found({}, line, "found no metric, expected name{labels} value")
            continue
        labels = dict(_LABEL.findall(match[2] or ""))
        yield Found({"name": match[1], "labels": labels, "value": match[3]}, line)


def key_paths(text: str) -> frozenset[str]:
    """The keys of JSON that may be cut off anywhere, by dotted path, without case and marks; lists leave no trace."""
    found: set[str] = set()
    stack: list[str | None] = []
    last: str | None = None
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in "{[":
            stack.append(last)
            last = None
        elif mark in "}]":
            if stack:
                stack.pop()
            last = None
        elif mark == ":":
            path = [part for part in stack if part]
            if last is not None:
                found.add(".".join([*path, last]))
        elif mark == ",":
            last = None
        elif mark[0] == '"':
            last = plain_key(mark[1:-1]) if len(mark) < _LONGEST_KEY else None
        else:
            last = None
    return frozenset(found)


_LONGEST_KEY: Final = 80
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
