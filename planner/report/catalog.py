"""The catalogue as tables and JSON: one line a record, filtered by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from planner import quantities
from planner.engine.specs import ApiModel, Gpu, Model, Offer, ServingEngine
from planner.engine.staleness import API_DAYS, RENT_DAYS, is_stale
from planner.report.document import Table
from planner.report.text import table_lines

STALE_MARK = " STALE"
_WIDE = 10_000
"""A listing keeps one line a record, so that it can be searched and cut by other programs."""
_SEARCHED = (
    *("id", "name", "aliases", "vendor", "architecture", "family", "licence", "level", "modality", "native_format"),
    *("provider", "product", "gpu_id", "commitment", "market", "region", "model_id", "hf_id", "status"),
)
"""What a word may match: names and classes, not notes and sources."""


def found(records: Mapping[str, Any], words: Sequence[str]) -> list[Any]:
    """Records whose names or classes hold every word, whatever the case; sorted by id."""
    wanted = [word.casefold() for word in words]
    return [record for _, record in sorted(records.items()) if _holds(record, wanted)]


def _holds(record: Any, wanted: Sequence[str]) -> bool:
    held = (getattr(record, name, None) for name in _SEARCHED)
    text = " ".join(str(value) for value in held if value is not None).casefold()
    return all(word in text for word in wanted)


def record_json(record: Any) -> dict[str, Any]:
    """A record as plain values."""
    return asdict(record)


def overview(kinds: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """How many records there are of each kind."""
    rows = tuple((kind, quantities.count(counts[kind]), summary) for kind, summary in kinds.items())
    return "\n".join(table_lines(Table(("Kind", "Records", ""), rows, "lrl"))) + "\n"


def listing(kind: str, records: Sequence[Any], today: date) -> str:
    """One kind as a table; the date says when each record was read."""
    table = _TABLES[kind](records, today)
    count = f"{len(records)} {kind if len(records) != 1 else kind.removesuffix('s')}"
    return "\n".join([*table_lines(table, _WIDE), "", count]) + "\n"


def _models(records: Iterable[Model], _today: date) -> Table:
    rows = tuple(
        (
            model.id,
            _billions(model),
            model.level or "–",
            quantities.scaled(model.max_context),
            model.licence + ("" if model.commercial_use == "yes" else f" ({model.commercial_use})"),
            model.citation.as_of,
            " ".join(dict.fromkeys((model.native_format, *(checkpoint.format for checkpoint in model.checkpoints)))),
        )
        for model in records
    )
    return Table(("Model", "Params", "Level", "Context", "Licence", "As of", "Formats"), rows, "lrlrlll")


def _billions(model: Model) -> str:
    total = f"{quantities.significant(model.total_params_b)} B"
    return total if model.moe_experts is None else f"{total}-A{quantities.significant(model.active_params_b)}"


def _gpus(records: Iterable[Gpu], _today: date) -> Table:
    rows = tuple(
        (
            gpu.id,
            f"{quantities.gib(gpu.memory_gib_usable)}{' (rule)' if gpu.memory_usable_assumed else ''}",
            quantities.significant(gpu.bandwidth_gb_s),
            quantities.significant(gpu.dense_bf16_tflops),
            quantities.significant(gpu.dense_fp8_tflops),
            gpu.citation.as_of,
            gpu.name,
        )
        for gpu in records
    )
    headers = ("GPU", "Usable", "GB/s", "BF16 TFLOPS", "FP8 TFLOPS", "As of", "Name")
    return Table(headers, rows, "lrrrrll")


def _offers(records: Iterable[Offer], today: date) -> Table:
    rows = tuple(
        (
            offer.id,
            f"{offer.gpu_count}x {offer.gpu_id}",
            f"{quantities.price(offer.price, offer.currency)}/{offer.per}",
            f"{offer.commitment}, {offer.market}",
            offer.region or "–",
            _dated(offer.citation.as_of, today, RENT_DAYS),
        )
        for offer in records
    )
    return Table(("Offer", "GPUs", "Price", "Terms", "Region", "As of"), rows, "llrlll")


def _apis(records: Iterable[ApiModel], today: date) -> Table:
    rows = tuple(
        (
            api.id,
            quantities.price(api.input_usd_per_mtok),
            quantities.price(api.output_usd_per_mtok),
            "–" if api.cache_read_usd_per_mtok is None else quantities.price(api.cache_read_usd_per_mtok),
            "–" if api.batch_discount_fraction is None else f"-{quantities.percent(api.batch_discount_fraction)}",
            api.status,
            _dated(api.citation.as_of, today, API_DAYS),
        )
        for api in records
    )
    return Table(("API, USD per 1M tokens", "Input", "Output", "Cached", "Batch", "Status", "As of"), rows, "lrrrrll")


def _engines(records: Iterable[ServingEngine], _today: date) -> Table:
    rows = tuple(
        (
            engine.id,
            f"{engine.name} {engine.version}",
            "production" if engine.production_ready else "development",
            " ".join(engine.vendors),
            " ".join(engine.formats),
            engine.citation.as_of,
        )
        for engine in records
    )
    return Table(("Engine", "Name", "For", "Runs on", "Weights", "As of"), rows, "llllll")


def _dated(as_of: str, today: date, limit_days: int) -> str:
    return f"{as_of}{STALE_MARK if is_stale(as_of, today, limit_days) else ''}"


_TABLES: Mapping[str, Callable[[Any, date], Table]] = {
    "models": _models,
    "gpus": _gpus,
    "offers": _offers,
    "apis": _apis,
    "engines": _engines,
}
