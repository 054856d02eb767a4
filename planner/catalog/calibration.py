"""Reads the fitted constants of the throughput model."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from planner.engine.calibration import Calibration, GroupError


def load_calibration() -> Calibration:
    """The constants shipped with the application (data/calibration.toml)."""
    return parse_calibration(tomllib.loads((files("planner.catalog") / "data" / "calibration.toml").read_text("utf-8")))


def parse_calibration(data: dict[str, Any]) -> Calibration:
    """From the parsed file; KeyError names a missing part."""
    return Calibration(
        as_of=data["as_of"],
        rows=data["rows"],
        constants=data["constants"],
        terms=MappingProxyType({name: MappingProxyType(dict(terms)) for name, terms in data["terms"].items()}),
        rows_behind=MappingProxyType(dict(data.get("rows_behind", {}))),
        errors=tuple(_error(e) for e in data.get("errors", ())),
    )


def _error(e: dict[str, Any]) -> GroupError:
    low, high = e["spread"]
    return GroupError(e["metric"], e["group"], e["rows"], e["median_error_fraction"], (low, high))
