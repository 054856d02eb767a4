"""Facts from TOML, with one clear line for each way they can be wrong: what ships, and a user's own file over it.

Checks across records see to it that every id that is named exists, ranges are in order and weeks are whole. The public
measurements are a table of a few hundred rows and many columns, so they ship as CSV under the header that `planner
validate` reads.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from planner.catalog.facts import DATA, ROOMS, WEEKDAYS, WEEKEND_DAYS, Facts, parse_calibration, put_together
from planner.catalog.measured import SHOWN_AT_LEAST
from planner.catalog.records import SourceFile, read_source
from planner.engine.assumptions import beyond_bounds, bounds_of
from planner.engine.measured.row import measurement
from planner.engine.replica.formats import WEIGHT_FORMATS, is_weight_format
from planner.engine.specs import LEVELS, ApiModel, Catalog, Profile, Range
from planner.engine.units import HOURS_PER_DAY
from planner.quantities import plain
from planner.records import dataclass
from planner.toml.errors import described, did_you_mean


@cache
def shipped_facts() -> Facts:
    """What ships, as the TOML states it. Raises `InputError`."""
    rooms = {
        room: {key: _record(_shipped_source(room), room, key, raw) for key, raw in _shipped(room).items()}
        for room in ROOMS
    }
    return Facts(
        rooms=with_scores(with_families(rooms)),
        measurements=tuple(map(measurement, csv.DictReader(_text("measurements.csv").splitlines()))),
        calibration=parse_calibration(read_calibration()),
    )


def read_calibration() -> dict[str, Any]:
    """data/calibration.toml."""
    return tomllib.loads(_text("calibration.toml"))


def _text(name: str) -> str:
    return (DATA / name).read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Layer:
    """A file that is laid over the facts below it, and the day it was changed."""

    file: SourceFile
    changed: date
    is_price_list: bool = False
    """Written by `planner catalog update`: it changes what ships, and what ships by now may be newer."""


def overlaid(shipped: Facts, layers: Iterable[Layer]) -> Facts:
    """Files over the shipped facts, the first at the bottom. Raises `InputError`.

    A record of a file is new, or its keys over the record below. Without a source of its own it cites the file.
    """
    records = {room: dict(held) for room, held in shipped.rooms.items()}
    below: dict[tuple[str, str], Mapping[str, object]] = {}
    for layer in layers:
        own = layer.file
        for room, record_id, raw in _records_of(layer, records):
            cited = {"source": str(own.path), "as_of": layer.changed.isoformat()}
            stated = {**(below.get((room, record_id)) or _shipped(room).get(record_id, {})), **cited, **raw}
            if room == "gpus":
                stated |= {key: value for key, value in _unstated(record_id, raw).items() if key not in stated}
            records[room][record_id] = _record(own, room, record_id, stated)
            below[room, record_id] = stated
    return replace(shipped, rooms=with_scores(with_families(records)))


def with_families(rooms: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Every model, open or priced by the token, with its tokenizer and whether it thinks.

    As it states, or as the first family has it whose shapes fit its name.
    """
    families = [(family.id, _shapes(family)) for family in rooms["tokenizers"].values()]
    thinking = [(family.thinks, _shapes(family)) for family in rooms["thinking"].values()]

    def fitting(record: Any) -> Any:
        name = str(getattr(record, "hf_id", None) or getattr(record, "model_id", record.id)).lower().split("/")[-1]
        tokenizer = record.tokenizer or _first(families, name)
        thinks = record.thinks or _first(thinking, name)
        same = (tokenizer, thinks) == (record.tokenizer, record.thinks)
        return record if same else replace(record, tokenizer=tokenizer, thinks=thinks)

    return {**rooms, **{room: {key: fitting(r) for key, r in rooms[room].items()} for room in ("models", "apis")}}


