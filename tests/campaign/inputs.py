"""Changed inputs of every kind, read by the product's own readers: `python -m tests.campaign.inputs [KIND ...]`.

Each is accepted or refused with one `InputError` that names the file; none may end in another error, take 2 s or need
300 MB. Of the kind "evaluations" so many are accepted plans, and each of those is evaluated and reported too. The whole
is more than 1,000,000 inputs; tests run a share of it.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path

from planner.catalog.add_model.config import read_config
from planner.catalog.add_model.record import model_of
from planner.catalog.add_model.sources import read_tensors
from planner.catalog.facts import ROOMS
from planner.catalog.load import load_catalog, shipped_catalog
from planner.catalog.measured import directory_of
from planner.cli.validate import read_measurements
from planner.engine.measured.directory import Directory
from planner.engine.measured.score import score_rows
from planner.engine.specs import Citation
from planner.plan.drafts import autosave, recover_drafts
from planner.plan.inputs import evaluate_plan
from planner.plan.places import EXAMPLES, example_path
from planner.plan.store import load
from planner.report.formats import rendered
from planner.toml.errors import InputError
from tests.campaign.logs import hurt_logs, read_log, seeds
from tests.campaign.mutations import floods, header_of, mutated

AS_OF = date(2026, 11, 23)
SLOW_S = 2.0
LARGEST_MIB = 300
LONGEST_LINE = 600
"""Characters of a refusal beside the name of the folder."""
DATA = Path(__file__).parents[1] / "data"


FLOODS = "floods"
EVALUATIONS = "evaluations"
LOGS = "logs"
MOST_REFUSED = 30
"""Inputs tried at most for each plan that is to be evaluated."""
FOLDER = b"/folder/of/plans"
SOURCE = Citation("campaign", "2026-11-23")


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    runs: int = 0
    accepted: int = 0
    refused: int = 0
    nameless: list[str] = field(default_factory=list)
    """Refusals that do not name the file or are no single short line."""
    slow: list[str] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    """Other errors, by where they were raised."""
    examples: dict[str, bytes] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        return len(self.nameless) + len(self.slow) + self.broken.total()


Reader = Callable[[Path, bytes], object]
"""Puts the bytes where such a file lies in the folder, and reads it; None where it was passed over."""


def _written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def _plan(folder: Path, raw: bytes) -> object:
    return load(_written(folder / "plan.toml", raw))


def _evaluated(folder: Path, raw: bytes) -> object:
    path = _written(folder / "plan.toml", raw)
    plan = load(path).plan
    try:
        evaluation = evaluate_plan(plan, shipped_catalog(), AS_OF)
    except InputError as error:
        raise error.at(path) from None
    return [rendered(evaluation, format, "plan.toml") for format in ("text", "json")]


def _catalogue(folder: Path, raw: bytes) -> object:
    return load_catalog(_written(folder / "catalog.toml", raw))


def _config(folder: Path, raw: bytes) -> object:
    path = _written(folder / "config.json", raw)
    return model_of(read_config(path, str(path)), "campaign/model", SOURCE)


def _header(folder: Path, raw: bytes) -> object:
    (folder / "model.safetensors").write_bytes(raw)
    return read_tensors(folder, 2)


def _table(folder: Path, raw: bytes) -> object:
    rows, _ = read_measurements(_written(folder / "measured.csv", raw))
    shipped = shipped_catalog()
    assert shipped.calibration is not None
    return score_rows(rows, _directory(), shipped.calibration)


@cache
def _directory() -> Directory:
    return directory_of(shipped_catalog())


def _draft(folder: Path, raw: bytes) -> object:
    drafts = folder / ".drafts"
    drafts.mkdir(exist_ok=True)
    (drafts / "draft.toml").write_bytes(raw.replace(FOLDER, str(folder).encode()))
    return recover_drafts(folder) or None


def _plans() -> list[bytes]:
    return [example_path(name).read_bytes() for name in EXAMPLES]


def _catalogues() -> list[bytes]:
    """A user's own file with a record or two of every table, as the shipped files have them."""
    records = []
    for source in sorted((files("planner.catalog") / "data").iterdir(), key=lambda file: file.name):
        if source.name.removesuffix(".toml") in ROOMS:
            blocks = source.read_text("utf-8").split("\n\n")
            records.append(
                "\n\n".join(block for block in blocks if block.startswith("["))[:6_000].rpartition("\n\n")[0]
            )
    return [text.encode() for text in (*records, "\n\n".join(records))]


def _configs() -> list[bytes]:
    return [path.read_bytes() for path in sorted((DATA / "configs").glob("*.json"))]


