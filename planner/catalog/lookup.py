"""Finds a record by id, name or alias, whatever the case and punctuation; lists the nearest when it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from planner.toml.errors import InputError

NEAREST = 6
"""Candidates a message names."""
_NOT_A_WORD = re.compile(r"[^a-z0-9+]+")


class Named(Protocol):
    """What every catalogue record has."""

    @property
    def id(self) -> str:
        """Unique id."""


Record = TypeVar("Record", bound=Named)


class LookupFailed(InputError):  # noqa: N818 - reads as the fact it reports
    """No record, or more than one, answers to a text; `candidates` are the ids to choose from, best first."""

    def __init__(self, text: str, candidates: Sequence[str], *, ambiguous: bool, field: str) -> None:
        self.candidates = tuple(candidates)
        self.ambiguous = ambiguous
        shown, more = ", ".join(self.candidates[:NEAREST]), len(self.candidates) - NEAREST
        if ambiguous:
            problem = f"'{text}' fits several: {shown}{f' and {more} more' if more > 0 else ''}"
        else:
            problem = f"nothing is called '{text}'{f'; nearest: {shown}' if shown else ''}"
        super().__init__(problem, field=field)


def find(records: Mapping[str, Record], text: str, field: str = "") -> Record:
    """The record called `text`: its id, name, alias or the part of its id after the slash; else the only one that
    contains it. Raises `LookupFailed` with the nearest ids and the `field` or option that named it.
    """
    if text in records:
        return records[text]
    wanted = normalised(text)
    names = {key: frozenset(_names(record)) for key, record in records.items()}
    holding = [key for key, known in names.items() if wanted and any(wanted in name for name in known)]
    for matches in (_calls(names, wanted), holding):
        if len(matches) == 1:
            return records[matches[0]]
        if matches:
            raise LookupFailed(text, _by_likeness(wanted, matches, names), ambiguous=True, field=field)
    near = _by_likeness(wanted, list(records), names)[:NEAREST]
    raise LookupFailed(text, near, ambiguous=False, field=field)


def normalised(text: str) -> str:
    """Lower case without punctuation and spaces: "RTX 4090" and "rtx-4090" are one name."""
    return _NOT_A_WORD.sub("", text.lower())


def _names(record: Named) -> Iterator[str]:
    yield normalised(record.id)
    yield normalised(record.id.rsplit("/", 1)[-1])
    for attribute in ("name", "label", "product"):
        yield normalised(getattr(record, attribute, ""))
    for alias in getattr(record, "aliases", ()):
        yield normalised(alias)


def _calls(names: Mapping[str, frozenset[str]], wanted: str) -> list[str]:
    exact = [key for key in names if normalised(key) == wanted]
    return exact or [key for key, known in names.items() if wanted and wanted in known]


def _by_likeness(wanted: str, keys: list[str], names: Mapping[str, frozenset[str]]) -> list[str]:
    def likeness(key: str) -> float:
        return max(SequenceMatcher(None, wanted, name).ratio() for name in names[key])

    return sorted(keys, key=likeness, reverse=True)
