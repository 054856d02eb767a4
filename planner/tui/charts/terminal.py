"""Whether the terminal's font can be trusted with braille and blocks."""

from __future__ import annotations

import os
import sys

PLAIN = ("C", "POSIX")


def ascii_only() -> bool:
    """True where `PLANNER_ASCII` asks for it, on the Linux console, in the C locale, and without UTF-8."""
    asked = os.environ.get("PLANNER_ASCII", "")
    if asked:
        return asked != "0"
    if os.environ.get("TERM", "") in ("linux", "vt100", "vt220"):
        return True
    if _plain_locale() and not os.environ.get("PYTHONIOENCODING"):
        return True
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    return "utf" not in encoding.lower()


def _plain_locale() -> bool:
    """Whether the C locale was asked for. Python then writes UTF-8 all the same, and sets LC_CTYPE to C.UTF-8."""
    everything, marks, rest = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    if everything:
        return everything in PLAIN
    return marks in PLAIN or (marks in ("", "C.UTF-8") and rest in PLAIN)
