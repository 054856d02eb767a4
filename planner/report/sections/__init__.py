"""The parts of a report, each a pure function of the Evaluation."""

from __future__ import annotations

from dataclasses import replace

from planner.engine.specs import Evaluation
from planner.records import dataclass
from planner.report.document import Block, Bullets, Cell, Chart, Document, Line, Paragraph, Section, Table, plain_cell
from planner.report.sections import costs
from planner.report.sections.answer import cases, deciding, flips, next_steps, page, questions, strip, trade
from planner.report.sections.grounds import article, evidence, footer, prices, traces, warnings
from planner.report.sections.work import choice, dedicated, routes, volume
from planner.words.answer import Audience, explained_text


@dataclass(frozen=True, slots=True)
class View:
    """How much of a report, and for whom."""

    full: bool = False
    """With all that the answer page rests on."""
    audience: Audience = ""
    most: int = 4
    """Workloads that the answer page shows one by one."""
    brief: int = 0
    """How much shorter the answer page is than it might be, as of `words.answer.facts`."""
    called: str = ""
    """How commands name the plan: a path, or the name of a saved plan or example; empty where none can."""


FULL = View(full=True)


def build(evaluation: Evaluation, view: View = FULL) -> Document:
    """The answer page, and in full what it rests on."""
    behind = _behind(evaluation, view.audience) if view.full else ()
    return Document(
        title=evaluation.inputs.name,
        strip=strip(evaluation, view.audience),
        sections=(
            *page(evaluation, view.audience, view.most, view.called, brief=view.brief),
            *(section for section in behind if section.blocks),
        ),
        footer=footer(evaluation, view.full),
    )


def _behind(evaluation: Evaluation, audience: Audience) -> tuple[Section, ...]:
    """What the page rests on; for who pays the bill that of it which is about money, each term explained."""
    if audience == "cfo":
        return tuple(map(_section, _of_money(evaluation)))
    return (
        deciding(evaluation),
        questions(evaluation),
        volume(evaluation),
        choice(evaluation),
        dedicated(evaluation),
        routes(evaluation),
        costs.totals(evaluation),
        costs.months(evaluation),
        costs.bought(evaluation),
        costs.buckets(evaluation),
        costs.ledger(evaluation),
        costs.break_even(evaluation),
        costs.break_even_map(evaluation),
        costs.scenarios(evaluation),
        costs.sensitivity(evaluation),
        flips(evaluation),
        cases(evaluation),
        trade(evaluation),
        next_steps(evaluation),
        article(evaluation),
        evidence(evaluation),
        warnings(evaluation),
        prices(evaluation),
        traces(evaluation),
    )


def _of_money(evaluation: Evaluation) -> tuple[Section, ...]:
    return (
        deciding(evaluation),
        questions(evaluation),
        costs.totals(evaluation),
        costs.months(evaluation),
        costs.bought(evaluation),
        costs.buckets(evaluation),
        costs.scenarios(evaluation),
        trade(evaluation),
        next_steps(evaluation),
        warnings(evaluation),
        prices(evaluation),
    )


def _section(section: Section) -> Section:
    """What a term of the trade is stands behind its first use in every line."""
    return Section(explained_text(section.title), tuple(map(_explained, section.blocks)), section.opens)


def _explained(block: Block) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(explained_text(block.text))
    if isinstance(block, Bullets):
        return Bullets(tuple(map(explained_text, block.items)), block.numbered)
    if isinstance(block, Chart):
        return replace(block, caption=explained_text(block.caption))
    return _table(block)


def _table(table: Table) -> Table:
    columns = tuple(replace(column, title=explained_text(column.title)) for column in table.columns)
    lines = (Line(line.key, tuple(map(_cell, line.cells))) for line in table.lines)
    return Table(columns, tuple(lines), table.total_row)


def _cell(cell: Cell) -> str:
    return explained_text(plain_cell(cell))
