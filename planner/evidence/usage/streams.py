"""The files of a source, opened one after another: plain, gzip, the members of a zip, a folder of pages, stdin.

Nothing is read whole. Every 64 kB a caller may cancel, and is told how far it is.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final

from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.paths import is_folder

PEEK_BYTES: Final = 65_536
"""What a format is told by."""
BLOCK_BYTES: Final = 2**20
STANDARD_INPUT: Final = "-"
LARGE_BYTES: Final = 5_000_000
"""Below, a second or two of the standard library; above it DuckDB, where it is installed, is eight times as quick."""
MOST_FILES: Final = 100_000
_ENDINGS: Final = frozenset(
    {"", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".log", ".gz", ".zip", ".prom", ".metrics", ".parquet"}
)
_ENCODINGS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"


class CancelledError(Exception):
    """Somebody no longer wants the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a caller may know and stop: `cancelled` is asked every 64 kB, `progress` told the bytes read and of all."""

    cancelled: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = lambda done, total: None

    def poll(self) -> None:
        """Raises `CancelledError` once it is."""
        if self.cancelled():
            raise CancelledError


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a source, or one member of a zip."""

    path: Path
    member: str = ""
    bytes_before: int = 0
    bytes_total: int = 0

    @property
    def shown(self) -> str:
        """As an error names it."""
        return f"{self.path}({self.member})" if self.member else str(self.path)


def parts_of(path: Path) -> tuple[Part, ...]:
    """The files of a source in order of their names; a zip counts as a folder."""
    if str(path) == STANDARD_INPUT:
        return (Part(path),)
    files = _files_below(path) if is_folder(path) else [path]
    if not files:
        raise InputError("there is no log in this folder; expected JSON, JSONL, CSV, gzip, zip or .prom", path=path)
    sizes = [_size(file) for file in files]
    found: list[Part] = []
    before = 0
    for file, size in zip(files, sizes, strict=True):
        members = _members(file)
        found += [Part(file, member, before, sum(sizes)) for member in members]
        before += size
    return tuple(found)


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(where, name) for name in names if not name.startswith(".") and _may_be_log(name)]
        if len(found) > MOST_FILES:
            raise InputError(f"more than {MOST_FILES} files, expected a folder of logs", path=folder)
    return sorted(found)


def _may_be_log(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _ENDINGS


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _members(path: Path) -> list[str]:
    """Of a zip, in order; of any other file the file itself."""
    with _raw(path) as file:
        if file.read(4) != ZIP:
            return [""]
    try:
        with zipfile.ZipFile(path) as packed:
            names = sorted(i.filename for i in packed.infolist() if not i.is_dir() and _may_be_log(i.filename))
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"this zip cannot be read: {error}; it may be cut off", path=path) from None
    return names or [""]


@contextmanager
def _raw(path: Path) -> Iterator[IO[bytes]]:
    """An ordinary file, opened without waiting for one that never answers."""
    try:
        if is_folder(path):
            raise InputError("this is a folder, expected a file", path=path)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path=path) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InputError("this is not an ordinary file; a pipe is read as standard input, by the name -", path=path)
        yield file


class _Watched(io.RawIOBase):
    """A stream that asks before each read whether to go on.

    It reads by the megabyte, whatever is asked of it: text is asked for 8 kB at a time, and a thread that lets go of
    the interpreter's lock for each read, more often than every 5 ms, keeps all others from it for seconds.
    """

    def __init__(self, file: IO[bytes] | gzip.GzipFile, watch: Watch, part: Part) -> None:
        self._file, self._watch, self._part = file, watch, part
        self._held, self._done = memoryview(b""), part.bytes_before

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._watch.poll()
        if not self._held:
            self._held = memoryview(self._file.read(BLOCK_BYTES))
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        self._done += size
        self._watch.progress(self._done, max(self._done, self._part.bytes_total))
        return size


@contextmanager
def opened(part: Part, watch: Watch) -> Iterator[io.BufferedReader]:
    """The bytes of a part, unpacked; `peek` shows its beginning. Raises `InputError` where it cannot be unpacked."""
    try:
        with _stream(part, watch) as stream:
            if stream.peek(2)[:2] == GZIP:
                with gzip.GzipFile(fileobj=stream) as unpacked:
                    yield io.BufferedReader(_Watched(unpacked, Watch(), part), PEEK_BYTES)
            else:
                yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise
        raise InputError(f"cannot be unpacked: {str(error)[:80]}; it may be cut off", path=part.shown) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=part.shown) from None


@contextmanager
def _stream(part: Part, watch: Watch) -> Iterator[io.BufferedReader]:
    if str(part.path) == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("standard input is closed; name a file")
        yield io.BufferedReader(_Watched(sys.stdin.buffer, watch, part), PEEK_BYTES)
        return
    with _raw(part.path) as file:
        if not part.member:
            yield io.BufferedReader(_Watched(file, watch, part), PEEK_BYTES)
            return
        with zipfile.ZipFile(file) as packed, packed.open(part.member) as member:
            yield io.BufferedReader(_Watched(member, watch, part), PEEK_BYTES)


def is_large(part: Part, shape: str) -> bool:
    """Whether a file is better added up by DuckDB: a large one of lines, which is read by its name."""
    return shape in ("table", "lines") and is_by_name(part) and _size(part.path) >= LARGE_BYTES


def is_by_name(part: Part) -> bool:
    """Whether another program can open it: a file of its own."""
    return not part.member and str(part.path) != STANDARD_INPUT


def is_packed(path: Path) -> bool:
    """Whether it is gzip, by what it begins with."""
    with _raw(path) as file:
        return file.read(2) == GZIP


def is_installed() -> bool:
    """Whether the extra `logs` is there."""
    return find_spec("duckdb") is not None


def start_of(stream: io.BufferedReader) -> bytes:
    """The first bytes, still to be read."""
    return stream.peek(PEEK_BYTES)[:PEEK_BYTES]


def text_of(stream: io.BufferedReader, head: bytes) -> io.TextIOWrapper:
    """The text, with line ends as they are; a byte that is no text stands for itself, as prompts may hold any."""
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8-sig")
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


def decoded(head: bytes) -> str:
    """The beginning as text."""
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8-sig")
    return head.decode(encoding, errors="replace")
