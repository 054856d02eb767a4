"""Our own dark and light themes, and the variables that every theme, Textual's included, must have.

Which theme to start with: the one asked for, else the one chosen the last time.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

from planner.engine.specs.names import STRATEGIES
from planner.plan.places import state_dir
from planner.tui.strategies import DARK_COLOURS, LIGHT_COLOURS, css_variable

DARK = Theme(
    name="planner-dark",
    primary="#8FA8FF",
    secondary="#6B7FB3",
    accent="#8FA8FF",
    foreground="#D5DAE3",
    background="#12151B",
    surface="#191D25",
    panel="#222733",
    success="#4CC29A",
    warning="#E8B04A",
    error="#F2777A",
    dark=True,
    variables={
        "block-cursor-background": "#2C3654",
        "block-cursor-foreground": "#F2F5FA",
        "block-cursor-blurred-background": "#222733",
        "block-hover-background": "#1F2430",
        "button-focus-text-style": "bold",
        "scrollbar": "#333A49",
        "scrollbar-hover": "#4A546A",
        "scrollbar-active": "#8FA8FF",
        "scrollbar-background": "#12151B",
        "scrollbar-background-hover": "#12151B",
        "scrollbar-background-active": "#12151B",
        "scrollbar-corner-color": "#12151B",
        "footer-background": "#12151B",
        "footer-description-foreground": "#8C95A6",
    },
)
LIGHT = Theme(
    name="planner-light",
    primary="#2F4FB5",
    secondary="#5A6B99",
    accent="#2F4FB5",
    foreground="#20242C",
    background="#FAFAF7",
    surface="#F1F1EC",
    panel="#E6E6DF",
    success="#00664B",
    warning="#8A5A00",
    error="#B3261E",
    dark=False,
    variables={
        "block-cursor-background": "#D3DBF5",
        "block-cursor-foreground": "#10131A",
        "block-cursor-blurred-background": "#E6E6DF",
        "block-hover-background": "#ECECE5",
        "button-focus-text-style": "bold",
        "scrollbar": "#C9C9C0",
        "scrollbar-hover": "#A9A9A0",
        "scrollbar-active": "#2F4FB5",
        "scrollbar-background": "#FAFAF7",
        "scrollbar-background-hover": "#FAFAF7",
        "scrollbar-background-active": "#FAFAF7",
        "scrollbar-corner-color": "#FAFAF7",
        "footer-background": "#FAFAF7",
        "footer-description-foreground": "#5C6472",
    },
)


def variables(dark: bool) -> dict[str, str]:
    """Strategy colours and roles for a dark or a light background; a theme may override each."""
    colours = DARK_COLOURS if dark else LIGHT_COLOURS
    strategies = {css_variable(strategy): colours[strategy] for strategy in STRATEGIES}
    roles = (
        {"good": "#4CC29A", "warn": "#E8B04A", "bad": "#F2777A", "muted": "#8C95A6"}
        if dark
        else {"good": "#00664B", "warn": "#8A5A00", "bad": "#B3261E", "muted": "#5C6472"}
    )
    return strategies | roles


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
