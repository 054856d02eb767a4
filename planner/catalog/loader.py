"""Loads the shipped facts and lays a user's own file over them by id."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.catalog.calibration import load_calibration
from planner.catalog.checks import check_catalog
from planner.catalog.errors import CatalogError
from planner.catalog.fields import WrongValueError, read_record
from planner.catalog.measurements import load_measurements
from planner.catalog.profiles import expand
from planner.catalog.rooms import ROOMS
from planner.catalog.source_file import SourceFile, read_source
from planner.engine.specs import ApiModel, Catalog, Citation, Model

ENVIRONMENT_VARIABLE = "PLANNER_CATALOG"
USER_FILE_NAME = "catalog.toml"
_DATA = Path(__file__).parent / "data"


def load_catalog(user_file: Path | None = None) -> Catalog:
    """The shipped catalogue with the user's own file over it. Raises `CatalogError` with one clear line.

    Without `user_file` the file named by PLANNER_CATALOG is used, or else catalog.toml in the platform's config
    folder, where it exists.
    """
    path = user_file or default_user_file()
    if path is None:
        return shipped_catalog()
    own = read_source(path)
    records = {room: dict(held) for room, held in _shipped_records().items()}
    for room, raw_records in own.rooms.items():
        for record_id, raw in raw_records.items():
            records[room][record_id] = _overlaid_record(own, room, record_id, raw)
    return _assembled(records, own)


@cache
def shipped_catalog() -> Catalog:
    """The facts that ship with the package; read once."""
    return _assembled(_shipped_records(), None)


def default_user_file() -> Path | None:
    """The user's own catalogue file: PLANNER_CATALOG, or catalog.toml in the config folder; None without one."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return Path(named)
    path = user_file_path()
    return path if path.exists() else None


def user_file_path() -> Path:
    """Where a user's own catalogue is looked for by default."""
    from platformdirs import user_config_path  # only needed here, and not free to import

    return user_config_path("planner", appauthor=False) / USER_FILE_NAME


@cache
def _shipped_sources() -> Mapping[str, SourceFile]:
    return {room: read_source(_DATA / f"{room}.toml") for room in ROOMS}


@cache
def _shipped_records() -> Mapping[str, Mapping[str, Any]]:
    return {
        room: {record_id: _record(source, room, record_id, raw) for record_id, raw in source.rooms[room].items()}
        for room, source in _shipped_sources().items()
    }


def _record(source: SourceFile, room: str, record_id: str, raw: Mapping[str, object]) -> Any:
    if room == "apis" and "model_id" not in raw:
        raw = {"model_id": record_id, **raw}
    try:
        return read_record(ROOMS[room], record_id, raw)
    except WrongValueError as wrong:
        raise source.error(room, record_id, wrong.field, wrong.problem) from None


def _overlaid_record(own: SourceFile, room: str, record_id: str, raw: Mapping[str, object]) -> Any:
    """A user's record: new, or its keys over the shipped record. Without a source of its own it cites the file."""
    changed = datetime.fromtimestamp(own.path.stat().st_mtime, tz=UTC).date().isoformat()
    shipped = _shipped_sources()[room].rooms[room].get(record_id, {})
    return _record(own, room, record_id, {**shipped, "source": str(own.path), "as_of": changed, **raw})


def _assembled(records: Mapping[str, Mapping[str, Any]], own: SourceFile | None) -> Catalog:
    presets = {name: expand(shape) for name, shape in records["profiles"].items()}
    rates = records["fx"]
    catalog = Catalog(
        gpus=MappingProxyType(dict(records["gpus"])),
        models=MappingProxyType(dict(records["models"])),
        offers=MappingProxyType(dict(records["offers"])),
        apis=MappingProxyType({key: _with_level(api, records["models"]) for key, api in records["apis"].items()}),
        engines=MappingProxyType(dict(records["engines"])),
        assumptions=MappingProxyType(dict(records["assumptions"])),
        usd_per=MappingProxyType({key: rate.usd_per_unit for key, rate in rates.items()}),
        fx_citation=_fx_citation(rates),
        profiles=MappingProxyType({key: preset.weights for key, preset in presets.items()}),
        presets=MappingProxyType(presets),
        purchases=MappingProxyType(dict(records["purchases"])),
        calibration=load_calibration(),
        measurements=load_measurements(),
    )
    for room, record_id, field, problem in check_catalog(catalog):
        source = own if own is not None and record_id in own.rooms.get(room, {}) else _shipped_sources()[room]
        raise source.error(room, record_id, field, problem)
    return catalog


def _fx_citation(rates: Mapping[str, Any]) -> Citation:
    """The euro's citation stands for all rates; it is the one that most plans use."""
    if "EUR" not in rates:
        raise CatalogError(_DATA / "fx.toml", "the rate of EUR is missing", where="fx")
    citation: Citation = rates["EUR"].citation
    return citation


def _with_level(api: ApiModel, models: Mapping[str, Model]) -> ApiModel:
    """A hosted open model without a level of its own has the level of that model."""
    model = models.get(api.hf_id) if api.hf_id else None
    if model is None or api.level is not None or api.level_basis:
        return api
    return replace(api, level=model.level, level_basis=model.level_basis)
