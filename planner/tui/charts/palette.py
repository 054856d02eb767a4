"""Roles of chart text to styles of the theme, and the markers for terminals without Unicode.

Colour is never the only carrier: every role that matters comes with its own character or word.
"""

from __future__ import annotations

from typing import cast

from planner.engine.specs import STRATEGIES, Strategy
from planner.quantities import hex_byte
from planner.tui.strategies import DARK_COLOURS, LIGHT_COLOURS, MARKER, css_variable
from planner.words.labels import STRATEGY_NAMES

ASCII_MARKS: dict[Strategy, str] = {
    "api_today": "o",
    "api_tuned": "c",
    "hosted_open": "x",
    "self_host": "#",
    "hybrid": "^",
}
GROUND = {True: "#12151b", False: "#fafaf7"}
"""What cells are tinted from: the backgrounds of our own dark and light themes."""
TINT = 0.4
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
    return STRATEGY_NAMES[strategy]


def style_of(role: str, dark: bool = True) -> str:
    """A role as a style.

    `cell:<strategy>` is a cell tinted in the strategy's colour and `here:<strategy>` one filled with it; their text is
    black or white, whichever reads better.
    """
    kind, colon, strategy = role.partition(":")
    if colon and kind in ("cell", "here"):
        colour = (DARK_COLOURS if dark else LIGHT_COLOURS)[cast("Strategy", strategy)]
        background = colour if kind == "here" else blend(GROUND[dark], colour, TINT)
        return f"{'bold ' if kind == 'here' else ''}{readable_on(background)} on {background}"
    if role.startswith("bold:"):
        return f"bold {style_of(role.removeprefix('bold:'), dark)}"
    return f"${css_variable(role)}" if role in STRATEGIES else STYLES[role]


def blend(ground: str, colour: str, share: float) -> str:
    """`share` of the colour over the ground, "#rrggbb"."""
    pairs = ((int(ground[i : i + 2], 16), int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(hex_byte(round(under + (over - under) * share)) for under, over in pairs)


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
