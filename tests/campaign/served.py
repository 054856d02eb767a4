"""A `planner serve` of the test's own, asked in raw bytes, and the processes below it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
ANSWER_S = 20.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    address: str
    """With the token, as it was printed."""

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def port(self) -> int:
        return int(self.host.rpartition(":")[2])

    @property
    def token(self) -> str:
        return urlsplit(self.address).path.strip("/")

    @property
    def socket(self) -> str:
        return f"{self.address}ws"

    def apps(self) -> list[int]:
        """Process ids of the visitors' apps."""
        return children_of(self.process.pid)

    def end(self, number: int = signal.SIGINT) -> tuple[float, str]:
        """Seconds from the signal until the server has ended, and what it printed."""
        assert self.process.stderr is not None
        started = time.perf_counter()
        self.process.send_signal(number)
        self.process.wait(ANSWER_S)
        return time.perf_counter() - started, self.process.stderr.read()


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Served]:
    """With its plans in `folder/plans`; killed at the end where it has not been told to end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "serve", "--port", "0", "--profiles", str(folder / "plans"), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PLANNER_STATE": str(folder / "state")},
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        try:
            yield Served(process, process.stderr.readline().split()[3])
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(ANSWER_S)


def children_of(pid: int) -> list[int]:
    """Process ids of those started by `pid` that still run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return [int(row[0]) for row in rows if row[1] == str(pid) and not row[2].startswith("Z")]


def running(pids: list[int]) -> list[int]:
    """Those of them that still run."""
    if not pids:
        return []
    wanted = ",".join(map(str, pids))
    listed = subprocess.run(["ps", "-o", "pid=,stat=", "-p", wanted], capture_output=True, text=True, check=False)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(row[0]) for row in rows if not row[1].startswith("Z")]


async def gone(pids: list[int], limit_s: float = ANSWER_S) -> float:
    """Seconds until none of the processes runs; fails at the limit."""
    started = time.perf_counter()
    while left := running(pids):
        assert time.perf_counter() - started < limit_s, f"still there: {left}"
        await asyncio.sleep(0.01)
    return time.perf_counter() - started


def memory_mib(pid: int) -> float:
    """The most that a process has held, or holds where the system does not tell."""
    with suppress(OSError):
        if most := re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()):
            return int(most[1]) / 1024
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return int(listed.strip() or 0) / 1024


@dataclass(frozen=True)
class Answer:
    """Status (0: the connection was closed without one), headers and body as text."""

    status: int
    text: str


def request(path: str, host: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> bytes:
    """One HTTP request."""
    given = {"Connection": "close"} | dict(headers or {})
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


async def ask(port: int, raw: bytes) -> Answer:
    """Send the bytes as they are; read until the answer is complete, or begins to be a web socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        found = b""
        async with asyncio.timeout(ANSWER_S):
            while chunk := await reader.read(2**16):
                found += chunk
                if found.startswith(b"HTTP/1.1 101") or _complete(found):
                    break
    except ConnectionError:
        pass
    finally:
        writer.close()
    status = re.match(rb"HTTP/1\.[01] (\d{3})", found)
    return Answer(int(status[1]) if status else 0, found.decode("utf-8", "replace"))


def _complete(found: bytes) -> bool:
    head, separator, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(separator) and length is not None and len(body) >= int(length[1])
