"""Prints what the promises about speed come to on this machine: all of it, or the parts that are named."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tests.benchmarks import against, keystrokes, scaling
from tests.benchmarks.imports import imports
from tests.benchmarks.terminal import first_paint_s

PYTHON = sys.executable
PLAN = "claude-8k-a-month"
AS_OF = date(2026, 11, 23)


def wall_ms(command: Sequence[str], runs: int = 9) -> float:
    """Median wall time of a command."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def cpu_ms(call: Callable[[], object], runs: int = 7) -> float:
    """Smallest CPU time of a call in this process, after one warm-up."""
    call()
    times = []
    for _ in range(runs):
        started = time.process_time()
        call()
        times.append((time.process_time() - started) * 1e3)
    return min(times)


def commands() -> None:
    """Start-up of the commands."""
    with byte_code():
        bare = wall_ms([PYTHON, "-c", "pass"])
        for label, arguments in (
            ("--help", ["--help"]),
            ("report (text)", ["report", PLAN]),
            ("report (json)", ["report", PLAN, "--format", "json"]),
            ("size", ["size", "--model", "llama-3.3-70b", "--gpu", "h100", "--weights", "awq"]),
        ):
            wall_ms([PYTHON, "-m", "planner", *arguments], runs=1)
            took = wall_ms([PYTHON, "-m", "planner", *arguments], runs=5)
            print(f"planner {label:<16} {took:7.0f} ms   {took / bare:5.1f} x `python -c pass` ({bare:.0f} ms)")


def paint(runs: int = 9) -> None:
    """First paint of the app against a bare app with the same widgets, in turn; byte code is there, as installed."""
    programs = {
        "ours": ([PYTHON, "-m", "planner"], b"Should we self-host"),
        "bare": ([PYTHON, "-m", "tests.benchmarks.bare"], b"bare welcome"),
    }
    with byte_code(), folder():
        for command, text in programs.values():
            first_paint_s(command, text)
        took: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(runs):
            for name, (command, text) in programs.items():
                took[name].append(first_paint_s(command, text))
    a, b = statistics.median(took["ours"]), statistics.median(took["bare"])
    best = min(took["ours"]) / min(took["bare"])
    print(
        f"first paint              {a * 1e3:7.0f} ms   {a / b:5.2f} x a bare Textual app ({b * 1e3:.0f} ms); "
        f"best of each {best:.2f} x; load {os.getloadavg()[0]:.1f}"
    )


def engine() -> None:
    """CPU time of the engine on the "$8k a month" plan."""
    from planner.catalog.load import load_catalog, shipped_catalog
    from planner.evaluate import evaluate
    from planner.plan.inputs import to_inputs
    from planner.plan.places import examples_dir
    from planner.plan.prices import overlaid_catalog
    from planner.plan.store import load

    plan = load(Path(examples_dir()) / f"{PLAN}.toml").plan
    catalog = overlaid_catalog(shipped_catalog(), plan)
    inputs = to_inputs(plan)
    considered = evaluate(inputs, catalog, AS_OF).options_considered
    print(f"catalogue load           {cpu_ms(load_catalog, 3):7.0f} ms CPU")
    for label, draws in (("without risk", 0), ("10,000 draws", 10_000)):
        took = cpu_ms(lambda draws=draws: evaluate(inputs, catalog, AS_OF, draws))  # type: ignore[misc]
        print(f"evaluate, {label:<14} {took:7.0f} ms CPU, {considered:,} candidates")
    for edited, took in scaling.by_edit(inputs, catalog, AS_OF):
        print(f"evaluate, other {edited:<8} {took:7.0f} ms CPU")
    for count, took in scaling.by_workloads(inputs, catalog, AS_OF):
        print(f"evaluate, {count:>2} workloads   {took:7.0f} ms CPU, {took / count:.1f} ms each")
    for count, took in scaling.by_candidates(inputs, catalog, AS_OF):
        print(f"evaluate, {count:>6,} rows     {took:7.0f} ms CPU, {took / count * 1e3:.1f} us each")


def keys() -> None:
    """From key to paint while ten workloads recompute on every key, and keys lost."""
    with folder() as plans:
        took = asyncio.run(keystrokes.key_to_paint_ms(plans))
        print(
            f"key to paint, p95        {keystrokes.percentile(took, 0.95):7.1f} ms   "
            f"median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms, {len(took)} keys"
        )
        print(f"letters lost             {asyncio.run(keystrokes.keys_lost(plans)):7} of 1,000")


def memory(edits: int = 10_000) -> None:
    """Resident memory over many edits."""
    with folder() as plans:
        sizes = asyncio.run(keystrokes.memory_mib(plans, edits))
    shown = " ".join(f"{size:.0f}" for size in sizes)
    print(f"memory after each 1,000 edits: {shown} MiB; last half {sizes[-1] - sizes[len(sizes) // 2]:+.1f} MiB")


@contextmanager
def byte_code() -> Iterator[None]:
    """Compiled modules in a folder of their own, whatever the surroundings say about writing them."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        os.environ["PYTHONPYCACHEPREFIX"] = name
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def folder() -> Iterator[Path]:
    """Plans and drafts of the benchmark's own."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["PLANNER_STATE"] = name
        yield Path(name)


PARTS: dict[str, Callable[[], None]] = {
    "commands": commands,
    "paint": paint,
    "engine": engine,
    "keys": keys,
    "memory": memory,
    "imports": imports,
}


def main(arguments: Sequence[str]) -> None:
    """The named parts, or all of them; with `--against`, those of both trees."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; with --against also suite")
    parser.add_argument("--against", metavar="REV", help="compare with a git revision: medians of alternating runs")
    given = parser.parse_args(arguments)
    parts: Mapping[str, object] = against.PARTS if given.against else PARTS
    if unknown := set(given.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    if given.against:
        against.main(given.against, given.parts)
    else:
        for name in given.parts or PARTS:
            PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
