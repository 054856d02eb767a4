"""What commands share that read results of load tools: the options beside a file, and the files as measurements."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from planner.engine.measured.directory import Directory
from planner.engine.specs import Deployment, Measurement
from planner.evidence.benchmarks.given import OPTIONS, Given, measurements, only_open, unsaid, with_given
from planner.evidence.benchmarks.read import read_runs, reader_of
from planner.evidence.benchmarks.run import Run
from planner.evidence.benchmarks.scrapes import is_scrape
from planner.evidence.files import document_of
from planner.quantities import count, significant
from planner.toml.errors import InputError
from planner.words.sentences import sentence


def given_of(args: argparse.Namespace) -> Given:
    """What the options say; a command need not have all of them."""
    told = {name: option.removeprefix("--").replace("-", "_") for name, option in OPTIONS.items()}
    return Given(**{name: getattr(args, key, None) for name, key in told.items()})


def runs_in(raw: bytes, path: Path, given: Given) -> list[Run] | None:
    """The runs of a file with what was given; None where it is a table of measurements, or nobody's."""
    document = document_of(raw, path)
    if is_scrape(document):
        raise InputError("one scrape of /metrics says nothing of a load: planner import benchmark reads two", path=path)
    known = reader_of(document) is not None or bool(document.records)
    return [with_given(run, given) for run in read_runs(document)] if known else None


def as_rows(runs: Sequence[Run]) -> tuple[list[Measurement], list[tuple[str, str]]]:
    """Rows to compare, and by run why there are none of it."""
    rows: list[Measurement] = []
    without: list[tuple[str, str]] = []
    for number, run in enumerate(runs, 1):
        id = run.file if len(runs) == 1 else f"{run.file} {number}"
        found = measurements(run, id)
        rows += found
        if not found:
            missing = unsaid(run, ("model", "gpu", "tensor_parallel"))
            options = ", ".join(OPTIONS[name] for name in missing)
            without.append((id, f"the file does not say all of the set-up: give {options}" if options else NOTHING))
    return rows, without


NOTHING = "the file holds no speed"
NOTHING_GIVEN = Given()


def of_replica(run: Run, of: Deployment | None, directory: Directory) -> Run:
    """The run as one of this replica in all that its file leaves open; a model nobody knows is taken for its own."""
    if of is None:
        return run
    home = Given(
        model=of.model.id, gpu=of.gpu.id, tensor_parallel=of.gpus_per_replica, engine=of.engine.id, weights=of.weights
    )
    known = run if run.model and directory.named(run.model) else replace(run, model=None)
    return with_given(known, only_open(home, known))


def remarks_of(run: Run) -> list[str]:
    """What to know of its figures."""
    return [sentence("load_tools", remark.kind, *remark.figures) for remark in run.remarks]


def runs_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    """All fields of each run, null where its file does not say; what options could add, and the remarks in words."""
    return [_json(run) for run in runs]


def _json(run: Run) -> dict[str, object]:
    return asdict(run) | {
        "missing": [OPTIONS[name] for name in unsaid(run)],
        "remarks": [
            {"kind": remark.kind, "text": text} for remark, text in zip(run.remarks, remarks_of(run), strict=True)
        ],
    }


_ROWS = (
    ("first token", "ttft_ms", "ms"),
    ("  median", "ttft_median_ms", "ms"),
    ("  p95", "ttft_p95_ms", "ms"),
    ("  p99", "ttft_p99_ms", "ms"),
    ("a token after it", "tpot_ms", "ms"),
    ("  with the first", "tpot_with_first_ms", "ms"),
    ("  a chunk", "chunk_ms", "ms"),
    ("server writes", "output_tok_s", "tokens/s"),
    ("  per GPU", "output_tok_s_per_gpu", "tokens/s"),
    ("reads prompts at", "prefill_tok_s", "tokens/s"),
    ("one stream writes", "decode_tok_s", "tokens/s"),
    ("input", "input_tokens", "tokens a request"),
    ("output", "output_tokens", "tokens a request"),
    ("at a time", "concurrency", "requests"),
    ("  as measured", "concurrency_measured", "requests"),
    ("answered", "requests", "requests"),
    ("failed", "failed", "requests"),
)
_SET_UP = ("model", "gpu", "tensor_parallel", "engine", "weights", "date")


def runs_text(runs: Sequence[Run]) -> str:
    """A block for each run: what it ran on, its figures, what is missing and what to know."""
    return "\n".join("\n".join(_block(run)) for run in runs)


def _block(run: Run) -> list[str]:
    known = [("GPUs " if name == "tensor_parallel" else "") + str(v) for name in _SET_UP if (v := getattr(run, name))]
    lines = [f"{run.file}: {run.tool}{f' {run.tool_version}' if run.tool_version else ''}", f"  {', '.join(known)}"]
    for label, name, unit in _ROWS:
        value = getattr(run, name)
        if value is not None:
            shown = count(value) if isinstance(value, int) else significant(value)
            lines.append(f"  {label:<18} {shown:>9} {unit}")
    if missing := unsaid(run):
        lines.append(f"  not in the file: {', '.join(OPTIONS[name] for name in missing)}")
    return [*lines, *(f"  note: {text}" for text in remarks_of(run)), ""]
