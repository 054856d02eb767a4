"""A monkey at the keyboard: seeded random keys, pastes, clicks and resizes, sent the way a terminal sends them."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable

from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.keys import REPLACED_KEYS

from planner.tui.app import PlannerApp

PLACE_KEYS = (*(f"f{n}" for n in range(2, 9)), *(f"alt+{n}" for n in range(2, 9)))
MOVES = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "enter", "escape")
CONTROLS = (*(f"ctrl+{letter}" for letter in "abdefghklnopqrstuvwxyz"), "f1", "f9", "f10", "alt+z")
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
    "\u200b\u200d\u2066\u2069",
    "👩‍👩‍👧‍👦 مرحبا שלום [/] \\[b]",
)
SIZES = ((80, 24), (120, 40), (200, 60), (60, 20), (79, 23), (40, 10), (1, 1), (100, 19), (59, 80), (300, 24))
WORDS = ("open ", "go to", "save", "theme", "undo", "report", "re-price", "quit", "copy", "help", "dark", "zzz")
ERRANDS: tuple[tuple[str, ...], ...] = (
    ("f2", "n", "enter"),
    ("f2", "n", "down", "enter"),
    ("f2", "home", "down", "enter"),
    ("f2", "d", "d", "enter"),
    ("f2", "c"),
    ("f2", "end", "enter"),
    ("f3", "escape", "1", "enter"),
    ("f3", "escape", "1", "c"),
    ("f3", "escape", "1", "d", "d", "d"),
    ("f4", "end", "enter"),
    ("f4", "i", "enter"),
    ("f5", "slash", "c", "o", "s", "t", "<", "9", "9"),
    ("f5", "escape", "escape", "down", "p"),
    ("f6", "o", "down", "enter"),
    ("f7", "7", "down", "right", "right", "p"),
    ("f7", "m", "enter"),
    ("f8", "enter", "5", "enter"),
    ("f8", "down", "f", "f", "f", "x"),
    ("ctrl+s", "enter"),
    ("ctrl+r", "enter"),
    ("i", "down", "enter", "ctrl+g"),
)
"""What people do in one go; sent without a pause, whatever is on screen."""


class Monkey:
    """Chooses and sends one event after another; the last ones are kept to tell what led to a crash."""

    def __init__(self, app: PlannerApp, seed: int) -> None:
        self._app = app
        self._random = random.Random(seed)
        self.log: deque[str] = deque(maxlen=60)
        self.sent = 0
        self.kinds: list[tuple[float, Callable[[], None]]] = [
            (24, self._move),
            (16, self._type),
            (12, self._place),
            (12, self._control),
            (12, self._click),
            (8, self._edit),
            (6, self._digit),
            (4, self._scroll),
            (4, self._paste),
            (4, self._errand),
            (1, self._storm),
            (1, self._palette),
            (1, self._resize),
            (0.3, self._theme),
        ]

    async def act(self) -> None:
        """One event, or a few in one go; now and then the app gets a moment, mostly it does not."""
        weights = [weight for weight, _ in self.kinds]
        self._random.choices([kind for _, kind in self.kinds], weights)[0]()
        self.sent += 1
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

    def _errand(self) -> None:
        for key in self._random.choice(ERRANDS):
            self._key(key)

    def _storm(self) -> None:
        """Undo and redo faster than anything is evaluated."""
        for _ in range(self._random.randrange(5, 40)):
            self._key(self._random.choice(("ctrl+z", "ctrl+z", "ctrl+y")))

    def _palette(self) -> None:
        self._key("ctrl+p")
        for letter in self._random.choice(WORDS):
            self._key("space" if letter == " " else letter)
        self._key("enter")

    def _theme(self) -> None:
        self.log.append("theme")
        self._app.call_later(setattr, self._app, "theme", self._random.choice(sorted(self._app.available_themes)))

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
