"""The process that the app runs in: its heap, its garbage, how its threads take turns, and what asks it to end.

Signals do, and a browser that goes, where one is its terminal. All of it is set by the command that starts the app,
never by the app itself: tests and pictures run many apps in one process.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver
    from textual.message import Message

SWITCH_S = 0.001
"""Interpreter switch interval while the app runs: an evaluation must hand back to the message loop sooner than Python's
5 ms, of which a key would wait several before it is painted."""
M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
MOST_COLUMNS, MOST_ROWS = 400, 200
"""That are drawn for a browser."""
LAST_S = 5.0
"""How long the app may take to end once its browser has gone."""

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGBREAK") if hasattr(signal, name))


def begin() -> None:
    """Before the first paint and the first thread.

    What is imported by now stays: looking over it for garbage would delay the first paint. And glibc would give each
    thread a heap of its own, whose free room the others cannot use: 7 MiB of 112 after a visit to every place.
    """
    gc.freeze()
    gc.enable()  # off since the start of the program, see __main__
    sys.setswitchinterval(SWITCH_S)
    with suppress(AttributeError, OSError, TypeError):  # there is no mallopt elsewhere
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def settle() -> None:
    """Once a place has shown its first result: what is loaded by now stays, and is not looked at again for garbage.

    Otherwise each full round of the collector stops everything for a tenth of a second, several times a minute. What
    computing it took goes back to the system (5 MiB, in 2 ms).
    """
    gc.freeze()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def listen(end: Callable[[int], None]) -> None:
    """Have every signal that asks a program to end call `end` on the running loop, with the exit code for it.

    Asked for twice, before and after the terminal is taken: Textual's driver for browsers brings handlers of its own.
    What whoever started the program has it ignore (nohup) stays ignored.
    """
    loop, had_terminal = asyncio.get_running_loop(), _has_terminal()

    def called(number: int) -> None:
        if had_terminal and not _has_terminal():
            _write_to_nobody()
        end(128 + number)

    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, called, number)
        except NotImplementedError:  # Windows
            signal.signal(number, partial(_pass_on, loop, called))


def _pass_on(loop: asyncio.AbstractEventLoop, called: Callable[[int], None], number: int, frame: object) -> None:
    with suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(called, number)


def _has_terminal() -> bool:
    """False where there is none, or where its window was closed."""
    return sys.__stdin__ is not None and not sys.__stdin__.closed and sys.__stdin__.isatty()


def _write_to_nobody() -> None:
    """Writing to a terminal that is gone is an error, which would stop the app halfway to its end."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    for handle in (1, 2):
        os.dup2(nobody, handle)
    os.close(nobody)


def clamped(width: int, height: int) -> tuple[int, int]:
    """The nearest size that is drawn for a browser."""
    return min(max(width, 1), MOST_COLUMNS), min(max(height, 1), MOST_ROWS)


def web_driver() -> type[Driver]:
    """Textual's own (8.2.8) for an app in a browser, with less trust in what comes in and goes out.

    Textual believes any size, of which one of 999,999 columns takes a gigabyte; and when the server has gone, it stops
    reading and draws on for nobody, until that fails.
    """
    from textual import events
    from textual.drivers.web_driver import WebDriver

    class Cautious(WebDriver):
        def __init__(self, app: App[Any], **settings: Any) -> None:
            super().__init__(app, **settings)
            self._size = clamped(*(self._size or (80, 24)))

        def process_message(self, message: Message) -> None:
            if not isinstance(message, events.Resize):  # a size that was typed: the browser's own come another way
                super().process_message(message)

        def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
            if packet_type == "resize":
                width, height = clamped(int(str(payload["width"])), int(str(payload["height"])))
                payload = {**payload, "width": width, "height": height}
            super().on_meta(packet_type, payload)

        def write(self, data: str) -> None:
            with suppress(OSError):
                super().write(data)

        def write_meta(self, data: dict[str, object]) -> None:
            with suppress(OSError):
                super().write_meta(data)

        def run_input_thread(self) -> None:
            super().run_input_thread()
            if not self.exit_event.is_set():
                _end_soon(self._app)

    return Cautious


def _end_soon(app: App[Any]) -> None:
    """As when a terminal closes."""
    last = Timer(LAST_S, os._exit, (1,))
    last.daemon = True
    last.start()
    if sys.platform == "win32":
        app.call_later(app.exit)
    else:
        signal.raise_signal(signal.SIGTERM)
