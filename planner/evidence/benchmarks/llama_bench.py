"""llama-bench: JSON, JSONL, CSV and the Markdown table. Each row is a prompt (pp), an answer (tg), or both (pg)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.engine.units import BILLION, GIB
from planner.evidence.benchmarks.run import Places, Run, RunRemark, run_of, taken
from planner.evidence.files import Document, Fields, table_rows
from planner.toml.errors import InputError

TOOL: Final = "llama-bench"
_PLACES: Final[Places] = {
    "tool_version": "build_number",
    "engine_version": "build_number",
    "gpu": "gpu_info",
    "input_tokens": "n_prompt",
    "output_tokens": "n_gen",
    "cached_tokens": "n_depth",
}
_BAR: Final = re.compile(r"^[ \t]*\|", re.MULTILINE)
_DEVICE: Final = re.compile(r"^\s*Device 0: ([^,\n]{1,80}),", re.MULTILINE)
_BUILD: Final = re.compile(r"^build: \w+ \((\d+)\)", re.MULTILINE)
"""What is printed around the table."""
_TEST: Final = re.compile(r"(?:pp(?P<prompt>\d+))?\+?(?:tg(?P<gen>\d+))?(?: @ d(?P<depth>\d+))?")
_WEIGHTS: Final = re.compile(
    r"\b(I?Q\d\w*|MXFP4|NVFP4|BF16|F16|F32)(?: - (Small|Medium|Large))?(?![\w])", re.IGNORECASE
)
_UNITS: Final = {"MiB": 2**-10, "GiB": 1.0, "TiB": 2**10, "M": 1e-3, "B": 1.0, "T": 1e3}


def read(document: Document) -> Iterator[Run]:
    """A run a row."""
    if document.records:
        yield from map(_run, document.fields())
    elif _BAR.search(document.text):
        yield from _markdown(document)
    else:
        (_, header), *rows = document.rows()
        yield from map(_run, table_rows(document, header, rows))


def _run(fields: Fields) -> Run:
    values = taken(fields, _PLACES)
    name = fields.text("model_filename") or ""
    kind = fields.text("model_type") or ""
    values["model"] = name.replace("\\", "/").rsplit("/", 1)[-1] or kind or None
    values["weights"] = weights_named(name) or weights_named(kind)
    values["date"] = fields.day("test_time")
    size, params = fields.number("model_size"), fields.number("model_n_params")
    values["weights_gib"], values["params_b"] = size and size / GIB, params and params / BILLION
    return _speed(fields, values, fields.number("avg_ts"))


def _speed(fields: Fields, values: dict[str, Any], rate: float | None) -> Run:
    """The rate of a row is that of its prompt, of its answer, or of both together, which is neither."""
    said = []
    prompt, answer = values.get("input_tokens"), values.get("output_tokens")
    if prompt and answer:
        said.append(RunRemark("mixed_phases", (rate,)))
    elif rate:
        values["prefill_tok_s" if prompt else "decode_tok_s"] = rate
    if cached := values.get("cached_tokens"):
        said.append(RunRemark("cached_before", (cached,)))
    return run_of(TOOL, fields, values | {"engine": "llama.cpp", "concurrency": 1.0}, said)


def weights_named(text: str) -> str | None:
    """`q4_k_m` of `Q4_K - Medium` or of `Qwen3-8B-Q4_K_M.gguf`."""
    found = _WEIGHTS.search(text.replace("-", " ").replace("  ", " - ") if "gguf" in text else text)
    if found is None:
        return None
    name = found[1].lower().removesuffix(".gguf")
    return f"{name}_{found[2][0].lower()}" if found[2] else {"f16": "fp16", "f32": "fp32"}.get(name, name)


def _markdown(document: Document) -> Iterator[Run]:
    header: list[str] = []
    card, build = _DEVICE.search(document.text), _BUILD.search(document.text)
    around = {"gpu": card and card[1], "engine_version": build and build[1], "tool_version": build and build[1]}
    for line, row in enumerate(document.text.split("\n"), 1):
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if not row.lstrip().startswith("|") or set(row) <= set("|-: "):
            continue
        if not header:
            header = cells
        elif len(cells) != len(header):
            raise InputError(f"found {len(cells)} cells, expected {len(header)}", path=document.path, line=line)
        else:
            yield _row(Fields(dict(zip(header, cells, strict=True)), document.path, line), around)


def _row(fields: Fields, around: Mapping[str, str | None]) -> Run:
    test, rate = fields.text("test") or "", (fields.text("t/s") or "").split("±")[0].strip()
    parts = _TEST.fullmatch(test)
    if not test or parts is None:
        raise fields.wrong("test", fields.get("test"), "pp512, tg128 or the like")
    counted = {"n_prompt": parts["prompt"], "n_gen": parts["gen"], "n_depth": parts["depth"]}
    row = Fields(counted | {"avg_ts": rate}, fields.path, fields.line)
    kind, size, params = (fields.text(name) or "" for name in ("model", "size", "params"))
    values = taken(row, _PLACES) | {"model": kind or None, "weights": weights_named(kind), **around}
    values["weights_gib"], values["params_b"] = _measure(row, size), _measure(row, params)
    return _speed(row, values, row.number("avg_ts"))


def _measure(row: Fields, text: str) -> float | None:
    """`4.68 GiB` in GiB, `8.19 B` in 10**9."""
    amount, _, unit = text.partition(" ")
    value = Fields({text: amount}, row.path, row.line).number(text)
    return value * _UNITS[unit] if value and unit in _UNITS else None
