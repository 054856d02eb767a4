"""What the report rests on: measurements, warnings, prices with their dates."""

from __future__ import annotations

from collections.abc import Sequence

from planner.engine.specs import Evaluation, Evidence
from planner.quantities import plain
from planner.report.document import Bullets, Paragraph, Section, plain_cell
from planner.report.tables.article import claims
from planner.report.tables.assumptions import prices_used
from planner.report.tables.candidates import measurement
from planner.words.labels import MONTH_NOTE
from planner.words.traces import Trace, traces_of
from planner.words.warnings import notices


def evidence(evaluation: Evaluation) -> Section:
    """The nearest public measurements beside what we predict for them."""
    return measured(evaluation.evidence)


def measured(found: Sequence[Evidence]) -> Section:
    """Measurements of others, one a line."""
    lines = tuple(plain_cell(measurement(item)) for item in found)
    note = Paragraph("Published by others, none of them measured here:")
    return Section("Nearest public measurements", (note, Bullets(lines)) if lines else ())


def article(evaluation: Evaluation) -> Section:
    """What the article says and what comes out here, in its own examples."""
    return Section("The article's claims", (claims(evaluation),) if evaluation.claims else ())


def warnings(evaluation: Evaluation) -> Section:
    """Everything a reader must be told."""
    return Section("Warnings", _bullets(notices(evaluation)))


def prices(evaluation: Evaluation) -> Section:
    """Every price the result rests on, with date, age and a reference to its source."""
    numbers = {source: i for i, source in enumerate(dict.fromkeys(p.source for p in evaluation.prices_used), start=1)}
    table = prices_used(evaluation, numbers)
    return Section("Prices and sources", (table, Bullets(tuple(numbers), numbered=True)) if numbers else ())


def traces(evaluation: Evaluation) -> Section:
    """How the main numbers were made: formula, inputs, source, uncertainty."""
    return Section("How the numbers were made", _bullets(tuple(_trace_line(trace) for trace in traces_of(evaluation))))


def _bullets(lines: tuple[str, ...]) -> tuple[Bullets, ...]:
    return (Bullets(lines),) if lines else ()


def _trace_line(trace: Trace) -> str:
    inputs = ", ".join(f"{name} {value}" for name, value in trace.inputs)
    parts = (f"{trace.label} = {trace.formula}", f"with {inputs}" if inputs else "", trace.uncertainty)
    source = ", ".join(part for part in (trace.source, trace.as_of) if part)
    return "; ".join(part for part in parts if part) + (f" [{source}]" if source else "")


def footer(evaluation: Evaluation, full: bool = True) -> str:
    """Date and conventions; of a month only where everything is told."""
    currency = evaluation.inputs.currency
    rate = f" {currency} 1 = USD {plain(evaluation.usd_per_unit)} ({evaluation.catalog.fx_citation.as_of})."
    month = f" {MONTH_NOTE}" if full else ""
    return f"As of {evaluation.as_of.isoformat()}.{'' if currency == 'USD' else rate}{month} Prices without VAT."
