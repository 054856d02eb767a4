"""For terminals without Unicode: each mark on screen becomes the ASCII character that stands for it.

The only place that knows of them: what is drawn side by side must have twins that differ.
"""

from __future__ import annotations

import unicodedata

from planner.tui.textual_fixes import TextFilter

_TWINS = {
    "·": "-",
    "–—−─━═╌┄┈╴╶╸╺▔": "-",
    "…": ".",
    "→▸▶►❯": ">",
    "←◂◀◄❮": "<",
    "↑▴▲⬆△": "^",
    "↓▾▼⬇▽": "v",
    "“”„": '"',
    "‘’": "'",
    "×": "x",
    "✗✘✕✖": "X",
    "✓✔": "+",
    "●◉⏺": "o",
    "○◯": "c",
    "■▪█▉▊▋▇▆▅▄": "#",
    "◆◇♦": "x",
    "◈": "@",
    "◐": "d",
    "▓": "%",
    "▒": "=",
    "░": ".",
    "▁▂▃": "_",
    "│┃║▌▍▎▏▐▕": "|",
    "╎┆┊": ":",
    "✎": "*",
    "•∙⋅": "*",
    "€": "E",
    "£": "L",
    "¥": "Y",
    "₹": "R",
}
_TABLE = {ord(mark): twin for marks, twin in _TWINS.items() for mark in marks}
_TABLE[0xA0] = _TABLE[0x202F] = " "


def _twin(code: int) -> str | None:
    """What stands for a box, block or braille character that has no line of its own."""
    if 0x2500 <= code < 0x2580:
        return "+"
    if 0x2580 <= code < 0x25A0 or 0x1FB00 <= code < 0x1FBB0:
        return " " if "UPPER" in unicodedata.name(chr(code), "") else "#"
    if 0x2800 <= code < 0x2900:
        return "*" if code > 0x2800 else " "
    return None


_TABLE |= {
    code: twin for code in (*range(0x2500, 0x2900), *range(0x1FB00, 0x1FBB0))
    if code not in _TABLE and (twin := _twin(code)) is not None
}  # fmt: skip


def in_ascii(text: str) -> str:
    """`text` with every mark of ours replaced, cell for cell; letters of the user stay."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiFilter(TextFilter):
    """Installed only where the terminal cannot show the marks."""

    def __init__(self) -> None:
        super().__init__(in_ascii)
