"""`python -m planner.calibrate.memory STARTUPS.csv [...]`: the constants of the memory sum that start-up logs decide.

Least squares on the logarithm of the KV-cache tokens over all starts with a warm compile cache, by damped Gauss-Newton
from the constants that ship: the same files give the same answer. Prints them, and the errors that are left, with every
card left out in turn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.catalog.load import load_catalog
from planner.catalog.measured import directory_of
from planner.cli.start_ups import read_start_ups
from planner.engine.arrays import Floats
from planner.engine.measured.startups import StartUp, log_errors
from planner.engine.replica.memory import CALIBRATION, MemoryCalibration
from planner.quantities import fixed, plain, tight_share

STEP = 0.02
"""Relative step of a slope: wide enough that whole blocks do not show."""
ROUNDS = 20
DAMPED = 0.6
Change = Callable[[MemoryCalibration, float], MemoryCalibration]
Constant = tuple[Callable[[MemoryCalibration], float], Change]


def _of_releases(name: str, first: int, last: int) -> Constant:
    """One constant of the releases at these positions of `RELEASES`."""

    def change(k: MemoryCalibration, factor: float) -> MemoryCalibration:
        changed = [
            replace(release, **{name: getattr(release, name) * factor}) if first <= at <= last else release
            for at, release in enumerate(k.releases)
        ]
        return replace(k, releases=tuple(changed))

    return lambda k: getattr(k.releases[first], name), change


def _of_all(name: str) -> Constant:
    return lambda k: getattr(k, name), lambda k, factor: replace(k, **{name: getattr(k, name) * factor})


FITTED: dict[str, Constant] = {
    "process_gib until 0.16": _of_releases("process_gib", 0, 0),
    "logit_bytes until 0.16": _of_releases("logit_bytes", 0, 0),
    "logit_bytes from 0.17": _of_releases("logit_bytes", 1, 99),
    "vision_unsharded_widths": _of_all("vision_unsharded_widths"),
    "expert_copies": _of_all("expert_copies"),
}
"""What reads each constant that is fitted, and what multiplies it."""


def fit_memory(start_ups: Sequence[StartUp], k: MemoryCalibration = CALIBRATION) -> MemoryCalibration:
    """The constants that leave the smallest squares over the warm starts among `start_ups`."""
    warm = [each for each in start_ups if each.kv_tokens and not each.is_cold]
    for _ in range(ROUNDS):
        left = log_errors(warm, k)
        slopes = np.stack([_slope(warm, k, change) for _, change in FITTED.values()], axis=1)
        seen = np.abs(slopes).max(axis=0) > 0
        moves = np.zeros(len(FITTED))
        moves[seen] = np.linalg.lstsq(slopes[:, seen], -left, rcond=None)[0]
        for (_, change), move in zip(FITTED.values(), np.clip(DAMPED * moves, -0.5, 0.5), strict=True):
            k = change(k, 1 + float(move))
    return k


def _slope(warm: Sequence[StartUp], k: MemoryCalibration, change: Change) -> Floats:
    """Of the errors, by the logarithm of one constant."""
    return (log_errors(warm, change(k, 1 + STEP)) - log_errors(warm, change(k, 1 - STEP))) / (2 * STEP)


def left_out(start_ups: Sequence[StartUp]) -> dict[str, Floats]:
    """For each card, the errors of its warm starts with constants that were fitted without it."""
    cards = sorted({each.deployment.gpu.id for each in start_ups})
    found = {}
    for card in cards:
        kept = [each for each in start_ups if each.deployment.gpu.id != card]
        tried = [each for each in start_ups if each.deployment.gpu.id == card and not each.is_cold]
        found[card] = log_errors(tried, fit_memory(kept))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the constants and the errors."""
    parser = argparse.ArgumentParser(prog="python -m planner.calibrate.memory", description=__doc__)
    parser.add_argument("tables", nargs="+", metavar="STARTUPS.csv", type=Path)
    args = parser.parse_args(arguments)
    directory = directory_of(load_catalog())
    start_ups = [each for path in args.tables for each in read_start_ups(path, directory)[0]]
    k = fit_memory(start_ups)
    lines = [f"{name:<32} {plain(read(k))}" for name, (read, _) in FITTED.items()]
    warm = [each for each in start_ups if not each.is_cold]
    cold = [each for each in start_ups if each.is_cold]
    for name, errors in {
        "warm, as shipped": log_errors(warm),
        "warm, fitted": log_errors(warm, k),
        "cold, fitted": log_errors(cold, k),
        **{f"without {card}": errors for card, errors in left_out(start_ups).items()},
    }.items():
        lines.append(_line(name, errors))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _line(name: str, errors: Floats) -> str:
    if not errors.size:
        return f"{name:<32} none"
    off = np.abs(np.expm1(errors))
    middle, worst = tight_share(float(np.median(off)), 2), tight_share(float(off.max()), 1)
    return f"{name:<32} {errors.size:4} starts, median {middle}, worst {worst}, bias {fixed(float(errors.mean()), 4)}"


if __name__ == "__main__":
    sys.exit(main())
