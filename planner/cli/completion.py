"""`planner completion SHELL`: the lines that make a shell complete commands, options, plans, models and cards."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from planner.cli.options import deliver


def run(args: argparse.Namespace) -> int:
    """Print them."""
    from argcomplete.shell_integration import shellcode

    deliver(shellcode(["planner"], shell=args.shell), None, args)
    return 0


def answer(parser: argparse.ArgumentParser) -> NoReturn:
    """Tell the shell that asks what may come next, and end."""
    from argcomplete import autocomplete

    autocomplete(parser, always_complete_options="long")
    sys.exit(0)


def plans(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Names of the saved plans and of the examples."""
    from planner.plan.places import EXAMPLES, SUFFIX, profiles_dir

    folder = profiles_dir(getattr(parsed_args, "profiles", None))
    names = sorted(path.stem for path in folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return [name for name in (*names, *EXAMPLES) if name.startswith(prefix)]


def examples(prefix: str, **_: object) -> list[str]:
    """Names of the examples."""
    from planner.plan.places import EXAMPLES

    return [name for name in EXAMPLES if name.startswith(prefix)]


def models(prefix: str, **_: object) -> list[str]:
    """Ids of open models."""
    return _ids("models", prefix)


def gpus(prefix: str, **_: object) -> list[str]:
    """Ids of cards."""
    return _ids("gpus", prefix)


def apis(prefix: str, **_: object) -> list[str]:
    """Ids of API models."""
    return _ids("apis", prefix)


def _ids(kind: str, prefix: str) -> list[str]:
    from planner.catalog.load import shipped_catalog

    return [id for id in getattr(shipped_catalog(), kind) if id.lower().startswith(prefix.lower())]
