"""Plans on disk: read, written whole or not at all, listed, copied, renamed, deleted.

Comments of a hand-edited file stay with their keys when it is saved; key order, blank lines and number formats become
the planner's own.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

from planner.plan.fields import LONGEST_NAME
from planner.plan.places import EXAMPLES, SUFFIX, example_path, free_path, off_limits
from planner.plan.read import plan_from_data, read_plan
from planner.plan.schema import Plan
from planner.plan.write import layout_for, plan_data, render
from planner.records import dataclass
from planner.toml.errors import ConflictError, InputError
from planner.toml.files import (
    decode,
    digest_of,
    erase,
    locked,
    make_folder,
    read_bytes,
    resolved,
    write_whole,
)
from planner.toml.paths import exists


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan with the file it came from; `digest` tells later whether the file is still the same."""

    plan: Plan
    path: Path
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A file in the folder of plans: its plan, or why it cannot be read."""

    path: Path
    loaded: Loaded | None
    error: InputError | None
    modified: dt.datetime

    @property
    def plan(self) -> Plan | None:
        return self.loaded.plan if self.loaded else None


def load(path: Path | str) -> Loaded:
    """The plan in a file. Raises `InputError`: one line with file, line and field."""
    path = Path(path)
    _refuse_off_limits(path, to_read=True)
    return load_bytes(read_bytes(path), path)


def load_bytes(raw: bytes, path: Path) -> Loaded:
    """The plan in bytes that were read already; `path` says where from. Raises `InputError`."""
    try:
        text = decode(raw)
        plan, _ = read_plan(text)
    except InputError as error:
        raise error.at(path) from None
    return Loaded(plan=plan, path=path, text=text, digest=digest_of(raw))


def save(
    plan: Plan,
    path: Path | str,
    expected_digest: str | None = None,
    *,
    overwrite: bool = False,
    comments_from: str | None = None,
) -> Loaded:
    """Write a plan whole or not at all, and return it as loaded from there.

    With `expected_digest` the file must still be the one that was loaded; without it there must be no file yet
    (`overwrite=True` skips both). Raises `ConflictError` otherwise, and writes nothing: of two planners that save at
    once, one is told. Comments are taken from the file that is replaced, or from the text given as `comments_from` for
    a new file.
    """
    path = Path(path)
    _refuse_off_limits(path)
    target = resolved(path)
    if expected_digest is None:
        make_folder(target.parent)
    with locked(target):
        return _saved(plan, path, target, expected_digest, overwrite, comments_from)


def _saved(
    plan: Plan,
    path: Path,
    target: Path,
    expected_digest: str | None = None,
    overwrite: bool = False,
    comments_from: str | None = None,
) -> Loaded:
    """`save`, within the lock."""
    before = read_bytes(target) if exists(target) else None
    if not overwrite:
        _refuse_conflict(path, before, expected_digest)
    text = render(plan, layout_for(plan, comments_from if before is None else _text_or_none(before)))
    raw = _with_line_ends_of(before, text)
    if raw != before:
        write_whole(target, raw, exclusive=before is None and not overwrite)
    return Loaded(plan=plan, path=path, text=text, digest=digest_of(raw))


def _with_line_ends_of(before: bytes | None, text: str) -> bytes:
    """A file that had the line ends of Windows keeps them, so that only what changed differs."""
    windows = before is not None and before.count(b"\r\n") == before.count(b"\n") > 0
    return (text.replace("\n", "\r\n") if windows else text).encode()


def _refuse_conflict(path: Path, before: bytes | None, expected_digest: str | None) -> None:
    if expected_digest is None and before is not None:
        raise ConflictError("there is a file of this name already; nothing was written", path=path)
    if expected_digest is not None and before is None:
        raise ConflictError("the file was removed since it was opened; nothing was written", path=path)
    if expected_digest is not None and before is not None and digest_of(before) != expected_digest:
        raise ConflictError("the file was changed since it was opened; nothing was written", path=path)


def _text_or_none(raw: bytes) -> str | None:
    with suppress(InputError):
        return decode(raw)
    return None


def list_plans(folder: Path) -> tuple[PlanEntry, ...]:
    """Every plan file of a folder, newest first; files that cannot be read come with their error."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix == SUFFIX and not path.name.startswith(".")]
    except OSError:
        return ()
    return tuple(sorted((_entry(path) for path in paths), key=lambda entry: entry.modified, reverse=True))


def list_examples() -> tuple[PlanEntry, ...]:
    """The examples that ship with the planner, in their own order."""
    return tuple(_entry(example_path(name)) for name in EXAMPLES)


def _entry(path: Path) -> PlanEntry:
    try:
        modified = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC)
    except OSError:
        modified = dt.datetime.fromtimestamp(0, tz=dt.UTC)
    try:
        return PlanEntry(path, load(path), None, modified)
    except InputError as error:
        return PlanEntry(path, None, error, modified)


def duplicate(path: Path, folder: Path | None = None, *, created: dt.date | None = None) -> Loaded:
    """A copy under a new name, in the same folder unless another is given; comments are copied too."""
    original = load(path)
    folder = folder or path.parent
    copy_name = f"{original.plan.name} (copy)"
    changes: dict[str, object] = {"name": copy_name[:LONGEST_NAME]} | ({"created": created} if created else {})
    copy = plan_from_data(plan_data(original.plan) | changes)
    _refuse_off_limits(folder / path.name)
    make_folder(folder)
    with locked(folder / path.name):
        free = free_path(folder, copy_name)
        return _saved(copy, free, free, comments_from=original.text)


def rename(path: Path, name: str) -> Loaded:
    """Give a plan another name, and its file one that fits; the old file goes when the new one is safe."""
    _refuse_off_limits(path)
    with locked(resolved(path)):
        original = load(path)
        renamed = plan_from_data(plan_data(original.plan) | {"name": name})
        free = free_path(path.parent, name, besides=path)
        if free == path:
            return _saved(renamed, path, resolved(path), original.digest)
        saved = _saved(renamed, free, free, comments_from=original.text)
        erase(path)
        return saved


def delete(path: Path) -> None:
    """Remove a plan file. Asking first is the caller's part."""
    _refuse_off_limits(path)
    with locked(path):
        erase(path)


def _refuse_off_limits(path: Path, *, to_read: bool = False) -> None:
    if problem := off_limits(path, to_read=to_read):
        raise InputError(problem, path=path)
