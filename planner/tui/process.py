"""The process that the app runs in: its heap, its garbage, and how its threads take turns.

Set by the command that starts the app, never by the app itself: tests and pictures run many apps in one process.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

SWITCH_S = 0.001
"""Interpreter switch interval while the app runs: an evaluation must hand back to the message loop sooner than Python's
5 ms, of which a key would wait several before it is painted."""
M_ARENA_MAX = -8
"""Of glibc's malloc.h."""


def begin() -> None:
    """Before the first paint and the first thread.

    What is imported by now stays: looking over it for garbage would delay the first paint. And glibc would give each
    thread a heap of its own, whose free room the others cannot use: 7 MiB of 112 after a visit to every place.
    """
    gc.freeze()
    gc.enable()  # off since the start of the program, see __main__
    sys.setswitchinterval(SWITCH_S)
    with suppress(AttributeError, OSError, TypeError):  # there is no mallopt elsewhere
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def settle() -> None:
    """Once a place has shown its first result: what is loaded by now stays, and is not looked at again for garbage.

    Otherwise each full round of the collector stops everything for a tenth of a second, several times a minute. What
    computing it took goes back to the system (5 MiB, in 2 ms).
    """
    gc.freeze()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
