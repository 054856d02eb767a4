"""Which theme to start with: the one asked for, else the one chosen the last time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

from planner.plan.places import state_dir

FILE = "theme"
ASKED = "TEXTUAL_THEME"


def wanted() -> tuple[str, ...]:
    """Names to try, the best first; a name may be unknown by now."""
    return tuple(name for name in (os.environ.get(ASKED), _last()) if name)


def remember(app: App[Any]) -> None:
    """From now on keep what the user chooses; a terminal that asks for a theme of its own is left out."""
    if ASKED not in os.environ:
        app.theme_changed_signal.subscribe(app, _keep)


def _path() -> Path:
    return state_dir() / FILE


def _last() -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        return _path().read_text(encoding="utf-8").strip()
    return None


def _keep(theme: Theme) -> None:
    with suppress(OSError):  # a read-only home must not spoil the choice for now
        _path().parent.mkdir(parents=True, exist_ok=True)
        _path().write_text(theme.name, encoding="utf-8")
