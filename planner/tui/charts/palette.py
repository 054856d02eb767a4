"""Roles of chart text to styles of the theme, and the markers for terminals without Unicode.

Colour is never the only carrier: every role that matters comes with its own character or word.
"""

from __future__ import annotations

from typing import cast

from planner.engine.specs import STRATEGIES, Strategy
from planner.tui.strategies import DARK_COLOURS, LABEL, LIGHT_COLOURS, MARKER, css_variable

ASCII_MARKS: dict[Strategy, str] = {
    "api_today": "o",
    "api_tuned": "c",
    "hosted_open": "x",
    "self_host": "#",
    "hybrid": "^",
}
STYLES: dict[str, str] = {
    "text": "",
    "muted": "$muted",
    "faint": "$muted 60%",
    "strong": "bold",
    "shared": "bold",
    "crossing": "bold reverse",
    "accent": "bold $accent",
    "good": "$good",
    "warn": "$warn",
    "bad": "$bad",
}


def mark_of(strategy: Strategy, ascii_only: bool = False) -> str:
    """The strategy's marker, the same in every view."""
    return ASCII_MARKS[strategy] if ascii_only else MARKER[strategy]


def name_of(strategy: Strategy) -> str:
    """The strategy's name, the same in every view."""
    return LABEL[strategy]


def style_of(role: str, dark: bool = True) -> str:
    """A role as a style. `cell:<strategy>` is a filled cell, its text black or white, whichever reads better."""
    if role.startswith("cell:"):
        background = (DARK_COLOURS if dark else LIGHT_COLOURS)[cast("Strategy", role.removeprefix("cell:"))]
        return f"{readable_on(background)} on {background}"
    if role.startswith("bold:"):
        return f"bold {style_of(role.removeprefix('bold:'), dark)}"
    return f"${css_variable(role)}" if role in STRATEGIES else STYLES[role]


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.1)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: str) -> str:
    """Black or white, whichever reads better on the background."""
    return max(("#000000", "#ffffff"), key=lambda text: contrast(text, background))
