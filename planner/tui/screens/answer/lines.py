"""The answer page as a list: a line of the page is an entry, wrapped to the width at hand, with its way behind it."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from planner.engine.specs import Evaluation
from planner.report.document import Segment
from planner.report.tables.answer import BESIDE, OTHERS, SUM, moves
from planner.report.tables.strategies import strip_parts
from planner.report.text import table_parts
from planner.tui.charts.canvas import wrap
from planner.tui.charts.palette import style_of
from planner.tui.textual_fixes import SteadyList
from planner.tui.widgets.fact_table import to_content
from planner.words.answer import Fact, facts
from planner.words.labels import UNPROVEN

LABEL = 13
"""Cells of the label column."""
WIDEST = 110
"""Cells of a line that is still read at a glance."""
ALL_WORK = 10_000


class About(NamedTuple):
    """What a line is about: its place, and what `i` explains: a row of the table, or a labelled line below it."""

    door: str
    row: str = ""
    label: str = ""
    number: int = 0
    """Its place among the lines under that label."""


class AnswerLines(SteadyList):
    """Shows an evaluation's answer page."""

    DEFAULT_CSS = """
    AnswerLines {
        background: $background; border: none; padding: 0; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    AnswerLines > .option-list--option { padding: 0; }
    AnswerLines > .option-list--option-disabled { color: $muted; }
    AnswerLines > .option-list--option-highlighted { background: $panel; text-style: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Behind it", key_display="Enter")]
    _evaluation: Evaluation | None = None
    _width = 0

    def __init__(self) -> None:
        super().__init__(compact=True, markup=False)
        self._about: list[About | None] = []

    @property
    def current(self) -> About | None:
        """Of the line under the cursor."""
        at = self.highlighted
        return self._about[at] if at is not None and at < len(self._about) else None

    def show(self, evaluation: Evaluation) -> None:
        """Take a new answer; the cursor stays on its line."""
        self._evaluation = evaluation
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        if self._width != self._room:
            self._fill()

    @property
    def _room(self) -> int:
        return min(self.scrollable_content_region.width - 1, WIDEST)

    def _fill(self) -> None:
        self._width = self._room
        if self._evaluation is None or self._width <= 0:
            return
        at, scrolled = self.highlighted, self.scroll_y
        found = self._page(self._evaluation, self._width)
        self.clear_options()
        self.add_options(Option(text, disabled=about is None) for text, about in found)
        self._about = [about for _, about in found]
        self.highlighted = min(at, len(found) - 1) if at is not None else 0
        if scrolled:
            self.call_after_refresh(self.scroll_to, y=scrolled, animate=False)

    def _page(self, evaluation: Evaluation, width: int) -> list[tuple[Content, About | None]]:
        table = moves(evaluation, ALL_WORK)
        head, rows = table_parts(table, width)
        found: list[tuple[Content, About | None]] = [(verdict(evaluation, width), About("costs/verdict"))]
        found.append((Content("\n" + "\n".join(head)), None))
        found += [(_marked("\n".join(row)), _behind(line.key)) for line, row in zip(table.lines, rows, strict=True)]
        found.append((Content(" "), None))
        label, number = "", 0
        for fact in facts(evaluation):
            label, number = (fact.label, 0) if fact.label else (label, number + 1)
            found.append((self._fact(fact, width), About(fact.door, label=label, number=number)))
        return found

    def _fact(self, fact: Fact, width: int) -> Content:
        row = (Segment(f"{fact.label:<{LABEL}}", "muted"), Segment(fact.text))
        return to_content(wrap(row, width, LABEL), self.app.current_theme.dark)


def verdict(evaluation: Evaluation, width: int) -> Content:
    """The verdict line in full, broken between its parts."""
    line, lines = Content(""), []
    for part in strip_parts(evaluation):
        piece = Content.styled(part.text(0), style_of(part.role))
        joined = Content("   ").join((line, piece)) if line else piece
        if cell_len(joined.plain) > width:
            lines.append(line)
            joined = piece
        line = joined
    return Content("\n").join((*lines, line))


def _marked(text: str) -> Content:
    """What waits for a test stands out."""
    return Content(text).highlight_regex(rf"{UNPROVEN}[^ \n]*( untested)?", style="$warn")


def _behind(key: str) -> About:
    if key in (OTHERS, BESIDE, SUM):
        return About("costs/ledger", key)
    return About(f"routing/{key}", key)
