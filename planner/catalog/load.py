"""The doors to the catalogue: the shipped facts, newer prices over them, and a user's own file over both, by id."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalog.facts import put_together
from planner.catalog.parsed import read_parsed
from planner.toml.paths import config_dir, exists

if TYPE_CHECKING:
    from planner.catalog.from_toml import Layer
    from planner.catalog.records import SourceFile
    from planner.engine.specs import Catalog

ENVIRONMENT_VARIABLE = "PLANNER_CATALOG"
USER_FILE_NAME = "catalog.toml"
OVERLAY = "prices-"
"""How the names of price lists beside it begin; their day and .toml follow."""


def load_catalog(user_file: Path | None = None) -> Catalog:
    """The shipped catalogue with the user's own file over it. Raises `InputError` with one clear line.

    Without `user_file` the file named by PLANNER_CATALOG is used, or else catalog.toml in the platform's config
    folder, where it exists.
    """
    return _over(latest_overlay(), user_file or default_user_file())


def load_priced() -> Catalog:
    """The shipped catalogue with the newest price list over it, without a user's own file. Raises `InputError`."""
    return _over(latest_overlay(), None)


def _over(prices: Path | None, own: Path | None) -> Catalog:
    if prices is None and own is None:
        return shipped_catalog()
    # Imported here because tomllib, csv and the checks take 3 ms, and most commands read no TOML.
    from planner.catalog.from_toml import Layer
    from planner.catalog.records import read_source

    files = [(file, is_list) for file, is_list in ((prices, True), (own, False)) if file is not None]
    return layered([Layer(read_source(file), _changed_on(file), is_list) for file, is_list in files])


def _changed_on(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date()


def catalog_over(own: SourceFile, changed: date) -> Catalog:
    """The shipped catalogue with a file that was changed on that day over it. Raises `InputError`."""
    from planner.catalog.from_toml import Layer

    return layered([Layer(own, changed)])


def layered(layers: Sequence[Layer]) -> Catalog:
    """The shipped catalogue with files over it. Raises `InputError`."""
    from planner.catalog.from_toml import checked, overlaid, shipped_facts

    return checked(overlaid(read_parsed() or shipped_facts(), layers), layers)


def latest_overlay() -> Path | None:
    """The newest list of changed prices that `planner catalog update` wrote beside catalog.toml; None without one."""
    folder = user_file_path().parent
    try:
        dated = [name for name in os.listdir(folder) if name.startswith(OVERLAY) and name.endswith(".toml")]
    except OSError:
        return None
    return folder / max(dated) if dated else None


@cache
def shipped_catalog() -> Catalog:
    """The facts that ship with the package; read once."""
    facts = read_parsed()
    if facts is not None:
        return put_together(facts)
    from planner.catalog.from_toml import checked, shipped_facts

    return checked(shipped_facts())


def default_user_file() -> Path | None:
    """The user's own catalogue file: PLANNER_CATALOG, or catalog.toml in the config folder; None without one."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return Path(named)
    path = user_file_path()
    return path if exists(path) else None


def user_file_path(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Where a user's own catalogue is looked for by default: the platform's folder for settings."""
    return config_dir(environ, platform) / USER_FILE_NAME
