"""What commands share that read results of load tools: the options beside a file, and the files as measurements."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from planner.engine.measured.directory import Directory
from planner.engine.specs import Deployment, Measurement
from planner.evidence.benchmarks.given import OPTIONS, Given, measurements, only_open, unsaid, with_given
from planner.evidence.benchmarks.read import read_runs, reader_of
from planner.evidence.benchmarks.run import Run
from planner.evidence.benchmarks.scrapes import is_scrape
from planner.evidence.files import document_of
from planner.toml.errors import InputError


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
