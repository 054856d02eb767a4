"""`planner [PLAN.toml]`: the app."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from planner.cli.options import Subparsers, add_command, as_of
from planner.toml.errors import InputError


def add_parser(subparsers: Subparsers) -> None:
    """The command that is meant when none is named."""
    parser = add_command(subparsers, "app", "open the app, on a plan when one is given", usage="planner [PLAN.toml]")
    parser.add_argument("plan", nargs="?", metavar="PLAN.toml", help="a plan file, or the name of a saved plan")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the app; a plan that cannot be read is refused before the screen is taken."""
    path = None
    if args.plan is not None:
        from planner.cli.loading import load_plan

        path = load_plan(args.plan, args).path
    return open_app(args, path)


def open_app(args: argparse.Namespace, path: Path | None) -> int:
    """Run the app in this terminal, or say which command does without one."""
    if not (_is_served() or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise InputError(_elsewhere(path))
    from planner.cli.loading import folder_of_plans, load_catalog
    from planner.tui.app import PlannerApp
    from planner.tui.open_plan.recompute import SWITCH_S, spare_the_collector

    sys.setswitchinterval(SWITCH_S)
    settings: dict[str, Any] = {"profiles_dir": folder_of_plans(args), "open_path": path, "as_of": as_of(args)}
    settings["settled"] = spare_the_collector
    # The catalogue is read in a thread after the first paint: it takes longer than painting.
    app = PlannerApp(catalog=lambda: load_catalog(args), **settings)
    app.run()
    return app.return_code or 0


def _is_served() -> bool:
    """True in a process that `planner serve` started: its terminal is a browser."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def _elsewhere(path: Path | None) -> str:
    plan = "PLAN.toml" if path is None else str(path)
    return f"the app needs a terminal; without one use: planner report {plan}"
