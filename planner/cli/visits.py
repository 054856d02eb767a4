"""One visitor of `planner serve`: an app in a process of its own, and the packets between it and the browser's socket.

Nothing that a browser sends can do more than type into its own app, and nothing of the app outlives the visit: it leads
a process group of its own, which is told to end and, soon after, is ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

PATIENCE_S = 3.0
"""How long an app may take to end after its visit."""
HURRY_S = 0.5
"""The same once the server ends: all of it has a second."""
READY = b"__GANGLION__\n"
"""What Textual's app in a browser prints before its first packet: a letter, four bytes of length, that many bytes."""


def packet(kind: bytes, content: bytes) -> bytes:
    """As Textual's app in a browser reads it."""
    return kind + len(content).to_bytes(4, "big") + content


def packet_for(message: str) -> bytes:
    """What the app is told of a browser's message; nothing of what cannot be understood."""
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return b""
    match said:
        case ["stdin", str(text), *_]:
            return packet(b"D", text.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}, *_]:
            meta: dict[str, object] = {"type": "resize", "width": int(width), "height": int(height)}
        case ["focus" | "blur" as kind, *_]:
            meta = {"type": kind}
        case _:
            return b""
    return packet(b"M", json.dumps(meta).encode())


class App:
    """The command that visitors are given, each a process of their own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command, self._environment = tuple(command), dict(environment)
        self.ending = asyncio.Event()
        """Set once the server ends."""

    async def attend(self, connection: Any, size: tuple[int, int]) -> tuple[int, str]:
        """Run the app until the visitor, the app or the server ends it; returns the code and reason of the end."""
        shown = {"COLUMNS": str(size[0]), "ROWS": str(size[1])}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, env=self._environment | shown, start_new_session=True
            )
        except OSError as error:
            return 1011, f"the app cannot be started: {error.strerror or error}"
        works = _to_browser(process, connection), _to_app(connection, process), self.ending.wait()
        doing = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in doing:
                one.cancel()
            ends = await asyncio.gather(*doing, return_exceptions=True)
            await self._end(process)
        for problem in ends:
            if isinstance(problem, EOFError):
                return 1011, "the app could not start: see the terminal that planner serve runs in"
            if isinstance(problem, Exception):
                raise problem
        return (1001, "planner serve has ended") if self.ending.is_set() else (1000, "")

    async def _end(self, process: Process) -> None:
        """Tell the app to end, as a terminal that closes would; then nothing of it is left."""
        assert process.stdin is not None
        assert process.stdout is not None
        _signal(process, at_once=False)
        process.stdin.close()
        rest = asyncio.ensure_future(_drained(process.stdout))  # else neither the app nor `wait` may come to an end
        gone, hurry = asyncio.ensure_future(process.wait()), asyncio.ensure_future(self.ending.wait())
        try:
            await asyncio.wait({gone, hurry}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({gone}, timeout=HURRY_S)
        finally:
            _signal(process, at_once=True)
            hurry.cancel()
        await asyncio.wait({gone, rest}, timeout=HURRY_S)


async def _to_browser(process: Process, connection: Any) -> None:
    """What the app draws; returns at its end. Raises `EOFError` if that comes before it has begun."""
    drawn = process.stdout
    assert drawn is not None
    try:
        await drawn.readuntil(READY)
    except asyncio.LimitOverrunError:  # whatever it prints is no app
        raise EOFError from None
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await drawn.readexactly(5)
            content = await drawn.readexactly(int.from_bytes(head[1:], "big"))
            if head[:1] == b"D":
                await connection.send_bytes(content)


async def _to_app(connection: Any, process: Process) -> None:
    """What the visitor types; returns when the browser has gone."""
    told = process.stdin
    assert told is not None
    with suppress(ConnectionError):
        async for message in connection:
            if isinstance(message.data, str):
                told.write(packet_for(message.data))
                await told.drain()


async def _drained(stream: asyncio.StreamReader) -> None:
    while await stream.read(2**16):
        pass


def _signal(process: Process, *, at_once: bool) -> None:
    """To the app and whatever it has started. On Windows the end of its input is what tells it to end."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)
        elif at_once:
            process.kill()
