"""Where each key of a TOML text stands and which comments belong to it.

tomllib says what a file means but not where; errors need the line and saving needs the comments. The scanner runs only
over text that tomllib has accepted, so it need not find mistakes.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

KeyPath = tuple[str | int, ...]
"""A key of the file: names, and positions within arrays."""

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_BASIC_LINES: Final = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL)
_LITERAL_LINES: Final = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_STRINGS: Final = (_BASIC_LINES, _LITERAL_LINES, _BASIC, _LITERAL)


@dataclass(slots=True)
class Comments:
    """Comment lines above a key or header, and the one behind it; each with its hash sign."""

    above: tuple[str, ...] = ()
    behind: str = ""


@dataclass(slots=True)
class Layout:
    """Lines (from 1) and comments by key path; `unplaced` counts comments inside arrays, which no key owns."""

    lines: dict[KeyPath, int] = field(default_factory=dict)
    comments: dict[KeyPath, Comments] = field(default_factory=dict)
    tail: tuple[str, ...] = ()
    unplaced: int = 0

    def line_of(self, path: KeyPath) -> int | None:
        """Line of a key, of the nearest table around it, or of the first key below a table without a header."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        below = (line for key, line in self.lines.items() if path and key[: len(path)] == path)
        return min(below, default=None)


class _Scanner:
    """One pass over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.layout = Layout()
        self.table: KeyPath = ()
        self.counts: dict[KeyPath, int] = {}
        self.pending: list[str] = []

    def run(self) -> Layout:
        while self.at < len(self.text):
            self._statement()
        self.layout.tail = self._take_pending()
        return self.layout

    def _statement(self) -> None:
        character = self.text[self.at]
        if character == "#":
            self.pending.append(self._comment())
        elif character == "[":
            self._header()
        elif character == "\n":
            self.at += 1
            if self.pending and self.text[self.at : self.at + 1] == "\n":
                self.pending.append("")
        elif character in " \t":
            self.at += 1
        else:
            self._pair(self.table, top_level=True)

    def _line(self) -> int:
        return bisect_right(self.breaks, self.at - 1) + 1

    def _comment(self) -> str:
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        comment = self.text[self.at : end].rstrip()
        self.at = end
        return comment

    def _take_pending(self) -> tuple[str, ...]:
        taken, self.pending = self.pending, []
        while taken and not taken[-1]:
            taken.pop()
        return tuple(taken)

    def _note(self, path: KeyPath, line: int, above: tuple[str, ...]) -> None:
        self.layout.lines.setdefault(path, line)
        self._blanks()
        behind = self._comment() if self.text[self.at : self.at + 1] == "#" else ""
        if above or behind:
            known = self.layout.comments.setdefault(path, Comments())
            self.layout.comments[path] = Comments(known.above + above, known.behind or behind)

    def _header(self) -> None:
        line, above = self._line(), self._take_pending()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        keys = self._dotted_key()
        self.at = self.text.index("]", self.at) + (2 if is_array else 1)
        self.table = (*self._enter(keys[:-1]), keys[-1])
        if is_array:
            self.layout.lines.setdefault(self.table, line)
            self.counts[self.table] = self.counts.get(self.table, 0) + 1
            self.table += (self.counts[self.table] - 1,)
        self._note(self.table, line, above)

    def _enter(self, keys: list[str]) -> KeyPath:
        """Path of a table named in a header; within an array of tables the last one is meant."""
        path: KeyPath = ()
        for key in keys:
            path += (key,)
            if path in self.counts:
                path += (self.counts[path] - 1,)
        return path

    def _pair(self, table: KeyPath, *, top_level: bool) -> None:
        line, above = self._line(), self._take_pending() if top_level else ()
        path = table
        for key in self._dotted_key():
            path += (key,)
            self.layout.lines.setdefault(path, line)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)
        if top_level:
            self._note(path, line, above)

    def _dotted_key(self) -> list[str]:
        keys = []
        while True:
            self._blanks()
            keys.append(self._key())
            self._blanks()
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _key(self) -> str:
        pattern = {'"': _BASIC, "'": _LITERAL}.get(self.text[self.at], _BARE_KEY)
        match = pattern.match(self.text, self.at)
        assert match is not None, "the text is valid TOML"
        self.at = match.end()
        return match.group() if pattern is _BARE_KEY else next(iter(tomllib.loads(f"{match.group()}=0")))

    def _value(self, path: KeyPath) -> None:
        self._blanks()
        character = self.text[self.at]
        if character == "[":
            self._array(path)
        elif character == "{":
            self._inline_table(path)
        else:
            pattern = next((p for p in _STRINGS if p.match(self.text, self.at)), _SCALAR)
            match = pattern.match(self.text, self.at)
            assert match is not None, "a scalar may be empty, so it always matches"
            self.at = match.end()

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._gap() != "]":
            self.layout.lines.setdefault((*path, index), self._line())
            self._value((*path, index))
            index += 1
            if self._gap() == ",":
                self.at += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._gap() != "}":
            self._pair(path, top_level=False)
            if self._gap() == ",":
                self.at += 1
        self.at += 1

    def _gap(self) -> str:
        """Skip blanks, line ends and comments within brackets; the character that follows."""
        while self.text[self.at] in " \t\n#":
            if self.text[self.at] == "#":
                self._comment()
                self.layout.unplaced += 1
            else:
                self.at += 1
        return self.text[self.at]

    def _blanks(self) -> None:
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1


def scan(text: str) -> Layout:
    """Lines and comments of a valid TOML text."""
    return _Scanner(text.replace("\r\n", "\n")).run()


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `workload[2].tokens_per_day`, counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
