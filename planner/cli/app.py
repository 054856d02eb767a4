"""`planner [PLAN.toml]` and `planner demo`: the app, on a plan when one is given, or on one that ships with it.

The app and the plan are imported once there is a terminal to show them in: without one the answer is one line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.options import as_of
from planner.plan.places import EXAMPLES, example_path, profiles_dir
from planner.toml.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from planner.engine.specs import Catalog


def run(args: argparse.Namespace) -> int:
    """Open the app; a plan that cannot be read is refused before the screen is taken."""
    path = None
    if args.command == "demo":
        if args.example not in EXAMPLES:
            raise InputError(f"there is no example {args.example!r}; there are: {', '.join(EXAMPLES)}")
        path = example_path(args.example)
    elif args.plan is not None:
        from planner.cli.plans import load_plan

        path = load_plan(args.plan, args).path
    return open_app(args, path)


def open_app(args: argparse.Namespace, path: Path | None) -> int:
    """Run the app in this terminal, or say which command does without one."""
    if not _has_terminal():
        raise InputError(_elsewhere(path))
    from planner.plan.settings import read_settings
    from planner.tui import process
    from planner.tui.app import PlannerApp
    from planner.tui.places import action_names, spot_of

    try:
        at = spot_of(args.at) if getattr(args, "at", None) else None
    except ValueError as problem:
        raise InputError(str(problem), field="--at") from None
    settings = read_settings()
    for name in settings.keys:
        _refuse_unknown("action", name, action_names(), f"keys.{name}")
    process.begin()
    app = PlannerApp(
        catalog=partial(_catalog, args),
        profiles_dir=profiles_dir(getattr(args, "profiles", None)),
        open_path=path,
        open_at=at,
        keys=settings.keys,
        as_of=as_of(args),
        settled=process.settle,
        driver=process.web_driver() if _is_served() else None,
        listen=process.listen,
    )
    if settings.theme:
        _refuse_unknown("theme", settings.theme, app.available_themes, "theme")
    app.run()
    return app.return_code or 0


def _refuse_unknown(kind: str, name: str, known: Collection[str], field: str) -> None:
    """Raise an `InputError` where a setting names something that there is not."""
    from planner.plan.settings import settings_path

    if name not in known:
        near = did_you_mean(name, known, len(known))
        raise InputError(f"there is no {kind} {name!r}{near}", path=settings_path(), field=field)


def _catalog(args: argparse.Namespace) -> Catalog:
    """Read in a thread after the first paint, importing included: it takes longer than painting."""
    from planner.cli.loading import load_catalog

    return load_catalog(args)


def _has_terminal() -> bool:
    return _is_served() or (sys.stdin.isatty() and sys.stdout.isatty())


def _is_served() -> bool:
    """True in a process that `planner serve` started: its terminal is a browser."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def _elsewhere(path: Path | None) -> str:
    plan = "PLAN.toml" if path is None else str(path)
    return f"the app needs a terminal; without one use: planner report {plan}"
