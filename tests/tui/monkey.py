"""A monkey at the keyboard: seeded random keys, pastes, clicks and resizes, sent the way a terminal sends them."""

from __future__ import annotations

import asyncio
import inspect
import random
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.keys import REPLACED_KEYS
from textual.worker import Worker, WorkerState

from planner.tui.app import PlannerApp

PLACE_KEYS = ("f2", "f3", "f4", "f5", "f6", "f7", "alt+2", "alt+3", "alt+4", "alt+5", "alt+6", "alt+7")
MOVES = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "enter", "escape")
CONTROLS = (*(f"ctrl+{letter}" for letter in "abdefghklnopqrstuvwxyz"), "f1", "f8", "f9", "f10", "alt+z")
EDITS = ("backspace", "delete", "space", "enter", "tab", "ctrl+w", "ctrl+u")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789.,%kM-_[]/\\?:<>=+'\"é€漢𝛼"
PASTES = (
    "6M",
    "1e400",
    "-1",
    "nan",
    "50 %",
    "[red]not markup[/]",
    "two\nlines\tand a tab",
    "x" * 5000,
    "\x00\x1b[31m",
    "漢字 \u202e right to left",
    "9" * 400,
    "0 .. 2 .. 5",
    "",
)
SIZES = ((80, 24), (120, 40), (200, 60), (60, 20), (79, 23), (40, 10), (1, 1), (100, 19), (59, 80), (300, 24))
FROZEN_S = 1.0


class Monkey:
    """Chooses and sends one event after another; the last ones are kept to tell what led to a crash."""

    def __init__(self, app: PlannerApp, seed: int) -> None:
        self._app = app
        self._random = random.Random(seed)
        self.log: deque[str] = deque(maxlen=40)
        self.kinds: list[tuple[int, Callable[[], None]]] = [
            (24, self._move),
            (16, self._type),
            (12, self._place),
            (12, self._control),
            (12, self._click),
            (8, self._edit),
            (6, self._digit),
            (4, self._scroll),
            (4, self._paste),
            (1, self._resize),
        ]

    async def act(self) -> None:
        """One event; now and then the app gets time to finish what it does, mostly it does not."""
        weights = [weight for weight, _ in self.kinds]
        self._random.choices([kind for _, kind in self.kinds], weights)[0]()
        pause = self._random.random()
        await asyncio.sleep(0.05 if pause < 0.01 else 0.005 if pause < 0.2 else 0)

    # -- kinds of events ---------------------------------------------------------------------------------------

    def _key(self, key: str) -> None:
        self.log.append(key)
        self._send(events.Key(REPLACED_KEYS.get(key, key), key if len(key) == 1 else " " if key == "space" else None))

    def _move(self) -> None:
        self._key(self._random.choice(MOVES))

    def _type(self) -> None:
        self._key(self._random.choice(LETTERS))

    def _digit(self) -> None:
        self._key(self._random.choice(DIGITS))

    def _edit(self) -> None:
        self._key(self._random.choice(EDITS))

    def _place(self) -> None:
        self._key(self._random.choice(PLACE_KEYS))

    def _control(self) -> None:
        self._key(self._random.choice(CONTROLS))

    def _paste(self) -> None:
        text = self._random.choice(PASTES)
        self.log.append(f"paste {text[:20]!r}")
        self._send(events.Paste(text))

    def _click(self) -> None:
        x, y = self._somewhere()
        button = self._random.choice((1, 1, 1, 3))
        self.log.append(f"click {x},{y}")
        for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
            pressed = 0 if kind is events.MouseMove else button
            self._send(kind(None, x, y, 0, 0, pressed, False, False, False, x, y))

    def _scroll(self) -> None:
        x, y = self._somewhere()
        kind = self._random.choice((events.MouseScrollDown, events.MouseScrollUp))
        self.log.append(f"{kind.__name__} {x},{y}")
        self._send(kind(None, x, y, 0, 0, 0, False, False, False, x, y))

    def _resize(self) -> None:
        width, height = self._random.choice(SIZES)
        self.log.append(f"resize {width}x{height}")
        size = Size(width, height)
        driver = self._app._driver
        assert isinstance(driver, HeadlessDriver)
        driver._size = size
        self._app.post_message(events.Resize(size, size))

    def _somewhere(self) -> tuple[int, int]:
        width, height = self._app.size
        return self._random.randrange(max(width, 1)), self._random.randrange(max(height, 1))

    def _send(self, event: events.Event) -> None:
        driver = self._app._driver
        assert driver is not None
        driver.process_message(event)


class Heartbeat:
    """Measures how long the message loop was away. A machine that is busy with something else does not count.

    An absence counts as frozen only as far as this process itself used the time.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def beat(self, interval_s: float = 0.02) -> None:
        """Run beside the app until cancelled."""
        while True:
            wall, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(interval_s)
            away = min(time.perf_counter() - wall, time.process_time() - used + interval_s) - interval_s
            self.longest_s = max(self.longest_s, away)


class WatchedApp(PlannerApp):
    """Never exits, and keeps the errors of workers that the app would only have shown."""

    CSS_PATH = str(Path(inspect.getfile(PlannerApp)).with_name("app.tcss"))

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.failures: list[BaseException] = []
        self.exits = 0

    def exit(self, *args: object, **settings: object) -> None:
        self.exits += 1

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        # Work for a dialog that has closed meanwhile may fail: there is nobody left to show it to.
        if event.state is WorkerState.ERROR and event.worker.error is not None and event.worker.node.is_attached:
            self.failures.append(event.worker.error)
