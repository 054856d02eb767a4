"""One run in a real pseudo-terminal: it starts, paints and quits with 0."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

pytestmark = [pytest.mark.terminal, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]

CTRL_Q = b"\x11"
PATIENCE_S = 60


def _run_in_terminal(args: tuple[str, ...], folder: Path, until: bytes) -> tuple[int, bytes]:
    """Exit code and screen output; ctrl+q is sent once `until` has been painted."""
    import fcntl
    import pty
    import struct
    import termios

    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    surroundings = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PLANNER_STATE": str(folder / "state")}
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", *args],
        cwd=folder,
        env={**os.environ, **surroundings},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    output, deadline, asked = b"", time.monotonic() + PATIENCE_S, 0.0
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                output += os.read(terminal, 65_536)
            except OSError:  # the other end is closed
                break
        elif process.poll() is not None:
            break
        if until in output and time.monotonic() - asked > 2:
            os.write(terminal, CTRL_Q)
            asked = time.monotonic()
    try:
        return process.wait(10), output
    finally:
        process.kill()
        os.close(terminal)


def test_the_demo_starts_paints_and_quits(tmp_path: Path) -> None:
    code, output = _run_in_terminal(("demo",), tmp_path, b"Claude")
    assert code == 0, output[-2000:].decode(errors="replace")
    assert b"Traceback" not in output
    assert b"\x1b[?1049h" in output  # the alternate screen was taken ...
    assert b"\x1b[?1049l" in output  # ... and given back
