"""Reads TOML values into the typed fields of a frozen record, and says what would be right where one is wrong.

The rooms of the catalogue: which table of the TOML holds which record, and what an absent key stands for.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from planner.engine.specs import (
    ApiModel,
    Assumption,
    Checkpoint,
    Citation,
    Gpu,
    Model,
    Offer,
    PriceChange,
    PriceTier,
    Purchase,
    ServingEngine,
)
from planner.toml.errors import nearest_or_all

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DATE_FIELDS = frozenset({"as_of", "from_date", "retires_on"})

Reader = Callable[[object], Any]


class WrongValueError(ValueError):
    """A value that does not fit its field; `field` is empty when the whole record is meant."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}" if field else problem)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of record is read: its class and what an absent key stands for."""

    record: Any
    """The frozen class of the record."""
    defaults: Mapping[str, object]
    signed: bool = False
    """Numbers may be negative (a price change); elsewhere a negative number is a mistake."""
    positive: frozenset[str] = frozenset()
    """Numbers that must be more than zero."""


def read_record(shape: Shape, record_id: str | None, raw: Mapping[str, object]) -> Any:
    """Build `shape.record` from a TOML table. `source` and `as_of` become its citation. Raises `WrongValueError`."""
    readers = _readers(shape.record)
    values: dict[str, object] = dict(shape.defaults)
    if "id" in readers:
        values["id"] = record_id
    for key, found in raw.items():
        reader = readers.get(key)
        if reader is None or key == "id":
            raise WrongValueError(key, f"unknown key{nearest_or_all(key, [k for k in readers if k != 'id'])}")
        try:
            values[key] = reader(found)
        except WrongValueError as wrong:
            raise WrongValueError(f"{key}.{wrong.field}" if wrong.field else key, wrong.problem) from None
        _check_number(shape, key, values[key])
    missing = [key for key in readers if key not in values]
    if missing:
        raise WrongValueError("", f"{missing[0]} is missing")
    if "source" in readers:
        values["citation"] = Citation(str(values.pop("source")), str(values.pop("as_of")))
    return shape.record(**values)


def keys_of(shape: Shape) -> list[str]:
    """Keys a record of this shape may have in TOML."""
    return [key for key in _readers(shape.record) if key != "id"]


def _check_number(shape: Shape, key: str, value: object) -> None:
    if not isinstance(value, float | int) or isinstance(value, bool):
        return
    if key in shape.positive and value <= 0:
        raise WrongValueError(key, f"found {value}, should be more than 0")
    if value < 0 and not shape.signed:
        raise WrongValueError(key, f"found {value}, should not be negative")
    if key.endswith("_fraction") and not shape.signed and value > 1:
        raise WrongValueError(key, f"found {value}, should be a share between 0 and 1")


@cache
def _readers(record: Any) -> dict[str, Reader]:
    """One reader for each TOML key of a record class."""
    readers: dict[str, Reader] = {}
    for name, hint in get_type_hints(record).items():
        if hint is Citation:
            readers |= {"source": _text_with_content, "as_of": _date}
        else:
            readers[name] = _date if name in _DATE_FIELDS else _reader(hint)
    return readers


def _reader(hint: Any) -> Reader:
    if get_origin(hint) in (UnionType, Union):
        return _reader(next(arm for arm in get_args(hint) if arm is not NoneType))
    if get_origin(hint) is Literal:
        return _choice(get_args(hint))
    if get_origin(hint) is tuple:
        return _sequence(get_args(hint)[0])
    return _SCALARS[hint]


def _choice(allowed: tuple[str, ...]) -> Reader:
    def read(found: object) -> str:
        if not isinstance(found, str) or found not in allowed:
            near = nearest_or_all(found, list(allowed)) if isinstance(found, str) else f"; known: {', '.join(allowed)}"
            raise WrongValueError("", f"found {found!r}{near}")
        return found

    return read


def _sequence(item: Any) -> Reader:
    if item is Checkpoint:
        return _checkpoints
    if item in _TABLES:
        return lambda found: tuple(read_record(_TABLES[item], None, _table(entry)) for entry in _array(found))
    read = _SCALARS[item]
    return lambda found: tuple(read(entry) for entry in _array(found))


def _array(found: object) -> list[object]:
    if not isinstance(found, list):
        raise WrongValueError("", f"found {found!r}, should be a list")
    return found


def _table(found: object) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise WrongValueError("", f"found {found!r}, should be a table")
    return found


def _checkpoints(found: object) -> tuple[Checkpoint, ...]:
    return tuple(Checkpoint(fmt, _text_with_content(repo)) for fmt, repo in _table(found).items())


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WrongValueError("", f"found {found!r}, should be a number")
    if not math.isfinite(found):
        raise WrongValueError("", f"found {found}, should be a finite number")
    return float(found)


def _whole(found: object) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise WrongValueError("", f"found {found!r}, should be a whole number")
    return found


def _flag(found: object) -> bool:
    if not isinstance(found, bool):
        raise WrongValueError("", f"found {found!r}, should be true or false")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise WrongValueError("", f"found {found!r}, should be text")
    return found


def _text_with_content(found: object) -> str:
    if not _text(found).strip():
        raise WrongValueError("", "found an empty text")
    return _text(found)


def _date(found: object) -> str:
    if isinstance(found, datetime.date) and not isinstance(found, datetime.datetime):
        return found.isoformat()
    if not isinstance(found, str) or not _DATE.fullmatch(found):
        raise WrongValueError("", f"found {found!r}, should be a date: 2026-11-23, 2026-11 or 2026")
    return found


_SCALARS: dict[Any, Reader] = {float: _number, int: _whole, bool: _flag, str: _text}
_NO_PRICE = {"input_usd_per_mtok": None, "output_usd_per_mtok": None, "cache_read_usd_per_mtok": None}
_TABLES: dict[Any, Shape] = {PriceTier: Shape(PriceTier, _NO_PRICE), PriceChange: Shape(PriceChange, _NO_PRICE)}


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: USD for one unit of the currency `id`."""

    id: str
    usd_per_unit: float
    citation: Citation


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """An hour-of-week preset as written: 24 weekday weights and a factor for Saturday and Sunday."""

    id: str
    label: str
    weekday: tuple[float, ...]
    weekend_factor: float
    day_noise_cv: float
    peak_to_mean: float
    why: str
    citation: Citation


