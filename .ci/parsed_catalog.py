"""Build hook: the catalogue's parsed form is made from its TOML while the package is built or installed."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ParsedCatalog(BuildHookInterface[Any]):
    """Writes planner/catalog/data/parsed.json; needs the standard library only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from planner.catalog.__main__ import write_parsed

        write_parsed()
