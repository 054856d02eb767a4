"""`python -m planner.calibrate.level MEASURED.csv`: how close predictions come once a set-up has been measured.

For every source in turn the fit is made without it; of each of its set-ups one row, or three, are given and the others
predicted. Prints a line a kind of metric, and the deviations that enclose 80 % of the errors: for `QUANTILE` of
`planner.engine.measured.level`, and as they come out with each source left out of that choice too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.calibrate.__main__ import read_cases
from planner.calibrate.design import Design, by_label
from planner.calibrate.fit import refits, solve
from planner.engine.arrays import Floats
from planner.engine.measured.level import Curve
from planner.engine.measured.once import Foretold, OnceScore, foretold, once_scores, sweeps, weighted_quantile
from planner.engine.measured.predict import RunConstants
from planner.engine.measured.score import beyond_hardware
from planner.engine.replica.constants import from_logs
from planner.quantities import fixed, tight_share

ENCLOSED = 0.8
GIVEN = (1, 3)


def without_source(design: Design) -> Curve:
    """Every row with what a fit without its source says of it."""
    theta = solve(design)
    logs = np.zeros_like(design.logs(theta))
    run = np.zeros_like(design.run_logs(theta))
    for held, refit in refits(design, theta, design.sources):
        logs[held], run[held] = design.logs(refit)[held], design.run_logs(refit)[held]
    return Curve.of(design.arrays, from_logs(logs), RunConstants(*np.exp(run).T))


def report(design: Design, curve: Curve) -> Iterator[str]:
    """The lines of the table."""
    usable = np.flatnonzero(~beyond_hardware(design.cases, design.arrays)).tolist()
    yield f"{'given, kind':<18}set-ups  rows  before   after  a set-up  covered  half  deviations  source left out"
    for given in GIVEN:
        found = foretold(curve, sweeps(design.cases, usable, given), given)
        for kind, score in once_scores(curve, design.cases, found).items():
            yield _line(f"{given}, {kind}", score, *_deviations(design, found, design.kinds[found.row] == kind))


def _line(name: str, s: OnceScore, deviations: float, left_out: float) -> str:
    shares = [tight_share(x, 1) for x in (s.unmeasured_mdape, s.mdape, s.setup_mdape, s.coverage_80, s.half_width)]
    before, after, setup, covered, half = shares
    return (
        f"{name:<18}{s.setups:>7} {s.rows:>5} {before:>7} {after:>7} {setup:>9} {covered:>8} {half:>5} "
        f"{fixed(deviations, 2):>11} {tight_share(left_out, 1):>16}"
    )


def _deviations(design: Design, found: Foretold, mine: NDArray[np.bool_]) -> tuple[float, float]:
    """Standard deviations that enclose `ENCLOSED` of the errors, and the share that the other sources' choice does."""
    sources, far = design.sources[found.row[mine]], np.abs(found.error[mine]) / found.deviation[mine]
    inside = np.zeros(len(far), dtype=bool)
    for source in np.unique(sources):
        left = sources == source
        if not left.all():
            inside[left] = far[left] <= _enclosing(far[~left], sources[~left])
    return _enclosing(far, sources), float(inside.mean())


def _enclosing(far: Floats, sources: NDArray[np.str_]) -> float:
    return weighted_quantile(far, by_label(sources), ENCLOSED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m planner.calibrate.level", description=__doc__)
    parser.add_argument("measured", type=Path)
    cases, _ = read_cases(parser.parse_args(arguments).measured)
    design = Design(cases)
    sys.stdout.write("\n".join(report(design, without_source(design))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
