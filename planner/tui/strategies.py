"""The five strategies as people see them: one marker, one label and one colour each, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from planner.engine.specs.names import Recommendation, Strategy
from planner.words.labels import RECOMMENDATION_LABELS, STRATEGY_MARKERS

if TYPE_CHECKING:
    from planner.engine.specs import StrategyLedger

MARKER: Final = STRATEGY_MARKERS
HEADLINE: Final = RECOMMENDATION_LABELS
# Okabe-Ito on dark; the same hues darkened to 4.5:1 and more on a light background.
DARK_COLOURS: Final[Mapping[Strategy, str]] = MappingProxyType(
    {
        "api_today": "#E69F00",
        "api_tuned": "#56B4E9",
        "hosted_open": "#D98CB8",
        "self_host": "#2DB88E",
        "hybrid": "#F0E442",
    }
)
LIGHT_COLOURS: Final[Mapping[Strategy, str]] = MappingProxyType(
    {
        "api_today": "#8A5A00",
        "api_tuned": "#0B5C94",
        "hosted_open": "#8B3A68",
        "self_host": "#00624A",
        "hybrid": "#6B4EA0",
    }
)


def spoken(recommendation: Recommendation) -> str:
    """The recommendation inside a sentence: `stay on the API`."""
    return HEADLINE[recommendation].lower().replace("api", "API")


def css_variable(strategy: Strategy) -> str:
    """Theme variable that holds the strategy's colour, usable in styles as `$strategy-hybrid`."""
    return f"strategy-{strategy.replace('_', '-')}"


def strategy_style(strategy: Strategy) -> str:
    """Style string for `Content` in the strategy's colour."""
    return f"${css_variable(strategy)}"


def monthly(ledger: StrategyLedger) -> Decimal:
    """Mean month of a 12-month total."""
    return ledger.total / max(len(ledger.months), 1)
