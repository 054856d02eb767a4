"""The text of a plan: sections in the order of the questions, numbers with thousands separators, comments kept.

The same plan and the same comments give the same bytes, whoever saves it and however often. Comments follow the entry
they stand at: which entry of a list became which is told by name first, then by position among those renamed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import tomli_w

from planner.plan.schema import Plan
from planner.quantities import written
from planner.toml.errors import InputError
from planner.toml.files import parse
from planner.toml.layout import Comments, KeyPath, Layout, scan

IDENTITY: Final[Mapping[KeyPath, tuple[str, ...]]] = {
    ("workload",): ("name",),
    ("quality", "evaluation"): ("workload", "model", "api_model"),
    ("prices", "api"): ("id",),
    ("prices", "offer"): ("id",),
    ("prices", "fx"): ("currency",),
    ("benchmark",): ("model", "gpu", "engine"),
    ("evidence",): ("kind", "file"),
}
"""Lists of tables in a plan file, and the keys by which people tell their entries apart."""


def identity(path: KeyPath, entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """What names one entry of the list at `path`."""
    return tuple(entry.get(key) for key in IDENTITY[path])


def became(path: KeyPath, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Position in `new` for each position in `old` that is still there."""
    free = {index: identity(path, entry) for index, entry in enumerate(new)}
    pairs: dict[int, int] = {}
    for index, entry in enumerate(old):
        wanted = identity(path, entry)
        match = next((place for place, name in free.items() if name == wanted), None)
        if match is not None:
            pairs[index] = match
            del free[match]
    if len(old) == len(new):
        pairs |= dict(zip([index for index in range(len(old)) if index not in pairs], free, strict=True))
    return pairs


def entries(data: Mapping[str, Any], path: KeyPath) -> Sequence[Mapping[str, Any]]:
    """The list of tables at `path`, empty where there is none."""
    here: Any = data
    for key in path:
        here = here.get(key, ()) if isinstance(here, Mapping) else ()
    return here if isinstance(here, (list, tuple)) else ()


def carried(layout: Layout, old: Mapping[str, Any], new: Mapping[str, Any]) -> Layout:
    """The layout of an old text as it applies to new data: entries that moved take their comments with them."""
    moves = {path: became(path, entries(old, path), entries(new, path)) for path in IDENTITY}
    comments = {moved: note for path, note in layout.comments.items() if (moved := _moved(path, moves)) is not None}
    lines = {moved: line for path, line in layout.lines.items() if (moved := _moved(path, moves)) is not None}
    return replace(layout, comments=comments, lines=lines)


def _moved(path: KeyPath, moves: Mapping[KeyPath, Mapping[int, int]]) -> KeyPath | None:
    for length in (1, 2):
        index = path[length] if len(path) > length else None
        if path[:length] in moves and isinstance(index, int):
            place = moves[path[:length]].get(index)
            return None if place is None else (*path[:length], place, *path[length + 1 :])
    return path


def layout_for(plan: Plan, text: str | None) -> Layout | None:
    """Comments of an earlier text, moved to where this plan has the entries they belong to."""
    if text is None:
        return None
    try:
        return carried(scan(text), parse(text), plan_data(plan))
    except InputError:
        return None


def lost_comments(text: str) -> int:
    """How many comments of a plan's text stand inside lists, where no key owns them: saving it loses them."""
    return scan(text).unplaced


SECTION_COMMENTS: Final[Mapping[str, str]] = {
    "volume": "1  what is my p95 token volume in the next 12 months?",
    "quality": "2  is the work simple enough for an open model?",
    "fine_tuning": "3  do we need weights of our own?",
    "operations": "4  can we run GPUs, or hire somebody who can?",
    "residency": "5  must the data stay inside?",
    "rebenchmark": "6  will we measure again every six months?",
    "choice": "fixed by hand; what is absent is picked by the planner",
    "assumptions": "only what differs from the defaults",
    "offer": "what the plan was priced with",
    "result": "what came out when the plan was saved",
}
KEY_COMMENTS: Final[Mapping[KeyPath, str]] = {
    ("residency", "answer"): (
        'yes, no or unknown; what a yes means is scope = "inside" (own or rented machines) or "region" (EU endpoints)'
    ),
}
"""Behind a key that the file does not have yet: what is possible beside what stands there."""
_COMMENT_COLUMN: Final = 32
_WIDTH: Final = 100
_INDENT: Final = 20
_DAY_OF_WEIGHTS: Final = 24
_TABLES: Final = frozenset(SECTION_COMMENTS) | {"objectives", "prices"}