_GPU = Shape(
    Gpu,
    {
        "memory_gb": None,
        "memory_usable_assumed": False,
        "dense_bf16_tflops": None,
        "dense_fp8_tflops": None,
        "dense_int8_tops": None,
        "dense_fp4_tflops": None,
        "link_gb_s": None,
        "tdp_w": None,
        "compute_capability": "",
        "form_factor": "",
        "aliases": (),
        "notes": "",
    },
    positive=frozenset({"bandwidth_gb_s", "memory_gb", "tdp_w"}),
)
_MODEL = Shape(
    Model,
    {
        "family": "",
        "release": "",
        "commercial_conditions": "",
        "eu_allowed": True,
        "vision_params_b": 0.0,
        "kv_heads": None,
        "head_dim": None,
        "is_mla": False,
        "sliding_window": None,
        "fixed_state_bytes_per_sequence": 0.0,
        "kv_known": True,
        "tied_embeddings": False,
        "moe_experts": None,
        "moe_active_experts": None,
        "intermediate_size": None,
        "moe_intermediate_size": None,
        "gated": False,
        "level": None,
        "level_basis": "",
        "tokenizer_factor": 1.0,
        "aliases": (),
        "notes": "",
        "rotary_positions": None,
        "vision_hidden_size": None,
        "vision_intermediate_size": None,
        "vision_patches_per_token": None,
    },
    positive=frozenset({"total_params_b", "active_params_b", "layers", "hidden_size", "vocab_size", "max_context"}),
)
_OFFER = Shape(
    Offer,
    {"in_eu": False, "setup_fee": 0.0, "monthly_extra": 0.0, "notes": ""},
    positive=frozenset({"gpu_count"}),
)
_API = Shape(
    ApiModel,
    {
        "hf_id": None,
        "cache_read_usd_per_mtok": None,
        "cache_write_usd_per_mtok": None,
        "cache_write_1h_usd_per_mtok": None,
        "batch_discount_fraction": None,
        "context_window": None,
        "status": "active",
        "retires_on": None,
        "in_eu": False,
        "is_embedding": False,
        "level": None,
        "level_basis": "",
        "tokenizer_factor": 1.0,
        "tiers": (),
        "changes": (),
        "tier_notes": "",
        "aliases": (),
        "peak_hours_per_week": 0.0,
        "peak_factor": 1.0,
    },
    positive=frozenset({"tokenizer_factor", "context_window", "peak_factor"}),
)
_ENGINE = Shape(
    ServingEngine,
    {"default_memory_fraction": None, "default_max_num_seqs": None, "formats": (), "vendors": (), "notes": ""},
)
_PURCHASE = Shape(Purchase, {"whole_server": False, "includes_vat": False, "notes": ""}, positive=frozenset({"price"}))

ROOMS: dict[str, Shape] = {
    "gpus": _GPU,
    "models": _MODEL,
    "offers": _OFFER,
    "apis": _API,
    "engines": _ENGINE,
    "assumptions": Shape(Assumption, {}, signed=True),
    "profiles": Shape(ProfileShape, {}, positive=frozenset({"weekend_factor", "peak_to_mean"})),
    "purchases": _PURCHASE,
    "fx": Shape(Rate, {}, positive=frozenset({"usd_per_unit"})),
}
"""Table name = file name: `[gpus.l40s]` lives in gpus.toml; a user's own file may hold several of them."""
