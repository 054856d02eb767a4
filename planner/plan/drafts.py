"""Drafts: what has been edited and not saved yet, so that a crash or a kill loses nothing.

A draft is an ordinary plan file with one line on top that says what it is a draft of. It lies in `.drafts` beside the
plans, or in the platform's state folder where that is not possible: before the first save, beside read-only examples.
Each running planner writes drafts of its own, so that no two of them share one; `presence` tells which are in use.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from planner.plan import presence
from planner.plan.places import DRAFTS, SUFFIX, state_dir
from planner.plan.presence import Opened
from planner.plan.read import plan_from_text
from planner.plan.schema import Plan
from planner.plan.write import layout_for, render
from planner.records import dataclass
from planner.toml.errors import InputError, described
from planner.toml.files import decode, parse_json, read_bytes, write_whole
from planner.toml.paths import is_folder, real

_MARK: Final = "#:draft "
_LONGEST_STEM_BYTES: Final = 60
Typed = tuple[tuple[str, str], ...]
"""Label and text of fields whose text is no answer, as it was typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An unsaved state of a plan, found again."""

    path: Path
    plan: Plan
    origin: Path | None
    """File it was opened from; None for a plan that was never saved."""
    origin_digest: str | None
    """Fingerprint of that file when it was opened."""
    text: str
    """TOML with the comments of the origin, for `save(..., comments_from=...)`."""
    saved_at: dt.datetime
    elsewhere: Opened | None = None
    """Another running planner that is still working on it."""
    typed: Typed = ()
    """What stood in fields when the planner was ended, and could not be taken into the plan."""

    @property
    def open_elsewhere(self) -> bool:
        """Whether another running planner is still working on it."""
        return self.elsewhere is not None


def new_key() -> str:
    """Name for the draft of a plan that has no file yet."""
    return f"new-{secrets.token_hex(6)}"


def key_for(origin: Path, opening: str = "") -> str:
    """Name for the draft of a saved plan: the same for the same file and the same `opening` of it."""
    stem = os.fsencode(origin.stem)[:_LONGEST_STEM_BYTES].decode(errors="ignore")
    name = f"{stem}-{hashlib.sha256(os.fsencode(real(origin))).hexdigest()[:12]}"
    return f"{name}-{opening}" if opening else name


def key_of_opening(origin: Path | None) -> str:
    """A name that no other draft has, and that shows whose it is; keep it for as long as the plan is open."""
    return new_key() if origin is None else key_for(origin, secrets.token_hex(4))


def shared_dir() -> Path:
    """Where drafts of any folder may lie: in the platform's folder for what a program remembers."""
    return state_dir() / "drafts"


def drafts_dirs(folder: Path) -> tuple[Path, ...]:
    """Folders in which drafts for this folder of plans may lie, the preferred one first."""
    fallback, beside = shared_dir(), folder / DRAFTS
    return (beside, fallback) if is_folder(folder) and os.access(folder, os.W_OK) else (fallback, beside)


def autosave(
    plan: Plan,
    folder: Path,
    key: str,
    *,
    origin: Path | None = None,
    origin_digest: str | None = None,
    text: str | None = None,
    typed: Typed = (),
    marked: bool = False,
) -> Path:
    """Write the draft named `key`, whole or not at all; returns where. `text`: the opened file's, for comments.

    `marked`: a `presence.Marker` of this key is up, and tells whether the draft is in use.
    """
    head = {"folder": str(real(folder)), "digest": origin_digest, **presence.here(origin)}
    head |= ({"marked": True} if marked else {}) | ({"typed": typed} if typed else {})
    raw = f"{_MARK}{json.dumps(head)}\n{render(plan, layout_for(plan, text))}".encode()
    return _write(raw, [place / f"{key}{SUFFIX}" for place in drafts_dirs(folder)])


