"""How often the app paints while a file is read beside it, and how soon a reader that nobody waits for stops.

`python -m tests.benchmarks.painting FILE duckdb|standard` prints the longest and the 99th percentile of the gaps
between two paints in milliseconds, the same two where nothing is read, and the seconds from Escape to the end of the
thread. Something on the screen changes every 10 ms.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from textual.widgets import Static

from planner.catalog.load import shipped_catalog
from planner.evidence.understand import Asking, understand
from planner.evidence.usage import streams
from planner.evidence.usage.streams import Watch
from planner.tui.app import PlannerApp
from planner.tui.dialogs.working import Progress, WorkingDialog

WATCHED_S = 6.0
TICK_S = 0.01
CANCELLED_AFTER_S = 0.5
IDLE_S = 2.0
DAY = date(2026, 11, 23)


class Timed:
    """Reads as the app does (`flows/evidence.py`), and notes when it begins and ends."""

    def __init__(self, path: Path) -> None:
        self._path, self.began_s, self.ended_s = path, 0.0, 0.0
        self._catalog = shipped_catalog()

    def __call__(self, progress: Progress) -> None:
        self.began_s = time.perf_counter()
        try:
            watch = Watch(cancelled=lambda: progress.cancelled)
            understand(self._path, Asking(catalog=self._catalog, day=DAY, watch=watch))
        finally:
            self.ended_s = time.perf_counter()


def noted(app: PlannerApp) -> list[float]:
    """When it paints, from now on."""
    paints: list[float] = []
    display = app._display

    def painted(*given: Any) -> None:
        display(*given)
        paints.append(time.perf_counter())

    app._display = painted  # type: ignore[method-assign,assignment]
    return paints


def gaps_of(paints: list[float]) -> list[float]:
    """In milliseconds, in order of their length."""
    return sorted(1e3 * (after - before) for before, after in pairwise(paints))


def ticking(app: PlannerApp) -> None:
    """Something changes in the dialog on screen."""
    for line in app.screen.query("#title").results(Static):
        line.update(f"Reading {time.perf_counter()}")


async def watched(path: Path, folder: Path) -> tuple[list[float], list[float], float]:
    """Gaps between paints in milliseconds, first those of a thread that does nothing; seconds from Escape to the end of
    the thread."""
    app, work, again = PlannerApp(catalog=shipped_catalog(), as_of=DAY, profiles_dir=folder), Timed(path), Timed(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.set_interval(TICK_S, lambda: ticking(app))
        paints = noted(app)
        app.push_screen(WorkingDialog("Reading", path.name, lambda progress: time.sleep(IDLE_S)))
        await asyncio.sleep(IDLE_S)
        idle = gaps_of(paints)
        await pilot.press("escape")
        app.push_screen(WorkingDialog("Reading", path.name, work))
        await asyncio.sleep(10 * TICK_S)
        paints.clear()
        until = time.perf_counter() + WATCHED_S
        while time.perf_counter() < until and not work.ended_s:
            await asyncio.sleep(TICK_S)
        gaps = gaps_of(paints)
        await pilot.press("escape")
        app.push_screen(WorkingDialog("Reading", path.name, again))
        await asyncio.sleep(CANCELLED_AFTER_S)
        left = time.perf_counter()
        await pilot.press("escape")
        while not (again.ended_s and work.ended_s):
            await asyncio.sleep(TICK_S)
    return idle, gaps, max(0.0, again.ended_s - left)


def main(arguments: list[str]) -> None:
    if arguments[1] == "standard":
        streams.LARGE_BYTES = 10**15  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        idle, gaps, cancel_s = asyncio.run(watched(Path(arguments[0]), Path(folder)))
    shown = [f"{found[-1]:.1f} {found[int(0.99 * (len(found) - 1))]:.1f}" for found in (gaps, idle)]
    print(*shown, f"{cancel_s:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