def _headers() -> list[bytes]:
    names = ("model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "lm_head.weight")
    tensors: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name in names:
        tensors[name] = {"dtype": "BF16", "shape": [64, 32], "data_offsets": [at, at + 4096]}
        at += 4096
    return [header_of(tensors)]


def _tables() -> list[bytes]:
    text = (files("planner.catalog") / "data" / "measurements.csv").read_text("utf-8")
    head, *rows = text.splitlines()
    return ["\n".join([head, *rows[start : start + 8]]).encode() for start in range(0, 400, 40)]


def _drafts() -> list[bytes]:
    with tempfile.TemporaryDirectory() as name:
        written = [autosave(load(example_path(each)).plan, Path(name), "draft").read_bytes() for each in EXAMPLES[:4]]
    return [raw.replace(name.encode(), FOLDER) for raw in written]


KINDS: dict[str, tuple[Callable[[], list[bytes]], Reader, int]] = {
    "plans": (_plans, _plan, 250_000),
    "catalogues": (_catalogues, _catalogue, 100_000),
    "configs": (_configs, _config, 250_000),
    "headers": (_headers, _header, 150_000),
    "tables": (_tables, _table, 100_000),
    "drafts": (_drafts, _draft, 130_000),
    LOGS: (seeds, read_log, 200_000),
    EVALUATIONS: (_plans, _evaluated, 20_000),
}
"""Seeds, reader, and how many there are in the whole: inputs, or plans that were accepted and evaluated."""


def campaign(kind: str, runs: int, seed: int = 0) -> Tally:
    """Read that many changed inputs of a kind, or as many as it takes to evaluate that many plans."""
    seeds_of, reader, _ = KINDS[kind]
    tally, rng = Tally(), random.Random(f"{kind} {seed}")
    whole = seeds_of()
    changed = hurt_logs(whole, rng) if kind == LOGS else mutated(whole, rng, header=kind == "headers")
    with tempfile.TemporaryDirectory(prefix="planner-campaign-") as name:
        tries = runs * MOST_REFUSED if kind == EVALUATIONS else runs
        for raw in islice(changed, tries):
            _try(reader, Path(name), raw, tally)
            if kind == EVALUATIONS and tally.accepted >= runs:
                break
    return tally


def flooded(kinds: Sequence[str] = tuple(KINDS)) -> Tally:
    """Every flood through every reader."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="planner-campaign-") as name:
        for raw in floods():
            for kind in kinds:
                framed = len(raw).to_bytes(8, "little") + raw if kind == "headers" else raw
                _try(KINDS[kind][1], Path(name), framed, tally)
    return tally


def _try(reader: Reader, folder: Path, raw: bytes, tally: Tally) -> None:
    tally.runs += 1
    started = time.process_time()
    try:
        accepted = reader(folder, raw) is not None
        tally.accepted += accepted
        tally.refused += not accepted
    except InputError as error:
        tally.refused += 1
        said = str(error)
        if not said.startswith(str(folder)) or len(said) > len(str(folder)) + LONGEST_LINE or not said.isprintable():
            tally.nameless.append(said[:200])
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {str(error)[:80]}"
        tally.broken[where] += 1
        tally.examples.setdefault(where, raw)
    if time.process_time() - started > SLOW_S:
        tally.slow.append(repr(raw[:80]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a kind; 1 where anything is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.inputs", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--runs", type=int, help="of each kind, instead of the whole")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for one input of each fault")
    args = parser.parse_args(arguments)
    faults = 0
    print(
        f"{'kind':<12}{'inputs':>9}{'accepted':>10}{'refused':>9}{'unnamed':>9}{'slow':>6}{'broken':>8}{'s':>7}{'MiB':>6}"
    )
    for kind in args.kinds or (*KINDS, FLOODS):
        started = time.process_time()
        tally = flooded() if kind == FLOODS else campaign(kind, args.runs or KINDS[kind][2], args.seed)
        faults += _printed(kind, tally, time.process_time() - started, args.keep)
    return 1 if faults else 0


def _printed(kind: str, tally: Tally, took_s: float, keep: Path | None) -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(
        f"{kind:<12}{tally.runs:>9,}{tally.accepted:>10,}{tally.refused:>9,}{len(tally.nameless):>9,}"
        f"{len(tally.slow):>6}{tally.broken.total():>8,}{took_s:>7.0f}{peak:>6.0f}",
        flush=True,
    )
    for where, times in tally.broken.most_common(20):
        print(f"    {times} x {where}")
    for said in tally.nameless[:5]:
        print(f"    unnamed: {said}")
    for start in tally.slow[:5]:
        print(f"    slow: {start}")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        for number, raw in enumerate(tally.examples.values()):
            (keep / f"{kind}-{number}").write_bytes(raw)
    return tally.faults + (peak > LARGEST_MIB)


if __name__ == "__main__":
    sys.exit(main())