def plan_data(plan: Plan) -> dict[str, Any]:
    """What the file of a plan says, as plain values: only what was set, nothing that is absent."""
    data = {"schema": plan.schema_version} | plan.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    for path in sorted(IDENTITY, key=len, reverse=True):
        _drop_empty(data, path)
    _drop_empty(data, ("prices",))
    return data


def _drop_empty(data: dict[str, Any], path: KeyPath) -> None:
    """An empty list of tables has no text, so it is no part of the file."""
    *outer, last = path
    here = data
    for key in outer:
        here = here.get(str(key), {})
    if not here.get(str(last), True):
        del here[str(last)]


def render(plan: Plan, layout: Layout | None = None) -> str:
    """TOML text of a plan; `layout` brings the comments, by the plan's own key paths."""
    return _Writer(layout).text(plan_data(plan))


class _Writer:
    """Lines of one file."""

    def __init__(self, layout: Layout | None) -> None:
        self.layout = layout or Layout()
        self.lines: list[str] = []

    def text(self, data: Mapping[str, Any]) -> str:
        self._keys(data, ())
        for key, value in data.items():
            self._section((key,), value)
        self.lines += self.layout.tail
        return "\n".join(self.lines) + "\n"

    def _section(self, path: KeyPath, value: Any) -> None:
        if path in IDENTITY:
            for index, entry in enumerate(value):
                self._header((*path, index), f"[[{'.'.join(map(str, path))}]]")
                self._keys(entry, (*path, index))
        elif path[0] in _TABLES and isinstance(value, Mapping):
            if path != ("prices",) or path in self.layout.lines:
                self._header(path, f"[{path[0]}]")
            self._keys(value, path)
            for key, inner in value.items():
                if (*path, key) in IDENTITY:
                    self._section((*path, key), inner)

    def _header(self, path: KeyPath, header: str) -> None:
        comments = self.layout.comments.get(path, Comments())
        self.lines.append("")
        self.lines += comments.above
        behind = comments.behind
        if path not in self.layout.lines and isinstance(path[-1], str):
            own = SECTION_COMMENTS.get(path[-1], "")
            behind = f"# {own}" if own else ""
        self.lines.append(f"{header:<{_COMMENT_COLUMN - 1}} {behind}" if behind else header)

    def _keys(self, table: Mapping[str, Any], path: KeyPath) -> None:
        for key, value in table.items():
            here = (*path, key)
            if here in IDENTITY or (not path and key in _TABLES):
                continue
            comments = self.layout.comments.get(here, Comments())
            if here in KEY_COMMENTS and here not in self.layout.lines:
                comments = Comments(behind=f"# {KEY_COMMENTS[here]}")
            self.lines += comments.above
            pair = f"{_key(key)} = {_value(key, value)}"
            self.lines.append(f"{pair}  {comments.behind}" if comments.behind else pair)


def render_value(value: Any) -> str:
    """One value as the file writes it."""
    return _value("", value)


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0})[:-5]


def _value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_value(name, item)}" for name, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return _array(key, value)


def _array(key: str, values: Sequence[Any]) -> str:
    items = [_value(key, item) for item in values]
    line = f"[{', '.join(items)}]"
    if len(key) + len(line) <= _WIDTH or not items:
        return line
    step = _DAY_OF_WEIGHTS if key == "profile_weights" else 1 if "{" in line else 6
    rows = [", ".join(items[start : start + step]) for start in range(0, len(items), step)]
    return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"


def _string(text: str) -> str:
    """A TOML string; over several lines where the text is long or has lines of its own.

    Other line ends than plain ones are kept as escapes.
    """
    if "\n" in text and "\r" not in text:
        return tomli_w.dumps({"v": text}, multiline_strings=True)[4:-1]
    quoted = tomli_w.dumps({"v": text})[4:-1]
    foldable = len(quoted) > _WIDTH + _INDENT and text == " ".join(text.split())
    return _folded(quoted[1:-1]) if foldable else quoted


def _folded(escaped: str) -> str:
    """A long text over several lines that reads back as one: a backslash at a line's end swallows the line end."""
    lines = [""]
    for word in escaped.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f"{word} "
    return '"""\\\n' + "\\\n".join(lines)[:-1] + '"""'


def number(value: float) -> str:
    """A number as people read it: `6_000_000`, `0.06`, `15`; exact, so that it reads back as the same value."""
    if isinstance(value, float) and value.is_integer() and 1 < abs(value) < 1e16:
        value = int(value)
    return written(value)
