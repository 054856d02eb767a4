"""A few lines of text in a fixed place; what has no room ends in the key that shows all of it."""

from __future__ import annotations

import re
from textwrap import wrap

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

_SENTENCE_ENDS = re.compile(r"(?<=[^.\s][.?!])\s+(?=[A-Z0-9“])")


def ending(line: str, width: int, rest: str) -> str:
    """The line, shortened at a blank, with `rest` after it."""
    words = line.split()
    while words and cell_len(" ".join(words)) + len(rest) > width:
        words.pop()
    return f"{' '.join(words)}{rest}" if words else rest.lstrip()


class Hint(Widget):
    """Shows `words`."""

    DEFAULT_CSS = "Hint { height: 3; margin: 1 1 0 0; color: $muted; }"
    words: reactive[str] = reactive("", layout=True)

    def __init__(self, key: str = "F1", *, id: str | None = None) -> None:
        """`key`: the one that shows all of it."""
        super().__init__(id=id)
        self._rest = f" … {key}: all of it"

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        width, height = self.content_size
        return 0 < height < len(self.wrapped(width))

    @property
    def whole(self) -> Content:
        """All of it."""
        return Content(self.words)

    def wrapped(self, width: int) -> list[str]:
        """All of it, in lines of this width."""
        return wrap(self.words, max(1, width), break_on_hyphens=False)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.wrapped(width))

    def render(self) -> Content:
        width, height = self.content_size
        lines = self.wrapped(width)
        if len(lines) > height > 0:
            lines = self._sentences(width, height) or [
                *lines[: height - 1],
                ending(lines[height - 1], width, self._rest),
            ]
        return Content("\n".join(lines))

    def _sentences(self, width: int, height: int) -> list[str]:
        """As many whole sentences as have room before the key in the last line; none where a line would stay empty."""
        rest = self._rest.removeprefix(" … ")
        for match in reversed([*_SENTENCE_ENDS.finditer(self.words)]):
            lines = wrap(self.words[: match.start()], max(1, width), break_on_hyphens=False)
            if len(lines) == height and cell_len(f"{lines[-1]} {rest}") <= width:
                return [*lines[:-1], f"{lines[-1]} {rest}"]
            if len(lines) == height - 1:
                return [*lines, rest]
        return []
