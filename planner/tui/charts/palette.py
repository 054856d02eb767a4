"""Strategies as people see them, one marker, label and colour each, and the roles of chart text as styles of the theme.

Colour is never the only carrier: every role that matters comes with its own character or word, and every marker has one
for terminals without Unicode.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from planner.engine.names import STRATEGIES, Strategy
from planner.quantities import hex_byte

if TYPE_CHECKING:
    from planner.engine.specs import StrategyLedger

# Okabe-Ito on dark; the same hues darkened to 4.5:1 and more on a light background.
DARK_COLOURS: Final[Mapping[Strategy, str]] = {
    "api_today": "#E69F00",
    "api_tuned": "#56B4E9",
    "hosted_open": "#D98CB8",
    "dedicated": "#F08070",
    "self_host": "#2DB88E",
    "hybrid": "#F0E442",
}
LIGHT_COLOURS: Final[Mapping[Strategy, str]] = {
    "api_today": "#8A5A00",
    "api_tuned": "#0B5C94",
    "hosted_open": "#8B3A68",
    "dedicated": "#A3342B",
    "self_host": "#00624A",
    "hybrid": "#6B4EA0",
}


def css_variable(strategy: Strategy) -> str:
    """Theme variable that holds the strategy's colour, usable in styles as `$strategy-hybrid`."""
    return f"strategy-{strategy.replace('_', '-')}"


def strategy_style(strategy: Strategy) -> str:
    """Style string for `Content` in the strategy's colour."""
    return f"${css_variable(strategy)}"


def monthly(ledger: StrategyLedger) -> Decimal:
    """Mean month of a 12-month total."""
    return ledger.total / max(len(ledger.months), 1)


GROUND = {True: "#12151b", False: "#fafaf7"}
"""What cells are tinted from: the backgrounds of our own dark and light themes."""
TINT = 0.4
STYLES: dict[str, str] = {
    "text": "",
    "muted": "$muted",
    "faint": "$muted 60%",
    "strong": "bold",
    "crossing": "bold reverse",
    "accent": "bold $accent",
    "good": "$good",
    "warn": "$warn",
    "bad": "$bad",
}


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
