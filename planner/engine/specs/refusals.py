"""Why something is out: the rule behind it, beside the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ground = Literal[
    "memory",
    "latency",
    "pin",
    "cache_size",
    "own_weights",
    "licence",
    "licence_eu",
    "generates",
    "embeds",
    "images",
    "context",
    "evaluated",
    "untested",
    "on_api",
    "level",
    "together",
    "route",
]
"""The rule that keeps a candidate out. `engine.ways_in` knows what would change each, `engine.refused` its figures."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model may not take some work."""

    reason: str
    ground: Ground
    workload: str = ""
    """The work it is about; empty where it is about none in particular."""
