"""The catalogue as tables and JSON: one line a record, the id first, filtered by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from planner import quantities
from planner.engine.specs import ApiModel, Gpu, Model, Offer, ServingEngine
from planner.engine.units import API_DAYS, RENT_DAYS, is_stale
from planner.quantities import gib, percent, scaled, significant
from planner.report.document import Column, Table, plain_table, tabulate
from planner.report.tables.strategies import NONE
from planner.report.text import UNWRAPPED, table_lines


def models(records: Iterable[Model], _today: date) -> Table:
    """Open models: size, quality level, licence and the formats of their weights."""
    return tabulate(
        records,
        lambda row: row.id,
        (Column("id", "model"), lambda row: row.id),
        (Column("params", "params", right=True), _billions),
        (Column("level", "level"), lambda row: row.level or NONE),
        (Column("context", "context", right=True), lambda row: scaled(row.max_context)),
        (Column("licence", "licence"), _licence),
        (Column("as_of", "as of"), lambda row: row.citation.as_of),
        (Column("formats", "formats"), _formats),
    )


def _billions(model: Model) -> str:
    total = f"{significant(model.total_params_b)} B"
    return total if model.moe_experts is None else f"{total}-A{significant(model.active_params_b)}"


def _licence(model: Model) -> str:
    return model.licence + ("" if model.commercial_use == "yes" else f" ({model.commercial_use})")


def _formats(model: Model) -> str:
    return " ".join(dict.fromkeys((model.native_format, *(checkpoint.format for checkpoint in model.checkpoints))))


def gpus(records: Iterable[Gpu], _today: date) -> Table:
    """Cards: memory that is usable, bandwidth and dense compute."""
    return tabulate(
        records,
        lambda row: row.id,
        (Column("id", "GPU"), lambda row: row.id),
        (
            Column("usable", "usable", right=True),
            lambda row: f"{gib(row.memory_gib_usable)}{' (rule)' if row.memory_usable_assumed else ''}",
        ),
        (Column("bandwidth", "GB/s", right=True), lambda row: significant(row.bandwidth_gb_s)),
        (Column("bf16", "BF16 TFLOPS", right=True), lambda row: significant(row.dense_bf16_tflops)),
        (Column("fp8", "FP8 TFLOPS", right=True), lambda row: significant(row.dense_fp8_tflops)),
        (Column("as_of", "as of"), lambda row: row.citation.as_of),
        (Column("name", "name"), _named_with_sizes),
    )


def _named_with_sizes(gpu: Gpu) -> str:
    sizes = ", ".join(quantities.plain(size.memory_gb) for size in gpu.sizes)
    return f"{gpu.name} (also with {sizes} GB)" if sizes else gpu.name


def offers(records: Iterable[Offer], today: date) -> Table:
    """GPUs for rent."""
    return tabulate(
        records,
        lambda row: row.id,
        (Column("id", "offer"), lambda row: row.id),
        (Column("gpus", "GPUs"), lambda row: f"{row.gpu_count}x {row.gpu_id}"),
        (Column("price", "price", right=True), lambda row: f"{quantities.price(row.price, row.currency)}/{row.per}"),
        (Column("terms", "terms"), lambda row: f"{row.commitment}, {row.market}"),
        (Column("region", "region"), lambda row: row.region or NONE),
        (Column("as_of", "as of"), lambda row: _dated(row.citation.as_of, today, RENT_DAYS)),
    )


def apis(records: Iterable[ApiModel], today: date) -> Table:
    """Models paid by the token."""

    def price(value: float | None) -> str:
        return NONE if value is None else quantities.price(value)

    return tabulate(
        records,
        lambda row: row.id,
        (Column("id", "API, USD per 1M tokens"), lambda row: row.id),
        (Column("input", "input", right=True), lambda row: price(row.input_usd_per_mtok)),
        (Column("output", "output", right=True), lambda row: price(row.output_usd_per_mtok)),
        (Column("cached", "cached", right=True), lambda row: price(row.cache_read_usd_per_mtok)),
        (
            Column("batch", "batch", right=True),
            lambda row: NONE if row.batch_discount_fraction is None else f"-{percent(row.batch_discount_fraction)}",
        ),
        (Column("status", "status"), lambda row: row.status),
        (Column("as_of", "as of"), lambda row: _dated(row.citation.as_of, today, API_DAYS)),
    )


def engines(records: Iterable[ServingEngine], _today: date) -> Table:
    """Serving engines and what they run."""
    return tabulate(
        records,
        lambda row: row.id,
        (Column("id", "engine"), lambda row: row.id),
        (Column("name", "name"), lambda row: f"{row.name} {row.version}"),
        (Column("for", "for"), lambda row: "production" if row.production_ready else "development"),
        (Column("vendors", "runs on"), lambda row: " ".join(row.vendors)),
        (Column("formats", "weights"), lambda row: " ".join(row.formats)),
        (Column("as_of", "as of"), lambda row: row.citation.as_of),
    )


def _dated(as_of: str, today: date, limit_days: int) -> str:
    return f"{as_of}{' STALE' if is_stale(as_of, today, limit_days) else ''}"


TABLES: Mapping[str, Callable[[Any, date], Table]] = {
    "models": models,
    "gpus": gpus,
    "offers": offers,
    "apis": apis,
    "engines": engines,
}
"""By the name of the kind on the command line."""


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


def overview(kinds: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """How many records there are of each kind."""
    rows = tuple((kind, quantities.count(counts[kind]), summary) for kind, summary in kinds.items())
    return "\n".join(table_lines(plain_table(("Kind", "Records", ""), rows, "lrl"))) + "\n"


def listing(kind: str, records: Sequence[Any], today: date) -> str:
    """One kind as a table; the date says when each record was read."""
    table = TABLES[kind](records, today)
    count = f"{len(records)} {kind if len(records) != 1 else kind.removesuffix('s')}"
    return "\n".join([*table_lines(table, UNWRAPPED), "", count]) + "\n"
