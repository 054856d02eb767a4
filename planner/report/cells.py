"""Plain text in terminal cells: width of wide characters, wrapping, removal of control characters."""

from __future__ import annotations

import unicodedata

_NOT_SHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean(text: str) -> str:
    """User text without control, bidirectional and line-breaking characters, so that it cannot move the cursor."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char) in _NOT_SHOWN else char for char in text)


def width(text: str) -> int:
    """Terminal cells the text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, cells: int, align: str = "l") -> str:
    """The text filled up with blanks on the right ("l") or the left ("r")."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if align == "r" else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most `cells` cells, broken at blanks, inside a word only where it is longer than a line.

    Text that fits on one line keeps its blanks.
    """
    if width(text) <= cells:
        return [text.strip()]
    lines, line = [], ""
    for word in text.split():
        for piece in _pieces(word, max(2, cells)):
            joined = f"{line} {piece}" if line else piece
            if width(joined) <= cells:
                line = joined
            else:
                lines.append(line)
                line = piece
    return [entry for entry in [*lines, line] if entry] or [""]


def _pieces(word: str, cells: int) -> list[str]:
    if width(word) <= cells:
        return [word]
    pieces, piece, taken = [], "", 0
    for char in word:
        step = _char_width(char)
        if taken + step > cells:
            pieces.append(piece)
            piece, taken = "", 0
        piece, taken = piece + char, taken + step
    return [*pieces, piece]
