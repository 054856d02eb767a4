"""`planner serve [PLAN.toml]`: the app in a browser on this machine, through textual-serve."""

from __future__ import annotations

import argparse
import shlex
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from planner.cli.options import Subparsers, add_command
from planner.toml.errors import InputError

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - to be recognised
PORT = 8000


def add_parser(subparsers: Subparsers) -> None:
    """`serve [PLAN.toml] [--host HOST] [--port PORT]`."""
    parser = add_command(
        subparsers,
        "serve",
        "open the app in a browser on this machine",
        description="Serve the app to browsers on this machine: a process a visitor, no password. Needs the extra web.",
    )
    parser.add_argument("plan", nargs="?", metavar="PLAN.toml", help="a plan file, or the name of a saved plan")
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"default: {PORT}; 0 takes a free one")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="let other machines in: whoever reaches the port can read and write your plans",
    )
    parser.set_defaults(run=run)


def port_number(text: str) -> int:
    """0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 0 to 65535")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Listen until interrupted."""
    if args.host not in LOOPBACK_NAMES and not args.allow_remote:
        raise InputError(
            f"{args.host} can be reached from other machines, and there is no password; "
            f"leave out --host, or add --allow-remote if that is meant"
        )
    if find_spec("textual_serve") is None:
        raise InputError("serving needs the package textual-serve: pip install 'llm-capacity-planner[web]'")
    plan = None
    if args.plan is not None:
        from planner.cli.loading import load_plan

        plan = load_plan(args.plan, args).path
    from planner.cli.web_server import listen, loopback_names, serve

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
