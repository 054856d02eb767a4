"""`planner validate --memory`: the memory sum against start-ups of an engine, from tables or from its logs."""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from planner.catalog.measured import directory_of
from planner.cli.loading import load_catalog
from planner.cli.options import deliver, format_of
from planner.cli.start_ups import read_start_ups
from planner.engine.measured.startups import ScoredStartUp, score_start_ups
from planner.quantities import count, fixed, plain, tight_share
from planner.report.csv import safe_cell
from planner.report.values import Json, as_json, number
from planner.toml.errors import InputError

ROW_HEADER = (
    "id", "model", "gpu", "start", "weights_gib", "predicted_weights_gib", "kv_gib", "predicted_kv_gib", "kv_tokens",
    "predicted_kv_tokens", "ratio", "starts", "predicted_starts",
)  # fmt: skip
Unreadable = Sequence[tuple[str, str]]


def run(args: argparse.Namespace) -> int:
    """Score every start of the files."""
    if args.measured is not None:
        raise InputError("name start-ups after --memory, or measurements without it, not both")
    directory = directory_of(load_catalog(args))
    read = [read_start_ups(path, directory, args.gpu) for path in args.memory]
    scored = score_start_ups([each for found, _ in read for each in found])
    unreadable = [each for _, problems in read for each in problems]
    if args.rows is not None:
        deliver(_rows_csv(scored), args.rows, args)
    deliver(
        as_json(to_json(scored, unreadable)) if format_of(args) == "json" else to_text(scored, unreadable),
        args.output,
        args,
    )
    return 0


GROUPS: dict[str, Callable[[ScoredStartUp], str]] = {
    "": lambda each: "all",
    "GPU": lambda each: each.start_up.deployment.gpu.name,
    "model": lambda each: each.start_up.deployment.model.name,
}


def scores(rows: Sequence[ScoredStartUp]) -> Json | None:
    """Errors of the tokens of starts that printed any; None where none did."""
    ratios = np.array([each.token_ratio for each in rows if each.start_up.kv_tokens])
    if not ratios.size:
        return None
    off = np.abs(ratios - 1)
    return {
        "starts": int(ratios.size),
        "median_error": number(float(np.median(off))),
        "worst_error": number(float(off.max())),
        "median_ratio": number(float(np.median(ratios))),
    }


def to_json(rows: Sequence[ScoredStartUp], unreadable: Unreadable) -> Json:
    """Warm and cold starts apart, then by GPU and by model; starts that the sum and the engine judge alike."""
    warm, cold = ([each for each in rows if each.start_up.is_cold is is_cold] for is_cold in (False, True))
    return {
        "starts": len(rows) + len(unreadable),
        "skipped": dict(Counter(problem for _, problem in unreadable)),
        "agree": sum(each.agrees for each in rows),
        "warm": scores(warm),
        "cold": scores(cold),
        **{f"by_{name.lower()}": _grouped(warm, key) for name, key in GROUPS.items() if name},
    }


def _grouped(rows: Sequence[ScoredStartUp], key: Callable[[ScoredStartUp], str]) -> Json:
    names = sorted({key(each) for each in rows})
    return {name: scores([each for each in rows if key(each) == name]) for name in names}


def to_text(rows: Sequence[ScoredStartUp], unreadable: Unreadable) -> str:
    """The same as tables."""
    told = to_json(rows, unreadable)
    lines = [f"{told['starts']} starts, {len(rows)} compared, {told['agree']} judged as the engine did", ""]
    width = max([20, *(len(name) for kind in ("by_gpu", "by_model") for name in told[kind])])
    lines += [f"{'KV-cache tokens':<{width}}      n  error  worst  ratio"]
    for name, found in (("warm starts", told["warm"]), ("cold starts", told["cold"])):
        lines += [_line(name, found, width)] if found else []
    for kind in ("by_gpu", "by_model"):
        lines += ["", *(_line(name, found, width) for name, found in told[kind].items() if found)]
    if unreadable:
        lines += ["", "skipped", *(f"  {count(n):>6}  {reason}" for reason, n in told["skipped"].items())]
    lines += [
        "",
        "error: median of |predicted / printed - 1|; ratio: median of predicted / printed. A cold start, which",
        "compiles, holds 0.2-0.6 GiB less than the sum says on NVIDIA and 1-3 GiB less on ROCm.",
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, found: Json, width: int) -> str:
    return (
        f"{name:<{width}} {found['starts']:6} {tight_share(found['median_error'], 1):>6}"
        f" {tight_share(found['worst_error'], 1):>6} {fixed(found['median_ratio'], 3):>6}"
    )


def _rows_csv(rows: Sequence[ScoredStartUp]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(ROW_HEADER)
    for each in rows:
        said = each.start_up
        printed = said.kv_tokens is not None
        cells = (said.weights_gib, each.weights_gib, said.kv_gib, each.kv_gib, said.kv_tokens, each.kv_tokens)
        names = (said.id, said.deployment.model.id, said.deployment.gpu.id, "cold" if said.is_cold else "warm")
        ratio = fixed(each.token_ratio, 4) if printed else ""
        writer.writerow([*map(safe_cell, names), *map(_cell, cells), ratio, printed, each.starts])
    return buffer.getvalue()


def _cell(value: float | None) -> str:
    return "" if value is None else plain(value, 10)
