"""Files on disk: read with clear errors down to the TOML in them, written whole or not at all, one writer at a time.

Every file a person may have written goes through `read_bytes`, `decode` and `parse`, so that a folder, a foreign
encoding or a missing bracket is told in the same words for a plan, a catalogue and a model's config.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import secrets
import stat
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from planner.quantities import count, decimals, hex_byte
from planner.toml.errors import ConflictError, InputError
from planner.toml.paths import is_folder, real

LARGEST_FILE_BYTES: Final = 4 * 2**20
"""A plan of 500 workloads with all they may have is below 1 MiB."""
_MOST: Final = {"\n": (50_000, "lines"), "=": (50_000, "keys"), ",": (200_000, "values"), ".": (250_000, "dots")}
"""A plan of 500 workloads has 10,000 lines and, with a week of hours each, 84,000 values."""
_MOST_PARTS: Final = 50
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MOST_PARTS}}}")
"""Its parts are never given back: a long word would be gone through from each of its letters."""
_MANY_DIGITS: Final = re.compile(r"[\d_]{4000}")
_MOST_JSON: Final = 1_000_000
"""The index of a model with 1,000 experts in 60 layers has 200,000."""
_LEFTOVER_SECONDS: Final = 600.0
LOCK_WAIT_S: Final = 5.0
"""A save takes milliseconds: who holds the lock longer has been stopped, or waits for a disk that does not answer."""
_LOCK_AGAIN_S: Final = 0.005
_LOCK_FILE: Final = ".planner.lock"
_LOCKED_BYTE: Final = 2**30
"""On Windows a locked byte cannot be read by others: this one lies behind all that is ever written."""
_AT_LINE: Final = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_AT_END: Final = re.compile(r"\s*\(at end of document\)")


def digest_of(raw: bytes) -> str:
    """Fingerprint of a file's bytes."""
    return hashlib.sha256(raw).hexdigest()


def read_bytes(path: Path, largest: int = LARGEST_FILE_BYTES) -> bytes:
    """Bytes of a file, or an `InputError` that says why there are none; no more than `largest` are read."""
    raw, size = _read(path, largest + 1)
    if max(size, len(raw)) > largest:
        found, most = decimals(max(size, len(raw)) / 2**20, 1), count(largest / 2**20)
        raise InputError(f"found {found} MiB, expected at most {most}", path=path)
    return raw


def read_start(path: Path, most: int) -> bytes:
    """The first bytes of a file that may be of any size; fewer where it ends before."""
    return _read(path, most)[0]


def _read(path: Path, most: int) -> tuple[bytes, int]:
    """At most so many bytes of an ordinary file, and its size as the system tells it.

    What is no ordinary file is never waited for: a pipe without a writer would not answer, some devices never end.
    """
    try:
        if is_folder(path):
            raise InputError("this is a folder, expected a file", path=path)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise InputError("this is not an ordinary file", path=path)
            return file.read(most), about.st_size
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except PermissionError:
        raise InputError("no permission to read this file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {_reason(error)}", path=path) from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def decode(raw: bytes) -> str:
    """Text of a file; a byte-order mark is dropped, line ends become plain ones."""
    if b"\0" in raw:
        raise InputError("this is not a text file", line=raw[: raw.index(b"\0")].count(b"\n") + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"found the byte 0x{hex_byte(raw[error.start])}, expected text in UTF-8"
        raise InputError(found, line=line) from None
    return text.replace("\r\n", "\n")


def parse(text: str) -> dict[str, Any]:
    """TOML data of a text, or an `InputError` with the line at which it stops being TOML.

    Refused as well is what would take minutes to read: a file within the limit of bytes has room for a million keys.
    """
    for mark, (most, what) in _MOST.items():
        if (found := text.count(mark)) > most:
            raise InputError(f"found {count(found)} {what}, expected at most {count(most)}")
    if line := _line_of(_LONG_KEY, text):
        raise InputError(f"found a key of more than {_MOST_PARTS} parts", line=line)
    with _readable(text):
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _toml_error(str(error), text) from None


def parse_json(text: str, most: int = _MOST_JSON) -> Any:
    """Data of a text, or an `InputError` with the line at which it stops being JSON. Infinities are let through."""
    if (found := text.count(",") + text.count("[") + text.count("{")) > most:
        raise InputError(f"found {count(found)} values, expected at most {count(most)}")
    with _readable(text):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"not valid JSON in column {error.colno}: {error.msg}", line=error.lineno) from None


@contextmanager
def _readable(text: str) -> Iterator[None]:
    """What Python refuses of a text whose grammar is right."""
    try:
        yield
    except RecursionError:
        raise InputError("lists or tables nested too deeply") from None
    except ValueError:  # integers of more than 4,300 digits
        raise InputError("found a number of thousands of digits", line=_line_of(_MANY_DIGITS, text)) from None


