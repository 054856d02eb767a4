"""Our own dark and light themes, and the variables that every theme, Textual's included, must have.

Which theme to start with: the one asked for, else the one chosen the last time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.theme import Theme

from planner.engine.names import STRATEGIES
from planner.plan.places import state_dir
from planner.plan.settings import read_settings
from planner.tui.charts.palette import DARK_COLOURS, LIGHT_COLOURS, css_variable

_COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "primary": ("#8FA8FF", "#2F4FB5"),
    "secondary": ("#6B7FB3", "#5A6B99"),
    "foreground": ("#D5DAE3", "#20242C"),
    "background": ("#12151B", "#FAFAF7"),
    "surface": ("#191D25", "#F1F1EC"),
    "panel": ("#222733", "#E6E6DF"),
    "good": ("#4CC29A", "#00664B"),
    "warn": ("#E8B04A", "#8A5A00"),
    "bad": ("#F2777A", "#B3261E"),
    "muted": ("#8C95A6", "#5C6472"),
    "cursor": ("#2C3654", "#D3DBF5"),
    "cursor text": ("#F2F5FA", "#10131A"),
    "hover": ("#1F2430", "#ECECE5"),
    "scrollbar": ("#333A49", "#C9C9C0"),
    "scrollbar hover": ("#4A546A", "#A9A9A0"),
}
"""On dark and on light."""
ROLES = ("good", "warn", "bad", "muted")


def _theme(name: str, dark: bool) -> Theme:
    colours = {role: pair[0 if dark else 1] for role, pair in _COLOURS.items()}
    grounds = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
    return Theme(
        name=name,
        dark=dark,
        accent=colours["primary"],
        success=colours["good"],
        warning=colours["warn"],
        error=colours["bad"],
        primary=colours["primary"],
        secondary=colours["secondary"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        variables={
            "block-cursor-background": colours["cursor"],
            "block-cursor-foreground": colours["cursor text"],
            "block-cursor-blurred-background": colours["panel"],
            "block-hover-background": colours["hover"],
            "button-focus-text-style": "bold",
            "scrollbar": colours["scrollbar"],
            "scrollbar-hover": colours["scrollbar hover"],
            "scrollbar-active": colours["primary"],
            **dict.fromkeys((*grounds, "scrollbar-corner-color", "footer-background"), colours["background"]),
            "footer-description-foreground": colours["muted"],
        },
    )


DARK, LIGHT = _theme("planner-dark", dark=True), _theme("planner-light", dark=False)


def variables(dark: bool) -> dict[str, str]:
    """Strategy colours and roles for a dark or a light background; a theme may override each."""
    colours = DARK_COLOURS if dark else LIGHT_COLOURS
    strategies = {css_variable(strategy): colours[strategy] for strategy in STRATEGIES}
    return strategies | {role: _COLOURS[role][0 if dark else 1] for role in ROLES}


FILE = "theme"
ASKED = "TEXTUAL_THEME"


def wanted() -> tuple[str, ...]:
    """Names to try, the best first; a name may be unknown by now."""
    return tuple(name for name in (os.environ.get(ASKED), read_settings().theme, _last()) if name)


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
