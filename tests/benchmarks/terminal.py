"""Starts a program in a pseudo-terminal and times its first paint.

In a process of its own: `python -m tests.benchmarks.terminal FOLDER TEXT COMMAND ...` prints the seconds.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

LIMIT_S = 30.0


@contextmanager
def running(
    command: Sequence[str], columns: int = 120, lines: int = 40, folder: str = "."
) -> Iterator[tuple[int, int]]:
    """The process and the terminal of a program that was just started; killed at the end."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(columns), LINES=str(lines))
        os.chdir(folder)
        os.execvp(command[0], list(command))
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        yield child, terminal
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def first_paint_s(command: Sequence[str], needle: bytes, folder: str = ".") -> float:
    """Seconds from spawn until `needle` is on the terminal. Raises TimeoutError."""
    started = time.perf_counter()
    seen = b""
    with running(command, folder=folder) as (_, terminal):
        while time.perf_counter() - started < LIMIT_S:
            ready, _, _ = select.select([terminal], [], [], 0.05)
            if ready:
                seen += os.read(terminal, 65536)
            if needle in seen:
                return time.perf_counter() - started
    raise TimeoutError(f"{needle!r} not painted in {LIMIT_S:.0f} s")


if __name__ == "__main__":
    print(first_paint_s(sys.argv[3:], sys.argv[2].encode(), sys.argv[1]))
