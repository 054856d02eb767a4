"""`planner import`: what a file of the user's says, each kind of file in a module of its own."""

from __future__ import annotations

import argparse
from importlib import import_module


def run(args: argparse.Namespace) -> int:
    """Read the file and say what is in it."""
    code: int = import_module(f"planner.cli.import_{args.what}").run(args)
    return code
