"""The parts of a report, each a pure function of the Evaluation."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.report.document import Document
from planner.report.sections import costs
from planner.report.sections.answer import cases, deciding, flips, lead, next_steps, questions, trade
from planner.report.sections.grounds import article, evidence, footer, prices, traces, warnings
from planner.report.sections.work import choice, dedicated, routes, volume
from planner.report.tables.strategies import strip


def build(evaluation: Evaluation) -> Document:
    """The whole report, answer first, then what it rests on."""
    sections = (
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
    return Document(
        title=evaluation.inputs.name,
        strip=strip(evaluation),
        lead=lead(evaluation),
        sections=tuple(section for section in sections if section.blocks),
        footer=footer(evaluation),
    )
