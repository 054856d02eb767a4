"""From separate records, wherever they were read, to the catalogue.

Hour-of-week presets become 168 weights with mean 1, and a hosted open model takes the level and the score of that
model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from planner.engine import specs
from planner.engine.specs.calibration import Calibration, GroupError
from planner.engine.specs.catalog import Positive
from planner.engine.units import HOURS_PER_WEEK, USD_PER_UNIT
from planner.records import dataclass
from planner.toml.errors import InputError

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """An hour-of-week preset as written: 24 weekday weights and a factor for Saturday and Sunday."""

    id: str
    label: str
    weekday: tuple[float, ...]
    weekend_factor: Positive
    day_noise_cv: float
    peak_to_mean: Positive
    why: str
    citation: specs.Citation


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: USD for one unit of the currency `id`."""

    id: str
    usd_per_unit: Annotated[float, USD_PER_UNIT]
    citation: specs.Citation


ROOMS: Mapping[str, type[Any]] = {
    "gpus": specs.Gpu,
    "models": specs.Model,
    "offers": specs.Offer,
    "apis": specs.ApiModel,
    "engines": specs.ServingEngine,
    "assumptions": specs.Assumption,
    "profiles": ProfileShape,
    "purchases": specs.Purchase,
    "fx": Rate,
    "tokenizers": specs.Tokenizer,
    "scores": specs.Score,
    "levels": specs.LevelStart,
    "skills": specs.Skill,
    "thinking": specs.Thinking,
    "adapters": specs.AdapterHost,
}
"""Table name = file name: `[gpus.l40s]` lives in gpus.toml; a user's own file may hold several of them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read, before it is put together: records by id for each room."""

    rooms: Mapping[str, Mapping[str, Any]]
    measurements: tuple[specs.Measurement, ...]
    calibration: Calibration


def put_together(facts: Facts) -> specs.Catalog:
    """The catalogue of these facts; whether they agree with each other is for `from_toml.checked` to say."""
    records = facts.rooms
    held: dict[str, Mapping[str, Any]] = {room: found for room, found in records.items() if room != "fx"}
    held["apis"] = {key: _with_level(api, records) for key, api in records["apis"].items()}
    held["profiles"] = {name: expand(shape) for name, shape in records["profiles"].items()}
    return specs.Catalog(
        **{room: MappingProxyType(dict(found)) for room, found in held.items()},
        usd_per=MappingProxyType({key: rate.usd_per_unit for key, rate in records["fx"].items()}),
        fx_citation=_fx_citation(records["fx"]),
        calibration=facts.calibration,
        measurements=facts.measurements,
    )


WEEKDAYS = 5
WEEKEND_DAYS = 2


def expand(shape: ProfileShape) -> specs.Profile:
    """The preset as 168 weights from Monday 00:00, scaled to mean 1. An empty shape stays empty (a check says so)."""
    weekend = tuple(weight * shape.weekend_factor for weight in shape.weekday)
    week = shape.weekday * WEEKDAYS + weekend * WEEKEND_DAYS
    total = sum(week)
    weights = tuple(weight * HOURS_PER_WEEK / total for weight in week) if total > 0 else week
    return specs.Profile(
        id=shape.id,
        label=shape.label,
        weights=weights,
        peak_to_mean=max(weights, default=0.0),
        day_noise_cv=shape.day_noise_cv,
        why=shape.why,
        citation=shape.citation,
    )


def _fx_citation(rates: Mapping[str, Any]) -> specs.Citation:
    """The euro's citation stands for all rates; it is the one that most plans use."""
    if "EUR" not in rates:
        raise InputError("missing; this rate is needed", path=DATA / "fx.toml", field="fx.EUR")
    citation: specs.Citation = rates["EUR"].citation
    return citation


def _with_level(api: specs.ApiModel, records: Mapping[str, Mapping[str, Any]]) -> specs.ApiModel:
    """A host of an open model, or a cloud's endpoint of a closed one, without a level of its own has that model's.

    A cloud's endpoint has the maker's tokenizer as well.
    """
    changed: dict[str, Any] = {}
    maker = records["models"].get(api.hf_id or "")
    if api.serves is not None and api.serves in records["apis"]:
        maker = records["apis"][api.serves]
        named = ("tokenizer_factor", "tokenizer_factor_low", "tokenizer_factor_high")
        changed = {name: getattr(maker, name) for name in named}
    if maker is not None and api.level is None and not api.level_basis:
        changed |= {"level": maker.level, "level_basis": maker.level_basis}
    if maker is not None:
        changed["composite"] = maker.composite if api.composite is None else api.composite
        changed["fill_in_middle"] = maker.fill_in_middle or api.fill_in_middle
    return replace(api, **changed) if changed else api


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
