"""Tables of start-ups and the logs of an engine itself, as files: what `planner validate --memory` reads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from planner.engine.measured.directory import Directory
from planner.engine.measured.row import SkippedRowError
from planner.engine.measured.startups import COLUMNS, REQUIRED, StartUp, start_up
from planner.quantities import count
from planner.toml.errors import InputError
from planner.toml.files import decode, read_bytes
from planner.words.refusals import skip_words

LARGEST_BYTES = 2**25
MOST_ROWS = 100_000


def read_start_ups(
    path: Path, directory: Directory, gpu: str | None = None
) -> tuple[list[StartUp], list[tuple[str, str]]]:
    """The starts of a table, or the one of a log, and by id why others could not be read. Raises `InputError`.

    A log does not name its card: `gpu` does.
    """
    try:
        text = decode(read_bytes(path, LARGEST_BYTES))
        other = next((reason for rule, reason in _OTHER_LOGS.items() if re.search(rule, text)), None)
        if not _IS_LOG.search(text):
            if other is not None:
                raise InputError(other)
            return _of_table(text, directory)
        if gpu is None:
            raise InputError("a log does not say which card it ran on: add --gpu NAME")
        cells = {"id": path.name, "gpu": gpu, **log_cells(text)}
        missing = [name for name in ("model", "max_model_len") if not cells.get(name)]
        if missing:
            raise InputError(f"the log lacks the line with the engine's config ({', '.join(missing)})")
        if not cells.get("kv_tokens") and not _REFUSES.search(text):
            raise InputError("the log ends before the line with the tokens of the cache, and before any refusal")
        models = sorted({*re.findall(_LOG["model"], text)})
        if len(models) > 1:
            raise InputError(
                f"the log holds starts of {len(models)} models ({', '.join(models)}); give each its own file"
            )
    except InputError as error:
        raise error.at(path) from None
    return _read([(path.name, cells)], directory)


_IS_LOG = re.compile(r"^.*(Available KV cache memory|Model loading took|Initializing a V\d LLM engine)", re.M)
_OTHER_LOGS: Mapping[str, str] = {
    r"max_total_num_tokens=|server_args=ServerArgs|KV Cache is allocated\. #tokens": (
        "this is a log of SGLang, whose sum has no start to be held to yet; only vLLM's logs are read"
    ),
    r"Initializing an LLM engine \(v|Loading model weights took|# (?:GPU|cuda) blocks: \d": (
        "this is a log of vLLM before 0.8, which prints blocks and no tokens; logs of 0.8 and later are read"
    ),
}
"""By what only they print, why other logs are not read."""
_REFUSES = re.compile(r"ValueError|Engine core initialization failed|EngineCore failed to start|OutOfMemoryError")
_LOG: Mapping[str, str] = {
    "version": r"LLM engine \(v(\d+\.\d+[^\s)]*)",
    "model": r"LLM engine .*?\bmodel='([^']+)'",
    "max_model_len": r"LLM engine .*?\bmax_seq_len=(\d+)",
    "tp": r"LLM engine .*?\btensor_parallel_size=(\d+)",
    "pp": r"LLM engine .*?\bpipeline_parallel_size=(\d+)",
    "kv": r"LLM engine .*?\bkv_cache_dtype=([\w.]+)",
    "weights": r"LLM engine .*?\bquantization=(?!None)'?([\w-]+)",
    "gpu_memory_utilization": r"'gpu_memory_utilization': ([\d.]+)",
    "max_num_seqs": r"'max_num_seqs': (\d+)",
    "max_num_batched_tokens": r"max_num_batched_tokens(?:'?: |=)(\d+)",
    "lora_adapters": r"'max_loras': (\d+)",
    "lora_rank": r"'max_lora_rank': (\d+)",
    "weights_gib": r"Model loading took ([\d.]+) Gi?B",
    "kv_gib": r"Available KV cache memory: ([\d.]+) GiB",
    "kv_tokens": r"GPU KV cache size: ([\d,]+) tokens",
    "max_concurrency": r"Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x",
}
"""Where vLLM 0.8 to 0.33 print each cell."""
_COMPILES = re.compile(r"Compiling a graph|torch\.compile takes (?:[1-9]\d|\d{3,})")


def log_cells(text: str) -> dict[str, str]:
    """What a start-up log of vLLM states, under the names of a table. Of several workers the first counts."""
    cells = {name: found[1].replace(",", "") for name, rule in _LOG.items() if (found := re.search(rule, text))}
    if "version" not in cells and (said := re.search(r"version v?(\d+\.\d+[^\s)]*)", text)):
        cells["version"] = said[1]
    tokens = [int(each.replace(",", "")) for each in re.findall(_LOG["kv_tokens"], text)]
    if tokens:
        cells["kv_tokens"] = str(min(tokens))
    return {**cells, "start": "cold" if _COMPILES.search(text) else "warm"}


def _of_table(text: str, directory: Directory) -> tuple[list[StartUp], list[tuple[str, str]]]:
    """Lines that begin with # are remarks."""
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    reader = csv.reader(io.StringIO("".join(lines[start:]), newline=""))
    try:
        header = {name.strip(): place for place, name in enumerate(next(reader, ()))}
        places = {
            name: next((header[heading] for heading in headings if heading in header), None)
            for name, headings in COLUMNS.items()
        }
        missing = [name for name in REQUIRED if places[name] is None]
        if missing:
            raise InputError(f"the header lacks {', '.join(missing)}", line=start + 1)
        rows: list[tuple[str, dict[str, str]]] = []
        for record in reader:
            if len(rows) >= MOST_ROWS:
                raise InputError(f"found more than {count(MOST_ROWS)} rows", line=start + reader.line_num)
            cells = {n: record[at].strip() for n, at in places.items() if at is not None and at < len(record)}
            if record:
                rows.append((cells.get("id") or f"line {start + reader.line_num}", cells))
    except csv.Error as error:
        raise InputError(f"not a table: {error}", line=start + reader.line_num) from None
    return _read(rows, directory)


def _read(rows: list[tuple[str, dict[str, str]]], directory: Directory) -> tuple[list[StartUp], list[tuple[str, str]]]:
    found: list[StartUp] = []
    unreadable: list[tuple[str, str]] = []
    for name, cells in rows:
        try:
            found.append(start_up(cells, directory))
        except SkippedRowError as problem:
            unreadable.append((name, skip_words(problem.skip)))
        except ValueError as problem:
            unreadable.append((name, str(problem)))
    return found, unreadable
