"""guidellm: `benchmarks.json`, and its table in the layout of 0.8 (three lines of header) and the older one (one).

Figures are those of successful requests: the `total` of the file adds what failed. `time_per_output_token_ms` holds the
first token, `inter_token_latency_ms` does not.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final

from planner.evidence.benchmarks.run import Places, Run, RunRemark, run_of, taken
from planner.evidence.files import Document, Fields, table_rows

TOOL: Final = "guidellm"
_MEANS: Final[Places] = {
    "ttft_ms": "time_to_first_token_ms.successful.mean",
    "ttft_median_ms": "time_to_first_token_ms.successful.median",
    "ttft_p95_ms": "time_to_first_token_ms.successful.percentiles.p95",
    "ttft_p99_ms": "time_to_first_token_ms.successful.percentiles.p99",
    "tpot_ms": "inter_token_latency_ms.successful.mean",
    "tpot_median_ms": "inter_token_latency_ms.successful.median",
    "tpot_p99_ms": "inter_token_latency_ms.successful.percentiles.p99",
    "tpot_with_first_ms": "time_per_output_token_ms.successful.mean",
    "output_tok_s": "output_tokens_per_second.successful.mean",
    "total_tok_s": "tokens_per_second.successful.mean",
    "input_tokens": "prompt_token_count.successful.mean",
    "output_tokens": "output_token_count.successful.mean",
    "concurrency_measured": "request_concurrency.successful.mean",
    "requests": "request_totals.successful",
    "failed": "request_totals.errored",
}
_ABOUT: Final[Places] = {
    "model": ("config.backend.model", "args.backend.model", "worker.backend_model"),
    "concurrency": ("config.strategy.streams", "args.strategy.streams", "scheduler.strategy.streams"),
    "request_rate": ("config.strategy.rate", "args.strategy.rate", "scheduler.strategy.rate"),
    "duration_s": "duration",
    "requests": ("scheduler_metrics.requests_made.successful", "run_stats.requests_made.successful"),
    "failed": ("scheduler_metrics.requests_made.errored", "run_stats.requests_made.errored"),
}
_COLUMNS: Final[Places] = {
    "ttft_ms": ("time to first token successful ms mean", "ttft mean"),
    "ttft_median_ms": "time to first token successful ms median",
    "ttft_p95_ms": "ttft p95",
    "tpot_ms": ("inter token latency successful ms mean", "itl mean"),
    "tpot_with_first_ms": ("time per output token successful ms mean", "tpot mean"),
    "output_tok_s": ("token throughput successful output tokens/sec mean", "output tokens/sec mean"),
    "total_tok_s": ("token throughput successful total tokens/sec mean", "total tokens/sec mean"),
    "input_tokens": "token metrics successful input tokens mean",
    "output_tokens": "token metrics successful output tokens mean",
    "concurrency_measured": ("server throughput successful concurrency mean", "concurrency mean"),
    "requests": "request counts successful",
    "failed": "request counts errored",
    "duration_s": "timings duration sec",
}


def read(document: Document) -> Iterator[Run]:
    """Every benchmark of the file: a sweep holds several."""
    if not document.records:
        yield from _table(document)
        return
    for top in document.fields():
        version = top.version("metadata.guidellm_version")
        for one in top.list_of("benchmarks"):
            values = {"tool_version": version} | taken(one, _ABOUT) | taken(one.inside("metrics"), _MEANS)
            yield _run(one, values | _day(one.number("start_time")))


def _run(fields: Fields, values: dict[str, Any]) -> Run:
    values = values | {"concurrency": values.get("concurrency") or values.get("concurrency_measured")}
    held = values.get("tpot_with_first_ms")
    return run_of(TOOL, fields, values, [RunRemark("first_token_in_tpot", (held,))] if held else [])


def _day(epoch_s: float | None) -> dict[str, str]:
    try:
        return {"date": dt.datetime.fromtimestamp(epoch_s, dt.UTC).date().isoformat()} if epoch_s else {}
    except (ValueError, OverflowError, OSError):
        return {}


def _table(document: Document) -> Iterator[Run]:
    rows = document.rows()
    lines = next((n for n, (_, row) in enumerate(rows) if _is_number(row)), 1)
    header = [
        " ".join(" ".join(cells).lower().split()) for cells in zip(*(row for _, row in rows[:lines]), strict=False)
    ]
    for cells in table_rows(document, header, rows[lines:]):
        yield _run(cells, taken(cells, _COLUMNS) | _strategy(cells) | _said(cells))


def _is_number(row: list[str]) -> bool:
    """Whether it is a row of figures: the lines of a header hold words."""
    return sum(cell.replace(".", "", 1).isdigit() for cell in row) >= 3


def _strategy(cells: Fields) -> dict[str, Any]:
    """`concurrent@2` of the table, or a strategy with its rate beside it."""
    told = str(cells.data.get("benchmark strategy") or cells.data.get("strategy") or "")
    kind, _, rate = told.partition("@")
    stated = rate or str(cells.data.get("strategy rate") or "")
    asked = float(stated) if stated.replace(".", "", 1).isdigit() else None
    key = {"concurrent": "concurrency", "constant": "request_rate", "poisson": "request_rate"}.get(kind.strip())
    return {key: asked} if key and asked else {}


def _said(cells: Fields) -> dict[str, Any]:
    """Model, version and day, where the table carries the tool's own arguments."""
    found: dict[str, Any] = {"date": cells.day("timings start time")}
    for name, key, place in (
        ("runtime info arguments", "model", "spec.backend.model"),
        ("runtime info metadata", "tool_version", "guidellm_version"),
    ):
        try:
            data = Fields(json.loads(cells.data.get(name) or "{}"), cells.path, cells.line)
        except (ValueError, RecursionError):
            continue
        found[key] = data.version(place) if key == "tool_version" else data.text(place)
    return found
