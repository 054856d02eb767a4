"""What is on screen, taken away: a table as CSV or Markdown, a chart as SVG or PNG."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from textual.screen import Screen

from planner.plan.places import file_stem
from planner.report.document import Segment, Table
from planner.report.markdown import table_text
from planner.report.table_csv import as_csv
from planner.toml.errors import InputError
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.flows.take_away import target_problem, write_where_asked
from planner.tui.host import Host
from planner.tui.widgets.chart import Chart, ChartPane
from planner.tui.widgets.fact_table import FactTable, to_text

WIDTH = 100
"""Columns of a chart that is written."""
HEIGHT = 24
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}</defs>
<rect fill="{background}" width="100%" height="100%"/>
<g transform="translate(9, 9)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
"""As Rich draws a terminal, without its window, and with a font that nobody has to fetch."""


async def export_shown(host: Host, screen: Screen[Any]) -> None:
    """Ask for a file and write there what has the focus; where that is neither a table nor a chart, ask which."""
    shown = list(_shown(screen))
    if not shown:
        host.notify("There is no table and no chart here to export.", timeout=3)
        return
    named = {f"{place}": found for place, found in enumerate(shown)}
    chosen: str | None = "0"
    if len(shown) > 1 and not isinstance(screen.focused, FactTable | Chart):
        items = [
            Item(key, found.title, "the chart, or its table" if found.chart else "a table")
            for key, found in named.items()
        ]
        chosen = await host.push_screen_wait(PickDialog("Export", "", items))
    if chosen is None:
        return
    found = named[chosen]
    endings = (*(_CHART_WRITERS if found.chart is not None else ()), *(_TABLE_WRITERS if found.table.columns else ()))
    plan = host.evaluation.inputs.name if host.evaluation is not None else "planner"
    name = f"{file_stem(f'{plan} {found.name}')}{endings[0]}"
    check = partial(_problem, host.profiles_dir, endings)

    def written(target: Path) -> bytes:
        ending = target.suffix.lower()
        if found.chart is not None and ending in _CHART_WRITERS:
            return _CHART_WRITERS[ending](found.chart, f"{plan} · {found.title}")
        return _TABLE_WRITERS[ending](found.table)

    await write_where_asked(host, "Export", _label(endings), name, check, written)


def _label(endings: tuple[str, ...]) -> str:
    kinds = " or ".join(ending.removeprefix(".").upper() for ending in endings)
    both = "; CSV and MD hold its table" if ".svg" in endings and ".csv" in endings else ""
    return f"File to write; its ending says {kinds}{both}"


class Shown(NamedTuple):
    """A table or a chart on screen."""

    name: str
    title: str
    table: Table
    chart: Chart | None = None


def _shown(screen: Screen[Any]) -> Iterator[Shown]:
    """What has the focus first; a chart with the table behind it, and whatever a place has as a table of its own."""
    own = getattr(screen, "exported", None)
    for name, title, table in own() if own is not None else ():
        yield Shown(name, title, table)
    nodes = [node for node in screen.query("*") if isinstance(node, FactTable | Chart) and node.region.area]
    for node in sorted(nodes, key=lambda node: node is not screen.focused):
        pane = next((above for above in node.ancestors_with_self if isinstance(above, ChartPane)), None)
        name = _name_of(node)
        title = pane.title if pane is not None else name.replace("-", " ")
        if isinstance(node, FactTable):
            yield Shown(name, title, node.table)
        else:
            yield Shown(name, title, Table() if pane is None else pane.described, node)


def _name_of(found: FactTable | Chart) -> str:
    names = (node.id for node in found.ancestors_with_self if node.id and isinstance(node, FactTable | ChartPane))
    return next(names, "table" if isinstance(found, FactTable) else "chart")


def _problem(made: Path, endings: tuple[str, ...], text: str) -> str:
    if text.strip() and not text.strip().lower().endswith(endings):
        return f"the file ends in {' or '.join(endings)}"
    return target_problem(made, text)


def as_svg(chart: Chart, title: str) -> str:
    """The chart at a width of its own under its title, in the colours of the theme."""
    dark = chart.app.current_theme.dark
    rows = ((Segment(title, "strong"),), (), *chart.rows(WIDTH, HEIGHT))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for row in rows:
        console.print(to_text(row, chart.app.theme_variables, dark=dark), no_wrap=True, crop=True)
    form = _SVG.replace("{background}", chart.app.theme_variables["background"])
    return console.export_svg(title="", code_format=form, unique_id="chart")


def as_png(chart: Chart, title: str) -> bytes:
    """The same as a picture. Raises `InputError` where the package for it is not installed."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        problem = "needs a package for pictures: pip install 'llm-capacity-planner[png]'; or write .svg"
        raise InputError(problem) from None
    return bytes(svg_to_bytes(svg_string=as_svg(chart, title), zoom=2))


_TABLE_WRITERS: dict[str, Callable[[Table], bytes]] = {
    ".csv": lambda table: as_csv(table).encode(),
    ".md": lambda table: f"{table_text(table)}\n".encode(),
}
_CHART_WRITERS: dict[str, Callable[[Chart, str], bytes]] = {
    ".svg": lambda chart, title: as_svg(chart, title).encode(),
    ".png": as_png,
}
