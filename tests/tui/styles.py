"""Styles are read once for all the apps of a test run, not once for each."""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_read: dict[tuple[Any, ...], list[RuleSet]] = {}


def parse_rules(sheet: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
    """In place of `Stylesheet._parse_rules`, whose result depends on this and on the theme's variables."""
    key = (frozenset(sheet._variables.items()), *source, *more.items())
    if key not in _read:
        _read[key] = _parse(sheet, *source, **more)
    return _read[key]
