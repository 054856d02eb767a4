"""`python -m planner.catalog`: check the shipped TOML and write data/parsed.json, from which the planner starts sooner.

Building or installing the package does the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from planner.catalog.facts import DATA
from planner.catalog.from_toml import checked, read_calibration, shipped_facts
from planner.catalog.parsed import NAME, parsed_form


def write_parsed(folder: Path = DATA) -> None:
    """Write the parsed form of the shipped TOML into `folder`, whole. Raises `InputError` where the TOML is wrong."""
    facts = shipped_facts()
    checked(facts)
    unfinished = folder / f".{NAME}.{os.getpid()}"
    unfinished.write_bytes(parsed_form(facts, read_calibration(), DATA))
    unfinished.replace(folder / NAME)


if __name__ == "__main__":
    write_parsed()
