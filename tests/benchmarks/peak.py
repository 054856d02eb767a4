"""Peak memory of a command, in MiB: `python -m tests.benchmarks.peak [--visit=PLACES] FOLDER COMMAND ...`. Needs Linux.

A small program of its own: until a child has loaded its program it counts as large as the one that started it.
"""

from __future__ import annotations

import os
import resource
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.terminal import LIMIT_S, running

F3 = "\x1bOR"
"""Where a plan opens."""
BEHIND = ("\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~")
"""F4 to F8: the places after Plans and Questions, as many as a tree has."""
PAINTED = 1000
"""Bytes; a place that comes up writes more, and a key that does nothing writes less."""
IDLE_FRACTION = 0.1
"""Of a core: a blinking cursor needs a few hundredths, an evaluation all of one."""


def main(arguments: list[str]) -> None:
    option, _, places = arguments[0].partition("=")
    folder, *command = arguments[option == "--visit" :]
    if option == "--visit":
        _visit(command, folder, int(places))
    else:
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10)


def _visit(command: list[str], folder: str, places: int) -> None:
    """Open the app, wait for its evaluation, go to every place of the plan."""
    with running(command, folder=folder) as (child, terminal):
        for key in ("", *BEHIND[: places - 2], F3):
            os.write(terminal, key.encode())
            if _written_until_idle(child, terminal) < PAINTED:
                sys.exit(f"{command}: the key {key!r} showed nothing")


def _written_until_idle(child: int, terminal: int) -> int:
    """Bytes written until the program rests for a second. Raises TimeoutError."""
    written = 0
    gives_up = time.monotonic() + LIMIT_S
    while time.monotonic() < gives_up:
        used, ends = _cpu_s(child), time.monotonic() + 1
        while (left := ends - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                written += len(os.read(terminal, 65_536))
        if _cpu_s(child) - used < IDLE_FRACTION:
            return written
    raise TimeoutError(f"still busy after {LIMIT_S:.0f} s")


def _cpu_s(child: int) -> float:
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system time, in ticks


if __name__ == "__main__":
    main(sys.argv[1:])
