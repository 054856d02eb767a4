"""`python -m planner.calibrate MEASURED.csv [-o FILE] [--as-of DATE]`: fit, cross-validate, write."""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from pathlib import Path

from planner.calibrate.design import Design
from planner.calibrate.fit import group_errors, leave_out, solve
from planner.calibrate.write import document
from planner.catalog.load import load_catalog
from planner.catalog.measured import directory_of
from planner.engine.measured.row import measurement, skip_of
from planner.engine.measured.runs import MeasuredRun, run_of
from planner.words.refusals import skip_words

SHIPPED = Path(__file__).parents[1] / "catalog" / "data" / "calibration.toml"


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


def main(arguments: list[str] | None = None) -> int:
    """Run the fit; the exit code of the process."""
    parser = argparse.ArgumentParser(prog="planner.calibrate", description=__doc__)
    parser.add_argument("measured", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED)
    parser.add_argument("--as-of", required=True, help="date written into the file, YYYY-MM-DD")
    options = parser.parse_args(arguments)
    cases, skipped = read_cases(options.measured)
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
