"""Chart rows with the colours of the current theme: as `Content` for widgets, as rich `Text` for table cells."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual.content import Content

from planner.report.document import Cell, Rows
from planner.tui.charts.palette import style_of


def to_content(rows: Rows, dark: bool = True) -> Content:
    """Rows as one content, line by line."""
    return Content("\n").join(
        Content.assemble(*((part.text, style_of(part.role, dark)) for part in row)) for row in rows
    )


def to_text(cell: Cell, variables: Mapping[str, str], *, right: bool = False, dark: bool = True) -> Text:
    """A table cell as rich text; theme variables are looked up because rich does not know them."""
    text = Text(justify="right" if right else "left", no_wrap=True, overflow="ellipsis", end="")
    if isinstance(cell, str):
        return text.append(cell)
    for part in cell:
        text.append(part.text, rich_style(style_of(part.role, dark), variables))
    return text


def rich_style(style: str, variables: Mapping[str, str]) -> str:
    """The style with `$name` replaced by the theme's colour; what is not plain RGB (ANSI themes) is left out."""
    words = []
    for word in style.split():
        value = variables.get(word[1:], "") if word.startswith("$") else word
        if not word.startswith("$") and not word.endswith("%"):
            words.append(word)
        elif value.startswith("#"):
            words.append(value[:7])
    return " ".join(words)
