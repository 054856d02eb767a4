"""`planner serve [PLAN.toml]`: the app in a browser on this machine: textual-serve's pages behind a door of our own.

A browser lets any web page open a WebSocket to 127.0.0.1, and a name that somebody else controls may point there. So a
request must be addressed to this server by name, and must not come from another site's page. textual-serve and aiohttp
are an optional extra, imported by name once they are known to be there.
"""

from __future__ import annotations

import argparse
import gc
import shlex
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from planner.cli.grammar import LOOPBACK
from planner.cli.plans import load_plan
from planner.toml.errors import InputError

LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - to be recognised
TITLE = "planner"
Handler = Callable[[Any], Awaitable[Any]]


def run(args: argparse.Namespace) -> int:
    """Listen until interrupted."""
    if args.host not in LOOPBACK_NAMES and not args.allow_remote:
        raise InputError(
            f"{args.host} can be reached from other machines, and there is no password; "
            f"leave out --host, or add --allow-remote if that is meant"
        )
    if find_spec("textual_serve") is None:
        raise InputError("serving needs the package textual-serve: pip install 'llm-capacity-planner[web]'")
    plan = load_plan(args.plan, args).path if args.plan is not None else None
    gc.enable()  # off since the start of the program, see __main__
    listener = listen(args.host, args.port)
    port = listener.getsockname()[1]
    address = address_of(args.host, port)
    sys.stderr.write(f"planner is at {address}   Ctrl+C ends it\n")
    serve(command_line(args, plan), listener, address, loopback_names(port) if args.host in LOOPBACK_NAMES else None)
    return 0


def address_of(host: str, port: int) -> str:
    """What to type into the browser; a server that listens everywhere goes by this machine's name."""
    shown = socket.gethostname() if host in EVERYWHERE else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def command_line(args: argparse.Namespace, plan: Path | None) -> str:
    """The command that each visitor's process runs, quoted for the shell."""
    words: list[str] = [sys.executable, "-m", "planner", "app"]
    for option in ("profiles", "catalog", "as_of"):
        value = getattr(args, option, None)
        if value is not None:
            words += [f"--{option.replace('_', '-')}", str(value)]
    return quoted([*words, str(plan)] if plan is not None else words)


def quoted(words: Sequence[str]) -> str:
    """As this system's shell reads it."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `InputError` where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(f"cannot listen on {host}: {error.strerror or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}; try --port 0") from None
    return listener


def serve(command: str, listener: socket.socket, address: str, names: frozenset[str] | None) -> None:
    """Serve until interrupted; every visitor gets a process that runs `command`."""
    web: Any = import_module("aiohttp.web")
    web.run_app(build(command, address, names), sock=listener, print=None, access_log=None)


async def build(command: str, address: str, names: frozenset[str] | None) -> Any:
    """The aiohttp application. `names`: other names it may be called by, which lead to `address`; None for any."""
    parts = urlsplit(address)
    server: Any = import_module("textual_serve.server").Server(
        command, host=parts.hostname, port=parts.port, title=TITLE, public_url=address
    )
    app = await server._make_app()
    app.on_startup.remove(server.on_startup)  # prints a banner
    app.middlewares.append(_door(address, names))
    app.on_response_prepare.append(_policy_of(address))
    return app


def loopback_names(port: int) -> frozenset[str]:
    """`Host` headers that mean a server on this machine's loopback."""
    return frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))


def refusal(headers: Mapping[str, str], address: str, names: frozenset[str] | None) -> str:
    """Why a request is turned away; empty where it is not."""
    host, origin, own = headers.get("Host", ""), headers.get("Origin"), urlsplit(address).netloc
    if names is not None and host not in names | {own}:
        return f"this server is not called {host}"
    if origin is not None and urlsplit(origin).netloc != own:
        return f"pages of {origin} have no business here"
    return ""


def policy(address: str) -> str:
    """What the page may load: its own parts and its own socket. textual-serve's page would ask for an outside font."""
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; "
        f"connect-src 'self' {address.replace('http', 'ws', 1)}"
    )


def _door(address: str, names: frozenset[str] | None) -> Any:
    web: Any = import_module("aiohttp.web")
    own = urlsplit(address).netloc

    async def pass_or_refuse(request: Any, handler: Handler) -> Any:
        problem = refusal(request.headers, address, names)
        if problem:
            return web.Response(status=403, text=f"{problem}\n")
        if request.headers.get("Host", "") != own:
            raise web.HTTPTemporaryRedirect(f"{address}{request.path_qs}")
        return await handler(request)

    return web.middleware(pass_or_refuse)


def _policy_of(address: str) -> Callable[[Any, Any], Awaitable[None]]:
    async def add(_: Any, response: Any) -> None:
        response.headers["Content-Security-Policy"] = policy(address)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"

    return add
