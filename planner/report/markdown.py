"""A report as Markdown with pipe tables; user text stays text: what Markdown would read otherwise is escaped."""

from __future__ import annotations

import re

from planner.engine.specs import Evaluation
from planner.report.document import Block, Bullets, Chart, Document, Paragraph, Section, Table
from planner.report.sections import FULL, View, build
from planner.report.text import GAP, clean

_SPECIAL = re.compile(
    r"[\\`*<>|]"
    r"|(?<!\w)_|_(?!\w)"  # inside a name it is a letter
    r"|(?<=\S)~|~(?=~)"  # before a number it can open a deletion, but only one behind something can close it
    r"|\[(?=\^)|\](?=[(\[:])"  # a footnote; a link, a reference and a definition
    r"|(?<!\S)#+$"  # behind a heading
)
_BLOCK_START = re.compile(
    r"^(\d+)([.)])(?=\s|$)|^[-+](?=\s|$)|^-(?=[-\s]+$)|^#+(?=\s)|^\[(?=[ xX]\](?:\s|$))",
)
"""A list, a line across the page, a heading, a box to tick: only where a block begins."""


def to_markdown(evaluation: Evaluation, view: View = FULL) -> str:
    """The whole report, or its answer page."""
    return render(build(evaluation, view))


def render(document: Document) -> str:
    """A document with one first-level heading."""
    strip = "\\\n".join(f"**{inline(part)}**" for part in document.strip.split(GAP) if part.strip())
    parts = [f"# {inline(document.title)}", strip]
    for section in document.sections:
        parts += _section(section)
    parts += ["---", escape(document.footer)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and the HTML inside it leave as typed, where a block begins; nothing else is escaped."""
    return _BLOCK_START.sub(_defused, inline(text))


def inline(text: str) -> str:
    """The same inside a line or a cell of a table, where no block can begin."""
    return _SPECIAL.sub(_escaped, clean(text).strip()).replace("&", "&amp;")


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _defused(match: re.Match[str]) -> str:
    digits, dot = match[1], match[2]
    return f"{digits}\\{dot}" if digits else f"\\{match[0]}"


def _section(section: Section) -> list[str]:
    blocks = [_block(block) for block in section.blocks if not isinstance(block, Chart)]
    return [f"## {inline(section.title)}", *blocks] if section.title else blocks


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Bullets):
        return "\n".join(
            f"{number}. {escape(item)}" if block.numbered else f"- {escape(item)}"
            for number, item in enumerate(block.items, start=1)
        )
    return table_text(block) if isinstance(block, Table) else ""


def table_text(table: Table) -> str:
    """A table by itself."""
    rule = "|".join(" ---: " if kind == "r" else " :--- " for kind in table.align)
    rows = [_row(row) for row in table.rows]
    if table.total_row and table.rows:
        rows[-1] = _row(table.rows[-1], strong=True)
    return "\n".join([_row(table.headers), f"|{rule}|", *rows])


def _row(cells: tuple[str, ...], *, strong: bool = False) -> str:
    texts = map(inline, cells)
    return "| " + " | ".join(f"**{text}**" if strong and text else text for text in texts) + " |"
