"""The catalogue as tables and JSON: one line a record, filtered by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from planner import quantities
from planner.report.document import plain_table
from planner.report.tables.catalogue import TABLES
from planner.report.text import table_lines

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
    return "\n".join(table_lines(plain_table(("Kind", "Records", ""), rows, "lrl"))) + "\n"


def listing(kind: str, records: Sequence[Any], today: date) -> str:
    """One kind as a table; the date says when each record was read."""
    table = TABLES[kind](records, today)
    count = f"{len(records)} {kind if len(records) != 1 else kind.removesuffix('s')}"
    return "\n".join([*table_lines(table, _WIDE), "", count]) + "\n"
