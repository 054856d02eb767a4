"""What a reader may not meet on a page: an id, a key of the file, more than three digits, an unmarked amount.

For tests of reports and of painted pages. What somebody else wrote is left out first: sources, notes, licences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from planner.catalog.load import shipped_catalog
from planner.engine.quality import context_needed
from planner.engine.specs import Evaluation
from planner.quantities import count, currency_symbol, money
from planner.report.document import Block, Bullets, Document, Paragraph, Table, plain_cell

KEY = re.compile(r"(?<![\w/.\-])[a-z]+(?:_[a-z0-9]+)+(?![\w.])")
DOOR = re.compile(r"\[[a-z]+/[^\]\s]+\]|planner [a-z]+ [^;|]*--at \S+|`[^`]*`|--[a-z-]+")
MONEY = re.compile(r"~?[-+]?(?:[$€£]|(?:USD|EUR|GBP) )[\d,]+(?:\.\d+)?")
DATE = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b")
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w,]*\d)")
FORMAT = re.compile(r"\bq\d_[a-z0-9_]+\b")
"""Types of llama.cpp are written so everywhere."""


@cache
def ids() -> re.Pattern[str]:
    """Ids of the catalogue that nobody would say: those that are no name as well."""
    catalog = shipped_catalog()
    kinds = (catalog.apis, catalog.models, catalog.offers, catalog.gpus)
    names = {found.name for kind in (catalog.apis, catalog.models, catalog.gpus) for found in kind.values()}
    known = {id for kind in kinds for id in kind if re.search(r"[-_/.]", id)} - names
    longest_first = sorted(map(re.escape, known), key=len, reverse=True)
    return re.compile(rf"(?<![\w/.\-])(?:{'|'.join(longest_first)})(?![\w\-])")


@cache
def quoted() -> tuple[str, ...]:
    """Sources, dates, notes and names of the catalogue, the longest first."""
    catalog = shipped_catalog()
    found: set[str] = {catalog.fx_citation.source}
    records: list[Any] = [*catalog.apis.values(), *catalog.models.values(), *catalog.gpus.values()]
    records += catalog.offers.values()
    for record in records:
        told = ("name", "product", "notes", "licence", "commercial_conditions", "family")
        found |= {str(getattr(record, name, "")) for name in told} | {record.citation.source}
    records = [*catalog.assumptions.values(), *catalog.scores.values()]
    found |= {record.citation.source for record in records}
    found |= {record.citation.source for record in catalog.purchases.values()}
    found |= {engine.version for engine in catalog.engines.values()}
    for row in catalog.measurements:
        found |= {row.citation.source, row.citation.as_of, row.model, row.engine_version, row.gpu}
    found |= {record.citation.source for record in catalog.adapters.values()}
    found |= {record.notes for record in catalog.adapters.values()}
    return tuple(sorted(filter(None, found), key=len, reverse=True))


def unquoted(text: str, *also: str) -> str:
    """Without what others wrote, and without `also`: names that the user gave."""
    for said in sorted((name for name in (*quoted(), *also) if name and name in text), key=len, reverse=True):
        text = text.replace(said, " ")
    return text


def texts(document: Document) -> Iterator[str]:
    """Every sentence and cell."""
    yield from (document.title, document.strip, document.footer)
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            yield from _of(block)


def _of(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Bullets):
        yield from block.items
    elif isinstance(block, Table):
        yield from block.headers
        yield from (cell for row in block.rows for cell in row)


def ids_in(text: str) -> list[str]:
    """Ids and keys that are no command and no door."""
    left = DOOR.sub(" ", FORMAT.sub(" ", unquoted(text)))
    return [*ids().findall(left), *KEY.findall(left)]


def tables(document: Document) -> Iterator[Table]:
    return (block for section in document.sections for block in section.blocks if isinstance(block, Table))


def is_long(number: str) -> bool:
    """More than three significant digits."""
    mantissa = number.partition("e")[0].replace(",", "")
    digits = mantissa.replace(".", "").lstrip("0")
    return len(digits if "." in mantissa else digits.rstrip("0")) > 3


def long_numbers(text: str, known: frozenset[str], *names: str) -> list[str]:
    """Numbers of more than three digits that are neither money, nor a date, nor a count that is `known`."""
    left = DATE.sub(" ", MONEY.sub(" ", unquoted(text, *names)))
    return [number for number in NUMBER.findall(left) if is_long(number) and number not in known]


def counts(evaluation: Evaluation) -> frozenset[str]:
    """What was typed, what a file of the catalogue holds and what an engine prints, as it is written."""
    inputs, catalog = evaluation.inputs, evaluation.catalog
    found: list[float | None] = [inputs.objectives.ttft_ms_p95, inputs.objectives.tpot_ms]
    for work in inputs.workload:
        found += [work.input_tokens, work.output_tokens, work.input_tokens_p95, work.output_tokens_p95]
        found += [work.max_context, context_needed(work), 2 * (work.input_tokens + work.output_tokens)]
    found += [test.prompts for test in inputs.quality.evaluation]
    for model in catalog.models.values():
        found += [model.max_context, model.yarn_context]
    found += [api.context_window for api in catalog.apis.values()]
    for row in catalog.measurements:
        found += [row.isl, row.osl, row.concurrency]
    for choice in (*evaluation.options, evaluation.choice, evaluation.dedicated):
        if choice is not None:
            found += [choice.memory.max_num_seqs, choice.memory.max_num_batched_tokens]
    return frozenset(text for value in found if value is not None for text in (count(value), f"{value:.0f}"))


def unmarked(document: Document, evaluation: Evaluation) -> list[str]:
    """Totals of strategies that wait for a test, and months of theirs, that stand somewhere without the mark.

    What is drawn holds what a failed test costs, and a bucket stands below a marked name or above a marked sum.
    """
    currency, found = evaluation.inputs.currency, []
    proven = {led.total for led in evaluation.ledgers.values() if led.months and not led.untested}
    waits = {led.total for led in evaluation.ledgers.values() if led.months and led.untested} - proven
    amounts = {money(each, currency) for total in waits for each in (total, total / 12)}
    amounts -= {money(each, currency) for total in proven for each in (total, total / 12)}
    amounts = {amount for amount in amounts if "." not in amount and len(amount) > 4}
    bare = {amount.lstrip("$€£") for amount in amounts}
    for table in tables(document):
        for row in (line for line in table.lines if table.columns[0].key != "bucket" or line.key == "sum"):
            for column, cell in zip(table.columns, row.cells, strict=True):
                of_money = currency_symbol(currency) in column.heading
                text = plain_cell(cell).strip()
                wrong = text in amounts or (of_money and text in bare)
                if wrong and "~" not in column.heading and column.key not in ("p10", "p50", "p90", "mean"):
                    found.append(f"{column.heading}: {text}")
    said = " ".join(text for text in texts(document) if " " in text)
    found += [
        amount for amount in amounts if re.search(rf"(?<!~)(?<!~[-+])(?<![\d,.]){re.escape(amount)}(?![\d,])", said)
    ]
    return found
