"""`planner validate --measured-once`: how close predictions come once one or three rows of a set-up are known."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from planner.catalog.measured import directory_of
from planner.cli.options import deliver, format_of
from planner.engine.measured.level import Curve
from planner.engine.measured.once import LEAST_ROWS, OnceScore, foretold, once_scores, sweeps
from planner.engine.measured.own import OwnRuns, own_runs
from planner.engine.measured.runs import runs_of
from planner.engine.specs import Catalog, Measurement
from planner.engine.specs.calibration import Calibration
from planner.quantities import tight_share
from planner.report.values import as_json
from planner.words.refusals import skip_words

Scores = Mapping[int, Mapping[str, OnceScore]]
"""By how many rows were given, and kind of metric."""


def run(
    args: argparse.Namespace,
    catalog: Catalog,
    calibration: Calibration,
    rows: Sequence[Measurement],
    unreadable: Sequence[tuple[str, str]],
) -> int:
    """Print the table."""
    measured = own_runs(rows, directory_of(catalog), [problem for _, problem in unreadable])
    scores = _scores(measured, calibration)
    read = len(rows) + len(unreadable)
    written = as_json(to_json(scores, measured, read)) if format_of(args) == "json" else to_text(scores, measured, read)
    deliver(written, args.output, args, args.measured)
    return 0


def _scores(measured: OwnRuns, calibration: Calibration) -> Scores:
    if not measured.runs:
        return {given: {} for given in LEAST_ROWS}
    curve = Curve.fitted(runs_of(measured.runs), calibration)
    every = range(len(measured.runs))
    return {
        given: once_scores(curve, measured.runs, foretold(curve, sweeps(measured.runs, every, given), given))
        for given in LEAST_ROWS
    }


def to_json(scores: Scores, measured: OwnRuns, read: int) -> dict[str, object]:
    """The documented answer: counts, and by rows given the score of each kind of metric."""
    return {
        "rows": read,
        "usable": len(measured.runs),
        "skipped": _skipped(measured),
        "given": {str(given): {kind: asdict(s) for kind, s in found.items()} for given, found in scores.items()},
    }


def to_text(scores: Scores, measured: OwnRuns, read: int) -> str:
    """A table for each number of rows given, and what was skipped."""
    lines = [f"{read} rows, {len(measured.runs)} usable, {read - len(measured.runs)} skipped"]
    for given, found in scores.items():
        told = "each row given in turn" if given == 1 else f"{given} rows given in turn"
        lines += ["", f"set-ups with {LEAST_ROWS[given]} rows of a metric or more, {told}", *_table(found)]
    if skipped := _skipped(measured):
        lines += ["", "skipped", *(f"  {count:6}  {reason}" for reason, count in skipped.items())]
    lines += [
        "",
        "before, after: median of |predicted / measured - 1| without and with what was given, over all predictions;",
        "a set-up: the same with every set-up counted once; half: median half width of the nominal 80 % interval",
    ]
    return "\n".join(lines) + "\n"


def _table(found: Mapping[str, OnceScore]) -> list[str]:
    lines = ["metric         set-ups   rows  before  after  a set-up  within 25%  covered   half"]
    for kind, s in found.items():
        lines.append(
            f"{kind:<13} {s.setups:8} {s.rows:6} {tight_share(s.unmeasured_mdape, 1):>7} {tight_share(s.mdape, 1):>6} "
            f"{tight_share(s.setup_mdape, 1):>9} {tight_share(s.within_25_percent, 1):>11} "
            f"{tight_share(s.coverage_80, 1):>8} {tight_share(s.half_width, 1):>6}"
        )
    return lines


def _skipped(measured: OwnRuns) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for skip, count in measured.unusable:
        counts[skip_words(skip)] += count
    return dict(counts.most_common())
