"""`python -m planner.calibrate.select MEASURED.csv`: the few hundred rows shown beside predictions.

Of each card x model x format x engine the rows nearest to one, the middle and the most requests at once, for cards and
models the catalogue offers; sources that are unreliable or say too little about the load are left out.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from planner.calibrate.__main__ import read_cases
from planner.calibrate.design import UNRELIABLE_SOURCES
from planner.catalog.load import load_catalog
from planner.engine.measured.row import HEADER
from planner.engine.measured.runs import MeasuredRun

SHIPPED = Path(__file__).parents[1] / "catalog" / "data" / "measurements.csv"
LEFT_OUT = {*UNRELIABLE_SOURCES, "DeepSeek open-infra-index", "Massed-Compute gpu-benchmark"}
SHOWN = ("output_tok_s_total", "output_tok_s_per_gpu", "decode_tok_s_single_stream", "tpot_ms")
ROWS_OF_A_GROUP = 3
MOST = 420
NOTES_LENGTH = 240


def selected(cases: Iterable[MeasuredRun]) -> list[MeasuredRun]:
    """The rows to ship, in the order of the file."""
    catalog = load_catalog()
    groups: dict[tuple[str, ...], list[MeasuredRun]] = defaultdict(list)
    for case in cases:
        d, row = case.deployment, case.row
        offered = d.gpu.id in catalog.gpus and d.model.id in catalog.models
        if offered and row.source not in LEFT_OUT and row.metric in SHOWN:
            groups[d.gpu.id, d.model.id, d.weights, row.engine, str(int(row.gpus_total))].append(case)
    chosen: list[MeasuredRun] = []
    for members in sorted(groups.values(), key=lambda m: (m[0].deployment.gpu.id, m[0].row.id)):
        chosen += _spread(members)
    return _thinned(chosen)


def _spread(members: list[MeasuredRun]) -> list[MeasuredRun]:
    """The least, the middle and the most loaded of a group."""
    ranked = sorted(members, key=lambda c: (c.row.concurrency or 0.0, c.row.isl or 0.0, c.row.id))
    positions = {0, len(ranked) // 2, len(ranked) - 1}
    return [ranked[i] for i in sorted(positions)][:ROWS_OF_A_GROUP]


def _thinned(cases: list[MeasuredRun]) -> list[MeasuredRun]:
    """Every n-th row where there are too many."""
    if len(cases) <= MOST:
        return cases
    return [cases[i * len(cases) // MOST] for i in range(MOST)]


def document(cases: Iterable[MeasuredRun], records: Mapping[str, Mapping[str, str]]) -> str:
    """The table as text, with the header of the measured file so that `planner validate` reads it too."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER, lineterminator="\n")
    writer.writeheader()
    for case in cases:
        record = records[case.row.id]
        writer.writerow({**{name: record.get(name, "") for name in HEADER}, "notes": case.row.notes[:NOTES_LENGTH],
                         "url_or_repo_path": _short(case.row.url)})  # fmt: skip
    return buffer.getvalue()


def _short(url: str) -> str:
    """A repository with a short commit, without the path inside it; a page's address as it is."""
    place, _, _ = url.partition(":") if "@" in url else (url, "", "")
    repository, _, commit = place.partition("@")
    return f"{repository}@{commit[:12]}" if commit else repository


def _records(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {record["id"]: record for record in csv.DictReader(file)}


def main(arguments: list[str] | None = None) -> int:
    """Select and write; the exit code of the process."""
    parser = argparse.ArgumentParser(prog="planner.calibrate.select", description=__doc__)
    parser.add_argument("measured", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED)
    options = parser.parse_args(arguments)
    cases, _ = read_cases(options.measured)
    options.output.write_text(document(selected(cases), _records(options.measured)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
