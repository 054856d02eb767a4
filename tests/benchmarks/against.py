"""What this tree takes against another revision: medians of alternating runs, with the ratio that was aimed at.

The two sides take turns, so that a machine that grows slower or busier does so for both.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.benchmarks.sides import ROOT, Side, both, described

PLAN = "claude-8k-a-month"
REPORT = ("report", PLAN, "--format", "json")

T = TypeVar("T")
Sides = tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of both sides."""

    what: str
    unit: str
    there: Sequence[float]
    here: Sequence[float]
    target: float | None = None
    """At most this ratio of here to there."""
    limit: float | None = None
    """At most this value here, where the target does not depend on there."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.here) / statistics.median(self.there)

    def __str__(self) -> str:
        there, here = (
            f"{statistics.median(runs):,.{_digits(self.unit)}f} {self.unit}" for runs in (self.there, self.here)
        )
        return f"{self.what:<38}{there:>12}{here:>12}{self.ratio:>8.2f}x  {self._aim():<20}{os.getloadavg()[0]:>5.1f}"

    def _aim(self) -> str:
        if self.target is not None:
            return f"{self.target:.2f}x {'met' if self.ratio <= self.target else 'missed'}"
        if self.limit is not None:
            met = statistics.median(self.here) <= self.limit
            return f"{self.limit:.2f} {self.unit} {'met' if met else 'missed'}"
        return ""


HEAD = f"{'':<38}{'there':>12}{'here':>12}{'ratio':>9}  {'target':<20}{'load':>5}"


def _digits(unit: str) -> int:
    return {"x bare": 2, "s": 1}.get(unit, 0)


def main(revision: str, parts: Sequence[str]) -> None:
    """Print the parts, one row as soon as it is known. Without names, all but the suite, which takes minutes."""
    print(
        f"there {revision}, here {described()}; Python {sys.version.split()[0]}, {os.cpu_count()} cores\n{HEAD}",
        flush=True,
    )
    try:
        with both(revision) as sides:
            for part in parts or [name for name in PARTS if name != "suite"]:
                for row in PARTS[part](sides):
                    print(row, flush=True)
    except KeyboardInterrupt:
        sys.exit("interrupted; nothing is left behind")


def alternating(sides: Sides, runs: int, measure: Callable[[Side], T], warm_up: bool = True) -> tuple[list[T], list[T]]:
    """Both sides measured in turns, the first turn changing sides, after one run of each that does not count."""
    found: tuple[list[T], list[T]] = ([], [])
    for side in sides if warm_up else ():
        measure(side)
    for run in range(runs):
        for index in (0, 1) if run % 2 == 0 else (1, 0):
            found[index].append(measure(sides[index]))
    return found


def commands(sides: Sides, runs: int = 9) -> Iterator[Row]:
    """Whole processes."""
    size = ("size", "llama-3.3-70b", "h100", "--weights", "awq")
    for arguments, target in ((("--help",), None), (size, 0.5), (REPORT, 0.5)):
        took = alternating(sides, runs, lambda side: _wall_s(side, side.planner(*arguments)) * 1e3)  # noqa: B023 - used up at once
        yield Row(f"planner {' '.join(arguments[:2])}", "ms", *took, target=target)


def _wall_s(side: Side, command: Sequence[str], folder: Path | None = None) -> float:
    started = time.perf_counter()
    side.output(command, folder)
    return time.perf_counter() - started


def engine(sides: Sides, runs: int = 5) -> Iterator[Row]:
    """CPU time of an evaluation, in a process of each side that evaluates several times."""
    script = str(Path(__file__).with_name("evaluation.py"))

    def measure(side: Side) -> dict[str, float]:
        plan = side.tree / "profiles" / f"{PLAN}.toml"
        took: dict[str, float] = json.loads(side.output([str(side.python), "-P", script, str(plan)]))
        return took

    there, here = alternating(sides, runs, measure, warm_up=False)
    for label in there[0]:
        target = 0.5 if label.startswith("10,000") else None
        yield Row(f"evaluate, {label}", "ms", [run[label] for run in there], [run[label] for run in here], target)


def keys(sides: Sides, runs: int = 5) -> Iterator[Row]:
    """From key to paint with ten workloads, by each tree's own benchmark, which knows its own screens."""

    def measure(side: Side) -> float:
        printed = side.output([str(side.python), "-m", "tests.benchmarks", "keys"], side.tree)
        found = re.search(r"key to paint, p95 +([\d,.]+) ms", printed)
        return float(found[1].replace(",", "")) if found else sys.exit(f"{side.name}: no p95 in\n{printed}")

    yield Row("key to paint, p95", "ms", *alternating(sides, runs, measure, warm_up=False), target=0.6)


def paint(sides: Sides, runs: int = 15) -> Iterator[Row]:
    """First paint of the app and of a bare Textual app with as many widgets, which take turns as well."""

    def measure(side: Side) -> tuple[float, float]:
        ours = _first_paint_ms(side, side.home, "Should we self-host", side.planner())
        return ours, _first_paint_ms(side, side.tree, "bare welcome", [str(side.python), "-m", "tests.benchmarks.bare"])

    there, here = alternating(sides, runs, measure)
    yield Row("first paint", "ms", [ours for ours, _ in there], [ours for ours, _ in here])
    yield Row("first paint of a bare app", "ms", [bare for _, bare in there], [bare for _, bare in here])
    ratio_there, ratio_here = ([ours / bare for ours, bare in turns] for turns in (there, here))
    yield Row("first paint", "x bare", ratio_there, ratio_here, limit=1.15)


def _first_paint_ms(side: Side, folder: Path, text: str, command: Sequence[str]) -> float:
    timer = [sys.executable, "-m", "tests.benchmarks.terminal", str(folder), text]
    return float(side.output([*timer, *command], ROOT)) * 1e3


PLACES_AT_FIRST = 6
"""In trees from before each place had a folder."""


def memory(sides: Sides, runs: int = 3) -> Iterator[Row]:
    """Peak memory of the app, which opens a plan and goes to every place, and of a report."""

    def visited_mib(side: Side) -> float:
        places = len(list((side.tree / "planner" / "tui" / "screens").glob("*/screen.py"))) or PLACES_AT_FIRST
        return _peak_mib(side, [str(side.tree / "profiles" / f"{PLAN}.toml")], f"--visit={places}")

    app = alternating(sides, runs, visited_mib)
    yield Row("peak memory, app", "MiB", *app, target=0.85)
    report = alternating(sides, runs, lambda side: _peak_mib(side, REPORT))
    yield Row("peak memory, report", "MiB", *report)


def _peak_mib(side: Side, arguments: Sequence[str], *options: str) -> float:
    own = [sys.executable, "-m", "tests.benchmarks.peak", *options, str(side.home)]
    return float(side.output([*own, *side.planner(*arguments)], ROOT))


def suite(sides: Sides, runs: int = 1) -> Iterator[Row]:
    """The whole test suite of each tree."""
    command = ("-m", "pytest", "-q", "-n", "auto")
    took = alternating(sides, runs, lambda side: _wall_s(side, [str(side.python), *command], side.tree), warm_up=False)
    yield Row("test suite", "s", *took, target=0.8)


PARTS: dict[str, Callable[[Sides], Iterator[Row]]] = {
    "commands": commands,
    "engine": engine,
    "keys": keys,
    "paint": paint,
    "memory": memory,
    "suite": suite,
}
