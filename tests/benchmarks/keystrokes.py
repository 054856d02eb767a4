"""Typing while the plan recomputes: time from key to paint, keys lost, memory over many edits."""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import time
from pathlib import Path

from textual.widgets import Input

from planner.plan.edit import set_value
from tests.benchmarks.ten_workloads import PaintedApp, focused, press, running, until

GROWTH, FIRST_NAME = "volume-growth-per-month", "workload-0-name"
LINE = 100
"""A name has at most 200 characters."""


async def key_to_paint_ms(folder: Path, keys: int = 120, gap_s: float = 0.09) -> list[float]:
    """Milliseconds from each key to the paint that shows it; every key changes the plan and starts an evaluation."""
    async with running(folder) as (app, _):
        field = await focused(app, GROWTH)
        field.value = ""
        await asyncio.sleep(0.2)
        return [await _one_key(app, field, number, gap_s) for number in range(keys)]


async def _one_key(app: PaintedApp, field: Input, number: int, gap_s: float) -> float:
    """Digits forward, backspaces back: the field stays short and valid."""
    before = field.value
    shown = asyncio.Event()

    def painted() -> None:
        if field.value != before:
            shown.set()

    app.painted = painted
    started = time.perf_counter()
    press(app, "backspace" if len(before) >= 3 else str(1 + number % 8))
    await asyncio.wait_for(shown.wait(), 10)
    took = (time.perf_counter() - started) * 1e3
    await asyncio.sleep(gap_s)
    return took


async def keys_lost(folder: Path, keys: int = 1000, seed: int = 7) -> int:
    """How many characters are missing or wrong after random typing at random speed, in the field and in the plan.

    Only letters: a bare Textual `Input` itself handles cursor keys after letters that were sent in the same instant.
    """
    chance = random.Random(seed)
    wrong = 0
    async with running(folder) as (app, _):
        app.screen.workload = 0  # type: ignore[attr-defined]
        await until(lambda: bool(app.screen.query(f"#{FIRST_NAME}")))
        field = await focused(app, FIRST_NAME)
        for _ in range(keys // LINE):
            wrong += await _line_lost(app, field, chance)
    return wrong


async def _line_lost(app: PaintedApp, field: Input, chance: random.Random) -> int:
    """Type one line over what is selected, wait until the plan has it, and compare."""
    field.select_all()
    await asyncio.sleep(0.1)
    text = "".join(chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789", k=LINE))
    for letter in text:
        press(app, letter)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() * 0.04)
    await asyncio.sleep(0.3)
    await until(lambda: not app.computing)
    assert app.plan is not None
    return max(_differences(field.value, text), _differences(app.plan.workload[0].name, text))


def _differences(found: str, expected: str) -> int:
    return sum(a != b for a, b in zip(found, expected, strict=False)) + abs(len(found) - len(expected))


async def memory_mib(folder: Path, edits: int = 10_000, step: int = 1_000) -> list[float]:
    """Resident MiB after each thousand of edits that are evaluated and drawn as time allows."""
    sizes = []
    async with running(folder) as (app, _):
        for number in range(1, edits + 1):
            assert app.plan is not None
            app.update_plan(set_value(app.plan, ("workload", 0, "tokens_per_day"), 1e6 + number), f"edit {number}")
            await asyncio.sleep(0.002)
            if number % step == 0:
                await until(lambda: not app.computing)
                sizes.append(resident_mib())
    return sizes


def resident_mib() -> float:
    """Now, where the system tells; the peak elsewhere."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
