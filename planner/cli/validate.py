"""`planner validate MEASURED.csv`: predictions against measurements, with errors and interval coverage.

The measurements may stand in the result of a load tool, too.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from planner.catalog.measured import directory_of
from planner.cli import validate_memory, validate_once
from planner.cli.load_tools import as_rows, given_of, runs_in
from planner.cli.loading import load_catalog
from planner.cli.options import deliver, format_of, is_written, say
from planner.engine.measured.row import HEADER, measurement
from planner.engine.measured.score import Score, ScoredRow, score_by, score_by_metric, score_rows, skip_reasons
from planner.engine.specs import Measurement
from planner.evidence.benchmarks.given import Given
from planner.evidence.benchmarks.run import Run
from planner.evidence.benchmarks.told import runs_json, runs_text
from planner.evidence.files import LARGEST_FILE_BYTES
from planner.quantities import count, fixed, plain, tight_share
from planner.report.csv import safe_cell
from planner.report.values import as_json
from planner.toml.errors import InputError
from planner.toml.files import decode, read_bytes
from planner.words.refusals import skip_words

REQUIRED = ("id", "model_hf_id", "gpu", "gpus_total", "metric", "value")
"""Columns without which nothing can be compared; the other columns of the header may be missing or empty."""
DEFAULT_GROUPING, NOT_SAID = "gpu", "(not said)"
LARGEST_TABLE_BYTES = 2**25
MOST_ROWS = 100_000
ROW_HEADER = ("id", "predicted_low", "predicted_mid", "predicted_high", "value", "ratio", "skipped_because")


def run(args: argparse.Namespace) -> int:
    """Score every row of the file, or every start with --memory."""
    if args.measured_once and (args.by is not None or args.rows is not None or args.memory is not None):
        raise InputError("--measured-once prints tables of its own; leave out --by, --rows and --memory")
    if args.memory is not None:
        return validate_memory.run(args)
    if args.measured is None:
        raise InputError("validate needs a table of measurements, or start-ups after --memory")
    catalog = load_catalog(args)
    if catalog.calibration is None:
        raise InputError("the catalogue carries no fitted throughput constants")
    runs = load_runs(args.measured, given_of(args))
    rows, unreadable = read_measurements(args.measured) if runs is None else _as_rows(runs)
    if args.measured_once:
        return validate_once.run(args, catalog, catalog.calibration, rows, unreadable)
    by = args.by or DEFAULT_GROUPING
    scored = score_rows(rows, directory_of(catalog), catalog.calibration)
    if args.rows is not None:
        also = [args.output] if is_written(args.output) else []
        deliver(_rows_csv(scored, unreadable), args.rows, args, args.measured, *also)
    if format_of(args) == "json":
        written = as_json(to_json(scored, unreadable, by) | ({"runs": runs_json(runs)} if runs else {}))
    else:
        written = (f"{runs_text(runs)}\n" if runs else "") + to_text(scored, unreadable, by)
    deliver(written, args.output, args, args.measured)
    return 0


def _as_rows(runs: Sequence[Run]) -> tuple[list[Measurement], list[tuple[str, str]]]:
    """What a load tool's result amounts to; what it leaves open is asked for."""
    rows, without = as_rows(runs)
    for id, problem in without:
        say(f"planner: {id}: {problem}")
    return rows, without


def load_runs(path: Path, given: Given) -> list[Run] | None:
    """The runs of a load tool's result; None for a table of measurements."""
    raw = read_bytes(path, LARGEST_FILE_BYTES)
    head = raw[:4096].split(b"\n", 1)[0]
    return None if b"model_hf_id" in head and b"metric" in head else runs_in(raw, path, given)


