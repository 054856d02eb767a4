"""The parts of a report, each a pure function of the Evaluation."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.records import dataclass
from planner.report.document import Document, Section
from planner.report.sections import costs
from planner.report.sections.answer import cases, deciding, flips, next_steps, page, questions, strip, trade
from planner.report.sections.grounds import article, evidence, footer, prices, traces, warnings
from planner.report.sections.work import choice, dedicated, routes, volume
from planner.words.answer import Audience


@dataclass(frozen=True, slots=True)
class View:
    """How much of a report, and for whom."""

    full: bool = False
    """With all that the answer page rests on."""
    audience: Audience = ""
    most: int = 4
    """Workloads that the answer page shows one by one."""
    called: str = ""
    """How commands name the plan: a path, or the name of a saved plan or example; empty where none can."""


FULL = View(full=True)


def build(evaluation: Evaluation, view: View = FULL) -> Document:
    """The answer page, and in full what it rests on."""
    behind = _behind(evaluation) if view.full else ()
    return Document(
        title=evaluation.inputs.name,
        strip=strip(evaluation, view.audience),
        sections=(
            *page(evaluation, view.audience, view.most, view.called),
            *(section for section in behind if section.blocks),
        ),
        footer=footer(evaluation, view.full),
    )


def _behind(evaluation: Evaluation) -> tuple[Section, ...]:
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
