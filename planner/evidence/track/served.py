"""What servers say of themselves: two scrapes of `/metrics`, or series out of Prometheus; vLLM and SGLang.

Counters only grow. Between two scrapes that fell in an order that cannot be told it is refused; in a series a fall is
a restart. A mean is exact, a p95 as fine as the histogram's buckets are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from planner.evidence.benchmarks import scrapes
from planner.evidence.files import Document, read_document
from planner.evidence.usage.serving import growth, time_named
from planner.evidence.usage.times import Clock
from planner.records import dataclass
from planner.toml.errors import InputError

FIRST: Final = "time_to_first_token_seconds"
TOKEN: Final = (
    "request_time_per_output_token_seconds", "time_per_output_token_seconds", "inter_token_latency_seconds",
)  # fmt: skip
"""A token after the first, the better measure first."""
_LE: Final = re.compile(r'le="([^"]{1,24})"')
_EXPECTED: Final = "two scrapes of /metrics of vLLM or SGLang, or one file of a Prometheus range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Of all servers in the files; what they do not tell is None."""

    servers: int
    seconds: float | None
    ttft_ms: float | None
    ttft_ms_p95: float | None
    tpot_ms: float | None
    tpot_ms_p95: float | None
    output_tok_s: float | None
    """Mean of the whole time, all servers."""


Grown = dict[tuple[str, str], float]
"""By name without the engine, and by the upper end of a bucket, empty where it is none."""


def read_served(paths: Sequence[Path], seconds: float | None = None) -> Served:
    """What happened between the first sample and the last. Raises `InputError`."""
    documents = [read_document(path) for path in paths]
    ranges = [document for document in documents if document.records]
    if len(documents) == 1 and ranges:
        return _of_range(documents[0])
    if len(documents) != 2 or ranges or not all(map(scrapes.is_scrape, documents)):
        raise InputError(f"expected {_EXPECTED}", path=documents[-1].path, field="--metrics")
    run = scrapes.read(documents[0], documents[1], seconds or _between(documents))
    before, after = (_levels(document) for document in documents)
    grown: Grown = {key: growth(before.get(key, 0.0), now) for key, now in after.items()}
    return _served(grown, run.duration_s, 1)


def _between(documents: Sequence[Document]) -> float | None:
    """Seconds between two scrapes by the names of their files."""
    first, last = (time_named(document.name, Clock()) for document in documents)
    return last - first if first is not None and last is not None and last > first else None


def _levels(document: Document) -> Grown:
    found: Grown = {}
    for sample in filter(None, map(scrapes.SAMPLE.fullmatch, document.text.split("\n"))):
        end = _LE.search(sample["labels"] or "")
        key = (sample["name"].partition(":")[2], end[1] if end else "")
        value = _number(sample["value"])
        found[key] = found.get(key, 0.0) + (0.0 if value is None else value)
    return found


def _number(found: object) -> float | None:
    try:
        value = float(str(found))
    except ValueError:
        return None
    return value if 0 <= value < 1e15 else None


def _of_range(document: Document) -> Served:
    """Series of a range query."""
    grown: Grown = {}
    servers, begin, end = set[str](), math.inf, -math.inf
    for metric, points in _series(document):
        engine, _, name = str(metric.get("__name__", "")).partition(":")
        if engine not in ("vllm", "sglang") or not name:
            continue
        servers.add(str(metric.get("instance", "")))
        key = (name, str(metric.get("le", "")))
        grown[key] = grown.get(key, 0.0) + sum(growth(one[1], other[1]) for one, other in pairwise(points))
        begin, end = min(begin, points[0][0]), max(end, points[-1][0])
    if not grown:
        raise InputError(f"found no series of vLLM or SGLang, expected {_EXPECTED}", path=document.path)
    return _served(grown, end - begin if end > begin else None, len(servers))


def _series(document: Document) -> Iterator[tuple[Mapping[str, Any], list[tuple[float, float]]]]:
    for line, record in document.records:
        page = record.get("data", record) if isinstance(record, Mapping) else None
        listed = page.get("result", [page]) if isinstance(page, Mapping) else None
        for series in listed if isinstance(listed, list) else ():
            metric, values = (series.get(key) if isinstance(series, Mapping) else None for key in ("metric", "values"))
            if not isinstance(metric, Mapping) or not isinstance(values, list):
                raise InputError(f"found no series, expected {_EXPECTED}", path=document.path, line=line)
            pairs = [(_number(v[0]), _number(v[1])) for v in values if isinstance(v, list) and len(v) == 2]
            points = [(at, level) for at, level in pairs if at is not None and level is not None]
            if points:
                yield metric, points


def _served(grown: Grown, seconds: float | None, servers: int) -> Served:
    sums = {name: value for (name, end), value in grown.items() if not end}
    token = next((name for name in TOKEN if sums.get(f"{name}_count")), TOKEN[0])
    written = sums.get("generation_tokens_total")
    return Served(
        servers=servers,
        seconds=seconds,
        ttft_ms=scrapes.mean_ms(sums, FIRST),
        ttft_ms_p95=_quantile_ms(grown, FIRST),
        tpot_ms=scrapes.mean_ms(sums, token),
        tpot_ms_p95=_quantile_ms(grown, token),
        output_tok_s=None if written is None or not seconds else written / seconds,
    )


def _quantile_ms(grown: Grown, name: str, share: float = 0.95) -> float | None:
    """By linear interpolation within a bucket, as Prometheus does; beyond the last end it is that end."""
    ends = [(float(end), value) for (of, end), value in grown.items() if of == f"{name}_bucket" and _is_end(end)]
    ends.sort()
    total = ends[-1][1] if ends and math.isinf(ends[-1][0]) else 0.0
    low, below = 0.0, 0.0
    for end, value in ends:
        if total and value >= share * total:
            part = (share * total - below) / (value - below) if value > below else 1.0
            return (low if math.isinf(end) else low + (end - low) * part) * 1e3
        low, below = end, value
    return None


def _is_end(text: str) -> bool:
    return text == "+Inf" or _number(text) is not None
