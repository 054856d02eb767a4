"""The sentences, by table and key, from `sentences.toml`: a writer changes them in one place and needs no Python.

Read when the first of them is needed, in 1 ms. A test sees to it that every key of the engine has its sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from planner.quantities import filled


@cache
def table(name: str) -> Mapping[str, Any]:
    """One table, in the order of the file: a sentence for each key, or a list of them."""
    found: Mapping[str, Any] = _tables()[name]
    return found


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def as_sentence(text: str) -> str:
    """A clause as a sentence of its own: a capital, and one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def sentence(name: str, key: str, *figures: object, **named: object) -> str:
    """The sentence of that key, with its figures in their places; KeyError where there is none."""
    return filled(table(name)[key], *figures, **named)
