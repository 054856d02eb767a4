"""`planner serve [PLAN.toml]`: the app in a browser on this machine, behind a door of our own.

Any process on this machine can open a connection to it, and so can any web page by way of the browser. So the address
holds a random token, a request must be addressed to this server by name, and it must not come from another site's page.
Each visitor's app is a process of its own: it uses files only below the folder of plans, and ends with the visit.

The script that draws a terminal in the page is textual-serve's; it and aiohttp are an optional extra, imported by name
once they are known to be there.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import json
import logging
import os
import re
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import planner
from planner.cli.grammar import LOOPBACK
from planner.cli.options import say
from planner.cli.plans import load_plan
from planner.cli.visits import HURRY_S, App
from planner.plan.places import ONLY_BELOW, is_example, profiles_dir
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.paths import real

LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - to be recognised
HTTP_PORT = 80
TOKEN_BYTES = 24
MOST_VISITS = 8
"""At once; each is a process of 100 MB."""
FREE_WAIT_S = 2.0
"""How long one more waits for a place: a page that is loaded again asks before its last visit has ended."""
LARGEST_MESSAGE_BYTES = 2**18
"""From the browser: a long paste."""
HEARTBEAT_S = 15.0
FAREWELL_S = 0.2
"""For a browser to answer the end of its socket."""
FILES = {
    "textual.js": "js/textual.js",
    "xterm.css": "css/xterm.css",
    "mono.ttf": "fonts/RobotoMono-VariableFont_wght.ttf",
}
"""What the page loads, by its name there: where textual-serve keeps it."""

PAGE = Path(__file__).with_name("page.html")
"""Says $socket, where its socket is, and $size, of its letters in pixels."""

Handler = Callable[[Any], Awaitable[Any]]
Host = tuple[str, int]
"""Name or address, and port."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in."""

    address: str
    token: str
    names: frozenset[Host] | None
    """Other names that the server may be called by; None for any."""


def run(args: argparse.Namespace) -> int:
    """Listen until interrupted."""
    if args.host not in LOOPBACK_NAMES and not args.allow_remote:
        raise InputError(
            f"{args.host} can be reached from other machines, over which the address with its token goes unencrypted; "
            f"leave out --host, or add --allow-remote if that is meant"
        )
    if find_spec("textual_serve") is None or find_spec("aiohttp") is None:
        raise InputError("serving needs the package textual-serve: pip install 'llm-capacity-planner[web]'")
    plan = load_plan(args.plan, args).path if args.plan is not None else None
    gc.enable()  # off since the start of the program, see __main__
    listener = listen(args.host, args.port)
    port = listener.getsockname()[1]
    names = loopback_names(port) if args.host in LOOPBACK_NAMES else None
    door = Door(address_of(args.host, port), secrets.token_urlsafe(TOKEN_BYTES), names)
    folder = profiles_dir(getattr(args, "profiles", None))
    app = App(command_line(args, plan), surroundings(folder, plan))
    say(f"planner is at {door.address}/{door.token}/ - ctrl+C ends it")
    with suppress(KeyboardInterrupt):  # where the loop can be told of no signal
        asyncio.run(serve(Site(door, app), listener))
    return 0


def address_of(host: str, port: int) -> str:
    """What to type into the browser; a server that listens everywhere goes by this machine's name."""
    shown = socket.gethostname() if host in EVERYWHERE else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def command_line(args: argparse.Namespace, plan: Path | None) -> list[str]:
    """The command that each visitor's process runs: without a look at the working folder, which may hold any `.py`."""
    words: list[str] = [sys.executable, "-P", "-m", "planner", "app"]
    for option in ("profiles", "catalog", "as_of"):
        value = getattr(args, option, None)
        if value is not None:
            words += [f"--{option.replace('_', '-')}", str(value)]
    return [*words, "--", str(plan)] if plan is not None else words


def surroundings(folder: Path, plan: Path | None) -> dict[str, str]:
    """Variables of a visitor's process: drawn for a browser, and which files it may use."""
    roots = [folder] if plan is None or is_example(plan) else [folder, plan]
    environment = {
        **os.environ,
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM_PROGRAM": "textual",
        ONLY_BELOW: json.dumps([str(real(root)) for root in roots]),
    }
    source = real(Path(planner.__file__)).parent.parent
    if source == real(Path()):  # `python -m planner` in a checkout, which `-P` would not find
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(source), os.environ.get("PYTHONPATH"))))
    return environment


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `InputError` where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise InputError(f"cannot listen on {host}: {getattr(error, 'strerror', None) or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}; try --port 0") from None
    return listener


_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::([0-9]{0,5}))?", re.IGNORECASE | re.ASCII)


def host_of(text: str) -> Host | None:
    """What a `Host` header means, written one way; None where it is none.

    Letter case, a dot at the end, the default port, brackets, zeros and short forms of an address make no difference.
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    name, port = found[1].lower().removesuffix("."), int(found[2] or HTTP_PORT)
    try:
        if name.startswith("["):
            address = ipaddress.IPv6Address(name[1:-1])
            return str(address.ipv4_mapped or address), port
        return socket.inet_ntoa(socket.inet_aton(name)), port
    except (OSError, ValueError):  # a name, not an address
        return None if name.startswith("[") else (name, port)


def loopback_names(port: int) -> frozenset[Host]:
    """What a server on this machine's loopback may be called."""
    return frozenset((host, port) for host in LOOPBACK_NAMES)


