"""A plan with ten workloads, and an app on it that tells when something has been painted."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from planner.catalog.load import shipped_catalog
from planner.plan.schema import Plan, WorkloadEntry
from planner.tui import process
from planner.tui.app import PlannerApp
from planner.tui.open_plan.session import Origin

AS_OF = date(2026, 11, 23)
KINDS = ("classification", "extraction", "rag", "summarisation", "customer_text", "coding", "agent", "other")
LIMIT_S = 30.0


def ten_workloads() -> Plan:
    """Ten different kinds of work, 80M tokens a day together."""
    work = tuple(
        WorkloadEntry(
            name=f"work {n}",
            kind=KINDS[n % len(KINDS)],  # type: ignore[arg-type]
            tokens_per_day=(n + 1) * 1.5e6,
            input_tokens=500.0 * (n + 1),
            output_tokens=80.0 + 40 * n,
            latency="background" if n % 3 == 0 else "interactive",
        )
        for n in range(10)
    )
    return Plan(name="Ten workloads", created=AS_OF, workload=work)


class PaintedApp(PlannerApp):
    """Calls `painted` each time the screen has been written."""

    CSS_PATH = str(Path(inspect.getfile(PlannerApp)).with_name("app.tcss"))
    painted: Callable[[], None] = staticmethod(lambda: None)

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        self.painted()


@asynccontextmanager
async def running(folder: Path, place: str = "questions") -> AsyncIterator[tuple[PaintedApp, Pilot[None]]]:
    """The app in a place, with the plan evaluated."""
    process.begin()  # as the command does
    app = PaintedApp(catalog=shipped_catalog(), as_of=AS_OF, profiles_dir=folder, settled=process.settle)
    async with app.run_test(size=(120, 40)) as pilot:
        app.session.open(ten_workloads(), Origin(), "benchmark")
        app.plan_replaced()
        await app.switch_mode(place)
        await until(lambda: app.evaluation is not None and not app.computing)
        await pilot.pause()
        yield app, pilot


async def until(condition: Callable[[], bool]) -> None:
    """Wait. Raises TimeoutError."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > LIMIT_S:
            raise TimeoutError
        await asyncio.sleep(0.01)


def press(app: PlannerApp, key: str) -> None:
    """Send a key the way the terminal's thread does."""
    driver = app._driver
    assert driver is not None
    driver.process_message(events.Key(key, key if len(key) == 1 else None))


async def focused(app: PlannerApp, name: str) -> Input:
    """The field of a question, with the focus."""
    field = app.screen.query_one(f"#{name}", Input)
    field.focus()
    await until(lambda: field.has_focus)
    return field
