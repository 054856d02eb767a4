"""Which plans are open in planners that run now: a small file each, locked for as long as its process works on it.

The lock goes when the process ends, however it ends: neither a reused process id nor a restart of the machine makes a
plan look busy for ever. Where the file system knows no locks, process id and name of the machine have to do.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import make_folder, try_lock
from planner.toml.paths import real

SUFFIX: Final = ".open"
_TRIES: Final = 50
_TRY_AGAIN_S: Final = 0.005
_LONGEST_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Opened:
    """A plan that a running planner has open."""

    origin: Path | None
    """Its file; None for one that was never saved."""
    since: dt.datetime
    pid: int
    host: str

    def __str__(self) -> str:
        here = "" if self.host in ("", socket.gethostname()) else f" on {self.host}"
        return f"process {self.pid or 'unknown'}{here}, since {self.since.astimezone():%Y-%m-%d %H:%M}"


def here(origin: Path | None) -> dict[str, Any]:
    """What a file says about the process that writes it."""
    return {"origin": str(real(origin)) if origin else None, "pid": os.getpid(), "host": socket.gethostname()}


class Marker:
    """Tells other planners that a plan is open here, until it is lifted or the process ends."""

    def __init__(self) -> None:
        self._handle: int | None = None
        self._path = Path()
        self._since = ""

    @property
    def is_up(self) -> bool:
        """Whether others can see it."""
        return self._handle is not None

    def put(self, places: Iterable[Path], key: str, origin: Path | None) -> None:
        """Put it up for the plan whose draft is named `key`, in the first folder that takes it; the last one goes."""
        if self._handle is None or self._path.stem != key:
            self.lift()
            for place in places:
                with suppress(InputError, OSError):
                    make_folder(place)
                    self._path = place / f"{key}{SUFFIX}"
                    self._handle, self._since = _held(self._path), dt.datetime.now(dt.UTC).isoformat()
                    break
        if self._handle is not None:
            with suppress(OSError):
                _write(self._handle, here(origin) | {"since": self._since})

    def lift(self) -> None:
        """Take it away: the plan is not open here any more."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
            with suppress(OSError):
                self._path.unlink()


def _held(path: Path) -> int:
    """A handle of the file, locked where that is possible. Raises OSError where the file cannot be had."""
    for _ in range(_TRIES):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            # Somebody who looks at it may hold it for a moment, and may take it for a leftover and remove it.
            if try_lock(handle) is not False and os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)
        time.sleep(_TRY_AGAIN_S)
    raise PermissionError(f"{path} is held by somebody else")


def _write(handle: int, content: Mapping[str, Any]) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(content).encode())


def opened_by(marker: Path) -> Opened | None:
    """What a marker tells of; None where there is none, or where its planner has ended, whose marker then goes."""
    try:
        handle = os.open(marker, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except PermissionError:  # somebody else's, who lets nobody look
        return opened_from({}, time.time())
    except OSError:
        return None
    try:
        free = try_lock(handle, shared=True)
        opened = opened_from(_read(handle), os.fstat(handle).st_mtime)
        if free is False or (free is None and runs(opened)):
            return opened
        _remove(marker, handle)  # while it is locked: its planner may just be putting it up, and then sees it gone
    finally:
        os.close(handle)
    if os.name == "nt":  # where no open file can be removed, one that its planner has open least of all
        with suppress(OSError):
            marker.unlink()
    return None


def _remove(marker: Path, handle: int) -> None:
    with suppress(OSError):
        if os.path.samestat(os.fstat(handle), marker.stat()):
            marker.unlink()


def _read(handle: int) -> Mapping[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(os.read(handle, _LONGEST_BYTES))
        return found if isinstance(found, dict) else {}
    return {}


def opened_from(told: Mapping[str, Any], modified: float) -> Opened:
    """What a file of a planner says about it; what it does not say is unknown."""
    origin, pid, host, since = (told.get(name) for name in ("origin", "pid", "host", "since"))
    try:
        began = dt.datetime.fromisoformat(since) if isinstance(since, str) else None
    except ValueError:
        began = None
    return Opened(
        origin=Path(origin) if isinstance(origin, str) else None,
        since=began or dt.datetime.fromtimestamp(modified, tz=dt.UTC),
        pid=pid if isinstance(pid, int) and pid > 0 else 0,
        host=host if isinstance(host, str) else "",
    )


def runs(opened: Opened) -> bool:
    """Whether a process of that number runs on this machine and is another one: a guess, numbers are used again."""
    if opened.pid in (0, os.getpid()) or opened.host != socket.gethostname():
        return False
    if os.name == "nt":  # there signal 0 would be Ctrl+C
        return False
    try:
        os.kill(opened.pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def elsewhere(path: Path, places: Iterable[Path], own: str) -> Opened | None:
    """Another planner that has this file open: the one that has had it for longest. `own` is the key of one's own."""
    found = []
    for place in places:
        with suppress(OSError):
            markers = [name for name in os.listdir(place) if name.endswith(SUFFIX) and name != f"{own}{SUFFIX}"]
            found += [opened for name in markers if (opened := opened_by(place / name)) is not None]
    wanted = real(path)
    return min((opened for opened in found if opened.origin == wanted), key=lambda opened: opened.since, default=None)
