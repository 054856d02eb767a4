"""`planner size --all`: one line a deployment, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.engine.ranking import Ranked
from planner.report import numbers
from planner.report.contract import sizing_json
from planner.report.document import Table
from planner.report.text import table_lines

_WIDE = 10_000
_HEADERS = {
    "gpus": ("GPU", "n", "Weights", "Engine", "Output tok/s", "Conc.", "$/h", "$/1M tok", "Offer"),
    "models": ("Model", "Level", "n", "Weights", "Engine", "Output tok/s", "Conc.", "$/1M tok"),
}


def to_text(rows: Sequence[Ranked], kind: str) -> str:
    """Fitting ones as a table, then how near the others come."""
    fitting = [row for row in rows if row.sizing.memory.fits]
    refused = [row for row in rows if not row.sizing.memory.fits]
    cells = tuple(_gpu_row(row) if kind == "gpus" else _model_row(row) for row in fitting)
    align = "lrllrrrrl" if kind == "gpus" else "llrllrrr"
    lines = table_lines(Table(_HEADERS[kind], cells, align), _WIDE)
    lines += [""]
    lines += [
        f"{len(fitting)} of {len(rows)} {kind} fit. $/1M tokens: rent alone, input + output, whole offer at full load."
    ]
    if refused:
        table = Table(
            ("Does not fit", "n", "Weights", "Because"), tuple(_refused(row, kind) for row in refused), "lrll"
        )
        lines += ["", *table_lines(table, _WIDE)]
    return "\n".join(lines) + "\n"


def _gpu_row(row: Ranked) -> tuple[str, ...]:
    d = row.sizing.deployment
    offer = "not rented in the catalogue" if row.offer is None else f"{row.offer.provider} {row.offer.product}"
    hourly = "–" if row.usd_per_hour is None else numbers.money(row.usd_per_hour, "USD", cents=True)
    return (d.gpu.id, str(d.gpus_per_replica), d.weights, d.engine.id, *_speed(row), hourly, _per_mtok(row), offer)


def _model_row(row: Ranked) -> tuple[str, ...]:
    d = row.sizing.deployment
    head = (d.model.id, d.model.level or "–", str(d.gpus_per_replica), d.weights, d.engine.id)
    return (*head, *_speed(row), _per_mtok(row))


def _speed(row: Ranked) -> tuple[str, str]:
    speed = row.sizing.performance
    if speed is None:
        return "–", "–"
    return numbers.interval(speed.output_tok_s), numbers.significant(speed.concurrency)


def _per_mtok(row: Ranked) -> str:
    return "–" if row.usd_per_mtok is None else f"${numbers.significant(row.usd_per_mtok)}"


def _refused(row: Ranked, kind: str) -> tuple[str, ...]:
    d, memory = row.sizing.deployment, row.sizing.memory
    name = d.gpu.id if kind == "gpus" else d.model.id
    return (name, str(d.gpus_per_replica), d.weights, memory.excluded_because or "")


def to_json(rows: Sequence[Ranked]) -> list[dict[str, Any]]:
    """The sizing of each row, with the offer and its prices."""
    return [
        sizing_json(row.sizing)
        | {
            "offer": None if row.offer is None else row.offer.id,
            "usd_per_hour": None if row.usd_per_hour is None else round(row.usd_per_hour, 4),
            "usd_per_mtok": None if row.usd_per_mtok is None else round(row.usd_per_mtok, 4),
        }
        for row in rows
    ]
