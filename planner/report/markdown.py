"""A report as Markdown with pipe tables; user text is escaped so that it stays text."""

from __future__ import annotations

import re

from planner.engine.specs import Evaluation
from planner.report.document import Block, Bullets, Chart, Document, Paragraph, Section, Table
from planner.report.sections import FULL, View, build
from planner.report.text import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_LIST_START = re.compile(r"^(\s*)(\d+)([.)])(?=\s|$)|^(\s*)([-+])(\s)")


def to_markdown(evaluation: Evaluation, view: View = FULL) -> str:
    """The whole report, or its answer page."""
    return render(build(evaluation, view))


def render(document: Document) -> str:
    """A document with one first-level heading."""
    parts = [f"# {escape(document.title)}", f"**{escape(document.strip)}**"]
    for section in document.sections:
        parts += _section(section)
    parts += ["---", escape(document.footer)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and the HTML inside it leave as typed."""
    escaped = _SPECIAL.sub(r"\\\1", clean(text).strip()).replace("&", "&amp;")
    return _LIST_START.sub(_defused, escaped)


def _defused(match: re.Match[str]) -> str:
    blank, digits, dot, _, sign, gap = match.groups()
    return f"{blank}{digits}\\{dot}" if digits else f"\\{sign}{gap}"


def _section(section: Section) -> list[str]:
    blocks = [_block(block) for block in section.blocks if not isinstance(block, Chart)]
    return [f"## {escape(section.title)}", *blocks] if section.title else blocks


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
    texts = (escape(cell) for cell in cells)
    return "| " + " | ".join(f"**{text}**" if strong and text else text for text in texts) + " |"