def _write(raw: bytes, places: list[Path]) -> Path:
    for place in places[:-1]:
        with suppress(InputError):
            write_whole(place, raw)
            return place
    write_whole(places[-1], raw)
    return places[-1]


def recover_drafts(folder: Path, own: str = "") -> tuple[Draft, ...]:
    """Every readable draft that belongs to this folder of plans, newest first; the caller asks what to do with them.

    `own` is the key of the plan that is open here: its draft is not in use elsewhere.
    """
    return find_drafts(folder, own)[0]


def find_drafts(folder: Path, own: str = "") -> tuple[tuple[Draft, ...], tuple[InputError, ...]]:
    """The drafts of `recover_drafts`, and what is wrong with each file and folder that cannot be read as such."""
    places, wanted = drafts_dirs(folder), str(real(folder))
    found: list[Draft] = []
    problems: list[InputError] = []
    for place in places:
        try:
            for path in _files_in(place):
                try:
                    found += _read(path, wanted, places, own)
                except InputError as problem:
                    if os.path.lexists(path):  # else its owner has removed it meanwhile
                        problems.append(problem.at(path))
        except OSError as error:
            problems.append(InputError(f"drafts in it cannot be listed: {error.strerror or error}", path=place))
    return tuple(sorted(found, key=lambda draft: draft.saved_at, reverse=True)), tuple(problems)


def _files_in(place: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from (place / name for name in sorted(os.listdir(place)) if name.endswith(SUFFIX))


def _read(path: Path, folder: str, places: Sequence[Path], own: str) -> Iterator[Draft]:
    """The draft in a file; none where it belongs to another folder, or has just been removed."""
    first, _, body = decode(read_bytes(path)).partition("\n")
    head = _head(first)
    if head["folder"] != folder:
        return
    try:
        plan, modified = plan_from_text(body), path.stat().st_mtime
    except InputError as error:
        error.line = None if error.line is None else error.line + 1  # of the file, which has the head on top
        raise
    except OSError:
        return
    yield Draft(
        path=path,
        plan=plan,
        origin=Path(head["origin"]) if head.get("origin") else None,
        origin_digest=head.get("digest"),
        text=body,
        saved_at=dt.datetime.fromtimestamp(modified, tz=dt.UTC),
        elsewhere=None if path.stem == own else _in_use(path.stem, places, head, modified),
        typed=tuple((str(label), str(text)) for label, text in head.get("typed") or ()),
    )


_HEAD: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "folder": ((str,), "text"),
    "origin": ((str, type(None)), "text"),
    "digest": ((str, type(None)), "text"),
    "typed": ((list, type(None)), "a list of labels and texts"),
}


def _head(line: str) -> dict[str, Any]:
    """What the first line says. Raises `InputError` where it is not that of a draft."""
    if not line.startswith(_MARK):
        raise InputError(f"this is no draft: found {described(line)}, expected {_MARK}and a table", line=1)
    found = parse_json(line.removeprefix(_MARK))
    head: dict[str, Any] = found if isinstance(found, dict) else {}
    for name, (kinds, expected) in _HEAD.items():
        if not isinstance(head.get(name), kinds):
            raise InputError(f"found {described(head.get(name))}, expected {expected}", line=1, field=name)
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in head.get("typed") or ()):
        raise InputError("found something else, expected a list of labels and texts", line=1, field="typed")
    return head


def _in_use(key: str, places: Sequence[Path], head: Mapping[str, Any], modified: float) -> Opened | None:
    """Who works on the draft. Without a marker, as older planners wrote them, the process that wrote it may."""
    for place in places:
        if (opened := presence.opened_by(place / f"{key}{presence.SUFFIX}")) is not None:
            return opened
    writer = presence.opened_from(head, modified)
    return writer if not head.get("marked") and presence.runs(writer) else None


def discard_draft(draft: Draft | Path) -> None:
    """Remove a draft after its plan was saved, or when its owner does not want it."""
    (draft.path if isinstance(draft, Draft) else draft).unlink(missing_ok=True)
