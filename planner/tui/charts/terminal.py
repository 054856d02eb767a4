"""Whether the terminal's font can be trusted with braille and blocks."""

from __future__ import annotations

import os
import sys


def ascii_only() -> bool:
    """True where `PLANNER_ASCII` asks for it, on the Linux console, and where the output is not UTF-8."""
    asked = os.environ.get("PLANNER_ASCII", "")
    if asked:
        return asked != "0"
    if os.environ.get("TERM", "") in ("linux", "vt100", "vt220"):
        return True
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    return "utf" not in encoding.lower()
