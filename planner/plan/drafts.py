"""Drafts: what has been edited and not saved yet, so that a crash or a kill loses nothing.

A draft is an ordinary plan file with one line on top that says what it is a draft of. It lies in `.drafts` beside the
plans, or in the platform's state folder where that is not possible: before the first save, beside read-only examples.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from planner.plan.places import DRAFTS, SUFFIX, state_dir
from planner.plan.read import plan_from_text
from planner.plan.schema import Plan
from planner.plan.write import layout_for, render
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import decode, read_bytes, write_whole

_MARK: Final = "#:draft "


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
    open_elsewhere: bool
    """Another running planner on this machine is still working on it."""


def new_key() -> str:
    """Name for the draft of a plan that has no file yet; keep it for the whole session."""
    return f"new-{secrets.token_hex(6)}"


def key_for(origin: Path) -> str:
    """Name for the draft of a saved plan: the same for the same file."""
    return f"{origin.stem[:60]}-{hashlib.sha256(str(origin.resolve()).encode()).hexdigest()[:12]}"


def drafts_dirs(folder: Path) -> tuple[Path, ...]:
    """Folders in which drafts for this folder of plans may lie, the preferred one first."""
    fallback = state_dir() / "drafts"
    beside = folder / DRAFTS
    return (beside, fallback) if folder.is_dir() and os.access(folder, os.W_OK) else (fallback, beside)


def autosave(
    plan: Plan,
    folder: Path,
    key: str,
    *,
    origin: Path | None = None,
    origin_digest: str | None = None,
    text: str | None = None,
) -> Path:
    """Write the draft named `key`, whole or not at all; returns where. `text`: the opened file's, for comments."""
    head = {
        "folder": str(folder.resolve()),
        "origin": str(origin.resolve()) if origin else None,
        "digest": origin_digest,
        "pid": os.getpid(),
        "host": socket.gethostname(),
    }
    raw = f"{_MARK}{json.dumps(head)}\n{render(plan, layout_for(plan, text))}".encode()
    return _write(raw, [place / f"{key}{SUFFIX}" for place in drafts_dirs(folder)])


def _write(raw: bytes, places: list[Path]) -> Path:
    for place in places[:-1]:
        with suppress(InputError):
            write_whole(place, raw)
            return place
    write_whole(places[-1], raw)
    return places[-1]


def recover_drafts(folder: Path) -> tuple[Draft, ...]:
    """Every readable draft that belongs to this folder of plans, newest first; the caller asks what to do with them."""
    wanted = str(folder.resolve())
    found: dict[Path, Draft] = {}
    for place in drafts_dirs(folder):
        for path in sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else ():
            draft = _read(path, wanted)
            if draft is not None:
                found[path] = draft
    return tuple(sorted(found.values(), key=lambda draft: draft.saved_at, reverse=True))


def _read(path: Path, folder: str) -> Draft | None:
    try:
        text = decode(read_bytes(path))
        first, _, body = text.partition("\n")
        head = json.loads(first.removeprefix(_MARK)) if first.startswith(_MARK) else None
        if not isinstance(head, dict) or head.get("folder") != folder:
            return None
        return _draft(path, body, head)
    except (InputError, OSError, ValueError):
        return None


def _draft(path: Path, body: str, head: Mapping[str, Any]) -> Draft:
    origin = head.get("origin")
    return Draft(
        path=path,
        plan=plan_from_text(body),
        origin=Path(origin) if origin else None,
        origin_digest=head.get("digest"),
        text=body,
        saved_at=dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC),
        open_elsewhere=_runs_elsewhere(head),
    )


def _runs_elsewhere(head: Mapping[str, Any]) -> bool:
    pid = head.get("pid")
    if not isinstance(pid, int) or pid == os.getpid() or head.get("host") != socket.gethostname():
        return False
    if os.name == "nt":  # there signal 0 would be Ctrl+C
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def discard_draft(draft: Draft | Path) -> None:
    """Remove a draft after its plan was saved, or when its owner does not want it."""
    (draft.path if isinstance(draft, Draft) else draft).unlink(missing_ok=True)
