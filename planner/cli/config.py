"""`planner config`: what can be set once for every plan, as a file that may be kept as it is printed."""

from __future__ import annotations

import argparse
from typing import Final

from planner.cli.options import deliver, say
from planner.plan.settings import read_settings, settings_path
from planner.plan.write import render_value
from planner.toml.paths import exists

_ABOUT: Final = {
    "theme": ("of the app: planner-dark, planner-light, or one of Textual's", "planner-dark"),
    "currency": ("of new plans", "EUR"),
    "plans": ("the folder of plans", "profiles"),
}
"""What each setting is, and what holds where it is not set."""
_ACTIONS: Final = ("save", "save_as", "reprice", "undo", "redo", "back", "help", "go.home", "go.questions", "go.costs")
"""Some of `tui.places.action_names`, which loads Textual; a test holds them to it."""


def run(args: argparse.Namespace) -> int:
    """Print the settings as they are, each with what it means; what is not set is a comment."""
    settings, path = read_settings(), settings_path()
    lines = [f"# {path}" + ("" if exists(path) else "  (not there yet)")]
    for key, (about, usual) in _ABOUT.items():
        value = getattr(settings, key)
        lines += ["", f"# {key}: {about}", f"{'' if value else '# '}{key} = {render_value(value or usual)}"]
    lines += ["", f"# keys of the app: {', '.join(_ACTIONS)}", "[keys]"]
    lines += [f"{name} = {render_value(key)}" for name, key in settings.keys.items()] or ['# reprice = "ctrl+e"']
    deliver("\n".join(lines) + "\n", args.output, args)
    if args.output is None and not exists(path):
        say(f"to begin: planner config -o {path}")
    return 0