def refusal(headers: Mapping[str, str], address: str, names: frozenset[Host] | None) -> str:
    """Why a request is turned away; empty where it is not."""
    given, origin = headers.get("Host", ""), headers.get("Origin")
    host = host_of(given)
    if host is None or (names is not None and host not in names | {host_of(urlsplit(address).netloc)}):
        return f"this server is not called {given}"
    if origin is not None and (not origin.lower().startswith("http://") or host_of(origin[7:]) != host):
        return f"pages of {origin} have no business here"
    return ""


def holds_token(path: str, token: str) -> bool:
    """Whether the first part of a raw path is the token; how long the answer takes does not depend on it."""
    given = path.partition("/")[2].partition("/")[0]
    return secrets.compare_digest(given.encode("utf-8", "replace"), token.encode())


def policy(address: str) -> str:
    """What the page may load: its own parts and its own socket."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"connect-src 'self' {address.replace('http', 'ws', 1)}"
    )


async def serve(site: Site, listener: socket.socket) -> None:
    """Serve until a signal, or a cancellation; then end within a second, with every visitor's process."""
    web: Any = import_module("aiohttp.web")
    told = asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):  # nohup
            with suppress(NotImplementedError):  # Windows, where ctrl+C cancels this
                asyncio.get_running_loop().add_signal_handler(number, told.set)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=FAREWELL_S / 2)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await told.wait()
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    """False for what is wrong with a request: its bytes, and a traceback of each, are not for this terminal."""
    wrong: Any = import_module("aiohttp.http_exceptions").HttpProcessingError
    return not (record.exc_info and isinstance(record.exc_info[1], wrong))


class Site:
    """The page, the files it loads and its socket, all of them below the token."""

    def __init__(self, door: Door, app: App) -> None:
        self._door, self._app = door, app
        self._web: Any = import_module("aiohttp.web")
        static = find_spec("textual_serve")
        assert static is not None
        assert static.submodule_search_locations
        self._static = Path(static.submodule_search_locations[0]) / "static"
        self._free = asyncio.Semaphore(MOST_VISITS)
        self._visits: set[asyncio.Task[None]] = set()

    def application(self) -> Any:
        """For aiohttp."""
        web = self._web
        made = web.Application(middlewares=[self._doorkeeper()])
        made.add_routes(
            [
                web.get("/{token}/", self._page),
                web.get("/{token}/ws", self._socket),
                web.get("/{token}/static/{name}", self._file),
            ]
        )
        made.on_response_prepare.append(self._guard)
        made.on_shutdown.append(self._end)
        return made

    def _doorkeeper(self) -> Any:
        async def pass_or_refuse(request: Any, handler: Handler) -> Any:
            problem = refusal(request.headers, self._door.address, self._door.names)
            if not problem and not holds_token(request.rel_url.raw_path, self._door.token):
                problem = "the address is longer: the one that planner serve printed"
            if problem:
                return self._web.Response(status=403, text=f"{problem}\n")
            return await handler(request)

        return self._web.middleware(pass_or_refuse)

    def _address(self, request: Any, scheme: str) -> str:
        """By the name that the visitor calls this server."""
        name, port = host_of(request.headers.get("Host", "")) or ("", 0)
        return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"

    async def _guard(self, request: Any, response: Any) -> None:
        """Headers of every answer."""
        response.headers.update(
            {
                "Content-Security-Policy": policy(self._address(request, "http")),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
        )

    async def _page(self, request: Any) -> Any:
        size = min(max(_number(request.query.get("fontsize"), 16), 6), 72)
        url = f"{self._address(request, 'ws')}/{self._door.token}/ws"
        page = Template(PAGE.read_text("utf-8")).substitute(socket=url, size=size)
        return self._web.Response(text=page, content_type="text/html")

    async def _file(self, request: Any) -> Any:
        place = FILES.get(request.match_info["name"])
        if place is None:
            raise self._web.HTTPNotFound
        return self._web.FileResponse(self._static / place)

    async def _socket(self, request: Any) -> Any:
        connection = self._web.WebSocketResponse(
            timeout=FAREWELL_S, heartbeat=HEARTBEAT_S, compress=False, max_msg_size=LARGEST_MESSAGE_BYTES
        )
        if not connection.can_prepare(request).ok:
            return self._web.Response(status=426, headers={"Upgrade": "websocket"}, text="this is a web socket\n")
        await connection.prepare(request)
        size = _number(request.query.get("width"), 80), _number(request.query.get("height"), 24)
        await asyncio.shield(asyncio.ensure_future(self._visit(connection, size)))  # whatever becomes of the request
        return connection

    async def _visit(self, connection: Any, size: tuple[int, int]) -> None:
        full = f"{MOST_VISITS} browsers are connected, the most at once. Close one, then connect again."
        try:
            async with asyncio.timeout(FREE_WAIT_S):
                await self._free.acquire()
        except TimeoutError:
            with suppress(ConnectionError):
                await connection.send_bytes(full.encode())
            await connection.close(code=1013, message=full.encode())  # try again later
            return
        visit = asyncio.current_task()
        assert visit is not None
        self._visits.add(visit)
        try:
            code, reason = await self._app.attend(connection, size)
            await connection.close(code=code, message=reason.encode())
        finally:
            self._visits.discard(visit)
            self._free.release()

    async def _end(self, _: Any) -> None:
        self._app.ending.set()
        if self._visits:
            await asyncio.wait(self._visits, timeout=3 * HURRY_S)


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise
