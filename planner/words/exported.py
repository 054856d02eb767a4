"""What exported files say beside their settings, by file and key, from `exported.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from planner.quantities import filled


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def said(table: str, key: str, *figures: object, **named: object) -> str:
    """The sentence of that key, with its figures in their places; KeyError where there is none."""
    return filled(_tables()[table][key], *figures, **named)
