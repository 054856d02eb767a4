"""Writes YAML that every reader understands alike: block mappings and lists, texts quoted wherever they could be other.

An emitter of our own, as a library would be a dependency for a subset of fifty lines. What a name holds never becomes
structure: a text that is not plainly a word stands in double quotes, with every character escaped that YAML 1.1 or 1.2
does not print. Numbers have no exponent, which YAML 1.1 reads as text.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from planner.quantities import exact
from planner.records import dataclass

WIDTH: Final = 116
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_RESERVED: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"})
_UNPRINTED: Final = re.compile(
    "[\x7f-\xa0\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff9-\uffff]"
)
"""Of the first plane: controls, what is not to be seen, separators, halves of a pair, private use."""
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a comment above it."""

    value: Any
    note: str


def quoted(text: str) -> str:
    """In double quotes, on one line, the same in YAML 1.1, YAML 1.2 and JSON for what JSON has an escape for."""
    plain = json.dumps(text, ensure_ascii=False)
    plain = _UNPRINTED.sub(lambda found: ascii(found[0])[1:-1].replace("\\x", "\\u00"), plain)
    return _BEYOND.sub(lambda found: ascii(found[0])[1:-1], plain)


def scalar(value: object) -> str:
    """One value on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return exact(value)
    text = str(value)
    return text if _WORD.fullmatch(text) and text.lower() not in _RESERVED else quoted(text)


def comment(text: str, indent: str = "") -> list[str]:
    """A comment in lines that fit; what the text holds beside letters is shown, never obeyed."""
    one = quoted(" ".join(text.split()))[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return [f"{indent}# {line}" for line in textwrap.wrap(one, WIDTH - len(indent), break_on_hyphens=False)]


def emit(value: Any) -> str:
    """A document; a comment that would stand there twice stands at its first place."""
    lines: list[str] = []
    _write(value, "", lines, set())
    return "\n".join([*lines, ""])


def _write(value: Any, indent: str, lines: list[str], said: set[str]) -> None:
    """Adds the lines of a mapping or a list."""
    pairs = value.items() if isinstance(value, Mapping) else ((None, held) for held in value)
    for key, entry in pairs:
        held = entry.value if isinstance(entry, Noted) else entry
        if isinstance(entry, Noted) and entry.note not in said:
            lines += comment(entry.note, indent)
            said.add(entry.note)
        head = f"{indent}-" if key is None else f"{indent}{scalar(key)}:"
        if not _is_nested(held):
            lines.append(f"{head} {_inline(held)}")
            continue
        if key is not None:
            lines.append(head)
        start = len(lines)
        _write(held, f"{indent}  ", lines, said)
        if key is None:
            _behind_dash(lines, start, indent)


def _behind_dash(lines: list[str], start: int, indent: str) -> None:
    """The first line of what a list holds stands behind the dash; comments of it come before."""
    while lines[start].lstrip().startswith("#"):
        lines[start] = f"{indent}{lines[start].lstrip()}"
        start += 1
    lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"


def _is_nested(held: Any) -> bool:
    return isinstance(held, Mapping | Sequence) and not isinstance(held, str) and len(held) > 0


def _inline(held: Any) -> str:
    if isinstance(held, Mapping):
        return "{}"
    if isinstance(held, Sequence) and not isinstance(held, str):
        return "[]"
    return scalar(held)


def bare(value: Any) -> Any:
    """The same without comments: what a reader of the file gets."""
    if isinstance(value, Noted):
        return bare(value.value)
    if isinstance(value, Mapping):
        return {key: bare(held) for key, held in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [bare(held) for held in value]
    return value
