"""An attack on `planner serve` over loopback, by whoever may open a connection to it: `python -m tests.campaign.serve`.

A door may only be opened with the token, to a request that calls the server by its name and comes from no other site.
Behind the door nothing a browser sends may do more than end its own visit. Every attack is one line of the table: what
was tried, what came of it, and whether that is refused or harmless. Nothing here leaves loopback.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.campaign.served import UPGRADE, Served, ask, gone, memory_mib, request, running, served
from tests.cli.pseudo_terminal import PATIENCE_S

MOST_MIB = 400.0
"""Of an app whose window is as large as windows get."""
QUIET_S = 30.0


@dataclass(frozen=True)
class Outcome:
    """One line of the table."""

    kind: str
    tried: str
    came: str
    well: bool


@dataclass(frozen=True)
class Attack:
    """Raw bytes, and the answers that are a refusal or do no harm; 0 is a connection closed without a word."""

    kind: str
    tried: str
    raw: bytes
    expected: tuple[int, ...]

    async def on(self, site: Served) -> Outcome:
        answer = await ask(site.port, self.raw)
        leaks = site.token in answer.text and site.token.encode() not in self.raw
        came = f"{answer.status}{' with the token in it' if leaks else ''}"
        return Outcome(self.kind, self.tried, came, answer.status in self.expected and not leaks)


def without_token(site: Served) -> Iterator[Attack]:
    token, host = site.token, site.host
    other = "x" * len(token)
    paths = {
        "none": "/",
        "none, the socket": "/ws",
        "none, a file": "/static/textual.js",
        "a wrong one of the same length": f"/{other}/",
        "half of it": f"/{token[:16]}/",
        "one letter more": f"/{token}x/",
        "other letter case": f"/{token.swapcase()}/",
        "as a query": f"/?token={token}",
        "behind another part": f"/static/{token}/",
        "behind two slashes": f"//{token}/",
        "a step up to it": f"/x/../{token}/",
        "its first letter escaped": f"/%{ord(token[0]):02x}{token[1:]}/",
        "with an escaped slash": f"/{token}%2fws",
        "with a semicolon": f"/{token};x/",
        "letters beyond ASCII": "/größe/",
        "a very long path": f"/{'x' * 7000}",
    }
    for tried, path in paths.items():
        yield Attack("token", tried, request(path, host), (400, 403))
    yield Attack("token", "as a cookie", request("/", host, headers={"Cookie": f"token={token}"}), (403,))
    bearer = {"Authorization": f"Bearer {token}"}
    yield Attack("token", "as a header", request("/", host, headers=bearer), (403,))
    upgrade = request(f"/{other}/ws", host, headers=UPGRADE)
    yield Attack("token", "a wrong one, to open the socket", upgrade, (403,))


def by_another_name(site: Served) -> Iterator[Attack]:
    port, page = site.port, f"/{site.token}/"
    names = (
        f"evil.example:{port}",
        "evil.example",
        f"127.0.0.1.evil.example:{port}",
        f"localhost.evil.example:{port}",
        f"localhost.localdomain:{port}",
        f"127.0.0.1@evil.example:{port}",
        f"evil.example:{port}#127.0.0.1",
        f"127.0.0.1:{port} evil.example",
        f"127.0.0.1:{port + 1}",
        "127.0.0.1",
        f"127.0.0.1:{port}{port}{port}",
        f"127.0.0.1:-{port}",
        f"127.0.0.2:{port}",
        f"0.0.0.0:{port}",
        f"169.254.169.254:{port}",
        f"[::ffff:8.8.8.8]:{port}",
        f"[::1:{port}",
        f"[evil.example]:{port}",
        f"127.0.0.1..:{port}",
        f"ⅼocalhost:{port}",
        "",
    )
    for name in names:
        yield Attack("host", repr(name), request(page, name), (400, 403))
    yield Attack("host", "none", f"GET {page} HTTP/1.1\r\nConnection: close\r\n\r\n".encode(), (400, 403))
    for first, second in ((site.host, "evil.example"), ("evil.example", site.host)):
        raw = f"GET {page} HTTP/1.1\r\nHost: {first}\r\nHost: {second}\r\nConnection: close\r\n\r\n"
        yield Attack("host", f"two, {first.split(':')[0]} first", raw.encode(), (400, 403))


def by_its_name(site: Served) -> Iterator[Attack]:
    port, page = site.port, f"/{site.token}/"
    short = ("127.1", "127.0.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1")
    names = (
        "127.0.0.1",
        "localhost",
        "LocalHost",
        "localhost.",
        *short,
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::FFFF:127.0.0.1]",
    )
    for name in names:
        yield Attack("its name", name, request(page, f"{name}:{port}"), (200,))


def from_another_page(site: Served) -> Iterator[Attack]:
    host, port = site.host, site.port
    origins = (
        "https://evil.example",
        f"http://evil.example:{port}",
        "null",
        "",
        "file://",
        f"https://{host}",
        f"http://127.0.0.1:{port + 1}",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"http://{host}.evil.example",
        f"http://{host}@evil.example",
        f"http://{host}/",
        f"http://{host} http://evil.example",
        f"chrome-extension://{host}",
    )
    for origin in origins:
        headers = {"Origin": origin}
        yield Attack("origin", f"page, {origin!r}", request(f"/{site.token}/", host, headers=headers), (403,))
        raw = request(f"/{site.token}/ws", host, headers=UPGRADE | headers)
        yield Attack("origin", f"socket, {origin!r}", raw, (403,))


def for_other_files(site: Served) -> Iterator[Attack]:
    root = f"/{site.token}"
    paths = (
        "/static/",
        "/static",
        "/static/../static/textual.js",
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/server.py",
        "/static/..%2f..%2fserver.py",
        "/static/..%5c..%5cserver.py",
        "/static/..\\server.py",
        "/static/%2fetc%2fpasswd",
        "/static//etc/passwd",
        "/static/textual.js/../../server.py",
        "/static/textual.js%00.html",
        "/static/js/textual.js",
        "/static/textual.js.map",
        "/static/page.html",
        "/download/x",
        "/../",
        "/plans/",
        "/.git/config",
    )
    for path in paths:
        yield Attack("files", path, request(f"{root}{path}", site.host), (400, 403, 404))
    index = request(f"http://evil.example{root}/", "evil.example")
    yield Attack("files", "another server's, as by a proxy", index, (400, 403))


def by_odd_requests(site: Served) -> Iterator[Attack]:
    page, host = f"/{site.token}/", site.host
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        yield Attack("method", method, request(page, host, method), (405, 400))
        yield Attack("method", f"{method} without the token", request("/", host, method), (403, 400))
    yield Attack("method", "HEAD", request(page, host, "HEAD"), (200,))
    yield Attack("method", "CONNECT", request("evil.example:443", host, "CONNECT"), (400, 403, 404, 405))
    yield Attack("method", "none that exists", request(page, host, "BREW"), (400, 405))
    good = request(page, host)[:-2]
    oddities = {
        "an endless header": good + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        "5,000 headers": good + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        "a header without a colon": good + b"X\r\n\r\n",
        "a control character in a header": good + b"X: \x00\x1b[31m\r\n\r\n",
        "a folded header": good + b"X: y\r\n  z\r\n\r\n",
        "two lengths": good + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "length and chunks": good + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a length below zero": good + b"Content-Length: -1\r\n\r\n",
        "a body of 2 MB": good + b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
        "a promise of a body": good + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        "HTTP/0.9": b"GET /\r\n\r\n",
        "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": bytes.fromhex("160301002e0100002a0303") + bytes(40),
        "zeros": bytes(1000) + b"\r\n\r\n",
        "letters": b"x" * 20_000 + b"\r\n\r\n",
    }
    for tried, raw in oddities.items():
        yield Attack("request", tried, raw, (0, 100, 200, 400, 403, 405, 413, 417, 431, 505))


def by_odd_sockets(site: Served) -> Iterator[Attack]:
    path, host = f"/{site.token}/ws", site.host
    yield Attack("socket", "a plain GET", request(path, host), (400, 426))
    yield Attack("socket", "HEAD", request(path, host, "HEAD"), (400, 426))
    yield Attack("socket", "POST", request(path, host, "POST", UPGRADE), (400, 405))
    for missing in UPGRADE:
        headers = {name: value for name, value in UPGRADE.items() if name != missing}
        yield Attack("socket", f"without {missing}", request(path, host, headers=headers), (400, 426))
    for name, value in (("Sec-WebSocket-Version", "6"), ("Sec-WebSocket-Key", "short"), ("Upgrade", "h2c")):
        raw = request(path, host, headers=UPGRADE | {name: value})
        yield Attack("socket", f"{name}: {value}", raw, (400, 426))


ATTACKS: tuple[Callable[[Served], Iterator[Attack]], ...] = (
    without_token,
    by_another_name,
    by_its_name,
    from_another_page,
    for_other_files,
    by_odd_requests,
    by_odd_sockets,
)


async def knocked(site: Served) -> AsyncIterator[Outcome]:
    """All that needs no visit."""
    for attacks in ATTACKS:
        for attack in attacks(site):
            yield await attack.on(site)


TEXT, PING, LAST, MASKED = 0x1, 0x9, 0x80, 0x80


def frame(content: bytes, *, kind: int = TEXT | LAST, mask: int = MASKED, length: int | None = None) -> bytes:
    """One frame of a web socket, masked by zeros; `length`: what it says it is, where that is not so."""
    size = len(content) if length is None else length
    return bytes([kind, mask | 127]) + size.to_bytes(8, "big") + (bytes(4) if mask else b"") + content


FRAMES = {
    "not masked": frame(b"[]", mask=0),
    "with reserved bits": frame(b"[]", kind=TEXT | LAST | 0x70),
    "of a kind that is none": frame(b"[]", kind=0x7 | LAST),
    "no UTF-8": frame(b"\xff\xfe\xc0\x80"),
    "as long as a disk": frame(b"[", length=2**62),
    "a length below zero": frame(b"[", length=2**64 - 1),
    "a ping longer than allowed": frame(b"x" * 1000, kind=PING | LAST),
    "10,000 pings": frame(b"x", kind=PING | LAST) * 10_000,
    "10,000 parts of one message": frame(b"x", kind=TEXT) + frame(b"x" * 100, kind=0) * 10_000,
    "a part of nothing": frame(b"[]", kind=LAST),
    "an end and more": frame(b"\x03\xe8", kind=0x8 | LAST) + frame(b"[]"),
    "HTTP": request("/", "127.0.0.1"),
}


async def mangled(site: Served) -> AsyncIterator[Outcome]:
    """Frames that no browser sends; the connection is then dropped without a word."""
    upgrade = request(f"/{site.token}/ws", site.host, headers=UPGRADE)
    for tried, raw in FRAMES.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(upgrade)
        async with asyncio.timeout(QUIET_S):
            accepted = (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            with suppress(ConnectionError):
                writer.write(raw)
                await reader.read(2**16)
        writer.transport.abort()
        waited = await gone(site.apps())
        page = await ask(site.port, request(f"/{site.token}/", site.host))
        came = f"the app is gone {waited:.1f} s later, the page there"
        yield Outcome("frame", tried, came, accepted and page.status == 200)


Message = str | bytes

SIZES = (
    "width=999999&height=999999",
    "width=1000000000000000000000&height=1",
    "width=-5&height=-5",
    "width=0&height=0",
    "width=abc&height=NaN",
    "width=1e9&height=0x10",
    "width=&height=",
    "width=80;999999&height=24",
    f"width={'9' * 5000}&height=24",
    "",
)
RESIZES = (
    '["resize", {"width": 999999, "height": 999999}]',
    '["resize", {"width": -1, "height": 0}]',
    '["resize", {"width": "999999", "height": "24"}]',
    '["resize", {"width": 1e9, "height": 2.5}]',
    '["resize", {"width": null, "height": []}]',
    '["resize", {"width": true, "height": false}]',
    '["resize", {"width": 80}]',
    '["resize", [80, 24]]',
    f'["resize", {{"width": {10**300}, "height": {10**300}}}]',
)
TYPED = (
    ("a size as terminals report it", "\x1b[48;99999;999999;0;0t"),
    ("a click far outside", "\x1b[<0;99999;99999M\x1b[<0;99999;99999m"),
    ("a click at no place", "\x1b[<0;0;0M\x1b[<0;-1;-1m"),
    ("half a sequence", "\x1b["),
    ("sequences without end", "\x1b[" + "1;" * 10_000),
    ("control characters", "".join(map(chr, range(32))).replace("\x11", "")),
    ("half a character", "\ud800\udfff\ud800"),
    ("a long paste", f"\x1b[200~{'x' * 100_000}\x1b[201~"),
)
GARBAGE: Sequence[tuple[str, Message]] = (
    ("nothing", ""),
    ("no JSON", "{{{"),
    ("a number", "5"),
    ("a table", '{"type": "quit"}'),
    ("an empty list", "[]"),
    ("a kind alone", '["stdin"]'),
    ("a kind that is none", '["quit"]'),
    ("a kind that is a list", '[["stdin"], "x"]'),
    ("a number to type", '["stdin", 5]'),
    ("what only the server says", '["deliver_chunk_request", {"key": "x", "size": 1}]'),
    ("more than asked for", '["focus", 1, 2, {"type": "quit"}]'),
    ("lists in lists", "[" * 50_000),
    ("a number of many digits", f'["resize", {{"width": {"9" * 5000}, "height": 1}}]'),
    ("no number", '["resize", {"width": NaN, "height": Infinity}]'),
    ("a ping of 100 kB", json.dumps(["ping", "x" * 100_000])),
    ("bytes", b"\x00\xff" * 1000),
    ("bytes as the app's own packets", b"M\x00\x00\x00\x02{}"),
    ("more than a message may hold", json.dumps(["stdin", "x" * 300_000])),
)


ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")


class Visit:
    """One browser, as far as the server can tell."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self.closed_with: int | None = None
        self.said = b""

    async def __aenter__(self) -> Visit:
        self._socket = await self._session.ws_connect(self._url, max_msg_size=0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def drawn(self, least: int = 1) -> bool:
        """Wait for that many bytes from the app; False where the server closes instead."""
        had = len(self.said)
        async with asyncio.timeout(QUIET_S):
            while len(self.said) - had < least:
                message = await self._socket.receive()
                if message.type is not aiohttp.WSMsgType.BINARY:
                    self.closed_with = self._socket.close_code
                    return False
                self.said += message.data
        return True

    async def shows(self, text: str) -> None:
        """Wait until the app has drawn these words."""
        async with asyncio.timeout(PATIENCE_S):  # a cursor that blinks is drawn for ever
            while text not in ESCAPES.sub(b"", self.said).decode("utf-8", "replace"):
                assert await self.drawn(), f"never drawn: {text}"

    async def send(self, message: Message) -> None:
        await (self._socket.send_bytes(message) if isinstance(message, bytes) else self._socket.send_str(message))

    async def still_answers(self) -> bool:
        """Whether the app draws when it is given another size, and again another."""
        for width in (70, 90):
            await self.send(json.dumps(["resize", {"width": width, "height": 20}]))
            if not await self.drawn(1000):
                return False
        return True

    async def close(self) -> None:
        """Say goodbye, as when a tab is closed."""
        await self._socket.close()

    def vanish(self) -> None:
        """Without a word, as when a browser is killed."""
        connection: Any = self._socket._response.connection
        connection.transport.abort()


async def harmless(site: Served, session: aiohttp.ClientSession, kind: str, tried: str, *messages: Message) -> Outcome:
    """Send messages in a visit: it goes on, or ends by itself; and its app stays small."""
    async with Visit(session, f"{site.socket}?width=80&height=24") as visit:
        await visit.drawn(1000)
        for message in messages:
            await visit.send(message)
        try:
            lives = await visit.still_answers()
        except ConnectionError:
            lives = False
        peak = max(map(memory_mib, site.apps()), default=0.0)
    ended = "goes on" if lives else f"the visit ends with {visit.closed_with}"
    await gone(site.apps())
    return Outcome(kind, tried, f"{ended}, {peak:.0f} MiB", peak < MOST_MIB)


async def misused(site: Served, session: aiohttp.ClientSession, share: int = 1) -> AsyncIterator[Outcome]:
    """What a visitor may send; `share`: every how many-th."""
    for query in SIZES[::share]:
        async with Visit(session, f"{site.socket}?{query}") as visit:
            began = await visit.drawn(100) and await visit.still_answers()
            peak = max(map(memory_mib, site.apps()), default=0.0)
        await gone(site.apps())
        yield Outcome("size", query[:40], f"{'drawn' if began else visit.closed_with}, {peak:.0f} MiB", peak < MOST_MIB)
    for message in RESIZES[::share]:
        yield await harmless(site, session, "resize", message[:40], message)
    for tried, text in TYPED[::share]:
        yield await harmless(site, session, "typed", tried, json.dumps(["stdin", text]))
    for tried, garbage in GARBAGE[::share]:
        yield await harmless(site, session, "message", tried, garbage)
    flood = [json.dumps(["resize", {"width": 80 + n % 50, "height": 24}]) for n in range(1000)]
    yield await harmless(site, session, "message", "1,000 sizes at once", *flood)


async def crowded(site: Served, session: aiohttp.ClientSession) -> AsyncIterator[Outcome]:
    """More visitors than there is room for, who then vanish or do not read what is drawn."""
    visits = [Visit(session, site.socket) for _ in range(8)]
    for visit in visits:
        await visit.__aenter__()
        await visit.drawn(1000)
    async with Visit(session, site.socket) as ninth:
        await ninth.drawn(1000)
        told = ninth.said.decode("utf-8", "replace")
    yield Outcome("crowd", "a ninth visitor", f"{ninth.closed_with}: {told[:40]}", ninth.closed_with == 1013)
    more = [Visit(session, site.socket) for _ in range(22)]
    await asyncio.gather(*(visit.__aenter__() for visit in more))
    apps = site.apps()
    yield Outcome("crowd", "22 more at once", f"{len(apps)} apps", len(apps) == 8)
    for visit in (*visits, *more):
        visit.vanish()
    waited = await gone(apps)
    await gone(site.apps())
    yield Outcome("crowd", "all vanish without a word", f"no app is left after {waited:.1f} s", True)
    async with Visit(session, site.socket) as after:
        yield Outcome("crowd", "one who comes then", "is let in", await after.drawn(1000))
        before = memory_mib(site.process.pid)
        for n in range(300):
            await after.send(json.dumps(["resize", {"width": 300 + n % 50, "height": 150}]))
        grown = memory_mib(site.process.pid) - before
        yield Outcome("crowd", "draws much and reads nothing", f"server grows by {grown:.0f} MiB", grown < 50)
    await gone(site.apps())


async def ended(site: Served, session: aiohttp.ClientSession, number: int = signal.SIGINT) -> Outcome:
    """Told to end with four browsers connected."""
    visits = [Visit(session, site.socket) for _ in range(4)]
    for visit in visits:
        await visit.__aenter__()
        await visit.drawn(1000)
    apps = site.apps()
    seconds, printed = await asyncio.to_thread(site.end, number)
    left = running(apps)
    came = f"{seconds:.2f} s, {len(left)} of {len(apps)} apps left, printed {printed.strip()[-60:]!r}"
    return Outcome("end", f"{signal.Signals(number).name} with four browsers", came, not left and not printed.strip())


async def campaign() -> list[Outcome]:
    """All of it, printed as it goes."""
    outcomes = []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as site:
        async with aiohttp.ClientSession() as session:
            for attempts in (knocked(site), mangled(site), misused(site, session), crowded(site, session)):
                async for outcome in attempts:
                    outcomes.append(outcome)
                    show(outcome)
            last = await ended(site, session)
            outcomes.append(last)
            show(last)
    return outcomes


def show(outcome: Outcome) -> None:
    mark = "ok  " if outcome.well else "FAIL"
    print(f"{mark} {outcome.kind:9} {outcome.tried:46.46} {outcome.came}", flush=True)


if __name__ == "__main__":
    shown = asyncio.run(campaign())
    failed = sum(not outcome.well for outcome in shown)
    print(f"{len(shown)} attempts, {failed} of them neither refused nor harmless")
    sys.exit(1 if failed else 0)
