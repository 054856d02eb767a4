"""`planner demo`: the app on a plan that ships with it."""

from __future__ import annotations

import argparse

from planner.cli.options import Subparsers, add_command
from planner.toml.errors import InputError

DEFAULT_EXAMPLE = "claude-8k-a-month"


def add_parser(subparsers: Subparsers) -> None:
    """`demo [EXAMPLE]`."""
    parser = add_command(subparsers, "demo", "open the app on a built-in example")
    parser.add_argument("example", nargs="?", default=DEFAULT_EXAMPLE, help=f"default: {DEFAULT_EXAMPLE}")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the example."""
    from planner.cli.app import open_app
    from planner.plan.places import EXAMPLES, example_path

    if args.example not in EXAMPLES:
        raise InputError(f"there is no example {args.example!r}; there are: {', '.join(EXAMPLES)}")
    return open_app(args, example_path(args.example))
