"""Bytes on disk: read with clear errors, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from planner.toml.errors import ConflictError, PlanError

LARGEST_FILE_BYTES: Final = 4 * 2**20
"""A plan of 500 workloads with all they may have is below 1 MiB."""
_LEFTOVER_SECONDS: Final = 600.0


def digest_of(raw: bytes) -> str:
    """Fingerprint of a file's bytes."""
    return hashlib.sha256(raw).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Bytes of a plan file, or a `PlanError` that says why there are none."""
    try:
        if path.is_dir():
            raise PlanError("this is a folder, not a plan file", path=path)
        if path.exists() and not path.is_file():
            raise PlanError("this is not an ordinary file", path=path)
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            found = f"found {size / 2**20:,.1f} MiB, expected at most {LARGEST_FILE_BYTES // 2**20}; this is no plan"
            raise PlanError(found, path=path)
        return path.read_bytes()
    except FileNotFoundError:
        raise PlanError("no such file", path=path) from None
    except PermissionError:
        raise PlanError("no permission to read this file", path=path) from None
    except (OSError, ValueError) as error:
        raise PlanError(f"cannot be read: {_reason(error)}", path=path) from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def write_whole(path: Path, raw: bytes, *, exclusive: bool = False) -> None:
    """Temporary file beside the target, fsync, rename, fsync of the folder: old bytes or new bytes, never a mixture.

    `exclusive`: refuse with a `ConflictError` where the target exists by now.
    """
    try:
        _make_folder(path.parent)
        _remove_leftovers(path)
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            _write_synced(temporary, raw, _mode_of(path))
            _put_in_place(temporary, path, exclusive=exclusive)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise ConflictError("there is a file of this name already; nothing was written", path=path) from None
    except OSError as error:
        raise PlanError(f"cannot be written: {_reason(error)}; nothing was changed", path=path) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise PlanError("this is a file, expected a folder for plans", path=folder) from None


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def _write_synced(path: Path, raw: bytes, mode: int | None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)


def _put_in_place(temporary: Path, path: Path, *, exclusive: bool) -> None:
    if exclusive:
        try:
            os.link(temporary, path)
            return
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):  # a file system without hard links
            if path.exists():
                raise FileExistsError(str(path)) from None
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse; the rename itself has happened
            os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(path: Path) -> None:
    """Temporary files that a killed save left behind."""
    for leftover in path.parent.glob(f".{_escaped(path.name)}.*.tmp"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def erase(path: Path) -> None:
    """Remove a file, or say why not."""
    try:
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        raise PlanError("no such file", path=path) from None
    except OSError as error:
        raise PlanError(f"cannot be deleted: {_reason(error)}", path=path) from None
