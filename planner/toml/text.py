"""The one door for text from outside: nothing that leaves may move a cursor, hide a word or turn its direction.

Plans, catalogues, configs, tables, names of files and other programs' messages may hold any character. What is printed,
copied or written into a report goes through `printable` on its way out, so no way in can be forgotten.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"
"""Cc, less tab and line feed: among them the escape that begins a terminal's commands."""
_FORMATS: Final = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f"
)
"""Cf: not to be seen, and some of them turn what follows around."""
_BREAKS: Final = "\u2028\u2029"
"""Zl and Zp: a line end for some programs and not for others."""
_HALVES: Final = "\ud800-\udfff"
"""Cs: bytes of a file's name that are no text, and halves of a pair; no encoding can write them."""
_UNWANTED: Final = re.compile(f"[{_CONTROLS}{_FORMATS}{_BREAKS}{_HALVES}]")


def printable(text: str) -> str:
    """The text without control, format and separator characters; tabs and line feeds stay."""
    return text if text.isprintable() else _UNWANTED.sub("", text)
