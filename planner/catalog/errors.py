"""What the catalogue says when a file or a name is wrong: one clear line."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path


class CatalogError(Exception):
    """A catalogue file that cannot be used: which file, line, record and field, and what would be right."""

    def __init__(self, file: Path | str, problem: str, *, line: int | None = None, where: str = "") -> None:
        self.file = str(file)
        self.line = line
        self.where = where
        self.problem = problem
        place = self.file if line is None else f"{self.file}:{line}"
        super().__init__(f"{place}: {where}: {problem}" if where else f"{place}: {problem}")


def did_you_mean(found: str, known: list[str]) -> str:
    """`, did you mean 'x'?` for the nearest known word, or the list of known words when none is near."""
    near = get_close_matches(found, known, n=1, cutoff=0.6)
    if near:
        return f", did you mean '{near[0]}'?"
    return f"; known: {', '.join(known)}"
