"""What is on screen, taken away: a table as CSV or Markdown, a chart as SVG or PNG."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from textual.screen import Screen

from planner.plan.places import file_stem
from planner.report.csv import safe_cell
from planner.report.document import Table, plain_cell
from planner.report.markdown import table_text
from planner.toml.errors import InputError
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
    """Ask for a file and write there what has the focus, else the first table or chart of the screen."""
    found = _shown(screen)
    if found is None:
        host.notify("There is no table and no chart here to export.", timeout=3)
        return
    writers = _TABLE_WRITERS if isinstance(found, FactTable) else _CHART_WRITERS
    plan = host.evaluation.inputs.name if host.evaluation is not None else "planner"
    name = f"{file_stem(f'{plan} {_name_of(found)}')}{next(iter(writers))}"
    kinds = " or ".join(ending.removeprefix(".").upper() for ending in writers)
    check = partial(_problem, host.profiles_dir, tuple(writers))

    def written(target: Path) -> bytes:
        return writers[target.suffix.lower()](found)

    await write_where_asked(host, "Export", f"File to write; its ending says {kinds}", name, check, written)


def _shown(screen: Screen[Any]) -> FactTable | Chart | None:
    focused = screen.focused
    if isinstance(focused, FactTable | Chart):
        return focused
    found = [node for node in screen.query("*") if isinstance(node, FactTable | Chart) and node.region.area]
    return next(iter(found), None)


def _name_of(found: FactTable | Chart) -> str:
    names = (node.id for node in found.ancestors_with_self if node.id and isinstance(node, FactTable | ChartPane))
    return next(names, "table" if isinstance(found, FactTable) else "chart")


def _problem(made: Path, endings: tuple[str, ...], text: str) -> str:
    if text.strip() and not text.strip().lower().endswith(endings):
        return f"the file ends in {' or '.join(endings)}"
    return target_problem(made, text)


def as_csv(table: Table) -> str:
    """Every column and row; no cell is a formula to a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([safe_cell(column.title.strip()) for column in table.columns])
    for line in table.lines:
        writer.writerow([safe_cell(" ".join(plain_cell(cell).split())) for cell in line.cells])
    return written.getvalue()


def as_svg(chart: Chart) -> str:
    """The chart at a width of its own, in the colours of the theme."""
    dark = chart.app.current_theme.dark
    rows = chart.rows(WIDTH, HEIGHT)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for row in rows:
        console.print(to_text(row, chart.app.theme_variables, dark=dark), no_wrap=True, crop=True)
    form = _SVG.replace("{background}", chart.app.theme_variables["background"])
    return console.export_svg(title="", code_format=form, unique_id="chart")


def as_png(chart: Chart) -> bytes:
    """The same as a picture. Raises `InputError` where the package for it is not installed."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        problem = "needs a package for pictures: pip install 'llm-capacity-planner[png]'; or write .svg"
        raise InputError(problem) from None
    return bytes(svg_to_bytes(svg_string=as_svg(chart), zoom=2))


_TABLE_WRITERS: dict[str, Callable[[Any], bytes]] = {
    ".csv": lambda found: as_csv(found.table).encode(),
    ".md": lambda found: f"{table_text(found.table)}\n".encode(),
}
_CHART_WRITERS: dict[str, Callable[[Any], bytes]] = {".svg": lambda found: as_svg(found).encode(), ".png": as_png}
