"""What the report rests on: measurements, warnings, prices with their dates."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import Evaluation, Evidence, PriceUsed
from planner.report.document import Bullets, Paragraph, Section, Table
from planner.words.labels import MONTH_NOTE
from planner.words.traces import Trace, price_label, price_value, traces_of
from planner.words.warnings import notices


def evidence(evaluation: Evaluation) -> Section:
    """The nearest public measurements beside what we predict for them."""
    lines = tuple(evidence_line(item) for item in evaluation.evidence)
    note = Paragraph("Published by others, none of them measured here:")
    return Section("Nearest public measurements", (note, Bullets(lines)) if lines else ())


def evidence_line(item: Evidence) -> str:
    """One measurement: setting, value, what we would have said, source and date."""
    row = item.measurement
    lengths = f"{quantities.count(row.isl)}/{quantities.count(row.osl)} tokens"
    engine = f"{row.engine} {row.engine_version}".strip()
    return (
        f"{row.gpus_total}x {row.gpu}, {row.model} {row.weights}, {engine}, {lengths}, "
        f"concurrency {quantities.count(row.concurrency)}: {row.metric} {quantities.significant(row.value)} measured, "
        f"{quantities.significant(item.predicted)} predicted ({_deviation(item.ratio)}). "
        f"{row.citation.source}, {row.citation.as_of}"
    )


def _deviation(ratio: float) -> str:
    off = quantities.percent(ratio - 1)
    return off if off.startswith(("-", ">-", "unknown")) else f"+{off}"


def warnings(evaluation: Evaluation) -> Section:
    """Everything a reader must be told."""
    return Section("Warnings", _bullets(notices(evaluation)))


def prices(evaluation: Evaluation) -> Section:
    """Every price the result rests on, with date, age and a reference to its source."""
    sources = tuple(dict.fromkeys(price.source for price in evaluation.prices_used))
    number = {source: str(place) for place, source in enumerate(sources, start=1)}
    rows = tuple(
        (price_label(evaluation, price), price_value(evaluation, price), _date(price), number[price.source])
        for price in evaluation.prices_used
    )
    table = Table(("Price", "Value", "As of", "Source"), rows, "lllr")
    return Section("Prices and sources", (table, Bullets(sources, numbered=True)) if rows else ())


def _date(price: PriceUsed) -> str:
    age = "" if price.age_days is None else f", {quantities.age(price.age_days)}"
    return f"{price.as_of}{age}{' STALE' if price.stale else ''}"


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


def footer(evaluation: Evaluation) -> str:
    """Conventions and date of the whole report."""
    currency = evaluation.inputs.currency
    rate = f" {currency} 1 = USD {quantities.plain(evaluation.usd_per_unit)} ({evaluation.catalog.fx_citation.as_of})."
    return f"As of {evaluation.as_of.isoformat()}.{'' if currency == 'USD' else rate} {MONTH_NOTE} Prices without VAT."
