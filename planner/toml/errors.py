"""What is wrong with something a person gave: one clear line that names file, line and field, and what would be right.

Plans, the catalogue, a model's config and the options of a command all speak through the one class here, so that the
same mistake reads the same wherever it is made. Standard library only, but for how numbers are written; difflib is
loaded once a name is wrong.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from planner.quantities import plain, written

MISSING_KEY: Final = "missing; this key is needed"
_READABLE: Final = 1e16
"""Whole numbers below it are written out; larger ones say nothing digit by digit."""
_LONGEST: Final = 1_000
_LONGEST_FIELD: Final = 200
"""Characters of a problem and of a field: a name in a file may be as long as the file."""
_LONGEST_NAME: Final = 200
"""Of a name that is likened to others, which takes the square of its length."""


class InputError(Exception):
    """A file, a field or an option that cannot be used as it is.

    `field` is a dotted path such as `workload[2].tokens_per_day` or an option such as `--gpu`, empty where the whole
    file is meant. `problem` is the sentence alone, for a form that already shows which field it stands beside.
    """

    def __init__(
        self, problem: str, *, path: Path | str | None = None, line: int | None = None, field: str = "", more: int = 0
    ) -> None:
        self.problem = problem if len(problem) <= _LONGEST else f"{problem[: _LONGEST - 1]}…"
        self.path = path
        self.line = line
        self.field = field if len(field) <= _LONGEST_FIELD else f"{field[: _LONGEST_FIELD - 1]}…"
        self.more = more
        """How many further problems the same file has."""
        super().__init__(self.problem)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        text = ": ".join(part for part in (place, self.field, self.problem) if part)
        text = "".join(character if character.isprintable() else " " for character in text)
        return f"{text} (and {self.more} more)" if self.more else text

    def at(self, path: Path | str) -> Self:
        """The same problem, with the file it was found in: what reads a text does not know where it came from."""
        self.path = path
        return self


class ConflictError(InputError):
    """The file on disk is not the one that was loaded: somebody else saved it, made it or removed it."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt one, or None."""
    from difflib import get_close_matches

    if len(name) > _LONGEST_NAME:
        return None
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str], listed: int = 0) -> str:
    """`; did you mean "x"?`; where no name is near, the known ones if there are no more than `listed`, else nothing."""
    names = list(known)
    if near := nearest(name, names):
        return f'; did you mean "{near}"?'
    return f"; known: {', '.join(names)}" if 0 < len(names) <= listed else ""


def described(value: object) -> str:
    """A value as it stands in the file, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return "nothing" if value is None else type(value).__name__


def _number(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if abs(value) < _READABLE:
        return written(value)
    return plain(value, 3) if isinstance(value, float) else "a huge number"


def shortened(text: str, longest: int = 60) -> str:
    """The start of a text, on one line."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * longest]).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
