"""`python -m planner.calibrate MEASURED.csv [...] [-o FILE] --as-of DATE`: fit, cross-validate, write.

The fitted constants become the TOML file that the catalogue ships.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from planner.calibrate.design import RUN_START, START, Design
from planner.calibrate.fit import LeftOut, group_errors, leave_out, solve
from planner.catalog.load import load_catalog
from planner.catalog.measured import directory_of
from planner.engine.arrays import Floats
from planner.engine.measured.predict import RUN_CONSTANTS
from planner.engine.measured.row import measurement, skip_of
from planner.engine.measured.runs import MeasuredRun, run_of
from planner.engine.replica.step import CONSTANTS
from planner.engine.specs.calibration import KINDS, GroupError
from planner.quantities import fixed
from planner.words.refusals import skip_words

SHIPPED = Path(__file__).parents[1] / "catalog" / "data" / "calibration.toml"
NEGLIGIBLE = 5e-4


def read_cases(path: Path) -> tuple[list[MeasuredRun], Counter[str]]:
    """The rows of a measurement file that can be predicted, and why the others cannot."""
    directory = directory_of(load_catalog())
    cases: list[MeasuredRun] = []
    skipped: Counter[str] = Counter()
    with path.open(newline="", encoding="utf-8") as file:
        for record in csv.DictReader(file):
            try:
                cases.append(run_of(measurement(record), directory))
            except ValueError as error:
                skipped[skip_words(skip_of(error))] += 1
    return cases, skipped


def terms_of(design: Design, theta: Floats) -> dict[str, dict[str, float]]:
    """`Calibration.terms`: the start and the fitted pulls, without those that say nothing."""
    terms = {name: {"all": float(np.log(start))} for name, start in {**START, **RUN_START}.items()}
    places = [(CONSTANTS, term) for term in design.terms] + [(RUN_CONSTANTS, term) for term in design.run_terms]
    for (names, term), value in zip(places, theta, strict=True):
        mine = terms[names[term.constant]]
        if term.key == "all":
            mine["all"] += float(value)
        elif abs(value) >= NEGLIGIBLE:
            mine[term.key] = float(value)
    return terms


def rows_behind(design: Design) -> dict[str, int]:
    """Measured rows behind each key of the terms."""
    return {term.key: int(np.count_nonzero(design.matrix[:, i])) for i, term in reversed(list(enumerate(design.terms)))}


def document(
    design: Design, theta: Floats, errors: Sequence[GroupError], left_out: LeftOut, as_of: str, skipped: int
) -> str:
    """The whole file, numbers to four decimals so that the same rows give the same text."""
    lines = [
        "# Fitted constants of the throughput model, natural logarithms. Written by `python -m planner.calibrate`;",
        "# do not edit by hand. terms: a constant is exp(sum of the terms of its row's groups and slopes).",
        "# errors: on rows left out of the fit with their whole source, card or model; spread encloses 80 %.",
        f'as_of = "{as_of}"',
        f"rows = {design.rows}",
        f"rows_skipped = {skipped}",
        f"constants = {design.unknowns}",
        "",
        "errors = [",
        *(f"  {_error(e)}," for e in errors),
        "]",
        "",
        "[left_out]",
        *(f"{way} = {{ {_summary(design, residuals)} }}" for way, residuals in left_out.by.items()),
        "",
        "[terms]",
    ]
    for name, terms in terms_of(design, theta).items():
        pairs = ", ".join(f'"{key}" = {fixed(value, 4)}' for key, value in terms.items())
        lines.append(f"{name} = {{ {pairs} }}")
    lines += ["", "[rows_behind]", *(f'"{key}" = {rows}' for key, rows in sorted(rows_behind(design).items()))]
    return "\n".join(lines) + "\n"


def _summary(design: Design, residuals: Floats) -> str:
    parts = []
    for kind in KINDS:
        mine = residuals[design.kinds == kind]
        if mine.size:
            error, near = np.median(np.abs(np.expm1(-mine))), np.mean(np.abs(mine) < np.log(2.0))
            parts.append(
                f"{kind} = {{ rows = {mine.size}, median_error = {fixed(error, 4)}, within_2x = {fixed(near, 4)} }}"
            )
    return ", ".join(parts)


def _error(e: GroupError) -> str:
    return (
        f'{{ metric = "{e.metric}", group = "{e.group}", rows = {e.rows}, '
        f"median_error_fraction = {fixed(e.median_error_fraction, 4)}, "
        f"spread = [{fixed(e.spread[0], 4)}, {fixed(e.spread[1], 4)}] }}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the fit; the exit code of the process."""
    parser = argparse.ArgumentParser(prog="planner.calibrate", description=__doc__)
    parser.add_argument("measured", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED)
    parser.add_argument("--as-of", required=True, help="date written into the file, YYYY-MM-DD")
    options = parser.parse_args(arguments)
    read = [read_cases(path) for path in options.measured]
    cases = [case for found, _ in read for case in found]
    skipped = sum((reasons for _, reasons in read), Counter[str]())
    design = Design(cases)
    theta = solve(design)
    left_out = leave_out(design, theta)
    text = document(design, theta, group_errors(design, left_out), left_out, options.as_of, skipped.total())
    options.output.write_text(text, encoding="utf-8")
    for reason, count in skipped.most_common():
        sys.stderr.write(f"skipped {count}: {reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
