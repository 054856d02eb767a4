"""What is wrong with a screen as it is painted: each function looks at one and returns its faults in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, groupby

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static, Tabs

from planner.report.document import plain_cell
from planner.tui.charts.canvas import plain
from planner.tui.widgets.answer_panel import AnswerPanel
from planner.tui.widgets.bars import KeyBar, keys_of
from planner.tui.widgets.chart import Chart
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.sliders import Sliders

MOST_BLANK = 0.25
"""Of the screen's cells, while something on it scrolls."""
CUT = "…"
FRAME = " │─▌▁▂▃▄▅▆▇█▏"
"""Cells of lines and scroll bars: they say nothing."""
LEAST_RUN = 8
"""Cells of blank in a line from which it is room that could be used, and no gap between columns."""

Screens = Screen[object]
Cells = list[list[str]]


def cells_of(screen: Screens) -> Cells:
    """The painted screen, cell by cell; the second cell of a wide letter is empty."""
    found = []
    for strip in screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip if not segment.control)
        found.append([cell for letter in text for cell in (letter, *[""] * (cell_len(letter) - 1))])
    return found


def painted(cells: list[list[str]], region: Region) -> list[str]:
    """The lines of a region as they are painted."""
    rows = cells[max(region.y, 0) : max(region.bottom, 0)]
    return ["".join(row[max(region.x, 0) : region.right]).rstrip() for row in rows]


def in_sight(screen: Screens, kind: type[Widget]) -> Iterator[Widget]:
    """The widgets of a kind of which anything is painted."""
    for widget in screen.query(kind):
        if widget in screen._compositor.visible_widgets:
            yield widget


def line_of(widget: Widget) -> Region:
    """Where the cursor of a widget is, or its first line, on the screen."""
    inner = widget.content_region
    row = 0
    if isinstance(widget, FactTable):
        row = widget.header_height + widget.cursor_row - round(widget.scroll_y)
    elif isinstance(widget, OptionList) and widget.highlighted is not None:
        lines = [i for i, (option, _) in enumerate(widget._lines) if option == widget.highlighted]
        row = (lines[0] if lines else 0) - round(widget.scroll_y)
    elif isinstance(widget, Sliders):
        row = widget.chosen
    elif isinstance(widget, Tabs) and widget.active_tab is not None:
        return widget.active_tab.region
    return Region(inner.x, inner.y + row, inner.width, 1)


def hidden_focus(screen: Screens, cells: Cells) -> Iterator[str]:
    """The focus is nowhere, or where nobody sees it."""
    focused = screen.focused
    if focused is None:
        yield "nothing has the focus"
        return
    line = line_of(focused)
    if not screen.region.contains(line.x, line.y) or not line.area:
        yield f"the line of {focused!r} is not on the screen: {line}"
        return
    found = screen.get_widget_at(line.x, line.y)[0]
    if focused not in found.ancestors_with_self:
        yield f"the line of {focused!r} is behind {found!r}"


def alike_rows(screen: Screens, cells: Cells) -> Iterator[str]:
    """Rows or cells that differ are painted alike; a heading or a column is cut."""
    for table in in_sight(screen, FactTable):
        assert isinstance(table, FactTable)
        yield from _alike_in_table(table, cells)
    for each in in_sight(screen, OptionList):
        assert isinstance(each, OptionList)
        yield from _alike_in_list(each, cells)


def _alike_in_table(table: FactTable, cells: Cells) -> Iterator[str]:
    if table.max_scroll_x > 0:
        yield f"{table!r} is wider than its place by {table.max_scroll_x}"
    top, first = table.region.y + table.header_height, round(table.scroll_y)
    shown = table.lines[first : first + table.region.height - table.header_height]
    x, clip = table.region.x, table.screen._compositor.visible_widgets[table][1]
    keys = [column.key for column in table.table.columns]
    for shown_as, width in table.shown_columns.items():
        place = keys.index(shown_as.key)
        column = Region(x + 1, table.region.y, width, table.region.height)
        x += width + 2
        told = painted(cells, column)
        if (
            told
            and clip.contains(x, table.region.y)
            and table.header_height
            and told[0].strip() != shown_as.title.strip()
        ):
            yield f"{table!r}: heading {shown_as.title!r} is painted {told[0]!r}"
        pairs = {
            (" ".join(plain_cell(line.cells[place]).split()), text.strip())
            for line, text in zip(shown, told[top - table.region.y :], strict=False)
        }
        for (one, seen), (other, also) in combinations(sorted(pairs), 2):
            if one != other and seen == also and CUT in seen:
                yield f"{table!r}: {one!r} and {other!r} are both painted {seen!r}"


