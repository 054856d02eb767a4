"""Checks across records: every id that is named exists, ranges are in order, weeks are whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.catalog.errors import did_you_mean
from planner.catalog.profiles import is_whole_week
from planner.engine.formats import WEIGHT_FORMATS
from planner.engine.specs import Catalog

Finding = tuple[str, str, str, str]
"""(room, record id, field, what is wrong)."""


def check_catalog(catalog: Catalog) -> Iterator[Finding]:
    """Everything wrong between records, first thing first."""
    yield from _gpu_keys(catalog)
    yield from _model_keys(catalog)
    yield from _formats(catalog)
    yield from _currencies(catalog)
    yield from _ranges(catalog)


def _unknown(kind: str, found: str, known: Mapping[str, object]) -> str:
    near = did_you_mean(found, list(known))
    return f"no {kind} '{found}'" + (near if near.startswith(",") else "")


def _gpu_keys(catalog: Catalog) -> Iterator[Finding]:
    for offer in catalog.offers.values():
        if offer.gpu_id not in catalog.gpus:
            yield "offers", offer.id, "gpu_id", _unknown("GPU", offer.gpu_id, catalog.gpus)
    for purchase in catalog.purchases.values():
        if purchase.gpu_id not in catalog.gpus:
            yield "purchases", purchase.id, "gpu_id", _unknown("GPU", purchase.gpu_id, catalog.gpus)


def _model_keys(catalog: Catalog) -> Iterator[Finding]:
    for api in catalog.apis.values():
        if api.hf_id is not None and api.hf_id not in catalog.models:
            yield "apis", api.id, "hf_id", _unknown("open model", api.hf_id, catalog.models)


def _formats(catalog: Catalog) -> Iterator[Finding]:
    for model in catalog.models.values():
        named = [checkpoint.format for checkpoint in model.checkpoints]
        for fmt in (model.native_format, *named):
            if fmt not in WEIGHT_FORMATS:
                yield "models", model.id, "checkpoints", _unknown("weight format", fmt, WEIGHT_FORMATS)
        if model.native_format not in named:
            yield "models", model.id, "checkpoints", f"the native format '{model.native_format}' is not among them"
    for engine in catalog.engines.values():
        for fmt in engine.formats:
            if fmt not in WEIGHT_FORMATS:
                yield "engines", engine.id, "formats", _unknown("weight format", fmt, WEIGHT_FORMATS)


def _currencies(catalog: Catalog) -> Iterator[Finding]:
    for offer in catalog.offers.values():
        if offer.currency not in catalog.usd_per:
            yield "offers", offer.id, "currency", _unknown("exchange rate for", offer.currency, catalog.usd_per)
    for purchase in catalog.purchases.values():
        if purchase.currency not in catalog.usd_per:
            yield "purchases", purchase.id, "currency", _unknown("rate for", purchase.currency, catalog.usd_per)


def _ranges(catalog: Catalog) -> Iterator[Finding]:
    for item in catalog.assumptions.values():
        if not item.low <= item.mid <= item.high:
            problem = f"found low {item.low}, mid {item.mid}, high {item.high}: should be in this order"
            yield "assumptions", item.id, "mid", problem
    for preset in catalog.presets.values():
        if not is_whole_week(preset):
            yield "profiles", preset.id, "weekday", "should be 24 weights, at least one above 0"
    for model in catalog.models.values():
        if model.active_params_b > model.total_params_b:
            problem = f"found {model.active_params_b}, more than total_params_b {model.total_params_b}"
            yield "models", model.id, "active_params_b", problem