def read_measurements(path: Path, *, strict: bool = False) -> tuple[list[Measurement], list[tuple[str, str]]]:
    """The rows of a measurement file, and by id why a row could not be read; `strict` refuses the file for one such."""
    rows: list[Measurement] = []
    unreadable: list[tuple[str, str]] = []
    try:
        reader = csv.reader(io.StringIO(decode(read_bytes(path, LARGEST_TABLE_BYTES)), newline=""))
        header = {name.strip(): place for place, name in enumerate(next(reader, ()))}
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise InputError(f"the header lacks {', '.join(missing)}", line=1)
        places = {name: header[name] for name in HEADER if name in header}
        for record in reader:
            if not record:
                continue
            if len(rows) + len(unreadable) >= MOST_ROWS:
                raise InputError(f"found more than {count(MOST_ROWS)} rows", line=reader.line_num)
            cells = {name: record[place] if place < len(record) else "" for name, place in places.items()}
            try:
                rows.append(measurement(cells))
            except ValueError as problem:
                if strict:
                    raise InputError(str(problem), line=reader.line_num) from None
                unreadable.append((cells["id"] or f"line {reader.line_num}", str(problem)))
    except InputError as error:
        raise error.at(path) from None
    except csv.Error as error:
        raise InputError(f"not a table: {error}", path=path, line=reader.line_num) from None
    return rows, unreadable


def to_json(rows: Sequence[ScoredRow], unreadable: Sequence[tuple[str, str]], by: str) -> dict[str, object]:
    """The documented answer: counts, scores by metric, scores by GPU or what else they are told apart by."""
    skipped = _skipped(rows, unreadable)
    return {
        "rows": len(rows) + len(unreadable),
        "scored": len(rows) + len(unreadable) - sum(skipped.values()),
        "skipped": skipped,
        "metrics": {name: asdict(score) for name, score in score_by_metric(rows).items()},
        "groups": {
            group: {name: asdict(score) for name, score in scores.items()}
            for group, scores in score_by(rows, by).items()
        },
    }


def to_text(rows: Sequence[ScoredRow], unreadable: Sequence[tuple[str, str]], by: str) -> str:
    """A table by metric, a table by GPU or what else they are told apart by, and what was skipped."""
    skipped = _skipped(rows, unreadable)
    total = len(rows) + len(unreadable)
    lines = [f"{total} rows, {total - sum(skipped.values())} scored, {sum(skipped.values())} skipped", ""]
    lines += _table("metric", score_by_metric(rows))
    grouped = {f"{name or NOT_SAID}, {m}": s for name, scores in score_by(rows, by).items() for m, s in scores.items()}
    lines += ["", *_table(f"{'GPU' if by == DEFAULT_GROUPING else by} and metric", grouped)]
    if skipped:
        lines += ["", "skipped"]
        lines += [f"  {count:6}  {reason}" for reason, count in skipped.items()]
    lines += [
        "",
        "error: median of |predicted / measured - 1|; ratio: median of predicted / measured;",
        "covered: share of measurements inside the nominal 80 % interval",
    ]
    return "\n".join(lines) + "\n"


def _table(label: str, scores: Mapping[str, Score]) -> list[str]:
    width = max([len(label), *(len(name) for name in scores)])
    lines = [f"{label:<{width}}      n  error  ratio  within 25%  within 2x  covered"]
    for name, s in scores.items():
        lines.append(
            f"{name:<{width}} {s.n:6} {tight_share(s.mdape, 1):>6} {fixed(s.median_ratio, 2):>6} "
            f"{tight_share(s.within_25_percent, 1):>11} {tight_share(s.within_2x, 1):>10} "
            f"{tight_share(s.coverage_80, 1):>8}"
        )
    return lines


def _skipped(rows: Sequence[ScoredRow], unreadable: Sequence[tuple[str, str]]) -> dict[str, int]:
    skipped = {skip_words(why): count for why, count in skip_reasons(rows).items()}
    return {**skipped, **dict(Counter(problem for _, problem in unreadable).most_common())}


def _rows_csv(rows: Sequence[ScoredRow], unreadable: Sequence[tuple[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(ROW_HEADER)
    for r in rows:
        if r.skipped_because is None:
            predicted = [plain(value) for value in (r.low, r.mid, r.high)]
            writer.writerow([safe_cell(r.row.id), *predicted, plain(r.row.value, 10), fixed(r.ratio, 4), ""])
        else:
            writer.writerow(
                [safe_cell(r.row.id), "", "", "", plain(r.row.value, 10), "", safe_cell(skip_words(r.skipped_because))]
            )
    for identity, problem in unreadable:
        writer.writerow([safe_cell(identity), "", "", "", "", "", safe_cell(problem)])
    return buffer.getvalue()
