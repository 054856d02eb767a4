"""The program in a real pseudo-terminal: send keys, wait for text, kill it."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.cli.conftest import ROOT

PATIENCE_S = 60.0
ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>P\\])")

TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):  # a job in the background ignores some
    signal.signal(number, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes it the terminal of the program, which is then told when it is closed, as when a window is."""


class Terminal:
    """A running program and what it has written, `before` the text last waited for and since.

    Use as a context manager: leaving it kills the program.
    """

    def __init__(self, args: tuple[str, ...], folder: Path, size: tuple[int, int] = (100, 30), **env: str) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self._terminal, inner = pty.openpty()
        columns, lines = size
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        surroundings = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PLANNER_STATE": str(folder / "state")}
        outer = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        given: Mapping[str, str] = {**outer, **surroundings, **env}
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, sys.executable, "-m", "planner", *args],
            cwd=folder,
            env=given,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self.output = self.before = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._terminal)

    def close(self) -> int:
        """Close the window; returns the exit code of the program."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDWR)
        return self.process.wait(PATIENCE_S)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def read(self, seconds: float = 0.1) -> None:
        """Take what is written within a moment."""
        if select.select([self._terminal], [], [], seconds)[0]:
            try:
                self.output += os.read(self._terminal, 65_536)
            except OSError:  # the other end is closed
                time.sleep(seconds)

    def wait_for(self, text: str) -> None:
        """Until `text` has been written since the last time; what came before it is forgotten."""
        ends = time.monotonic() + PATIENCE_S
        while text not in self.plain:
            assert self.process.poll() is None, f"ended before {text!r}: {self.plain[-2000:]}"
            assert time.monotonic() < ends, f"never came: {text!r} in {self.plain[-3000:]}"
            self.read()
        self.before += self.output
        self.output = b""

    @property
    def plain(self) -> str:
        """The output without escape sequences."""
        return ESCAPES.sub(b"", self.output).decode(errors="replace")

    def quit(self) -> int:
        """Leave by ctrl+q, keeping a draft where one is asked about; returns the exit code."""
        ends = time.monotonic() + PATIENCE_S
        asked = 0.0
        while self.process.poll() is None and time.monotonic() < ends:
            if time.monotonic() - asked > 2:
                self.send("\x11l")
                asked = time.monotonic()
            self.read()
        return self.process.wait(10)
