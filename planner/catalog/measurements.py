"""Reads the public measurements shown beside predictions.

They are a table of a few hundred rows and many columns, so they ship as CSV: the header is the one that
`planner validate` reads, and the file loads in a tenth of the time the same facts would take as TOML.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from planner.engine.measured.row import MeasuredRow
from planner.engine.specs import Citation, Measurement


def load_measurements() -> tuple[Measurement, ...]:
    """The selection shipped with the application (data/measurements.csv)."""
    text = (files("planner.catalog") / "data" / "measurements.csv").read_text("utf-8")
    return tuple(_measurement(MeasuredRow.of(cells)) for cells in csv.DictReader(text.splitlines()))


def _measurement(row: MeasuredRow) -> Measurement:
    return Measurement(
        id=row.id,
        gpu=row.gpu,
        gpus_total=int(row.gpus_total),
        tp=None if row.tp is None else int(row.tp),
        model=row.model,
        total_params_b=row.total_params_b or 0.0,
        active_params_b=row.active_params_b or row.total_params_b or 0.0,
        engine=row.engine,
        engine_version=row.engine_version,
        weights=row.weights,
        kv=row.kv,
        isl=row.isl,
        osl=row.osl,
        concurrency=row.concurrency,
        metric=row.metric,
        value=row.value,
        notes=row.notes,
        citation=Citation(f"{row.source} ({row.url})" if row.url else row.source, row.date),
    )
