"""What can be wrong with a plan, each as one clear line that names file, line and field.

What the catalogue says when a file or a name is wrong: one clear line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class PlanError(Exception):
    """A plan that cannot be used as it is.

    `field` is a dotted path such as `workload[2].tokens_per_day`, empty where the whole file is meant. `problem` is the
    sentence alone, for a form that already shows which field it stands beside.
    """

    def __init__(
        self, problem: str, *, path: Path | None = None, line: int | None = None, field: str = "", more: int = 0
    ) -> None:
        self.problem = problem
        self.path = path
        self.line = line
        self.field = field
        self.more = more
        """How many further problems the same plan has."""
        super().__init__(self._one_line())

    def _one_line(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        text = ": ".join(part for part in (place, self.field, self.problem) if part)
        text = "".join(character if character.isprintable() else " " for character in text)
        return f"{text} (and {self.more} more)" if self.more else text


class ConflictError(PlanError):
    """The file on disk is not the one that was loaded: somebody else saved it, made it or removed it."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt one, or None."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or nothing where no name is near."""
    near = nearest(name, known)
    return f'; did you mean "{near}"?' if near else ""


class CatalogError(Exception):
    """A catalogue file that cannot be used: which file, line, record and field, and what would be right."""

    def __init__(self, file: Path | str, problem: str, *, line: int | None = None, where: str = "") -> None:
        self.file = str(file)
        self.line = line
        self.where = where
        self.problem = problem
        place = self.file if line is None else f"{self.file}:{line}"
        super().__init__(f"{place}: {where}: {problem}" if where else f"{place}: {problem}")


def nearest_or_all(found: str, known: list[str]) -> str:
    """`, did you mean 'x'?` for the nearest known word, or the list of known words when none is near."""
    near = get_close_matches(found, known, n=1, cutoff=0.6)
    if near:
        return f", did you mean '{near[0]}'?"
    return f"; known: {', '.join(known)}"