def with_scores(rooms: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Models with their published figure, which sets the level unless the record states one, and with their skills."""
    starts = sorted((start.from_composite, key) for key, start in rooms["levels"].items())

    def rated(key: str, record: Any) -> Any:
        score, skill = rooms["scores"].get(key), rooms["skills"].get(key)
        found = score.composite if score is not None and record.composite is None else record.composite
        reached = [level for least, level in starts if found is not None and found >= least]
        level = reached[-1] if record.level is None and reached else record.level
        skilled = record.fill_in_middle or (skill is not None and skill.fill_in_middle)
        return replace(record, composite=found, level=level, fill_in_middle=skilled)

    named = {*rooms["scores"], *rooms["skills"]}
    changed = {
        room: {key: rated(key, r) if key in named or r.composite is not None else r for key, r in rooms[room].items()}
        for room in ("models", "apis")
    }
    return {**rooms, **changed}


def _shapes(family: Any) -> list[str]:
    return [shape.lower() for shape in family.models]


def _first(families: Sequence[tuple[str, Sequence[str]]], name: str) -> str:
    """What the first family that a name fits stands for; empty where none does."""
    return next((id for id, shapes in families if any(fnmatchcase(name, shape) for shape in shapes)), "")


def _records_of(
    layer: Layer, known: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    for room, raw_records in layer.file.rooms.items():
        for record_id, raw in raw_records.items():
            if layer.is_price_list and record_id not in known[room]:
                problem = "not in the catalogue any more; remove it, or run `planner catalog update` again"
                raise layer.file.error((room, record_id), problem)
            if not layer.is_price_list or str(raw.get("as_of", "")) >= known[room][record_id].citation.as_of:
                yield room, record_id, raw


def _unstated(card: str, raw: Mapping[str, object]) -> dict[str, object]:
    """What a card of the user's own need not say: vendor, memory_gb and bandwidth_gb_s are enough to size it."""
    unstated: dict[str, object] = {"name": card, "architecture": "", "interconnect": "", "link": "pcie"}
    memory = raw.get("memory_gb")
    if "memory_gib_usable" not in raw and isinstance(memory, int | float):
        unstated |= {"memory_gib_usable": SHOWN_AT_LEAST * memory, "memory_usable_assumed": True}
    return unstated


def checked(facts: Facts, layers: Sequence[Layer] = ()) -> Catalog:
    """The catalogue, if its records agree with each other; `layers` are in it. Raises `InputError`."""
    catalog = put_together(facts)
    for path, problem in check_catalog(catalog):
        room, record_id, _ = path
        own = (layer.file for layer in reversed(layers) if record_id in layer.file.rooms.get(room, {}))
        source = next(own, None) or _shipped_source(room)
        raise source.error(path, problem)
    return catalog


@cache
def _shipped_source(room: str) -> SourceFile:
    return read_source(DATA / f"{room}.toml")


def _shipped(room: str) -> Mapping[str, Mapping[str, object]]:
    return _shipped_source(room).rooms[room]


def _record(source: SourceFile, room: str, record_id: str, raw: Mapping[str, object]) -> Any:
    return source.record(room, record_id, {"model_id": record_id, **raw} if room == "apis" else raw)


def is_whole_week(profile: Profile) -> bool:
    """168 weights with mean 1."""
    expected = HOURS_PER_DAY * (WEEKDAYS + WEEKEND_DAYS)
    return len(profile.weights) == expected and abs(sum(profile.weights) / expected - 1) < 1e-9


Finding = tuple[tuple[str, str, str], str]
"""((room, record id, field), what is wrong)."""


def check_catalog(catalog: Catalog) -> Iterator[Finding]:
    """Everything wrong between records, first thing first."""
    yield from _keys(catalog)
    yield from _scores(catalog)
    yield from _formats(catalog)
    yield from _ranges(catalog)
    yield from _contradictions(catalog)
    yield from _caches(catalog)


def _keys(catalog: Catalog) -> Iterator[Finding]:
    """Names of cards, open models and currencies that stand for nothing."""
    for room in ("offers", "purchases"):
        for record in getattr(catalog, room).values():
            if record.gpu_id not in catalog.gpus:
                yield (room, record.id, "gpu_id"), _unknown("a GPU of the catalogue", record.gpu_id, catalog.gpus)
            if record.currency not in catalog.usd_per:
                yield (room, record.id, "currency"), _unknown("a currency of [fx]", record.currency, catalog.usd_per)
    for room in ("models", "apis"):
        for record in getattr(catalog, room).values():
            if record.tokenizer and record.tokenizer not in catalog.tokenizers:
                unknown = _unknown("a tokenizer of the catalogue", record.tokenizer, catalog.tokenizers)
                yield (room, record.id, "tokenizer"), unknown
    for api in catalog.apis.values():
        if api.hf_id is not None and api.hf_id not in catalog.models:
            yield ("apis", api.id, "hf_id"), _unknown("an open model of the catalogue", api.hf_id, catalog.models)
        if api.serves is not None and (api.serves not in catalog.apis or catalog.apis[api.serves].serves is not None):
            makers = (key for key, record in catalog.apis.items() if record.serves is None)
            yield ("apis", api.id, "serves"), _unknown("an API model of its maker", api.serves, makers)


def _scores(catalog: Catalog) -> Iterator[Finding]:
    """Figures of no model, and levels that are none or out of order."""
    rated = {*catalog.models, *catalog.apis}
    for room, kind, known in (
        ("scores", "a model or an API model of the catalogue", rated),
        ("skills", "a model or an API model of the catalogue", rated),
        ("adapters", "an API model of the catalogue", catalog.apis),
        ("levels", "one of the levels", LEVELS),
    ):
        for id in getattr(catalog, room):
            if id not in known:
                yield (room, id, ""), _unknown(kind, id, known)
    starts = [catalog.levels[level].from_composite for level in LEVELS if level in catalog.levels]
    if len(starts) < len(LEVELS) or sorted(starts) != starts:
        yield ("levels", LEVELS[0], "from_composite"), f"expected a higher one for each of {', '.join(LEVELS)}"


def _unknown(kind: str, found: str, known: Iterable[str]) -> str:
    return f"found {described(found)}, expected {kind}{did_you_mean(found, known)}"


def _formats(catalog: Catalog) -> Iterator[Finding]:
    for model in catalog.models.values():
        named = [checkpoint.format for checkpoint in model.checkpoints]
        for name in (model.native_format, *named):
            if not is_weight_format(name):
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
        least, most = bounds_of(item.id)
        for key, found in beyond_bounds(item.id, Range(item.low, item.mid, item.high)).items():
            yield ("assumptions", item.id, key), f"found {found}, expected {plain(least)} to {plain(most)}"
    if catalog.usd_per.get("USD", 1.0) != 1.0:
        yield ("fx", "USD", "usd_per_unit"), f"found {catalog.usd_per['USD']}, expected 1: it is the dollar itself"
    for preset in catalog.profiles.values():
        if not is_whole_week(preset):
            yield ("profiles", preset.id, "weekday"), "expected 24 weights, at least one above 0"


_AT_MOST: Final = {
    "gpus": (
        ("memory_gib_usable", "memory_gb"),  # makers state GiB and write GB
        ("dense_bf16_tflops", "dense_fp8_tflops"),
        ("dense_fp8_tflops", "dense_fp4_tflops"),
    ),
    "models": (
        ("active_params_b", "total_params_b"),
        ("embedding_params_b", "total_params_b"),
        ("vision_params_b", "total_params_b"),
        ("full_attention_layers", "layers"),
        ("kv_heads", "attention_heads"),
        ("moe_active_experts", "moe_experts"),
        ("kv_bytes_per_token_beyond_window_fp16", "kv_bytes_per_token_fp16"),
    ),
    "apis": (
        ("cache_read_usd_per_mtok", "input_usd_per_mtok"),
        ("cache_write_usd_per_mtok", "cache_write_1h_usd_per_mtok"),
        ("tokenizer_factor_low", "tokenizer_factor"),
        ("tokenizer_factor", "tokenizer_factor_high"),
    ),
}
"""Fields of one record of which the first cannot be more than the second, where both are known."""


def _contradictions(catalog: Catalog) -> Iterator[Finding]:
    """Records whose own fields cannot all be true."""
    for room, pairs in _AT_MOST.items():
        for record in getattr(catalog, room).values():
            for field, limit in pairs:
                found, most = getattr(record, field), getattr(record, limit)
                if found is not None and most is not None and found > most:
                    yield (room, record.id, field), f"found {found}, expected at most {limit}, which is {most}"
    for model in catalog.models.values():
        if (parts := model.embedding_params_b + model.vision_params_b) > model.total_params_b:
            problem = f"found {plain(parts)} with vision_params_b, expected at most total_params_b"
            yield ("models", model.id, "embedding_params_b"), f"{problem}, which is {model.total_params_b}"
        if (model.moe_experts is None) != (model.moe_active_experts is None):
            yield ("models", model.id, "moe_experts"), "expected both moe_experts and moe_active_experts, or neither"
    for api in catalog.apis.values():
        for key in ("tiers", "changes"):
            for entry in getattr(api, key):
                price, cached = (
                    getattr(api if getattr(entry, name) is None else entry, name)
                    for name in ("input_usd_per_mtok", "cache_read_usd_per_mtok")
                )
                if cached is not None and cached > price:
                    problem = f"found a cache read of {cached}, expected at most its input price, which is {price}"
                    yield ("apis", api.id, key), problem
        yield from _peaks(api)


def _peaks(api: ApiModel) -> Iterator[Finding]:
    """Hours that are none, or that are not as many as are counted."""
    for hours in api.peak_hours:
        if hours.to_hour <= hours.from_hour:
            found = f"found {plain(hours.from_hour)} to {plain(hours.to_hour)}"
            yield ("apis", api.id, "peak_hours"), f"{found}, expected from_hour before to_hour"
    counted = sum(hours.hours_per_week for hours in api.peak_hours)
    if api.peak_hours and abs(counted - api.peak_hours_per_week) > 1e-9:
        problem = f"found {plain(api.peak_hours_per_week)}, expected the {plain(counted)} of peak_hours"
        yield ("apis", api.id, "peak_hours_per_week"), problem


def _caches(catalog: Catalog) -> Iterator[Finding]:
    """KV caches that keys and values of the record's own heads cannot make: 2 of them of 2 bytes a layer and head.

    Half of it is let through, for layers that share theirs; latent caches and states are no such sum.
    """
    for model in catalog.models.values():
        if model.is_mla or model.cache or not (model.kv_known and model.kv_heads and model.head_dim):
            continue
        head, found = 4 * model.kv_heads * model.head_dim, model.kv_bytes_per_token_fp16
        least, most = model.full_attention_layers * head / 2, model.layers * head
        if not least <= found <= most:
            problem = f"found {plain(found)}, expected {plain(least)} to {plain(most)}, as layers and heads make it"
            yield ("models", model.id, "kv_bytes_per_token_fp16"), problem
