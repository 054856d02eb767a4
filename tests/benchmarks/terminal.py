"""Starts a program in a pseudo-terminal and times its first paint."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence

LIMIT_S = 30.0


def first_paint_s(command: Sequence[str], needle: bytes, columns: int = 120, lines: int = 40) -> float:
    """Seconds from spawn until `needle` is on the terminal. Raises TimeoutError."""
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(columns), LINES=str(lines))
        os.execvp(command[0], list(command))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    seen = b""
    try:
        while time.perf_counter() - started < LIMIT_S:
            ready, _, _ = select.select([terminal], [], [], 0.05)
            if ready:
                seen += os.read(terminal, 65536)
            if needle in seen:
                return time.perf_counter() - started
        raise TimeoutError(f"{needle!r} not painted in {LIMIT_S:.0f} s")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