def _line_of(pattern: re.Pattern[str], text: str) -> int | None:
    """The line of the first match, if there is one."""
    found = pattern.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _toml_error(message: str, text: str) -> InputError:
    if match := _AT_LINE.search(message):
        line = int(match[1])
        return InputError(f"not valid TOML in column {match[2]}: {_AT_LINE.sub('', message)}", line=line)
    cut = f"not valid TOML: {_AT_END.sub('', message)}; the file ends too early, it may be cut off"
    return InputError(cut, line=text.rstrip("\n").count("\n") + 1)


def resolved(path: Path) -> Path:
    """The file that is written for `path`: what a link leads to, so that the link stays one."""
    return real(path) if os.path.islink(path) else path


@contextmanager
def locked(path: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Keep other planners from writing in the folder of `path`: read, compare and replace inside, and nothing is lost.

    The lock is the operating system's, on the folder itself where it may be, so it leaves nothing behind and goes with
    the process that held it; elsewhere (Windows, NFS) it is on a hidden file. A folder that is missing is left so, and
    holds nothing to compare. Where the file system knows no locks, work goes on without one. Other programs, an editor
    say, do not ask for it. Not to be entered twice by one thread. Raises `InputError` after `wait_s` seconds.
    """
    handle = _taken(path, wait_s)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)  # which frees the lock


def _taken(path: Path, wait_s: float) -> int | None:
    """A handle that holds the lock; None where there can be none."""
    for place, flags in ((path.parent, os.O_RDONLY), (path.with_name(_LOCK_FILE), os.O_RDWR | os.O_CREAT)):
        try:
            handle = os.open(place, flags, 0o666)
        except (OSError, ValueError):
            continue  # no folder; a folder that may not be listed; on Windows a folder cannot be opened
        ends = time.monotonic() + wait_s
        while (free := try_lock(handle)) is False:
            if time.monotonic() >= ends:
                os.close(handle)
                raise InputError("another planner is writing in this folder; nothing was changed, try again", path=path)
            time.sleep(_LOCK_AGAIN_S)
        if free:
            return handle
        os.close(handle)
    return None


def try_lock(handle: int, *, shared: bool = False) -> bool | None:
    """Lock an open file: False where somebody else holds it, None where the file system knows no locks.

    `shared` asks whether there is an exclusive lock and is in nobody's way while it asks; Windows has no such thing.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def write_whole(path: Path, raw: bytes, *, exclusive: bool = False) -> None:
    """Temporary file beside the target, fsync, rename, fsync of the folder: old bytes or new bytes, never a mixture.

    The new file has the mode of the one that it replaces, and its owner and group as far as the system permits; other
    names of the old file (hard links) keep the old bytes. `exclusive`: refuse with a `ConflictError` where the target
    exists by now. Whoever compares before writing does both within `locked`.
    """
    try:
        make_folder(path.parent)
        _remove_leftovers(path)
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            _write_synced(temporary, raw, _status_of(path))
            _put_in_place(temporary, path, exclusive=exclusive)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise ConflictError("there is a file of this name already; nothing was written", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be written: {_reason(error)}; nothing was changed", path=path) from None


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, or raise an `InputError` that says why not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError("this is a file, expected a folder for plans", path=folder) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be made: {_reason(error)}; nothing was changed", path=folder) from None


def _status_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _write_synced(path: Path, raw: bytes, replaced: os.stat_result | None) -> None:
    # What stands in for a private file is private from its first byte.
    first_mode = 0o666 if replaced is None else 0o600
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), first_mode)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        if replaced is not None:
            path.chmod(_keep_owner(handle, replaced))
        os.fsync(handle)


def _keep_owner(handle: int, replaced: os.stat_result) -> int:
    """Give the new file the owner and group of the old one, as far as permitted; returns the mode that it may have.

    Only an administrator may give a file away; a group that one belongs to may be given. Where the group cannot be
    kept, the new one may do no more than everybody: the old mode would let strangers in.
    """
    mode = replaced.st_mode & 0o777
    if os.name == "nt":
        return mode
    for owner in (replaced.st_uid, -1):
        with suppress(OSError):
            os.fchown(handle, owner, replaced.st_gid)
            break
    same_group = os.fstat(handle).st_gid == replaced.st_gid
    return mode if same_group else mode & 0o707 | (mode & 0o007) << 3


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
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()


def erase(path: Path) -> None:
    """Remove a file, or say why not."""
    try:
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be deleted: {_reason(error)}", path=path) from None
