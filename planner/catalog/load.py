"""Loads the shipped facts and lays a user's own file over them by id.

Also what is more than one record's own business: hour-of-week presets become 168 weights with mean 1, and checks across
records see to it that every id that is named exists, ranges are in order and weeks are whole.

The public measurements are a table of a few hundred rows and many columns, so they ship as CSV: the header is the one
that `planner validate` reads, and the file loads in a tenth of the time the same facts would take as TOML.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.catalog.records import ROOMS, ProfileShape, SourceFile, read_source
from planner.engine.measured.row import measurement
from planner.engine.replica.formats import WEIGHT_FORMATS
from planner.engine.specs import ApiModel, Catalog, Citation, Measurement, Model, Offer, Profile, Purchase
from planner.engine.specs.calibration import Calibration, GroupError
from planner.engine.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.toml.errors import InputError, described, did_you_mean

WEEKDAYS = 5
WEEKEND_DAYS = 2


def expand(shape: ProfileShape) -> Profile:
    """The preset as 168 weights from Monday 00:00, scaled to mean 1. An empty shape stays empty (see `checks`)."""
    weekend = tuple(weight * shape.weekend_factor for weight in shape.weekday)
    week = shape.weekday * WEEKDAYS + weekend * WEEKEND_DAYS
    total = sum(week)
    weights = tuple(weight * HOURS_PER_WEEK / total for weight in week) if total > 0 else week
    return Profile(
        id=shape.id,
        label=shape.label,
        weights=weights,
        peak_to_mean=max(weights, default=0.0),
        day_noise_cv=shape.day_noise_cv,
        why=shape.why,
        citation=shape.citation,
    )


def is_whole_week(profile: Profile) -> bool:
    """168 weights with mean 1."""
    expected = HOURS_PER_DAY * (WEEKDAYS + WEEKEND_DAYS)
    return len(profile.weights) == expected and abs(sum(profile.weights) / expected - 1) < 1e-9


Finding = tuple[tuple[str, str, str], str]
"""((room, record id, field), what is wrong)."""


def check_catalog(catalog: Catalog) -> Iterator[Finding]:
    """Everything wrong between records, first thing first."""
    yield from _keys(catalog)
    yield from _formats(catalog)
    yield from _ranges(catalog)


def _keys(catalog: Catalog) -> Iterator[Finding]:
    """Names of cards, open models and currencies that stand for nothing."""
    sold: tuple[tuple[str, Mapping[str, Offer] | Mapping[str, Purchase]], ...]
    sold = (("offers", catalog.offers), ("purchases", catalog.purchases))
    for room, records in sold:
        for record in records.values():
            if record.gpu_id not in catalog.gpus:
                yield (room, record.id, "gpu_id"), _unknown("a GPU of the catalogue", record.gpu_id, catalog.gpus)
            if record.currency not in catalog.usd_per:
                yield (room, record.id, "currency"), _unknown("a currency of [fx]", record.currency, catalog.usd_per)
    for api in catalog.apis.values():
        if api.hf_id is not None and api.hf_id not in catalog.models:
            yield ("apis", api.id, "hf_id"), _unknown("an open model of the catalogue", api.hf_id, catalog.models)


def _unknown(kind: str, found: str, known: Iterable[str]) -> str:
    return f"found {described(found)}, expected {kind}{did_you_mean(found, known)}"


def _formats(catalog: Catalog) -> Iterator[Finding]:
    for model in catalog.models.values():
        named = [checkpoint.format for checkpoint in model.checkpoints]
        for name in (model.native_format, *named):
            if name not in WEIGHT_FORMATS:
                yield ("models", model.id, "checkpoints"), _unknown("a weight format", name, WEIGHT_FORMATS)
        if model.native_format not in named:
            problem = f"expected one for the native format {described(model.native_format)}"
            yield ("models", model.id, "checkpoints"), problem
    for engine in catalog.engines.values():
        for name in engine.formats:
            if name not in WEIGHT_FORMATS:
                yield ("engines", engine.id, "formats"), _unknown("a weight format", name, WEIGHT_FORMATS)


def _ranges(catalog: Catalog) -> Iterator[Finding]:
    for item in catalog.assumptions.values():
        if not item.low <= item.mid <= item.high:
            problem = f"found low {item.low}, mid {item.mid}, high {item.high}, expected low <= mid <= high"
            yield ("assumptions", item.id, "mid"), problem
    for preset in catalog.profiles.values():
        if not is_whole_week(preset):
            yield ("profiles", preset.id, "weekday"), "expected 24 weights, at least one above 0"
    for model in catalog.models.values():
        if model.active_params_b > model.total_params_b:
            problem = f"found {model.active_params_b}, expected at most total_params_b, which is {model.total_params_b}"
            yield ("models", model.id, "active_params_b"), problem


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
        errors=tuple(GroupError(**{**error, "spread": tuple(error["spread"])}) for error in data.get("errors", ())),
    )


def load_measurements() -> tuple[Measurement, ...]:
    """The selection shipped with the application (data/measurements.csv)."""
    text = (files("planner.catalog") / "data" / "measurements.csv").read_text("utf-8")
    return tuple(map(measurement, csv.DictReader(text.splitlines())))


ENVIRONMENT_VARIABLE = "PLANNER_CATALOG"
USER_FILE_NAME = "catalog.toml"
_DATA = Path(__file__).parent / "data"


def load_catalog(user_file: Path | None = None) -> Catalog:
    """The shipped catalogue with the user's own file over it. Raises `InputError` with one clear line.

    Without `user_file` the file named by PLANNER_CATALOG is used, or else catalog.toml in the platform's config
    folder, where it exists.
    """
    path = user_file or default_user_file()
    if path is None:
        return shipped_catalog()
    changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) if path.exists() else datetime.now(tz=UTC)
    return catalog_over(read_source(path), changed.date())


def catalog_over(own: SourceFile, changed: date) -> Catalog:
    """The shipped catalogue with a file that was changed on that day over it.

    A record of the file is new, or its keys over the shipped record. Without a source of its own it cites the file.
    """
    records = {room: dict(held) for room, held in _shipped_records().items()}
    for room, raw_records in own.rooms.items():
        for record_id, raw in raw_records.items():
            shipped = _shipped_sources()[room].rooms[room].get(record_id, {})
            cited = {"source": str(own.path), "as_of": changed.isoformat()}
            records[room][record_id] = _record(own, room, record_id, {**shipped, **cited, **raw})
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
    return source.record(room, record_id, {"model_id": record_id, **raw} if room == "apis" else raw)


def _assembled(records: Mapping[str, Mapping[str, Any]], own: SourceFile | None) -> Catalog:
    held = {room: dict(found) for room, found in records.items() if room != "fx"}
    held["apis"] = {key: _with_level(api, records["models"]) for key, api in records["apis"].items()}
    held["profiles"] = {name: expand(shape) for name, shape in records["profiles"].items()}
    catalog = Catalog(
        **{room: MappingProxyType(found) for room, found in held.items()},
        usd_per=MappingProxyType({key: rate.usd_per_unit for key, rate in records["fx"].items()}),
        fx_citation=_fx_citation(records["fx"]),
        calibration=load_calibration(),
        measurements=load_measurements(),
    )
    for path, problem in check_catalog(catalog):
        room, record_id, _ = path
        source = own if own is not None and record_id in own.rooms.get(room, {}) else _shipped_sources()[room]
        raise source.error(path, problem)
    return catalog


def _fx_citation(rates: Mapping[str, Any]) -> Citation:
    """The euro's citation stands for all rates; it is the one that most plans use."""
    if "EUR" not in rates:
        raise InputError("missing; this rate is needed", path=_DATA / "fx.toml", field="fx.EUR")
    citation: Citation = rates["EUR"].citation
    return citation


def _with_level(api: ApiModel, models: Mapping[str, Model]) -> ApiModel:
    """A hosted open model without a level of its own has the level of that model."""
    model = models.get(api.hf_id) if api.hf_id else None
    if model is None or api.level is not None or api.level_basis:
        return api
    return replace(api, level=model.level, level_basis=model.level_basis)
