"""How a pilot waits for the app: until nothing is left to do, and not for what is at rest.

Textual's own way posts a callback to every widget of the screen at every key and every pause: four in ten of all the
messages of a test. And it takes an app for idle that uses little of the processor for 20 ms: long on a quiet machine,
and on a busy one, where it gets little, too early.
"""

from __future__ import annotations

import asyncio
from time import monotonic, process_time
from typing import Any

import pytest
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

LOOK_S = 0.005
BUSY_FRACTION = 0.2
"""Of a look, spent by this process: a thread still computes."""
ROUNDS = 3
"""How often those are asked whom the others have given work meanwhile. One is what Textual does; more than a few would
wait for an app that never rests."""


def patiently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every pilot wait so."""
    monkeypatch.setattr(Pilot, "_wait_for_screen", wait_for_screen)
    for user in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{user}.wait_for_idle", wait_for_idle)


async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """In place of Textual's: also, no task of the loop is ready to run."""
    began, ready = monotonic(), asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    while True:
        used = process_time()
        await asyncio.sleep(LOOK_S)
        took = monotonic() - began
        quiet = not ready and process_time() - used < BUSY_FRACTION * LOOK_S
        if took >= max_sleep or (quiet and took > min_sleep):
            return


async def wait_for_screen(pilot: Pilot[object], timeout: float = 30.0) -> bool:
    """In place of `Pilot._wait_for_screen`, with its answers and its error; what is to be painted is painted now."""
    for _ in range(ROUNDS):
        try:
            screen = pilot.app.screen
        except Exception:
            return False
        screen._on_timer_update()
        finished = [
            done
            for pump in (pilot.app, *screen.walk_children(with_self=True))
            if is_at_work(pump) and (done := _called(pump)) is not None
        ]
        if not finished:
            return True
        if not await _all_done(pilot, finished, timeout):
            return False
    return True


def is_at_work(pump: MessagePump) -> bool:
    """Whether it has messages to handle, or is handling one: it is at rest only while it waits for the next."""
    ready: Any = pump._message_queue.ready_event
    return ready.is_set() or not ready._waiters


def _called(pump: MessagePump) -> asyncio.Future[None] | None:
    """Done once the pump has handled what it has now; none if it takes no more."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def call() -> None:
        if not future.done():
            future.set_result(None)

    return future if pump.call_later(call) else None


async def _all_done(pilot: Pilot[object], finished: list[asyncio.Future[None]], timeout: float) -> bool:
    """Whether all are, and the app has not failed before."""
    failed: asyncio.Future[bool] = asyncio.ensure_future(pilot.app._exception_event.wait())
    together = asyncio.ensure_future(asyncio.wait(finished))
    done, pending = await asyncio.wait((failed, together), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if not done:
        raise WaitForScreenTimeout("Timed out while waiting for widgets to process pending messages.")
    return together in done