def _alike_in_list(options: OptionList, cells: Cells) -> Iterator[str]:
    region, first = options.content_region, round(options.scroll_y)
    lines = painted(cells, region)
    seen: dict[int, str] = {}
    for y, (option, _) in enumerate(options._lines[first : first + region.height]):
        if y < len(lines):
            seen[option] = f"{seen.get(option, '')} {lines[y]}".strip(FRAME)
    for (one, text), (other, also) in combinations(seen.items(), 2):
        if (
            text == also
            and text
            and options.get_option_at_index(one).prompt != options.get_option_at_index(other).prompt
        ):
            yield f"{options!r}: two entries are both painted {text!r}"


def scrolls(screen: Screens) -> list[Widget]:
    """What has more content than its height, among what is seen."""
    return [each for each in in_sight(screen, Widget) if each.max_scroll_y > 0 and each is not screen]


def blank_while_scrolling(screen: Screens, cells: Cells) -> Iterator[str]:
    """More than a quarter of the screen is blank while something on it scrolls."""
    moving = scrolls(screen)
    if not moving:
        return
    covered = [screen._compositor.visible_widgets[each] for each in moving]
    panel = next(iter(screen.query("#panel")), None) if screen.is_modal else None
    inside = screen.region if panel is None else panel.region  # around a dialog is what it is about
    free = [[inside.contains(x, y) for x in range(len(row))] for y, row in enumerate(cells)]
    for region, clip in covered:
        seen = region.intersection(clip)
        for y in range(seen.y, min(seen.bottom, len(cells))):
            free[y][seen.x : seen.right] = [False] * len(free[y][seen.x : seen.right])
    blank = 0
    for row, open_ in zip(cells, free, strict=True):
        for is_open, run in groupby(zip(row, open_, strict=True), key=lambda pair: pair[1]):
            text = [cell for cell, _ in run]
            if is_open and len(text) >= LEAST_RUN and not "".join(text).strip(FRAME):
                blank += len(text)
    share = blank / (screen.size.width * screen.size.height)
    if share > MOST_BLANK:
        yield f"{share:.0%} is blank while {', '.join(map(repr, moving))} scrolls"


def cut_keys(screen: Screens, cells: Cells) -> Iterator[str]:
    """A key of the footer, or a button, is not painted whole."""
    for bar in in_sight(screen, KeyBar):
        keys, palette = keys_of(screen)
        left = painted(cells, bar.content_region)[0]
        for _, shown, description in reversed([*keys, *([palette] if palette else [])]):
            left = left.rstrip().removesuffix(f"{shown} {description}")
        if left.strip():
            yield f"the footer ends in {left!r}"
    for button in in_sight(screen, Button):
        assert isinstance(button, Button)
        if str(button.label) not in " ".join(painted(cells, button.region)):
            yield f"{button!r} is cut"


def cut_texts(screen: Screens, cells: Cells) -> Iterator[str]:
    """Text ends in the middle, with no key that shows the rest, and cannot be scrolled to by keys."""
    for each in in_sight(screen, Widget):
        if (
            not isinstance(each, Static | Notes | Chart | Hint | AnswerPanel)
            or _is_scrolled(each)
            or isinstance(each, Button)
        ):
            continue
        region, clip = screen._compositor.visible_widgets[each][:2]
        lines = painted(cells, region.intersection(clip))
        wanted, wide = _wanted(each)
        ends_in_key = any(": all of it" in line for line in lines[-1:])
        if (wanted > len(lines) and not ends_in_key) or wide > each.content_size.width:
            room = f"{wanted} lines in {len(lines)}, {wide} cells in {each.content_size.width}"
            yield f"{each!r} is cut: {room}: {lines[-1:]}"


def _is_scrolled(widget: Widget) -> bool:
    """Whether keys scroll it: what it is in has the focus, or what is in there with it can have it."""
    around = (node for node in widget.ancestors if isinstance(node, VerticalScroll))
    return any(node.can_focus or any(each.focusable for each in node.query("*")) for node in around)


def _wanted(widget: Widget) -> tuple[int, int]:
    """Lines that the text needs, and cells of its longest."""
    width, gutter = widget.content_size.width, widget.gutter.height
    if isinstance(widget, Notes | AnswerPanel | Hint):
        return len(widget.wrapped(width)), 0
    if isinstance(widget, Chart):
        rows = plain(widget.rows(width, widget.content_size.height))
        return len(rows), max(map(cell_len, rows), default=0)
    if isinstance(widget, Static):
        return widget.visual.get_height({}, width) + gutter, 0
    return 0, 0


FAULTS = (hidden_focus, alike_rows, blank_while_scrolling, cut_keys, cut_texts)


def faults(screen: Screens) -> list[str]:
    """All of them."""
    cells = cells_of(screen)
    return [f"{look.__name__}: {fault}" for look in FAULTS for fault in look(screen, cells)]
