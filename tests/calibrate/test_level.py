"""The errors once a set-up was measured, with its source left out of the fit."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from planner.calibrate.__main__ import read_cases
from planner.calibrate.design import Design
from planner.calibrate.level import report, without_source
from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of
from planner.engine.measured.runs import run_of

SHIPPED = Path(str(files("planner.catalog") / "data" / "measurements.csv"))


def test_the_table_is_the_same_each_time_and_its_rows_were_not_in_the_fit() -> None:
    cases, _ = read_cases(SHIPPED)
    swept = next(case for case in cases if case.scenario.mode == "closed" and case.row.metric == "tpot_ms")
    sweep = [replace(swept.row, concurrency=load, value=swept.row.value + load) for load in (1, 2, 4, 8, 16)]
    design = Design([*cases[:150], *(run_of(row, directory_of(shipped_catalog())) for row in sweep)])
    curve = without_source(design)
    assert np.isfinite(curve.residual).all()
    lines = list(report(design, curve))
    assert lines == list(report(design, curve))
    assert lines[0].startswith("given, kind")
    assert [line.split()[:2] for line in lines[1:]] == [["1,", "tpot"], ["3,", "tpot"]]
